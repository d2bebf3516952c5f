"""Several engines as one: who gets what, and what becomes of it when some are lost or come late. No Ray, no model."""

from __future__ import annotations

import pytest

from localdigest.engine import Engine, Stats
from localdigest.engine.team import IN_FLIGHT, Team
from localdigest.messages.errors import EngineFailed, EngineLost
from localdigest.records import Completion, Request
from tests.kit.conversations import expected, outcomes
from tests.kit.scripted_node import Paced


class Mortal(Paced):
    """Is lost once it has answered so many requests, with all that it has then."""

    def __init__(self, slots: int, seconds: float, answers: int) -> None:
        super().__init__(slots, seconds)
        self.left, self.closed = answers, False

    def step(self) -> list[tuple[int, Completion]]:
        ended = super().step()
        self.left -= len(ended)
        if self.left < 0:
            raise EngineLost("pulled the plug")
        return ended

    def close(self) -> None:
        self.closed = True


class Recording(Paced):
    def __init__(self, slots: int, seconds: float) -> None:
        super().__init__(slots, seconds)
        self.seen: list[str] = []
        self.most = 0

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        self.seen.append(request.messages[0].text)
        self.most = max(self.most, len(self._waiting) + len(self._active) + 1)
        return super().submit(request, first=first)


def test_a_flow_stays_where_it_began() -> None:
    engines = {name: Recording(4, 0.002) for name in "abc"}
    assert outcomes(Team(engines), 40) == expected(40)
    homes = [{text.split()[0] for text in engine.seen} for engine in engines.values()]
    assert sum(map(len, homes)) == 40
    assert all(homes)


def test_nobody_is_given_more_than_is_needed_to_keep_it_busy() -> None:
    engines = {name: Recording(4, 0.002) for name in "ab"}
    outcomes(Team(engines), 40)
    largest_round = 4
    assert max(engine.most for engine in engines.values()) <= IN_FLIGHT * 4 + largest_round


def test_a_slow_engine_is_given_less() -> None:
    fast, slow = Recording(4, 0.002), Recording(4, 0.02)
    assert outcomes(Team({"fast": fast, "slow": slow}), 80) == expected(80)
    assert len(fast.seen) > len(slow.seen) > 0


def test_what_a_lost_engine_had_is_answered_by_others() -> None:
    mortal, other = Mortal(4, 0.002, answers=30), Paced(4, 0.002)
    team = Team({"mortal": mortal, "other": other})
    assert outcomes(team, 40) == expected(40)
    assert mortal.closed
    assert team.slots == 4
    assert set(team.stats.members) == {"mortal", "other"}


def test_engines_that_come_late_are_given_work() -> None:
    late = Recording(4, 0.002)
    coming: list[dict[str, Engine]] = [{}] * 10 + [{"late": late}]
    team = Team({"a": Paced(4, 0.002)}, lambda: coming.pop(0) if coming else {})
    assert outcomes(team, 40) == expected(40)
    assert late.seen
    assert team.slots == 8


def test_all_may_be_lost_if_others_come() -> None:
    spare: list[Engine] = [Mortal(4, 0.001, 20), Mortal(4, 0.001, 20), Paced(4, 0.001)]
    team = Team({"first": Mortal(4, 0.001, 20)}, lambda: {f"spare {len(spare)}": spare.pop(0)} if spare else {})
    assert outcomes(team, 60) == expected(60)
    team = Team({"first": Mortal(4, 0.001, 20)}, alone=0.3)
    with pytest.raises(EngineFailed, match="no engine is left"):
        outcomes(team, 60)


def test_engines_that_all_die_without_an_answer_are_given_up() -> None:
    team = Team({"first": Mortal(4, 0.0, 0)}, lambda: {"next": Mortal(4, 0.0, 0)})
    with pytest.raises(EngineFailed, match="one engine after the other"):
        outcomes(team, 10)


def test_seconds_side_by_side_are_the_same_seconds() -> None:
    together = Stats.together({"a": Stats(1, 1, 100, 9.0, 10.0), "b": Stats(1, 1, 50, 7.0, 8.0)})
    assert together.rate == pytest.approx(15.0)
    assert (together.output_tokens, together.step_seconds) == (150, 10.0)
    assert together.members["b"].rate == pytest.approx(6.25)


def test_nothing_is_kept_of_flows_that_are_over() -> None:
    team = Team({"a": Paced(16, 0.0)})
    outcomes(team, 300)
    team._waiting.clear()
    team.step()
    assert not team._homes
    assert not team._open
