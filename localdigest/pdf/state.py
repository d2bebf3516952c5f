"""What is remembered while a PDF page is followed: the graphics state and the scene it paints.

Table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from localdigest.pdf.colour import INK, Brush
from localdigest.pdf.font import PLAIN, Face
from localdigest.pdf.path import Area, Matrix
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
