"""Measures the pages for the browser in Chromium: how long they are, how heavy, how fast, and what is wrong with them.

    .venv/bin/python scripts/measure_page.py [--archive] [--pictures FOLDER]

A page of sixty papers with as many figures as a page may have, on a desktop and on a phone; `--archive`: 5,000 papers
on 250 days, too. Times are of this machine, which must be idle. A key's time is from the key to the frame that shows
what is found; marking the hits waits for the reader to pause, and is told apart.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from localdigest.pages import site  # noqa: E402
from localdigest.records import Digest  # noqa: E402
from localdigest.render import html  # noqa: E402
from localdigest.render.forms import Wishes  # noqa: E402
from tests.kit.reader import CHROMIUM  # noqa: E402
from tests.kit.sixty import full, sixty  # noqa: E402

SIZES = {"desktop": (1400, 900), "phone": (390, 844)}
LOOKED_FOR = ("分层编码器 layers 12.5%", "noise suppression w")
"""Thirty keys are pressed: its letters, one after the other and again."""
WATCH = """
window.keyed = []; window.marking = []; window.opened = 0;
let typed = 0;
const painted = (then) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => then(performance.now()); port2.postMessage(0); });
const note = (event) => painted((now) => keyed.push(now - event.timeStamp));
addEventListener("keydown", (event) => event.target.id === "find" || note(event), true);
addEventListener("input", (event) => { typed = event.timeStamp; note(event); }, true);
addEventListener("DOMContentLoaded", () => painted((now) => { window.opened = now; }));
const set = HighlightRegistry.prototype.set;
HighlightRegistry.prototype.set = function (...given) {
  painted((now) => marking.push(now - typed)); return set.apply(this, given); };
new PerformanceObserver((list) => { for (const each of list.getEntries()) (window.long ??= []).push(each.duration); })
  .observe({ type: "longtask", buffered: true });
"""
"""Run before the page's own scripts: notes when what a key does is to be seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", action="store_true", help="the archive of 5,000 papers, too")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="screenshots of list, full text, dark and phone"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = Path(folder, "2025-12-17.html")
        page.write_text(html.to_html(full(sixty())), encoding="utf-8")
        for name, size in SIZES.items():
            print(f"{name} {size[0]} × {size[1]}: 60 papers, {page.stat().st_size / 1e6:.1f} MB")
            measure(browser, page, size, asked.pictures and asked.pictures / name, LOOKED_FOR[0])
        if asked.archive:
            index = archive(Path(folder, "archive"))
            print(f"archive: 5,000 papers, {index.stat().st_size / 1e6:.1f} MB")
            measure(browser, index, SIZES["desktop"], asked.pictures and asked.pictures / "archive", LOOKED_FOR[1])
        browser.close()


def measure(browser: Browser, path: Path, size: tuple[int, int], pictures: Path | None, looked_for: str) -> None:
    """Opens it as a reader does, three times; then types, steps, unfolds and looks for barriers, and tells of it."""
    opened = []
    for _ in range(3):
        shown: Any = browser.new_context(viewport={"width": size[0], "height": size[1]}, bypass_csp=True).new_page()
        troubles: list[str] = []
        requests: list[str] = []
        shown.on("console", lambda message, told=troubles: told.append(message.text))
        shown.on("pageerror", lambda error, told=troubles: told.append(str(error)))
        shown.on("request", lambda request, told=requests: told.append(request.url))
        shown.add_init_script(WATCH)
        busy = shown.context.new_cdp_session(shown)
        busy.send("Performance.enable", {"timeDomain": "threadTicks"})
        shown.goto(path.as_uri())
        shown.wait_for_function("window.opened")
        opened.append(float(shown.evaluate("window.opened")))
    told("opened and drawn", opened)
    print(f"  processor time of it: {spent(busy):.0f} ms")
    listed = path.name != "index.html"
    violations = barriers(shown)
    if listed:
        picture(shown, pictures, "list")
        shown.evaluate("document.styleSheets[0].insertRule('.folded { content-visibility: visible !important }')")
        print(f"  list: {shown.evaluate('document.documentElement.scrollHeight / innerHeight'):.1f} screens")
        shown.evaluate("document.styleSheets[0].deleteRule(0)")
    shown.click("#find")
    letters = (looked_for * 3)[:30]
    shown.wait_for_timeout(1000)  # the archive's texts are unpacked
    shown.evaluate("keyed.length = 0; window.long = []")
    before = spent(busy)
    for at, letter in enumerate(letters):
        if at and at % len(looked_for) == 0:
            shown.fill("#find", "")
        shown.keyboard.press(letter) if letter.isascii() else shown.keyboard.insert_text(letter)
        shown.wait_for_timeout(150)
    told("a key in the search", times(shown))
    print(f"  processor time of one, marks included: {(spent(busy) - before) / len(letters):.0f} ms")
    told("until the hits are marked, its pause of 120 ms included", shown.evaluate("marking.splice(0)"))
    told("tasks of over 50 ms meanwhile", shown.evaluate("window.long || []"))
    picture(shown, pictures, "found")
    shown.keyboard.press("Escape")
    for key in "jo" if listed else "j":
        for _ in range(10):
            shown.keyboard.press(key)
            shown.wait_for_timeout(60)
        told(f"key {key}", times(shown))
    if listed:
        picture(shown, pictures, "unfolded")
        shown.keyboard.press("l")
        shown.wait_for_timeout(200)
        told("key l", times(shown))
        print(f"  full text: {shown.evaluate('document.documentElement.scrollHeight / innerHeight'):.1f} screens")
        violations += barriers(shown)
        picture(shown, pictures, "full")
    shown.emulate_media(color_scheme="dark")
    picture(shown, pictures, "dark")
    print(f"  console: {troubles or 'nothing'}; requests: {len(requests) - 1} beside the page; axe: {violations or 0}")


def spent(busy: Any) -> float:
    """What the page's thread has worked up to now, in milliseconds: the same on a machine that is not idle."""
    found = {each["name"]: each["value"] for each in busy.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(found["TaskDuration"])


def times(shown: Any) -> list[float]:
    shown.wait_for_timeout(100)
    return list(shown.evaluate("keyed.splice(0)"))


def told(what: str, found: list[float]) -> None:
    print(
        f"  {what}: median {median(found or [0]):.0f} ms, worst {max(found or [0]):.0f} ms ({len(found)})", flush=True
    )


def barriers(shown: Any) -> list[str]:
    return [f"{each['id']} ({len(each['nodes'])})" for each in Axe().run(shown).response["violations"]]


def picture(shown: Any, folder: Path | None, name: str) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        shown.screenshot(path=folder / f"{name}.png")


def archive(folder: Path) -> Path:
    """250 days of twenty papers each, of made-up words as long as real ones."""
    folder.mkdir()
    for digest in days():
        (folder / f"{digest.window.day}.html").touch()
        site.write_record(folder, digest)
    return site.write_index(folder, "zh-CN", Wishes())


def days() -> Iterator[Digest]:
    draw = random.Random(7)  # noqa: S311 (no secret)
    words = ["".join(draw.choices("aeiounrstlmkwdg", k=draw.randint(2, 11))) for _ in range(20_000)]
    for number in range(250):
        day = sixty(20, date(2025, 1, 1) + timedelta(number))
        papers = tuple(replace(each, abstract=" ".join(draw.choices(words, k=180))) for each in day.papers)
        yield replace(day, papers=papers)


if __name__ == "__main__":
    main()
