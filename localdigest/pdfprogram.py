"""The text operators of a PDF page, from which the strings that nobody sees can be left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localdigest.pdfpath import Operation
from localdigest.pdfsight import Run


@dataclass
class Shown:
    """One text-showing operator: numbers that move the pen, in thousandths of an em, and strings."""

    parts: list[float | Run]

    def array(self, *sights: int) -> list[Any]:
        """The operand of a TJ with only the glyphs of these sights; the pen moves as before."""
        found: list[Any] = []
        for part in self.parts:
            if not isinstance(part, Run):
                found.append(part)
            elif isinstance(part.sight, int):
                found.append(part.data if part.sight in sights else _move(part, part.advance))
            else:
                found += _pieces(part, part.sight, sights)
        return [item for item in found if item is not None]

    def shows(self, *sights: int) -> bool:
        return any(isinstance(item, bytes) for item in self.array(*sights))


def _pieces(run: Run, sight: Sequence[int], sights: Sequence[int]) -> list[Any]:
    found: list[Any] = []
    place = 0
    for (_, length, advance), one in zip(run.advances(), sight, strict=True):
        piece = run.data[place : place + length]
        place += length
        if one not in sights:
            found.append(_move(run, advance))
        elif found and isinstance(found[-1], bytes):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _move(run: Run, advance: float) -> float | None:
    """As a number of a TJ array; none where it is too small to be seen."""
    a, b, *_ = run.matrix
    if run.face.vertical or not run.size * run.stretch or abs(advance) * math.hypot(a, b) < 1:
        return None
    return -1000 * advance / (run.size * run.stretch)


@dataclass
class Form:
    """A drawn form XObject, or the page itself: its program and its /Font resources."""

    program: list[Operation | Shown | Form]
    fonts: Any
