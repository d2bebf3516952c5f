"""Many flows on one engine: what keeps it full, and gives each flow its own answers."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from localdigest.engine import Engine
from localdigest.errors import LocaldigestError
from localdigest.records import Breakdown, Completion, Request, Translation, Usage

log = logging.getLogger(__name__)

Draft = tuple[Translation, Usage] | tuple[Breakdown, Usage]
Flow = Generator[list[Request], list[Completion], Draft]
K = TypeVar("K")


def drive(
    flows: Iterable[tuple[K, Flow | LocaldigestError]], engine: Engine, stepped: Callable[[], None]
) -> Iterator[tuple[K, Draft | Exception]]:
    """Keep the engine full from many flows; yield each flow's draft, or what it failed with, as it ends.

    A flow that fails costs only itself.
    """
    source = iter(flows)
    exhausted = False
    waiting: dict[int, tuple[_Round[K], int]] = {}
    ended: deque[tuple[K, Draft | Exception]] = deque()

    def advance(key: K, flow: Flow, answers: list[Completion] | None) -> None:
        try:
            requests = next(flow) if answers is None else flow.send(answers)
        except StopIteration as stop:
            ended.append((key, stop.value))
        except Exception as error:  # one paper's trouble, even a defect of ours, must not take the day down
            log.debug("flow of %s failed", key, exc_info=True)
            ended.append((key, error))
        else:
            batch = _Round(key, flow, [None] * len(requests))
            for place, request in enumerate(requests):
                # A flow under way goes before new ones, so that papers are finished, and stored, one by one.
                waiting[engine.submit(request, first=answers is not None)] = (batch, place)
            if not requests:
                advance(key, flow, [])

    while True:
        while not exhausted and len(waiting) < 2 * engine.slots:
            try:
                key, flow = next(source)
            except StopIteration:
                exhausted = True
            else:
                if isinstance(flow, LocaldigestError):
                    ended.append((key, flow))
                else:
                    advance(key, flow, None)
        while ended:
            yield ended.popleft()
        if not waiting:
            if exhausted:
                return
            continue
        for ticket, completion in engine.step():
            batch, place = waiting.pop(ticket)
            batch.answers[place] = completion
            if None not in batch.answers:
                advance(batch.key, batch.flow, [a for a in batch.answers if a is not None])
        stepped()


@dataclass(slots=True)
class _Round(Generic[K]):
    """The requests that one flow waits for."""

    key: K
    flow: Flow
    answers: list[Completion | None]
