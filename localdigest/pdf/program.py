"""The text operators of a PDF page, from which the glyphs that nobody sees can be left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localdigest.pdf.path import Operation
from localdigest.pdf.sight import Run


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
