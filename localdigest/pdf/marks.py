"""Forms that only paint shapes, as plots set dots by the ten thousand: looked at once, painted wherever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from localdigest.pdf.objects import entry, numbers
from localdigest.pdf.operators import CONSTRUCTION, FILLS, STROKES
from localdigest.pdf.path import IDENTITY, Box, Matrix, Operation, bounds, length_of

_PAINTING = STROKES | FILLS
_STYLES = {b"J": 1, b"j": 1, b"M": 1, b"ri": 1, b"i": 1, b"d": 2}
"""What changes how lines look, but not where they are, with the number of operands."""


class Shape(NamedTuple):
    """A path that is painted."""

    path: Sequence[Operation]
    operator: bytes
    box: Box
    """Around it, in the space that it is painted in."""
    length: float | None = None
    """How long its lines are there, at most, where that is known."""
    width: float | None = None
    """Of its lines; None where that is as it was before."""


class Form(NamedTuple):
    """What of a form is the same wherever it is drawn."""

    item: Any
    """Kept, so that its identity is not given to another."""
    matrix: Matrix
    box: Box | None
    """What it is clipped to, in its own space."""
    resources: Any
    group: Any
    shapes: Sequence[Shape] | None
    """What it paints, where that is nothing but shapes in the colours in force."""
    operations: Sequence[Operation]
    """What it does, where it is more."""


def form_of(item: Any, operations: Sequence[Operation] | None) -> Form:
    """`operations` are None where nobody looks into it."""
    sides, group = numbers(entry(item, "/BBox")), entry(item, "/Group")
    box = None
    if len(sides) == 4:
        left, bottom, right, top = sides
        box = min(left, right), min(bottom, top), max(left, right), max(bottom, top)
    a, b, c, d, e, f = (numbers(entry(item, "/Matrix")) or IDENTITY)[:6]
    shapes = _shapes(operations) if operations is not None and group is None else None
    rest = operations if operations is not None and shapes is None else ()
    return Form(item, (a, b, c, d, e, f), box, entry(item, "/Resources"), group, shapes, rest)


def _shapes(operations: Sequence[Operation]) -> list[Shape] | None:
    """None where there is anything else, or anything damaged."""
    found: list[Shape] = []
    path: list[Operation] = []
    width: float | None = None
    for operation in operations:
        operands, operator = operation
        if operator in CONSTRUCTION:
            path.append(operation)
        elif operator in _PAINTING and path and not operands:
            try:
                found.append(Shape(path, operator, bounds(path), length_of(path), width))
            except (TypeError, ValueError):
                return None
            path = []
        elif operator == b"w" and len(operands) == 1 and isinstance(operands[0], (int, float)):
            width = float(operands[0])
        elif _STYLES.get(operator, -1) != len(operands):
            return None
    return found
