"""PDFs: each whole, once, by itself, and gone on with where the last attempt broke off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pytest

from localdigest.arxiv.client import Client, Timeouts
from localdigest.arxiv.listings import parse
from localdigest.messages.errors import ArxivUnreachable, ConfigError
from localdigest.pages import plan
from localdigest.records import Paper
from localdigest.run.pdfs import adopt_pdfs, fetch_pdf
from tests.kit.arxiv_server import (
    PDF,
    Arxiv,
    Fault,
    cut_short,
    feed,
    running,
    slow,
    stalled,
    status,
    tag,
    until_closed,
    wrong_length,
)

INTERVAL = 0.02
BIG = b"%PDF-1.7\n" + Random(5).randbytes(300_000) + b"\n%%EOF"  # noqa: S311
OTHER = b"%PDF-1.7\n" + Random(6).randbytes(300_000) + b"\n%%EOF"  # noqa: S311
WITHDRAWN = (
    b"<!DOCTYPE html><html><head>" + b"<link>" * 1000 + b"</head><h1>This version of 2512.00012 has been withdrawn"
    b" and is unavailable</h1></html>"
)
"""As arxiv.org words it, after a long head."""


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with running(["2512.00012v1", "2512.00011v1"]) as server:
        server.pdfs = {"2512.00011v1": PDF}
        yield server


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def connect(arxiv: Arxiv, said: list[str]) -> Callable[..., Client]:
    return partial(
        Client,
        api_url=f"{arxiv.url}/api/query",
        pdf_url=f"{arxiv.url}/pdf",
        interval=INTERVAL,
        timeouts=Timeouts(read=0.5),
        on_event=lambda text: said.append(str(text)),
    )


@pytest.fixture
def client(connect: Callable[..., Client]) -> Iterator[Client]:
    with connect() as polite:
        yield polite


def a_paper(versioned: str = "2512.00012v1") -> Paper:
    return parse(feed([versioned], 1), "x").papers[0]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_polite(arxiv: Arxiv) -> None:
    assert arxiv.at_once == 1
    assert min(arxiv.gaps, default=INTERVAL) >= INTERVAL


def test_pdfs_arrive_whole_and_once(arxiv: Arxiv, client: Client, tmp_path: Path) -> None:
    arxiv.pdfs = {"2512.00012v1": BIG, "hep-th/9901001v2": PDF}
    for _ in range(2):
        assert fetch_pdf(client, a_paper(), tmp_path) is None
        assert fetch_pdf(client, a_paper("hep-th/9901001v2"), tmp_path) is None
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "2512.00012v1.pdf": BIG,
        "hep-th_9901001v2.pdf": PDF,
    }
    assert [request.path for request in arxiv.requests] == ["/pdf/2512.00012v1", "/pdf/hep-th/9901001v2"]
    assert_polite(arxiv)


@dataclass(frozen=True)
class Script:
    """What goes wrong, how many requests it takes until the PDF is here, and those that ask for the rest only."""

    name: str
    faults: tuple[Fault, ...]
    requests: int = 2
    resumed: int = 0


def cut(body: bytes = BIG, **headers: str) -> Fault:
    return cut_short(body, **(headers or {"ETag": tag(body)}))


def part(first: int, total: int = len(BIG)) -> Fault:
    return status(206, BIG[first:], Content_Range=f"bytes {first}-{len(BIG) - 1}/{total}", ETag=tag(BIG))


HALF = len(BIG) // 2
SCRIPTS = [
    Script("cut", (cut(),), resumed=1),
    Script("cut-twice", (cut(), stalled), 3, resumed=1),
    Script("cut-without-a-validator", (cut(X_Nothing="1"),)),
    Script("cut-with-a-weak-validator", (cut(ETag='W/"1"'),)),
    Script("cut-and-replaced-meanwhile", (cut(OTHER),), resumed=1),
    Script("the-rest-is-another-part", (cut(), part(10)), 3, resumed=1),
    Script("the-rest-has-no-range", (cut(), status(206, BIG[HALF:])), 3, resumed=1),
    Script(
        "the-rest-is-cut-too",
        (
            cut(),
            lambda handler: handler.reply(
                206,
                BIG[HALF : HALF + 1000],
                {"Content-Range": f"bytes {HALF}-{len(BIG) - 1}/{len(BIG)}"},
                len(BIG) - HALF,
            ),
        ),
        3,
        resumed=2,
    ),
    Script("416", (cut(), status(416)), 3, resumed=1),
    Script("range-refused-whole-sent", (cut(), status(200, BIG)), 2, resumed=1),
    Script("content-length-too-short", (wrong_length(BIG),)),
    Script("stalled", (stalled,)),
    Script("slow", (slow(BIG),), 1),
    Script("redirect", (status(302, Location="/pdf/2512.00012v1"),)),
    Script("503", (status(503),)),
    Script("500", (status(500),)),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_passing_fault_costs_no_byte_of_a_pdf(arxiv: Arxiv, client: Client, tmp_path: Path, script: Script) -> None:
    arxiv.pdfs = {"2512.00012v1": BIG}
    arxiv.faults = list(script.faults)
    assert fetch_pdf(client, a_paper(), tmp_path) is None
    assert names(tmp_path) == ["2512.00012v1.pdf"]
    assert (tmp_path / "2512.00012v1.pdf").read_bytes() == BIG
    assert len(arxiv.requests) == script.requests
    assert sum("range" in request.headers for request in arxiv.requests) == script.resumed
    assert_polite(arxiv)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ([], "no-pdf: arXiv has no PDF of it yet"),
        ([status(200, b"<!DOCTYPE html><p>Please wait")], "no-pdf: arXiv sent something that is not a PDF"),
        ([status(200)], "no-pdf: arXiv sent something that is not a PDF"),
        ([status(410)], "no-pdf: arXiv refuses it (410)"),
        ([status(304)] * 20, "no-pdf: arXiv says that nothing is new, unasked (304)"),
        ([cut_short(PDF)] * 20, "no-pdf: arXiv broke off its answer"),
        ([status(500)] * 20, "no-pdf: arXiv has an error of its own (500)"),
        ([status(302, Location="http://127.0.0.1:9/x")], "no-pdf: arXiv redirects to http://127.0.0.1:9"),
        ([status(302, Location="http://arxiv.org/pdf/x")], "no-pdf: arXiv redirects to http://arxiv.org"),
        ([status(301, Location="/pdf/2512.00012v1")] * 9, "no-pdf: arXiv redirects in a circle"),
        ([status(404, WITHDRAWN)], "withdrawn: "),
        ([status(200, WITHDRAWN)], "withdrawn: "),
        ([lambda handler: handler.reply(200, b"%PDF-1.5", length=200 * 2**20)], "pdf-too-large: "),
    ],
    ids=[
        *("404", "html", "nothing", "410", "304", "cut-always", "500-always", "redirect-out", "redirect-downgrade"),
        *("redirect-circle", "withdrawn-404", "withdrawn-200", "oversize"),
    ],
)
def test_one_bad_pdf_is_a_reason_and_the_next_is_had(
    arxiv: Arxiv, client: Client, tmp_path: Path, faults: list[Fault], reason: str
) -> None:
    arxiv.faults = list(faults)
    found = fetch_pdf(client, a_paper(), tmp_path)
    arxiv.faults = []
    assert found is not None
    assert str(found).startswith(reason)
    assert "\n" not in str(found)
    assert (found.code in plan.FINAL) == (found.code != "no-pdf")
    assert fetch_pdf(client, a_paper("2512.00011v1"), tmp_path) is None
    begun = [".2512.00012v1.pdf.part"] if "broke off" in str(found) else []
    assert names(tmp_path) == [*begun, "2512.00011v1.pdf"]
    assert_polite(arxiv)


def test_a_pdf_without_its_end_is_believed_when_it_comes_so_twice(arxiv: Arxiv, client: Client, tmp_path: Path) -> None:
    odd = PDF[:-8]
    arxiv.pdfs = {"2512.00012v1": odd}
    assert fetch_pdf(client, a_paper(), tmp_path) is None
    assert (tmp_path / "2512.00012v1.pdf").read_bytes() == odd
    assert len(arxiv.requests) == 2


def test_a_pdf_without_a_declared_end_is_had(arxiv: Arxiv, client: Client, tmp_path: Path) -> None:
    arxiv.faults = [until_closed(PDF)]
    assert fetch_pdf(client, a_paper(), tmp_path) is None
    assert (tmp_path / "2512.00012v1.pdf").read_bytes() == PDF


def test_the_next_run_goes_on_where_this_one_broke_off(
    arxiv: Arxiv, connect: Callable[..., Client], tmp_path: Path, state: Path
) -> None:
    arxiv.pdfs = {"2512.00012v1": BIG}
    arxiv.faults = [cut(), status(403)]
    with connect() as client, pytest.raises(ArxivUnreachable):
        fetch_pdf(client, a_paper(), tmp_path)
    assert names(tmp_path) == [".2512.00012v1.pdf.part", ".2512.00012v1.pdf.tag"]
    (state / "arxiv.json").unlink()  # the 403 was an hour ago
    with connect() as client:
        assert fetch_pdf(client, a_paper(), tmp_path) is None
    assert arxiv.requests[-1].headers["range"] == f"bytes={HALF}-"
    assert arxiv.requests[-1].status == 206
    assert (tmp_path / "2512.00012v1.pdf").read_bytes() == BIG
    assert names(tmp_path) == ["2512.00012v1.pdf"]


def test_a_pdf_over_the_limit_is_refused_whether_its_length_is_declared_or_not(
    arxiv: Arxiv, client: Client, tmp_path: Path
) -> None:
    arxiv.pdfs = {"2512.00012v1": BIG}
    assert str(fetch_pdf(client, a_paper(), tmp_path, 200_000)).startswith("pdf-too-large")
    assert names(tmp_path) == []
    arxiv.faults = [until_closed(BIG)]
    assert str(fetch_pdf(client, a_paper(), tmp_path, 200_000)).startswith("pdf-too-large")


def test_patience_returns_with_a_good_answer(arxiv: Arxiv, client: Client, tmp_path: Path) -> None:
    arxiv.pdfs = {"2512.00012v1": PDF}
    arxiv.faults = [status(500)] * 50
    assert "(500)" in str(fetch_pdf(client, a_paper(), tmp_path))
    tries = len(arxiv.requests)
    assert "(500)" in str(fetch_pdf(client, a_paper(), tmp_path))
    # Only what is left of the patience goes to the next.
    assert len(arxiv.requests) < 2 * tries
    arxiv.faults = []
    assert "no PDF" in str(fetch_pdf(client, a_paper("2512.00001v1"), tmp_path))
    arxiv.faults = [status(500)]
    assert fetch_pdf(client, a_paper(), tmp_path) is None


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
    assert adopt_pdfs(own, papers, folder) == (5, 1)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "2512.00001v2.pdf": "2512.00001v2",
        "2512.00002v1.pdf": "2512.00002",
        "hep-th_9901001v1.pdf": "hep-th_9901001v1",
        "2512.00004.pdf": "2512.00004v10",
        "2512.00005v1.pdf": "2512.00005v1",
        "2512.00007v1.pdf": "fetched before",
    }
    with pytest.raises(ConfigError, match="--pdf-dir"):
        adopt_pdfs(tmp_path / "absent", papers, folder)
