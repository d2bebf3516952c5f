CREATE TABLE absent_pdfs (
    paper_id TEXT NOT NULL REFERENCES papers (id), version INTEGER NOT NULL,
    reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (paper_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE collects (
    serial INTEGER PRIMARY KEY, at TEXT NOT NULL, day TEXT NOT NULL,
    source TEXT NOT NULL, papers INTEGER NOT NULL
) STRICT;
