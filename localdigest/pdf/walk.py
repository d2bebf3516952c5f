"""A PDF page's operators, followed as a viewer follows them: what text is shown where, and what is painted.

`sight` judges what of the text can be seen. Chapter and table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from localdigest.pdf.colour import brush, first, shading
from localdigest.pdf.font import Fonts
from localdigest.pdf.objects import entry, is_off, numbers, resolve, switched_off
from localdigest.pdf.path import (
    CONSTRUCTION,
    IDENTITY,
    Area,
    Box,
    Matrix,
    Operation,
    apply,
    area_of,
    bars_of,
    box_of,
    outline_of,
    parts_of,
    times,
)
from localdigest.pdf.sight import LAYER, SEEN, Ink, Paint, Run, judge, pictured_share, too_small
from localdigest.pdf.state import Inline, Scene, State

MAX_FORMS = 1000
"""Forms drawn on one page, forms within forms counted again."""
MAX_DEPTH = 12
SCANNED = 0.7
"""With pictures on this share of a page and next to no visible text, hidden text over them is a scan's layer."""
SPECK = 1.0
"""Points: a painting smaller than this in both directions neither covers a letter nor is one's ground."""
THICK = 2.0
"""Points: from this width on, a line is a painted area."""


@dataclass
class Page:
    """What a page shows, the sight of each run judged."""

    runs: list[Run]
    scanned: bool
    """Pictures cover the page, and nearly all its text lies hidden with them."""

    def has(self, sight: int) -> bool:
        return any(run.sight == sight or (isinstance(run.sight, list) and sight in run.sight) for run in self.runs)


class Walk:
    """Follows the pages of one file. `parse` makes operations of a form."""

    def __init__(self, parse: Callable[[Any], list[Operation]], fonts: Fonts, catalog: Any) -> None:
        self._parse = parse
        self._parsed: dict[int, tuple[Any, list[Operation]]] = {}
        self.fonts = fonts
        self.off = switched_off(catalog)

    def page(self, operations: Iterable[Operation], resources: Any, box: Box, sheet: Box, unit: float) -> Page:
        """`box` is the visible part of the sheet, `unit` the size of their unit in points."""
        visible = Area(box)
        scene = Scene(unit)
        self._parsed.clear()
        _Stream(self, scene, resources, State(IDENTITY, visible), hidden=False, within=()).run(operations)
        judge(scene.runs, scene.paints, visible, Area(sheet))
        layer = _count(scene.runs, LAYER)
        scanned = layer > 4 * _count(scene.runs, SEEN) and pictured_share(scene.paints, visible) >= SCANNED
        return Page(scene.runs, scanned)

    def parse(self, form: Any) -> list[Operation]:
        """A form's operations, which a page may want many times."""
        if id(form) not in self._parsed:
            self._parsed[id(form)] = form, self._parse(form)
        return self._parsed[id(form)][1]


def _count(runs: Iterable[Run], sight: int) -> int:
    """Glyphs of this sight; of a run of one sight, its bytes."""
    return sum(
        run.sight.count(sight)
        if isinstance(run.sight, list)
        else sum(len(item) for item in run.items if isinstance(item, bytes)) * (run.sight == sight)
        for run in runs
    )


class _Stream:
    """Follows one content stream: the page's or a form's."""

    def __init__(
        self, walk: Walk, scene: Scene, resources: Any, state: State, *, hidden: bool, within: tuple[int, ...]
    ) -> None:
        self.walk, self.scene, self.resources, self.state, self.within = walk, scene, resources, state, within
        self.stack: list[State] = []
        self.marks: list[bool] = [hidden]
        """For each open marked content: whether it is switched off."""
        self.path: list[Operation] = []
        self.clipping = b""
        self.line = self.pen = IDENTITY
        self.outlined: list[Run] = []

    def run(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            operands, operator = operation
            if operator in CONSTRUCTION:
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
        found, state = entry(entry(self.resources, "/ExtGState"), operands[0]), self.state
        for key, name in (("/ca", "fill_alpha"), ("/CA", "stroke_alpha"), ("/LW", "line_width")):
            if isinstance(value := entry(found, key), (int, float)):
                setattr(state, name, float(value))
        blend, mask, font = entry(found, "/BM"), entry(found, "/SMask"), entry(found, "/Font")
        if blend is not None:
            mode = resolve(blend[0]) if isinstance(blend, list) else blend
            state.plain, state.whitens = mode in ("/Normal", "/Compatible"), mode in _WHITENS
        if isinstance(mask, dict):
            state.plain = False
        if isinstance(font, list):
            state.size = float(resolve(font[1]))

    def set_device_colour(self, operands: Any, operator: bytes) -> None:
        setattr(self.state, _side(operator), brush(_DEVICE[operator.lower()], operands))

    def set_space(self, operands: Any, operator: bytes) -> None:
        space = entry(entry(self.resources, "/ColorSpace"), operands[0]) or operands[0]
        setattr(self.state, _side(operator), brush(space, first(space)))

    def set_colour(self, operands: Any, operator: bytes) -> None:
        space, values = getattr(self.state, _side(operator)).space, list(operands)
        if values and isinstance(values[-1], str):
            values[-1] = entry(entry(self.resources, "/Pattern"), values[-1])
            space = space if isinstance(space, list) else "/Pattern"
        setattr(self.state, _side(operator), brush(space, values))

    def _ink(self, side: str) -> Ink:
        state = self.state
        brush, alpha = (state.fill, state.fill_alpha) if side == "fill" else (state.stroke, state.stroke_alpha)
        return brush.colour, 0.0 if state.whitens else alpha * state.group_alpha

    def mark(self, operands: Any, _operator: bytes) -> None:
        off = self.marks[-1]
        if len(operands) > 1 and operands[0] == "/OC" and isinstance(operands[1], str):
            off = off or is_off(self.walk.off, entry(self.resources, "/Properties"), operands[1])
        self.marks.append(off)

    def unmark(self, _operands: Any, _operator: bytes) -> None:
        if len(self.marks) > 1:
            self.marks.pop()

    # ---------------------------------------------------------------- paths and pictures

    def paint_path(self, _operands: Any, operator: bytes) -> None:
        path, self.path, clipping, self.clipping = self.path, [], self.clipping, b""
        if operator == b"n" and not clipping:
            return
        outline = outline_of(path, self.state.matrix)
        if operator in _FILLS:
            for part in parts_of(outline):
                self._paint(area_of(part, even_odd=b"*" in operator), self._ink("fill"), contours=len(part))
        if operator in _STROKES:
            a, b, c, d, *_ = self.state.matrix
            width = self.state.line_width * math.sqrt(abs(a * d - b * c))
            if width * self.scene.unit >= THICK:
                for bar in bars_of(outline, width):
                    self._paint(area_of([bar]), self._ink("stroke"))
        if clipping:
            self.state.clip = self.state.clip.meet(area_of(outline, even_odd=clipping == b"W*"))

    def set_clip(self, _operands: Any, operator: bytes) -> None:
        self.clipping = operator

    def paint_shading(self, operands: Any, _operator: bytes) -> None:
        found = shading(entry(entry(self.resources, "/Shading"), operands[0]))
        self._paint(self.state.clip, (found, self.state.fill_alpha * self.state.group_alpha))

    def paint_inline(self, operands: Any, _operator: bytes) -> None:
        self._paint_image(Inline(operands))

    def _paint_image(self, image: Any) -> None:
        corners = [apply(self.state.matrix, x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
        stencil = bool(entry(image, "/ImageMask", "/IM"))
        ink = self._ink("fill") if stencil else (None, self.state.fill_alpha * self.state.group_alpha)
        self._paint(area_of([corners]), ink, image, stencil=stencil)

    def _paint(self, area: Area, ink: Ink, image: Any = None, *, stencil: bool = False, contours: int = 0) -> None:
        if self.marks[-1]:
            return
        state, area = self.state, area.meet(self.state.clip)
        left, bottom, right, top = area.box
        if right < left or top < bottom or max(right - left, top - bottom) * self.scene.unit < SPECK:
            return
        if state.cut_by:  # no ground and no cover: it is the text itself that is painted
            for run in state.cut_by:
                run.inks, run.reason = (*run.inks, ink), ""
            return
        plain = state.plain and not state.whitens
        if image is None and not (state.fill.solid and area.is_simple()):
            ink, plain = (None, ink[1]), False
        self.scene.paints.append(Paint(self.scene.tick(), area, ink, plain, image, stencil, contours))

    def draw(self, operands: Any, _operator: bytes) -> None:
        item = entry(entry(self.resources, "/XObject"), operands[0])
        if entry(item, "/Subtype") == "/Image":
            if not is_off(self.walk.off, item, "/OC"):
                self._paint_image(item)
        elif entry(item, "/Subtype") == "/Form":
            self._draw_form(item)

    def _draw_form(self, item: Any) -> None:
        self.scene.forms += 1
        if id(item) in self.within or len(self.within) >= MAX_DEPTH or self.scene.forms > MAX_FORMS:
            return
        state = copy.copy(self.state)
        state.matrix = times(_matrix(numbers(entry(item, "/Matrix")) or IDENTITY), state.matrix)
        if len(box := numbers(entry(item, "/BBox"))) == 4:
            left, bottom, right, top = box
            corners = (left, bottom), (right, bottom), (right, top), (left, top)
            state.clip = state.clip.meet(area_of([[apply(state.matrix, *corner) for corner in corners]]))
        if entry(item, "/Group") is not None:
            state.group_alpha *= state.fill_alpha
            state.fill_alpha = state.stroke_alpha = 1.0
        resources = entry(item, "/Resources")
        resources = self.resources if resources is None else resources
        hidden = self.marks[-1] or is_off(self.walk.off, item, "/OC")
        within = (*self.within, id(item))
        stream = _Stream(self.walk, self.scene, resources, state, hidden=hidden, within=within)
        stream.run(self.walk.parse(item))

    # ---------------------------------------------------------------- text

    def begin(self, _operands: Any, _operator: bytes) -> None:
        self.line = self.pen = IDENTITY

    def end(self, _operands: Any, _operator: bytes) -> None:
        if self.outlined:
            self.state.clip = self.state.clip.meet(box_of(Area(run.corners()) for run in self.outlined))
            self.state.cut_by, self.outlined = tuple(self.outlined), []

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
        if self.state.mode >= 4:
            self.outlined.append(run)
        x, y = (0.0, -run.advance) if run.face.vertical else (run.advance, 0.0)
        self.pen = times((1.0, 0.0, 0.0, 1.0, x, y), self.pen)

    def _run(self, items: list[Any]) -> Run:
        state, scene = self.state, self.scene
        matrix = times(self.pen, state.matrix)
        inks: tuple[Ink, ...] = ()
        if state.mode in (0, 2, 4, 6):
            inks = (self._ink("fill"),)
        if state.mode in (1, 2, 5, 6):
            inks = (*inks, self._ink("stroke"))
        reason = "" if inks else "mode"
        if self.marks[-1]:
            reason = "switched off"
        elif too_small(matrix, state.size, state.stretch, state.face, scene.unit):
            reason = "small"
        run = Run(
            scene.tick(), items, state.face, state.size, state.stretch, state.spacing, state.word_spacing,
            state.rise, matrix, state.clip, inks, reason,
        )  # fmt: skip
        run.measure()
        if scene.paints and not any(alpha for _, alpha in inks):
            run.traces = scene.paints[-1]
        return run


def _side(operator: bytes) -> str:
    return "stroke" if operator.isupper() else "fill"


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = numbers(operands)[:6]
    return a, b, c, d, e, f


# ---------------------------------------------------------------- which operator does what (Table A.1)

_WHITENS = {"/Screen", "/Lighten", "/ColorDodge", "/Overlay", "/SoftLight", "/Hue", "/Saturation", "/Color"}
_DEVICE = {b"g": "/DeviceGray", b"rg": "/DeviceRGB", b"k": "/DeviceCMYK"}
_NUMBERS = {
    b"w": "line_width", b"Tc": "spacing", b"Tw": "word_spacing", b"TL": "leading", b"Ts": "rise",
}  # fmt: skip
_FILLS = {b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"}
_STROKES = {b"S", b"s", b"B", b"B*", b"b", b"b*"}
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
    b"sh": _Stream.paint_shading,
    b"Do": _Stream.draw,
    b"INLINE IMAGE": _Stream.paint_inline,
    b"BT": _Stream.begin,
    b"ET": _Stream.end,
    b"Tf": _Stream.set_font,
    b"Tz": _Stream.set_stretch,
    b"Tr": _Stream.set_mode,
    b"Tm": _Stream.place,
    b"Td": _Stream.move,
    b"TD": _Stream.move,
    b"T*": _Stream.next_line,
    **dict.fromkeys(_NUMBERS, _Stream.set_number),
    **dict.fromkeys((b"g", b"G", b"rg", b"RG", b"k", b"K"), _Stream.set_device_colour),
    **dict.fromkeys((b"cs", b"CS"), _Stream.set_space),
    **dict.fromkeys((b"sc", b"SC", b"scn", b"SCN"), _Stream.set_colour),
    **dict.fromkeys((*_FILLS, *_STROKES, b"n"), _Stream.paint_path),
    **dict.fromkeys((b"Tj", b"TJ", b"'", b'"'), _Stream.show),
}
