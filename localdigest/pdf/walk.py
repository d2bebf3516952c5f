"""A PDF page's operators, followed as a viewer follows them: what text is shown where, and where pictures are.

What of it can be seen is told by what pdfium paints (`ink`), but for what viewers do not agree on: that is left out.
Chapter and table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from localdigest.pdf.colours import darker, luminances
from localdigest.pdf.font import Face, Fonts
from localdigest.pdf.marks import Form, Shape, form_of
from localdigest.pdf.objects import entry, is_off, is_whole, numbers, resolve, switched_off
from localdigest.pdf.operators import CONSTRUCTION, COUNTS, FILLS, NUMBERS, PLAIN, STROKES, WHITENS
from localdigest.pdf.path import (
    EVERYWHERE,
    IDENTITY,
    Box,
    Matrix,
    Operation,
    around,
    bounds,
    is_rectangle,
    is_upright,
    length_of,
    lies_in,
    meet,
    size,
    stretch_of,
    times,
)
from localdigest.pdf.sight import AND_CLIP, OUTLINED, WHOLE, Run, too_small
from localdigest.pdf.state import DARK, LIGHT, SPECK, Haze, Paint, Scene, State

MAX_FORMS = 1000
"""Forms drawn on one page, forms within forms counted again."""
MAX_DEPTH = 12
FAINT = 0.1
"""How far from white, 0 to 1, no colour shows."""
EDGE = 0.5
"""Points of a text that a clip may cut off: programs set it round the text and round its numbers."""
THICK, SOLID = 2.0, 0.3
"""Points: from this width on, a line is a painted area; and share of its box from which on any path's lines are."""


class Walk:
    """Follows the pages of one file. `parse` makes operations of a form."""

    def __init__(self, parse: Callable[[Any], list[Operation]], fonts: Fonts, catalog: Any) -> None:
        self._parse = parse
        self._forms: dict[int, Form] = {}
        self.fonts = fonts
        self.off = switched_off(catalog)

    def page(self, operations: Iterable[Operation], resources: Any, unit: float, box: Box, group: Any = None) -> Scene:
        """`unit` is the size of the page's unit in points, `box` what is seen of it, `group` its transparency group."""
        scene = Scene(unit, Haze(box, unit), resources)
        self._forms.clear()
        _Stream(self, scene, resources, State(IDENTITY), off=False, within=()).run(operations)
        if entry(group, "/K"):
            scene.knock_out(0)
        return scene

    def form(self, item: Any, *, parse: bool) -> Form:
        """A form, which a page may want many times."""
        known = self._forms.get(id(item))
        if known is None:
            known = form_of(item, self._parse(item) if parse else None)
            if parse:
                self._forms[id(item)] = known
        return known


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
        self.faces: dict[Any, Face] = {}
        self.items: dict[Any, tuple[Any, Any]] = {}
        """Pictures and forms by the names that they were drawn by, and which of the two they are."""

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
        self.stack.append(self.state.copy())

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
        name = operands[0]
        if name not in self.faces:
            self.faces[name] = self.walk.fonts.find((self.resources, self.scene.resources), name)
        self.state.face = self.faces[name]
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
        self.state.space, self.state.inks = None, operator == b"k"
        self.state.light, self.state.least = luminances(*map(float, operands))

    def set_line_colour(self, operands: Any, operator: bytes) -> None:
        known = operator in (b"G", b"RG", b"K")
        self.state.least_line = luminances(*map(float, operands))[1] if known else None

    def set_space(self, operands: Any, _operator: bytes) -> None:
        self.state.space = space = self.named("/ColorSpace", operands[0])
        self.state.light = self.state.least = None
        inks = resolve(space[1]) if isinstance(space, list) and len(space) > 1 else None
        # Printers have no such ink; some viewers paint with what stands for it.
        self.state.pale = isinstance(inks, list) and bool(inks) and all(resolve(ink) == "/None" for ink in inks)

    def set_colour(self, operands: Any, _operator: bytes) -> None:
        """By its gamma a calibrated colour may be white whatever its numbers say (8.6.5.2); few viewers mind it."""
        space = self.state.space
        self.state.light = self.state.least = None
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
            self._clip(around(self.state.matrix, bounds(self.path)), is_box=is_rectangle(self.path))

    def _clip(self, box: Box, *, is_box: bool) -> None:
        """`box` is on the page; `is_box`: it is what is left of the page, not only around it."""
        state = self.state
        state.odd = state.odd or not (is_box and is_upright(state.matrix))
        state.clip = meet(state.clip, box) if state.clip else box

    def _paint(self, box: Box, light: float | None, area: float | None = None, *, least: float | None = None) -> None:
        """`area`: how much of the box is painted, where that is not all of it."""
        box = meet(box, self.state.clip) if self.state.clip else box
        width, height = box[2] - box[0], box[3] - box[1]
        if width < 0 or height < 0:
            return
        if area is not None or min(width, height) * self.scene.unit <= SPECK:
            self.scene.haze.add(box, width * height if area is None else area)
        else:
            self.scene.paints.append(Paint(len(self.scene.runs), box, light, self.state.cut, least))

    def paint_shading(self, _operands: Any, _operator: bytes) -> None:
        self._paint(self.state.clip or EVERYWHERE, None)

    # ---------------------------------------------------------------- shapes, pictures, forms

    def paint_path(self, _operands: Any, operator: bytes) -> None:
        path, self.path = self.path, []
        if operator != b"n" and path:
            self._paint_shape(Shape(path, operator, bounds(path)))

    def _paint_shape(self, shape: Shape) -> None:
        state = self.state
        path, operator, inner, length, width = shape
        box = around(state.matrix, inner)
        sure = state.alpha == 1 and not (state.odd or state.effects or state.veiled)
        light, least = state.light if sure else None, state.mixed(state.least if state.alpha > 0 else math.inf)
        if operator in FILLS:
            shows = light is not None and light < DARK
            self.scene.shape = (path, state.matrix) if shows else ((), IDENTITY)
        if operator in STROKES:
            width = state.thickness(width)
            length = (length_of(path) if length is None else length) * stretch_of(state.matrix)
            area, unit = width * length, self.scene.unit
            lines = box[0] - width, box[1] - width, box[2] + width, box[3] + width
            solid = min(box[2] - box[0], box[3] - box[1]) * unit > SPECK and area >= SOLID * size(lines)
            if not solid and width * unit < THICK:
                self._paint(lines, None, area)
            elif operator not in FILLS:
                self._paint(lines, None, least=state.mixed(state.least_line))
            else:  # one dot, of which plots have many
                box, light, least = lines, None, darker(least, state.mixed(state.least_line))
        if operator in FILLS:
            self._paint(box, light, least=least)

    def paint_image(self, operands: Any, operator: bytes) -> None:
        box = around(self.state.matrix, (0.0, 0.0, 1.0, 1.0))
        self.scene.images.append((len(self.scene.runs), box))
        self._paint(box, None)
        if operator == b"INLINE IMAGE" and not is_whole(operands):
            self.scene.doubt = True  # where its data ends, and operators go on, is not sure

    def draw(self, operands: Any, operator: bytes) -> None:
        name = operands[0]
        if name not in self.items:
            item = self.named("/XObject", name)
            self.items[name] = item, entry(item, "/Subtype")
        item, kind = self.items[name]
        if kind == "/Image":
            self.paint_image(operands, operator)
        elif kind == "/Form":
            self._draw_form(item)

    def _draw_form(self, item: Any) -> None:
        scene, within = self.scene, self.within
        if id(item) in within:
            scene.forms += 1
            return
        form = self.walk.form(item, parse=len(within) < MAX_DEPTH and scene.forms < MAX_FORMS)
        state = self.state.copy()
        state.matrix = times(form.matrix, state.matrix)
        box = EVERYWHERE if form.box is None else around(state.matrix, form.box)
        if form.shapes is None:
            scene.forms += 1
            if len(within) >= MAX_DEPTH or scene.forms > MAX_FORMS:  # what it paints is not known
                self._paint(box, None)
                return
        resources = self.resources if form.resources is None else form.resources
        state.blended = state.blended or bool(state.effects)
        state.veiled = state.veiled or state.blended or state.alpha < 1
        off = form.shapes is None and (self.marks[-1] or is_off(self.walk.off, item, "/OC"))
        stream = _Stream(self.walk, scene, resources, state, off=off, within=(*within, id(item)))
        stream._clip(box, is_box=True)
        for shape in form.shapes or ():
            stream._paint_shape(shape)
        first = len(scene.runs)
        stream.run(form.operations)
        if form.group is not None and (self.state.whitens or entry(form.group, "/K")):
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
        if self.state.mode % AND_CLIP in OUTLINED and (width := self.state.thickness()) * self.scene.unit >= THICK:
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
        run.light = state.light if run.plain and state.alpha == 1 and state.light is not None else 1.0
        run.plain = run.plain and (state.clip is None or lies_in(run.core, state.clip, EDGE / self.scene.unit))
        if not run.paints:
            run.traces = self.scene.shape
        return run


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
    **dict.fromkeys((b"G", b"RG", b"K", b"CS", b"SC", b"SCN"), _Stream.set_line_colour),
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
