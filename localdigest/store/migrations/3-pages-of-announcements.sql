CREATE TABLE pages (day TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
-- What has been placed, and where. `before`: announced before the first page, on none of ours.
CREATE TABLE placed (
    paper_id TEXT NOT NULL REFERENCES papers (id), version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'replaced', 'before')), day TEXT NOT NULL,
    PRIMARY KEY (paper_id, version, kind)
) STRICT;
-- Nothing twice: a paper is new once, in whatever version.
CREATE UNIQUE INDEX placed_once ON placed (paper_id) WHERE kind != 'replaced';
CREATE INDEX placed_by_day ON placed (day);
-- Versions that a higher one took the place of: a page goes on showing the one it was made with.
CREATE TABLE superseded (
    id TEXT NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (id, version)
) STRICT;
