from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from arxiv_server import PDF, Arxiv, Fault, cut_short, feed, no_answer, running, status

from localdigest import __version__, ask, collect
from localdigest.errors import ArxivUnreachable, ConfigError, InputRefused
from localdigest.feed import merge, parse
from localdigest.records import Listing, Paper

INTERVAL = 0.02
SHANGHAI = timezone(timedelta(hours=8))
START, END = (datetime(2025, 12, day, 8, 50, tzinfo=SHANGHAI) for day in (16, 17))
IDS = [f"2512.{number:05}v1" for number in range(12, 5, -1)]
HTML = b"<!DOCTYPE html><html><body>Please wait</body></html>"


@pytest.fixture
def arxiv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Arxiv]:
    # A proxy of the machine's has no business with 127.0.0.1.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(IDS) as server:
        yield server


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def client(arxiv: Arxiv, said: list[str]) -> Iterator[collect.Client]:
    with collect.Client(
        "lab@example.org",
        api_url=f"{arxiv.url}/api/query",
        pdf_url=f"{arxiv.url}/pdf",
        interval=INTERVAL,
        on_event=said.append,
    ) as polite:
        yield polite


def fetch(client: collect.Client, *categories: str) -> list[str]:
    pages = ask.fetch_listing(client, categories, START, END, parse, page_size=3)
    return [paper.versioned_id for paper in merge(pages)]


def a_paper(versioned: str = "2512.00012v1") -> Paper:
    return parse(feed([versioned], 1), "x").papers[0]


def assert_polite(arxiv: Arxiv) -> None:
    assert arxiv.at_once == 1
    assert all(after.came - before.came >= INTERVAL for before, after in pairwise(arxiv.requests))
    assert {request.user_agent for request in arxiv.requests} == {f"localdigest/{__version__} (lab@example.org)"}


def test_pages_until_the_total_is_met(arxiv: Arxiv, client: collect.Client) -> None:
    assert fetch(client, "cs.SD", "eess.AS") == IDS
    assert [request.query["start"] for request in arxiv.requests] == ["0", "3", "6"]
    asked = arxiv.requests[0].query
    assert asked["search_query"] == ("(cat:cs.SD OR cat:eess.AS) AND submittedDate:[202512160050 TO 202512170050]")
    assert (asked["sortBy"], asked["sortOrder"], asked["max_results"]) == ("submittedDate", "descending", "3")
    assert_polite(arxiv)


def test_without_categories_only_the_time_is_asked(arxiv: Arxiv, client: collect.Client) -> None:
    fetch(client)
    assert arxiv.requests[0].query["search_query"] == "submittedDate:[202512160050 TO 202512170050]"


@pytest.mark.parametrize(
    "fault",
    [
        status(503),
        status(429),
        status(406),
        status(500),
        status(502, HTML),
        status(200, HTML),
        status(200, feed(IDS[:3], 7)[:-200]),
        status(200, feed(IDS[:2], 7)),
        status(200, feed([], 7)),
        status(200, feed([], 0)),
        cut_short(feed(IDS[:3], 7)),
        no_answer,
    ],
    ids=[
        *("503", "429", "406", "500", "502", "html", "truncated-xml", "short-page", "empty-page"),
        *("false-empty-listing", "cut-body", "no-answer"),
    ],
)
def test_a_passing_fault_loses_nothing(arxiv: Arxiv, client: collect.Client, fault: Fault) -> None:
    arxiv.faults = [fault]
    assert fetch(client) == IDS
    assert len(arxiv.requests) == 4
    assert_polite(arxiv)


def test_pauses_grow_and_are_said(arxiv: Arxiv, client: collect.Client, said: list[str]) -> None:
    arxiv.faults = [status(503)] * 4
    assert fetch(client) == IDS
    gaps = [after.came - before.done for before, after in pairwise(arxiv.requests[:5])]
    assert all(gap >= INTERVAL * 2**step for step, gap in enumerate(gaps))
    assert len(said) == 4
    assert "(503); asking again in" in said[0]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(arxiv: Arxiv, client: collect.Client, form: str) -> None:
    # A date has whole seconds only: the one after the next.
    moment = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 2, UTC)
    arxiv.faults = [status(429, Retry_After="1" if form == "seconds" else format_datetime(moment, usegmt=True))]
    assert fetch(client) == IDS
    assert arxiv.requests[1].came - arxiv.requests[0].done >= 0.95


def test_a_retry_after_beyond_our_patience_ends_at_once(arxiv: Arxiv, client: collect.Client) -> None:
    arxiv.faults = [status(429, Retry_After="3600")]
    with pytest.raises(ArxivUnreachable, match="slow down for 3600 s"):
        fetch(client)
    assert len(arxiv.requests) == 1


def test_403_ends_everything(arxiv: Arxiv, client: collect.Client, tmp_path: Path) -> None:
    arxiv.faults = [status(403)]
    with pytest.raises(ArxivUnreachable, match="403"):
        fetch(client)
    with pytest.raises(ArxivUnreachable, match="403"):
        collect.fetch_pdf(client, a_paper(), tmp_path)
    assert len(arxiv.requests) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(503), "slow down"),
        (status(500), "error of its own"),
        (status(200, feed(IDS[:1], 7)), "short page"),
    ],
    ids=["throttled", "server-error", "short-page"],
)
def test_a_lasting_fault_is_an_error(arxiv: Arxiv, client: collect.Client, fault: Fault, reason: str) -> None:
    arxiv.faults = [fault] * 50
    with pytest.raises(ArxivUnreachable, match=rf"{reason}.*--from") as caught:
        fetch(client)
    assert "\n" not in str(caught.value)
    assert 2 <= len(arxiv.requests) <= 12
    assert_polite(arxiv)


def test_an_error_entry_is_arxivs_own_words(arxiv: Arxiv, client: collect.Client) -> None:
    entry = b"<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>bad\n field</summary>"
    arxiv.faults = [status(400, feed([], 1).replace(b"</feed>", entry + b"</entry></feed>"))]
    with pytest.raises(ArxivUnreachable, match="bad field"):
        fetch(client)
    assert len(arxiv.requests) == 1


def test_a_real_empty_listing_is_asked_twice(arxiv: Arxiv, client: collect.Client) -> None:
    arxiv.ids = []
    assert fetch(client) == []
    assert len(arxiv.requests) == 2


def test_a_listing_that_moves_between_pages_is_read_again(
    arxiv: Arxiv, client: collect.Client, said: list[str]
) -> None:
    # After the first page a new paper arrives on top: it is never listed, and 2512.00010 is listed twice.
    arxiv.faults = [status(200, feed(IDS[:3], 7))]
    arxiv.ids = ["2512.00013v1", *IDS]
    assert fetch(client) == arxiv.ids
    assert "reading it again" in said[0]


def test_no_network_gives_up_soon(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        said: list[str] = []
        with (
            collect.Client(api_url=nowhere, pdf_url=nowhere, interval=0.1, on_event=said.append) as client,
            pytest.raises(ArxivUnreachable, match="cannot be connected to"),
        ):
            fetch(client)
    # Pauses of 1 and 2 intervals; a third, of 4, would exceed the 4 intervals (12 s of the real 3).
    assert 1 <= len(said) <= 2


def test_pdfs_arrive_whole_and_once(arxiv: Arxiv, client: collect.Client, tmp_path: Path) -> None:
    arxiv.pdfs = {"2512.00012v1": PDF, "hep-th/9901001v2": PDF}
    for _ in range(2):
        assert collect.fetch_pdf(client, a_paper(), tmp_path) == ""
        assert collect.fetch_pdf(client, a_paper("hep-th/9901001v2"), tmp_path) == ""
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "2512.00012v1.pdf": PDF,
        "hep-th_9901001v2.pdf": PDF,
    }
    assert [request.path for request in arxiv.requests] == ["/pdf/2512.00012v1", "/pdf/hep-th/9901001v2"]
    assert_polite(arxiv)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ([], "no PDF of it yet"),
        ([status(200, HTML)], "not a PDF"),
        ([status(410)], r"\(410\)"),
        ([cut_short(PDF)] * 20, "broke off"),
        ([status(500)] * 20, r"\(500\)"),
        ([status(302, Location="http://127.0.0.1:9/x")], "redirects to http://127.0.0.1:9"),
        ([status(302, Location="http://arxiv.org/pdf/x")], "redirects to http://arxiv.org"),
        ([status(301, Location="/pdf/2512.00012v1")] * 9, "circle"),
    ],
    ids=["404", "html", "410", "cut-body", "500", "redirect-out", "redirect-downgrade", "redirect-circle"],
)
def test_one_bad_pdf_is_a_reason_and_the_next_is_had(
    arxiv: Arxiv, client: collect.Client, tmp_path: Path, faults: list[Fault], reason: str
) -> None:
    arxiv.faults = list(faults)
    arxiv.pdfs = {"2512.00011v1": PDF}
    found = collect.fetch_pdf(client, a_paper(), tmp_path)
    arxiv.faults = []
    assert re.search(reason, found)
    assert collect.fetch_pdf(client, a_paper("2512.00011v1"), tmp_path) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["2512.00011v1.pdf"]
    assert_polite(arxiv)


def test_a_cut_pdf_is_asked_for_again(arxiv: Arxiv, client: collect.Client, tmp_path: Path) -> None:
    arxiv.faults = [cut_short(PDF), status(302, Location="/pdf/2512.00012v1")]
    arxiv.pdfs = {"2512.00012v1": PDF}
    assert collect.fetch_pdf(client, a_paper(), tmp_path) == ""
    assert (tmp_path / "2512.00012v1.pdf").read_bytes() == PDF
    assert_polite(arxiv)


def test_patience_returns_with_a_good_answer(arxiv: Arxiv, client: collect.Client, tmp_path: Path) -> None:
    arxiv.pdfs = {"2512.00012v1": PDF}
    arxiv.faults = [status(500)] * 50
    assert "(500)" in collect.fetch_pdf(client, a_paper(), tmp_path)
    tries = len(arxiv.requests)
    assert "(500)" in collect.fetch_pdf(client, a_paper(), tmp_path)
    # Only what is left of the patience goes to the next.
    assert len(arxiv.requests) < 2 * tries
    arxiv.faults = []
    assert "no PDF" in collect.fetch_pdf(client, a_paper("2512.00001v1"), tmp_path)
    arxiv.faults = [status(500)]
    assert collect.fetch_pdf(client, a_paper(), tmp_path) == ""


def test_an_endless_answer_is_cut_off(arxiv: Arxiv, client: collect.Client) -> None:
    arxiv.faults = [status(200, b"x" * 3000)]
    with pytest.raises(collect._AddressError, match="over 0 MiB"):
        client.get(f"{arxiv.url}/pdf/x", 2999, lambda answer: answer.body)


def test_threads_take_turns(arxiv: Arxiv, client: collect.Client, tmp_path: Path) -> None:
    arxiv.pdfs = dict.fromkeys(IDS, PDF)
    threads = [threading.Thread(target=collect.fetch_pdf, args=(client, a_paper(name), tmp_path)) for name in IDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == len(IDS)
    assert_polite(arxiv)


def test_a_contact_that_would_break_the_header_is_refused() -> None:
    with pytest.raises(ConfigError, match="contact"):
        collect.Client("me@example.org\r\nX: y", api_url="http://127.0.0.1", pdf_url="http://127.0.0.1")


def test_own_pdfs_are_adopted(tmp_path: Path) -> None:
    own, folder = tmp_path / "own", tmp_path / "workspace"
    own.mkdir()
    folder.mkdir()
    for name in (
        "2512.00001v2",
        "2512.00002",
        "hep-th_9901001v1",
        "2512.00004v2",
        "2512.00004v10",
        "2512.00005v1",
    ):
        (own / f"{name}.pdf").write_bytes(name.encode())
    (own / "2512.00006v1.pdf").mkdir()
    (folder / "2512.00005v1.pdf").write_bytes(b"half")
    (folder / "2512.00007v1.pdf").write_bytes(b"fetched before")
    names = ("2512.00001v2", "2512.00002v1", "hep-th/9901001v1", "2512.00003v1", "2512.00004", "2512.00005v1")
    papers = [a_paper(name) for name in (*names, "2512.00006v1", "2512.00007v1", "2512.00001v3")]
    without = collect.adopt_pdfs(own, papers, folder)
    assert [paper.versioned_id for paper in without] == ["2512.00003v1", "2512.00006v1", "2512.00001v3"]
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "2512.00001v2.pdf": "2512.00001v2",
        "2512.00002v1.pdf": "2512.00002",
        "hep-th_9901001v1.pdf": "hep-th_9901001v1",
        "2512.00004.pdf": "2512.00004v10",
        "2512.00005v1.pdf": "2512.00005v1",
        "2512.00007v1.pdf": "fetched before",
    }
    with pytest.raises(ConfigError, match="--pdf-dir"):
        collect.adopt_pdfs(tmp_path / "absent", papers, folder)


def test_listing_files_are_read_or_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(feed(IDS, 7))
    listings: tuple[Listing, ...] = collect.read_listings([good], parse)
    assert [paper.versioned_id for paper in listings[0].papers] == IDS
    for path in (bad, tmp_path):
        with pytest.raises(InputRefused, match=str(path)):
            collect.read_listings([good, path], parse)


def test_work_from_files_loads_no_http_library() -> None:
    script = (
        "import sys, localdigest.feed, localdigest.window, localdigest.collect as c;"
        "c.adopt_pdfs(c.Path('.'), [], c.Path('.')); c.read_listings([], None);"
        "print([name for name in ('httpx', 'httpcore', 'requests', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
