"""What was read of a PDF, over the pictures of its pages: a frame around each sentence, coloured by its kind.

usage: show_reading.py PDF --save FOLDER [--pages 1-3,7]
Needs pillow, which nothing else here does: pip install pillow

Blue is text, violet a theorem, turquoise a list's item, green a caption, grey a footnote, red what is uncertain; the
heading stands over the frame, where it changes. What has no frame was not read. Beside each picture lies a text file
with the headings, the sentences and their marks.
"""

from __future__ import annotations

import argparse
from itertools import groupby
from pathlib import Path

import pypdfium2
from PIL import ImageDraw

from localdigest import pdf
from localdigest.records.reading import Sentence

SCALE = 1.6
COLOURS = {
    "text": (30, 80, 220),
    "theorem": (130, 40, 200),
    "list": (0, 150, 170),
    "caption": (20, 140, 60),
    "footnote": (120, 120, 120),
}
UNCERTAIN = (220, 30, 30)


def numbers(text: str) -> set[int]:
    """`1-3,7` as 1, 2, 3, 7."""
    spans = [part.partition("-") for part in text.split(",") if part]
    return {number for first, _, last in spans for number in range(int(first), int(last or first) + 1)}


def draw(page: pypdfium2.PdfPage, found: list[Sentence], path: Path) -> None:
    picture = page.render(scale=SCALE).to_pil().convert("RGB")
    pen = ImageDraw.Draw(picture, "RGBA")
    left, _, _, top = page.get_cropbox()
    section = None
    for number, sentence in enumerate(found, 1):
        colour = COLOURS[sentence.kind] if sentence.certain else UNCERTAIN
        assert sentence.box
        x0, y0, x1, y1 = sentence.box
        corners = [(x0 - left) * SCALE, (top - y1) * SCALE, (x1 - left) * SCALE, (top - y0) * SCALE]
        pen.rectangle(corners, outline=(*colour, 200), fill=(*colour, 14 + 10 * (number % 2)))
        pen.text((corners[0] - 16, corners[1]), str(number), fill=colour)
        if sentence.section != section:
            section = sentence.section
            pen.text((corners[0], corners[1] - 12), f"[{section or 'no heading'}]", fill=(160, 0, 160))
    picture.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pdf", type=Path)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--pages", type=numbers, default=set())
    asked = parser.parse_args()
    document = pdf.read(asked.pdf)
    asked.save.mkdir(parents=True, exist_ok=True)
    pictures = pypdfium2.PdfDocument(asked.pdf)
    by_page = {number: list(some) for number, some in groupby(document.sentences, lambda one: one.page)}
    for number in asked.pages or range(1, document.pages + 1):
        found = by_page.get(number, [])
        name = f"{asked.pdf.stem}-{number:03}"
        draw(pictures[number - 1], found, asked.save / f"{name}.png")
        rows = [f"{'#' * one.level} {one.text}" for one in document.headings if one.page == number]
        for at, one in enumerate(found, 1):
            marks = "".join(f" <{mark.kind} {mark.name}>" for mark in one.marks)
            rows.append(f"{at}. [{one.kind}] {one.section} | {one.text}{marks}")
        (asked.save / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{document.title or '(no title)'}: {len(document.sentences)} sentences, {document.read_share:.0%} read")


main()
