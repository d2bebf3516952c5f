"""What the lines of a paper look like, and how they stand together: its style, what is printed on every page, blocks.

What a line is, is judged by its block (neighbouring lines of one size): body text is prose in the paper's
main size; headings, captions, running heads, tables, labels in figures, footnotes and formulas are told from
it by size, font, place and type. Pure.
"""

from __future__ import annotations

import functools
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from localdigest.pdf.english import words_of
from localdigest.pdf.lines import Block, Line

# ---------------------------------------------------------------- what lines look like

_STAMP = re.compile(r"arXiv:\S+\s*(v\d+)?\s*\[[\w.-]+\]|(?:©|\(c\)|Copyright) ?(?:19|20)\d\d", re.IGNORECASE)
_LEADERS = re.compile(r"(?:\. ?){5,}")
KNOWN = words_of("known_headings", flags=re.IGNORECASE)
NUMBER = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[IVX]{2,5}"
    rf"|[IVX](?=\s+(?i:{KNOWN.pattern})\b)|[A-Z]\.(?:\d{{1,2}}\.?)*)\s+(?=[^\W\d_])"
)
_CAPS_HEADING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]+\.)\s+[A-Z][A-Z :,&-]{3,}")
CAPTION = re.compile(
    r"(?:(?:Extended Data|Supplementary) )?(?:Figure|FIGURE|Fig\.?|FIG\.?|Table|TABLE|Algorithm|Listing|Scheme|Box"
    r"|Chart|Abbildung|Abb\.|Tabelle|Figura|Tabela)\s*(?:[A-Z]?\d+(?:\.\d+)*|[IVX]+)(?:[.:|]|\s+[A-Z])|[图表]\s*\d+\s*[:：.|]"
)
KEYWORDS = re.compile(
    r"(?:index terms|key ?words?(?: and phrases)?|ccs concepts|acm reference|pacs|subject headings|jel"
    r"|(?:\d{4} )?mathematics subject classification|msc\b)\b",
    re.IGNORECASE,
)
GLYPHS = "•◦▪∙●‣⁃■□➢✓"
BULLET = re.compile(
    rf"(?:[{GLYPHS}–]\s*|\((?:\d{{1,2}}|[a-z]|[ivx]+)\)\s+|\d{{1,2}}[.)]\s+|[a-z]\)\s+|-\s+)(?=\S)",
)
TERMINAL = re.compile(r"[.!?:。！？][\"'”’)\]]*\d{0,2}$")


@functools.lru_cache(maxsize=4096)  # asked several times of each line
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


def furniture(all_lines: Sequence[Line], style: Style) -> set[int]:
    """Heads and feet: by `id`, since two lines may be alike."""
    return _repeated(all_lines) | _edges(all_lines, style)


def without_furniture(all_lines: Sequence[Line], heads: Collection[int]) -> list[Line]:
    """Without heads and feet, numbers, stamps, lines of a table of contents, turned text."""
    return [
        line
        for line in all_lines
        if not line.turned
        and id(line) not in heads
        and not re.fullmatch(r"[\W\d]*", line.text)
        and not _STAMP.match(line.text)
        and not _LEADERS.search(line.text)
    ]


def _repeated(all_lines: Sequence[Line]) -> set[int]:
    """The same words at the same height on several pages."""
    pages: dict[tuple[str, int], set[int]] = {}

    def key(line: Line) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text.lower()), round(line.y / 4)

    for line in all_lines:
        pages.setdefault(key(line), set()).add(line.page)
    often = 2 if max((line.page for line in all_lines), default=0) < 5 else 3
    return {id(line) for line in all_lines if len(pages[key(line)]) >= often}


def _edges(all_lines: Sequence[Line], style: Style) -> set[int]:
    """The outermost line of a page, at a height at which many pages have theirs, and apart from the text. Where at that
    height others have text that goes on, it is the text's own edge: a heading or a formula that begins a page."""
    pages: dict[int, list[Line]] = {}
    for line in all_lines:
        if not line.turned:
            pages.setdefault(line.page, []).append(line)
    found: set[int] = set()
    for outer in (max, min):
        rows: dict[int, list[list[Line]]] = {}
        going_on: Counter[int] = Counter()
        for lines in pages.values():
            y = outer(line.y for line in lines)
            row = [line for line in lines if abs(line.y - y) < 2]
            rest = [abs(line.y - y) for line in lines if abs(line.y - y) >= 2]
            apart = bool(rest) and min(rest) > 1.4 * style.step * style.size
            if apart and sum(len(line.text) for line in row) < 1.5 * style.width:
                rows.setdefault(round(y), []).append(row)
            elif not apart:
                going_on[round(y)] += 1
        for y, level in rows.items():
            often = max(len(rows.get(y + shift, ())) for shift in (-1, 0, 1))
            if sum(going_on[y + shift] for shift in (-1, 0, 1)) >= often / 2:
                continue
            if often >= max(3, 0.3 * len(pages)):
                found.update(id(line) for row in level for line in row)
    return found


def style_of(some: Sequence[Line]) -> Style:
    wordy = [line for line in some if len(line.text) >= 25 and prose(line.text) > 0.6 and not line.turned]
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
    last, widest = block[-1], max(block, key=lambda one: one.end - one.x)
    if last.page != line.page or abs(line.x - last.x) > 20 * line.size or KEYWORDS.match(line.text):
        return False
    if not near(line.size, last.size) and not near(line.top, last.top):  # a line may have more indices than letters
        return False
    if _CAPS_HEADING.fullmatch(line.text) or line.text.startswith("[1] "):
        return False
    if _CAPS_HEADING.fullmatch(last.text) and (line.text.upper() != line.text or line.font != last.font):
        return False
    if len(block) == 1 and last.text[0].isupper() and KNOWN.fullmatch(last.text.rstrip(":.")):
        return False  # ABSTRACT, in the font of the text below
    if line.font != last.font and (
        line.bold != last.bold
        or (len(block) == 1 and NUMBER.match(last.text) and last.font not in style.fonts and not last.lead)
    ):
        return False
    if NUMBER.match(line.text) and (line.bold or run_in(line)):
        return False
    if TERMINAL.search(last.text) and run_in(line):
        return False
    if last.font not in style.fonts and last.text.isupper() and len(last.text) > 4 and not line.text.isupper():
        return False  # RESULTS, and below it a heading of its first part
    if (
        line.font not in style.fonts
        and TERMINAL.search(last.text)
        and line.text[0].isupper()
        and _is_short(line, widest)
    ):
        return False  # a heading in italics, and below it what stands under it
    if len(block) == 1 and last.font not in style.fonts and line.font in style.fonts and _is_short(last, line):
        return False
    if CAPTION.match(line.text) and (TERMINAL.search(last.text) or prose(last.text) < 0.5):
        return False
    return -0.3 <= (last.y - line.y) / line.size <= 1.3 * style.step


_CLOSING = " .:—–"
"""What stands between a heading that is run into its paragraph and the text."""


def _is_short(line: Line, other: Line) -> bool:
    """Whether a line ends long before the one beside it, and no sentence with it."""
    return line.end - line.x < 0.6 * (other.end - other.x) and not TERMINAL.search(line.text)


def run_in(line: Line) -> int:
    """Where the text behind a heading begins that is run into its paragraph; 0 where there is none. It has a number, or
    is one of those that are known."""
    number = NUMBER.match(line.text) if line.lead else None
    if not number:
        return (
            line.lead if KNOWN.fullmatch(line.text[: line.lead].rstrip(_CLOSING)) and line.lead < len(line.text) else 0
        )
    end = re.compile(r"[.:]\s+").search(line.text, max(line.lead - 2, number.end()), line.lead + 40)
    return end.end() if end else 0
