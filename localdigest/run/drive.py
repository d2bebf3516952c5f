"""Many flows, one engine: keep it full, give each flow its answers, yield what each ends with."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from localdigest.engine import Engine
from localdigest.messages.errors import LocaldigestError
from localdigest.records import Breakdown, Completion, Request, Translation, Usage

log = logging.getLogger(__name__)

Draft = tuple[Translation, Usage] | tuple[Breakdown, Usage]
Flow = Generator[list[Request], list[Completion], Draft]
K = TypeVar("K")
Key = TypeVar("Key", contravariant=True)


class Gate(Protocol[Key]):
    """Decides which flows begin, and is told what becomes of them."""

    def may_begin(self, key: Key) -> bool: ...
    def over(self) -> bool:
        """Whether to leave everything as it is, at once."""
        ...

    def began(self, key: Key) -> None: ...
    def answered(self, key: Key, seconds: float) -> None: ...
    def ended(self, key: Key) -> None: ...


def drive(
    flows: Iterable[tuple[K, Flow | LocaldigestError]],
    engine: Engine,
    stepped: Callable[[], None],
    gate: Gate[K] | None = None,
    counted: Callable[[K, int, int], None] = lambda _key, _asked, _answered: None,
) -> Iterator[tuple[K, Draft | Exception]]:
    """Keep the engine full from many flows; yield each flow's draft, or what it failed with, as it ends.

    A flow that fails costs only itself. A flow that the gate holds back waits, and those behind it, until the gate
    lets it in or nothing is under way any more; what has not begun by then, or not ended when the gate says that it
    is over, is not yielded. `counted` is told how many requests a flow begins with, and of the answers to these.
    """
    source = iter(flows)
    exhausted = False
    held: tuple[K, Flow | LocaldigestError] | None = None
    waiting: dict[int, tuple[_Round[K], int]] = {}
    numbers = itertools.count(1)
    ended: deque[tuple[K, Draft | Exception]] = deque()

    def end(key: K, outcome: Draft | Exception) -> None:
        ended.append((key, outcome))
        if gate is not None:
            gate.ended(key)

    def advance(key: K, flow: Flow, number: int, answers: list[Completion] | None) -> None:
        try:
            requests = next(flow) if answers is None else flow.send(answers)
        except StopIteration as stop:
            end(key, stop.value)
        except Exception as error:  # one paper's trouble, even a defect of ours, must not take the day down
            log.debug("flow of %s failed", key, exc_info=True)
            end(key, error)
        else:
            batch = _Round(key, flow, number, [None] * len(requests), first=answers is None)
            if batch.first and requests:
                counted(key, len(requests), 0)
            for place, request in enumerate(requests):
                # A flow under way goes before new ones, so that papers are finished, and stored, one by one.
                ticket = engine.submit(request, first=answers is not None, flow=number)
                waiting[ticket] = (batch, place)
            if not requests:
                advance(key, flow, number, [])

    while gate is None or not gate.over():
        while not exhausted and len(waiting) < 2 * engine.slots:
            held = held or next(source, None)
            if held is None:
                exhausted = True
                break
            key, flow = held
            if isinstance(flow, LocaldigestError):
                ended.append((key, flow))
            elif gate is None or gate.may_begin(key):
                if gate is not None:
                    gate.began(key)
                advance(key, flow, next(numbers), None)
            else:
                break
            held = None
        while ended:
            yield ended.popleft()
        if not waiting:
            return
        for ticket, completion in engine.step():
            batch, place = waiting.pop(ticket)
            batch.answers[place] = completion
            if batch.first:
                counted(batch.key, 0, 1)
            if gate is not None:
                gate.answered(batch.key, completion.seconds)
            if None not in batch.answers:
                advance(batch.key, batch.flow, batch.number, [a for a in batch.answers if a is not None])
        stepped()
    yield from ended


@dataclass(slots=True)
class _Round(Generic[K]):
    """The requests that one flow waits for."""

    key: K
    flow: Flow
    number: int
    answers: list[Completion | None]
    first: bool
