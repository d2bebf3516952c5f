"""Records the sample day on a real terminal and draws it as docs/terminal.svg: real commands, real output.

    .venv/bin/pip install pyte
    .venv/bin/python scripts/terminal_svg.py [--model starter] [-o docs/terminal.svg]

Each command runs on a pseudo-terminal; pyte, a terminal emulator, follows what it prints. The film is shorter than the
run: what took longer than a moment is shown for a moment, and the last line says how long the run took in truth.
Programs that show no animation show its end.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from unicodedata import east_asian_width

import pyte

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "localdigest" / "sample"
COLUMNS, LINES = 104, 26
CELL, LINE, MARGIN, SIZE = 8.4, 18, 16, 14
"""Pixels: width of a character, height of a line, the border, the font."""
STEP = 4.0
"""Seconds of the run between two pictures of the film."""
SHOWN, READ, REST = 0.4, 4.0, 12.0
"""Seconds that a picture stays: of what goes on, of what a command ended with, of the last."""
COLOURS = {
    "default": "#d8dee9", "black": "#4c566a", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b",
    "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d8dee9",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    char: str
    colour: str
    bold: bool
    dim: bool


Picture = tuple[tuple[Cell, ...], ...]


class Recorder:
    """A terminal that is filmed."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self.film: list[tuple[Picture, float]] = []
        """Pictures, each with the seconds that it stays."""

    def type(self, command: str) -> None:
        self._stream.feed(f"\x1b[32m$\x1b[0m {command}\r\n".encode())
        self._shoot()

    def run(self, command: Sequence[str], folder: Path, environment: dict[str, str]) -> float:
        """Runs it to its end; returns the seconds that it took."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        began = shot = time.monotonic()
        process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment)
        os.close(slave)
        while True:
            if select.select([master], [], [], 0.2)[0]:
                try:
                    data = os.read(master, 65536)
                except OSError:  # the program has ended
                    break
                self._stream.feed(data)
            if time.monotonic() - shot > STEP:
                shot = time.monotonic()
                self._shoot()
        os.close(master)
        if process.wait() != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        self._stream.feed(b"\r\n")
        self._shoot(READ)
        return time.monotonic() - began

    def say(self, text: str) -> None:
        self._stream.feed(f"\x1b[2m{text}\x1b[0m".encode())
        self._shoot(REST)

    def _shoot(self, stays: float = SHOWN) -> None:
        picture = tuple(tuple(self._row(number)) for number in range(LINES))
        if self.film and picture == self.film[-1][0]:
            stays = max(stays, self.film.pop()[1])
        self.film.append((picture, stays))

    def _row(self, number: int) -> Iterator[Cell]:
        row = self._screen.buffer[number]
        for column in range(COLUMNS):
            one = row[column]
            colour = COLOURS.get(one.fg, f"#{one.fg}" if len(one.fg) == 6 else COLOURS["default"])
            yield Cell(one.data, colour, one.bold, one.italics)


def draw(film: Sequence[tuple[Picture, float]], title: str) -> str:
    """The film as one SVG: a group for each picture, each visible in its turn."""
    width, height = COLUMNS * CELL + 2 * MARGIN, LINES * LINE + 2 * MARGIN + 28
    total = sum(stays for _, stays in film)
    rules, start = [], 0.0
    for number, (_, stays) in enumerate(film):
        end = start + 100 * stays / total
        before = f"0%,{start:.3f}%{{opacity:0}}" if number else ""
        after = f"{end:.3f}%,100%{{opacity:0}}" if number < len(film) - 1 else ""
        rules.append(f"@keyframes p{number}{{{before}{start + 0.001:.3f}%,{end - 0.001:.3f}%{{opacity:1}}{after}}}")
        rules.append(f"#p{number}{{animation:p{number} {total:.2f}s infinite}}")
        start = end
    still = "".join(f"#p{number}{{opacity:0}}" for number in range(len(film) - 1))
    groups = "\n".join(f'<g id="p{number}">{"".join(_text(picture))}</g>' for number, (picture, _) in enumerate(film))
    dots = "".join(
        f'<circle cx="{MARGIN + 8 + 20 * place}" cy="16" r="6" fill="{colour}"/>'
        for place, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">'
        f"<title>{escape(title)}</title>\n<style>text{{font:{SIZE}px 'DejaVu Sans Mono','Noto Sans Mono CJK SC',Menlo,"
        f"Consolas,'Noto Sans CJK SC',monospace;white-space:pre}}.b{{font-weight:bold}}.d{{opacity:.65}}\n{still}\n"
        f"@media (prefers-reduced-motion:no-preference){{{''.join(rules)}}}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="#22272e"/>{dots}\n'
        f'<text x="{width / 2:.0f}" y="21" fill="#8b949e" text-anchor="middle">{escape(title)}</text>\n'
        f"{groups}\n</svg>\n"
    )


def _text(picture: Picture) -> Iterator[str]:
    for number, row in enumerate(picture):
        y = MARGIN + 28 + LINE * number + SIZE
        placed = [(column, cell) for column, cell in enumerate(row) if cell.char.strip()]
        # Runs of one look, in neighbouring cells of one width: wide characters are placed one by one.
        keyed = [
            ((c.colour, c.bold, c.dim, _wide(c), p if _wide(c) else p - i), p, c) for i, (p, c) in enumerate(placed)
        ]
        for _key, group in groupby(keyed, key=lambda entry: entry[0]):
            cells = list(group)
            first = cells[0][2]
            looks = " ".join(name for name, so in (("b", first.bold), ("d", first.dim)) if so)
            style = f' class="{looks}"' if looks else ""
            text = escape("".join(cell.char for _k, _p, cell in cells))
            yield f'<text x="{MARGIN + CELL * cells[0][1]:.1f}" y="{y}" fill="{first.colour}"{style}>{text}</text>'


def _wide(cell: Cell) -> bool:
    return len(cell.char) == 1 and east_asian_width(cell.char) in "WF"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="starter")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "terminal.svg")
    wish = parser.parse_args()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LANG": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    program = [sys.executable, "-m", "localdigest"]
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("atom.xml", "pdfs"):
            (place / name).symlink_to(SAMPLE / name)
        words = ["run", "--from", "atom.xml", "--pdf-dir", "pdfs", "--date", "2026-01-30", "--model", wish.model]
        recorder.type("localdigest " + " ".join(words))
        seconds = recorder.run([*program, *words], place, environment)
        recorder.type("localdigest show 2202.13288")
        recorder.run([*program, "show", "2202.13288"], place, environment)
        recorder.say(f"Two papers in {seconds:.0f} s on {len(os.sched_getaffinity(0))} CPU cores; shown faster.")
    wish.output.write_text(draw(recorder.film, "localdigest: the sample day"), encoding="utf-8")
    print(f"{wish.output}: {len(recorder.film)} pictures, {wish.output.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
