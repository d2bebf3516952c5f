"""The pages in a real browser: what a reader does, with no error on the console and no request that leaves the page."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from digests import MADE, digest, explained, paper
from payloads import LINES, PAYLOADS, seen
from test_html_hostile import every_place

from localdigest import site
from localdigest.records import Digest, Evidence, Paper, Point, Result, Translation
from localdigest.render import html
from localdigest.render.forms import Wishes

sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright (pip install -e '.[dev]')")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian: apt-get install chromium)")


# ---------------------------------------------------------------- a small site


def translated(one: Paper, *pairs: tuple[str, str]) -> Result:
    translation = Translation("".join(draft for _, draft in pairs), pairs)
    return Result(one.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE)


def day(number: int, when: date) -> Digest:
    speech = replace(
        paper(10 * number, f"Denoising speech {number}", tuple(f"Author {n}" for n in range(12))),
        abstract="We remove noise. The gain is $F_0$ of 3 dB.",
    )
    music = replace(
        paper(10 * number + 1, f"Writing music {number}"), categories=("cs.CL", "cs.SD"), primary_category="cs.CL"
    )
    quotes = (Evidence(3, "Noise is removed here."), Evidence(4, "It gains 3 dB."))
    found = digest(
        [speech, music],
        translated(
            speech, ("We remove noise.", "我们去除噪声。"), ("The gain is $F_0$ of 3 dB.", "增益为 $F_0$ 的 3 dB。")
        ),
        translated(music, ("Abstract.", f"音乐生成第{number}篇。")),
        explained(speech, Point("去噪方法。", quotes), Point("增益 3 dB。", quotes[1:], verified=False), hidden=2),
        explained(music, Point("作曲。", (Evidence(1, "Composed."),))),
    )
    return replace(found, window=replace(found.window, day=when))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("site")
    for number, when in enumerate((date(2025, 12, 16), date(2025, 12, 17), date(2026, 1, 5))):
        (where / f"{when}.html").write_text(html.to_html(day(number, when)), encoding="utf-8")
        site.keep(where, day(number, when))
    site.write_index(where, "zh-CN", Wishes())
    return where


# ---------------------------------------------------------------- the browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield started
        started.close()


@dataclass
class Reader:
    """A reader's tab, and whatever went wrong in it."""

    page: Any
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: Path, fragment: str = "") -> Any:
        self.page.goto(path.as_uri() + fragment)
        return self.page

    def shown(self, selector: str) -> list[str]:
        return [each.inner_text() for each in self.page.query_selector_all(selector) if each.is_visible()]

    def waits_for(self, selector: str, texts: list[str]) -> None:
        """Until the visible elements have these texts. A condition evaluated in the page is what its policy forbids."""
        for _ in range(400):
            if self.shown(selector) == texts:
                return
            self.page.wait_for_timeout(25)
        assert self.shown(selector) == texts

    def lit(self) -> list[str]:
        return [each.inner_text() for each in self.page.query_selector_all(".lit, .held")]


@pytest.fixture
def make_reader(browser: Any) -> Iterator[Any]:
    readers: list[Reader] = []

    def make(width: int = 1280, height: int = 900, **options: Any) -> Reader:
        page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
        reader = Reader(page)
        page.on("console", lambda message: reader.troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: reader.troubles.append(str(error)))
        page.on("request", lambda request: reader.requests.append(request.url))
        page.set_default_timeout(10_000)
        readers.append(reader)
        return reader

    yield make
    for reader in readers:
        reader.page.context.close()
        assert reader.troubles == []
        outside = [url for url in reader.requests if not url.startswith(("file:", "data:", "http://127.0.0.1:"))]
        assert outside == []


@pytest.fixture
def reader(make_reader: Any) -> Reader:
    made: Reader = make_reader()
    return made


@pytest.fixture
def today(folder: Path) -> Path:
    return folder / "2026-01-05.html"


# ---------------------------------------------------------------- the day's page


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


def test_keys(reader: Reader, today: Path) -> None:
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
    assert page.get_attribute("#p2512\\.00020", "class").split() == ["paper", "current", "star", "read"]
    press("?")
    assert len(reader.shown("dialog dt")) == 7
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


def test_finding_and_filtering(reader: Reader, today: Path) -> None:
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
        assert reader.shown(".contents li a") == expected
    page.click("[data-filter='cs.CL']")
    assert reader.shown(".paper h2") == ["Writing music 2"]
    assert reader.shown("#found") == ["1 / 2 篇"]
    page.click("[data-filter='cs.CL']")
    assert len(reader.shown(".paper h2")) == 2


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
    site.keep(tmp_path, every_place(texts))
    site.write_index(tmp_path, "zh-CN", Wishes())
    page = reader.page
    page.on("dialog", lambda dialog: reader.troubles.append(f"dialog: {dialog.message}"))
    page.on("popup", lambda popup: reader.troubles.append(f"popup: {popup.url}"))
    before = path.as_uri()
    reader.open(path)
    page.click("#originals")
    page.click("#breakdowns")
    for selector in (
        "script",
        "iframe, object, embed, img, base, link[rel=stylesheet]",
        "[onclick], [onerror], [onload], [style]",
    ):
        assert len(page.query_selector_all(selector)) == (2 if selector == "script" else 0), selector
    handlers = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => /^on/i.test(n))"
    assert page.evaluate(handlers) == []
    titles = [each.text_content() for each in page.query_selector_all(".paper h2")]
    for text, title in zip(texts, titles, strict=False):
        if not re.search(r"[$\\]", text):
            assert " ".join(title.split()) == " ".join(seen(text).split())
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
