from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from localdigest.arxiv import listings
from localdigest.messages.errors import ConfigError
from localdigest.pages.window import select, submitted, today
from localdigest.records import Paper

SHANGHAI = ("Asia/Shanghai", "08:50")


def paper(paper_id: str, published: datetime, *categories: str) -> Paper:
    return Paper(paper_id, 1, "t", (), "a", categories, categories[0] if categories else "", published, published)


def test_the_seed_day_is_the_reference_page(shared: Path) -> None:
    seed = shared / "data" / "seed-day"
    window = submitted(date(2025, 12, 17), *SHANGHAI)
    papers = listings.merge([listings.parse((seed / "atom.xml").read_bytes(), "atom.xml")])
    # Backwards, so that the order is select's own.
    listed, shown = select(reversed(papers), window, {"cs.SD", "eess.AS"})
    page = (seed / "2025-12-17-arxiv.md").read_text(encoding="utf-8")
    assert [p.versioned_id for p in shown] == re.findall(r"\*\*arXiv\*\*: \[https://arxiv.org/abs/(\S+)\]", page)
    assert len(listed) == len(shown) == 13
    assert f"{window.start:%Y-%m-%d %H:%M} — {window.end:%Y-%m-%d %H:%M}" in page


def test_the_window_is_half_open() -> None:
    window = submitted(date(2025, 12, 17), *SHANGHAI)
    assert window.start.isoformat() == "2025-12-16T08:50:00+08:00"
    start, end = datetime(2025, 12, 16, 0, 50, tzinfo=UTC), datetime(2025, 12, 17, 0, 50, tzinfo=UTC)
    second = timedelta(seconds=1)
    times = [start - second, start, end - second, end]
    papers = [paper(f"2512.0000{number}", moment) for number, moment in enumerate(times)]
    assert [p.id for p in select(papers, window, ())[0]] == ["2512.00002", "2512.00001"]


def test_any_category_in_common_is_enough() -> None:
    window = submitted(date(2025, 12, 17), *SHANGHAI)
    papers = [
        paper("2512.00001", window.start, "cs.CL", "eess.AS"),
        paper("2512.00002", window.start, "cs.CV"),
        paper("2512.00003", window.start),
    ]
    listed, shown = select(papers, window, {"eess.AS", "cs.SD"})
    assert (len(listed), [p.id for p in shown]) == (3, ["2512.00001"])
    assert select(papers, window, set())[1] == listed
    assert [p.id for p in select(papers, window, {"eess"})[1]] == ["2512.00001"]


def test_order_is_by_number_then_old_identifiers_by_date() -> None:
    window = submitted(date(2025, 12, 17), *SHANGHAI)
    moment = window.start
    names = ["2512.00002", "1501.00001", "1412.9999", "0704.0001", "math/0309136", "hep-th/9901001"]
    papers = [paper(name, moment - timedelta(minutes=place)) for place, name in enumerate(names)]
    wide = replace(window, start=moment - timedelta(hours=1))
    # 9901 is January 1999, before 0309: the date decides, not the digits.
    assert [p.id for p in select(sorted(papers, key=lambda p: p.id), wide, ())[0]] == names


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 6, 1), 24)])
@pytest.mark.parametrize("anchor", ["08:50", "02:30"])
def test_windows_meet_where_the_clocks_change(day: date, hours: int, anchor: str) -> None:
    """02:30 does not exist on one of these days in Berlin, and comes twice on another."""
    before, window, after = (submitted(day + timedelta(days=step), "Europe/Berlin", anchor) for step in (-1, 0, 1))
    assert (before.end.astimezone(UTC), window.end.astimezone(UTC)) == (
        window.start.astimezone(UTC),
        after.start.astimezone(UTC),
    )
    if anchor == "08:50":
        assert window.end.astimezone(UTC) - window.start.astimezone(UTC) == timedelta(hours=hours)


def test_today_is_the_window_that_closed_last() -> None:
    closing = datetime(2025, 12, 17, 0, 50, tzinfo=UTC)
    assert today(*SHANGHAI, closing) == date(2025, 12, 17)
    assert today(*SHANGHAI, closing - timedelta(seconds=1)) == date(2025, 12, 16)
    # Still Tuesday evening in New York when it is Wednesday in UTC.
    assert today("America/New_York", "20:30", datetime(2025, 12, 17, 1, 29, tzinfo=UTC)) == date(2025, 12, 15)
    assert today("America/New_York", "20:30", datetime(2025, 12, 17, 1, 30, tzinfo=UTC)) == date(2025, 12, 16)


@pytest.mark.parametrize("zone", ["Asia/Shanghay", "../etc/passwd", "/etc/localtime", "Asia", "", "CST+8\0"])
def test_a_bad_zone_is_named(zone: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(repr(zone))):
        submitted(date(2025, 12, 17), zone, "08:50")


@pytest.mark.parametrize("anchor", ["8:50", "24:00", "08:60", "08:50:00", "0850", "", "08:50\n", "０８:50"])
def test_a_bad_anchor_is_named(anchor: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(repr(anchor))):
        submitted(date(2025, 12, 17), "Asia/Shanghai", anchor)
