"""The pages in a real browser, with no error on the console and no request that leaves the page: the archive, hostile
texts, barriers. `test_browser_day` has the day's page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from localdigest.pages import site
from localdigest.render import html
from localdigest.render.forms import Wishes
from tests.kit.digests import every_place
from tests.kit.payloads import LINES, PAYLOADS, seen, titled
from tests.kit.reader import CHROMIUM, Reader

sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright (pip install -e '.[dev]')")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")


# ---------------------------------------------------------------- a small site


# ---------------------------------------------------------------- the browser


# ---------------------------------------------------------------- the archive


def test_the_archive_searches_both_languages_and_leads_to_the_paper(reader: Reader, folder: Path) -> None:
    page = reader.open(folder / "index.html")
    assert [text.split()[0] for text in reader.shown(".day-row a")] == ["2026-01-05", "2025-12-17", "2025-12-16"]
    for text, expected in [
        ("remove noise", ["Denoising speech 2", "Denoising speech 1", "Denoising speech 0"]),
        ("去除噪声", ["Denoising speech 2", "Denoising speech 1", "Denoising speech 0"]),
        ("第1篇", ["Writing music 1"]),
        ("作曲 2512.00021", ["Writing music 2"]),
        ("author 11 SPEECH 2512.00000", ["Denoising speech 0"]),
        ("ｎｏｉｓｅ 2512.00010", ["Denoising speech 1"]),
    ]:
        page.fill("#find", text)
        reader.waits_for("#results a", expected)
        assert reader.shown("#found") == [f"找到 {len(expected)} 篇"]
        assert reader.shown("#days") == []
    page.fill("#find", "eech sp 2512.00010")  # side by side they are one mark
    reader.waits_for("#results a", ["Denoising speech 1"])
    assert reader.shown("#results a mark") == ["speech"]
    page.fill("#find", "nothing has this")
    reader.waits_for("#found", ["没有找到"])
    page.fill("#find", "去除噪声 2512.00010")
    reader.waits_for("#results a", ["Denoising speech 1"])
    assert reader.shown("#results mark")[0] == "去除噪声"
    page.click("#results a")
    page.wait_for_selector(".paper:target")
    assert page.url == (folder / "2025-12-17.html").as_uri() + "#p2512.00010"
    assert page.query_selector(".paper:target").bounding_box()["y"] < 300
    assert {url.partition("#")[0] for url in reader.requests} == {
        (folder / name).as_uri() for name in ("index.html", "2025-12-17.html")
    }


def test_the_archive_filters_its_days(reader: Reader, folder: Path) -> None:
    page = reader.open(folder / "index.html")
    assert reader.shown("[data-filter='*']") == []  # nothing is starred
    page.click("[data-filter='cs.CL']")
    assert reader.shown(".day-row .count") == ["1 篇", "1 篇", "1 篇"]
    page.fill("#find", "abstract speech noise dB")
    reader.waits_for("#found", ["没有找到"])
    page.keyboard.press("Escape")
    page.click("[data-filter='']")
    assert reader.shown(".day-row .count") == ["2 篇", "2 篇", "2 篇"]
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.href") == (folder / "2026-01-05.html").as_uri()


def test_the_archive_draws_its_days(reader: Reader, folder: Path) -> None:
    page = reader.open(folder / "index.html")
    bars = page.query_selector_all(".chart g")
    assert len(bars) == 3
    assert all(bar.bounding_box()["height"] > 50 for bar in bars)
    colours = {page.evaluate("e => getComputedStyle(e).fill", rect) for rect in page.query_selector_all(".chart rect")}
    assert len(colours) == 2
    assert reader.shown(".legend span")[:2] == ["cs.CL", "cs.SD"]


# ---------------------------------------------------------------- strangers' texts, everybody's readers


def test_hostile_texts_run_nothing_and_are_seen(reader: Reader, tmp_path: Path) -> None:
    texts = [text for text in (*PAYLOADS, *LINES) if seen(text)]
    path = tmp_path / "2025-12-17.html"
    path.write_text(html.to_html(every_place(texts)), encoding="utf-8")
    site.write_record(tmp_path, every_place(texts))
    site.write_index(tmp_path, "zh-CN", Wishes())
    page = reader.page
    page.on("dialog", lambda dialog: reader.troubles.append(f"dialog: {dialog.message}"))
    page.on("popup", lambda popup: reader.troubles.append(f"popup: {popup.url}"))
    before = path.as_uri()
    reader.open(path)
    page.keyboard.press("l")
    page.click("#originals")
    page.click("#breakdowns")
    for selector in (
        "script",
        "iframe, object, embed, img, base, link[rel=stylesheet]",
        "[onclick], [onerror], [onload], [style]",
    ):
        assert len(page.query_selector_all(selector)) == (3 if selector == "script" else 0), selector
    handlers = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/i.test(n))"
    assert page.evaluate(handlers) == []
    titles = [each.text_content() for each in page.query_selector_all(".paper h2")]
    for text, title in zip(texts, titles, strict=False):
        if not re.search(r"[$\\]", text):
            assert " ".join(title.split()) == titled(text)
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.click(".translation [data-s] >> nth=0")
    assert page.url == before

    reader.open(tmp_path / "index.html")
    page.fill("#find", "script")
    page.wait_for_selector("#results li")
    assert page.evaluate(handlers) == []
    assert len(page.query_selector_all("#results script, #results img")) == 0
    links = {each.get_attribute("href") for each in page.query_selector_all("#results a")}
    assert all(re.fullmatch(r"2025-12-17\.html#p2512\.\d{5}", link or "") for link in links)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["2026-01-05.html", "index.html"])
def test_no_barriers_that_axe_knows(make_reader: Any, folder: Path, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    # It has to get past the page's own policy.
    reader = make_reader(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = reader.open(folder / name)
    if name == "index.html":
        page.fill("#find", "noise")
        page.wait_for_selector("#results li")
    else:
        page.click("#originals")
        page.click("#breakdowns")
        page.keyboard.press("j")
        page.keyboard.press("e")
        page.keyboard.press("s")
        page.click("[data-mark=note] >> nth=0")
    found = axe.Axe().run(page)
    told = [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found.response["violations"]]
    assert told == []
