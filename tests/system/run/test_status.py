"""From a day at arXiv to what is said of it: what is asked again and what is not, and how the workspace stands."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from localdigest import run, store
from localdigest.arxiv import ledger
from localdigest.arxiv.client import Client
from localdigest.cli import overview
from localdigest.messages import Notice, Reason
from localdigest.pages import plan
from localdigest.pages.publish import publish
from localdigest.pages.standing import Standing, ledger_line, standing
from localdigest.run.events import Said
from localdigest.workspace import config, lock
from tests.kit.arxiv_server import PDF, Arxiv, feed, running, status
from tests.kit.scripted_engine import Scripted, planner, whole_day

DAY = date(2025, 12, 17)
IDS = ["2512.00012v1", "2512.00011v1", "2512.00010v1"]
GONE = b"<h1>This version of 2512.00010 has been withdrawn and is unavailable</h1>"


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with running(IDS) as server:
        yield server


@pytest.fixture
def space(tmp_path: Path, arxiv: Arxiv) -> config.Workspace:
    root = tmp_path / "digest"
    config.create(root)
    path = root / config.FILE
    text = path.read_text(encoding="utf-8").replace("https://export.arxiv.org", arxiv.url)
    text = text.replace('mode = "announced"', 'mode = "submitted"')
    path.write_text(text, encoding="utf-8")
    return config.open_workspace(root)


def collect(space: config.Workspace) -> list[str]:
    said: list[str] = []

    def tell(event: object) -> None:
        assert isinstance(event, Said)
        said.append(str(event.text))

    with lock.hold(space.root), store.Store(space.library) as library:
        run.collect(space, library, DAY, [], None, tell, connect=partial(Client, interval=0.02))
    return said


def stands(space: config.Workspace) -> Standing:
    with store.Store(space.library) as library:
        return standing(space, library)


def test_a_rerun_asks_for_what_is_missing_and_for_nothing_else(space: config.Workspace, arxiv: Arxiv) -> None:
    arxiv.pdfs = {"2512.00012v1": PDF}
    arxiv.faults = [status(200, _listing(arxiv)), status(200, PDF), status(404), status(404, GONE)]
    said = collect(space)
    assert [r.path for r in arxiv.requests] == ["/api/query", *(f"/pdf/{name}" for name in IDS)]
    assert any("2512.00011: no-pdf: arXiv has no PDF of it yet" in text for text in said)
    arxiv.pdfs["2512.00011v1"] = PDF  # in the evening
    collect(space)
    assert [r.path for r in arxiv.requests[4:]] == ["/pdf/2512.00011v1"]
    collect(space)
    assert len(arxiv.requests) == 5
    assert [entry.why for entry in ledger.read(space.ledger)] == [
        "listing",
        *(f"PDF of 2512.000{number}" for number in (12, 11, 10, 11)),
    ]
    found = stands(space)
    assert found.counts["explain"] == {"done": 0, "pending": 2, "failed": 0, "skipped": 1}
    assert found.reasons[Reason("withdrawn", Notice("arXiv says that this version has been withdrawn"))] == 1
    assert found.last_collect is not None
    assert (found.last_collect.day, found.last_collect.source, found.last_collect.papers) == (DAY, "arXiv", 3)


def test_an_old_days_listing_serves_for_half_a_day(space: config.Workspace, arxiv: Arxiv) -> None:
    arxiv.pdfs = dict.fromkeys(IDS, PDF)
    collect(space)
    (path,) = space.cache.iterdir()
    for hours, requests in ((11, 4), (13, 5)):
        made = re.sub(rb'"at":[0-9.]+', f'"at":{time.time() - hours * 3600}'.encode(), path.read_bytes(), count=1)
        path.write_bytes(made)
        collect(space)
        assert len(arxiv.requests) == requests


def _listing(arxiv: Arxiv) -> bytes:
    return feed(arxiv.ids, len(arxiv.ids))


def test_one_bad_pdf_stops_no_other_and_the_page_says_why(space: config.Workspace, arxiv: Arxiv) -> None:
    arxiv.pdfs = dict.fromkeys(IDS, PDF)
    arxiv.faults = [
        status(200, _listing(arxiv)),
        status(200, b"<html>"),
        lambda handler: handler.reply(200, b"%PDF-", length=2**30),
    ]
    collect(space)
    assert sorted(path.name for path in space.pdfs.glob("[!.]*")) == ["2512.00010v1.pdf"]
    assert {str(reason): count for reason, count in stands(space).reasons.items()} == {
        "waiting: not done yet": 4,  # three translations and the breakdown whose PDF is here
        "no-pdf: arXiv sent something that is not a PDF; the next run asks again": 1,
        "pdf-too-large: arXiv's PDF is over 100 MiB": 1,
    }
    with store.Store(space.library) as library:
        published = publish(space, library, DAY, planner(space, library))
    assert "论文 PDF 过大" in published.page.read_text(encoding="utf-8")
    export = json.loads(published.export.read_bytes())
    states = {paper["id"]: paper["breakdown"]["status"] for paper in export["papers"]}
    assert states == {"2512.00012": "pending", "2512.00011": "failed", "2512.00010": "pending"}


def test_the_workspace_stands_as_its_page_says(space: config.Workspace) -> None:
    assert stands(space).last_collect is None
    published = whole_day(space, Scripted(), pdf_dir=None)
    found = stands(space)
    export = json.loads(published.export.read_bytes())["counts"]
    assert (found.listed, found.shown) == (export["listed"], export["shown"]) == (2, 2)
    assert found.counts["translate"] == {"done": export["translated"], "pending": 0, "failed": 0, "skipped": 0}
    assert found.counts["explain"] == {"done": 0, "pending": export["pending"], "failed": 0, "skipped": 0}
    assert found.reasons == {plan.NO_PDF: 2}
    assert found.days == (date(2026, 1, 30),)
    assert sum(found.disk.values()) == sum(path.stat().st_size for path in space.root.rglob("*") if path.is_file())
    whole_day(space, Scripted())
    text = overview.words(overview.rows(stands(space), [("tiny", 300, 10.0, 2, 1.5)]))
    assert "(tiny, the last 2); 1.5 prompt tokens decoded for each one written" in text
    for line in (
        "pages         1, 2026-01-30 to 2026-01-30",
        "papers        2 listed, 2 for your pages",
        "translations  2 done",
        "breakdowns    2 done",
        "UTC from files: 2 papers for 2026-01-30",
    ):
        assert line in text


def test_the_ledger_prints_a_line_a_request(space: config.Workspace) -> None:
    book = ledger.Ledger(space.ledger)
    book.over(book.asked("https://arxiv.org/a", "listing"), 200, 1234, 0.5)
    book.over(book.asked("https://arxiv.org/b", "PDF of b"), 0, 0, 5, "did not answer in time")
    book.asked("https://arxiv.org/c", "PDF of c")
    lines = [ledger_line(entry)[21:] for entry in ledger.read(space.ledger)]
    assert [" ".join(line.split()) for line in lines] == [
        "200 1234 0.50 s https://arxiv.org/a listing",
        "none 0 5.00 s https://arxiv.org/b PDF of b: did not answer in time",
        "stopped 0 0.00 s https://arxiv.org/c PDF of c",
    ]


# ---------------------------------------------------------------- withdrawn papers


def test_a_withdrawn_paper_is_not_asked_for_and_is_labelled(space: config.Workspace, arxiv: Arxiv) -> None:
    arxiv.pdfs = dict.fromkeys(IDS, PDF)
    comment = (
        b"<arxiv:comment xmlns:arxiv='http://arxiv.org/schemas/atom'>This paper has been withdrawn</arxiv:comment>"
    )
    arxiv.faults = [status(200, _listing(arxiv).replace(b"<category", comment + b"<category", 1))]
    collect(space)
    assert [request.path for request in arxiv.requests[1:]] == [f"/pdf/{name}" for name in IDS[1:]]
    assert stands(space).reasons[plan.WITHDRAWN] == 1
    with store.Store(space.library) as library:
        published = publish(space, library, DAY, planner(space, library))
    assert published.page.read_text(encoding="utf-8").count("论文已撤回") == 1
