"""A search of the archive, from what a user typed to rows with the hits marked: for the command line and for pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from localdigest.records import Marks, Result
from localdigest.store import Store
from localdigest.store.archive import Found
from localdigest.store.index import RANKED, Filter, written
from localdigest.text import query
from localdigest.text.query import Query, Snippet

_FIRST, _LAST = date(1900, 1, 1), date(2200, 1, 1)
_SNIPPETS = 2
"""A paper, at most, beside its title."""


@dataclass(frozen=True, slots=True)
class Row:
    """A paper that was found."""

    id: str
    version: int
    day: date | None
    """Of its page; None for one that no announcement's page has."""
    published: datetime
    title: str
    title_hits: tuple[tuple[int, int], ...]
    """Half-open intervals of characters."""
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    url: str
    gist: str
    """The paper in one sentence; empty where there is none."""
    score: float
    """More is better; of one search only."""
    snippets: dict[str, Snippet]
    """By the text that they are of (`abstract`, `translation`, `breakdown`): pieces, each with whether it is a hit."""
    marks: Marks

    @property
    def shown_title(self) -> Snippet:
        return query.marked(self.title, self.title_hits)


@dataclass(frozen=True, slots=True)
class Answer:
    query: str
    total: int
    more: bool
    """There are more than `total`, of which the last to have come in were looked at."""
    rows: tuple[Row, ...]


def days(zone: str, first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """For `Filter.since` and `until`: from the beginning of the first day to the end of the last, in `zone`."""

    def begins(day: date) -> datetime:
        day = min(max(day, _FIRST), _LAST)  # no paper is older or younger, and at the calendar's ends zones overflow
        return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)

    return begins(first) if first else None, begins(min(last, _LAST) + timedelta(days=1)) if last else None


def look(
    store: Store,
    text: str,
    which: Filter = Filter(),  # noqa: B008 (frozen)
    limit: int = 20,
    by_time: Callable[[datetime], date | None] | None = None,
    dress: Callable[[Result], Result] | None = None,
) -> Answer:
    """The best `limit` papers for what the user typed. Raises ConfigError as the store does.

    `by_time`: the day of the page of a paper that was put on none, from when it was submitted. `dress`: makes of a
    result what is shown of it.
    """
    text = text.encode(errors="replace").decode()  # of a command line, it need not be UTF-8
    asked = query.parse(text)
    found, total = store.search(asked, which, limit)
    return Answer(text, total, total >= RANKED, tuple(_row(each, asked, by_time, dress) for each in found))


def _gist(results: Sequence[Result]) -> str:
    """Of its breakdowns, else of its translations; the last stored."""
    made = [
        result.breakdown or result.translation for result in sorted(results, key=lambda each: each.task == "explain")
    ]
    return next((each.gist.text for each in reversed(made) if each and each.gist), "")


def _row(
    found: Found,
    asked: Query,
    by_time: Callable[[datetime], date | None] | None,
    dress: Callable[[Result], Result] | None,
) -> Row:
    paper = found.paper
    snippets: dict[str, Snippet] = {}
    shown = tuple(map(dress, found.results)) if dress else found.results
    texts = dict(zip(("abstract", "translation", "breakdown"), (paper.abstract, *written(shown)), strict=True))
    for name, text in texts.items():
        if len(snippets) < _SNIPPETS and (snippet := query.snippet(text, asked)):
            snippets[name] = snippet
    return Row(
        paper.id,
        paper.version,
        found.day or (by_time(paper.published) if by_time else None),
        paper.published,
        paper.title,
        tuple(query.hits(paper.title, asked)),
        paper.authors,
        paper.categories,
        paper.abs_url,
        _gist(shown),
        round(found.score, 4),
        snippets,
        found.marks,
    )
