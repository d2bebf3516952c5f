"""Several engines as one: this machine's GPUs, or a cluster's nodes, which may come and go.

Work is pulled, not pushed: an engine is given requests while it has fewer than twice its slots, so a slow one gets
less. A flow's requests stay with the engine that had its first. What a lost engine had is asked of the others.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from localdigest.engine import Engine, Stats
from localdigest.messages.errors import EngineFailed, EngineLost
from localdigest.records import Completion, Request

IN_FLIGHT = 2
"""Requests for each slot of an engine: those that it decodes, and as many that wait, so that no place stays empty."""
LOOK = 0.5
"""Seconds after which a step ends without an answer, so that newcomers, deadlines and displays have their turn."""
COUNT = 0.2
"""Seconds between two looks at everybody's figures."""
ALONE = 600.0
"""Seconds to wait for an engine when all are lost."""
MOST_LOST = 6
"""Engines in a row, beyond as many as there ever were side by side, without one answer between them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    ticket: int
    request: Request
    first: bool
    flow: int


@dataclass(slots=True, eq=False)
class _Member:
    name: str
    engine: Engine
    flight: dict[int, _Asked] = field(default_factory=dict)
    """Given and not answered, by the engine's own tickets."""
    given: list[_Asked] = field(default_factory=list)
    """To be submitted before its next step."""

    @property
    def load(self) -> float:
        """Requests for each slot."""
        return (len(self.flight) + len(self.given)) / self.engine.slots


class Team:
    """Several engines, by their names, as one. Each is used by one thread at a time, as an engine must be.

    `recruits` is asked at each step for engines that have come. One whose step raises EngineLost is left out from then
    on; any other error is raised. Raises EngineFailed when engines are lost again and again, or all of them for good.
    """

    def __init__(
        self,
        engines: Mapping[str, Engine],
        recruits: Callable[[], Mapping[str, Engine]] = dict,
        alone: float = ALONE,
    ) -> None:
        self._recruits, self._patience = recruits, alone
        self._members: list[_Member] = []
        self._steps: dict[Future[Sequence[tuple[int, Completion]]], _Member] = {}
        self._waiting: deque[_Asked] = deque()
        self._homes: dict[int, _Member] = {}
        self._open: Counter[int] = Counter()
        """Requests of each flow that are not answered."""
        self._idle: set[int] = set()
        """Flows with none of these; those that still have none when a step begins are over."""
        self._tickets = itertools.count()
        self._past: dict[str, Stats] = {}
        """Of engines that are lost."""
        self._lost = self._most = 0
        self._since = self._counted = time.monotonic()
        self._pool = ThreadPoolExecutor(256)  # threads begin when there is something for them to do
        self.slots, self.description, self.stats = 0, "", Stats()
        self._take_in(engines)

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        asked = _Asked(next(self._tickets), request, first, flow)
        if flow:
            self._open[flow] += 1
        if home := self._homes.get(flow):
            home.given.append(asked)
        else:
            queue_up = self._waiting.appendleft if first else self._waiting.append
            queue_up(asked)
        return asked.ticket

    def step(self) -> list[tuple[int, Completion]]:
        """Let each engine with work take a step; return what ended as soon as one has taken its own, or nothing."""
        for flow in self._idle:
            if not self._open[flow]:
                self._homes.pop(flow, None)
                del self._open[flow]
        self._idle.clear()
        self._take_in(self._recruits())
        self._give()
        stepping = set(map(id, self._steps.values()))
        for member in self._members:
            if id(member) not in stepping and (member.given or member.flight):
                for asked in member.given:
                    member.flight[member.engine.submit(asked.request, first=asked.first)] = asked
                member.given.clear()
                self._steps[self._pool.submit(member.engine.step)] = member
        if not self._steps:
            if time.monotonic() - self._since > self._patience:
                raise EngineFailed("no engine is left; run the same command again to go on when there are some")
            time.sleep(LOOK)
            return []
        ended: list[tuple[int, Completion]] = []
        for future in wait(self._steps, timeout=LOOK, return_when=FIRST_COMPLETED).done:
            member = self._steps.pop(future)
            try:
                found = future.result()
            except EngineLost:
                self._bury(member)
                continue
            for ticket, completion in found:
                asked = member.flight.pop(ticket)
                if asked.flow:
                    self._open[asked.flow] -= 1
                    self._idle.add(asked.flow)
                ended.append((asked.ticket, completion))
        self._lost = 0 if ended else self._lost
        if not self._steps or time.monotonic() - self._counted > COUNT:
            self._count()
        return ended

    def close(self) -> None:
        for member in self._members:
            member.engine.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _give(self) -> None:
        """What waits goes where there is least to do, as long as there is room, and what belongs with it goes along."""
        kept: deque[_Asked] = deque()
        while self._waiting:
            asked = self._waiting.popleft()
            home = self._homes.get(asked.flow)
            if home is None and self._members:
                least = min(self._members, key=lambda member: member.load)
                home = least if least.load < IN_FLIGHT else None
            if home is None:
                kept.append(asked)
                continue
            home.given.append(asked)
            if asked.flow:
                self._homes[asked.flow] = home
        self._waiting = kept

    def _take_in(self, engines: Mapping[str, Engine]) -> None:
        if engines:
            self._members += [_Member(name, engine) for name, engine in engines.items()]
            self._most = max(self._most, len(self._members))
            self._count()

    def _bury(self, member: _Member) -> None:
        self._members.remove(member)
        self._past[member.name] = Stats.total([self._past.get(member.name, Stats()), member.engine.stats])
        left = sorted([*member.flight.values(), *member.given], key=lambda asked: asked.ticket)
        self._waiting.extendleft(reversed(left))
        self._homes = {flow: home for flow, home in self._homes.items() if home is not member}
        member.engine.close()
        self._count()
        self._lost, self._since = self._lost + 1, time.monotonic()
        if self._lost > self._most + MOST_LOST:
            raise EngineFailed("one engine after the other is lost; run the same command again to go on")

    def _count(self) -> None:
        self._counted = time.monotonic()
        self.slots = sum(member.engine.slots for member in self._members)
        kinds = Counter(member.engine.description for member in self._members)
        self.description = ", ".join(f"{count} x {kind}" for kind, count in kinds.items()) or self.description
        members = dict(self._past)
        for member in self._members:
            members[member.name] = Stats.total([members.get(member.name, Stats()), member.engine.stats])
        self.stats = Stats.together(members)
