"""Sixty papers in a real browser: a list to scan, unfolding, marks and their undoing, what a reload keeps, print."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from localdigest.pages import site
from localdigest.render import html
from localdigest.render.forms import Wishes
from tests.kit.reader import CHROMIUM, Reader
from tests.kit.sixty import sixty

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listed")
    for when, count in ((date(2025, 12, 17), 60), (date(2025, 12, 19), 16)):
        (folder / f"{when}.html").write_text(html.to_html(sixty(count, when)), encoding="utf-8")
        site.write_record(folder, sixty(count, when))
    site.write_index(folder, "zh-CN", Wishes())
    return folder / "2025-12-17.html"


SMALL = """[...document.querySelectorAll('button, a, summary, [role=button]')]
.filter(e => e.checkVisibility() && !e.closest('.vh') && e.className !== 'skip')
.map(e => [e.outerHTML.slice(0, 200), e.getBoundingClientRect()])
.filter(([, r]) => r.width && (r.width < 24 || r.height < 24)).map(([text]) => text)"""
"""What is too small for a finger."""
BROKEN = """[...document.querySelectorAll('h1, h2, h3, .original-title, .contents a, .brand')]
.filter(e => e.checkVisibility() && !e.closest('.vh')).flatMap(e => {
  const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) found.push(word[0]);
    }
  }
  return found;
})"""
"""Latin words of headings that stand on two lines."""


def screens(page: Any) -> float:
    """With all rows drawn: those outside of the window take what they are thought to."""
    page.evaluate("document.styleSheets[0].insertRule('.folded { content-visibility: visible !important }')")
    height, window = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    return float(height / window)


def count(page: Any, selector: str) -> int:
    """How many of these a reader sees; in one question, where there are hundreds."""
    return int(page.evaluate(f"[...document.querySelectorAll({selector!r})].filter(e => e.checkVisibility()).length"))


def top_of(page: Any, selector: str) -> float:
    return float(page.eval_on_selector(selector, "e => e.getBoundingClientRect().top"))


@pytest.mark.parametrize(("width", "height", "most"), [(1400, 900, 7), (390, 844, 14)])
def test_a_day_is_a_list_of_a_few_screens(make_reader: Any, listed: Path, width: int, height: int, most: int) -> None:
    reader: Reader = make_reader(width, height)
    page = reader.open(listed)
    assert screens(page) <= most
    assert count(page, ".paper .gist") == 60
    assert count(page, ".translation") == 0
    row = page.query_selector(".paper:nth-of-type(2)")
    assert "第1种" in row.query_selector("h2").inner_text()
    assert "number 1 for" in row.query_selector(".original-title").inner_text()
    assert [each.inner_text() for each in row.query_selector_all(".badge")] == ["ICASSP 2026", "代码"]
    warned = {43: ["已撤稿", "有图"], 45: ["未核实"], 48: ["隐藏文字 2 处"], 4: ["数据", "有图"], 6: ["未核实"]}
    for number, badges in warned.items():
        assert reader.shown(f"#p2512\\.{number:05} .tags .badge") == badges, number
    assert "排名 2" in row.inner_text()
    assert row.query_selector(".byline").text_content() == "Ann Author · 2512.00002"
    assert "作者 Ann Author" in page.query_selector(".paper").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL) == []
    page.click("#p2512\\.00001 h2")
    assert count(page, "#p2512\\.00001 img") == 2
    assert page.evaluate(BROKEN) == []
    if width < 600:  # where there is least room, a title is whole
        cut = "[...document.querySelectorAll('.original-title')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert page.evaluate(cut) == 0


@pytest.mark.parametrize("width", [1400, 390])
def test_what_is_pressed_is_large_enough_for_a_finger(make_reader: Any, listed: Path, width: int) -> None:
    page = make_reader(width, 844).open(listed.with_name("2025-12-19.html"))
    page.keyboard.press("l")
    page.evaluate("document.querySelectorAll('.paper details').forEach(each => each.open = true)")
    assert page.evaluate(SMALL) == []
    assert page.evaluate(BROKEN) == []
    page.keyboard.press("?")
    assert page.evaluate(SMALL) == []
    page.goto(listed.with_name("index.html").as_uri())
    assert page.evaluate(SMALL) == []
    page.fill("#find", "word error rate")
    page.wait_for_selector("#results li")
    assert page.evaluate(SMALL) == []


def test_a_figure_is_enlarged_and_reduced(make_reader: Any, listed: Path) -> None:
    page = make_reader(1400, 900).open(listed, "#p2512.00004")
    image = "#p2512\\.00004 img >> nth=0"
    assert page.get_attribute(image, "alt") == "图 2：第3种编码器的结构。"
    before = page.query_selector(image).bounding_box()["width"]
    page.click(image)
    large = page.query_selector(image).bounding_box()["width"]
    assert before < 0.7 * large
    page.keyboard.press("Enter")
    assert page.query_selector(image).bounding_box()["width"] == before


def test_what_is_unfolded_and_where_the_reader_was_survive_a_reload(make_reader: Any, listed: Path) -> None:
    reader: Reader = make_reader(1400, 900)
    page = reader.open(listed)
    for _ in range(30):
        page.keyboard.press("j")
    page.keyboard.press("o")
    thirtieth = "#p2512\\.00030"
    assert count(page, ".translation") == count(page, ".breakdown[open]") == 1
    page.wait_for_timeout(100)
    before = top_of(page, thirtieth)
    page.reload()
    page.wait_for_selector(f"{thirtieth} .translation", state="visible")
    assert abs(top_of(page, thirtieth) - before) < 3
    page.click(f"{thirtieth} h2")
    assert count(page, ".translation") == 0
    page.keyboard.press("l")
    assert count(page, ".translation") == 60
    assert -2 < top_of(page, thirtieth) < 900  # the paper stays in the window
    page.reload()
    assert count(page, ".translation") == 60  # the reader's choice
    page.click("button[data-view=list]")
    assert count(page, ".translation") == 0


def test_read_papers_fold_and_hidden_ones_vanish_until_undone(make_reader: Any, listed: Path) -> None:
    reader: Reader = make_reader(1400, 900)
    page = reader.open(listed)
    assert reader.shown("[data-filter='*'], [data-filter='-']") == []  # no buttons for nothing
    page.keyboard.press("j")
    page.keyboard.press("o")
    assert count(page, ".translation") == 1
    page.keyboard.press("r")
    assert count(page, ".translation") == 0
    page.keyboard.press("x")
    assert count(page, ".paper h2") == 59
    assert page.query_selector(".paper.current .number").inner_text() == "2"
    assert "已隐藏：面向低资源" in reader.shown(".toast")[0]
    page.keyboard.press("u")
    assert count(page, ".paper h2") == 60
    page.click("[data-mark=hide] >> nth=4")
    page.click(".toast button")
    assert count(page, ".paper h2") == 60
    page.click("[data-mark=hide] >> nth=4")
    page.reload()
    assert count(page, ".paper h2") == 59
    page.click("[data-filter='-']")
    assert reader.shown(".paper .number") == ["5"]
    page.click("[data-filter='-']")
    page.keyboard.press("l")
    assert count(page, ".translation") == 58  # in the full text too, one is read and one hidden


def test_finding_marks_its_hits_and_shows_where_they_are(make_reader: Any, listed: Path) -> None:
    reader: Reader = make_reader(1400, 900)
    page = reader.open(listed)
    page.fill("#find", "layers 种分层编码器")
    assert count(page, ".paper h2") == 60
    page.wait_for_selector(".snippet")
    assert reader.shown(".snippet")[0] == "It has 1 layers."
    marked = "[...CSS.highlights.get('found')].map(r => r.startContainer.data.slice(r.startOffset, r.endOffset))"
    assert set(page.evaluate(marked)) == {"layers", "种分层编码器"}
    page.fill("#find", "降低12.5%")  # which is set with a space
    page.wait_for_timeout(200)
    assert set(page.evaluate(marked)) == {"降低 12.5%"}
    assert count(page, ".paper h2") == 60
    page.fill("#find", "zenodo.org")
    assert reader.shown(".paper .number") == [str(number) for number in range(4, 61, 5)]
    page.keyboard.press("Escape")
    assert count(page, ".paper h2") == 60
    assert reader.shown(".snippet") == []


def test_all_categories_can_be_reached(make_reader: Any, listed: Path) -> None:
    page = make_reader(1400, 900).open(listed)
    assert count(page, "[data-filter]") == 9
    page.click(".others summary")
    assert count(page, "[data-filter]") == 11
    page.click("[data-filter='physics.data-an']")
    assert count(page, ".paper h2") == 15


def test_the_papers_stand_by_field_when_asked_and_after_a_reload(make_reader: Any, listed: Path) -> None:
    reader: Reader = make_reader(1400, 900)
    page = reader.open(listed)
    page.keyboard.press("j")
    page.click("[data-order=field]")
    assert reader.shown(".field")[:2] == [
        "astro-ph.GA · Astrophysics of Galaxies",
        "cs.CV · Computer Vision and Pattern Recognition",
    ]
    assert reader.shown(".paper .number")[:11] == [str(number) for number in range(4, 61, 6)] + ["2"]
    page.keyboard.press("k")
    assert page.query_selector(".paper.current .number").inner_text() == "56"  # of cs.CV the last, before cs.SD
    page.click("[data-filter='cs.CV']")
    assert len(reader.shown(".field")) == 1
    page.reload()
    assert reader.shown(".paper .number")[:2] == ["4", "10"]
    page.click("[data-order=number]")
    assert reader.shown(".paper .number")[:3] == ["1", "2", "3"]
    assert reader.shown(".contents b, .field") == []


def test_the_list_at_the_side_keeps_numbers_and_follows_the_reader(make_reader: Any, listed: Path) -> None:
    reader: Reader = make_reader(1400, 900)
    page = reader.open(listed)
    page.keyboard.press("l")
    for _ in range(40):
        page.keyboard.press("j")
    page.wait_for_timeout(100)
    here = page.query_selector(".contents [aria-current]")
    assert here.query_selector("b").inner_text() == "40"
    box = here.bounding_box()
    assert 0 < box["y"] < 900 - box["height"]
    page.fill("#find", "zenodo.org")
    assert reader.shown(".contents b")[:3] == ["4", "9", "14"]


def test_facts_are_shown_and_only_known_hosts_are_links(make_reader: Any, listed: Path) -> None:
    reader: Reader = make_reader(1400, 900, permissions=["clipboard-read", "clipboard-write"])
    page = reader.open(listed, "#p2512.00004")
    facts = page.query_selector("#p2512\\.00004 .facts")
    assert "lab.example.edu/data" in facts.inner_text()
    links = [each.get_attribute("href") for each in facts.query_selector_all("a")]
    assert links == ["https://zenodo.org/records/123456"]
    page.click("#p2512\\.00004 [data-cite=plain]")
    page.wait_for_selector(".toast")
    assert page.evaluate("navigator.clipboard.readText()").startswith("Ann Author. A self-supervised pretraining")
    page.click("#p2512\\.00004 [data-cite=bibtex]")
    page.wait_for_timeout(100)
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{2512.00004,")
    page.click("#p2512\\.00004 [data-cite=csl]")
    page.wait_for_timeout(100)
    (item,) = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert (item["id"], item["author"]) == ("2512.00004", [{"family": "Author", "given": "Ann"}])


def test_the_days_before_and_after_are_one_click_away(reader: Reader, listed: Path) -> None:
    page = reader.open(listed)
    page.click("[rel=next]")
    page.wait_for_selector("time[datetime='2025-12-19']")
    assert count(page, ".paper h2") == 16
    page.click("[rel=next]")
    page.wait_for_selector(".day-row")  # there is none: the archive
    reader.open(listed.with_name("2025-12-19.html")).click("[rel=prev]")
    page.wait_for_selector("time[datetime='2025-12-17']")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 390)])
def test_no_barriers_that_axe_knows(make_reader: Any, listed: Path, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    reader: Reader = make_reader(width, 900, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page = reader.open(listed)
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.keyboard.press("e")
    page.click("[data-mark=read] >> nth=3")
    page.click("[data-mark=hide] >> nth=4")
    found = axe.Axe().run(page)
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found.response["violations"]] == []


def test_the_list_is_printed_short_and_the_full_text_long(make_reader: Any, listed: Path) -> None:
    page = make_reader(1400, 900).open(listed)

    def printed() -> int:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        pages: int = page.pdf(format="A4").count(b"/Type /Page\n")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
        return pages

    short = printed()
    page.keyboard.press("l")
    assert 0 < short <= 8
    assert printed() > 2 * short
