"""Places on a PDF page: matrices, points, boxes. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Operation = tuple[Any, bytes]
"""Operands and operator, as pypdf has them."""
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""

EVERYWHERE: Box = (-1e9, -1e9, 1e9, 1e9)
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def apply(matrix: Matrix, x: float, y: float) -> Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def times(one: Matrix, other: Matrix) -> Matrix:
    """First `one`, then `other`."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def around(matrix: Matrix, box: Box) -> Box:
    """The box around a box that went through a matrix."""
    left, bottom, right, top = box
    a, b, c, d, e, f = matrix
    x, y, z, w = a * left, a * right, d * bottom, d * top
    low, high, under, over = (x, y, z, w) if x <= y and z <= w else (min(x, y), max(x, y), min(z, w), max(z, w))
    if b or c:
        x, y, z, w = c * bottom, c * top, b * left, b * right
        return low + min(x, y) + e, under + min(z, w) + f, high + max(x, y) + e, over + max(z, w) + f
    return low + e, under + f, high + e, over + f


def meet(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def lies_in(one: Box, other: Box, slack: float = 0.0) -> bool:
    """Whether the one does not reach beyond the other by more than `slack`."""
    return (
        one[0] >= other[0] - slack
        and one[1] >= other[1] - slack
        and one[2] <= other[2] + slack
        and one[3] <= other[3] + slack
    )


def meets(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def size(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def share(one: Box, other: Box) -> float:
    """How much of the one lies in the other, 0 to 1."""
    whole = size(one)
    return size(meet(one, other)) / whole if whole else 0.0


def holds(box: Box, x: float, y: float) -> bool:
    left, bottom, right, top = box
    return left <= x <= right and bottom <= y <= top


def bounds(path: Sequence[Operation]) -> Box:
    """The box around a path in its own space, with the control points of its curves."""
    xs, ys = [], []
    for operands, operator in path:
        if operator == b"re":
            x, y, width, height = operands
            xs += [x, x + width]
            ys += [y, y + height]
        else:
            xs += operands[::2]
            ys += operands[1::2]
    if len(xs) != len(ys):
        raise ValueError("half a point")
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def is_rectangle(path: Sequence[Operation]) -> bool:
    """Whether a path is one box, in its own space."""
    kinds = [operator for _, operator in path]
    if kinds in ([b"re"], [b"re", b"h"]):
        return True
    corners = [tuple(operands) for operands, operator in path if operator != b"h"]
    if kinds[:4] != [b"m", b"l", b"l", b"l"] or kinds[4:] not in ([], [b"h"], [b"l"], [b"l", b"h"]):
        return False
    (a, b), (c, d), (e, f), (g, h) = corners[:4]
    upright = (a, d, e, h) == (c, f, g, b) or (b, c, f, g) == (d, e, h, a)
    return upright and corners[4:] in ([], corners[:1])


def length_of(path: Sequence[Operation]) -> float:
    """How long the lines of a path are in its own space, at most."""
    total = x = y = 0.0
    for operands, operator in path:
        if operator == b"re":
            total += 2 * (abs(operands[2]) + abs(operands[3]))
        elif operands:
            ends = [float(value) for value in operands]
            for to, up in zip(ends[::2], ends[1::2], strict=True):
                if operator != b"m":
                    total += math.hypot(to - x, up - y)
                x, y = to, up
    return total


def stretch_of(matrix: Matrix) -> float:
    """By how much a matrix makes lines longer, at most."""
    a, b, c, d, *_ = matrix
    return max(math.hypot(a, b), math.hypot(c, d))


def is_upright(matrix: Matrix) -> bool:
    """Whether boxes stay boxes, turned by quarters at most."""
    a, b, c, d, *_ = matrix
    return not (b or c) or not (a or d)
