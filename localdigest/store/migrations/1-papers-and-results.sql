-- `published` in UTC, fixed width, so that text order is time order.
CREATE TABLE papers (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, published TEXT NOT NULL, record TEXT NOT NULL
) STRICT;
CREATE INDEX papers_by_time ON papers (published);
-- `serial` orders results by when they were stored: a clock that goes back cannot reorder them.
CREATE TABLE results (
    serial INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    paper_id TEXT NOT NULL REFERENCES papers (id), version INTEGER NOT NULL,
    task TEXT NOT NULL, language TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('done', 'failed', 'skipped')), reason TEXT NOT NULL,
    attempts INTEGER NOT NULL, stored_at TEXT NOT NULL, record TEXT NOT NULL
) STRICT;
CREATE INDEX results_by_paper ON results (paper_id, language, version);
