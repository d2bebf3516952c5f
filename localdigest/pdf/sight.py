"""The text of a PDF page as its operators show it, glyph by glyph, and what of it was found to be seen. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localdigest.pdf.font import Face
from localdigest.pdf.path import Box, Matrix, Operation, around, lies_in, meets

TINY = 3.0
"""Points: below this height text is for machines."""
SCANNED = 0.7
"""With pictures on this share of a page and next to no visible text, hidden text over them is a scan's layer."""
LIGHT = 0.85
"""Relative luminance of a ground on which dark text surely shows."""
MOST_MEETINGS = 400_000
"""Of texts and what is painted on a page: with more, pictures are quicker than going through them."""
ROW = 24.0
"""Points: paints are looked up by rows of this height."""
MOST_ROWS = 200
"""Rows of a page, at most."""
NARROW = 1.5
"""Points: with an em narrower than this, letters are squeezed to lines."""
CORE = (0.02, 0.45)
"""Em above the line in which nearly every letter has ink, and no other line of a page set solid has any."""
WHOLE = (-0.25, 0.95)
"""Em above the line that a glyph may reach."""
OUTLINES_ONLY, AND_CLIP = 3, 4
"""Rendering modes (Table 104): that which paints nothing; those from which on text is a clipping path, too."""

HIDDEN, SEEN, LAYER, TRIMMED = range(4)
"""LAYER: hidden, but where a picture is: the text layer of a scan. TRIMMED: on the sheet, beside the page that is
cut out of it, as printer's marks are."""


@dataclass(slots=True)
class Run:
    """What one text-showing operator shows."""

    items: list[Any]
    """Strings, and numbers that move the pen back, in thousandths of an em."""
    face: Face
    size: float
    stretch: float
    """Horizontal scaling: 1 is none."""
    spacing: float
    word_spacing: float
    rise: float
    matrix: Matrix
    """From text space, with the pen at the origin, to the page."""
    mode: int
    alpha: float
    lost: bool
    """Too small to be read, switched off, or painted so that viewers do not agree on it."""
    plain: bool
    """Sure to show where nothing else is painted."""
    traces: tuple[Sequence[Operation], Matrix] = ((), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    """Of text that paints nothing: the path that was filled just before it."""
    advance: float = 0.0
    """How far it moves the pen in text space."""
    sight: int | list[int] = HIDDEN
    """HIDDEN, SEEN, LAYER or TRIMMED; of each glyph where they differ."""

    def measure(self) -> None:
        """Fill in `advance` (9.4.4)."""
        pen = sum(self.length(item) if isinstance(item, bytes) else self.kern(item) for item in self.items)
        self.advance = pen if self.face.vertical else pen * self.stretch

    @property
    def says(self) -> bool:
        return any(isinstance(item, bytes) and item for item in self.items)

    @property
    def paints(self) -> bool:
        return self.mode % AND_CLIP != OUTLINES_ONLY and self.alpha > 0

    @property
    def sights(self) -> Iterable[int]:
        """Of its glyphs; of a run of one sight, as many as it has bytes."""
        if isinstance(self.sight, list):
            return self.sight
        return [self.sight] * sum(len(item) for item in self.items if isinstance(item, bytes))

    def length(self, data: bytes) -> float:
        """How far a string moves the pen along the line, before horizontal scaling."""
        face = self.face
        length = face.reach(data) * self.size
        if self.spacing:
            length += len(data) // max(1, face.length) * self.spacing
        if self.word_spacing and face.length != 2:
            length += data.count(b" ") * self.word_spacing
        return length

    def kern(self, number: float) -> float:
        """How far a number moves the pen along the line, before horizontal scaling."""
        return (number if self.face.vertical else -number) / 1000 * self.size

    def glyphs(self, data: bytes) -> Iterator[tuple[int, int, float]]:
        """Of each glyph of a string: its code, how many bytes that takes, how far it moves the pen."""
        stretch = 1.0 if self.face.vertical else self.stretch
        for code, length, width in self.face.codes(data):
            extra = self.spacing + (self.word_spacing if length == 1 and code == 32 else 0.0)
            yield code, length, (width * self.size + extra) * stretch

    def places(self) -> Iterator[tuple[str, Box, Box]]:
        """Of each glyph what it says, and its CORE and WHOLE, on the page."""
        start = 0.0
        for item in self.items:
            if not isinstance(item, bytes):
                start += self.kern(item) * (1.0 if self.face.vertical else self.stretch)
                continue
            at = 0
            for _, length, advance in self.glyphs(item):
                text = self.face.spell(item[at : at + length])
                core, whole = (self._box(start, advance, *reach) for reach in (CORE, WHOLE))
                yield text, core, whole
                start += advance
                at += length

    def _box(self, start: float, advance: float, low: float, high: float) -> Box:
        size = self.size
        if self.face.vertical:
            half = (high - low) / 2 * size
            return around(self.matrix, (-half, -start - 0.9 * size, half, -start - 0.1 * size))
        inside = 0.1 * advance
        return around(
            self.matrix, (start + inside, self.rise + low * size, start + advance - inside, self.rise + high * size)
        )

    def body(self, reach: tuple[float, float] = CORE) -> Box:
        """A box around its glyphs, so many em from the line, as far as the pen moves."""
        if self.face.vertical:
            return around(self.matrix, (-0.4 * self.size, -self.advance, 0.4 * self.size, 0.0))
        low, high = (self.rise + em * self.size for em in reach)
        return around(self.matrix, (0.0, low, self.advance, high))

    def corners(self) -> Box:
        """A box around all that its glyphs may reach."""
        lefts, bottoms, rights, tops = zip(*(box for _, _, box in self.places()), strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)

    def is_traced(self) -> bool:
        """Whether text that paints nothing lies on its own outlines: so browsers print a font that they cannot embed.

        What was filled just before it must be a shape of the line's height, with at least a closed line to the em.
        """
        path, matrix = self.traces
        numbers = [float(value) for operands, operator in path if operator != b"re" for value in operands]
        contours = sum(operator == b"m" for _, operator in path)
        if self.paints or not numbers or len(numbers) % 2:
            return False
        left, bottom, right, top = self.corners()
        xs, ys = numbers[::2], numbers[1::2]
        shape = around(matrix, (min(xs), min(ys), max(xs), max(ys)))
        em = abs(self.size) * math.hypot(self.matrix[2], self.matrix[3])
        x, y = (left + right) / 2, (bottom + top) / 2
        return (
            shape[0] - em / 2 <= x <= shape[2] + em / 2
            and shape[1] <= y <= shape[3]
            and shape[3] - shape[1] < 2 * em
            and contours >= max(2, 0.8 * (shape[2] - shape[0]) / em)
        )


def too_small(matrix: Matrix, size: float, stretch: float, face: Face, unit: float) -> bool:
    """Whether text is set too small to be read. `unit` is the page's user unit, in points."""
    a, b, c, d, *_ = matrix
    wide = math.hypot(a, b) * unit
    high = abs(a * d - b * c) / math.hypot(a, b) * unit if wide else 0.0
    em = 1.0 if face.em is None else face.em
    squeezed = wide * abs(size * stretch) * em < NARROW
    return face.em is not None and (squeezed or high * abs(size) * em < TINY - 0.005)


def settle(runs: Sequence[Run], paints: Sequence[tuple[int, Box, float | None]], page: Box) -> bool:
    """Fill in SEEN for what is sure to show: dark, in its clip, on the page, with nothing painted over it nor anything
    but light under it. Whether that is all."""
    over = [(after, box) for after, box, light in paints if light is not None and light >= LIGHT and meets(box, page)]
    under = [(len(runs), box) for _, box, light in paints if (light is None or light < LIGHT) and meets(box, page)]
    rows = _rows([*over, *under])
    left = MOST_MEETINGS
    sure = True
    for number, run in enumerate(runs):
        if not run.says:
            run.sight = SEEN
            continue
        box = run.body()
        plain = run.plain and not run.lost and lies_in(box, page) and left >= 0
        near = [one for row in _rows_of(box) for one in rows.get(row, ())] if plain else []
        left -= len(near)
        shows = plain and not any(after > number and meets(box, other) for after, other in near)
        run.sight = SEEN if shows else HIDDEN
        sure = sure and shows
    return sure


def _rows(paints: Sequence[tuple[int, Box]]) -> dict[int, list[tuple[int, Box]]]:
    found: dict[int, list[tuple[int, Box]]] = {}
    for one in paints:
        for row in _rows_of(one[1]):
            found.setdefault(row, []).append(one)
    return found


def _rows_of(box: Box) -> range:
    low, high = (max(-MOST_ROWS, min(MOST_ROWS, int(side // ROW))) for side in (box[1], box[3]))
    return range(low, high + 1)


def is_scan(runs: Iterable[Run], images: Sequence[Box], page: Box) -> bool:
    """Whether pictures cover the page, and nearly all its text lies hidden with them."""
    found = Counter(sight for run in runs if run.says for sight in run.sights)
    return found[LAYER] > 4 * found[SEEN] and pictured_share(images, page) >= SCANNED


def pictured_share(images: Sequence[Box], page: Box) -> float:
    """The share of a page that images cover, at ten by ten places."""
    left, bottom, right, top = page
    spots = [
        (left + (i + 0.5) / 10 * (right - left), bottom + (j + 0.5) / 10 * (top - bottom))
        for i in range(10)
        for j in range(10)
    ]
    return sum(any(a <= x <= c and b <= y <= d for a, b, c, d in images) for x, y in spots) / len(spots)
