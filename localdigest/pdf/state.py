"""What is remembered while a PDF page is followed: the graphics state, the scene it paints, and its text operators,
from which the glyphs that nobody sees can be left out.

Table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localdigest.pdf.colour import INK, Brush
from localdigest.pdf.font import PLAIN, Face
from localdigest.pdf.path import Area, Matrix, Operation
from localdigest.pdf.sight import Paint, Run


@dataclass
class State:
    """The graphics state (Tables 51 and 102), as far as it matters here."""

    matrix: Matrix
    clip: Area
    fill: Brush = INK
    stroke: Brush = INK
    fill_alpha: float = 1.0
    stroke_alpha: float = 1.0
    group_alpha: float = 1.0
    plain: bool = True
    """Blend mode Normal, no soft mask."""
    whitens: bool = False
    """A blend mode that leaves white as it is, whatever is painted."""
    line_width: float = 1.0
    face: Face = PLAIN
    size: float = 12.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0
    cut_by: tuple[Run, ...] = ()
    """Text used as a clipping path: what is painted now shows through it."""


@dataclass
class Scene:
    """What one page shows and paints, in its order."""

    unit: float
    runs: list[Run] = field(default_factory=list)
    paints: list[Paint] = field(default_factory=list)
    forms: int = 0
    clock: int = 0

    def tick(self) -> int:
        self.clock += 1
        return self.clock


class Inline(dict[str, Any]):
    """An inline image: its settings, and its data as a stream has them."""

    def __init__(self, operands: Any) -> None:
        super().__init__(operands["settings"])
        self._data = operands["data"]

    def get_data(self) -> bytes:
        return bytes(self._data)


# ---------------------------------------------------------------- the program: what is left for pypdf


@dataclass
class Form:
    """A drawn form XObject, or the page itself: its program and its /Font resources."""

    program: list[Operation | Run | Form]
    fonts: Any


def only(run: Run, *sights: int) -> list[Any]:
    """The operand of a TJ with only the glyphs of these sights; the pen moves as before."""
    if isinstance(run.sight, int):
        return run.items if run.sight in sights else _move(run, run.advance)
    found: list[Any] = []
    each = iter(run.sight)
    for item in run.items:
        found += _pieces(run, item, each, sights) if isinstance(item, bytes) else [item]
    return found


def _pieces(run: Run, data: bytes, each: Iterator[int], sights: tuple[int, ...]) -> list[Any]:
    found: list[Any] = []
    place = 0
    for _, length, advance in run.glyphs(data):
        piece = data[place : place + length]
        place += length
        if next(each) not in sights:
            found += _move(run, advance)
        elif found and isinstance(found[-1], bytes):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _move(run: Run, advance: float) -> list[float]:
    """As a number of a TJ array; none where it is too small to be seen."""
    a, b, *_ = run.matrix
    if run.face.vertical or not run.size * run.stretch or abs(advance) * math.hypot(a, b) < 1:
        return []
    return [-1000 * advance / (run.size * run.stretch)]
