"""The workspace's memory: papers seen and results made, in `library.db`. Records go in, records come out.

One writer at a time (`lock`). A rollback journal with `synchronous=EXTRA`: when a method has returned, its
work is on the disk; a process killed at any moment leaves the state before or after a call, never between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from localdigest.messages import Reason
from localdigest.records import Page, Paper, Placed, Replacement, Result, Status, Task
from localdigest.store import index
from localdigest.store.archive import Archive
from localdigest.store.database import json, utc

_AMONG = "paper_id IN (SELECT value FROM json_each(?))"
_OF_WANTED = "paper_id = json_extract(wanted.value, '$[0]') AND version = json_extract(wanted.value, '$[1]')"
"""Beside `json_each(?) AS wanted`, of `_versions`."""


@dataclass(frozen=True, slots=True)
class Collect:
    """When a listing was taken in, for which day, from where, with how many papers for its page."""

    at: datetime
    day: date
    source: str
    papers: int


class Store(Archive):
    """`library.db` at `path`, made when absent. Use it as a context manager, from one thread.

    Every method raises ConfigError, naming the file and the way out, when the file is damaged, from a newer
    localdigest, not writable, or the disk is full.
    """

    # ---------------------------------------------------------------- papers

    def add_papers(self, papers: Iterable[Paper]) -> int:
        """Takes in a listing's papers, in one transaction; returns how many were not known in any version.

        A higher version replaces a lower one, which is put by; the earliest `published` is kept, since sources
        differ in what they call so (an announcement can be days after the submission).
        """
        new, papers = 0, tuple(papers)
        with self._writing() as db, index.following(db, {paper.id for paper in papers}):
            for paper in papers:
                known, kept = self.paper(paper.id), paper
                if known is None:
                    new += 1
                else:
                    kept = paper if paper.version > known.version else known
                    kept = replace(kept, published=min(paper.published, known.published))
                    if kept.version > known.version:
                        db.execute(
                            "INSERT OR REPLACE INTO superseded (id, version, record) VALUES (?, ?, ?)",
                            (known.id, known.version, json(known)),
                        )
                if kept != known:
                    db.execute(
                        "INSERT INTO papers (id, version, published, record) VALUES (?, ?, ?, ?)"
                        " ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
                        " published = excluded.published, record = excluded.record",
                        (kept.id, kept.version, utc(kept.published), json(kept)),
                    )
        return new

    def papers_between(self, start: datetime, end: datetime) -> tuple[Paper, ...]:
        """Papers with `start <= published < end`, both zone aware, by time and id."""
        question = "SELECT record FROM papers WHERE published >= ? AND published < ? ORDER BY published, id"
        return self._records(Paper, question, utc(start), utc(end))

    def papers(self) -> tuple[Paper, ...]:
        """All papers, in their current version, by time and id."""
        return self._records(Paper, "SELECT record FROM papers ORDER BY published, id")

    def known(self) -> int:
        """How many papers there are."""
        ((number,),) = self._rows("SELECT count(*) FROM papers")
        return int(number)

    def having(self, paper_ids: Iterable[str]) -> set[str]:
        """Which of these are ids of papers that are here."""
        question = "SELECT id FROM papers WHERE id IN (SELECT value FROM json_each(?))"
        return {name for (name,) in self._rows(question, json(list(paper_ids)))}

    def next_submission(self, since: datetime) -> datetime | None:
        """When the first paper was submitted from `since` on."""
        ((found,),) = self._rows("SELECT min(published) FROM papers WHERE published >= ?", utc(since))
        return datetime.fromisoformat(found) if found else None

    def paper(self, paper_id: str, version: int = 0) -> Paper | None:
        """The paper in that version, in its current one where none is named; None where it is not here."""
        question = (
            "SELECT record FROM papers WHERE id = ?1 AND ?2 IN (0, version)"
            " UNION ALL SELECT record FROM superseded WHERE id = ?1 AND version = ?2"
        )
        return next(iter(self._records(Paper, question, paper_id, version)), None)

    def ids(self, beginning: str, limit: int) -> list[str]:
        """Ids of papers that begin so, the newest first."""
        question = "SELECT id FROM papers WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id DESC LIMIT ?2"
        return [name for (name,) in self._rows(question, beginning, limit)]

    def note_pdf(self, paper: Paper, reason: Reason | None) -> None:
        """Why the paper's PDF could not be had; None where it is here now."""
        with self._writing() as db:
            db.execute("DELETE FROM absent_pdfs WHERE paper_id = ? AND version = ?", (paper.id, paper.version))
            if reason:
                row = paper.id, paper.version, json(reason), utc(datetime.now(UTC))
                db.execute("INSERT INTO absent_pdfs VALUES (?, ?, ?, ?)", row)

    def absent_pdfs(self, papers: Iterable[Paper]) -> dict[str, Reason]:
        """The reasons noted for these papers, in the versions given, by paper id."""
        question = f"SELECT paper_id, reason FROM json_each(?) AS wanted JOIN absent_pdfs ON {_OF_WANTED}"
        return {paper_id: self._record(Reason, reason) for paper_id, reason in self._rows(question, _versions(papers))}

    # ---------------------------------------------------------------- listings and pages

    def note_collect(self, day: date, source: str, papers: int) -> None:
        """A listing of `day` taken in, with that many papers for its page."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO collects (at, day, source, papers) VALUES (?, ?, ?, ?)",
                (utc(datetime.now(UTC)), day.isoformat(), source, papers),
            )

    def last_collect(self) -> Collect | None:
        rows = self._rows("SELECT at, day, source, papers FROM collects ORDER BY serial DESC LIMIT 1")
        return next((Collect(datetime.fromisoformat(at), date.fromisoformat(day), *of) for at, day, *of in rows), None)

    def pages(self) -> dict[date, Page]:
        """All pages of announcements, by day, and those that were made of files for a date."""
        return {page.window.day: page for page in self._records(Page, "SELECT record FROM pages ORDER BY day")}

    def page(self, day: date) -> Page | None:
        return next(iter(self._records(Page, "SELECT record FROM pages WHERE day = ?", day.isoformat())), None)

    def placed(self, paper_ids: Iterable[str]) -> dict[str, Placed]:
        """Where those of the papers are that have been placed. One `before` the first page has no day."""
        rows = self._rows(
            "SELECT paper_id, MAX(version), MAX(CASE WHEN kind != 'replaced' THEN day END) FROM placed"
            f" WHERE {_AMONG} GROUP BY paper_id",
            json(list(paper_ids)),
        )
        return {name: Placed(version, date.fromisoformat(day) if day else None) for name, version, day in rows}

    def replaced(self, paper_ids: Iterable[str]) -> set[tuple[str, int]]:
        """Ids and versions of these papers' replacements that a page has shown."""
        question = f"SELECT paper_id, version FROM placed WHERE kind = 'replaced' AND {_AMONG}"
        return set(self._rows(question, json(list(paper_ids))))

    def place(
        self, page: Page, new: Iterable[Paper] = (), before: Iterable[Paper] = (), replaced: Iterable[Paper] = ()
    ) -> None:
        """Keeps a page as it is now and puts papers on it, in one transaction. All must have been added before.

        A paper that is on a page stays there: putting it on another is a defect (sqlite3.IntegrityError).
        """
        day = page.window.day.isoformat()
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO pages (day, record) VALUES (?, ?)", (day, json(page)))
            for paper in new:
                db.execute("DELETE FROM placed WHERE paper_id = ? AND kind = 'before'", (paper.id,))
            for kind, papers, where in (("new", new, day), ("replaced", replaced, day), ("before", before, "")):
                db.executemany(
                    "INSERT INTO placed (paper_id, version, kind, day) VALUES (?, ?, ?, ?)",
                    [(paper.id, paper.version, kind, where) for paper in papers],
                )

    def page_papers(self, day: date) -> tuple[tuple[Paper, ...], tuple[Replacement, ...]]:
        """The papers placed on the page of `day`, each in the version it had then, and its replacements."""
        rows = self._rows(
            "SELECT d.kind, p.record, s.record, (SELECT record FROM superseded WHERE id = d.paper_id"
            " AND version < d.version ORDER BY version DESC LIMIT 1) FROM placed AS d"
            " JOIN papers AS p ON p.id = d.paper_id"
            " LEFT JOIN superseded AS s ON s.id = d.paper_id AND s.version = d.version AND s.version != p.version"
            " WHERE d.day = ? ORDER BY d.paper_id",
            day.isoformat(),
        )
        new, replaced = [], []
        for kind, *records in rows:
            latest, then, before = (self._record(Paper, record) if record else None for record in records)
            assert latest is not None
            # What is known of the submission by now holds for every version.
            paper = replace(then, published=latest.published) if then else latest
            if kind == "new":
                new.append(paper)
            else:
                replaced.append(Replacement(paper, before))
        return tuple(new), tuple(replaced)

    def placed_before(self, start: datetime, end: datetime) -> tuple[Paper, ...]:
        """Papers that were announced before the first page, with `start <= published < end`, by time and id."""
        question = (
            "SELECT record FROM placed JOIN papers ON id = paper_id WHERE kind = 'before'"
            " AND published >= ? AND published < ? ORDER BY published, id"
        )
        return self._records(Paper, question, utc(start), utc(end))

    # ---------------------------------------------------------------- results

    def done(self, papers: Iterable[Paper]) -> tuple[tuple[str, Result], ...]:
        """Keys and results of all finished work on these papers, in the versions given, in the order of storing."""
        rows = self._rows(
            "SELECT results.key, record FROM json_each(?) AS wanted"
            f" JOIN results ON status = 'done' AND {_OF_WANTED} ORDER BY serial",
            _versions(papers),
        )
        return tuple((key, self._record(Result, record)) for key, record in rows)

    def save(self, key: str, result: Result) -> None:
        """Stores finished work under its key. A done result is never replaced by one that is not.

        The paper must have been added before. Pending is no result: ValueError.
        """
        self.save_all([(key, result)])

    def save_all(self, results: Sequence[tuple[str, Result]]) -> None:
        """As `save`, in one transaction: the search is told once, however many results a paper has."""
        if pending := [result for _, result in results if result.status == "pending"]:
            raise ValueError(f"{pending[0].paper_id}: pending work is not stored")
        with self._writing() as db, index.following(db, {result.paper_id for _, result in results}):
            for key, result in results:
                row = db.execute("SELECT status, attempts FROM results WHERE key = ?", (key,)).fetchone()
                status, attempts = row or ("", 0)
                if status == "done" and result.status != "done":
                    continue
                about = (key, result.paper_id, result.version, result.task, result.language, result.status)
                reason = json(result.reason) if result.reason else ""
                db.execute(
                    "INSERT OR REPLACE INTO results (key, paper_id, version, task, language, status, reason,"
                    " attempts, stored_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*about, reason, attempts + 1, utc(datetime.now(UTC)), json(result)),
                )

    def stored(self, keys: Sequence[str]) -> dict[str, tuple[Status, int, str]]:
        """Status, number of attempts and the code of the reason, of those keys that have a result."""
        rows = self._rows(
            "SELECT key, status, attempts, CASE reason WHEN '' THEN '' ELSE json_extract(reason, '$.code') END"
            " FROM results WHERE key IN (SELECT value FROM json_each(?))",
            json(keys),
        )
        return {key: (status, attempts, code) for key, status, attempts, code in rows}

    def cost(self, model_sha256: str) -> dict[Task, float]:
        """What each task cost with this model of late, in engine seconds (`Provenance.seconds`): the mean."""
        # The last 500 results are days' work; to look through all of them would take seconds some day.
        rows = self._rows(
            "SELECT task, avg(json_extract(record, '$.provenance.seconds'))"
            " FROM (SELECT * FROM results ORDER BY serial DESC LIMIT 500)"
            " WHERE status = 'done' AND json_extract(record, '$.provenance.model_sha256') = ? GROUP BY task",
            model_sha256,
        )
        return dict(rows)

    def speeds(self) -> list[tuple[str, int, float, int, float | None]]:
        """How fast results were made of late, by model: its name, tokens written, seconds they took, pieces of work,
        and prompt tokens decoded for each one written where that was kept.

        Of the last 500 results, those stored within ten minutes of the one before: these came out of one run, and the
        time between is the time that the second took beside all others under way.
        """
        return self._rows(
            "SELECT model, SUM(tokens), SUM(seconds), COUNT(*),"
            " SUM(read) * 1.0 / NULLIF(SUM(tokens) FILTER (WHERE read > 0), 0) FROM ("
            " SELECT json_extract(record, '$.provenance.model') AS model,"
            " json_extract(record, '$.provenance.output_tokens') AS tokens,"
            " json_extract(record, '$.provenance.evaluated_tokens') AS read,"
            " (julianday(stored_at) - julianday(LAG(stored_at) OVER (ORDER BY serial))) * 86400 AS seconds"
            " FROM (SELECT * FROM results ORDER BY serial DESC LIMIT 500) WHERE status = 'done')"
            " WHERE seconds > 0 AND seconds < 600 AND model IS NOT NULL GROUP BY model ORDER BY model",
        )

    def latest(
        self, papers: Sequence[Paper], language: str, keys: Sequence[str] = ()
    ) -> dict[tuple[str, Task], Result]:
        """What a page shows of each paper, in the version given, and task.

        Done results before others; of these the ones under `keys` (today's prompts and model), then the newest.
        """
        best = self._shown("record", papers, language, keys)
        return {pair: self._record(Result, record) for pair, (record,) in best.items()}

    def states(self, papers: Iterable[Paper], language: str) -> dict[tuple[str, Task], tuple[Status, Reason | None]]:
        """Status and reason of what `latest` would give, without reading the texts."""
        best = self._shown("status, reason", papers, language, ())
        return {
            pair: (status, self._record(Reason, reason) if reason else None) for pair, (status, reason) in best.items()
        }

    def _shown(
        self, columns: str, papers: Iterable[Paper], language: str, keys: Sequence[str]
    ) -> dict[tuple[str, Task], list[Any]]:
        question = (
            f"SELECT paper_id, task, {columns} FROM json_each(?) AS wanted"
            f" JOIN results ON {_OF_WANTED} AND language = ?"
            " ORDER BY status = 'done', results.key IN (SELECT value FROM json_each(?)), serial"
        )
        rows = self._rows(question, _versions(papers), language, json(keys))
        return {(paper, task): found for paper, task, *found in rows}  # the last one of a pair wins

    # ---------------------------------------------------------------- what was sent

    def delivered(self, what: str) -> dict[str, datetime]:
        """When a day or a week was sent, by channel."""
        rows = self._rows("SELECT channel, at FROM deliveries WHERE what = ?", what)
        return {channel: datetime.fromisoformat(at) for channel, at in rows}

    def note_delivery(self, what: str, channel: str) -> None:
        with self._writing() as db:
            row = what, channel, utc(datetime.now(UTC))
            db.execute("INSERT OR REPLACE INTO deliveries (what, channel, at) VALUES (?, ?, ?)", row)

    # ---------------------------------------------------------------- counts of pages, as somebody made them

    def tallies(self, settings: str) -> dict[date, bytes]:
        """Those that were counted under these settings and hold still, by the page's day.

        Triggers (`store/migrations`) drop one when its papers or results change.
        """
        rows = self._rows("SELECT day, record FROM tallies WHERE settings = ?", settings)
        return {date.fromisoformat(day): record.encode() for day, record in rows}

    def keep_tally(
        self, day: date, settings: str, record: bytes, span: tuple[datetime, datetime] | None = None
    ) -> None:
        """Within the transaction (`together`) that counted. `span`: of a page of submissions, its window."""
        since, until = map(utc, span) if span else (None, None)
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO tallies (day, since, until, settings, record) VALUES (?, ?, ?, ?, ?)",
                (day.isoformat(), since, until, settings, record.decode()),
            )


def _versions(papers: Iterable[Paper]) -> str:
    return json([(paper.id, paper.version) for paper in papers])
