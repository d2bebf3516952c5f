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
from typing import NamedTuple


class Piece(NamedTuple):
    """A run of text in one font, as pypdf reports it; it may hold line breaks."""

    text: str
    size: float
    font: str
    x: float
    y: float
    turned: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page's plain text. Places and sizes are in points, y upwards."""

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
    """Characters of a bold beginning, where the rest is not bold: a heading run into its paragraph."""
    turned: bool


Block = list[Line]


def lines(pieces: Iterable[Piece], page: int) -> list[Line]:
    """Group a page's pieces into the lines of its plain text."""
    found: list[list[Piece]] = [[]]
    for piece in pieces:
        for place, part in enumerate(piece.text.split("\n")):
            if place:
                found.append([])
            if part:
                found[-1].append(piece._replace(text=part))
    return [_line(row, page) for row in found if any(piece.text.strip() for piece in row)]


def _line(pieces: Sequence[Piece], page: int) -> Line:
    weights: Counter[tuple[float, str]] = Counter()
    for piece in pieces:
        weights[round(piece.size, 1), piece.font] += len(piece.text.strip())
    size, font = weights.most_common(1)[0][0]
    letters = [round(piece.size, 1) for piece in pieces if any(map(str.isalpha, piece.text))]
    first = next(piece for piece in pieces if piece.text.strip())
    text = " ".join("".join(_with_thousands(pieces)).split())
    lead, bold = _bold_lead(pieces)
    return Line(text, page, first.x, first.y, size, max(letters, default=size), font, bold, lead, first.turned)


def _with_thousands(pieces: Sequence[Piece]) -> list[str]:
    """The pieces' texts, without the thin space that TeX sets after the comma of $3,840$ (in another
    font)."""
    texts = [piece.text for piece in pieces]
    for place in range(1, len(pieces) - 1):
        before, comma, after = pieces[place - 1 : place + 2]
        alone = "," not in (
            texts[place - 2].strip() if place > 1 else "",
            "".join(texts[place + 2 : place + 3]).strip(),
        )
        if (
            alone  # in $50, 100, 200$ they separate
            and comma.text.strip() == ","
            and comma.font != before.font == after.font
            and re.search(r"(?<![\d,])\d{1,3}\s*$", before.text)
            and re.match(r"\s*\d{3}(?!\d)", after.text)
        ):
            texts[place - 1 : place + 2] = before.text.rstrip(), ",", after.text.lstrip()
    return texts


def _bold_lead(pieces: Iterable[Piece]) -> tuple[int, bool]:
    lead = ""
    for piece in pieces:
        if not _BOLD.search(piece.font) and any(map(str.isalpha, piece.text)):
            return (len(" ".join(lead.split())) if any(map(str.isalpha, lead)) else 0), False
        lead += piece.text
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
