"""Whether work that is begun now will be done in time, judged by how long such work has taken. Pure but for the clock.

A piece of work costs engine seconds: the seconds of its requests, from admission to the last token, added up
(`Provenance.seconds`). The engine decodes `slots` requests side by side, so a second of the clock brings up to
`slots` engine seconds; how many, and what a piece costs, is measured as the run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo

from localdigest.pages.plan import Work
from localdigest.records import Task

EFFORT: Mapping[Task, int] = {"translate": 1, "explain": 3}
"""Time that a task takes against a translation, measured with the starter model; for what was never measured."""

ASLEEP = 120.0
"""Seconds between two answers from which on the machine is taken to have slept: they say nothing of its speed."""

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def deadline(
    clock_time: time | None, budget: float | None, now: datetime, zone: tzinfo | None = None
) -> datetime | None:
    """When to stop: at the next `clock_time` or `budget` minutes from `now`, whichever is first; None: never.

    `zone` is that of the clock; None is this machine's.
    """
    ends = []
    if clock_time is not None:
        today = now.astimezone(zone).date()
        times = (datetime.combine(today + timedelta(days=ahead), clock_time, zone) for ahead in (0, 1))
        ends.append(next(end for each in times if (end := each.astimezone(UTC)) > now))
    if budget is not None:
        ends.append(now + timedelta(minutes=budget))
    return min(ends, default=None)


class Pace:
    """A `drive.Gate` that closes when the next piece of work would not be done by `deadline` (zone aware).

    `earlier` is what a task cost in earlier runs, in engine seconds (`Store.cost`); it counts like one piece of this
    run, so that it decides before anything is measured and soon no longer matters. What was never measured may begin.
    """

    def __init__(self, deadline: datetime, slots: int, earlier: Mapping[Task, float], clock: Clock = now) -> None:
        self.deadline = deadline
        self._slots, self._clock = slots, clock
        self._costs: dict[Task, list[float]] = {task: [cost] for task, cost in earlier.items()}
        self._spent: dict[str, float] = {}
        """Engine seconds so far of each piece under way, by key."""
        self._tasks: dict[str, Task] = {}
        self._last = clock()
        self._elapsed = self._delivered = 0.0
        self._answers = 0

    def may_begin(self, work: Work) -> bool:
        """Whether `work`, begun now, is expected to end by the deadline, after all that is under way."""
        costs = {task: self._cost(task) for task in EFFORT}
        ahead = sum(max(0.0, costs[self._tasks[key]] - spent) for key, spent in self._spent.items())
        seconds = (ahead + costs[work.task]) / self._speed()
        return not self.over() and self._clock() + timedelta(seconds=seconds) <= self.deadline

    def over(self) -> bool:
        return self._clock() >= self.deadline

    def began(self, work: Work) -> None:
        self._spent[work.key], self._tasks[work.key] = 0.0, work.task

    def answered(self, work: Work, seconds: float) -> None:
        """One request of `work` was answered and took `seconds` of the engine's."""
        self._spent[work.key] += seconds
        self._delivered += seconds
        self._answers += 1
        now = self._clock()
        between = (now - self._last).total_seconds()
        self._elapsed += between if 0 <= between < ASLEEP else 0.0  # less: the clock was set back
        self._last = now

    def ended(self, work: Work) -> None:
        self._costs.setdefault(work.task, []).append(self._spent.pop(work.key))

    def _cost(self, task: Task) -> float:
        if found := self._costs.get(task):
            return sum(found) / len(found)
        others = [cost / EFFORT[other] for other, costs in self._costs.items() for cost in costs]
        return EFFORT[task] * sum(others) / len(others) if others else 0.0

    def _speed(self) -> float:
        """Engine seconds in a second of the clock."""
        # The first answers come while all others are still on their way: two rounds of them tell the speed.
        measured = self._answers >= 2 * self._slots and self._elapsed > 0
        return max(self._delivered / self._elapsed, 1e-3) if measured else self._slots
