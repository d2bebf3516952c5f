"""What a user does with the archive: looks for papers, and marks them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from localdigest.records import Marks, Paper, Result
from localdigest.store import index
from localdigest.store.database import Database, utc

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
        times = {
            name: utc(moment) for name, moment in (("since", which.since), ("until", which.until)) if moment is not None
        }
        with self._troubles():
            best, total = index.find(self._db, asked, which, limit, times)
            marks = self.marks([paper_id for paper_id, _ in best])
            return tuple(self._found(paper_id, score, marks) for paper_id, score in best), total

    def _found(self, paper_id: str, score: float, marks: dict[str, Marks]) -> Found:
        (record, day) = self._db.execute(
            "SELECT record, (SELECT day FROM placed WHERE paper_id = id AND kind = 'new') FROM papers WHERE id = ?",
            (paper_id,),
        ).fetchone()
        return Found(
            msgspec.json.decode(record, type=Paper),
            score,
            date.fromisoformat(day) if day else None,
            tuple(index.results(self._db, paper_id)),
            marks.get(paper_id, Marks()),
        )

    def last_stored(self, papers: Iterable[Paper], language: str) -> datetime | None:
        """When the last finished result of these papers, in any version, was stored; None where there is none."""
        with self._troubles():
            (at,) = self._db.execute(
                "SELECT max(stored_at) FROM results WHERE status = 'done' AND language = ?"
                " AND paper_id IN (SELECT value FROM json_each(?))",
                (language, msgspec.json.encode([paper.id for paper in papers]).decode()),
            ).fetchone()
            return datetime.fromisoformat(at) if at else None

    def marks(self, paper_ids: Iterable[str] | None = None) -> dict[str, Marks]:
        """What is marked, by paper id: of these papers, or of all."""
        where = " WHERE paper_id IN (SELECT value FROM json_each(?))" if paper_ids is not None else ""
        values = (msgspec.json.encode(list(paper_ids)).decode(),) if paper_ids is not None else ()
        with self._troubles():
            rows = self._db.execute(
                f"SELECT paper_id, star, read, hide, note FROM marks{where} ORDER BY changed_at, paper_id",
                values,
            ).fetchall()
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
        with self._troubles():
            row = self._db.execute(
                "SELECT coalesce(sum(star), 0), coalesce(sum(read), 0), coalesce(sum(hide), 0),"
                " coalesce(sum(note != ''), 0) FROM marks"
            ).fetchone()
            return dict(zip(("starred", "read", "hidden", "noted"), row, strict=True))
