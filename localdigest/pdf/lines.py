"""The lines of a PDF become the paragraphs of a paper's body, with their sections: pure functions.

What a line is, is judged by its block (neighbouring lines of one size): body text is prose in the paper's
main size; headings, captions, running heads, tables, labels in figures, footnotes and formulas are told from
it by size, font, place and wording.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from localdigest.pdf.pieces import WIDE_GAP, Piece, follows
from localdigest.pdf.scripts import scripted


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
    base = max(some, key=lambda one: one.size)
    size = max(base.size, piece.size)
    return (-0.45 if base.size >= piece.size else -0.6) * size <= piece.y - base.y <= 0.6 * size


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
        solid[0].turned, max(piece.end for piece in solid), cells, mark,
    )  # fmt: skip


def _lead(row: Sequence[Piece]) -> tuple[int, bool]:
    """How many characters of its beginning are bold, where the rest is not; whether all are."""
    for place, piece in enumerate(row):
        if not _BOLD.search(piece.font) and any(map(str.isalpha, piece.text)):
            lead = scripted(row[:place])[0] if place else ""
            return (len(lead) if any(map(str.isalpha, lead)) else 0), False
    return 0, True


# ---------------------------------------------------------------- what lines look like

_BOLD = re.compile(r"bold|medi\b|semibold|black|heavy|cmbx|[-,]bd|demi", re.IGNORECASE)
_STAMP = re.compile(r"arXiv:\S+\s*(v\d+)?\s*\[[\w.-]+\]")
_LEADERS = re.compile(r"(?:\. ?){5,}")
NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-Z]\.(?:\d{1,2}\.?)*)\s+(?=[^\W\d_])")
_CAPS_HEADING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]+\.)\s+[A-Z][A-Z :,&-]{3,}")
CAPTION = re.compile(r"(?:Figure|FIGURE|Fig\.|FIG\.|Table|TABLE|Algorithm|Listing)\s*(?:\d+|[IVX]+)(?:[.:|]|\s+[A-Z])")
GLYPHS = "•◦▪∙●‣⁃■□➢✓"
BULLET = re.compile(
    rf"(?:[{GLYPHS}–]\s*|\((?:\d{{1,2}}|[a-z]|[ivx]+)\)\s+|\d{{1,2}}[.)]\s+|-\s+)(?=\S)",
)
TERMINAL = re.compile(r"[.!?:。！？][\"'”’)\]]*\d{0,2}$")


def prose(text: str) -> float:
    """Share of lower-case letters (and letters without case, as in Chinese) among the characters."""
    solid = text.replace(" ", "")
    return sum(char.isalpha() and not char.isupper() for char in solid) / max(1, len(solid))


def ligatures(text: str) -> str:
    """`ﬁ` and the like as letters; other compatibility characters (², ½, μ) stay as printed."""
    return re.sub("[\ufb00-\ufb06]", lambda match: unicodedata.normalize("NFKC", match[0]), text)


def texts_of(block: Sequence[Line]) -> list[str]:
    return [line.text for line in block]


def near(size: float, other: float) -> bool:
    return abs(size - other) <= 0.07 * other


# ---------------------------------------------------------------- style and blocks


@dataclass(frozen=True, slots=True)
class Style:
    """How most of the paper is set."""

    size: float
    fonts: frozenset[str]
    step: float
    """Distance of two lines of a paragraph, in sizes."""
    width: float
    """Characters of a full line."""


def without_running_lines(all_lines: Sequence[Line]) -> list[Line]:
    """Without heads and feet (the same words at the same height on several pages), numbers, stamps, turned
    text."""
    pages: dict[tuple[str, int], set[int]] = {}

    def key(line: Line) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text.lower()), round(line.y / 4)

    for line in all_lines:
        pages.setdefault(key(line), set()).add(line.page)
    often = 2 if max((line.page for line in all_lines), default=0) < 5 else 3
    return [
        line
        for line in all_lines
        if not line.turned
        and len(pages[key(line)]) < often
        and not re.fullmatch(r"[\W\d]*", line.text)
        and not _STAMP.match(line.text)
        and not _LEADERS.search(line.text)
    ]


def style_of(some: Sequence[Line]) -> Style:
    wordy = [line for line in some if len(line.text) >= 25 and prose(line.text) > 0.6]
    sizes: Counter[float] = Counter()
    for line in wordy:
        sizes[line.size] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    main = [line for line in wordy if line.size == size]
    fonts: Counter[str] = Counter()
    for line in main:
        fonts[line.font] += 0 if line.bold else len(line.text)
    most = max(fonts.values(), default=0)
    steps = [(above.y - line.y) / size for above, line in pairwise(main) if above.page == line.page]
    steps = [step for step in steps if 0.8 < step < 2.6]
    return Style(
        size,
        frozenset(font for font, count in fonts.items() if count > 0.1 * most),
        statistics.median(steps) if steps else 1.2,
        statistics.median(len(line.text) for line in main) if main else 40,
    )


def blocks_of(some: Sequence[Line], style: Style) -> list[Block]:
    blocks: list[Block] = []
    for line in some:
        if blocks and _continues(blocks[-1], line, style):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _continues(block: Block, line: Line, style: Style) -> bool:
    last = block[-1]
    if last.page != line.page or not near(line.size, last.size) or abs(line.x - last.x) > 20 * line.size:
        return False
    if _CAPS_HEADING.fullmatch(line.text) or _CAPS_HEADING.fullmatch(last.text) or line.text.startswith("[1] "):
        return False
    if line.font != last.font and (
        line.bold != last.bold or (len(block) == 1 and NUMBER.match(last.text) and last.font not in style.fonts)
    ):
        return False
    if line.bold and NUMBER.match(line.text):
        return False
    if CAPTION.match(line.text) and (TERMINAL.search(last.text) or prose(last.text) < 0.5):
        return False
    return -0.3 <= (last.y - line.y) / line.size <= 1.3 * style.step
