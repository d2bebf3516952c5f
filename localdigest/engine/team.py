"""One worker for each GPU behind the interface of one engine."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from localdigest.engine import Engine, Stats
from localdigest.records import Completion, Request


class Team:
    """Several engines as one. Each is used by one thread at a time, as an engine must be."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = tuple(engines)
        self._flight: list[dict[int, int]] = [{} for _ in engines]
        """For each engine, its own tickets and the team's for what it has not answered."""
        self._steps: dict[Future[Sequence[tuple[int, Completion]]], int] = {}
        self._waiting: list[list[tuple[int, Request, bool]]] = [[] for _ in engines]
        self._tickets = itertools.count()
        self._pool = ThreadPoolExecutor(len(self._engines))
        self.slots = sum(engine.slots for engine in engines)
        self.description = f"{len(self._engines)} x {engines[0].description}"
        self.stats = Stats()

    def submit(self, request: Request, *, first: bool = False) -> int:
        """Give it to the engine with the least to do. Raises what that engine raises, at the next step."""
        ticket = next(self._tickets)
        least = min(range(len(self._engines)), key=lambda i: len(self._flight[i]) + len(self._waiting[i]))
        self._waiting[least].append((ticket, request, first))
        return ticket

    def step(self) -> list[tuple[int, Completion]]:
        """Let each engine with work take a step; return what ended as soon as one has taken its own."""
        for index, engine in enumerate(self._engines):
            if index in self._steps.values():
                continue
            for ticket, request, first in self._waiting[index]:
                self._flight[index][engine.submit(request, first=first)] = ticket
            self._waiting[index].clear()
            if self._flight[index]:
                self._steps[self._pool.submit(engine.step)] = index
        ended: list[tuple[int, Completion]] = []
        for future in wait(self._steps, return_when=FIRST_COMPLETED).done:
            index = self._steps.pop(future)
            ended += [(self._flight[index].pop(ticket), completion) for ticket, completion in future.result()]
        self.stats = Stats.total(engine.stats for engine in self._engines)
        return ended

    def close(self) -> None:
        for engine in self._engines:
            engine.close()
        self._pool.shutdown()
