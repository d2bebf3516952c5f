"""What was wrong with the engine's parent of a child once: each of these failed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdigest.engine import open_engine
from localdigest.engine.settings import Settings
from localdigest.engine.worker import Worker
from localdigest.messages.errors import ModelError
from localdigest.records import Completion, Message, Request
from tests.kit.toy_backend import alone


def ask(text: str, max_tokens: int = 20) -> Request:
    return Request((Message("user", text),), max_tokens)


def answer(engine: Worker, request: Request) -> Completion:
    engine.submit(request)
    while not (ended := engine.step()):
        pass
    return ended[0][1]


@pytest.fixture
def engine() -> Iterator[Worker]:
    opened = Worker("tests.kit.toy_backend:Toy", [], starting=2, least=2)
    yield opened
    opened.close()


def test_half_a_character_in_a_request_costs_nothing() -> None:
    engine = Worker("tests.kit.scripted_program:Speaker", [])
    halved = Request((Message("user", "a \ud835 b"),), 30, stop=("\udc00",), prefill="\ud800")
    assert len(answer(engine, halved).text) == 20
    engine.close()


def test_a_step_with_nothing_to_do_ends_at_once_and_costs_no_child(engine: Worker) -> None:
    child = engine._child
    for _ in range(3):
        assert engine.step() == []
    assert engine._child is child
    assert answer(engine, ask("hello")).text == alone(ask("hello")).text


@pytest.mark.skipif(sys.platform == "win32", reason="a child is stopped")
def test_what_is_to_be_first_is_first_after_a_crash_too(engine: Worker) -> None:
    engine._child.process.send_signal(signal.SIGSTOP)
    for text in ("one", "two", "three"):
        last = engine.submit(ask(text), first=text == "three")
    engine._child.process.kill()
    order: list[int] = []
    while len(order) < 3:
        order += [ticket for ticket, _ in engine.step()]
    assert order[0] == last


def test_what_was_answered_is_counted_when_the_answer_is_there(engine: Worker) -> None:
    for text in ("hello", "there"):
        before = engine.stats.output_tokens
        given = answer(engine, ask(text))
        assert engine.stats.output_tokens - before == given.output_tokens
    engine._child.process.kill()
    total = engine.stats.output_tokens + answer(engine, ask("again")).output_tokens
    assert engine.stats.output_tokens == total


def test_a_long_prompt_on_a_slow_machine_is_no_hang(tmp_path: Path) -> None:
    engine = Worker("tests.kit.faulty_backend:Slow", [0.006, str(tmp_path / "mark")], least=1.0)
    child = engine._child
    assert answer(engine, ask("hello", 2)).finish
    assert answer(engine, ask("a" * 480, 1)).prompt_tokens == 480  # 2.9 s, where a second is the least
    assert engine._child is child
    engine.close()


def children() -> set[str]:
    """Processes of ours that run; a dead one that nobody has asked after is none."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            if parent == str(os.getpid()) and state != "Z":
                found.add(stat.parent.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_that_is_just_loading_ends_when_the_engine_is_closed(tmp_path: Path) -> None:
    before = children()
    engine = Worker("tests.kit.faulty_backend:Slow", [0.0, str(tmp_path / "mark")])
    first = children() - before
    engine.submit(ask("hello"))
    engine._child.process.kill()
    ended: list[object] = []
    thread = threading.Thread(target=lambda: ended.append(engine.step()))
    thread.start()
    deadline = time.monotonic() + 20
    while not children() - before - first and time.monotonic() < deadline:
        time.sleep(0.02)
    engine.close()
    thread.join(10)
    assert ended == [[]]
    assert children() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_gpu_whose_child_does_not_load_leaves_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    class OfGpus(Worker):
        """A toy a GPU, of which the second refuses."""

        def __init__(self, factory: str, arguments: list[object]) -> None:
            wish = arguments[1]
            assert isinstance(wish, dict)
            if wish["gpu"] == 1:
                raise ModelError("no memory")
            super().__init__("tests.kit.toy_backend:two_gpus", [])

    monkeypatch.setattr("localdigest.engine.worker.Worker", OfGpus)
    before = children()
    with pytest.raises(ModelError, match="no memory"):
        open_engine(Path(os.devnull), Settings())
    assert children() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_alone_asks_for_huge_pages(engine: Worker) -> None:
    given = Path(f"/proc/{engine._child.process.pid}/environ").read_bytes().split(b"\0")
    assert b"GLIBC_TUNABLES=glibc.malloc.hugetlb=1" in given
    assert "GLIBC_TUNABLES" not in os.environ
