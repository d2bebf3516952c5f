"""Measures pages for the browser in Chromium: how long they are, how heavy, how fast, and what is wrong with them.

    .venv/bin/python scripts/measure_page.py [--archive] [--pictures FOLDER] [PAGE.html ...]

Without a page, one of sixty papers with as many figures as they may have; `--archive`: 5,000 papers on 250 days, too.
On a desktop and on a phone. Times are of this machine, which must be idle; a key's is from the key to the frame that
shows what it does. Hits are marked once the reader pauses. Processor times are of the page's thread alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from localdigest.pages import site  # noqa: E402
from localdigest.render import html  # noqa: E402
from localdigest.render.forms import Wishes  # noqa: E402
from tests.kit.reader import CHROMIUM  # noqa: E402
from tests.kit.sixty import full, sixty  # noqa: E402

SIZES = {"desktop": (1400, 900), "phone": (390, 844)}
LETTERS = ("layers 分层编码器", "词错误率", "noise w")
"""Typed, then cleared: thirty keys in all, once more from the beginning."""
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
"""
"""Run before the page's own scripts: notes when what a key does is to be seen."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="*")
    parser.add_argument("--archive", action="store_true")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = asked.pages or [Path(folder, "2025-12-17.html")]
        if not asked.pages:
            pages[0].write_text(html.to_html(full(sixty())), encoding="utf-8")
        if asked.archive:
            pages.append(archive(Path(folder, "archive")))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for page in pages:
            for name, (width, height) in SIZES.items():
                print(f"{page.name}, {page.stat().st_size / 1e6:.1f} MB, {name} {width} × {height}", flush=True)
                context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
                measure(context.new_page(), page.resolve(), asked.pictures and asked.pictures / f"{page.stem}-{name}")
                context.close()
        browser.close()


def measure(shown: Any, path: Path, pictures: Path | None) -> None:
    """Opens it three times as a reader does; types, steps, unfolds, looks for barriers; prints what it finds."""
    troubles: list[str] = []
    requests: list[str] = []
    shown.on("console", lambda message: troubles.append(message.text))
    shown.on("pageerror", lambda error: troubles.append(f"{error}"))
    shown.on("request", lambda request: requests.append(request.url))
    shown.add_init_script(WATCH)
    busy = shown.context.new_cdp_session(shown)
    busy.send("Performance.enable", {"timeDomain": "threadTicks"})
    opened, worked = [], []
    for _ in range(3):
        shown.goto(path.as_uri())
        shown.wait_for_function("window.opened")
        opened.append(shown.evaluate("window.opened"))
        worked.append(spent(busy))
    told("opened and drawn", opened)
    told("processor time of it", worked)
    violations = barriers(shown)
    picture(shown, pictures, "opened")
    shown.evaluate("document.styleSheets[0].insertRule('.folded { content-visibility: visible !important }')")
    print(f"  screens: {shown.evaluate('document.documentElement.scrollHeight / innerHeight'):.1f}")
    shown.evaluate("document.styleSheets[0].deleteRule(0)")
    shown.click("#find")
    shown.wait_for_timeout(2000)  # what is done when the field is entered
    keys = [(at == 0, letter) for text in LETTERS for at, letter in enumerate(text)]
    before = spent(busy)
    for begins, letter in (keys * 2)[:30]:
        if begins:
            shown.evaluate("document.querySelector('#find').value = ''")
        shown.keyboard.press(letter) if letter.isascii() else shown.keyboard.insert_text(letter)
        shown.wait_for_timeout(200)
    told("a key in the search", shown.evaluate("keyed.splice(0)"))
    told("until the hits are marked", shown.evaluate("marking.splice(0)"))
    told("processor time of a key", [(spent(busy) - before) / 30])
    picture(shown, pictures, "found")
    shown.keyboard.press("Escape")
    for key, times in ("j", 10), ("o", 10), ("l", 1):
        for _ in range(times):
            shown.keyboard.press(key)
            shown.wait_for_timeout(100)
        told(f"key {key}", shown.evaluate("keyed.splice(0)"))
        picture(shown, pictures, f"key-{key}")
    violations += barriers(shown)
    shown.emulate_media(color_scheme="dark")
    picture(shown, pictures, "dark")
    asked = len(set(requests)) - 1
    print(f"  console: {troubles or 'nothing'}; requests beside the page: {asked}; axe: {violations or 'nothing'}")


def told(what: str, found: list[float]) -> None:
    print(
        f"  {what}: median {median(found or [0]):.0f} ms, worst {max(found or [0]):.0f} ms of {len(found)}", flush=True
    )


def spent(busy: Any) -> float:
    """What the page's thread has worked since it was opened, in milliseconds: much the same on a busy machine."""
    found = {each["name"]: each["value"] for each in busy.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(found["TaskDuration"])


def barriers(shown: Any) -> list[str]:
    return [f"{each['id']} ({len(each['nodes'])})" for each in Axe().run(shown).response["violations"]]


def picture(shown: Any, folder: Path | None, name: str) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        shown.screenshot(path=folder / f"{name}.png")


def archive(folder: Path) -> Path:
    """250 days of twenty papers each, of made-up words as long as real ones."""
    folder.mkdir()
    draw = random.Random(7)  # noqa: S311 (no secret)
    words = ["".join(draw.choices("aeiounrstlmkwdg", k=draw.randint(2, 11))) for _ in range(20_000)]
    for number in range(250):
        day = sixty(20, date(2025, 1, 1) + timedelta(number))
        papers = tuple(replace(each, abstract=" ".join(draw.choices(words, k=180))) for each in day.papers)
        (folder / f"{day.window.day}.html").touch()
        site.write_record(folder, replace(day, papers=papers))
    return site.write_index(folder, "zh-CN", Wishes())


if __name__ == "__main__":
    main()
