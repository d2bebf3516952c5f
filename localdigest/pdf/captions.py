"""Captions as marks in a paper: what each names, where it stands, and at which lines its picture must end. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from localdigest.pdf.joining import joined
from localdigest.pdf.layout import Style, near, prose
from localdigest.pdf.lines import Block, Line
from localdigest.records.figures import Box, Caption

_LABEL = re.compile(
    r"((?:Extended Data |Supplementary )?)"
    r"(?:(Fig(?:ure|\.)?|FIG(?:URE|\.)?|Abb(?:ildung|\.)|图)|(?:Tab(?:le|elle)|TABLE|表))"
    r"\s*([A-Z]?\d+(?:\.\d+)*|[IVX]+)(?:[.:|：]|\s+[A-Z(“]|\s*[\u4e00-\u9fff])"
)
_GAP = 0.6
"""Of a line's step: what stands further below a caption's lines than their own step and this is none of them."""
_AT_EDGE = 30.0
"""Points from a page's first or last line, within which heads and feet stand."""
_FREQUENT = 0.08
"""Share of a paper's lines of text that begin at one place, from which on a column begins there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the lines of a paper were found to be."""

    blocks: Sequence[Block]
    """All of its text, but heads and feet."""
    text: Sequence[Line]
    """Lines of the body, of headings, heads and feet."""
    style: Style


def box_of(lines: Sequence[Line]) -> Box:
    left, right = min(line.x for line in lines), max(line.end for line in lines)
    low, high = min(line.y - 0.25 * line.size for line in lines), max(line.y + 0.75 * line.size for line in lines)
    return round(left, 1), round(low, 1), round(right, 1), round(high, 1)


def edges(all_lines: Sequence[Line], heads: Collection[int]) -> list[Line]:
    """Of what is repeated from page to page, words at a page's edge: the ticks of plots are repeated, too."""
    ends: dict[int, tuple[float, float]] = {}
    for line in all_lines:
        low, high = ends.get(line.page, (line.y, line.y))
        ends[line.page] = min(low, line.y), max(high, line.y)
    return [
        line
        for line in all_lines
        if id(line) in heads
        and re.search(r"[^\W\d_]{4}", line.text)
        and min(line.y - ends[line.page][0], ends[line.page][1] - line.y) < _AT_EDGE
    ]


def captions(layout: Layout, words: Counter[str]) -> Iterator[Caption]:
    """Those of figures and tables, in the order of the paper."""
    found = list(_found(layout))
    columns = _columns(layout)
    walls: dict[int, list[Line]] = {}
    for line in layout.text:
        walls.setdefault(line.page, []).append(line)
    for block in layout.blocks:
        # Whatever else is set as the body is: what stands before the abstract, behind the references, in footnotes.
        wordy = [line for line in block if len(line.text) >= 25 and prose(line.text) > 0.6]
        if (
            len(block) > 1
            and len(wordy) > len(block) / 2
            and min(line.size for line in block) > 0.9 * layout.style.size
        ):
            walls.setdefault(block[0].page, []).extend(block)
    for label, block in found:
        text = ""
        for line in block:
            text, _ = joined(text, line.text, words)
        own = {id(line) for line in block}
        page = block[0].page
        lines = [line for line in walls.get(page, ()) if id(line) not in own]
        others = [line for _, other in found if other is not block and other[0].page == page for line in other]
        boxes = dict.fromkeys(box_of([line]) for line in [*lines, *others])
        box = box_of(block)
        yield Caption(label, text, page, box, _column(box, columns), tuple(boxes))


def _found(layout: Layout) -> Iterator[tuple[str, Block]]:
    """Each caption's label and its lines: a block, and those below it that go on in its size and column."""
    text = {id(line) for line in layout.text}
    for number, block in enumerate(layout.blocks):
        match = _LABEL.match(block[0].text)
        if not match or id(block[0]) in text:
            continue
        lines = list(block)
        for after in layout.blocks[number + 1 : number + 4]:
            last, line = lines[-1], after[0]
            below = 0 < last.y - line.y < (layout.style.step + _GAP) * last.size
            beside = line.x < last.end and line.end > last.x
            alike = near(line.size, last.size) and all(one.cells == 1 and prose(one.text) > 0.5 for one in after)
            if id(line) in text or line.page != last.page or not below or not beside or not alike:
                break
            lines += after
        kind = "Figure" if match[2] else "Table"
        yield f"{match[1]}{kind} {match[3]}", lines


def _columns(layout: Layout) -> list[tuple[float, float]]:
    """Left and right of the columns in which the body is set, from left to right."""
    size = layout.style.size
    full = [line for line in layout.text if len(line.text) > 0.75 * layout.style.width and near(line.size, size)]
    places = Counter((round(line.x / 4), round(line.end / 4)) for line in full)
    often = [place for place, count in places.most_common() if count >= max(3, _FREQUENT * len(full))]
    columns: list[tuple[float, float]] = []
    for left, right in often:
        x, end = 4.0 * left, 4.0 * right
        near_by = next((at for at, (a, b) in enumerate(columns) if x < b - size and end > a + size), None)
        if near_by is None:
            columns.append((x, end))
        else:  # indented, or on the other side of a sheet
            a, b = columns[near_by]
            columns[near_by] = min(a, x), max(b, end)
    return sorted(columns)


def _column(box: Box, columns: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """From the middle of the space before a caption's column to that behind it; all of the width for a caption that
    reaches into two, or where there is one only."""
    left, _, right, _ = box
    low = 0.0
    for at, (start, end) in enumerate(columns if len(columns) > 1 else ()):
        after = columns[at + 1][0] if at + 1 < len(columns) else 1e4
        if left > start - 6 and right < after - 4:
            return low, (end + after) / 2 if at + 1 < len(columns) else 1e4
        low = (end + after) / 2
    return min(0.0, left), 1e4
