"""How far a run is: sentences and bullets counted, the rate of late, the time left."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from localdigest.cli import progress
from localdigest.cli.course import Course
from localdigest.engine import Stats
from localdigest.records import Task
from localdigest.run.events import Counted, Planned, Stepped


def test_what_has_begun_is_counted_and_the_rest_is_taken_to_be_like_it() -> None:
    course = Course(Counter[Task]({"translate": 4, "explain": 2}))
    assert course.total("translate") == 32
    course.count("translate", 5, 0, 0.0)
    course.count("translate", 7, 0, 1.0)
    course.count("translate", 0, 3, 2.0)
    assert (course.answered["translate"], course.total("translate")) == (3, 24)
    course.done["explain"] += 1  # one that could not be read: nothing is asked for it
    assert course.total("explain") == 15


def test_the_time_left_is_told_soon_and_goes_down_to_nothing() -> None:
    course = Course(Counter[Task]({"translate": 2}))
    course.count("translate", 10, 0, 100.0)
    course.count("translate", 10, 0, 100.0)
    course.count("translate", 0, 5, 110.0)
    assert course.left(110.0) is None
    assert course.left(130.0) == pytest.approx(30 * 0.8 / 0.2)  # a quarter of the drafts, and a fifth comes after them
    course.count("translate", 0, 15, 150.0)
    course.done["translate"] = 2
    assert course.left(160.0) == pytest.approx(0)


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    course = Course()
    assert course.rate(0, 0.0) is None
    for second in range(1, 61):  # ten tokens a second
        course.rate(10 * second, float(second))
    for second in range(61, 121):  # then one
        course.rate(600 + second - 60, float(second))
    assert course.rate(660, 120.0) == pytest.approx(1.0, rel=0.01)
    assert course.rate(660, 150.0) == pytest.approx(0, abs=0.05)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("localdigest.cli.progress.time.monotonic", lambda: now[0])
    return now


def test_the_board_is_a_hundred_columns_wide_and_says_what_is_under_way(clock: list[float]) -> None:
    out = io.StringIO()
    to = Console(file=out, width=180, color_system=None)
    watch = progress.Watch(to)
    watch(Planned((("1", "translate"), ("1", "explain"))))
    clock[0] = 4.0
    to.print(watch._shown())
    watch(Counted("translate", 6, 0))
    watch(Counted("translate", 0, 2))
    watch(Stepped(Stats(output_tokens=100, step_seconds=1.0, memory=2 << 30)))
    clock[0] = 14.0
    watch(Stepped(Stats(output_tokens=200, step_seconds=2.0, memory=2 << 30)))
    clock[0] = 64.0
    to.print(watch._shown())
    text = out.getvalue()
    assert "loading the model: 4 s" in text
    assert "2/6 sentences" in text
    assert "0/15 bullets" in text
    assert "0 of 1 papers done" in text
    assert "left" in text
    assert max(map(len, text.splitlines())) == 100


def test_what_takes_seconds_says_what_it_is() -> None:
    out = io.StringIO()
    with progress.doing(Console(file=out, width=80), "running it"):
        assert out.getvalue() == "running it\n"
