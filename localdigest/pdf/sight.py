"""The text of a PDF page as its operators show it, glyph by glyph, and what of it was found to be seen. Pure."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localdigest.pdf.font import Face
from localdigest.pdf.path import Box, Matrix, Operation, around, holds
from localdigest.text.unseen import without_unseen

TINY = 3.0
"""Points: below this height text is for machines."""
SCANNED = 0.7
"""With pictures on this share of a page and next to no visible text, hidden text over them is a scan's layer."""
NARROW = 1.5
"""Points: with an em narrower than this, letters are squeezed to lines."""
CLOSE, SOME = 0.12, 4
"""Em from letter to letter of so many, at least, that can be told apart; letters as narrow as `il` have 0.28."""
BACK = 3.0
"""Em that the pen may go back within a text: for an accent half a one; with more, letters are set over letters."""
MARK, AROUND = 0.05, (0.6, 0.7)
"""Em: what moves the pen by less is set over a letter, as a bar is; its ink is so far before and behind the pen."""
SPACE = 32
"""The code that spaces of words are added to."""
CORE = (0.02, 0.45)
"""Em above the line in which nearly every letter has ink, and no other line of a page set solid has any."""
WHOLE = (-0.25, 0.95)
"""Em above the line that a glyph may reach."""
IDEOGRAPHS = "\u2e80"
"""From here on there are letters of a single low stroke."""
OUTLINED, OUTLINES_ONLY, AND_CLIP = (1, 2), 3, 4
"""Rendering modes (Table 104): those with outlines; that which paints nothing; those from which on text is a clipping
path, too."""

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
    white: bool = False
    """Sure not to show where nothing else is painted."""
    light: float = 1.0
    """Relative luminance of what is plain and opaque; 1 where that is not known."""
    traces: tuple[Sequence[Operation], Matrix] = ((), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0))
    """Of text that paints nothing: the path that was filled just before it, where that surely shows."""
    says: bool = False
    """Whether it shows a glyph at all."""
    advance: float = 0.0
    """How far it moves the pen in text space."""
    core: Box = (0.0, 0.0, 0.0, 0.0)
    """Around the CORE of its glyphs, on the page."""
    sight: int | list[int] = HIDDEN
    """HIDDEN, SEEN, LAYER or TRIMMED; of each glyph where they differ."""
    settled: bool = False
    """Whether `sight` is sure without drawing the page."""

    def measure(self) -> None:
        """Fill in `says`, `advance` (9.4.4) and `core`; what nobody can read letter by letter is `lost`."""
        pen, bytes_, back = 0.0, 0, 0.0
        for item in self.items:
            if isinstance(item, bytes):
                pen += self.length(item)
                bytes_ += len(item)
            else:
                step = self.kern(item)
                pen += step
                back = step if step < back else back
        self.says = bytes_ > 0
        self.advance = pen if self.face.vertical else pen * self.stretch
        self.core = self.body()
        em = abs(self.size * (self.face.em or 0.0))
        piled = bytes_ // (self.face.length or 2) >= SOME and abs(pen) < CLOSE * em * bytes_ / (self.face.length or 2)
        self.lost = self.lost or piled or (back < -BACK * em < 0 and self._overwrites(BACK * em))

    def _overwrites(self, back: float) -> bool:
        """Whether it goes so far behind its last letter to set something else; the same again makes it bold."""
        parts, pen, end = [b""], 0.0, 0.0
        for item in self.items:
            if not isinstance(item, bytes):
                pen += self.kern(item) * (1.0 if self.face.vertical else self.stretch)
                continue
            if pen < end - back:
                parts.append(b"")
            parts[-1] += item
            for code, _, advance in self.glyphs(item):
                pen += advance
                end = pen if code != SPACE else end
        return len({part for part in parts if part}) > 1

    @property
    def text(self) -> str:
        """What its glyphs say."""
        return "".join([self.face.spell(item) for item in self.items if isinstance(item, bytes)])

    @property
    def paints(self) -> bool:
        return self.mode % AND_CLIP != OUTLINES_ONLY and self.alpha > 0

    @property
    def sights(self) -> Iterable[int]:
        """Of its glyphs; of a run of one sight, as many as it has bytes."""
        if isinstance(self.sight, list):
            return self.sight
        return [self.sight] * sum(len(item) for item in self.items if isinstance(item, bytes))

    def has(self, sights: Collection[int]) -> bool:
        """Whether any of its glyphs has one of these."""
        own = self.sight
        return self.says and (own in sights if isinstance(own, int) else any(each in sights for each in own))

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
            extra = self.spacing + (self.word_spacing if length == 1 and code == SPACE else 0.0)
            yield code, length, (width * self.size + extra) * stretch

    def places(self) -> Iterator[tuple[str, Box, Box]]:
        """Of each glyph what it says, and its CORE and WHOLE, on the page."""
        a, b, c, d, e, f = self.matrix
        heights = [sorted(d * (self.rise + em * self.size) + f for em in reach) for reach in (CORE, WHOLE)]
        (low, high), (under, over) = heights
        is_level = not (b or c or self.face.vertical)
        start = 0.0
        for item in self.items:
            if not isinstance(item, bytes):
                start += self.kern(item) * (1.0 if self.face.vertical else self.stretch)
                continue
            at = 0
            for _, length, advance in self.glyphs(item):
                text = self.face.spell(item[at : at + length])
                if is_level:
                    left, right = (a * x + e for x in self._sides(start, advance))
                    left, right = (left, right) if left <= right else (right, left)
                    yield text, (left, low, right, high), (left, under, right, over)
                else:
                    yield text, self._box(start, advance, *CORE), self._box(start, advance, *WHOLE)
                start += advance
                at += length

    def _box(self, start: float, advance: float, low: float, high: float) -> Box:
        size = self.size
        if self.face.vertical:
            half = (high - low) / 2 * size
            return around(self.matrix, (-half, -start - 0.9 * size, half, -start - 0.1 * size))
        left, right = self._sides(start, advance)
        return around(self.matrix, (left, self.rise + low * size, right, self.rise + high * size))

    def _sides(self, start: float, advance: float) -> tuple[float, float]:
        """Of a glyph on its line."""
        if abs(advance) < MARK * abs(self.size):  # its ink is before the pen, or behind it
            return start - AROUND[0] * self.size, start + AROUND[1] * self.size
        inside = 0.1 * advance
        return start + inside, start + advance - inside

    def body(self, reach: tuple[float, float] = CORE) -> Box:
        """A box around its glyphs, so many em from the line, as far as the pen moves."""
        if self.face.vertical:
            return around(self.matrix, (-0.4 * self.size, -self.advance, 0.4 * self.size, 0.0))
        low, high = (self.rise + em * self.size for em in reach)
        return around(self.matrix, (0.0, low, self.advance, high))

    def cover(self) -> Box:
        """What it may cover of others: its glyphs as far as they reach, though they may not move the pen."""
        if self.face.vertical:
            return self.core
        _, b, c, d, _, _ = self.matrix
        moves = abs(self.advance) > MARK * abs(self.size)
        if moves and not (b or c) and d * self.size > 0:  # as nearly all text: taller than its core, as wide
            left, low, right, high = self.core
            em = (high - low) / (CORE[1] - CORE[0])
            return left, low - (CORE[0] - WHOLE[0]) * em, right, high + (WHOLE[1] - CORE[1]) * em
        low, high = self.rise + WHOLE[0] * self.size, self.rise + WHOLE[1] * self.size
        if moves:
            return around(self.matrix, (0.0, low, self.advance, high))
        return around(self.matrix, (-AROUND[0] * self.size, low, AROUND[1] * self.size + self.advance, high))

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


def sights_of(
    places: Sequence[tuple[str, Box, Box]],
    seen: Sequence[bool],
    covers: Sequence[Box],
    page: Box,
    sheet: Box,
    before: int,
) -> list[int]:
    """Of each glyph of a run. A space, which has no ink, is as what stands behind it, or else before it."""
    found: list[int | None] = []  # None where it is not known by itself
    for (text, (left, bottom, right, top), _), shows in zip(places, seen, strict=True):
        x, y = (left + right) / 2, (bottom + top) / 2
        if not has_ink(text):
            found.append(None)
        elif shows:
            found.append(SEEN)
        elif not holds(page, x, y):
            found.append(TRIMMED if holds(sheet, x, y) else HIDDEN)
        else:
            found.append(LAYER if any(holds(box, x, y) for box in covers) else HIDDEN)
    for at in reversed(range(len(found) - 1)):
        found[at] = found[at + 1] if found[at] is None else found[at]
    last = next((sight for sight in reversed(found) if sight is not None), before)
    return [last if sight is None else sight for sight in found]


@functools.lru_cache(maxsize=1024)
def has_ink(text: str) -> bool:
    """Whether a glyph that says this has ink: not a space, nor what no page shows."""
    return bool(without_unseen(text).strip())


@functools.lru_cache(maxsize=1024)
def is_tall(text: str) -> bool:
    """Whether a glyph has ink at nearly all heights, as letters and digits have it, but for Chinese ones."""
    return any(char.isalnum() and char < IDEOGRAPHS and unicodedata.category(char) != "Lm" for char in text)


def is_mark(text: str) -> bool:
    """Whether a text is an accent alone, which stands over the letter that it belongs to."""
    return len(text) == 1 and unicodedata.category(text) in ("Lm", "Sk", "Mn")


def too_small(matrix: Matrix, size: float, stretch: float, face: Face, unit: float) -> bool:
    """Whether text is set too small to be read. `unit` is the page's user unit, in points."""
    a, b, c, d, *_ = matrix
    wide = math.hypot(a, b) * unit
    high = abs(a * d - b * c) / math.hypot(a, b) * unit if wide else 0.0
    em = 1.0 if face.em is None else face.em
    squeezed = wide * abs(size * stretch) * em < NARROW
    return face.em is not None and (squeezed or high * abs(size) * em < TINY - 0.005)


def is_scan(runs: Iterable[Run], images: Sequence[Box], page: Box) -> bool:
    """Whether pictures cover the page, and nearly all its text lies hidden with them."""
    if pictured_share(images, page) < SCANNED:
        return False
    found = Counter(sight for run in runs if run.says for sight in run.sights)
    return found[LAYER] > 4 * found[SEEN]


def pictured_share(images: Sequence[Box], page: Box) -> float:
    """The share of a page that images cover, at ten by ten places."""
    left, bottom, right, top = page
    spots = [
        (left + (i + 0.5) / 10 * (right - left), bottom + (j + 0.5) / 10 * (top - bottom))
        for i in range(10)
        for j in range(10)
    ]
    return sum(any(a <= x <= c and b <= y <= d for a, b, c, d in images) for x, y in spots) / len(spots)
