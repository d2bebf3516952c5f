"""arXiv's calendar against tables that were written down by hand, and against the dates of real feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from localdigest.arxiv import calendar, listings

ET = ZoneInfo("America/New_York")


def et(month: int, day: int, hour: int = 14, minute: int = 0, year: int = 2025) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ET)


# Date of the listing; submitted from; until. https://info.arxiv.org/help/availability.html, table and holidays.
TABLE = [
    (date(2025, 8, 18), et(8, 14), et(8, 15)),  # Monday, announced on Sunday: Thursday to Friday
    (date(2025, 8, 19), et(8, 15), et(8, 18)),  # Tuesday: Friday to Monday
    (date(2025, 8, 20), et(8, 18), et(8, 19)),
    (date(2025, 8, 21), et(8, 19), et(8, 20)),
    (date(2025, 8, 22), et(8, 20), et(8, 21)),
    (date(2025, 9, 1), et(8, 28), et(8, 29)),  # Labor Day is Monday: Sunday evening is as ever,
    (date(2025, 9, 3), et(8, 29), et(9, 2)),  # and Wednesday makes up for the Tuesday that has none
    (date(2025, 11, 27), et(11, 25), et(11, 26)),  # Thanksgiving: Wednesday's announcement is out,
    (date(2025, 12, 1), et(11, 26), et(11, 28)),  # Friday has none, and Monday carries two days
    (date(2025, 7, 8), et(7, 3), et(7, 7)),  # no announcement on Sunday, 6 July; Friday's waits for Monday's
    (date(2026, 6, 23), et(6, 18, year=2026), et(6, 22, year=2026)),  # Friday holiday: neither Friday nor Sunday
    (date(2025, 11, 4), et(10, 31), et(11, 3)),  # the clocks go back on Sunday: 73 hours
]


@pytest.mark.parametrize(("day", "start", "end"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_an_announcement_carries_its_window_and_no_other(day: date, start: datetime, end: datetime) -> None:
    window = calendar.window(day)
    assert (window.start, window.end, window.days) == (start, end, (day,))
    assert calendar.day_of(start) == calendar.day_of(end - timedelta(seconds=1)) == day
    assert calendar.day_of(end) > day
    assert calendar.made_at(day) == datetime.combine(day - timedelta(days=1), end.time(), ET) + timedelta(hours=6)


def test_days_without_an_announcement_say_why() -> None:
    none = {
        date(2025, 8, 23): "Saturday",
        date(2025, 8, 24): "Sunday",
        date(2025, 9, 2): "arXiv holiday on 2025-09-01",
        date(2025, 11, 28): "arXiv holiday on 2025-11-27",
        date(2026, 6, 22): "arXiv holiday on 2026-06-19",
        date(2025, 7, 7): "arXiv holiday on 2025-07-06",
        date(2025, 8, 22): "",
    }
    assert {day: calendar.why_none(day) for day in none} == none


def test_a_holiday_has_its_name_where_it_has_one() -> None:
    told = {
        date(2025, 8, 23): "",
        date(2025, 11, 28): "Thanksgiving, 2025-11-27",
        date(2025, 7, 7): "Independence Day, 2025-07-06",
        date(2026, 1, 20): "Martin Luther King Jr. Day, 2026-01-19",
        date(2026, 1, 2): "New Year's Day, 2026-01-01",
        date(2023, 8, 18): "2023-08-17",
        date(2025, 8, 22): None,
    }
    assert {day: calendar.closed(day) for day in told} == told


def test_announcements_meet_and_hold_every_moment_once() -> None:
    days = calendar.between(date(2022, 12, 31), date(2026, 12, 31))
    windows = [calendar.window(day) for day in days]
    assert all(before.end == after.start for before, after in pairwise(windows))
    assert all(window.start < window.end for window in windows)
    # 52 weeks of five a year, less the holidays (a Friday's and its Sunday's are one).
    assert 4 * 249 < len(days) < 4 * 255
    moment = windows[0].start
    while moment < windows[-1].end:
        day = calendar.day_of(moment)
        assert calendar.window(day).start <= moment < calendar.window(day).end
        moment += timedelta(hours=7)


@pytest.mark.parametrize(
    ("now", "last", "listed"),
    [
        (datetime(2025, 8, 19, 23, 59, 59, tzinfo=UTC), date(2025, 8, 19), date(2025, 8, 19)),
        (datetime(2025, 8, 20, 0, 0, tzinfo=UTC), date(2025, 8, 20), date(2025, 8, 20)),
        # After the clocks have gone back in Berlin, and not yet in New York: announced at 1:00, not at 2:00.
        (datetime(2025, 10, 28, 0, 30, tzinfo=ZoneInfo("Europe/Berlin")), date(2025, 10, 27), date(2025, 10, 27)),
        (datetime(2025, 10, 28, 1, 0, tzinfo=ZoneInfo("Europe/Berlin")), date(2025, 10, 28), date(2025, 10, 28)),
        (datetime(2025, 11, 4, 1, 30, tzinfo=ZoneInfo("Europe/Berlin")), date(2025, 11, 3), date(2025, 11, 3)),
        (datetime(2025, 8, 23, 10, tzinfo=UTC), date(2025, 8, 22), date(2025, 8, 23)),
        (datetime(2025, 11, 28, 12, tzinfo=UTC), date(2025, 11, 27), date(2025, 11, 28)),
    ],
)
def test_the_clock_tells_the_latest_announcement(now: datetime, last: date, listed: date) -> None:
    assert (calendar.latest(now), calendar.listing_day(now)) == (last, listed)


def test_years_without_a_list_of_holidays_are_said() -> None:
    assert calendar.unknown_years([date(2026, 12, 31), date(2027, 1, 1), date(2030, 5, 5)]) == (2027, 2030)
    assert all(day.year in calendar.holidays().years for day in calendar.holidays().dates)
    assert all(day.weekday() != 5 for day in calendar.holidays().dates)


def test_real_feeds_bear_the_dates_of_the_schedule(shared: Path) -> None:
    """An announcement of August 2025, and an OAI-PMH record, whose submission has a day but no hour."""
    folder = shared / "data" / "feeds"
    atom = listings.parse((folder / "rss" / "tidedra_cs.AI_2025-08-20.atom.xml").read_bytes(), "atom")
    assert {paper.announced for paper in atom.papers} == {date(2025, 8, 20)}
    assert atom.built is not None
    assert calendar.listing_day(atom.built) == date(2025, 8, 20)
    (record,) = listings.parse((folder / "oai" / "hepcrawl_sample_arxiv_record.xml").read_bytes(), "oai").papers[:1]
    assert record.announced is not None
    assert (
        calendar.day_of(record.published) <= record.announced <= calendar.day_of(record.published + timedelta(days=1))
    )
