"""The pieces of a page become its lines. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from localdigest.pdf.pieces import WIDE_GAP, Piece, follows
from localdigest.pdf.scripts import scripted

_BOLD = re.compile(r"bold|medi\b|semibold|black|heavy|[a-z]bx\d|[-,]bd|demi", re.IGNORECASE)
_SLANTED = re.compile(r"ital|obliq|slant|[a-z](?:ti|sl|it)\d|-it?\b", re.IGNORECASE)

_NOTE, _APART = 0.65, 0.7
"""Of the letters' size, and em: what is so small and so far behind them is none of the line, as a draft's keys are."""

_RUN_IN = re.compile(r"^[^a-z]*[A-Z][^\W\d_]{3}.*[.:—–]$")
"""A heading in italics, not the end of a sentence in them."""

_SAME, _NEAR = 8, 0.2
"""Letters that begin a line and its copy, and em by which the one may stand beside the other."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. Places and sizes are in points, y upwards."""

    text: str
    page: int
    x: float
    y: float
    size: float
    """Of most of its characters."""
    top: float
    """Of its largest letters: small capitals are set in two sizes."""
    font: str
    """Of most of its characters."""
    bold: bool
    """All of it."""
    lead: int
    """Characters of a beginning in another font than the rest: a heading run into its paragraph."""
    turned: bool
    end: float = 0.0
    cells: int = 1
    """Texts that stand apart in it: the cells of a table's row, a line of the contents and its page."""
    mark: str = ""
    """The raised sign that it begins with, as a footnote or an address does; not part of the text."""
    height: float = 0.0
    """The size of its largest characters: what is large in a formula may be no letter."""


Block = list[Line]


def lines_of(pieces: Iterable[Piece], page: int) -> list[Line]:
    """Group a page's pieces into its lines, in the page's own order."""
    rows: list[list[Piece]] = []
    for piece in pieces:
        if not piece.text.strip():
            if rows and rows[-1] and _in_row(rows[-1], piece):
                rows[-1].append(piece)
        elif rows and _in_row(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_line(row, page) for row in rows]


def without_copies(lines: Sequence[Line]) -> list[Line]:
    """Without what is printed twice at one place: letters made bold so, or a page of the paper that is cut to a figure
    of it, whose other lines lie under the paper's own. Of two the longer is kept."""
    found: dict[tuple[int, str], list[Line]] = {}
    gone: set[int] = set()
    for line in lines:
        alike = found.setdefault((line.page, re.sub(r"\W", "", line.text)[:_SAME]), [])
        twin = next((one for one in alike if _lies_over(one, line)), None)
        if twin is None:
            alike.append(line)
        elif len(twin.text) >= len(line.text):
            gone.add(id(line))
        else:
            gone.add(id(twin))
            alike[:] = [line if one is twin else one for one in alike]
    return [line for line in lines if id(line) not in gone]


def _lies_over(one: Line, other: Line) -> bool:
    return all(abs(a - b) < _NEAR * other.size for a, b in ((one.x, other.x), (one.y, other.y), (one.end, other.end)))


def _in_row(row: Sequence[Piece], piece: Piece) -> bool:
    last = row[-1]
    if last.turned or piece.turned:
        return last.turned and piece.turned and abs(last.y - piece.y) < 0.5 * max(last.size, 1)
    beside = -0.5 <= follows(last, piece) <= 1.0
    if _is_tall(piece):
        return beside and abs(piece.y - last.y) < 1.5 * last.size
    some = [one for one in row if not _is_tall(one)]
    if not some:
        return beside and abs(piece.y - last.y) < 1.5 * piece.size
    gap = follows(last, piece)
    if (piece.size < 0.8 * last.size and gap >= WIDE_GAP) or (piece.size < _NOTE * last.size and gap >= _APART):
        return False  # a note in the margin
    base = max(some, key=lambda one: one.size)
    size = max(base.size, piece.size)
    return (-0.45 if base.size >= piece.size else -0.6) * size <= piece.y - base.y <= 0.72 * size


def _is_tall(piece: Piece) -> bool:
    """A radical or another sign that TeX hangs from the top of what it belongs to."""
    return piece.text.strip() == "√" or "CMEX" in piece.font


def _line(row: Sequence[Piece], page: int) -> Line:
    solid = [piece for piece in row if piece.text.strip()]
    weights: Counter[tuple[float, str]] = Counter()
    heights: Counter[float] = Counter()
    for piece in solid:
        weights[round(piece.size, 1), piece.font] += len(piece.text.strip())
        heights[piece.y] += len(piece.text.strip())
    size, font = weights.most_common(1)[0][0]
    letters = [round(piece.size, 1) for piece in solid if any(map(str.isalpha, piece.text))]
    text, mark = scripted(row)
    cells = 1 + sum(follows(before, piece) >= WIDE_GAP for before, piece in pairwise(solid))
    lead, bold = _lead(row)
    return Line(
        text, page, solid[0].x, heights.most_common(1)[0][0], size, max(letters, default=size), font, bold, lead,
        solid[0].turned, max(piece.end for piece in solid), cells, mark, max(round(piece.size, 1) for piece in solid),
    )  # fmt: skip


def _lead(row: Sequence[Piece]) -> tuple[int, bool]:
    """How many characters of its beginning are bold, where the rest is not, or slanted and closed by a stop; whether
    all are bold."""
    bold = _beginning(row, _BOLD)
    if bold is None:
        return 0, True
    slanted = "" if bold else (_beginning(row, _SLANTED) or "").rstrip()
    return len(slanted if _RUN_IN.search(slanted) else bold), False


def _beginning(row: Sequence[Piece], face: re.Pattern[str]) -> str | None:
    """The text that begins a row in such a face; None where all of it is."""
    for place, piece in enumerate(row):
        if not face.search(piece.font) and any(map(str.isalpha, piece.text)):
            lead = scripted(row[:place])[0] if place else ""
            return lead if any(map(str.isalpha, lead)) else ""
    return None
