"""Paths and places on a PDF page: matrices, outlines, areas. Pure functions.

Table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

Operation = tuple[Any, bytes]
"""Operands and operator, as pypdf has them."""
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
CONSTRUCTION = {b"m": 2, b"l": 2, b"c": 6, b"v": 4, b"y": 4, b"re": 4, b"h": 0}
"""The operators that make a path (Table 58), with how many numbers each takes."""
_MANY = 2000
"""Corners: a shape with more is no cover, and what stands on it counts as seen."""


class Area(NamedTuple):
    """The part of the plane within a box and within every outline (closed polygons, even-odd or nonzero)."""

    box: Box
    outlines: tuple[tuple[tuple[tuple[Point, ...], ...], bool], ...] = ()

    def holds(self, x: float, y: float) -> bool:
        left, bottom, right, top = self.box
        if not (left <= x <= right and bottom <= y <= top):
            return False
        return all(_inside(outline, even_odd, x, y) for outline, even_odd in self.outlines)

    def is_simple(self) -> bool:
        """Whether to hold a point against it takes little time."""
        return sum(len(polygon) for outline, _ in self.outlines for polygon in outline) <= _MANY

    def meet(self, other: Area) -> Area:
        (a, b, c, d), (e, f, g, h) = self.box, other.box
        fresh = other.outlines if other.outlines != self.outlines[-1:] else ()  # the same clip is often set again
        return Area((max(a, e), max(b, f), min(c, g), min(d, h)), self.outlines + fresh)

    def touches(self, box: Box) -> bool:
        return self.box[0] <= box[2] and self.box[2] >= box[0] and self.box[1] <= box[3] and self.box[3] >= box[1]


def _inside(outline: Sequence[Sequence[Point]], even_odd: bool, x: float, y: float) -> bool:
    winding = crossings = 0
    for polygon in outline:
        before = polygon[-1]
        for after in polygon:
            if (before[1] > y) != (after[1] > y):
                share = (y - before[1]) / (after[1] - before[1])
                if x < before[0] + share * (after[0] - before[0]):
                    crossings += 1
                    winding += 1 if after[1] > before[1] else -1
            before = after
    return bool(crossings % 2 if even_odd else winding)


NOWHERE = Area((1.0, 1.0, 0.0, 0.0))


def area_of(outline: Sequence[Sequence[Point]], *, even_odd: bool = False) -> Area:
    """What a path encloses; one upright rectangle needs no outline."""
    points = [point for polygon in outline for point in polygon]
    if not points:
        return NOWHERE
    xs, ys = [x for x, _ in points], [y for _, y in points]
    box = min(xs), min(ys), max(xs), max(ys)
    return Area(box) if is_upright(outline) else Area(box, ((tuple(map(tuple, outline)), even_odd),))


def is_upright(outline: Sequence[Sequence[Point]]) -> bool:
    """Whether a path is one rectangle with its sides along the axes."""
    if len(outline) != 1:
        return False
    corners = list(dict.fromkeys((round(x, 2), round(y, 2)) for x, y in outline[0]))
    if len(corners) != 4 or len(outline[0]) > 5:
        return False
    ring = [*corners, corners[0]]
    turns = [a[0] == b[0] for a, b in pairwise(ring)]
    return turns in ([True, False] * 2, [False, True] * 2) and all(
        a[0] == b[0] or a[1] == b[1] for a, b in pairwise(ring)
    )


def apply(matrix: Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def times(one: Matrix, other: Matrix) -> Matrix:
    """First `one`, then `other`."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def box_of(areas: Iterable[Area]) -> Area:
    def around(one: Area, other: Area) -> Area:
        (a, b, c, d), (e, f, g, h) = one.box, other.box
        return Area((min(a, e), min(b, f), max(c, g), max(d, h)))

    return reduce(around, areas, Area((math.inf, math.inf, -math.inf, -math.inf)))


# ---------------------------------------------------------------- paths


def outline_of(path: Iterable[Operation], matrix: Matrix) -> list[list[Point]]:
    """The polygons of a path, on the page. A curve becomes two straight pieces."""
    found: list[list[Point]] = []
    last: Point = (0.0, 0.0)
    for operands, operator in path:
        if len(operands) != CONSTRUCTION[operator] or not all(isinstance(value, (int, float)) for value in operands):
            continue
        if operator == b"re":
            x, y, width, height = operands
            found.append([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
            last = x, y
        elif operator == b"h":
            last = found[-1][0] if found else last
        elif operator == b"m":
            last = operands[0], operands[1]
            found.append([last])
        else:
            if not found or found[-1][-1] != last:  # after `re` and `h` a path goes on where the last one began
                found.append([last])
            end = operands[-2], operands[-1]
            if operator != b"l":
                found[-1].append(_middle(operator, last, operands))
            found[-1].append(end)
            last = end
    return [[apply(matrix, *point) for point in polygon] for polygon in found]


def _middle(operator: bytes, start: Point, operands: Any) -> Point:
    """The point half along a Bezier curve."""
    end = operands[-2], operands[-1]
    first = start if operator == b"v" else (operands[0], operands[1])
    second = end if operator == b"y" else (operands[-4], operands[-3])
    x, y = ((start[i] + 3 * first[i] + 3 * second[i] + end[i]) / 8 for i in (0, 1))
    return x, y


def parts_of(outline: list[list[Point]]) -> Iterator[list[list[Point]]]:
    """Rectangles filled at once, one by one, as long as none can be a hole in another; else the whole."""
    turns = {_turn(polygon) > 0 for polygon in outline}
    if len(outline) > 1 and len(turns) == 1 and all(is_upright([polygon]) for polygon in outline):
        yield from ([polygon] for polygon in outline)
    else:
        yield outline


def _turn(polygon: Sequence[Point]) -> float:
    """Twice the signed area."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*polygon, polygon[0]]))


def bars_of(outline: Iterable[Sequence[Point]], width: float) -> Iterator[list[Point]]:
    """What a line of this width paints, piece by piece, without caps and joins."""
    for polygon in outline:
        for (x, y), (u, v) in pairwise(polygon):
            length = math.hypot(u - x, v - y)
            if length:
                a, b = -(v - y) / length * width / 2, (u - x) / length * width / 2
                yield [(x + a, y + b), (u + a, v + b), (u - a, v - b), (x - a, y - b)]
