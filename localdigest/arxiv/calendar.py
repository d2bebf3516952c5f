"""arXiv's calendar: which announcement carries what was submitted when. Pure, but for the list of holidays.

https://info.arxiv.org/help/availability.html, all by New York's clocks: submissions close at 14:00 on working days,
and what came in since the last close is announced at 20:00, Sunday to Thursday: what closes on Friday waits for
Sunday. On a holiday nothing closes and nothing is announced; after a Friday holiday there is no Sunday either.

An announcement goes by the date that its listing, mailing and RSS feed bear: the day after the evening on which it is
made. So Tuesday's announcement was made on Monday at 20:00 and carries Friday 14:00 to Monday 14:00.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localdigest.messages.errors import ConfigError
from localdigest.records import Window

ZONE = "America/New_York"
CLOSES, ANNOUNCED = time(14), time(20)
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holidays:
    years: frozenset[int]
    """Those that arXiv has published; of others nothing is known."""
    dates: frozenset[date]
    names: Mapping[str, str]
    """By month and day, or month alone; arXiv closes on other days, too."""


@functools.cache
def holidays() -> Holidays:
    found = tomllib.loads((Path(__file__).parent / "holidays.toml").read_text(encoding="utf-8"))
    return Holidays(frozenset(found["years"]), frozenset(found["dates"]), found["names"])


def unknown_years(days: Iterable[date]) -> tuple[int, ...]:
    """The years among `days` whose holidays are not known here: a holiday then looks like a late announcement."""
    return tuple(sorted({day.year for day in days} - holidays().years))


def why_none(day: date) -> str:
    """Why no announcement bears this date: `Saturday`, `arXiv holiday on 2026-11-26`; "" where one does."""
    evening = day - _DAY
    if _announces(evening):
        return ""
    if evening.weekday() in (4, 5):
        return NAMES[day.weekday()]
    return f"arXiv holiday on {_holiday(evening)}"


def closed(day: date) -> str | None:
    """The holiday for which no announcement bears this date, as `Thanksgiving, 2026-11-26`; "" for a weekend, None
    where there is an announcement."""
    evening = day - _DAY
    if _announces(evening):
        return None
    if evening.weekday() in (4, 5):
        return ""
    holiday, names = _holiday(evening), holidays().names
    name = names.get(f"{holiday:%m-%d}") or names.get(f"{holiday:%m}")
    return f"{name}, {holiday}" if name else f"{holiday}"


def _holiday(evening: date) -> date:
    """Why there is none on this evening of a working day or Sunday."""
    return evening if evening in holidays().dates else evening - 2 * _DAY


def window(day: date) -> Window:
    """What was submitted for the announcement of `day`; an empty interval where there is none."""
    evening = day - _DAY
    end = _last_close(evening)
    start = _last_close(previous(day) - _DAY) if _announces(evening) else end
    return Window(day, "announced", start, end, f"{CLOSES:%H:%M}", ZONE, (day,))


def day_of(submitted: datetime) -> date:
    """The announcement that carries what was submitted then (zone aware), unless moderation holds it."""
    local = submitted.astimezone(_zone())
    day = local.date() + (_DAY if local.time() >= CLOSES else timedelta())
    while not _works(day):
        day += _DAY
    while not _announces(day):
        day += _DAY
    return day + _DAY


def listing_day(now: datetime) -> date:
    """The date on arXiv's listings at `now`, whether or not there is an announcement of it."""
    local = now.astimezone(_zone())
    return local.date() + (_DAY if local.time() >= ANNOUNCED else timedelta())


def made_at(day: date) -> datetime:
    """When the announcement of `day` is made."""
    return datetime.combine(day - _DAY, ANNOUNCED, _zone())


def latest(now: datetime) -> date:
    """The announcement made last at `now` (zone aware)."""
    day = listing_day(now)
    return previous(day) if why_none(day) else day


def previous(day: date) -> date:
    """The announcement before that of `day`."""
    day -= _DAY
    while why_none(day):
        day -= _DAY
    return day


def between(after: date, last: date) -> tuple[date, ...]:
    """The announcements later than `after`, up to and with `last`."""
    days = (after + step * _DAY for step in range(1, (last - after).days + 1))
    return tuple(day for day in days if not why_none(day))


def _works(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays().dates


def _announces(evening: date) -> bool:
    if evening.weekday() == 6:
        return evening not in holidays().dates and _works(evening - 2 * _DAY)
    return evening.weekday() < 4 and _works(evening)


def _last_close(evening: date) -> datetime:
    while not _works(evening):
        evening -= _DAY
    return datetime.combine(evening, CLOSES, _zone())


@functools.cache
def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(ZONE)
    except ZoneInfoNotFoundError:
        raise ConfigError("this system knows no time zones, {zone} for one; pip install tzdata", ZONE) from None
