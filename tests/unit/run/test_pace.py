"""Deadlines: what begins, what is left, and that nothing finished is lost. The clock is an argument; nothing waits."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from localdigest.pages import plan
from localdigest.records import Completion, Message, Paper, Request, Task, Translation, Usage
from localdigest.run import pace
from localdigest.run.drive import Draft, drive
from tests.kit.scripted_engine import Scripted

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-30T23:00+00:00", "2026-01-31T00:00+00:00"),  # 07:00 in Shanghai
        ("2026-01-30T23:59:59+00:00", "2026-01-31T00:00+00:00"),
        ("2026-01-31T00:00+00:00", "2026-02-01T00:00+00:00"),  # it is 08:00: the next one is tomorrow
        ("2026-01-31T12:00+00:00", "2026-02-01T00:00+00:00"),
    ],
)
def test_a_deadline_is_the_next_such_time_on_the_clock(now: str, expected: str) -> None:
    end = pace.deadline(time(8), None, datetime.fromisoformat(now), ZoneInfo("Asia/Shanghai"))
    assert end == datetime.fromisoformat(expected)


def test_a_deadline_stays_on_the_wall_clock_when_the_clocks_change() -> None:
    before = datetime(2026, 3, 7, 20, tzinfo=UTC)  # New York springs forward on the 8th
    assert pace.deadline(time(8), None, before, ZoneInfo("America/New_York")) == datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert pace.deadline(time(8), None, before - timedelta(days=1), ZoneInfo("America/New_York")) == datetime(
        2026, 3, 7, 13, tzinfo=UTC
    )


def test_the_earlier_of_deadline_and_budget_counts() -> None:
    assert pace.deadline(None, None, NOON, UTC) is None
    assert pace.deadline(None, 90, NOON, UTC) == NOON + timedelta(minutes=90)
    assert pace.deadline(time(13), 90, NOON, UTC) == NOON + timedelta(minutes=60)
    assert pace.deadline(time(14), 90, NOON, UTC) == NOON + timedelta(minutes=90)


# ---------------------------------------------------------------- what


def work(number: int, task: Task = "translate") -> plan.Work:
    paper = Paper(f"2601.{number:05}", 1, "T", (), "A", ("cs.SD",), "cs.SD", NOON, NOON)
    return plan.Work(f"{number}-{task}", paper, task, "zh-CN")


class Watch:
    """A clock that a test sets, in seconds after noon."""

    seconds = 0.0

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


def paced(seconds: float, slots: int, earlier: Mapping[Task, float]) -> tuple[pace.Pace, Watch]:
    watch = Watch()
    return pace.Pace(NOON + timedelta(seconds=seconds), slots, earlier, watch), watch


def test_earlier_runs_decide_before_anything_is_measured() -> None:
    # 40 engine seconds on 4 slots: 10 seconds of the clock each.
    gate, watch = paced(25, 4, {"translate": 40.0})
    assert gate.may_begin(work(1))
    gate.began(work(1))
    gate.began(work(2))
    assert not gate.may_begin(work(3))  # 30 s with what is under way
    watch.seconds = 10
    gate.answered(work(1), 40)
    gate.ended(work(1))
    assert not gate.may_begin(work(3))
    gate.answered(work(2), 30)  # 10 left of this one, and 40: 12.5 s
    assert gate.may_begin(work(3))
    assert not gate.may_begin(work(4, "explain"))  # never measured: three translations, 32.5 s


def test_what_was_never_measured_may_begin_until_the_time_is_up() -> None:
    gate, watch = paced(5, 4, {})
    assert gate.may_begin(work(1))
    assert gate.may_begin(work(2, "explain"))
    watch.seconds = 5
    assert gate.over()
    assert not gate.may_begin(work(1))


@pytest.mark.parametrize(("seconds", "last"), [(1.0, 24), (4.0, 6)])
def test_the_rate_measured_in_this_run_decides(seconds: float, last: int) -> None:
    """One slot, 100 s, pieces of one request: a slow machine begins fewer, whatever earlier runs say."""
    gate, watch = paced(100, 1, {"explain": 0.5})
    begun = 0
    while gate.may_begin(work(begun, "explain")):
        gate.began(work(begun, "explain"))
        watch.seconds += 4 * seconds
        gate.answered(work(begun, "explain"), 4 * seconds)
        gate.ended(work(begun, "explain"))
        begun += 1
    assert begun in (last, last + 1)
    assert watch.seconds <= 100


def test_a_machine_that_slept_is_not_taken_for_slow() -> None:
    gate, watch = paced(8.5 * 3600, 1, {})
    for number in range(10):
        gate.began(work(number))
        watch.seconds += 60 if number != 5 else 8 * 3600
        gate.answered(work(number), 60)
        gate.ended(work(number))
    assert 8.5 * 3600 - watch.seconds == 21 * 60  # by the average over the night, a piece would take 49 minutes
    assert gate.may_begin(work(10))


def test_a_machine_that_cannot_fill_its_slots_begins_less() -> None:
    """Four slots that together bring one engine second a second: a piece of 40 takes 40 seconds, not 10."""
    for left, fits in ((39, False), (41, True)):
        gate, watch = paced(320 + left, 4, {})
        for number in range(8):
            gate.began(work(number))
            watch.seconds += 40
            gate.answered(work(number), 40)
            gate.ended(work(number))
        assert gate.may_begin(work(8)) is fits


def one_request(number: int) -> Generator[list[Request], list[Completion], Draft]:
    (answer,) = yield [Request((Message("user", str(number)),), 5)]
    return Translation(answer.text, ()), Usage()


def drawn(seconds: int, slots: int, earlier: Mapping[Task, float]) -> tuple[list[str], Scripted]:
    """Ten flows of one request each, a step and a second long: which ended by the deadline."""
    engine = Scripted(lambda request: Completion(request.messages[0].text, "stop", seconds=1.0), slots=slots)

    def clock() -> datetime:
        return NOON + timedelta(seconds=len(engine.waiting_at_step))

    gate = pace.Pace(NOON + timedelta(seconds=seconds), slots, earlier, clock)
    flows = [(work(number), one_request(number)) for number in range(10)]
    outcomes = [(work.key, outcome) for work, outcome in drive(flows, engine, lambda: None, gate)]
    assert not [outcome for _, outcome in outcomes if isinstance(outcome, Exception)]
    return [key for key, _ in outcomes], engine


def test_what_was_held_back_begins_when_it_turns_out_to_take_less() -> None:
    ended, _ = drawn(60, 1, {"translate": 40.0})  # the first one fits, the second would not
    assert len(ended) == len(set(ended)) == 10


def test_what_ends_with_the_last_step_before_the_deadline_counts() -> None:
    for seconds in range(1, 12):
        ended, engine = drawn(seconds, 2, {})
        assert len(ended) == engine.submitted - engine.waiting
        assert len(engine.waiting_at_step) <= seconds


# ---------------------------------------------------------------- a day
