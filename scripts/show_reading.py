"""What was read of a PDF, over the pictures of its pages: a frame around each sentence, coloured by its kind.

usage: show_reading.py PDF --save FOLDER [--pages 1-3,7]
       show_reading.py PDF ... --seconds
The first needs pillow, which nothing else here does: pip install pillow

Blue is text, violet a theorem, turquoise a list's item, green a caption, grey a footnote, red what is uncertain; the
heading stands over the frame, where it changes. What has no frame was not read. Beside each picture lies a text file
with the headings, the sentences and their marks. `--seconds`: how much processor time reading takes, with the check of
hidden text and without it, by turns, each time in a process of its own; the least of three.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from localdigest import pdf
from localdigest.records.reading import Sentence

if TYPE_CHECKING:
    import pypdfium2

SCALE = 1.6
COLOURS = {
    "text": (30, 80, 220),
    "theorem": (130, 40, 200),
    "list": (0, 150, 170),
    "caption": (20, 140, 60),
    "footnote": (120, 120, 120),
}
UNCERTAIN = (220, 30, 30)
READ = "import sys, pathlib; from localdigest.pdf import child, eye; {}; child.answer_for(pathlib.Path(sys.argv[1]))"
BLIND = (
    "eye.settle = lambda scene, *_: [setattr(run, 'sight', 1) for run in scene.runs] or True; "
    "eye.Eye.misled = lambda *_, **__: ()"
)
TIMES = 3


def numbers(text: str) -> set[int]:
    """`1-3,7` as 1, 2, 3, 7."""
    spans = [part.partition("-") for part in text.split(",") if part]
    return {number for first, _, last in spans for number in range(int(first), int(last or first) + 1)}


def seconds(path: Path, code: str) -> float:
    """Of processor time that a process takes which does this with a file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, path], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tell_seconds(paths: list[Path]) -> None:
    total = [0.0, 0.0]
    for path in paths:
        both = [[seconds(path, READ.format(how)) for how in ("pass", BLIND)] for _ in range(TIMES)]
        seeing, blind = map(min, zip(*both, strict=True))
        total = [total[0] + seeing, total[1] + blind]
        print(f"{path.stem:40} {seeing:6.2f} s  {blind:6.2f} s without  {seeing / blind:.3f}", flush=True)
    print(f"{'all':40} {total[0]:6.2f} s  {total[1]:6.2f} s without  {total[0] / total[1]:.3f}")


def draw(page: pypdfium2.PdfPage, found: list[Sentence], path: Path) -> None:
    from PIL import ImageDraw

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
    parser.add_argument("pdf", type=Path, nargs="+")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--pages", type=numbers, default=set())
    parser.add_argument("--seconds", action="store_true")
    asked = parser.parse_args()
    if asked.seconds:
        tell_seconds(asked.pdf)
    elif asked.save is None:
        parser.error("--save or --seconds")
    else:
        for path in asked.pdf:
            show(path, asked.save, asked.pages)


def show(path: Path, folder: Path, pages: set[int]) -> None:
    import pypdfium2

    document = pdf.read(path)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = pypdfium2.PdfDocument(path)
    by_page = {number: list(some) for number, some in groupby(document.sentences, lambda one: one.page)}
    for number in pages or range(1, document.pages + 1):
        found = by_page.get(number, [])
        name = f"{path.stem}-{number:03}"
        draw(pictures[number - 1], found, folder / f"{name}.png")
        rows = [f"{'#' * one.level} {one.text}" for one in document.headings if one.page == number]
        for at, one in enumerate(found, 1):
            marks = "".join(f" <{mark.kind} {mark.name}>" for mark in one.marks)
            rows.append(f"{at}. [{one.kind}] {one.section} | {one.text}{marks}")
        (folder / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{document.title or '(no title)'}: {len(document.sentences)} sentences, {document.read_share:.0%} read")


main()
