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
from localdigest.pdf.objects import entry, is_off, is_whole, numbers, resolve, switched_off
from localdigest.pdf.operators import CONSTRUCTION, COUNTS, FILLS, NUMBERS, PLAIN, STROKES, WHITENS
from localdigest.pdf.path import (
    EVERYWHERE,
    IDENTITY,
    Box,
    Matrix,
    Operation,
    around,
    is_upright,
    length_of,
    lies_in,
    meet,
    times,
)
from localdigest.pdf.sight import AND_CLIP, OUTLINED, WHOLE, Run, too_small
from localdigest.pdf.state import DARK, LIGHT, Haze, Paint, Scene, State

MAX_FORMS = 1000
"""Forms drawn on one page, forms within forms counted again."""
MAX_DEPTH = 12
FAINT = 0.1
"""How far from white, 0 to 1, no colour shows."""
SPECK = 1.0
"""Points: what is thinner, a rule, covers no letter and is no letter's ground by itself."""
EDGE = 0.5
"""Points of a text that a clip may cut off: programs set it round the text and round its numbers."""
THICK = 2.0
"""Points: from this width on, a line is a painted area."""


class Walk:
    """Follows the pages of one file. `parse` makes operations of a form."""

    def __init__(self, parse: Callable[[Any], list[Operation]], fonts: Fonts, catalog: Any) -> None:
        self._parse = parse
        self._parsed: dict[int, tuple[Any, list[Operation]]] = {}
        self.fonts = fonts
        self.off = switched_off(catalog)

    def page(self, operations: Iterable[Operation], resources: Any, unit: float, box: Box, group: Any = None) -> Scene:
        """`unit` is the size of the page's unit in points, `box` what is seen of it, `group` its transparency group."""
        scene = Scene(unit, Haze(box, unit), resources)
        self._parsed.clear()
        _Stream(self, scene, resources, State(IDENTITY), off=False, within=()).run(operations)
        if entry(group, "/K"):
            scene.knock_out(0)
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

    def named(self, kind: str, name: Any) -> Any:
        """What a name stands for; what a form has not is looked for in the page's resources, as viewers do."""
        found = entry(entry(self.resources, kind), name)
        return entry(entry(self.scene.resources, kind), name) if found is None else found

    def run(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            operands, operator = operation
            if operator in CONSTRUCTION:
                self.path.append(operation)
                continue
            count, handler = _OPERATORS.get(operator, (-1, None))
            if count is not None and count != len(operands):
                self.scene.doubt = True  # one viewer takes the last of them, another the first, a third none
            if handler:
                try:
                    handler(self, operands, operator)
                except MemoryError:
                    raise
                except Exception:  # isolation boundary: a damaged operator, which viewers skip, or do not
                    self.scene.doubt = True

    # ---------------------------------------------------------------- graphics state

    def save(self, _operands: Any, _operator: bytes) -> None:
        self.stack.append(copy.copy(self.state))

    def restore(self, _operands: Any, _operator: bytes) -> None:
        if self.stack:
            self.state = self.stack.pop()

    def concat(self, operands: Any, _operator: bytes) -> None:
        self.state.matrix = times(_matrix(operands), self.state.matrix)

    def set_number(self, operands: Any, operator: bytes) -> None:
        setattr(self.state, NUMBERS[operator], float(operands[0]))

    def set_stretch(self, operands: Any, _operator: bytes) -> None:
        self.state.stretch = float(operands[0]) / 100

    def set_mode(self, operands: Any, _operator: bytes) -> None:
        self.state.mode = int(operands[0])

    def set_font(self, operands: Any, _operator: bytes) -> None:
        self.state.face = self.walk.fonts.find((self.resources, self.scene.resources), operands[0])
        self.state.size = float(operands[1])

    def set_all(self, operands: Any, _operator: bytes) -> None:
        found = self.named("/ExtGState", operands[0])
        if isinstance(alpha := entry(found, "/ca"), (int, float)):
            self.state.alpha = float(alpha)
        for key, plain in PLAIN.items():
            if (value := entry(found, key)) is not None:
                self.state.effects = (self.state.effects - {key}) | (set() if value in plain else {key})
        if isinstance(width := entry(found, "/LW"), (int, float)):
            self.state.line_width = float(width)
        if (prints := entry(found, "/op", "/OP")) is not None:
            self.state.overprints = bool(prints) and entry(found, "/OPM") == 1
        if isinstance(font := entry(found, "/Font"), list):
            self.state.size = float(resolve(font[1]))
            self.scene.doubt = True  # which font it is, few viewers mind
        if (blend := entry(found, "/BM")) is not None:
            modes = {resolve(one) for one in blend} if isinstance(blend, list) else {blend}
            self.state.whitens = bool(modes & WHITENS)

    def set_device_colour(self, operands: Any, operator: bytes) -> None:
        values = [float(value) for value in operands]
        self.state.space = None
        if operator == b"k":
            values = [(1 - value) * (1 - values[3]) for value in values[:3]]
        self.state.light, self.state.inks = luminance(values * 3 if len(values) == 1 else values), operator == b"k"

    def set_space(self, operands: Any, _operator: bytes) -> None:
        self.state.space = space = self.named("/ColorSpace", operands[0])
        self.state.light = None
        inks = resolve(space[1]) if isinstance(space, list) and len(space) > 1 else None
        # Printers have no such ink; some viewers paint with what stands for it.
        self.state.pale = isinstance(inks, list) and bool(inks) and all(resolve(ink) == "/None" for ink in inks)

    def set_colour(self, operands: Any, _operator: bytes) -> None:
        """By its gamma a calibrated colour may be white whatever its numbers say (8.6.5.2); few viewers mind it."""
        space = self.state.space
        if isinstance(space, list) and space and resolve(space[0]) in ("/CalGray", "/CalRGB"):
            gamma = entry(space[1], "/Gamma")
            powers = numbers(gamma) if isinstance(gamma, list) else [float(gamma or 1)] * 3
            values = [max(0.0, float(value)) ** power for value, power in zip(operands, powers, strict=False)]
            self.state.pale = min(values, default=0.0) > 1 - FAINT

    def mark(self, operands: Any, _operator: bytes) -> None:
        off = self.marks[-1]
        if len(operands) > 1 and operands[0] == "/OC" and isinstance(operands[1], str):
            for resources in (self.resources, self.scene.resources):
                off = off or is_off(self.walk.off, entry(resources, "/Properties"), operands[1])
        self.marks.append(off)

    def unmark(self, _operands: Any, _operator: bytes) -> None:
        if len(self.marks) > 1:
            self.marks.pop()

    def set_clip(self, _operands: Any, _operator: bytes) -> None:
        state = self.state
        state.gone = state.gone or not self.path  # what is within no path at all
        if self.path:
            self._clip(self._box(self.path), is_box=[operator for _, operator in self.path] == [b"re"])

    def _clip(self, box: Box, *, is_box: bool) -> None:
        """`box` is on the page; `is_box`: it is what is left of the page, not only around it."""
        state = self.state
        state.odd = state.odd or not (is_box and is_upright(state.matrix))
        state.clip = meet(state.clip, box) if state.clip else box

    def _box(self, path: Sequence[Operation]) -> Box:
        """Around a path, with the control points of its curves."""
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
        return around(self.state.matrix, (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))))

    def _paint(self, box: Box, light: float | None, area: float | None = None) -> None:
        """`area`: how much of the box is painted, where that is not all of it."""
        box = meet(box, self.state.clip) if self.state.clip else box
        width, height = box[2] - box[0], box[3] - box[1]
        if width < 0 or height < 0:
            return
        if area is not None or min(width, height) * self.scene.unit <= SPECK:
            self.scene.haze.add(box, width * height if area is None else area)
        else:
            self.scene.paints.append(Paint(len(self.scene.runs), box, light, self.state.cut))

    def paint_shading(self, _operands: Any, _operator: bytes) -> None:
        self._paint(self.state.clip or EVERYWHERE, None)

    # ---------------------------------------------------------------- shapes, pictures, forms

    def paint_path(self, _operands: Any, operator: bytes) -> None:
        path, state, self.path = self.path, self.state, []
        if operator == b"n" or not path:
            return
        box = self._box(path)
        sure = state.alpha == 1 and not (state.odd or state.effects or state.veiled)
        if operator in FILLS:
            self._paint(box, state.light if sure else None)
            shows = sure and state.light is not None and state.light < DARK
            self.scene.shape = (path, state.matrix) if shows else ((), IDENTITY)
        if operator in STROKES:
            width = self._line_width()
            box = box[0] - width, box[1] - width, box[2] + width, box[3] + width
            self._paint(box, None, None if width * self.scene.unit >= THICK else width * length_of(path, state.matrix))

    def _line_width(self) -> float:
        """On the page, at most."""
        a, b, c, d, *_ = self.state.matrix
        return abs(self.state.line_width) * max(math.hypot(a, b), math.hypot(c, d))

    def paint_image(self, operands: Any, operator: bytes) -> None:
        box = around(self.state.matrix, (0.0, 0.0, 1.0, 1.0))
        self.scene.images.append((len(self.scene.runs), box))
        self._paint(box, None)
        if operator == b"INLINE IMAGE" and not is_whole(operands):
            self.scene.doubt = True  # where its data ends, and operators go on, is not sure

    def draw(self, operands: Any, operator: bytes) -> None:
        item = self.named("/XObject", operands[0])
        if entry(item, "/Subtype") == "/Image":
            self.paint_image(operands, operator)
        elif entry(item, "/Subtype") == "/Form":
            self._draw_form(item)

    def _draw_form(self, item: Any) -> None:
        scene = self.scene
        scene.forms += 1
        if id(item) in self.within:
            return
        state = copy.copy(self.state)
        state.matrix = times(_matrix(numbers(entry(item, "/Matrix")) or IDENTITY), state.matrix)
        sides = numbers(entry(item, "/BBox"))
        box = EVERYWHERE
        if len(sides) == 4:
            left, bottom, right, top = sides
            box = around(state.matrix, (min(left, right), min(bottom, top), max(left, right), max(bottom, top)))
        if len(self.within) >= MAX_DEPTH or scene.forms > MAX_FORMS:  # what it paints is not known
            self._paint(box, None)
            return
        resources = entry(item, "/Resources")
        resources = self.resources if resources is None else resources
        state.veiled = state.veiled or bool(state.effects) or state.alpha < 1
        off = self.marks[-1] or is_off(self.walk.off, item, "/OC")
        stream = _Stream(self.walk, scene, resources, state, off=off, within=(*self.within, id(item)))
        stream._clip(box, is_box=True)
        first = len(scene.runs)
        stream.run(self.walk.parse(item))
        group = entry(item, "/Group")
        if group is not None and (self.state.whitens or entry(group, "/K")):
            scene.knock_out(first, everything=self.state.whitens)

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
        self.scene.doubt = self.scene.doubt or run.face.boundless
        if self.state.mode >= AND_CLIP:
            self.state.odd = self.state.cut = True
        if self.state.mode % AND_CLIP in OUTLINED and (width := self._line_width()) * self.scene.unit >= THICK:
            left, bottom, right, top = run.body(WHOLE)
            self._paint((left - width, bottom - width, right + width, top + width), None)
        x, y = (0.0, -run.advance) if run.face.vertical else (run.advance, 0.0)
        self.pen = times((1.0, 0.0, 0.0, 1.0, x, y), self.pen)

    def _run(self, items: list[Any]) -> Run:
        state = self.state
        matrix = times(self.pen, state.matrix)
        lost = (
            self.marks[-1]
            or (state.pale and state.space is not None)
            or state.whitens
            or (state.overprints and state.inks and (state.light or 0.0) >= LIGHT)
            or state.gone
            or too_small(matrix, state.size, state.stretch, state.face, self.scene.unit)
        )
        run = Run(
            items, state.face, state.size, state.stretch, state.spacing, state.word_spacing,
            state.rise, matrix, state.mode, state.alpha, lost, state.is_plain(), state.is_white(),
        )  # fmt: skip
        run.measure()
        run.plain = run.plain and (state.clip is None or lies_in(run.core, state.clip, EDGE / self.scene.unit))
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

_Handler = Callable[[_Stream, Any, bytes], None]
_HANDLERS: dict[bytes, _Handler] = {
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
    b"BT": _Stream.begin,
    b"Tf": _Stream.set_font,
    b"Tz": _Stream.set_stretch,
    b"Tr": _Stream.set_mode,
    b"Tm": _Stream.place,
    b"Td": _Stream.move,
    b"TD": _Stream.move,
    b"T*": _Stream.next_line,
    **dict.fromkeys(NUMBERS, _Stream.set_number),
    **dict.fromkeys((*FILLS, b"S", b"s", b"n"), _Stream.paint_path),
    **dict.fromkeys((b"Tj", b"TJ", b"'", b'"'), _Stream.show),
}
_OPERATORS: dict[bytes, tuple[int | None, _Handler | None]] = {
    b"INLINE IMAGE": (None, _Stream.paint_image),
    **{name: (count, _HANDLERS.get(name)) for count, names in COUNTS.items() for name in names.split()},
}
