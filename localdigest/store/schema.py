"""The library's tables, as the steps by which they came about."""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "papers and results",
        (
            # `published` in UTC, fixed width, so that text order is time order.
            """CREATE TABLE papers (
                id TEXT PRIMARY KEY, version INTEGER NOT NULL, published TEXT NOT NULL, record TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX papers_by_time ON papers (published)",
            # `serial` orders results by when they were stored; a clock that goes back cannot reorder them.
            """CREATE TABLE results (
                serial INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
                paper_id TEXT NOT NULL REFERENCES papers (id), version INTEGER NOT NULL,
                task TEXT NOT NULL, language TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('done', 'failed', 'skipped')), reason TEXT NOT NULL,
                attempts INTEGER NOT NULL, stored_at TEXT NOT NULL, record TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX results_by_paper ON results (paper_id, language, version)",
        ),
    ),
    (
        "PDFs that could not be had, and collects",
        (
            """CREATE TABLE absent_pdfs (
                paper_id TEXT NOT NULL REFERENCES papers (id), version INTEGER NOT NULL,
                reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (paper_id, version)
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE collects (
                serial INTEGER PRIMARY KEY, at TEXT NOT NULL, day TEXT NOT NULL,
                source TEXT NOT NULL, papers INTEGER NOT NULL
            ) STRICT""",
        ),
    ),
    (
        "pages of announcements",
        (
            "CREATE TABLE pages (day TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT",
            # What has been placed, and where. `before`: announced before the first page, on none of ours.
            """CREATE TABLE placed (
                paper_id TEXT NOT NULL REFERENCES papers (id), version INTEGER NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('new', 'replaced', 'before')), day TEXT NOT NULL,
                PRIMARY KEY (paper_id, version, kind)
            ) STRICT""",
            # Nothing twice: a paper is new once, in whatever version.
            "CREATE UNIQUE INDEX placed_once ON placed (paper_id) WHERE kind != 'replaced'",
            "CREATE INDEX placed_by_day ON placed (day)",
            # Versions that a higher one took the place of: a page goes on showing the one it was made with.
            """CREATE TABLE superseded (
                id TEXT NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (id, version)
            ) STRICT""",
        ),
    ),
)
"""Name and statements; each is one transaction, and `PRAGMA user_version` counts those done. Only append."""
