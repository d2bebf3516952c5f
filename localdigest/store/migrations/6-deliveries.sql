CREATE TABLE deliveries (
    what TEXT NOT NULL, channel TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (what, channel)
) STRICT, WITHOUT ROWID;
