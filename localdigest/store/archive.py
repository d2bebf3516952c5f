"""What a user does with the archive: looks for papers, and marks them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from localdigest.messages import Notice
from localdigest.messages.errors import LibraryDamaged
from localdigest.records import Marks, Paper, Result
from localdigest.store import index
from localdigest.store.database import Database, damaged, json, utc

if TYPE_CHECKING:
    from localdigest.text.query import Query


@dataclass(frozen=True, slots=True)
class Found:
    """A paper that a search found, with what there is of it."""

    paper: Paper
    score: float
    day: date | None
    """Of the page that it is new on."""
    results: tuple[Result, ...]
    """Finished; the last of each task and language."""
    marks: Marks


class Archive(Database):
    """Searches and marks. Raises ConfigError as the store does."""

    def search(self, asked: Query, which: index.Filter, limit: int) -> tuple[tuple[Found, ...], int]:
        """The best `limit` papers, best first, and how many there are in all (`index.RANKED` at most)."""
        moments = {"since": which.since, "until": which.until}
        with self._troubles():
            times = {name: utc(moment) for name, moment in moments.items() if moment is not None}
            best, total = index.find(self._db, asked, which, limit, times)
            marks = self.marks([paper_id for paper_id, _ in best])
            return tuple(self._found(paper_id, score, marks) for paper_id, score in best), total

    def _found(self, paper_id: str, score: float, marks: dict[str, Marks]) -> Found:
        rows = self._rows(
            "SELECT record, (SELECT day FROM placed WHERE paper_id = id AND kind = 'new') FROM papers WHERE id = ?",
            paper_id,
        )
        if not rows:
            raise LibraryDamaged(damaged(self._path, Notice("the search knows a paper that is not there")))
        ((record, day),) = rows
        paper, made = self._record(Paper, record), tuple(index.results(self._db, paper_id))
        return Found(paper, score, date.fromisoformat(day) if day else None, made, marks.get(paper_id, Marks()))

    def last_stored(self, papers: Iterable[Paper], language: str) -> datetime | None:
        """When the last finished result of these papers, in any version, was stored; None where there is none."""
        ((at,),) = self._rows(
            "SELECT max(stored_at) FROM results WHERE status = 'done' AND language = ?"
            " AND paper_id IN (SELECT value FROM json_each(?))",
            language,
            json([paper.id for paper in papers]),
        )
        return datetime.fromisoformat(at) if at else None

    def marks(self, paper_ids: Iterable[str] | None = None) -> dict[str, Marks]:
        """What is marked, by paper id: of these papers, or of all."""
        rows = self._rows(
            "SELECT paper_id, star, read, hide, note FROM marks"
            " WHERE ?1 IS NULL OR paper_id IN (SELECT value FROM json_each(?1)) ORDER BY changed_at, paper_id",
            json(list(paper_ids)) if paper_ids is not None else None,
        )
        return {name: Marks(bool(star), bool(read), bool(hide), note) for name, star, read, hide, note in rows}

    def mark(self, paper_id: str, **changes: Any) -> Marks | None:
        """Changes fields of a paper's marks; returns what they are then, None where there is no such paper."""
        with self._writing() as db:
            if db.execute("SELECT 1 FROM papers WHERE id = ?", (paper_id,)).fetchone() is None:
                return None
            marks = replace(self.marks([paper_id]).get(paper_id, Marks()), **changes)
            db.execute("DELETE FROM marks WHERE paper_id = ?", (paper_id,))
            if marks != Marks():
                db.execute(
                    "INSERT INTO marks (paper_id, star, read, hide, note, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (paper_id, marks.star, marks.read, marks.hide, marks.note, utc(datetime.now(UTC))),
                )
            return marks

    def marked(self) -> dict[str, int]:
        """How many papers have each mark."""
        (row,) = self._rows(
            "SELECT coalesce(sum(star), 0), coalesce(sum(read), 0), coalesce(sum(hide), 0),"
            " coalesce(sum(note != ''), 0) FROM marks"
        )
        return dict(zip(("starred", "read", "hidden", "noted"), row, strict=True))
