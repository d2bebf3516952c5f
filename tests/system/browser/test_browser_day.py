"""A day's page in a real browser: reading, finding, keys, marks, light and dark, widths, print."""

from __future__ import annotations

import json
import re
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from localdigest.records import Evidence, Point
from localdigest.render import html
from tests.kit.digests import digest, every_place, explained, paper, translated
from tests.kit.reader import CHROMIUM, Reader, day

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")


def test_a_long_list_of_authors_is_folded(reader: Reader, today: Path) -> None:
    page = reader.open(today)
    names = [f"Author{n}" for n in range(12)]
    assert "".join(reader.shown(".authors")[0].split()) == ",".join(names[:8]) + "另4位作者"
    page.click(".more summary")
    assert "".join(reader.shown(".authors")[0].split()) == ",".join(names)


def test_a_page_opens_whole_and_asks_for_nothing(reader: Reader, today: Path) -> None:
    page = reader.open(today)
    assert page.title() == "arXiv Daily – 2026-01-05"
    assert reader.shown("h2[lang]") == ["Denoising speech 2", "Writing music 2"]
    assert reader.requests == [today.as_uri()]
    assert page.query_selector(".translation math").bounding_box()["width"] > 5


def test_the_original_stands_beside_its_translation_and_sentences_answer_each_other(
    reader: Reader, today: Path
) -> None:
    page = reader.open(today)
    first = page.query_selector(".paper")
    assert reader.shown(".original p") == []
    first.query_selector(".toggle-original").click()
    left, right = (first.query_selector(each).bounding_box() for each in (".translation", ".original"))
    assert right["x"] >= left["x"] + left["width"]
    assert abs(right["y"] - left["y"]) < 5
    page.hover(".translation [data-s='0']")
    assert reader.lit() == ["我们去除噪声。", "We remove noise."]
    page.hover(".original [data-s='1'] >> nth=0")
    assert [text.split()[0] for text in reader.lit()] == ["增益为", "The"]
    first.query_selector(".toggle-original").click()
    assert reader.shown(".original p") == []


def test_a_tap_on_a_sentence_shows_its_original(make_reader: Any, today: Path) -> None:
    reader = make_reader(390, 844, has_touch=True, is_mobile=True)
    page = reader.open(today)
    page.tap(".translation [data-s='0'] >> nth=0")
    assert reader.shown(".peek") == ["We remove noise."]
    page.tap(".translation [data-s='0'] >> nth=0")
    assert reader.shown(".peek") == []


def test_evidence_is_one_click_away(reader: Reader, today: Path) -> None:
    page = reader.open(today)
    assert reader.shown("blockquote p") == []
    page.click(".breakdown > summary")
    assert reader.shown(".breakdown h3")[0] == "研究背景与既有方法的问题"
    assert reader.shown("blockquote p") == []
    page.click(".evidence summary >> nth=0")
    assert reader.shown("blockquote p") == ["Noise is removed here.", "It gains 3 dB."]
    assert page.get_attribute("blockquote a", "href") == "https://arxiv.org/pdf/2512.00020v1#page=3"
    assert "未核实" in reader.shown(".breakdown .badge")


def test_keys_lead_through_the_papers(reader: Reader, today: Path) -> None:
    page = reader.open(today)

    def press(key: str) -> None:
        page.keyboard.press(key)

    def current() -> str | None:
        found = page.query_selector(".paper.current h2")
        return found.inner_text() if found else None

    press("j")
    assert current() == "Denoising speech 2"
    press("j")
    assert current() == "Writing music 2"
    assert page.evaluate("document.activeElement.id") == "p2512.00021"
    press("k")
    assert current() == "Denoising speech 2"
    press("o")
    assert len(reader.shown(".breakdown section")) == 3
    press("e")
    assert len(reader.shown("blockquote")) == 5  # a point of `background` is in `results` too
    press("e")
    assert reader.shown("blockquote") == []
    press("o")
    assert reader.shown(".breakdown section") == []
    press("t")
    assert len(reader.shown(".original p")) == 1
    press("s")
    press("r")
    assert page.get_attribute("#p2512\\.00020", "class").split() == ["paper", "current", "star", "read", "folded"]
    press("?")
    assert (len(reader.shown("dialog dt")), len(reader.shown("dialog .signs dt"))) == (22, 13)
    press("j")  # nothing moves behind the help
    assert current() == "Denoising speech 2"
    press("?")
    assert reader.shown("dialog") == []
    press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("js")  # letters, not keys
    assert page.input_value("#find") == "js"
    press("Escape")
    assert page.input_value("#find") == ""
    assert len(reader.shown(".paper h2")) == 2


def test_finding_and_filtering_leave_the_papers_that_fit(reader: Reader, today: Path) -> None:
    page = reader.open(today)
    for text, expected in [
        ("噪声", ["Denoising speech 2"]),
        ("NOISE", ["Denoising speech 2"]),
        ("作曲", ["Writing music 2"]),
        ("author 11", ["Denoising speech 2"]),
        ("00021", ["Writing music 2"]),
        ("noise 作曲", []),
        ("", ["Denoising speech 2", "Writing music 2"]),
    ]:
        page.fill("#find", text)
        assert reader.shown(".paper h2") == expected, text
        assert reader.shown(".contents li a span") == expected
    page.click("[data-filter='cs.CL']")
    assert reader.shown(".paper h2") == ["Writing music 2"]
    assert reader.shown("#found") == ["1 / 2 篇"]
    page.click("[data-filter='cs.CL']")
    assert len(reader.shown(".paper h2")) == 2


def test_titles_are_found_in_both_languages(reader: Reader, tmp_path: Path) -> None:
    one, two = paper(1, "A fast vocoder"), paper(2, "Half")
    path = tmp_path / "titles.html"
    path.write_text(html.to_html(digest([one, two], translated(one, "译文一。", title="快速声码器"))), encoding="utf-8")
    page = reader.open(path)
    assert (reader.shown(".paper h2")[0], reader.shown(".original-title")) == ("快速声码器", ["A fast vocoder"])
    for text, expected in (("声码器", ["快速声码器"]), ("vocoder", ["快速声码器"]), ("half", ["Half"])):
        page.fill("#find", text)
        assert reader.shown(".paper h2") == expected


def test_marks_stay_in_the_browser(reader: Reader, today: Path, folder: Path) -> None:
    page = reader.open(today)
    page.click("[data-mark=star] >> nth=1")
    page.click("[data-mark=note] >> nth=1")
    page.keyboard.type("看第三节 <b>")
    page.click("h1")
    page.click("[data-mark=hide] >> nth=0")
    kept = json.loads(page.evaluate("localStorage.getItem('localdigest-marks')"))
    assert kept == {
        "2512.00021": {"star": True, "read": False, "hide": False, "note": "看第三节 <b>"},
        "2512.00020": {"star": False, "read": False, "hide": True, "note": ""},
    }
    page.reload()
    assert reader.shown(".paper .translation") == ["音乐生成第2篇。"]
    assert page.input_value("textarea >> nth=1") == "看第三节 <b>"
    page.click("[data-filter='*']")
    assert reader.shown(".paper h2") == ["Writing music 2"]
    reader.open(folder / "index.html")
    page.click("[data-filter='*']")
    page.wait_for_selector("#results li")
    assert reader.shown("#results a") == ["Writing music 2"]


def test_marks_go_to_the_server_where_the_page_names_one(make_reader: Any, today: Path) -> None:
    reader, posted = make_reader(), []
    text = html.to_html(day(2, date(2026, 1, 5)), marks="/api/marks").encode()

    class Served(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            marks = b'{"2512.00021": {"star": true, "read": false, "hide": false, "note": ""}}'
            self.answer(200, *((marks, "application/json") if self.path == "/api/marks" else (text, "text/html")))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            posted.append((self.path, self.headers["X-Localdigest"], body))
            self.answer(200, b"{}", "application/json")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = reader.page
        page.goto(f"http://127.0.0.1:{server.server_port}/2026-01-05.html")
        page.wait_for_selector(".paper.star")
        assert page.get_attribute(".paper.star", "id") == "p2512.00021"
        with page.expect_response("**/api/marks/*"):
            page.click("[data-mark=read] >> nth=0")
        assert posted == [("/api/marks/2512.00020", "1", {"read": True})]
        assert page.evaluate("localStorage.getItem('localdigest-marks')") is None
        assert reader.shown(".toast") == []
    finally:
        server.shutdown()
        server.server_close()


def background(page: Any) -> int:
    """Brightness of the page, 0 to 255."""
    found = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", found)[:3]) // 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_until_the_reader_chooses(make_reader: Any, today: Path, scheme: str) -> None:
    reader = make_reader(color_scheme=scheme)
    page = reader.open(today)
    assert (background(page) > 200) == (scheme == "light")
    page.click("#theme")
    assert (background(page) > 200) == (scheme == "dark")
    page.reload()
    assert (background(page) > 200) == (scheme == "dark")


@pytest.mark.parametrize("name", ["2026-01-05.html", "index.html", "hostile"])
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1600])
def test_no_width_scrolls_sideways(make_reader: Any, folder: Path, tmp_path: Path, name: str, width: int) -> None:
    reader = make_reader(width, 800)
    path = folder / name
    if name == "hostile":
        path = tmp_path / "hostile.html"
        long = every_place(["x" * 400, "中" * 400, "$" + "x+" * 200 + "$", "https://x.example/" + "y" * 300])
        path.write_text(html.to_html(long), encoding="utf-8")
    page = reader.open(path)
    for selector in ("#originals", "#breakdowns"):
        if page.query_selector(selector):
            page.click(selector)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_print_shows_what_is_folded_and_no_controls(reader: Reader, today: Path) -> None:
    page = reader.open(today)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert reader.shown(".bar, .marks, .contents, .filters") == []
    assert len(reader.shown("blockquote")) == 7
    assert len(page.pdf(format="A4")) > 10_000
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert reader.shown("blockquote") == []


def test_without_scripts_all_can_still_be_read(make_reader: Any, today: Path) -> None:
    reader = make_reader(java_script_enabled=False)
    page = reader.open(today)
    assert reader.shown(".marks, .filters, .tools") == []
    page.click(".original summary >> nth=0")
    assert len(reader.shown(".original p")) == 1
    page.click(".breakdown > summary >> nth=0")
    page.click(".evidence summary >> nth=0")
    assert len(reader.shown("blockquote p")) == 2


@pytest.mark.parametrize("width", [400, 800, 1160, 1400, 2000])
def test_pdfs_explained_by_themselves_are_readable_at_every_width(make_reader: Any, tmp_path: Path, width: int) -> None:
    text = "我们去除噪声，并在十二个数据集上测量效果。" * 4
    result = explained(paper(1, "draft.pdf"), Point(text, (Evidence(3, "Noise is removed here."),)))
    (tmp_path / "page.html").write_text(html.to_papers([("draft.pdf", "A draft", result)], "zh-CN"), encoding="utf-8")
    page = make_reader(width).open(tmp_path / "page.html")
    box = page.query_selector(".breakdown li").bounding_box()
    assert box["width"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heading = page.query_selector("h2").bounding_box()
    assert abs(heading["x"] + 0.5 * min(width, 62 * 16) - width / 2) < 40  # the column is in the middle
