"""The served archive in a real browser: searching on the server, marks that are there again on another page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdigest.records import Marks
from localdigest.serve import Server, listen
from localdigest.store import Store
from localdigest.workspace import config
from tests.kit.digests import paper
from tests.kit.reader import CHROMIUM, Reader
from tests.kit.scripted_engine import Scripted, whole_day
from tests.kit.served_archive import running

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")


@pytest.fixture
def space(tmp_path: Path) -> config.Workspace:
    config.create(tmp_path)
    made = config.open_workspace(tmp_path)
    whole_day(made, Scripted(), pdf_dir=None)
    return made


@pytest.fixture
def server(space: config.Workspace) -> Iterator[Server]:
    yield from running(listen(space, "", 0, ask_token=True))


def test_a_reader_searches_stars_and_notes(reader: Reader, server: Server, space: config.Workspace) -> None:
    page = reader.page
    page.goto(server.addresses[0])
    root = server.addresses[0].partition("?")[0]
    assert page.url == root  # the token is in no history
    page.fill("#find", "noise recently")
    reader.waits_for("#results li > a", ["ICASSP 2021 Deep Noise Suppression Challenge"])
    assert "recently" in reader.shown("#results mark")
    assert reader.shown("#results a mark") == ["Noise"]
    page.click("#results li > a")
    assert page.url.startswith(f"{root}2026-01-30.html#p2009.06122")
    card = "article[data-id='2009.06122']"
    page.click(f"{card} [data-mark=star]")
    page.wait_for_selector(f"{card} [data-mark=star][aria-pressed=true]")
    page.wait_for_timeout(300)
    with Store(space.library) as store:
        assert store.marks() == {"2009.06122": Marks(star=True)}
        store.mark("2202.13288", read=True, note="later")
    page.reload()
    page.wait_for_selector(f"{card} [data-mark=star][aria-pressed=true]")
    page.wait_for_selector("article[data-id='2202.13288'] [data-mark=read][aria-pressed=true]")
    with Store(space.library) as library:
        library.add_papers([paper(7, "𝔸𝔹 fast gates, and a gate")])  # the server counts 𝔸 as one, the page as two
    page.goto(root)
    page.fill("#find", "gate")
    reader.waits_for("#results li > a", ["𝔸𝔹 fast gates, and a gate"])
    assert reader.shown("#results a mark") == ["gates", "gate"]
    page.fill("#find", "")
    page.click("[data-filter='*']")
    reader.waits_for("#results li > a", ["ICASSP 2021 Deep Noise Suppression Challenge"])
    assert {request.partition("?")[0] for request in reader.requests if "/api/" in request} == {
        f"{root}api/marks", f"{root}api/search", f"{root}api/marks/2009.06122"
    }  # fmt: skip
