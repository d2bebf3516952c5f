"""A PDF page's operators, followed as a viewer follows them: what text is shown where, and where pictures are.

What of it can be seen is told by what pdfium paints (`ink`), but for what viewers do not agree on: that is left out.
Chapter and table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from localdigest.pdf.font import Fonts
from localdigest.pdf.objects import entry, is_off, numbers, resolve, switched_off
from localdigest.pdf.path import EVERYWHERE, IDENTITY, Box, Matrix, Operation, around, lies_in, meet, times
from localdigest.pdf.sight import Run, too_small
from localdigest.pdf.state import Scene, State

MAX_FORMS = 1000
"""Forms drawn on one page, forms within forms counted again."""
MAX_DEPTH = 12
FAINT = 0.1
"""How far from white, 0 to 1, no colour shows."""
DARK = 0.72
"""Relative luminance up to which text surely shows on paper: that of pure green, as TeX has links, is 0.715."""
OPAQUE, BLACK = 0.6, 0.1
"""From the one opacity on what is darker than the other (relative luminance) surely shows, too."""
SPECK = 1.0
"""Points: what is thinner, a rule, neither covers a letter nor is one's ground."""
THICK = 2.0
"""Points: from this width on, a line is a painted area."""


class Walk:
    """Follows the pages of one file. `parse` makes operations of a form."""

    def __init__(self, parse: Callable[[Any], list[Operation]], fonts: Fonts, catalog: Any) -> None:
        self._parse = parse
        self._parsed: dict[int, tuple[Any, list[Operation]]] = {}
        self.fonts = fonts
        self.off = switched_off(catalog)

    def page(self, operations: Iterable[Operation], resources: Any, unit: float) -> Scene:
        """`unit` is the size of the page's unit in points."""
        scene = Scene(unit)
        self._parsed.clear()
        _Stream(self, scene, resources, State(IDENTITY), off=False, within=()).run(operations)
        return scene

    def parse(self, form: Any) -> list[Operation]:
        """A form's operations, which a page may want many times."""
        if id(form) not in self._parsed:
            self._parsed[id(form)] = form, self._parse(form)
        return self._parsed[id(form)][1]


class _Stream:
    """Follows one content stream: the page's or a form's."""

    def __init__(
        self, walk: Walk, scene: Scene, resources: Any, state: State, *, off: bool, within: tuple[int, ...]
    ) -> None:
        self.walk, self.scene, self.resources, self.state, self.within = walk, scene, resources, state, within
        self.stack: list[State] = []
        self.marks: list[bool] = [off]
        """For each open marked content: whether it is switched off."""
        self.path: list[Operation] = []
        self.line = self.pen = IDENTITY

    def run(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            operands, operator = operation
            if operator in _CONSTRUCTION:
                self.path.append(operation)
                continue
            if handler := _HANDLERS.get(operator):
                try:
                    handler(self, operands, operator)
                except MemoryError:
                    raise
                except Exception:  # noqa: S112  isolation boundary: viewers, too, skip a damaged operator
                    continue

    # ---------------------------------------------------------------- graphics state

    def save(self, _operands: Any, _operator: bytes) -> None:
        self.stack.append(copy.copy(self.state))

    def restore(self, _operands: Any, _operator: bytes) -> None:
        if self.stack:
            self.state = self.stack.pop()

    def concat(self, operands: Any, _operator: bytes) -> None:
        self.state.matrix = times(_matrix(operands), self.state.matrix)

    def set_number(self, operands: Any, operator: bytes) -> None:
        setattr(self.state, _NUMBERS[operator], float(operands[0]))

    def set_stretch(self, operands: Any, _operator: bytes) -> None:
        self.state.stretch = float(operands[0]) / 100

    def set_mode(self, operands: Any, _operator: bytes) -> None:
        self.state.mode = int(operands[0])

    def set_font(self, operands: Any, _operator: bytes) -> None:
        self.state.face = self.walk.fonts.find(self.resources, operands[0])
        self.state.size = float(operands[1])

    def set_all(self, operands: Any, _operator: bytes) -> None:
        found = entry(entry(self.resources, "/ExtGState"), operands[0])
        if isinstance(alpha := entry(found, "/ca"), (int, float)):
            self.state.alpha = float(alpha)
        for key, plain in _PLAIN.items():
            if (value := entry(found, key)) is not None:
                self.state.effects = (self.state.effects - {key}) | (set() if value in plain else {key})
        if isinstance(font := entry(found, "/Font"), list):
            self.state.size = float(resolve(font[1]))
        if (blend := entry(found, "/BM")) is not None:
            modes = {resolve(one) for one in blend} if isinstance(blend, list) else {blend}
            self.state.whitens = bool(modes & _WHITENS)

    def set_device_colour(self, operands: Any, operator: bytes) -> None:
        values = [float(value) for value in operands]
        self.state.space = None
        if operator == b"k":
            values = [(1 - value) * (1 - values[3]) for value in values[:3]]
        self.state.light = luminance(values * 3 if len(values) == 1 else values)

    def set_space(self, operands: Any, _operator: bytes) -> None:
        self.state.space = entry(entry(self.resources, "/ColorSpace"), operands[0])
        self.state.pale, self.state.light = False, None

    def set_colour(self, operands: Any, _operator: bytes) -> None:
        """By its gamma a calibrated colour may be white whatever its numbers say (8.6.5.2); few viewers mind it."""
        space = self.state.space
        if isinstance(space, list) and resolve(space[0]) in ("/CalGray", "/CalRGB"):
            gamma = entry(space[1], "/Gamma")
            powers = numbers(gamma) if isinstance(gamma, list) else [float(gamma or 1)] * 3
            values = [max(0.0, float(value)) ** power for value, power in zip(operands, powers, strict=False)]
            self.state.pale = min(values, default=0.0) > 1 - FAINT

    def mark(self, operands: Any, _operator: bytes) -> None:
        off = self.marks[-1]
        if len(operands) > 1 and operands[0] == "/OC" and isinstance(operands[1], str):
            off = off or is_off(self.walk.off, entry(self.resources, "/Properties"), operands[1])
        self.marks.append(off)

    def unmark(self, _operands: Any, _operator: bytes) -> None:
        if len(self.marks) > 1:
            self.marks.pop()

    def set_clip(self, _operands: Any, _operator: bytes) -> None:
        state = self.state
        state.gone = state.gone or not self.path  # what is within no path at all
        if box := self._box():
            state.odd = state.odd or [operator for _, operator in self.path] != [b"re"]
            state.clip = meet(state.clip, box) if state.clip else box

    def _box(self) -> Box | None:
        """Around the path that is being made, control points of curves left out."""
        xs, ys = [], []
        for operands, operator in self.path:
            if operator == b"re":
                x, y, width, height = operands
                xs += [x, x + width]
                ys += [y, y + height]
            elif operands:
                xs.append(operands[-2])
                ys.append(operands[-1])
        if not xs:
            return None
        return around(self.state.matrix, (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))))

    def _paint(self, box: Box, light: float | None) -> None:
        box = meet(box, self.state.clip) if self.state.clip else box
        if min(box[2] - box[0], box[3] - box[1]) * self.scene.unit > SPECK:
            self.scene.paints.append((len(self.scene.runs), box, light))

    def paint_shading(self, _operands: Any, _operator: bytes) -> None:
        self._paint(self.state.clip or EVERYWHERE, None)

    # ---------------------------------------------------------------- shapes, pictures, forms

    def paint_path(self, _operands: Any, operator: bytes) -> None:
        path, state = self.path, self.state
        wide = operator in _STROKES and state.line_width * math.hypot(*state.matrix[:2]) * self.scene.unit >= THICK
        if (operator in _FILLS or wide) and (box := self._box()):
            reach = state.line_width * math.hypot(*state.matrix[:2]) if wide else 0.0
            box = box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach
            self._paint(box, None if wide or state.alpha < 1 or state.odd or state.effects else state.light)
        if operator in _FILLS:
            self.scene.shape = path, state.matrix
        self.path = []

    def paint_image(self, _operands: Any, _operator: bytes) -> None:
        box = around(self.state.matrix, (0.0, 0.0, 1.0, 1.0))
        self.scene.images.append((len(self.scene.runs), box))
        self._paint(box, None)

    def draw(self, operands: Any, operator: bytes) -> None:
        item = entry(entry(self.resources, "/XObject"), operands[0])
        if entry(item, "/Subtype") == "/Image":
            self.paint_image(operands, operator)
        elif entry(item, "/Subtype") == "/Form":
            self._draw_form(item)

    def _draw_form(self, item: Any) -> None:
        self.scene.forms += 1
        if id(item) in self.within or len(self.within) >= MAX_DEPTH or self.scene.forms > MAX_FORMS:
            return
        state = copy.copy(self.state)
        state.matrix = times(_matrix(numbers(entry(item, "/Matrix")) or IDENTITY), state.matrix)
        resources = entry(item, "/Resources")
        resources = self.resources if resources is None else resources
        off = self.marks[-1] or is_off(self.walk.off, item, "/OC")
        stream = _Stream(self.walk, self.scene, resources, state, off=off, within=(*self.within, id(item)))
        stream.run(self.walk.parse(item))

    # ---------------------------------------------------------------- text

    def begin(self, _operands: Any, _operator: bytes) -> None:
        self.line = self.pen = IDENTITY

    def place(self, operands: Any, _operator: bytes) -> None:
        self.line = self.pen = _matrix(operands)

    def move(self, operands: Any, operator: bytes) -> None:
        if operator == b"TD":
            self.state.leading = -float(operands[1])
        self._step(float(operands[0]), float(operands[1]))

    def next_line(self, _operands: Any, _operator: bytes) -> None:
        self._step(0.0, -self.state.leading)

    def _step(self, x: float, y: float) -> None:
        self.line = self.pen = times((1.0, 0.0, 0.0, 1.0, x, y), self.line)

    def show(self, operands: Any, operator: bytes) -> None:
        if operator == b'"':
            self.state.word_spacing, self.state.spacing = float(operands[0]), float(operands[1])
        if operator in (b"'", b'"'):
            self._step(0.0, -self.state.leading)
        items = operands[0] if operator == b"TJ" else [operands[2 if operator == b'"' else 0]]
        run = self._run([item for item in items if isinstance(item, (bytes, int, float))])
        self.scene.runs.append(run)
        x, y = (0.0, -run.advance) if run.face.vertical else (run.advance, 0.0)
        self.pen = times((1.0, 0.0, 0.0, 1.0, x, y), self.pen)

    def _is_plain(self) -> bool:
        """Whether a text now shows for sure, where nothing else is painted: dark, filled, in no odd font."""
        state = self.state
        return (
            state.mode == 0
            and (state.alpha == 1 or (state.alpha >= OPAQUE and state.light is not None and state.light < BLACK))
            and not (state.odd or state.effects)
            and state.light is not None
            and state.light < DARK
            and state.face.plain
        )

    def _run(self, items: list[Any]) -> Run:
        state = self.state
        matrix = times(self.pen, state.matrix)
        lost = (
            self.marks[-1]
            or (state.pale and state.space is not None)
            or state.whitens
            or state.gone
            or too_small(matrix, state.size, state.stretch, state.face, self.scene.unit)
        )
        run = Run(
            items, state.face, state.size, state.stretch, state.spacing, state.word_spacing,
            state.rise, matrix, state.mode, state.alpha, lost, self._is_plain(),
        )  # fmt: skip
        run.measure()
        run.plain = run.plain and (state.clip is None or lies_in(run.body(), state.clip))
        if not run.paints:
            run.traces = self.scene.shape
        return run


def luminance(rgb: Sequence[float]) -> float:
    """Relative luminance (IEC 61966-2-1) of components from 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((min(c, 1.0) + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(part * share for part, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = numbers(operands)[:6]
    return a, b, c, d, e, f


# ---------------------------------------------------------------- which operator does what (Table A.1)

_WHITENS = {
    "/Screen", "/Lighten", "/ColorDodge", "/Overlay", "/SoftLight", "/Hue", "/Saturation", "/Color", "/Difference",
    "/Exclusion",
}  # fmt: skip
"""Blend modes that leave white paper as it is, in viewers that take it for painted."""
_CONSTRUCTION = {b"m", b"l", b"c", b"v", b"y", b"re", b"h"}
_FILLS = {b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"}
_STROKES = {b"S", b"s", b"B", b"B*", b"b", b"b*"}
_PLAIN = {
    "/BM": ("/Normal", "/Compatible"),
    "/SMask": ("/None",),
    "/TR": ("/Identity",),
    "/TR2": ("/Identity", "/Default"),
}
"""What may change how things are painted, with the values that do not."""
_NUMBERS = {b"w": "line_width", b"Tc": "spacing", b"Tw": "word_spacing", b"TL": "leading", b"Ts": "rise"}
_HANDLERS: dict[bytes, Callable[[_Stream, Any, bytes], None]] = {
    b"q": _Stream.save,
    b"Q": _Stream.restore,
    b"cm": _Stream.concat,
    b"gs": _Stream.set_all,
    b"BMC": _Stream.mark,
    b"BDC": _Stream.mark,
    b"EMC": _Stream.unmark,
    b"W": _Stream.set_clip,
    b"W*": _Stream.set_clip,
    b"cs": _Stream.set_space,
    **dict.fromkeys((b"sc", b"scn"), _Stream.set_colour),
    **dict.fromkeys((b"g", b"rg", b"k"), _Stream.set_device_colour),
    b"sh": _Stream.paint_shading,
    b"Do": _Stream.draw,
    b"INLINE IMAGE": _Stream.paint_image,
    b"BT": _Stream.begin,
    b"Tf": _Stream.set_font,
    b"Tz": _Stream.set_stretch,
    b"Tr": _Stream.set_mode,
    b"Tm": _Stream.place,
    b"Td": _Stream.move,
    b"TD": _Stream.move,
    b"T*": _Stream.next_line,
    **dict.fromkeys(_NUMBERS, _Stream.set_number),
    **dict.fromkeys((*_FILLS, b"S", b"s", b"n"), _Stream.paint_path),
    **dict.fromkeys((b"Tj", b"TJ", b"'", b'"'), _Stream.show),
}
