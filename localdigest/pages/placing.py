"""Which announcements are due, and which paper goes on which page. Pure: pages and papers in, decisions out.

A paper is new once. It goes on the page of the announcement that carries it: the one that RSS or OAI-PMH names, else
the one that the schedule gives for its submission. Where that page is made already, or was never due, it is late
(held by moderation, or missed) and goes on the next page. What was announced before the first page of a workspace is
on none, or the first page would hold the whole look-back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from localdigest.arxiv import calendar
from localdigest.records import Page, Paper, Placed

UNFINISHED_DAYS = 7
"""How long a page whose work is not finished is gone on with, by runs without a date."""
BACK_FILL_DAYS = 14
"""How far back pages are checked with OAI-PMH that could not be checked on their day."""

FRESH = ("new", "cross")


# ---------------------------------------------------------------- which pages


def due(pages: Mapping[date, Page], last: date) -> tuple[date, ...]:
    """The announcements up to `last` that a run without a date makes pages of: all since the last page so made.

    The first run makes one page; where that failed, what was announced since is due too.
    """
    own = {day: page for day, page in pages.items() if page.window.mode == "announced"}
    made = closed(own.values())
    chain = [day for day, page in own.items() if page.closed and not page.asked]
    waiting = [day for day, page in own.items() if not page.closed and not page.asked]
    first = min((*([max(chain) + timedelta(days=1)] if chain else [last]), *waiting))
    return tuple(day for day in calendar.between(first - timedelta(days=1), last) if day not in made)


def closed(pages: Iterable[Page]) -> frozenset[date]:
    """The announcements that are on closed pages."""
    return frozenset(day for page in pages if page.closed for day in page.window.days)


def unfinished(pages: Mapping[date, Page], last: date) -> tuple[date, ...]:
    """The pages that work is left on: never written, or of the last days with something a run may still do."""
    recent = last - timedelta(days=UNFINISHED_DAYS)
    return tuple(
        day
        for day, page in pages.items()
        if page.closed
        and page.window.mode == "announced"
        and (page.left is None or (page.left and day >= recent))
        and day <= last
    )


def known_since(pages: Mapping[date, Page], day: date) -> datetime | None:
    """From which submission on all papers had been listed before the page of `day`; None where nothing had.

    Pages without a gap between them count, back from the one before `day`: what was never asked for is not known.
    """
    holder = {day: page for page in pages.values() if page.closed for day in page.window.days}
    since, before = None, calendar.previous(day)
    while before in holder:
        since = holder[before].since
        before = calendar.previous(before)
    return since


def unchecked(pages: Mapping[date, Page], last: date) -> tuple[date, ...]:
    """Announcements whose page only the API was read for, so that late papers may be missing."""
    recent = last - timedelta(days=BACK_FILL_DAYS)
    return tuple(
        sorted(day for page in pages.values() if not page.checked for day in page.window.days if recent <= day < last)
    )


# ---------------------------------------------------------------- which papers


@dataclass(slots=True)
class Placing:
    new: dict[date, list[Paper]] = field(default_factory=dict)
    replaced: dict[date, list[Paper]] = field(default_factory=dict)
    before: list[Paper] = field(default_factory=list)
    """Announced before the first page."""


def place(
    papers: Iterable[Paper], days: Sequence[date], placed: Mapping[str, Placed], since: datetime | None
) -> Placing:
    """Puts papers, one of each identifier, on the pages of `days` (ascending, at least one).

    `placed`: where those are that have a place. `since`: `known_since` of the first day. What belongs to no page of
    `days` yet, or to none at all (an old paper whose record changed), is in no part of the answer.
    """
    placing = Placing()

    def put(on: dict[date, list[Paper]], paper: Paper, day: date) -> None:
        on.setdefault(next((page for page in days if page >= day), days[-1]), []).append(paper)

    for paper in papers:
        here = placed.get(paper.id)
        scheduled = calendar.day_of(paper.published)
        named = paper.announced if paper.announced in days else None
        told = named if paper.announce_type in FRESH else None
        late = days[0] < scheduled < days[-1] or (scheduled < days[0] and since and since <= paper.published)
        if here is None and (told or scheduled in days or late):
            # OAI-PMH's date is that of the last change; of a first version this is its announcement, or nearly.
            first = named if not paper.announce_type and paper.version <= 1 else None
            put(placing.new, paper, told or first or scheduled)
        elif here and here.day is None and scheduled in days:
            put(placing.new, paper, scheduled)
        elif here and here.version < paper.version and paper.version > 1:
            put(placing.replaced, paper, named or days[-1])
        elif here is None and paper.version > 1 and named and (since or paper.announce_type):
            put(placing.replaced, paper, named)
        elif here is None and not since and scheduled < days[0]:
            placing.before.append(paper)
    return placing


# ---------------------------------------------------------------- do the sources agree


def compare(
    by_source: Mapping[str, Sequence[Paper]], feed_day: date | None, days: Collection[date], seen: Collection[str]
) -> tuple[str, ...]:
    """Where the sources of an answer disagree with each other or with the schedule, in sentences.

    `feed_day` is the announcement that the feed holds, None where it is not of today; `seen` papers are on a page.
    """
    feed = {paper.id: paper for paper in by_source.get("rss", ()) if paper.announce_type in FRESH}
    rest = {paper.id: paper for name in by_source if name != "rss" for paper in by_source[name]}
    said = []
    if feed_day and feed_day in days:
        if rest and (only := sorted(feed.keys() - rest.keys())):
            said.append(f"{_number(only)} in the feed of {feed_day} alone, and taken from there: {_ids(only)}")
        if owed := [
            name
            for name, paper in rest.items()
            if calendar.day_of(paper.published) == feed_day and name not in feed and name not in seen
        ]:
            said.append(f"{_number(owed)} not in the feed of {feed_day}, and shown all the same: {_ids(owed)}")
    first = {name: day for name in feed.keys() & rest.keys() if (day := feed[name].announced)}
    first |= {p.id: p.announced for p in by_source.get("oai", ()) if p.announced and p.version == 1}
    if early := sorted(name for name, day in first.items() if day < calendar.day_of(rest[name].published)):
        said.append(f"{_number(early)} announced earlier than arXiv's schedule says: {_ids(early)}")
    if feed and feed_day and calendar.why_none(feed_day):
        said.append(f"arXiv announced papers on {feed_day}, where its calendar has none: {calendar.why_none(feed_day)}")
    return tuple(said)


def _number(ids: Sequence[str]) -> str:
    return "1 paper is" if len(ids) == 1 else f"{len(ids)} papers are"


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
