"""A rerun asks for nothing it has, and what is kept is never what was not believed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localdigest.arxiv import cache
from localdigest.arxiv.client import AddressError, Answer, Client, TransientError
from tests.kit.arxiv_server import Arxiv, status
from tests.kit.guest import PAGE, ask


def test_a_rerun_asks_for_nothing_it_has(arxiv: Arxiv, connect: Callable[..., Client]) -> None:
    for _ in range(3):
        with connect() as client:
            assert ask(client) == PAGE
    assert len(arxiv.requests) == 1
    with connect() as client:
        assert ask(client, fresh=0.0) == PAGE
    assert len(arxiv.requests) == 2


def test_a_second_question_in_one_run_reaches_arxiv(arxiv: Arxiv, client: Client) -> None:
    # Asked again because the first answer was doubted: an empty listing, pages that do not agree.
    arxiv.validators = True
    assert ask(client) == ask(client) == PAGE
    assert [request.status for request in arxiv.requests] == [200, 200]


def test_an_old_answer_is_confirmed_or_replaced(arxiv: Arxiv, connect: Callable[..., Client]) -> None:
    arxiv.validators = True
    for _ in range(2):
        with connect() as client:
            assert ask(client, fresh=0.0) == PAGE
    assert [request.status for request in arxiv.requests] == [200, 304]
    with connect() as client:  # what was confirmed is as fresh as what came
        assert ask(client) == PAGE
    assert len(arxiv.requests) == 2
    arxiv.ids = ["2512.00013v1"]
    with connect() as client:
        assert b"2512.00013v1" in ask(client, fresh=0.0)
    assert arxiv.requests[-1].status == 200


@pytest.mark.parametrize("fault", [status(304), status(503)], ids=["304-unasked", "503"])
def test_a_fault_does_not_hide_behind_an_old_answer(
    arxiv: Arxiv, connect: Callable[..., Client], fault: object
) -> None:
    with connect() as client:
        ask(client)
    arxiv.faults = [fault]  # type: ignore[list-item]
    arxiv.ids = ["2512.00013v1"]
    with connect() as client:
        assert b"2512.00013v1" in ask(client, fresh=0.0)


def test_what_arxiv_confirms_and_we_do_not_believe_is_asked_for_outright(
    arxiv: Arxiv, connect: Callable[..., Client]
) -> None:
    arxiv.validators = True
    with connect() as client:
        ask(client)
    doubts = ["a stricter reader"]

    def read(answer: Answer) -> bytes:
        if doubts:
            raise TransientError(doubts.pop(), trouble="broken")
        return answer.body

    with connect() as client:
        assert client.get(f"{client.api_url}?start=0&max_results=1", 2**20, read, fresh=0.0) == PAGE
    assert [request.status for request in arxiv.requests] == [200, 304, 200]


def test_what_was_not_believed_is_not_kept(arxiv: Arxiv, connect: Callable[..., Client]) -> None:
    arxiv.faults = [status(200, b"<html>"), status(404)]
    with connect() as client, pytest.raises(AddressError):
        ask(client)
    with connect() as client:
        assert ask(client) == PAGE
    assert len(arxiv.requests) == 3


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\x00\xff", None], ids=["empty", "other", "binary", "future"])
def test_a_damaged_or_dated_answer_is_asked_for(
    arxiv: Arxiv, connect: Callable[..., Client], tmp_path: Path, damage: bytes | None
) -> None:
    with connect() as client:
        ask(client)
    (path,) = (tmp_path / "cache").iterdir()
    ahead = path.read_bytes().replace(b'"at":1', b'"at":9')  # a clock that was set back since
    path.write_bytes(ahead if damage is None else damage)
    with connect() as client:
        assert ask(client) == PAGE
    assert len(arxiv.requests) == 2


def test_old_answers_are_cleared_away(connect: Callable[..., Client], tmp_path: Path) -> None:
    with connect() as client:
        ask(client)
    (path,) = (tmp_path / "cache").iterdir()
    with connect():
        assert path.exists()
    os.utime(path, (time.time() - cache.KEPT_S - 60,) * 2)
    with connect():
        assert not path.exists()
