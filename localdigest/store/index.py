"""The words of the archive: kept true to papers and results as they change, and looked up.

`texts` is an FTS5 table without content: it has the terms of each paper (`query.terms`) and where they stand, not the
text. FTS5 then needs what it was given again before it can forget it; that is made anew from the records, so every
change to them goes through `following`. A checksum tells where that would come out otherwise than it once did.
"""

from __future__ import annotations

import contextlib
import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import TYPE_CHECKING

import msgspec

from localdigest.messages import _
from localdigest.records import PARTS, Paper, Result

if TYPE_CHECKING:
    from localdigest.text import query

Columns = tuple[str, str, str, str, str, str]
"""Of `texts`, in its order."""

_LOG = logging.getLogger("localdigest")

_COLUMNS = "title, abstract, translation, breakdown, people, kinds"
_WEIGHTS = "8.0, 2.0, 2.0, 1.0, 0.0, 0.0"
"""For bm25: a word in the title says most of what a paper is about; filters say nothing."""

RANKED = 10_000
"""Papers of which the best are found: of a word that more have, these are the last to have come in. So a search for
the commonest word takes no longer than for one that this many have."""


def fill(db: Connection) -> None:
    """Takes in all papers, in a library from before there was a search."""
    papers = db.execute("SELECT id FROM papers ORDER BY published, id").fetchall()
    if papers:
        _LOG.warning(_("making the search's index of %d papers, once"), len(papers))
    for (paper_id,) in papers:
        if columns := _columns(db, paper_id):
            _take_in(db, paper_id, columns)


@contextlib.contextmanager
def following(db: Connection, paper_ids: Iterable[str]) -> Iterator[None]:
    """Within a transaction: what the block does to these papers and their results, the index is told of."""
    before = {paper_id: _columns(db, paper_id) for paper_id in paper_ids}
    yield
    for paper_id, old in before.items():
        new = _columns(db, paper_id)
        if new is None:
            continue
        if old == new:
            db.execute(
                "UPDATE documents SET published = p.published FROM papers AS p WHERE p.id = ? AND paper_id = p.id",
                (paper_id,),
            )
            continue
        if old is not None:
            _forget(db, paper_id, old)
        _take_in(db, paper_id, new)


def _take_in(db: Connection, paper_id: str, columns: Columns) -> None:
    row = db.execute(
        "INSERT INTO documents (paper_id, published, checksum)"
        " SELECT id, published, ? FROM papers WHERE id = ? RETURNING docid",
        (_checksum(columns), paper_id),
    ).fetchone()
    db.execute(f"INSERT INTO texts (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, *columns))


def _forget(db: Connection, paper_id: str, columns: Columns) -> None:
    row = db.execute("DELETE FROM documents WHERE paper_id = ? RETURNING docid, checksum", (paper_id,)).fetchone()
    if row and row[1] == _checksum(columns):
        # Otherwise its terms stay behind under a number that no paper has any more, and are never found.
        db.execute(
            f"INSERT INTO texts (texts, rowid, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)",
            (row[0], *columns),
        )


def _checksum(columns: Columns) -> int:
    return zlib.crc32("\0".join(columns).encode())


def _columns(db: Connection, paper_id: str) -> Columns | None:
    """What the index should have of a paper: of each task and language the result that was stored last."""
    from localdigest.text import query  # here, since most who open the library neither search nor write

    row = db.execute("SELECT record FROM papers WHERE id = ?", (paper_id,)).fetchone()
    if row is None:
        return None
    paper = msgspec.json.decode(row[0], type=Paper)
    texts = (paper.title, paper.abstract, *written(results(db, paper_id)))
    return (
        *(" ".join(query.terms(text)) for text in texts),
        query.people(paper.authors),
        query.kinds(paper.categories, " ".join(texts)),
    )  # type: ignore[return-value]  # of four texts


def results(db: Connection, paper_id: str) -> list[Result]:
    """The finished ones of a paper, the last stored of each task and language; the pair that began first is first."""
    rows = db.execute(
        "SELECT record FROM results JOIN (SELECT min(serial) AS first, max(serial) AS last FROM results"
        " WHERE paper_id = ? AND status = 'done' GROUP BY task, language) ON serial = last ORDER BY first",
        (paper_id,),
    )
    return [msgspec.json.decode(record, type=Result) for (record,) in rows.fetchall()]


def written(results: Iterable[Result]) -> tuple[str, str]:
    """All that was written of a paper: its translations, titles among them; gists and the points of breakdowns."""
    translations: list[str] = []
    points: list[str] = []
    for result in results:
        made = result.translation or result.breakdown
        points += [made.gist.text] if made and made.gist else []
        if result.translation:
            translations += filter(None, (result.translation.title, result.translation.text))
        if result.breakdown:
            parts = sorted(result.breakdown.parts, key=lambda part: PARTS.index(part.name))
            points += [point.text for part in parts for point in part.points]
    return "\n".join(translations), "\n".join(points)


# ---------------------------------------------------------------- looking up


@dataclass(frozen=True, slots=True)
class Filter:
    """What a paper must be, whatever it says."""

    authors: tuple[str, ...] = ()
    """All of them; given names may be cut to initials."""
    categories: tuple[str, ...] = ()
    """One of these; `cs` stands for all of its archive."""
    since: datetime | None = None
    """Submitted (RSS: announced) from here on, zone aware."""
    until: datetime | None = None
    """And before this."""
    starred: bool = False
    hidden: bool = False
    """Whether papers that are marked as hidden are found too."""


def find(db: Connection, asked: query.Query, which: Filter, limit: int, utc: Mapping[str, str]) -> tuple[
    list[tuple[str, float]], int
]:  # fmt: skip
    """Ids and scores (more is better) of the best `limit` papers, and how many there are, RANKED at most.

    `utc`: `since` and `until` as the library writes times. Without words, the last submitted come first.
    """
    from localdigest.text import query

    where, values = ["texts MATCH :match"], {"match": query.expression(asked, which.authors, which.categories)}
    if utc:
        between = " AND ".join(f"published {sign} :{name}" for name, sign in (("since", ">="), ("until", "<"))
                               if name in utc)  # fmt: skip
        # Papers come in by time, nearly: most others are never looked at.
        first, last = db.execute(f"SELECT min(docid), max(docid) FROM documents WHERE {between}", utc).fetchone()
        where += [
            f"rowid BETWEEN {first or 0} AND {last or 0}",
            f"EXISTS (SELECT 1 FROM documents WHERE docid = texts.rowid AND {between})",
        ]
        values |= utc
    # The + keeps SQLite from asking `texts` anew for each of these papers, which for a common word takes minutes.
    marked = "(SELECT docid FROM documents JOIN marks USING (paper_id) WHERE {})"
    if which.starred:
        where.append(f"+rowid IN {marked.format('star')}")
    if not which.hidden:
        where.append(f"+rowid NOT IN {marked.format('hide')}")
    order = "score" if asked.wanted else "published DESC"
    rows = db.execute(
        "SELECT paper_id, score, count(*) OVER () FROM documents JOIN"
        f" (SELECT rowid, bm25(texts, {_WEIGHTS}) AS score FROM texts WHERE {' AND '.join(where)}"
        f" ORDER BY rowid DESC LIMIT {RANKED}) AS found ON docid = found.rowid"
        f" ORDER BY {order}, docid DESC LIMIT :limit",
        values | {"limit": limit},
    ).fetchall()
    return [(paper_id, -score) for paper_id, score, _ in rows], rows[0][2] if rows else 0
