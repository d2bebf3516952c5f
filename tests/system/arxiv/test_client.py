"""The polite guest: one connection, a pause after each request, over threads and processes, retries included."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from localdigest import __version__
from localdigest.arxiv import ledger
from localdigest.arxiv.client import AddressError, Client, OversizeError, Timeouts
from localdigest.arxiv.limiter import LONGEST, Rest
from localdigest.messages.errors import ArxivUnreachable, ConfigError
from tests.kit.arxiv_server import Arxiv, cut_short, slow, stalled, status
from tests.kit.guest import INTERVAL, PAGE, ask
from tests.kit.places import ROOT


def assert_polite(arxiv: Arxiv, interval: float = INTERVAL) -> None:
    assert arxiv.at_once == 1
    assert min(arxiv.gaps, default=interval) >= interval
    assert {request.user_agent for request in arxiv.requests} == {f"localdigest/{__version__} (lab@example.org)"}


# ---------------------------------------------------------------- one process


def test_pauses_grow_by_more_than_chance_and_are_said(arxiv: Arxiv, client: Client, said: list[str]) -> None:
    arxiv.faults = [status(503)] * 4
    assert ask(client) == PAGE
    assert all(gap >= INTERVAL * 2**step for step, gap in enumerate(arxiv.gaps))
    assert len(said) == 4
    assert "(503); asking again in" in said[0]
    assert_polite(arxiv)


def test_guests_sent_away_together_do_not_come_back_together(client: Client, arxiv: Arxiv) -> None:
    for number in range(16):
        arxiv.faults = [status(429)]
        ask(client, number)
    pauses = arxiv.gaps[::2]
    assert len(pauses) == 16
    assert max(pauses) - min(pauses) > 0.4 * INTERVAL  # of up to one interval by chance


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured_and_said(arxiv: Arxiv, client: Client, said: list[str], form: str) -> None:
    # A date has whole seconds only: the one after the next.
    moment = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 2, UTC)
    arxiv.faults = [status(429, Retry_After="1" if form == "seconds" else format_datetime(moment, usegmt=True))]
    assert ask(client) == PAGE
    assert arxiv.gaps[0] >= 0.95
    assert re.search(r"slow down for [12] s \(429\); asking again in [12] s", said[0])


@pytest.mark.parametrize("wish", ["-5", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "1.5"])
def test_a_retry_after_that_says_nothing_is_none(arxiv: Arxiv, client: Client, wish: str) -> None:
    arxiv.faults = [status(503, Retry_After=wish)]
    assert ask(client) == PAGE
    assert len(arxiv.requests) == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status(429, Retry_After="3600"), r"slow down for 3600 s .429."),
        (status(503, Retry_After="999999999"), r"slow down for 999999999 s"),
        (status(403), r"403.*help@arxiv\.org.*--from"),
    ],
    ids=["429-for-an-hour", "503-for-30-years", "403"],
)
def test_who_is_sent_away_asks_no_more_and_neither_do_the_next_runs(
    arxiv: Arxiv, connect: Callable[..., Client], state: Path, fault: object, words: str
) -> None:
    arxiv.faults = [fault]  # type: ignore[list-item]
    with connect() as client:
        with pytest.raises(ArxivUnreachable, match=words):
            ask(client)
        with pytest.raises(ArxivUnreachable, match=r"--from"):
            ask(client, 1)
    with connect() as later, pytest.raises(ArxivUnreachable, match=r"arXiv .* at ..:.*nothing is asked of it before"):
        ask(later, 2)
    assert len(arxiv.requests) == 1
    (state / "arxiv.json").unlink()
    with connect() as much_later:
        assert ask(much_later) == PAGE


def test_no_network_gives_up_soon() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said: list[str] = []
        with (
            Client(
                api_url=nowhere, pdf_url=nowhere, interval=0.1, on_event=lambda text: said.append(str(text))
            ) as client,
            pytest.raises(ArxivUnreachable, match="cannot be connected to"),
        ):
            ask(client)
    # Pauses of 1 and 2 intervals; a third, of 4, would exceed the 4 intervals (12 s of the real 3).
    assert 1 <= len(said) <= 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [(stalled, "did not answer in time"), (slow(PAGE, 0.05), "took over 0.5 s for one answer")],
    ids=["stalled", "drop-by-drop"],
)
def test_nobody_is_held_for_long(
    arxiv: Arxiv, connect: Callable[..., Client], said: list[str], fault: object, words: str
) -> None:
    arxiv.faults = [fault]  # type: ignore[list-item]
    with connect(timeouts=Timeouts(read=0.5, answer=0.5)) as client:
        assert ask(client) == PAGE
    assert words in said[0]
    assert len(arxiv.requests) == 2
    assert_polite(arxiv)


def test_an_endless_answer_is_cut_off(arxiv: Arxiv, client: Client) -> None:
    arxiv.faults = [status(200, b"x" * 3000)]
    with pytest.raises(OversizeError, match="over 0 MiB"):
        client.get(f"{arxiv.url}/pdf/x", 2999, lambda answer: answer.body)


def test_threads_take_turns(arxiv: Arxiv, client: Client) -> None:
    threads = [threading.Thread(target=ask, args=(client, number)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(arxiv.requests) == 6
    assert_polite(arxiv)


def test_a_contact_that_would_break_the_header_is_refused() -> None:
    with pytest.raises(ConfigError, match="contact"):
        Client("me@example.org\r\nX: y", api_url="http://127.0.0.1", pdf_url="http://127.0.0.1")


# ---------------------------------------------------------------- many processes


PROGRAM = """
import sys
from pathlib import Path
from localdigest.arxiv.client import Client
url, folder, interval, first, last = sys.argv[1:]
with Client("lab@example.org", api_url=url, pdf_url=url, interval=float(interval), ledger=Path(folder)) as client:
    for start in range(int(first), int(last)):
        client.get(f"{url}/api/query?start={start}&max_results=1", 2**20, lambda answer: answer.body)
"""


def another(arxiv: Arxiv, book: Path, first: int, last: int, interval: float = INTERVAL) -> subprocess.Popen[bytes]:
    arguments = [arxiv.url, str(book), str(interval), str(first), str(last)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], env=environment)


def test_processes_share_one_connection_and_its_pauses(arxiv: Arxiv, tmp_path: Path) -> None:
    arxiv.ids = [f"2512.{number:05}v1" for number in range(24)]
    arxiv.faults = [status(503), slow(PAGE)]
    book = tmp_path / "ledger.jsonl"
    processes = [another(arxiv, book, 8 * number, 8 * number + 8) for number in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(arxiv.requests) == 25
    assert {request.query["start"] for request in arxiv.requests} == {str(number) for number in range(24)}
    assert_polite(arxiv)
    entries = ledger.read(book)
    assert [entry.status for entry in entries] == [request.status for request in arxiv.requests]


def test_a_process_killed_while_it_asks_holds_nobody_up_and_is_in_the_ledger(
    arxiv: Arxiv, connect: Callable[..., Client], tmp_path: Path
) -> None:
    arxiv.faults = [stalled]
    process = another(arxiv, tmp_path / "ledger.jsonl", 0, 1)
    while not arxiv.requests:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed = time.monotonic()
    with connect(interval=0.2) as client:
        ask(client, 1)
    assert arxiv.requests[1].came - killed >= 0.2
    assert [entry.status for entry in ledger.read(tmp_path / "ledger.jsonl")] == [None, 200]


def test_a_clock_that_goes_back_keeps_nobody_waiting_for_hours() -> None:
    now = time.time()
    assert 2.9 < Rest(now, 3.0).left <= 3.0
    assert Rest(now + 5 * 3600, 3.0).left == 3.0
    assert Rest(now - 4, 3.0).left == 0.0


def test_a_state_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("LOCALDIGEST_STATE", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="LOCALDIGEST_STATE"):
        Client(api_url="http://127.0.0.1", pdf_url="http://127.0.0.1")


@pytest.mark.parametrize("text", ["", "asking", '{"since": "today"}', "[]", "\x00"])
def test_a_state_that_cannot_be_read_costs_one_pause(connect: Callable[..., Client], state: Path, text: str) -> None:
    (state / "arxiv.json").write_text(text)
    with connect() as client:
        assert ask(client) == PAGE


def test_no_rest_is_longer_than_a_day(arxiv: Arxiv, client: Client, state: Path) -> None:
    arxiv.faults = [status(503, Retry_After="999999999")]
    with pytest.raises(ArxivUnreachable):
        ask(client)
    assert f'"seconds":{LONGEST}' in (state / "arxiv.json").read_text()


# ---------------------------------------------------------------- the ledger


def test_every_request_is_in_the_ledger_with_its_reason(arxiv: Arxiv, client: Client, tmp_path: Path) -> None:
    arxiv.faults = [status(503), status(302, Location="/elsewhere"), status(200, PAGE)]
    ask(client)
    with pytest.raises(AddressError):
        client.get(f"{arxiv.url}/pdf/none", 99, lambda a: _refuse(a.status), why="PDF of none")
    first, second, third, fourth = ledger.read(tmp_path / "ledger.jsonl")
    assert [e.status for e in (first, second, third, fourth)] == [503, 302, 200, 404]
    assert [e.url.removeprefix(arxiv.url) for e in (first, third, fourth)] == [
        "/api/query?start=0&max_results=1",
        "/elsewhere",
        "/pdf/none",
    ]
    assert first.why == "listing"
    assert second.why == "listing; again: arXiv asks us to slow down (503)"
    assert third.why.endswith("redirected")
    assert fourth.why == "PDF of none"
    assert (third.bytes, fourth.bytes) == (len(PAGE), len(b"<html>not found</html>"))
    assert all(0 <= entry.seconds < 5 for entry in (first, second, third, fourth))


def _refuse(code: int) -> None:
    raise AddressError(f"status {code}")


def test_a_broken_answer_is_in_the_ledger_with_what_was_wrong(arxiv: Arxiv, client: Client, tmp_path: Path) -> None:
    arxiv.faults = [cut_short(PAGE)]
    ask(client)
    broken, good = ledger.read(tmp_path / "ledger.jsonl")
    assert (broken.status, broken.bytes, broken.problem[:20]) == (200, len(PAGE) // 2, "broke off its answer")
    assert (good.status, good.problem) == (200, "")


def test_a_torn_line_costs_no_other(client: Client, tmp_path: Path) -> None:
    book = tmp_path / "ledger.jsonl"
    ask(client)
    book.write_bytes(book.read_bytes() + b'{"line":"asked","id":"cut o')
    ask(client, 1)
    assert [entry.url[-21:] for entry in ledger.read(book)] == ["start=0&max_results=1", "start=1&max_results=1"]


def test_what_cannot_be_entered_is_not_asked(arxiv: Arxiv, connect: Callable[..., Client], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with connect(ledger=tmp_path / "folder") as client, pytest.raises(ConfigError, match="that is not entered"):
        ask(client)
    assert arxiv.requests == []
