"""What a PDF page's operators change as a viewer follows them. Table numbers are those of ISO 32000-2."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from localdigest.pdf.font import PLAIN, Face
from localdigest.pdf.path import Box, Matrix, Operation, meets, stretch_of
from localdigest.pdf.sight import Run

DARK = 0.72
"""Relative luminance up to which text surely shows on paper: that of pure green, as TeX has links, is 0.715."""
LIGHT, WHITE = 0.85, 0.999
"""The same from which on a ground surely lets dark text show, and of what is the paper's colour."""
OPAQUE, BLACK = 0.6, 0.1
"""From the one opacity on what is darker than the other (relative luminance) surely shows, too."""
SPECK = 1.0
"""Points: what is thinner, a rule, covers no letter and is no letter's ground by itself."""
CELL = 12.0
"""Points: width and height of a cell of a Haze."""
MOST_CELLS = 1200
"""Its columns, and rows, at most."""


@dataclass
class State:
    """The graphics state (Tables 51 and 102), as far as it says where text stands."""

    matrix: Matrix
    alpha: float = 1.0
    """Opacity of what is filled."""
    space: Any = None
    """The colour space of what is filled, where it is no device's."""
    light: float | None = 0.0
    """Relative luminance of what is filled, 0 to 1; None where that is not known at a glance."""
    least: float | None = 0.0
    """The same of what comes of it mixed with anything that is no darker."""
    least_line: float | None = 0.0
    """The same of what is stroked."""
    line_width: float = 1.0
    clip: Box | None = None
    """A box that holds the clipping path, None for the page."""
    odd: bool = False
    """A clip that is no box is in force."""
    effects: frozenset[str] = frozenset()
    """What else is in force that changes what is painted: a blend mode, a mask, a transfer function."""
    pale: bool = False
    whitens: bool = False
    inks: bool = False
    """What is filled is filled with inks (DeviceCMYK)."""
    overprints: bool = False
    """No ink takes others away (OPM 1, 8.6.7): white then leaves what is under it, where the viewer follows."""
    gone: bool = False
    """Clipped by nothing, or in a group that viewers do not agree on."""
    veiled: bool = False
    """In a form that is painted as a whole with less than full opacity, a mask or a blend mode."""
    blended: bool = False
    """With one of the latter two."""
    cut: bool = False
    """Clipped by letters."""
    face: Face = PLAIN
    size: float = 12.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0

    def copy(self) -> State:
        same = State.__new__(State)
        same.__dict__.update(self.__dict__)  # copy.copy() takes five times as long, and plots save by the ten thousand
        return same

    def thickness(self, width: float | None = None) -> float:
        """How wide a line is on the page, at most."""
        return abs(self.line_width if width is None else width) * stretch_of(self.matrix)

    def mixed(self, least: float | None) -> float | None:
        """`least`, where what is painted now is mixed with what is under it as paint is: no darker than both."""
        return None if self.effects or self.blended or self.overprints else least

    def is_plain(self) -> bool:
        """Whether a text now shows for sure, where nothing else is painted: dark, filled, in no odd font."""
        light = self.light
        return (
            light is not None
            and light < DARK
            and self.mode == 0
            and (self.alpha == 1 or (self.alpha >= OPAQUE and light < BLACK))
            and not (self.odd or self.effects or self.veiled)
            and self.face.plain
        )

    def is_white(self) -> bool:
        """Whether a text now surely does not show, where nothing else is painted."""
        light = self.light
        return (
            light is not None
            and light >= WHITE
            and self.mode == 0
            and not (self.effects or self.veiled)
            and self.face.plain
        )


class Paint(NamedTuple):
    """Something painted that is no text."""

    after: int
    """Runs shown before it."""
    box: Box
    light: float | None
    """Relative luminance, where the box is sure to be filled with one colour."""
    cut: bool = False
    """Clipped by letters."""
    least: float | None = None
    """The relative luminance that all has, at least, that it is mixed into, where that is no darker; None where that is
    not known."""


class Haze:
    """How much of a page's cells is painted by what covers no letter by itself: rules, specks, hairlines."""

    def __init__(self, page: Box, unit: float) -> None:
        self._left, self._bottom, right, top = page
        self.cell = max(CELL / unit, (right - self._left) / MOST_CELLS, (top - self._bottom) / MOST_CELLS)
        self.columns, self.rows = (math.ceil(side / self.cell) + 1 for side in (right - self._left, top - self._bottom))
        self.steps: list[list[float]] = []
        """By rows and columns, how much more is painted in a cell than in those before it: summed up along both, they
        are what is painted."""

    def add(self, box: Box, area: float) -> None:
        """What is painted within a box and has so much area. Outside the page it may be told for its edge."""
        if not self.steps:
            self.steps = [[0.0] * (self.columns + 1) for _ in range(self.rows + 1)]
        left, bottom, right, top = self.cells(box)
        share = min(1.0, area / ((right - left) * (top - bottom) * self.cell**2))
        self.steps[bottom][left] += share
        self.steps[bottom][right] -= share
        self.steps[top][left] -= share
        self.steps[top][right] += share

    def cells(self, box: Box) -> tuple[int, int, int, int]:
        """The columns and rows that a box meets: first and last but one, one at least."""
        left, bottom = ((low - side) / self.cell for low, side in ((box[0], self._left), (box[1], self._bottom)))
        right, top = ((high - side) / self.cell for high, side in ((box[2], self._left), (box[3], self._bottom)))
        first, low = max(0, min(self.columns - 1, int(left))), max(0, min(self.rows - 1, int(bottom)))
        return first, low, max(first + 1, min(self.columns, int(right) + 1)), max(low + 1, min(self.rows, int(top) + 1))


@dataclass
class Scene:
    """What one page shows, in its order."""

    unit: float
    """The size of the page's unit, in points."""
    haze: Haze
    resources: Any = None
    """The page's."""
    runs: list[Run] = field(default_factory=list)
    images: list[tuple[int, Box]] = field(default_factory=list)
    """Pictures by their places, each with the number of runs before it."""
    paints: list[Paint] = field(default_factory=list)
    """All that is painted but text and what is in the haze."""
    shape: tuple[Sequence[Operation], Matrix] = ((), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    """The path that was filled last, where it surely shows."""
    forms: int = 0
    solid: frozenset[int] = frozenset()
    """The identities of faces with letters that may cover others."""
    doubt: bool = False
    """Whether something was met that another viewer may take otherwise: then nothing is sure without a picture."""

    def knock_out(self, first: int, *, everything: bool = False) -> None:
        """Loses the texts from `first` on that something lies over, or all: they are in a group in which each thing
        knocks out what is under it, even where it is transparent, or one that is painted as viewers do not agree on."""
        for number, run in enumerate(self.runs[first:], first):
            over = any(paint.after > number and meets(run.core, paint.box) for paint in self.paints)
            run.lost = run.lost or everything or over
