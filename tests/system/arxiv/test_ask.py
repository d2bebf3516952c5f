"""Collecting from an arXiv with bad days: no fault loses a paper, doubles one, or makes us a bad guest."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from localdigest import __version__
from localdigest.arxiv import questions
from localdigest.arxiv.client import Client, Timeouts
from localdigest.arxiv.listings import merge
from localdigest.messages.errors import ArxivUnreachable, InputRefused
from localdigest.records import Listing
from localdigest.run.harvest import read_listings
from tests.kit.arxiv_server import (
    Arxiv,
    Fault,
    cut_short,
    feed,
    no_answer,
    oai_error,
    running,
    slow,
    stalled,
    status,
    wrong_length,
)

INTERVAL = 0.02
SHANGHAI = timezone(timedelta(hours=8))
START, END = (datetime(2025, 12, day, 8, 50, tzinfo=SHANGHAI) for day in (16, 17))
IDS = [f"2512.{number:05}v1" for number in range(12, 5, -1)]
HTML = b"<!DOCTYPE html><html><body>Please wait</body></html>"
PAGE = feed(IDS[:3], 7)


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with running(IDS) as server:
        yield server


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def client(arxiv: Arxiv, said: list[str]) -> Iterator[Client]:
    with Client(
        "lab@example.org",
        api_url=f"{arxiv.url}/api/query",
        pdf_url=f"{arxiv.url}/pdf",
        interval=INTERVAL,
        timeouts=Timeouts(read=0.5),
        on_event=lambda text: said.append(str(text)),
    ) as polite:
        yield polite


def fetch(client: Client, *categories: str) -> list[str]:
    question = questions.Question(categories, START, END, START.date(), END.date())
    pages = questions.api(client, client.api_url, question, page_size=3)
    return [paper.versioned_id for paper in merge(pages)]


def assert_polite(arxiv: Arxiv) -> None:
    assert arxiv.at_once == 1
    assert min(arxiv.gaps, default=INTERVAL) >= INTERVAL
    assert {request.user_agent for request in arxiv.requests} == {f"localdigest/{__version__} (lab@example.org)"}


def test_pages_until_the_total_is_met(arxiv: Arxiv, client: Client) -> None:
    assert fetch(client, "cs.SD", "eess.AS") == IDS
    assert [request.query["start"] for request in arxiv.requests] == ["0", "3", "6"]
    asked = arxiv.requests[0].query
    assert asked["search_query"] == ("(cat:cs.SD OR cat:eess.AS) AND submittedDate:[202512160050 TO 202512170050]")
    assert (asked["sortBy"], asked["sortOrder"], asked["max_results"]) == ("submittedDate", "descending", "3")
    assert_polite(arxiv)


def test_an_archive_is_asked_of_the_api_by_its_categories_and_of_the_others_by_its_name(
    arxiv: Arxiv, client: Client
) -> None:
    question = questions.Question(("astro-ph", "hep-th"), START, END, START.date(), END.date())
    with contextlib.suppress(ArxivUnreachable):  # the answers are another question's
        questions.api(client, client.api_url, question, page_size=20)
    with contextlib.suppress(ArxivUnreachable):
        questions.oai(client, f"{arxiv.url}/oai", question)
    asked = [request.query for request in arxiv.requests]
    assert asked[0]["search_query"].startswith("(cat:astro-ph OR cat:astro-ph.CO OR cat:astro-ph.EP OR ")
    assert " OR cat:astro-ph.SR OR cat:hep-th) AND " in asked[0]["search_query"]
    assert "physics:astro-ph" in [query.get("set") for query in asked]


def test_without_categories_only_the_time_is_asked(arxiv: Arxiv, client: Client) -> None:
    fetch(client)
    assert arxiv.requests[0].query["search_query"] == "submittedDate:[202512160050 TO 202512170050]"


@dataclass(frozen=True)
class Script:
    """What goes wrong, in the order of the requests, and how many requests it takes until all is well."""

    name: str
    faults: tuple[Fault, ...]
    requests: int = 4
    words: str = "asking again in"
    """Said to the user; empty where there is nothing to say."""


def once(name: str, fault: Fault, words: str = "") -> Script:
    return Script(name, (fault,), 4, words or "asking again in")


SOON = "Wed, 21 Oct 2015 07:28:00 GMT"
AGAIN = "reading it again"

SCRIPTS = [
    once("429", status(429), "slow down (429)"),
    once("429-retry-after", status(429, Retry_After="0"), "slow down (429)"),
    once("503", status(503), "slow down (503)"),
    once("503-retry-after-date", status(503, Retry_After=SOON), "slow down (503)"),
    once("406", status(406), "slow down (406)"),
    Script("429-503-406-in-a-row", (status(429), status(503), status(406)), 6),
    once("500", status(500), "error of its own (500)"),
    once("502-html", status(502, HTML), "error of its own (502)"),
    once("html-instead-of-xml", status(200, HTML), "gave no listing"),
    once("empty-body", status(200), "gave no listing"),
    once("truncated-xml", status(200, PAGE[:-200]), "gave no listing"),
    once("content-length-too-long", cut_short(PAGE), "broke off"),
    once("content-length-too-short", wrong_length(PAGE), "gave no listing"),
    once("not-the-gzip-it-claims", status(200, PAGE, Content_Encoding="gzip"), "broke off"),
    once("no-answer", no_answer, "broke off"),
    once("stalled", stalled, "did not answer in time"),
    Script("slow", (slow(PAGE),), 3, ""),
    Script("redirect", (status(301, Location="/api/query?start=0&max_results=3"),), 4, ""),
    once("304-unasked", status(304), "nothing is new"),
    once("short-page", status(200, feed(IDS[:2], 7)), "short page (2 papers"),
    once("empty-page", status(200, feed([], 7)), "short page (0 papers"),
    Script("false-empty-listing", (status(200, feed([], 0)),), 4, ""),
    once("an-answer-of-oai-pmh", status(200, oai_error("badVerb", "none")), "gave no listing"),
    Script("false-empty-page-in-the-middle", (status(200, PAGE), status(200, feed([], 0))), 4, "short page (0"),
    Script("duplicated-entries", (status(200, feed([IDS[0], IDS[1], IDS[1]], 7)),), 6, AGAIN),
    Script("a-page-twice", (status(200, PAGE), status(200, PAGE)), 6, AGAIN),
    Script(
        "a-version-moves-between-pages",
        (status(200, PAGE), status(200, feed([IDS[2].replace("v1", "v2"), *IDS[3:5]], 7))),
        6,
        AGAIN,
    ),
    Script("the-total-changes-between-pages", (status(200, feed(IDS[:3], 9)),), 6, AGAIN),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_passing_fault_loses_nothing_and_doubles_nothing(
    arxiv: Arxiv, client: Client, said: list[str], script: Script
) -> None:
    arxiv.faults = list(script.faults)
    assert fetch(client) == IDS
    assert len(arxiv.requests) == script.requests
    assert (script.words in said[0]) if script.words else said == []
    assert_polite(arxiv)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(503), "slow down"),
        (status(500), "error of its own"),
        (status(200, feed(IDS[:1], 7)), "short page"),
    ],
    ids=["throttled", "server-error", "short-page"],
)
def test_a_lasting_fault_is_an_error(arxiv: Arxiv, client: Client, fault: Fault, reason: str) -> None:
    arxiv.faults = [fault] * 50
    with pytest.raises(ArxivUnreachable, match=rf"{reason}.*--from") as caught:
        fetch(client)
    assert "\n" not in str(caught.value)
    assert 2 <= len(arxiv.requests) <= 12
    assert_polite(arxiv)


def test_an_error_entry_is_arxivs_own_words(arxiv: Arxiv, client: Client) -> None:
    entry = b"<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>bad\n field</summary>"
    arxiv.faults = [status(400, feed([], 1).replace(b"</feed>", entry + b"</entry></feed>"))]
    with pytest.raises(ArxivUnreachable, match="bad field"):
        fetch(client)
    assert len(arxiv.requests) == 1


def test_a_real_empty_listing_is_asked_twice(arxiv: Arxiv, client: Client) -> None:
    arxiv.ids = []
    assert fetch(client) == []
    assert len(arxiv.requests) == 2


def test_a_listing_that_moves_between_pages_is_read_again(arxiv: Arxiv, client: Client, said: list[str]) -> None:
    # After the first page a new paper arrives on top: it is never listed, and 2512.00010 is listed twice.
    arxiv.faults = [status(200, feed(IDS[:3], 7))]
    arxiv.ids = ["2512.00013v1", *IDS]
    assert fetch(client) == arxiv.ids
    assert "reading it again" in said[0]


def test_listing_files_are_read_or_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(feed(IDS, 7))
    listings: tuple[Listing, ...] = read_listings([good])
    assert [paper.versioned_id for paper in listings[0].papers] == IDS
    for path in (bad, tmp_path):
        with pytest.raises(InputRefused, match=str(path)):
            read_listings([good, path])


def test_work_from_files_loads_no_http_library() -> None:
    script = (
        "import sys, localdigest.run, localdigest.run.harvest as h, localdigest.run.pdfs as p;"
        "p.adopt_pdfs(p.Path('.'), [], p.Path('.')); h.read_listings([]);"
        "print([name for name in ('httpx', 'httpcore', 'requests', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
