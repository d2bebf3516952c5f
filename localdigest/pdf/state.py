"""What a PDF page's operators change as a viewer follows them. Table numbers are those of ISO 32000-2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from localdigest.pdf.font import PLAIN, Face
from localdigest.pdf.path import Box, Matrix, Operation
from localdigest.pdf.sight import Run


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
    line_width: float = 1.0
    clip: Box | None = None
    """A box that holds the clipping path, None for the page."""
    odd: bool = False
    """A clip that is no box is in force."""
    effects: frozenset[str] = frozenset()
    """What else is in force that changes what is painted: a blend mode, a mask, a transfer function."""
    pale: bool = False
    whitens: bool = False
    gone: bool = False
    """Clipped by nothing."""
    face: Face = PLAIN
    size: float = 12.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


@dataclass
class Scene:
    """What one page shows, in its order."""

    unit: float
    """The size of the page's unit, in points."""
    runs: list[Run] = field(default_factory=list)
    images: list[tuple[int, Box]] = field(default_factory=list)
    """Pictures by their places, each with the number of runs before it."""
    paints: list[tuple[int, Box, float | None]] = field(default_factory=list)
    """The same of all that is painted but text, with how light it is."""
    shape: tuple[Sequence[Operation], Matrix] = ((), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    """The path that was filled last."""
    forms: int = 0
