"""Whole days with a deadline, by a clock that goes on with the engine's steps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localdigest import store
from localdigest.flows.brief import find_models
from localdigest.pages import plan
from localdigest.pages.publish import Published
from localdigest.records import Task
from localdigest.render.entries import counts
from localdigest.run.events import Finished, Said
from localdigest.workspace import config
from tests.kit.scripted_engine import Scripted, whole_day

NOON = datetime(2026, 1, 30, 12, tzinfo=UTC)


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


def done(published: Published) -> set[tuple[str, Task]]:
    return {pair for pair, result in published.digest.results.items() if result.status == "done"}


def test_at_the_deadline_what_is_done_is_on_the_page_and_the_next_run_goes_on(space: config.Workspace) -> None:
    reached: list[set[tuple[str, Task]]] = [set()]
    for seconds in (0, 10, 30, 400):
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
            why = str(plan.late(NOON))  # by this machine's clock
            assert said == [f"{why}; {left} of {due} translations and breakdowns are pending"]
            export = json.loads(published.export.read_bytes())
            waiting = {paper["breakdown"].get("reason") for paper in export["papers"]}
            assert why in waiting
            assert "未能在截止时间前完成" in published.page.read_text(encoding="utf-8")
    assert said == []
    assert [len(found) for found in reached] == sorted(len(found) for found in reached)
    assert (len(reached[1]), len(reached[-1])) == (0, 4)
    assert any(0 < len(found) < 4 for found in reached)


def test_nothing_is_begun_that_earlier_runs_say_cannot_be_done(space: config.Workspace, tmp_path: Path) -> None:
    whole_day(space, Scripted())  # its provenance: 0.25 engine seconds for each request
    with store.Store(space.library) as library:
        cost = library.cost(find_models(space)["explain"].sha256)
        assert library.cost("another model") == {}
    assert min(cost["explain"], cost["translate"]) >= 0.25
    own = space.prompts / "zh-CN" / "explain.md"
    own.parent.mkdir(parents=True)
    own.write_text("[system]\nExplain.\n[user]\n{{ text }}\n", encoding="utf-8")  # new work
    engine = Scripted()
    tight = until(85, engine) | {"deadline": NOON + timedelta(seconds=cost["explain"] / engine.slots * 0.9)}
    whole_day(space, engine, **tight)
    assert engine.submitted == 0
    engine = Scripted()
    loose = until(85, engine) | {"deadline": NOON + timedelta(seconds=cost["explain"] / engine.slots * 1.1)}
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
        # One request at a time, so that the one breakdown is over before the other begins: each takes some 120 steps
        # of the engine, a translation some 90.
        events = list[object]()
        for _ in range(4):
            engine = Scripted(slots=1)
            published = whole_day(config.open_workspace(root), engine, tell=events.append, **until(140, engine))
        results = [event.result for event in events if isinstance(event, Finished)]
        assert [paper.id for paper in published.digest.papers] == ["2202.13288", "2009.06122"]
        assert {paper for paper, task in done(published) if task == "translate"} == {"2202.13288", "2009.06122"}
        best[wanted] = next(result.paper_id for result in results if result.task == "explain")
    assert best == {wanted: wanted for wanted in best}
