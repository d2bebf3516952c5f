"""Which glyphs of a PDF page a reader can see: pure functions over what the page paints, in its order.

A glyph is judged at five points of its body. It is seen where one of them is inside the page and the clipping
path, is not painted over later, and differs from what it stands on. Places are in points of the page's own
space, y upwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from localdigest.pdf.colour import WHITE, Colour, Rgb, colour, components, contrast, distance, mix
from localdigest.pdf.font import Face
from localdigest.pdf.objects import entry, numbers, resolve
from localdigest.pdf.path import Area, Box, Matrix, Point, apply

Ink = tuple[Colour, float]
"""A colour and its opacity."""

TINY = 3.0
"""Points: below this height text is for machines."""
NARROW = 1.5
"""Points: with an em narrower than this, letters are squeezed to lines."""
FAINT = 0.1
"""Largest difference of a colour's components (0 to 1) that does not show: 0.95 grey on white is hidden, 0.9
shows."""
PALE = 1.15
"""Contrast ratio (see `colour.contrast`) below which a colour does not show on its ground though a component
differs: pale yellow on white has 1.02 to 1.07, 0.9 grey has 1.25."""
COVERS = 0.9
"""Opacity from which on a later painting hides what is under it."""
_CELL = 36.0
_WIDE = 64
"""Cells: a painting over more of them is kept in one list instead."""
_PIXELS = 4 << 20

HIDDEN, SEEN, LAYER, TRIMMED = range(4)
"""LAYER: hidden, but where a picture is: the text layer of a scan. TRIMMED: on the sheet, beside the page that is
cut out of it, as printer's marks are."""


# ---------------------------------------------------------------- what is painted


@dataclass(slots=True)
class Paint:
    """A filled area, or an image drawn into one."""

    order: int
    area: Area
    ink: Ink
    plain: bool
    """Blend mode Normal, no soft mask."""
    image: Any = None
    stencil: bool = False
    contours: int = 0
    """Closed lines of a filled path."""
    opaque: bool | None = None
    """Of an image, once it was looked at; its colour is then in `ink`."""

    def look(self) -> tuple[Ink, bool]:
        """Colour and opacity, and whether it hides what is under it."""
        if self.image is not None and self.opaque is None:
            self.opaque, found = _look(self.image, self.ink[0], stencil=self.stencil)
            self.ink = found, self.ink[1]
        return self.ink, self.plain and self.ink[1] >= COVERS and self.opaque is not False


def _look(image: Any, current: Colour, *, stencil: bool) -> tuple[bool, Colour]:
    """Whether an image is opaque, and its colour where it has only one and is not compressed as a picture."""
    try:
        mask = entry(image, "/SMask", "/Mask")
        if stencil:
            painted = _single(image, "/DeviceGray", 1)
            return (True, current) if painted == ((0.0, 0.0, 0.0),) else (False, None)
        if mask is not None:
            solid = _single(mask, "/DeviceGray", 0) if entry(image, "/SMask") is not None else None
            return bool(solid and distance(solid[0], WHITE) < FAINT), None
        return True, _single(image, entry(image, "/ColorSpace", "/CS"), 0)
    except MemoryError:
        raise
    except Exception:  # isolation boundary: an image that cannot be decoded is a picture like any other
        return False, None


def _single(image: Any, space: Any, bits: int) -> Colour:
    """The colour of an image of one colour; None for any other, and for the compressions made for pictures."""
    filters = entry(image, "/Filter", "/F") or []
    filters = [filters] if isinstance(filters, str) else [resolve(one) for one in filters]
    if any(one in ("/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/DCT", "/CCF") for one in filters):
        return None
    width, height = entry(image, "/Width", "/W"), entry(image, "/Height", "/H")
    bits = bits or entry(image, "/BitsPerComponent", "/BPC") or 8
    count = components(space)
    if bits not in (1, 8) or not count or not 0 < width * height * count <= _PIXELS:
        return None
    data = image.get_data()[: height * ((width * count * bits + 7) // 8)]
    if bits == 1:
        values = {0: [0.0], 255: [1.0]}.get(data[0]) if len(set(data)) == 1 else None
    else:
        steady = all(max(data[place::count]) - min(data[place::count]) < 255 * FAINT for place in range(count))
        values = [byte / 255 for byte in data[:count]] if steady and data else None
    if values is None:
        return None
    if decode := numbers(entry(image, "/Decode", "/D")):
        values = [a + value * (b - a) for value, a, b in zip(values, decode[::2], decode[1::2], strict=False)]
    elif (
        resolve(space) not in ("/Lab",) and isinstance(resolve(space), list) and resolve(space)[0] in ("/Indexed", "/I")
    ):
        values = [values[0] * (255 if bits == 8 else 1)]
    return colour(space, values)


@dataclass(slots=True)
class Run:
    """What one text-showing operator shows."""

    order: int
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
    clip: Area
    inks: tuple[Ink, ...]
    reason: str
    """Why nobody can see any of it, where that is known from itself; else empty."""
    traces: Paint | None = None
    """Of wholly transparent text: what was painted just before it."""
    advance: float = 0.0
    """How far it moves the pen in text space."""
    reach: tuple[float, float] = (0.0, 0.0)
    """The least and the greatest place of the pen, from where it begins."""
    sight: int | list[int] = HIDDEN
    """HIDDEN, SEEN, LAYER or TRIMMED; of each glyph where they differ."""

    def measure(self) -> None:
        """Fill in `advance` and `reach` (9.4.4)."""
        pen = low = high = 0.0
        for item in self.items:
            pen += self.length(item) if isinstance(item, bytes) else self.kern(item)
            low, high = min(low, pen), max(high, pen)
        stretch = 1.0 if self.face.vertical else self.stretch
        self.advance, self.reach = pen * stretch, (low * stretch, high * stretch)

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

    def points(self, start: float, advance: float) -> list[Point]:
        """Five points of the body of the glyph whose origin is `start` along the line."""
        size, rise = self.size, self.rise
        if self.face.vertical:
            spots = [
                (x * size, -start - y * size) for x, y in ((0, 0.5), (-0.2, 0.3), (0.2, 0.3), (-0.2, 0.7), (0.2, 0.7))
            ]
        else:
            spots = [
                (start + x * advance, rise + y * size)
                for x, y in ((0.5, 0.25), (0.25, 0.08), (0.75, 0.08), (0.25, 0.42), (0.75, 0.42))
            ]
        return [apply(self.matrix, x, y) for x, y in spots]

    def corners(self) -> Box:
        """A box around the points of all its glyphs."""
        if self.face.vertical:
            left, right = -0.2 * self.size, 0.2 * self.size
            low, high = -self.reach[1] - self.size, -self.reach[0]
        else:
            (left, right), low, high = self.reach, self.rise + 0.08 * self.size, self.rise + 0.42 * self.size
        spread = [apply(self.matrix, x, y) for x, y in ((left, low), (right, low), (left, high), (right, high))]
        xs, ys = [x for x, _ in spread], [y for _, y in spread]
        return min(xs), min(ys), max(xs), max(ys)

    def is_traced(self) -> bool:
        """Whether a transparent string lies on its own outlines: so browsers print a font that they cannot embed.

        What was painted just before it must be a shape of the line's height, with at least a closed line to the
        em.
        """
        if self.traces is None:
            return False
        shape, (left, bottom, right, top) = self.traces.area.box, self.corners()
        em = abs(self.size) * math.hypot(self.matrix[2], self.matrix[3])
        x, y = (left + right) / 2, (bottom + top) / 2
        return (
            shape[0] - em / 2 <= x <= shape[2] + em / 2
            and shape[1] <= y <= shape[3]
            and shape[3] - shape[1] < 2 * em
            and self.traces.contours >= max(2, 0.8 * (shape[2] - shape[0]) / em)
            and _shows([self.traces.ink], WHITE)
        )


def too_small(matrix: Matrix, size: float, stretch: float, face: Face, unit: float) -> bool:
    """Whether text is set too small to be read. `unit` is the page's user unit, in points."""
    a, b, c, d, *_ = matrix
    wide = math.hypot(a, b) * unit
    high = abs(a * d - b * c) / math.hypot(a, b) * unit if wide else 0.0
    em = 1.0 if face.em is None else face.em
    squeezed = wide * abs(size * stretch) * em < NARROW
    return face.em is not None and (squeezed or high * abs(size) * em < TINY - 0.005)


# ---------------------------------------------------------------- judging


class _Grid:
    """Paintings by place, so that a glyph is held against those near it only."""

    def __init__(self, paints: Iterable[Paint]) -> None:
        self._wide: list[Paint] = []
        self._cells: dict[tuple[int, int], list[Paint]] = {}
        for paint in paints:
            cells = _cells(paint.area.box)
            if cells is None:
                self._wide.append(paint)
            for cell in cells or ():
                self._cells.setdefault(cell, []).append(paint)

    def near(self, box: Box) -> list[Paint]:
        """In painting order."""
        found = {paint.order: paint for paint in self._wide if paint.area.touches(box)}
        cells = _cells(box)
        for cell in self._cells if cells is None else cells:
            found |= {paint.order: paint for paint in self._cells.get(cell, ()) if paint.area.touches(box)}
        return [found[order] for order in sorted(found)]


def _cells(box: Box) -> list[tuple[int, int]] | None:
    left, bottom, right, top = (math.floor(max(-1e6, min(1e6, side)) / _CELL) for side in box)
    if (right - left + 1) * (top - bottom + 1) > _WIDE:
        return None
    return [(x, y) for x in range(left, right + 1) for y in range(bottom, top + 1)]


def judge(runs: Sequence[Run], paints: Sequence[Paint], page: Area, sheet: Area) -> None:
    """Fill in what can be seen of each run."""
    grid = _Grid(paints)
    for run in runs:
        if not any(isinstance(item, bytes) for item in run.items) or run.is_traced():
            run.sight = SEEN
            continue
        box = run.corners()
        near = grid.near(box) if paints else []
        if run.reason and run.reason != "mode":
            run.sight = HIDDEN
        elif not run.face.blank and all(_spans(area, box) for area in (run.clip, *(paint.area for paint in near))):
            run.sight = _sight(run, [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)], near, page, sheet)
        else:
            run.sight = list(_glyphs(run, near, page, sheet))
            if len(set(run.sight)) == 1:
                run.sight = run.sight[0]


def _spans(area: Area, box: Box) -> bool:
    """Whether an area, upright, has the whole box in it: then one point speaks for all."""
    left, bottom, right, top = area.box
    return not area.outlines and left <= box[0] and bottom <= box[1] and right >= box[2] and top >= box[3]


def _glyphs(run: Run, near: Sequence[Paint], page: Area, sheet: Area) -> Iterator[int]:
    start = 0.0
    for item in run.items:
        if not isinstance(item, bytes):
            start += run.kern(item) * (1.0 if run.face.vertical else run.stretch)
            continue
        for code, _, advance in run.glyphs(item):
            blank = code in run.face.blank
            yield HIDDEN if blank else _sight(run, run.points(start, advance), near, page, sheet)
            start += advance


def _sight(run: Run, points: Sequence[Point], near: Sequence[Paint], page: Area, sheet: Area) -> int:
    """Of one glyph, by its points."""
    if not run.reason and any(run.clip.holds(x, y) and _seen(run, near, x, y) for x, y in points):
        return SEEN
    x, y = points[0]
    if not page.holds(x, y):
        return TRIMMED if sheet.holds(x, y) else HIDDEN
    pictured = any(paint.image is not None and paint.area.holds(x, y) for paint in near)
    return LAYER if pictured and _only_pictures(run, near, x, y) else HIDDEN


def _only_pictures(run: Run, near: Sequence[Paint], x: float, y: float) -> bool:
    """Whether nothing but pictures keeps a glyph from being seen (or nothing but its rendering mode)."""
    later = [paint for paint in near if paint.order > run.order and paint.area.holds(x, y) and paint.look()[1]]
    return (
        run.clip.holds(x, y) and (bool(run.reason) or bool(later)) and all(paint.image is not None for paint in later)
    )


def _seen(run: Run, near: Sequence[Paint], x: float, y: float) -> bool:
    below: list[Ink] = []
    for paint in reversed(near):
        if not paint.area.holds(x, y):
            continue
        ink, covers = paint.look()
        if paint.order > run.order:
            if covers:
                return False
            continue
        below.append(ink)
        if paint.plain and ink[1] >= 1 and ink[0] != ():
            break  # what is under it does not matter
    under: Rgb | None = WHITE
    for painted, alpha in reversed(below):
        if painted is None or len(painted) > 1:
            under = under if alpha < FAINT else None
        elif painted and (under or alpha >= 1):
            under = mix(painted[0], under or WHITE, alpha)
    return _shows(run.inks, under)


def _shows(inks: Iterable[Ink], under: Rgb | None) -> bool:
    for colours, alpha in inks:
        if colours is None or (under is None and colours):
            if alpha >= FAINT:
                return True
        elif under and any(_stands_out(mix(one, under, alpha), under) for one in colours):
            return True
    return False


def _stands_out(seen: Rgb, under: Rgb) -> bool:
    return distance(seen, under) > FAINT - 1e-6 and contrast(seen, under) >= PALE


def pictured_share(paints: Sequence[Paint], page: Area) -> float:
    """The share of a page that images cover, at ten by ten places."""
    images = [paint.area for paint in paints if paint.image is not None]
    left, bottom, right, top = page.box
    spots = [
        (left + (i + 0.5) / 10 * (right - left), bottom + (j + 0.5) / 10 * (top - bottom))
        for i in range(10)
        for j in range(10)
    ]
    return sum(any(area.holds(x, y) for area in images) for x, y in spots) / len(spots)
