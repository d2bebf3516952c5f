"""A clock that goes back, between runs and inside one: nothing is lost, shown twice, asked too soon or never ended."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from localdigest import store
from localdigest.pages import plan
from localdigest.run import pace
from localdigest.transfer import keys, make
from localdigest.workspace import config
from tests.kit import faults
from tests.kit.arxiv_server import running
from tests.kit.digests import paper, translated
from tests.kit.guest import ask, connector
from tests.kit.scripted_engine import Scripted, whole_day

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.skipif(sys.platform != "linux" or not faults.compiler(), reason="needs Linux and a C compiler")
def test_a_clock_set_back_while_the_program_runs_changes_nothing(tmp_path: Path) -> None:
    faults.clocks(tmp_path, 1, Random(3))  # noqa: S311


@pytest.mark.parametrize(("clients", "jumps"), [(1, (0, -3600, 7200, -86400, 1e9)), (4, (-3600, -7200, -86400, -1e9))])
def test_no_request_comes_too_soon_under_a_clock_that_jumps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clients: int, jumps: tuple[float, ...]
) -> None:
    """Within a run whatever the clock does; from one run to the next where it goes back. The server has its own."""
    real, ahead, turn = time.time, [0.0], iter(jumps)
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    with running(["2512.00012v1"]) as arxiv:
        connect = connector(arxiv, [], tmp_path)
        for _ in range(clients):
            with connect(interval=0.1) as client:
                for _ in range(len(jumps) if clients == 1 else 1):
                    ahead[0] = next(turn)
                    ask(client, len(arxiv.requests))
        assert len(arxiv.requests) >= 4
        assert min(arxiv.gaps) >= 0.1


def test_the_later_result_stands_whatever_the_clock_says(tmp_path: Path) -> None:
    """Of one paper, by two models; a page shows the one that was stored last."""
    one = paper(1)
    with store.Store(tmp_path / "library.db") as library:
        library.add_papers([one])
        library.save("a" * 64, translated(one, "先"))
        library.save("b" * 64, translated(one, "后"))
        library._db.execute("UPDATE results SET stored_at = '2001-01-01T00:00:00Z' WHERE key = ?", ("b" * 64,))
        (found,) = library.latest([one], "zh-CN", []).values()
    assert found.translation is not None
    assert found.translation.text == "后"


def test_numbers_of_packages_rise(tmp_path: Path) -> None:
    private, _, _ = keys.generate(tmp_path / "box")
    key = keys.load_private(private)
    now = NOON
    numbers = []
    for back in (0, 3600, 86400, -5, 10**9):
        now -= timedelta(seconds=back)
        numbers.append(make.next_number(key, now))
    assert numbers == sorted(set(numbers))


def test_a_pace_does_not_learn_from_a_clock_that_was_set_back() -> None:
    clock = [NOON]
    gate = pace.Pace(NOON + timedelta(seconds=60), 2, {"translate": 4.0}, lambda: clock[0])
    pieces = [plan.Work(f"{n}", paper(n), "translate", "zh-CN") for n in range(6)]
    for piece in pieces[:4]:
        gate.began(piece)
        clock[0] += timedelta(seconds=2)
        gate.answered(piece, 4.0)
        gate.ended(piece)
    clock[0] -= timedelta(seconds=7)  # less than all that has gone by
    gate.began(pieces[4])
    gate.answered(pieces[4], 4.0)
    gate.ended(pieces[4])
    assert gate._elapsed == 8
    assert gate.may_begin(pieces[5])
    clock[0] = NOON + timedelta(seconds=59)
    assert not gate.may_begin(pieces[5])


def test_a_deadline_that_the_clock_has_left_behind_comes_again(tmp_path: Path) -> None:
    """08:00 is what the clock calls so: a clock set back an hour in the middle gives an hour more, and the run ends."""
    config.create(tmp_path / "digest")
    engine = Scripted()

    def clock() -> datetime:
        steps = len(engine.waiting_at_step)
        return NOON + timedelta(seconds=steps if steps < 5 else steps - 3600)

    day = whole_day(
        config.open_workspace(tmp_path / "digest"), engine, deadline=NOON + timedelta(seconds=30), clock=clock
    )
    assert day.page.exists()
    assert date(2026, 1, 30) == day.digest.window.day
    assert engine.closed
