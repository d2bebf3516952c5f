"""Which PDF's flow comes next, while others are still being read."""

from __future__ import annotations

from collections import deque
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from localdigest.pages.plan import Pdf, Work
from localdigest.records.reading import Document
from localdigest.run.figures import Illustrated
from localdigest.run.work import BESIDE, Lanes, Reading, next_read
from tests.kit.digests import paper

READ: Illustrated = Document("00" * 32, 1, 1, (), (), 1.0), ()


def reading(*done: bool) -> Reading:
    """Papers 0, 1, ... of which these are read."""
    found: Reading = deque()
    for number, is_done in enumerate(done):
        future: Future[Illustrated] = Future()
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


def test_a_book_keeps_no_reader_from_the_next_paper() -> None:
    """One reader: as many books as have room beside are being read, and a paper is read meanwhile."""
    lanes, end = Lanes(1, patience=0), Event()

    def book() -> Illustrated:
        end.wait(60)
        return READ

    with ThreadPoolExecutor(BESIDE + 1) as pool:
        books = [pool.submit(lanes.run, book) for _ in range(BESIDE)]
        assert pool.submit(lanes.run, lambda: READ).result(60) == READ
        assert not any(each.done() for each in books)
        end.set()
        assert [each.result(60) for each in books] == [READ] * BESIDE
    # All is given back: whoever is next finds the lane free, and what is beside it.
    assert lanes.run(lambda: READ) == READ
    assert [lanes._beside.acquire(blocking=False) for _ in range(BESIDE + 1)] == [True] * BESIDE + [False]
    assert [lanes._lane.acquire(blocking=False) for _ in range(2)] == [True, False]


def test_who_waits_for_a_reader_gives_up_when_the_day_is_closed() -> None:
    lanes, end = Lanes(1, patience=60), Event()

    def book() -> Illustrated:
        end.wait(60)
        return READ

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lanes.run, book)
        while lanes._lane.acquire(blocking=False):  # until the first has it
            lanes._lane.release()
        second = pool.submit(lanes.run, lambda: READ)
        lanes.closed = True
        end.set()
        assert first.result(60) == READ
        with pytest.raises(CancelledError):
            second.result(60)
