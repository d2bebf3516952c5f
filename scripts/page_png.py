"""Takes a picture of a page for the browser, in few colours, for the documentation.

    .venv/bin/python scripts/page_png.py WORKSPACE/site/2026-01-30.html docs/page.png [--keys jo] [--click .evidence]

The page is opened in Chromium, keys are pressed, places clicked; what the window then shows is written as PNG.
Use pages whose texts may be published, with what a model wrote of them: a picture promises what a reader will see.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from localdigest.pdf.picture import COLOURS, Pixels, png

MOST = 200_000
"""Bytes."""
_DECODE = """async (data) => {
  const image = await createImageBitmap(await (await fetch(data)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const { data: pixels } = canvas.getImageData(0, 0, image.width, image.height);
  let text = "";
  for (let at = 0; at < pixels.length; at += 32768) text += String.fromCharCode(...pixels.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--keys", default="", help="pressed one after the other")
    parser.add_argument("--click", action="append", default=[], metavar="SELECTOR", help="then clicked, each in turn")
    parser.add_argument("--size", default="1360x1010", help="of the window")
    parser.add_argument("--dark", action="store_true")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if asked.dark else "light"
        )
        shown.goto(asked.page.resolve().as_uri())
        for key in asked.keys:
            shown.keyboard.press(key)
        for selector in asked.click:
            shown.click(selector)
        shown.mouse.move(0, 0)
        shown.wait_for_timeout(500)
        pixels = _pixels(browser.new_page(), shown.screenshot())
        browser.close()
    for colours in COLOURS:
        data = png(pixels, colours)
        if len(data) <= MOST:
            asked.picture.write_bytes(data)
            print(f"{asked.picture}: {len(data)} bytes, {colours} colours")
            return
    sys.exit(f"more than {MOST} bytes with {COLOURS[-1]} colours: take a smaller --size")


def _pixels(blank: Page, picture: bytes) -> Pixels:
    width, height, text = blank.evaluate(_DECODE, f"data:image/png;base64,{base64.b64encode(picture).decode()}")
    found = np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(found[:, :, 2::-1])


if __name__ == "__main__":
    main()
