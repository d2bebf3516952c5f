"""What is kept and asked so that `status` need not read the whole library."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from localdigest.messages import Reason
from localdigest.records import Paper, Status, Task
from localdigest.store.database import Database, utc


class Tallies(Database):
    """Counts of pages, as somebody made them. Triggers (`store/migrations`) drop one when its papers or results change."""

    def tallies(self, settings: str) -> dict[date, bytes]:
        """Those that were counted under these settings and hold still, by the page's day."""
        with self._troubles():
            rows = self._db.execute("SELECT day, record FROM tallies WHERE settings = ?", (settings,)).fetchall()
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

    def states(self, papers: Iterable[Paper], language: str) -> dict[tuple[str, Task], tuple[Status, Reason | None]]:
        """Status and reason of what `Store.latest` would give, without reading the texts."""
        wanted = msgspec.json.encode([(paper.id, paper.version) for paper in papers]).decode()
        with self._troubles():
            rows = self._db.execute(
                "SELECT r.paper_id, r.task, r.status, r.reason FROM json_each(?) AS wanted"
                " JOIN results AS r ON r.paper_id = json_extract(wanted.value, '$[0]') AND r.language = ?"
                " AND r.version = json_extract(wanted.value, '$[1]') ORDER BY r.status = 'done', r.serial",
                (wanted, language),
            ).fetchall()
            return {(paper, task): (status, _reason(reason)) for paper, task, status, reason in rows}

    def known(self) -> int:
        """How many papers there are."""
        with self._troubles():
            (number,) = self._db.execute("SELECT count(*) FROM papers").fetchone()
            return int(number)

    def next_submission(self, since: datetime) -> datetime | None:
        """When the first paper was submitted from `since` on."""
        with self._troubles():
            (found,) = self._db.execute(
                "SELECT min(published) FROM papers WHERE published >= ?", (utc(since),)
            ).fetchone()
            return datetime.fromisoformat(found) if found else None


def _reason(stored: str) -> Reason | None:
    return msgspec.json.decode(stored, type=Reason) if stored else None
