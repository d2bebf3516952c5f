"""Many flows on one engine: each gets its own answers, one's trouble stays its own, and the engine never waits."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import date
from random import Random

import pytest

from localdigest.arxiv import listings
from localdigest.messages.errors import LocaldigestError
from localdigest.pages import window
from localdigest.records import Completion, Message, Request, Translation, Usage
from localdigest.run.drive import Draft, drive
from tests.kit.places import SAMPLE
from tests.kit.scripted_engine import Scripted, some_chinese

Flow = Generator[list[Request], list[Completion], Draft]


def ask(text: str) -> Request:
    return Request((Message("user", text),), 5)


def echo(request: Request) -> Completion:
    return Completion("re: " + request.messages[0].text, "refused" if "refuse" in request.messages[0].text else "stop")


def flow(name: str, *sizes: int) -> Flow:
    """Asks `sizes[i]` questions in round i; its draft is what came back, after a look at the order of the answers."""
    got = []
    for number, size in enumerate(sizes):
        questions = [f"{name}/{number}/{i}" for i in range(size)]
        answers = yield [ask(question) for question in questions]
        assert [a.text for a in answers] == ["re: " + question for question in questions]
        got += [a.text for a in answers]
    return Translation(" ".join(got), ()), Usage(requests=len(got))


def broken(*sizes: int) -> Flow:
    """A flow with a defect after its last round."""
    yield from flow("broken", *sizes)
    raise ZeroDivisionError("of one flow")


def outcomes(
    flows: list[tuple[str, Flow | LocaldigestError]], engine: Scripted
) -> dict[str, tuple[Translation, Usage] | Exception]:
    pairs = list(drive(flows, engine, lambda: None))
    assert len(pairs) == len(dict(pairs)) == len(flows)
    return dict(pairs)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", range(8))
def test_every_flow_gets_its_own_answers_in_its_own_order(order: int) -> None:
    sizes = {str(n): [Random(n + i).randint(0, 6) for i in range(n % 4)] for n in range(30)}  # noqa: S311
    engine = Scripted(echo, order, slots=5)
    results = outcomes([(name, flow(name, *rounds)) for name, rounds in sizes.items()], engine)
    for name, rounds in sizes.items():
        result = results[name]
        assert not isinstance(result, Exception)
        assert result[1].requests == sum(rounds)
        assert result[0].text.count("re: ") == sum(rounds)
    assert engine.submitted == sum(map(sum, sizes.values()))


def test_a_flow_that_fails_costs_only_itself() -> None:
    late, soon = broken(2, 2), broken()
    flows: list[tuple[str, Flow | LocaldigestError]] = [
        ("before", flow("before", 3, 1)),
        ("late", late),
        ("soon", soon),
        ("unread", LocaldigestError("no such PDF")),
        ("refuse", flow("refuse", 2)),
        ("after", flow("after", 2)),
    ]
    results = outcomes(flows, Scripted(echo, 1))
    assert {name for name, result in results.items() if isinstance(result, Exception)} == {"late", "soon", "unread"}
    assert isinstance(results["late"], ZeroDivisionError)


@pytest.mark.parametrize("size", [1, 3, 10])
def test_the_engine_is_kept_full_and_no_flow_is_begun_before_there_is_room(size: int) -> None:
    engine = Scripted(echo, slots=4)
    steps_with_more_to_come = 0

    def source() -> Iterator[tuple[str, Flow]]:
        nonlocal steps_with_more_to_come
        for number in range(40):
            assert engine.waiting < 2 * engine.slots
            steps_with_more_to_come = len(engine.waiting_at_step)
            yield str(number), flow(str(number), size, size)

    assert len(list(drive(source(), engine, lambda: None))) == 40
    assert steps_with_more_to_come > 10
    assert min(engine.waiting_at_step[:steps_with_more_to_come]) >= 2 * engine.slots


def test_the_sample_listing_is_the_sample_day() -> None:
    papers = listings.parse((SAMPLE / "atom.xml").read_bytes(), "atom.xml").papers
    span = window.submitted(date(2026, 1, 30), "Asia/Shanghai", "08:50")
    assert len(window.select(papers, span, ("cs.SD", "eess.AS"))[1]) == len(papers) == 2


def test_the_scripted_engine_answers_by_the_request_alone() -> None:
    one, two = some_chinese(ask("a")), some_chinese(ask("b"))
    assert one == some_chinese(ask("a")) != two
