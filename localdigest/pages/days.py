"""Which days there is a page to make of, and which have one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from localdigest.arxiv import calendar
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError
from localdigest.pages import placing, window
from localdigest.pages.contents import Selected
from localdigest.records import Outcome, Paper
from localdigest.store import Store
from localdigest.workspace.config import Config, Workspace

_NONE_YET = Notice("there is no page yet; `localdigest run` makes one")


@dataclass(frozen=True, slots=True)
class Agenda:
    """The days whose pages there is something to do for, and what became of the day that was asked about."""

    days: tuple[date, ...]
    """Ascending."""
    outcome: Outcome = "papers"
    reason: Notice | None = None
    selected: tuple[Selected, ...] = ()
    """Of days whose papers were selected on the way: that is not done again."""


def agenda(conf: Config, store: Store, day: date | None, now: datetime, *, must_exist: bool = False) -> Agenda:
    """What there is to do without asking arXiv: the page of `day`, or the unfinished ones, or the last.

    With `must_exist` it raises ConfigError where there is no page.
    """
    if day or conf.window.mode == "submitted":
        return Agenda((day or newest(conf, now),))
    known, today = store.pages(), calendar.listing_day(now)
    made = [each for each, page in known.items() if page.closed and page.window.mode == "announced"]
    days = placing.unfinished(known, calendar.latest(now)) or tuple(made[-1:])
    if must_exist and not days:
        raise ConfigError(_NONE_YET)
    none = calendar.why_none(today)
    reason = Notice("no announcement on {day}: {why}", today, none) if none else None
    unwritten = any(known[each].left is None for each in days)
    return Agenda(days, "no-announcement" if none and not unwritten else "papers", reason)


def newest(conf: Config, now: datetime) -> date:
    """The day of the newest page that there can be at `now`."""
    if conf.window.mode == "announced":
        return calendar.latest(now)
    return window.today(conf.window.zone, conf.window.anchor, now)


def is_announcement(conf: Config, store: Store, day: date | None, files: Sequence[Path]) -> bool:
    """Whether the page of `day` is one of an announcement.

    Files given for a day make a page of what was submitted in its window, in either mode: nobody can tell from a
    file whether it is a whole announcement. They add to one of an announcement that there is.
    """
    if conf.window.mode == "submitted" or not (files and day):
        return conf.window.mode == "announced"
    page = store.page(day)
    return page is not None and page.window.mode == "announced"


def not_announced(day: date, now: datetime) -> Agenda | None:
    """Why there can be no announcement of `day` at `now`; None where there can."""
    if none := calendar.why_none(day):
        return Agenda((), "no-announcement", Notice("no announcement on {day}: {why}", day, none))
    if day > calendar.latest(now):
        made = f"{calendar.made_at(day).astimezone(UTC):%Y-%m-%d %H:%M}"
        why = Notice("the announcement of {day} is made at {time} UTC; run again then", day, made)
        return Agenda((), "stale", why)
    return None


def by_submission(conf: Config, store: Store) -> Callable[[datetime], date | None]:
    """The day of the page of a paper that is on no announcement's, from when it was submitted; None for no page."""
    if conf.window.mode == "submitted":
        return lambda when: window.page_of(when, conf.window.zone, conf.window.anchor)
    days = [day for day, page in store.pages().items() if page.window.mode == "submitted"]  # made of files for a date
    spans = [window.submitted(day, conf.window.zone, conf.window.anchor) for day in days]
    return lambda when: next((span.day for span in spans if span.start <= when < span.end), None)


def page_with(space: Workspace, store: Store, paper: Paper) -> date | None:
    """The page that a paper is on, where it has been written."""
    placed = store.placed([paper.id]).get(paper.id)
    by_window = window.page_of(paper.published, space.config.window.zone, space.config.window.anchor)
    day = placed.day if placed else by_window
    return day if day in written(space, store) else None


def written(space: Workspace, store: Store) -> tuple[date, ...]:
    """The days that have a page, ascending: written in `posts/` or `site/`, or noted as such in the library, from which
    it can be written again.
    """
    lying = (*space.posts.glob("*-arxiv.md"), *space.site.glob("*.html"))
    names = (re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(-arxiv)?\.[a-z]+", path.name) for path in lying)
    noted = {day for day, page in store.pages().items() if page.left is not None}
    return tuple(sorted(noted.union(date.fromisoformat(match[1]) for match in names if match)))


def all_written(space: Workspace, store: Store) -> tuple[date, ...]:
    """As `written`; raises ConfigError for none."""
    if not (found := written(space, store)):
        raise ConfigError(_NONE_YET)
    return found


def latest(space: Workspace, store: Store, now: datetime) -> date:
    """The newest day that has a page, or for which papers were collected. Raises ConfigError for none."""
    made = {day for day, page in store.pages().items() if page.closed}.union(written(space, store))
    return max(made) if made else agenda(space.config, store, None, now, must_exist=True).days[-1]
