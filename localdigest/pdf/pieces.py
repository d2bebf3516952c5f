"""The text of a page as pieces: what is shown in one go, with its place and size. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from localdigest.pdf.sight import Run
from localdigest.text.unseen import BREAK

WORD_GAP = 0.15
"""Em: TeX shrinks word spaces to about 0.16 em and kerns letters by far less than 0.15 em."""
WIDE_GAP = 1.2
"""Em: no word space; between columns, cells, a text and the number in its margin."""
_DUST = 0.01
"""Points."""
_NOMINAL = 2.0
"""Points: a size below it is none that was chosen."""
_BACK = 0.2
"""Em that the pen moves back where a letter is set under an accent."""
_ACCENTS = {
    spacing: unicodedata.normalize("NFKD", spacing)[-1] for spacing in "´¨¯˘˙˚¸˝"
} | {"`": "\u0300", "ˆ": "\u0302", "˜": "\u0303", "ˇ": "\u030c"}  # fmt: skip
"""Spacing accents and their combining forms."""
_DOTLESS = {"ı": "i", "ȷ": "j"}


class Piece(NamedTuple):
    """A run of text in one font. Places and sizes are in points, x along the line and y upwards."""

    text: str
    size: float
    font: str
    x: float
    y: float
    turned: bool
    """In another direction than most of the page."""
    end: float
    """Where the pen stands after it."""


def pieces_of(runs: Iterable[Run], *sights: int, unit: float = 1.0, marked: bool = False) -> list[Piece]:
    """The glyphs of these sights, in the page's order. `marked`: with a piece of BREAK where there are others, and
    without what is a hundredth of a point high: LaTeXiT keeps a formula's source so behind the formula."""
    found: list[tuple[int, Piece]] = []
    for run in runs:
        if isinstance(run.sight, list) or run.sight in sights:
            found += _of_run(run, sights, unit)
        if marked and run.sight not in sights and any(isinstance(item, bytes) for item in run.items):
            found.append((0, Piece(BREAK, 1.0, "", 0.0, 0.0, False, 0.0)))
    if marked:
        found = [(way, piece) for way, piece in found if piece.size >= _DUST]
    ways: Counter[int] = Counter()
    for way, piece in found:
        ways[way] += len(piece.text.strip())
    most = ways.most_common(1)[0][0] if ways else 0
    upright = [_turned(piece, most) for _, piece in found] if most else [piece for _, piece in found]
    return [
        piece if way == most else piece._replace(turned=True) for (way, _), piece in zip(found, upright, strict=True)
    ]


def _of_run(run: Run, sights: tuple[int, ...], unit: float) -> Iterator[tuple[int, Piece]]:
    """Its pieces, each with its direction in quarter turns; a wide gap parts them."""
    a, b, c, d, e, f = run.matrix
    sign = -1.0 if run.size < 0 else 1.0
    way = round(math.atan2(sign * b, sign * a) / (math.pi / 2)) % 4
    size = abs(run.size) * math.hypot(c, d) * unit
    em = run.size * run.stretch or 1.0
    if run.face.em and size < _NOMINAL:  # of a Type 3 font in units of its own
        size, em = size * run.face.em, em * run.face.em
    text, start, pen = "", 0.0, 0.0
    back = False

    def piece() -> tuple[int, Piece]:
        x, y = (start * a + run.rise * c + e) * unit, (start * b + run.rise * d + f) * unit
        reach = (pen - start) * math.hypot(a, b) * sign * unit
        dx, dy = ((reach, 0.0), (0.0, reach), (-reach, 0.0), (0.0, -reach))[way]
        # The end is given by x alone where the text is upright; `_turned` turns both places.
        return way, Piece(text, size, run.face.name, x, y, False, (x + dx) if way % 2 == 0 else (y + dy))

    for shown, advance in _shown(run, sights):
        if shown is None:
            gap = advance / em
            if text and (gap >= WIDE_GAP or gap <= -WIDE_GAP):
                yield piece()
                text = ""
            elif text and gap >= WORD_GAP and text[-1] != " ":
                text += " "
            back = gap <= -_BACK
            pen += advance
            continue
        if not text:
            start = pen
        if back and text and shown and text[-1] in _ACCENTS:
            text = text[:-1] + composed(text[-1], shown)
        else:
            text += shown
        back = False
        pen += advance
    if text:
        yield piece()


def _shown(run: Run, sights: tuple[int, ...]) -> Iterator[tuple[str | None, float]]:
    """What is shown and how far the pen moves; None where it only moves."""
    stretch = 1.0 if run.face.vertical else run.stretch
    each = iter(run.sight) if isinstance(run.sight, list) else None
    for item in run.items:
        if not isinstance(item, bytes):
            yield None, run.kern(item) * stretch
        elif each is None:
            yield run.face.spell(item), run.length(item) * stretch
        else:
            place = 0
            for _, length, advance in run.glyphs(item):
                seen = next(each) in sights
                yield (run.face.spell(item[place : place + length]) if seen else None), advance
                place += length


def _turned(piece: Piece, way: int) -> Piece:
    """With its places as a reader sees them who has turned the page so that most of its text is upright."""
    x, y, end = piece.x, piece.y, piece.end
    if way == 1:
        return piece._replace(x=y, y=-x)
    if way == 2:
        return piece._replace(x=-x, y=-y, end=-end)
    return piece._replace(x=-y, y=x, end=-end) if way == 3 else piece


def composed(accent: str, text: str) -> str:
    """An accent and the text whose first letter it stands on; both as they are where there is no such letter."""
    letter = _DOTLESS.get(text[0], text[0])
    one = unicodedata.normalize("NFC", letter + _ACCENTS[accent])
    return one + text[1:] if len(one) == 1 else accent + text


def is_accent(text: str) -> bool:
    return text in _ACCENTS


def follows(before: Piece, piece: Piece) -> float:
    """Em between two pieces of a line."""
    return (piece.x - before.end) / max(before.size, piece.size, 0.1)


def plain(pieces: Sequence[Piece]) -> str:
    """The text of pieces one after the other, as it is: to look things up in, and to count in."""
    parts: list[str] = []
    last: Piece | None = None
    for piece in pieces:
        if last is not None and (abs(piece.y - last.y) > 0.5 * max(last.size, piece.size) or piece.turned):
            parts.append("\n")
        elif last is not None and follows(last, piece) >= WORD_GAP:
            parts.append(" ")
        parts.append(piece.text)
        last = None if piece.text == BREAK else piece
    return "".join(parts)


# ---------------------------------------------------------------- numbers in the margin

_LEAST = 5
"""Numbers below each other, on all pages, that make a margin's column."""


def without_margin_numbers(pages: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """Without the line numbers of a manuscript: digits alone, aligned on all pages, counting up, beside the text."""
    places: dict[tuple[str, int], list[tuple[int, Piece]]] = {}
    for number, pieces in enumerate(pages):
        for at, piece in enumerate(pieces):
            beside = [(one, piece) for one in pieces[max(0, at - 1) : at]] + [
                (piece, one) for one in pieces[at + 1 : at + 2]
            ]
            if not piece.turned and re.fullmatch(r"\d{1,4}", piece.text.strip()) and not any(map(_touches, beside)):
                for side in ("x", "end"):
                    places.setdefault((side, round(getattr(piece, side) / 2)), []).append((number, piece))
    dropped: set[tuple[int, Piece]] = set()
    for (side, place), column in places.items():
        column = sorted({*column, *places.get((side, place + 1), ())}, key=lambda one: (one[0], -one[1].y))
        if _counts_up([int(piece.text) for _, piece in column]):
            for number in {number for number, _ in column}:
                here = [piece for page, piece in column if page == number]
                if _is_margin(here, pages[number]):
                    dropped.update((number, piece) for piece in here)
    return [
        [piece for piece in pieces if (number, piece) not in dropped] for number, pieces in enumerate(pages)
    ]  # fmt: skip


def _touches(pair: tuple[Piece, Piece]) -> bool:
    before, piece = pair
    return abs(before.y - piece.y) < 0.8 * max(before.size, piece.size) and -0.5 < follows(before, piece) < 0.5


def _counts_up(numbers: Sequence[int]) -> bool:
    """By ones, or by fives or tens where only these are printed; it may begin again on each page."""
    steps = Counter(after - before for before, after in pairwise(numbers))
    return len(numbers) >= _LEAST and max(steps[step] for step in (1, 2, 5, 10)) >= 0.7 * (len(numbers) - 1)


def _is_margin(own: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
    """Whether hardly any other text stands over, under or between the numbers."""
    left, right = min(one.x for one in own) + 0.5, max(one.end for one in own) - 0.5
    low, high = min(one.y for one in own), max(one.y for one in own)
    level = [one for one in pieces if low - 1 <= one.y <= high + 1 and not one.turned and one not in own]
    over = sum(len(one.text) for one in level if one.x < right and one.end > left)
    return over <= 0.02 * sum(len(one.text) for one in level)
