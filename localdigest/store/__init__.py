"""The workspace's memory: papers seen and results made, in `library.db`. Records go in, records come out.

One writer at a time (`lock`). A rollback journal with `synchronous=EXTRA`: when a method has returned, its
work is on the disk; a process killed at any moment leaves the state before or after a call, never between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import msgspec

from localdigest.messages import Reason
from localdigest.records import Page, Paper, Placed, Replacement, Result, Status, Task
from localdigest.store import index
from localdigest.store.archive import Archive
from localdigest.store.database import utc
from localdigest.store.tallies import Tallies


@dataclass(frozen=True, slots=True)
class Collect:
    """When a listing was taken in, for which day, from where, with how many papers for its page."""

    at: datetime
    day: date
    source: str
    papers: int


class Store(Archive, Tallies):
    """`library.db` at `path`, made when absent. Use it as a context manager, from one thread.

    Every method raises ConfigError, naming the file and the way out, when the file is damaged, from a newer
    localdigest, not writable, or the disk is full.
    """

    def add_papers(self, papers: Iterable[Paper]) -> int:
        """Takes in a listing's papers, in one transaction; returns how many were not known in any version.

        A higher version replaces a lower one, which is put by; the earliest `published` is kept, since sources
        differ in what they call so (an announcement can be days after the submission).
        """
        new, papers = 0, tuple(papers)
        with self._writing() as db, index.following(db, {paper.id for paper in papers}):
            for paper in papers:
                row = db.execute("SELECT record FROM papers WHERE id = ?", (paper.id,)).fetchone()
                known = _paper(row[0]) if row else None
                new += known is None
                kept = paper if known is None or paper.version > known.version else known
                if known is not None:
                    kept = replace(kept, published=min(paper.published, known.published))
                if known is not None and kept.version > known.version:
                    db.execute(
                        "INSERT OR REPLACE INTO superseded (id, version, record) VALUES (?, ?, ?)",
                        (known.id, known.version, _json(known)),
                    )
                if kept != known:
                    db.execute(
                        "INSERT INTO papers (id, version, published, record) VALUES (?, ?, ?, ?)"
                        " ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
                        " published = excluded.published, record = excluded.record",
                        (kept.id, kept.version, utc(kept.published), _json(kept)),
                    )
        return new

    def papers_between(self, start: datetime, end: datetime) -> tuple[Paper, ...]:
        """Papers with `start <= published < end`, both zone aware, by time and id."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT record FROM papers WHERE published >= ? AND published < ? ORDER BY published, id",
                (utc(start), utc(end)),
            ).fetchall()
            return tuple(_paper(record) for (record,) in rows)

    def papers(self) -> tuple[Paper, ...]:
        """All papers, in their current version, by time and id."""
        with self._troubles():
            rows = self._db.execute("SELECT record FROM papers ORDER BY published, id").fetchall()
            return tuple(_paper(record) for (record,) in rows)

    def paper(self, paper_id: str, version: int = 0) -> Paper | None:
        """The paper in that version, in its current one where none is named; None where it is not here."""
        with self._troubles():
            row = self._db.execute(
                "SELECT record FROM papers WHERE id = ?1 AND ?2 IN (0, version)"
                " UNION ALL SELECT record FROM superseded WHERE id = ?1 AND version = ?2",
                (paper_id, version),
            ).fetchone()
            return _paper(row[0]) if row else None

    def ids(self, beginning: str, limit: int) -> list[str]:
        """Ids of papers that begin so, the newest first."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT id FROM papers WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id DESC LIMIT ?2",
                (beginning, limit),
            ).fetchall()
            return [name for (name,) in rows]

    def note_pdf(self, paper: Paper, reason: Reason | None) -> None:
        """Why the paper's PDF could not be had; None where it is here now."""
        with self._writing() as db:
            db.execute("DELETE FROM absent_pdfs WHERE paper_id = ? AND version = ?", (paper.id, paper.version))
            if reason:
                db.execute(
                    "INSERT INTO absent_pdfs VALUES (?, ?, ?, ?)",
                    (paper.id, paper.version, _json(reason), utc(datetime.now(UTC))),
                )

    def absent_pdfs(self, papers: Iterable[Paper]) -> dict[str, Reason]:
        """The reasons noted for these papers, in the versions given, by paper id."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT a.paper_id, a.reason FROM json_each(?) AS wanted"
                " JOIN absent_pdfs AS a ON a.paper_id = json_extract(wanted.value, '$[0]')"
                " AND a.version = json_extract(wanted.value, '$[1]')",
                (_versions(papers),),
            ).fetchall()
            return {paper_id: msgspec.json.decode(reason, type=Reason) for paper_id, reason in rows}

    def note_collect(self, day: date, source: str, papers: int) -> None:
        """A listing of `day` taken in, with that many papers for its page."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO collects (at, day, source, papers) VALUES (?, ?, ?, ?)",
                (utc(datetime.now(UTC)), day.isoformat(), source, papers),
            )

    def last_collect(self) -> Collect | None:
        with self._troubles():
            row = self._db.execute("SELECT at, day, source, papers FROM collects ORDER BY serial DESC").fetchone()
            return Collect(datetime.fromisoformat(row[0]), date.fromisoformat(row[1]), *row[2:]) if row else None

    def pages(self) -> dict[date, Page]:
        """All pages of announcements, by day, and those that were made of files for a date."""
        with self._troubles():
            rows = self._db.execute("SELECT record FROM pages ORDER BY day").fetchall()
            pages = [msgspec.json.decode(record, type=Page) for (record,) in rows]
            return {page.window.day: page for page in pages}

    def page(self, day: date) -> Page | None:
        with self._troubles():
            row = self._db.execute("SELECT record FROM pages WHERE day = ?", (day.isoformat(),)).fetchone()
            return msgspec.json.decode(row[0], type=Page) if row else None

    def placed(self, paper_ids: Iterable[str]) -> dict[str, Placed]:
        """Where those of the papers are that have been placed. One `before` the first page has no day."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT paper_id, MAX(version), MAX(CASE WHEN kind != 'replaced' THEN day END) FROM placed"
                " WHERE paper_id IN (SELECT value FROM json_each(?)) GROUP BY paper_id",
                (_json(list(paper_ids)),),
            ).fetchall()
            return {name: Placed(version, date.fromisoformat(day) if day else None) for name, version, day in rows}

    def replaced(self, paper_ids: Iterable[str]) -> set[tuple[str, int]]:
        """Ids and versions of these papers' replacements that a page has shown."""
        with self._troubles():
            return set(
                self._db.execute(
                    "SELECT paper_id, version FROM placed WHERE kind = 'replaced'"
                    " AND paper_id IN (SELECT value FROM json_each(?))",
                    (_json(list(paper_ids)),),
                ).fetchall()
            )

    def place(
        self, page: Page, new: Iterable[Paper] = (), before: Iterable[Paper] = (), replaced: Iterable[Paper] = ()
    ) -> None:
        """Keeps a page as it is now and puts papers on it, in one transaction. All must have been added before.

        A paper that is on a page stays there: putting it on another is a defect (sqlite3.IntegrityError).
        """
        day = page.window.day.isoformat()
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO pages (day, record) VALUES (?, ?)", (day, _json(page)))
            for paper in new:
                db.execute("DELETE FROM placed WHERE paper_id = ? AND kind = 'before'", (paper.id,))
            rows = [(paper, kind, day) for kind, papers in (("new", new), ("replaced", replaced)) for paper in papers]
            for paper, kind, where in (*rows, *((paper, "before", "") for paper in before)):
                db.execute(
                    "INSERT INTO placed (paper_id, version, kind, day) VALUES (?, ?, ?, ?)",
                    (paper.id, paper.version, kind, where),
                )

    def page_papers(self, day: date) -> tuple[tuple[Paper, ...], tuple[Replacement, ...]]:
        """The papers placed on the page of `day`, each in the version it had then, and its replacements."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT d.kind, p.record, s.record, (SELECT record FROM superseded WHERE id = d.paper_id"
                " AND version < d.version ORDER BY version DESC LIMIT 1) FROM placed AS d"
                " JOIN papers AS p ON p.id = d.paper_id"
                " LEFT JOIN superseded AS s ON s.id = d.paper_id AND s.version = d.version AND s.version != p.version"
                " WHERE d.day = ? ORDER BY d.paper_id",
                (day.isoformat(),),
            ).fetchall()
            new, replaced = [], []
            for kind, current, then, before in rows:
                latest = _paper(current)
                # What is known of the submission by now holds for every version.
                paper = replace(_paper(then), published=latest.published) if then else latest
                if kind == "new":
                    new.append(paper)
                else:
                    replaced.append(Replacement(paper, _paper(before) if before else None))
            return tuple(new), tuple(replaced)

    def placed_before(self, start: datetime, end: datetime) -> tuple[Paper, ...]:
        """Papers that were announced before the first page, with `start <= published < end`, by time and id."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT p.record FROM placed AS d JOIN papers AS p ON p.id = d.paper_id WHERE d.kind = 'before'"
                " AND p.published >= ? AND p.published < ? ORDER BY p.published, p.id",
                (utc(start), utc(end)),
            ).fetchall()
            return tuple(_paper(record) for (record,) in rows)

    def done(self, papers: Iterable[Paper]) -> tuple[tuple[str, Result], ...]:
        """Keys and results of all finished work on these papers, in the versions given, in the order of storing."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT r.key, r.record FROM json_each(?) AS wanted JOIN results AS r ON r.status = 'done'"
                " AND r.paper_id = json_extract(wanted.value, '$[0]')"
                " AND r.version = json_extract(wanted.value, '$[1]') ORDER BY r.serial",
                (_versions(papers),),
            ).fetchall()
            return tuple((key, _result(record)) for key, record in rows)

    def save(self, key: str, result: Result) -> None:
        """Stores finished work under its key. A done result is never replaced by one that is not.

        The paper must have been added before. Pending is no result: ValueError.
        """
        if result.status == "pending":
            raise ValueError(f"{result.paper_id}: pending work is not stored")
        with self._writing() as db, index.following(db, (result.paper_id,)):
            row = db.execute("SELECT status, attempts FROM results WHERE key = ?", (key,)).fetchone()
            status, attempts = row or ("", 0)
            if status == "done" and result.status != "done":
                return
            db.execute(
                "INSERT OR REPLACE INTO results (key, paper_id, version, task, language, status, reason,"
                " attempts, stored_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    result.paper_id,
                    result.version,
                    result.task,
                    result.language,
                    result.status,
                    _json(result.reason) if result.reason else "",
                    attempts + 1,
                    utc(datetime.now(UTC)),
                    _json(result),
                ),
            )

    def stored(self, keys: Sequence[str]) -> dict[str, tuple[Status, int, str]]:
        """Status, number of attempts and the code of the reason, of those keys that have a result."""
        with self._troubles():
            rows = self._db.execute(
                "SELECT key, status, attempts, CASE reason WHEN '' THEN '' ELSE json_extract(reason, '$.code') END"
                " FROM results WHERE key IN (SELECT value FROM json_each(?))",
                (_json(keys),),
            ).fetchall()
            return {key: (status, attempts, code) for key, status, attempts, code in rows}

    def cost(self, model_sha256: str) -> dict[Task, float]:
        """What each task cost with this model of late, in engine seconds (`Provenance.seconds`): the mean."""
        with self._troubles():
            # The last 500 results are days' work; to look through all of them would take seconds some day.
            rows = self._db.execute(
                "SELECT task, avg(json_extract(record, '$.provenance.seconds'))"
                " FROM (SELECT * FROM results ORDER BY serial DESC LIMIT 500)"
                " WHERE status = 'done' AND json_extract(record, '$.provenance.model_sha256') = ? GROUP BY task",
                (model_sha256,),
            ).fetchall()
            return dict(rows)

    def speeds(self) -> list[tuple[str, int, float, int]]:
        """How fast results were made of late, by model: its name, tokens written, seconds they took, pieces of work.

        Of the last 500 results, those stored within ten minutes of the one before: these came out of one run, and the
        time between is the time that the second took beside all others under way.
        """
        with self._troubles():
            return self._db.execute(
                "SELECT model, SUM(tokens), SUM(seconds), COUNT(*) FROM ("
                " SELECT json_extract(record, '$.provenance.model') AS model,"
                " json_extract(record, '$.provenance.output_tokens') AS tokens,"
                " (julianday(stored_at) - julianday(LAG(stored_at) OVER (ORDER BY serial))) * 86400 AS seconds"
                " FROM (SELECT * FROM results ORDER BY serial DESC LIMIT 500) WHERE status = 'done')"
                " WHERE seconds > 0 AND seconds < 600 AND model IS NOT NULL GROUP BY model ORDER BY model",
            ).fetchall()

    def latest(
        self, papers: Sequence[Paper], language: str, keys: Sequence[str] = ()
    ) -> dict[tuple[str, Task], Result]:
        """What a page shows of each paper, in the version given, and task.

        Done results before others; of these the ones under `keys` (today's prompts and model), then the newest.
        """
        with self._troubles():
            rows = self._db.execute(
                "SELECT r.paper_id, r.task, r.record FROM json_each(?) AS wanted"
                " JOIN results AS r ON r.paper_id = json_extract(wanted.value, '$[0]') AND r.language = ?"
                " AND r.version = json_extract(wanted.value, '$[1]')"
                " ORDER BY r.status = 'done', r.key IN (SELECT value FROM json_each(?)), r.serial",
                (_versions(papers), language, _json(keys)),
            ).fetchall()
            best = {(paper, task): record for paper, task, record in rows}  # the last one of a pair wins
            return {pair: _result(record) for pair, record in best.items()}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _versions(papers: Iterable[Paper]) -> str:
    return _json([(paper.id, paper.version) for paper in papers])


def _paper(record: str) -> Paper:
    return msgspec.json.decode(record, type=Paper)


def _result(record: str) -> Result:
    return msgspec.json.decode(record, type=Result)
