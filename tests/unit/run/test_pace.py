"""Deadlines: what begins, what is left, and that nothing finished is lost. The clock is an argument; nothing waits."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from localdigest import run, store
from localdigest.errors import ConfigError
from localdigest.pages import plan
from localdigest.records import Completion, Message, Paper, Request, Task, Translation, Usage
from localdigest.render.entries import counts
from localdigest.run import pace
from localdigest.run.drive import Draft, drive
from localdigest.run.events import Finished, Said
from localdigest.workspace import config
from tests.kit.scripted_engine import Scripted, whole_day

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
def test_a_deadline_is_the_next_one_in_the_workspaces_zone(now: str, expected: str) -> None:
    end = pace.deadline(time(8), None, "Asia/Shanghai", datetime.fromisoformat(now))
    assert end == datetime.fromisoformat(expected)


def test_a_deadline_stays_on_the_wall_clock_when_the_clocks_change() -> None:
    before = datetime(2026, 3, 7, 20, tzinfo=UTC)  # New York springs forward on the 8th
    assert pace.deadline(time(8), None, "America/New_York", before) == datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert pace.deadline(time(8), None, "America/New_York", before - timedelta(days=1)) == datetime(
        2026, 3, 7, 13, tzinfo=UTC
    )


def test_the_earlier_of_deadline_and_budget_counts() -> None:
    assert pace.deadline(None, None, "UTC", NOON) is None
    assert pace.deadline(None, 90, "UTC", NOON) == NOON + timedelta(minutes=90)
    assert pace.deadline(time(13), 90, "UTC", NOON) == NOON + timedelta(minutes=60)
    assert pace.deadline(time(14), 90, "UTC", NOON) == NOON + timedelta(minutes=90)
    with pytest.raises(ConfigError, match="Asia/Nowhere"):
        pace.deadline(time(8), None, "Asia/Nowhere", NOON)


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
    clock = until(0, engine)["clock"]
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


@pytest.fixture
def space(tmp_path: Path) -> config.Workspace:
    root = tmp_path / "digest"
    assert config.create(root)
    return config.open_workspace(root)


def until(seconds: int, engine: Scripted) -> dict[str, Any]:
    """A deadline, by a clock that goes on by a second with each step of the engine."""
    return {
        "deadline": NOON + timedelta(seconds=seconds),
        "clock": lambda: NOON + timedelta(seconds=len(engine.waiting_at_step)),
    }


def done(published: run.Published) -> set[tuple[str, Task]]:
    return {pair for pair, result in published.digest.results.items() if result.status == "done"}


def test_at_the_deadline_what_is_done_is_on_the_page_and_the_next_run_goes_on(space: config.Workspace) -> None:
    reached: list[set[tuple[str, Task]]] = [set()]
    for seconds in (0, 5, 10, 15, 20, 25, 30, 400):
        engine, events = Scripted(order=seconds), list[object]()
        published = whole_day(space, engine, tell=events.append, **until(seconds, engine))
        assert len(engine.waiting_at_step) <= seconds
        # No model is loaded when the time is up already, or nothing is left to do.
        assert engine.closed is (seconds > 0 and len(reached[-1]) < 4)
        reached.append(done(published))
        assert reached[-2] <= reached[-1]
        left, due = (4 - len(found) for found in (reached[-1], reached[-2]))
        numbers = counts(published.digest)
        assert (numbers["pending"], numbers["failed"]) == (left, 0)
        told = [str(event.text) for event in events if isinstance(event, Said)]
        said = [text for text in told if text.startswith("deadline")]
        if left:
            reason = f"deadline: not done by 2026-01-30 20:00; {left} of {due} pieces of work are left for the next run"
            assert said == [reason]
            export = json.loads(published.export.read_bytes())
            waiting = {paper["breakdown"].get("reason") for paper in export["papers"]}
            assert "deadline: not done by 2026-01-30 20:00" in waiting
            assert "未能在截止时间前完成" in published.page.read_text(encoding="utf-8")
    assert said == []
    assert [len(found) for found in reached] == sorted(len(found) for found in reached)
    assert (len(reached[1]), len(reached[-1])) == (0, 4)
    assert any(0 < len(found) < 4 for found in reached)


def test_nothing_is_begun_that_earlier_runs_say_cannot_be_done(space: config.Workspace, tmp_path: Path) -> None:
    whole_day(space, Scripted())  # its provenance: 0.25 engine seconds for each request
    with store.Store(space.library) as library:
        cost = library.cost(run.find_model(space).sha256)
        assert library.cost("another model") == {}
    assert min(cost["explain"], cost["translate"]) >= 0.25
    own = space.prompts / "zh-CN" / "explain.md"
    own.parent.mkdir(parents=True)
    own.write_text("[system]\nExplain.\n[user]\n{{ text }}\n", encoding="utf-8")  # new work
    engine = Scripted()
    tight = until(0, engine) | {"deadline": NOON + timedelta(seconds=cost["explain"] / engine.slots * 0.9)}
    whole_day(space, engine, **tight)
    assert engine.submitted == 0
    engine = Scripted()
    loose = until(0, engine) | {"deadline": NOON + timedelta(seconds=cost["explain"] / engine.slots * 1.1)}
    whole_day(space, engine, **loose)
    assert engine.submitted > 0


def test_when_time_is_short_the_best_in_rank_is_explained_and_the_page_keeps_its_order(tmp_path: Path) -> None:
    best = {}
    for interest, wanted in (
        ("singing and emotional voices", "2009.06122"),
        ("fullband audio at 48 kHz", "2202.13288"),
    ):
        root = tmp_path / wanted
        config.create(root)
        (root / "my.txt").write_text(interest, encoding="utf-8")
        path = root / config.FILE
        path.write_text(path.read_text("utf-8").replace("interests = []", 'interests = ["my.txt"]'), encoding="utf-8")
        # One request at a time, so that the one breakdown is over before the other begins.
        for seconds in range(10, 400, 5):
            engine, events = Scripted(slots=1), list[object]()
            published = whole_day(config.open_workspace(root), engine, tell=events.append, **until(seconds, engine))
            results = [event.result for event in events if isinstance(event, Finished)]
            explained = [result.paper_id for result in results if result.task == "explain"]
            if explained:
                break
        assert [paper.id for paper in published.digest.papers] == ["2202.13288", "2009.06122"]
        assert {paper for paper, task in done(published) if task == "translate"} == {"2202.13288", "2009.06122"}
        best[wanted] = explained[0]
    assert best == {wanted: wanted for wanted in best}
