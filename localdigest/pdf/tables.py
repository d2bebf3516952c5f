"""Tables as rows and columns, by where their cells stand. Pure.

Only what is a plain grid is read: a head over each column, a name before each row, figures under the heads. Where a
gap may be a space or a border, a cell stands between columns, or a figure has an exponent, there is no table.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from localdigest.pdf.layout import ligatures
from localdigest.pdf.pieces import Piece
from localdigest.records.figures import Caption, Row, Table

_FIGURE = re.compile(r"[<>≥≤~≈+\-−–]?\d[\d.,]*%?(?: ?[±/|] ?\d[\d.,]*%?)*[*†‡]?|[-−–—]|N/?A")
_EMPTY = re.compile(r"[-−–—]|N/?A")
_LEVEL = 0.45
"""Of a letter's size: how far the cells of one row may stand above each other."""
_SPACE, _BORDER = 0.55, 0.8
"""Em: up to the one a gap is a space, from the other on it lies between two cells."""
_RAISED = 0.8
"""Of the row's size: smaller are marks and exponents."""
_APART = 2.4
"""Steps from one row to the next, at most."""
_CENTRED = 0.35
"""Of the distance of two columns: how far a head over several may stand from their middle."""
MOST_ROWS, MOST_COLUMNS = 60, 12
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    left: float
    right: float

    @property
    def is_figure(self) -> bool:
        return bool(_FIGURE.fullmatch(self.text))


@dataclass(frozen=True, slots=True)
class _Line:
    y: float
    cells: tuple[_Cell, ...]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def figures(self) -> int:
        """How many of its last cells are figures."""
        return next((at for at, cell in enumerate(reversed(self.cells)) if not cell.is_figure), len(self.cells))


class _UncertainError(Exception):
    """A table that is no plain grid."""


def tables(captions: Sequence[Caption], pages: Sequence[Sequence[Piece]]) -> Iterator[Table]:
    """Those that can be read for sure; `pages` are the pieces of each page."""
    found: list[Table] = []
    for caption in captions:
        if "Table" in caption.label:
            both = [table for below in (True, False) if (table := _table(caption, pages[caption.page - 1], below))]
            found += both if len(both) == 1 else ()
    for table in found:
        if not any(other.rows == table.rows for other in found if other is not table):  # between two captions
            yield table


def _table(caption: Caption, pieces: Sequence[Piece], below: bool) -> Table | None:
    left, right = caption.column
    walls = [wall for wall in caption.walls if wall[0] < right and wall[2] > left]
    if below:
        high, low = caption.box[1], max((wall[3] for wall in walls if wall[3] <= caption.box[1] + 2), default=-1e4)
    else:
        low, high = caption.box[3], min((wall[1] for wall in walls if wall[1] >= caption.box[3] - 2), default=1e4)
    here = [
        one for one in pieces if left <= one.x <= right and low < one.y < high and one.text.strip() and not one.turned
    ]
    try:
        lines = _together([_line(row) for row in _rows(here)], below)
        return _grid(caption, lines)
    except _UncertainError:
        return None


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """From above; each piece with those on its height."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda one: -one.y):
        base = max(rows[-1], key=lambda one: one.size) if rows else None
        if base and abs(base.y - piece.y) < _LEVEL * max(base.size, piece.size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _line(row: Sequence[Piece]) -> _Line:
    size = max(one.size for one in row)
    cells: list[_Cell] = []
    for piece in sorted(row, key=lambda one: one.x):
        text = ligatures(piece.text)
        gap = (piece.x - cells[-1].right) / size if cells else _BORDER
        if piece.size < _RAISED * size and gap < _SPACE:
            if any(map(str.isdigit, text)) and cells and cells[-1].text[-1:].isdigit():
                raise _UncertainError  # an exponent, or an error in small type
            if not any(map(str.isalnum, text)):
                continue  # a mark
        if _SPACE < gap < _BORDER:
            raise _UncertainError
        if gap >= _BORDER:
            cells.append(_Cell(text.strip(), piece.x, piece.end))
        else:
            space = " " if gap > 0.12 or text[:1] == " " or cells[-1].text[-1:] == " " else ""
            cells[-1] = _Cell(f"{cells[-1].text}{space}{text}".strip(), cells[-1].left, max(cells[-1].right, piece.end))
    return _Line(max(row, key=lambda one: one.size).y, tuple(cells))


def _together(lines: Sequence[_Line], below: bool) -> list[_Line]:
    """The lines from the caption on, as far as they stand close; from above."""
    ordered = list(lines) if below else list(reversed(lines))
    steps = [abs(one.y - other.y) for one, other in pairwise(ordered)]
    if len(ordered) < 3:
        raise _UncertainError
    step = statistics.median(steps[:20])
    stop = next((at + 1 for at, one in enumerate(steps) if one > _APART * step), len(ordered))
    kept = ordered[:stop]
    return kept if below else kept[::-1]


def _grid(caption: Caption, lines: Sequence[_Line]) -> Table:
    places = [at for at, line in enumerate(lines) if line.figures and len(line.cells) > line.figures]
    if len(places) < 2 or len(places) > MOST_ROWS:
        raise _UncertainError
    count = max(line.figures for line in lines)
    full = [lines[at] for at in places if lines[at].figures == count]
    if len(full) < 2 or count > MOST_COLUMNS:
        raise _UncertainError
    if any(len(line.cells) > 1 for line in lines[places[-1] + 1 :]):
        raise _UncertainError  # a row that was not understood
    columns = [
        (min(line.cells[at - count].left for line in full), max(line.cells[at - count].right for line in full))
        for at in range(count)
    ]
    if any(one[1] >= other[0] for one, other in pairwise(columns)):
        raise _UncertainError
    above = places[0] - 1 if places[0] and _is_group(lines[places[0] - 1]) else places[0]
    heads = _heads(lines[:above], columns)
    rows, group = list[Row](), ""
    body = lines[above : places[-1] + 1]
    groups = [at for at, line in enumerate(body) if not line.figures]
    # What stands alone in a line may as well be a name that goes on in the next.
    if groups and (groups[0] > 0 or any(other - one < 3 for one, other in pairwise([*groups, len(body)]))):
        raise _UncertainError
    for line in body:
        names = line.cells[: len(line.cells) - line.figures]
        if not line.figures:
            if len(line.cells) != 1:
                raise _UncertainError
            group = line.cells[0].text
            continue
        name = " ".join(cell.text for cell in names)
        if (
            len(names) != 1
            or names[0].right >= columns[0][0]
            or not re.search(r"[^\W\d_]", name)
            or len(name) > LONGEST_NAME
        ):
            raise _UncertainError
        values = [""] * count
        for cell in line.cells[len(names) :]:
            under = [at for at, (left, right) in enumerate(columns) if cell.left <= right and cell.right >= left]
            if len(under) != 1 or values[under[0]]:
                raise _UncertainError
            values[under[0]] = "" if _EMPTY.fullmatch(cell.text) else cell.text
        rows.append(Row(group, name, tuple(values), line.text))
    over = tuple(line.text for line in lines[:above])
    return Table(caption.label, caption.text, caption.page, over, tuple(heads), tuple(rows))


def _is_group(line: _Line) -> bool:
    """Whether a line has one cell only, which stands over the rows below it."""
    return len(line.cells) == 1 and not line.figures


def _heads(lines: Sequence[_Line], columns: Sequence[tuple[float, float]]) -> list[str]:
    """What each column is called: its own head, in one line or two; behind that over several, where there is one."""
    if not 1 <= len(lines) <= 2:
        raise _UncertainError
    if len(lines) == 1:
        own = _over(lines[0], columns)
    elif broken := _broken(lines[0], lines[1], columns):
        return broken
    else:
        own = _over(lines[1], columns)
    if not all(own):
        raise _UncertainError
    if len(lines) == 1:
        return own
    cells = [cell for cell in lines[0].cells if cell.right > columns[0][0]]
    spans = _spans(cells, columns)
    return [f"{cell.text} {own[at]}" for cell, span in zip(cells, spans, strict=True) for at in span]


def _broken(upper: _Line, lower: _Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    """Heads of which some go on in a second line, as their beginnings show; empty where that is not so."""
    try:
        first, second = _over(upper, columns), _over(lower, columns)
    except _UncertainError:
        return []
    if not all(first) or not all(re.match(r"[-(a-z]", text) for text in second if text):
        return []
    return [
        one + (other if other.startswith("-") else f" {other}" if other else "")
        for one, other in zip(first, second, strict=True)
    ]


def _over(line: _Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    """The text over each column, each over one only; empty where there is none."""
    found = [""] * len(columns)
    for number, cell in enumerate(line.cells):
        over = [at for at, (left, right) in enumerate(columns) if cell.left <= right and cell.right >= left]
        if not over and number == 0 and cell.right < columns[0][0]:
            continue  # over the names
        if len(over) != 1 or found[over[0]] or cell.is_figure:
            raise _UncertainError
        found[over[0]] = cell.text
    return found


def _spans(cells: Sequence[_Cell], columns: Sequence[tuple[float, float]]) -> list[range]:
    """Which columns each of some heads is over: the one way to part them so that each stands over the middle."""
    middles = [(left + right) / 2 for left, right in columns]
    if not cells or len(cells) > len(columns) or len(columns) < 2:
        raise _UncertainError
    near = _CENTRED * min(other - one for one, other in pairwise(middles))
    fits = []
    for ends in combinations(range(1, len(columns)), len(cells) - 1):
        spans = [range(a, b) for a, b in pairwise((0, *ends, len(columns)))]
        off = [
            abs((cell.left + cell.right) / 2 - (columns[span[0]][0] + columns[span[-1]][1]) / 2)
            for cell, span in zip(cells, spans, strict=True)
        ]
        if max(off) < near:
            fits.append(spans)
    if len(fits) != 1:
        raise _UncertainError
    return fits[0]
