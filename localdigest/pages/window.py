"""Which papers belong to a day's page, and in which order. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from localdigest.messages.errors import ConfigError
from localdigest.records import Paper, Window, taxonomy


def submitted(day: date, zone: str, anchor: str) -> Window:
    """From `anchor` (wall clock, `HH:MM`) on the day before, to `anchor` on `day`, in `zone`.

    It lasts 23 or 25 hours where the clocks change, and always meets its neighbours. Raises ConfigError.
    """
    clock = _clock(anchor).replace(tzinfo=find_zone(zone))
    start, end = (datetime.combine(ends, clock) for ends in (day - timedelta(days=1), day))
    return Window(day, "submitted", start, end, anchor, zone)


def today(zone: str, anchor: str, now: datetime) -> date:
    """The day whose window closed last at `now` (zone aware). Raises ConfigError."""
    day = now.astimezone(find_zone(zone)).date()
    return day if submitted(day, zone, anchor).end <= now else day - timedelta(days=1)


def page_of(moment: datetime, zone: str, anchor: str) -> date:
    """The day whose window `moment` lies in. Raises ConfigError."""
    return today(zone, anchor, moment) + timedelta(days=1)


def select(
    papers: Iterable[Paper], window: Window, categories: Collection[str]
) -> tuple[tuple[Paper, ...], tuple[Paper, ...]]:
    """(listed, shown), newest first: the papers of the window, and of these those in `categories`.

    One category in common is enough, cross-lists included; an archive covers what is in it. No categories, no
    filter. A page of announcements has all that was placed on it, when ever submitted.
    """
    placed = window.mode == "announced"
    mine = (paper for paper in papers if placed or window.start <= paper.published < window.end)
    listed = sorted(mine, key=_age, reverse=True)
    shown = [
        paper for paper in listed if not categories or any(taxonomy.within(c, categories) for c in paper.categories)
    ]
    return tuple(listed), tuple(shown)


def _age(paper: Paper) -> tuple[tuple[int, ...], datetime, str]:
    """Sorts by submission: arXiv numbers papers in that order, but counted by archive until 2007."""
    number = () if "/" in paper.id else tuple(map(int, paper.id.split(".")))
    return number, paper.published, paper.id


def _clock(anchor: str) -> time:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", anchor):
        raise ConfigError("anchor {anchor!r} is not a time of day; write it as HH:MM, for example 08:50", anchor).of(
            "window.anchor", anchor
        )
    return time.fromisoformat(anchor)


def find_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path; a folder of zones such as "Asia"
        raise ConfigError(
            "zone {name!r} is not a time zone known here; write an IANA name such as Asia/Shanghai (where the system"
            " has none at all: pip install tzdata)",
            name,
        ).of("window.zone", name) from None
