"""Flows for engines of several nodes: each asks a few questions in rounds, and what the answers must be is known."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Sequence

from localdigest.engine import Engine
from localdigest.records import Completion, Message, Request, Translation, Usage
from localdigest.run.drive import drive
from tests.kit.scripted_engine import some_chinese


def question(text: str) -> Request:
    return Request((Message("user", text),), 20)


def conversation(name: str, rounds: Sequence[int]) -> Generator[list[Request], list[Completion], object]:
    """A flow that asks so many questions in each round; its draft is all answers in order."""
    told = []
    for number, count in enumerate(rounds):
        answers = yield [question(f"{name} {number} {place}") for place in range(count)]
        told += [answer.text for answer in answers]
    return Translation("".join(told), ()), Usage()


def outcomes(
    engine: Engine,
    flows: int,
    rounds: Sequence[int] = (4, 2, 1),
    stepped: Callable[[], None] = lambda: None,
    more: Callable[[], bool] = lambda: False,
) -> dict[int, str]:
    """What each of so many flows ends with; further ones are begun as long as there is to be `more`."""
    found = {}
    numbers = itertools.takewhile(lambda number: number < flows or more(), itertools.count())
    source = ((i, conversation(f"flow{i}", rounds)) for i in numbers)
    for key, draft in drive(source, engine, stepped):  # type: ignore[arg-type]
        assert not isinstance(draft, Exception), draft
        assert isinstance(draft[0], Translation)
        found[key] = draft[0].text
    return found


def expected(flows: int, rounds: Sequence[int] = (4, 2, 1)) -> dict[int, str]:
    def told(flow: int) -> str:
        asked = (f"flow{flow} {number} {place}" for number, count in enumerate(rounds) for place in range(count))
        return "".join(some_chinese(question(text)).text for text in asked)

    return {flow: told(flow) for flow in range(flows)}
