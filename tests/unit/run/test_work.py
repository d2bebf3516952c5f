"""Which PDF's flow comes next, while others are still being read."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from pathlib import Path

from localdigest.pages.plan import Pdf, Work
from localdigest.records import Document
from localdigest.run.work import Reading, next_read
from tests.kit.digests import paper

READ = Document("00" * 32, 1, 1, (), (), 1.0)


def reading(*done: bool) -> Reading:
    """Papers 0, 1, ... of which these are read."""
    found: Reading = deque()
    for number, is_done in enumerate(done):
        future: Future[Document] = Future()
        if is_done:
            future.set_result(READ)
        found.append((Work("key", paper(number), "explain", "zh-CN", Pdf(Path("a.pdf"), "00" * 32)), future))
    return found


def order(queue: Reading, patience: float) -> str:
    return next_read(queue, patience)[0].paper.id[-1]


def test_what_is_read_comes_in_order() -> None:
    queue = reading(True, True, True)
    assert [order(queue, 60) for _ in range(3)] == ["0", "1", "2"]


def test_a_book_lets_others_go_before_it_and_comes_when_it_is_read() -> None:
    queue = reading(False, True, True)
    book = queue[0][1]
    assert [order(queue, 0) for _ in range(2)] == ["1", "2"]
    book.set_result(READ)
    assert order(queue, 60) == "0"
    assert not queue
