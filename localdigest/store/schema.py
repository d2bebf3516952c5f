"""The library's tables, as the steps by which they came about."""

from __future__ import annotations

_OF_PAPER = """day IN (SELECT day FROM placed WHERE paper_id = {0})
    OR (SELECT published FROM papers WHERE id = {0}) BETWEEN since AND until"""


def _forget(table: str, change: str, which: str, value: str) -> str:
    """A trigger: a change in `table` makes the tallies of `which` pages out of date."""
    return f"""CREATE TRIGGER {table}_{change.lower()} AFTER {change} ON {table} BEGIN
        DELETE FROM tallies WHERE {which.format(value)}; END"""


_OF_TEXT = (
    "json_object('code', substr(reason, 1, instr(reason, ': ') - 1), 'why', substr(reason, instr(reason, ': ') + 2))"
)

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
    (
        "search, marks, tallies",
        (
            # Which papers `texts` has, under which rowid, with a checksum of what it was given: see `store.index`.
            """CREATE TABLE documents (
                docid INTEGER PRIMARY KEY, paper_id TEXT NOT NULL UNIQUE REFERENCES papers (id),
                published TEXT NOT NULL, checksum INTEGER NOT NULL
            ) STRICT""",
            "CREATE INDEX documents_by_time ON documents (published)",
            # Without the texts themselves, which the records have: that would double the library. `ascii` parts at
            # spaces and leaves other scripts alone; `query.terms` has cut the text before.
            """CREATE VIRTUAL TABLE texts USING fts5(
                title, abstract, translation, breakdown, people, kinds, content = '', tokenize = 'ascii'
            )""",
            # A user's own words on a paper; no row says the same as one without any.
            """CREATE TABLE marks (
                paper_id TEXT PRIMARY KEY REFERENCES papers (id), star INTEGER NOT NULL, read INTEGER NOT NULL,
                hide INTEGER NOT NULL, note TEXT NOT NULL, changed_at TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX marks_starred ON marks (paper_id) WHERE star",
            # What `status` counted of a page, until something changes about its papers. `since` and `until`: of a
            # page of submissions, the window whose papers it has.
            """CREATE TABLE tallies (
                day TEXT PRIMARY KEY, since TEXT, until TEXT, settings TEXT NOT NULL, record TEXT NOT NULL
            ) STRICT""",
            _forget("results", "INSERT", _OF_PAPER, "NEW.paper_id"),
            _forget("results", "DELETE", _OF_PAPER, "OLD.paper_id"),
            _forget("results", "UPDATE", _OF_PAPER, "NEW.paper_id"),
            _forget("absent_pdfs", "INSERT", _OF_PAPER, "NEW.paper_id"),
            _forget("absent_pdfs", "DELETE", _OF_PAPER, "OLD.paper_id"),
            _forget("papers", "INSERT", _OF_PAPER, "NEW.id"),
            _forget("papers", "UPDATE", f"{_OF_PAPER} OR OLD.published BETWEEN since AND until", "NEW.id"),
            _forget("placed", "INSERT", f"day = NEW.day OR {_OF_PAPER}", "NEW.paper_id"),
            _forget("placed", "DELETE", f"day = OLD.day OR {_OF_PAPER}", "OLD.paper_id"),
            _forget("pages", "INSERT", "day = {0}", "NEW.day"),
            _forget("pages", "DELETE", "day = {0}", "OLD.day"),
        ),
    ),
    (
        "reasons as code and values",
        (
            # They were `code: sentence` in English; what was filled in can no longer be told from the sentence.
            f"""UPDATE results SET reason = {_OF_TEXT}, record = json_set(record, '$.reason', {_OF_TEXT})
                WHERE reason != ''""",
            f"UPDATE absent_pdfs SET reason = {_OF_TEXT}",
            "DELETE FROM tallies",
        ),
    ),
)
"""Name and statements; each is one transaction, and `PRAGMA user_version` counts those done. Only append."""

SEARCH = 4
"""The number of the step after which `store.index` takes in the papers that there are."""
