"""What of a page's text leaves ink: pages drawn by pdfium with the text in question and without it.

However text is hidden, what is painted decides: where both pictures are alike, nobody sees the glyph. So no colour,
clip, cover, blend mode or pattern has to be understood here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localdigest.pdf.path import Box, holds
from localdigest.pdf.sight import AND_CLIP, CORE, HIDDEN, LAYER, OUTLINES_ONLY, SEEN, TRIMMED, WHOLE, Run
from localdigest.text.unseen import without_unseen

SCALE = 1.5
"""Pixels a point: a stem of the smallest print is then half a pixel wide."""
MOST_PIXELS = 12 << 20
SHOWS = 14
"""Least difference of a colour component, 0 to 255, that a reader notices: white on 0.95 grey has 13."""
PALE = 1.15
"""Contrast ratio (WCAG 2.2) below which a colour does not show on its ground though a component differs: pale yellow on
white has 1.02 to 1.07, 0.9 grey has 1.25."""
ENOUGH = 0.4
"""Share of a run's letters with ink that is noticed, from which on any ink will do for the rest."""
MOST_CLASSES = 8
"""Of texts that lie over one another, how many are looked at one by one."""

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.intp]
"""n x 4: left, top, right, bottom, in pixels."""
Frame = tuple[int, int, int, int]
"""The same of one."""


class Drawing:
    """The pages of one file, drawn. Raises ValueError where pdfium cannot open it."""

    def __init__(self, data: bytes) -> None:
        import pypdfium2.raw as pdfium

        self.pdfium, self._data = pdfium, data
        pdfium.FPDF_InitLibraryWithConfig(ctypes.byref(pdfium.FPDF_LIBRARY_CONFIG(version=2)))
        self.file = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
        if not self.file:
            raise ValueError("pdfium cannot open the file")

    def page(self, number: int) -> DrawnPage:
        """`number` is 1-based. Raises ValueError where it cannot be drawn."""
        page = self.pdfium.FPDF_LoadPage(self.file, number - 1)
        if not page:
            raise ValueError(f"pdfium cannot draw page {number}")
        return DrawnPage(self.pdfium, page)


class DrawnPage:
    """One page. `texts` is how many text-showing operators pdfium knows in it, forms within forms included."""

    def __init__(self, pdfium: Any, page: Any) -> None:
        self._pdfium, self._page = pdfium, page
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        scale = min(SCALE, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        self._width, self._height = max(1, round(width * scale)), max(1, round(height * scale))
        self._items = [item for item in self._objects() if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_TEXT]
        self._modes = [pdfium.FPDFTextObj_GetTextRenderMode(item) for item in self._items]
        self.texts = len(self._items)
        corner, across, up = (np.array(self._pixel(*at)) for at in ((0, 0), (1000, 0), (0, 1000)))
        self._across, self._up, self._corner = (across - corner) / 1000, (up - corner) / 1000, corner

    def picture(self, without: Collection[int] | None, frame: Frame) -> Pixels:
        """A part of the page without these of its texts, height x width x 4 (the fourth is not used); None leaves out
        all."""
        pdfium = self._pdfium
        for i, (item, mode) in enumerate(zip(self._items, self._modes, strict=True)):
            gone = without is None or i in without
            pdfium.FPDFTextObj_SetTextRenderMode(item, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE if gone else mode)
        left, top, right, bottom = frame
        width, height = right - left, bottom - top
        pixels = np.full((height, width, 4), 255, np.uint8)
        address = pixels.ctypes.data_as(ctypes.c_void_p)
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, address, width * 4)
        pdfium.FPDF_RenderPageBitmap(bitmap, self._page, -left, -top, self._width, self._height, 0, 0)
        pdfium.FPDFBitmap_Destroy(bitmap)
        return pixels

    def pixels(self, boxes: Sequence[Box]) -> Boxes:
        """Boxes of the page's own space in pixels; each at least one wide and high, or outside the page and empty."""
        sides = np.array(boxes, float).reshape(-1, 4)
        corners = np.stack(
            [
                self._corner + x[:, None] * self._across + y[:, None] * self._up
                for x in sides.T[::2]
                for y in sides.T[1::2]
            ]
        )
        low, high = np.floor(corners.min(0)), np.floor(corners.max(0)) + 1
        most = [self._width, self._height]
        return np.concatenate([np.clip(low, 0, most), np.clip(high, 0, most)], axis=1).astype(np.intp)

    def close(self) -> None:
        self._pdfium.FPDF_ClosePage(self._page)

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        fine = 1000  # pdfium gives whole pixels: of a thousandfold page
        found = ctypes.c_int(), ctypes.c_int()
        size = self._width * fine, self._height * fine
        self._pdfium.FPDF_PageToDevice(self._page, 0, 0, *size, 0, x, y, *map(ctypes.byref, found))
        return found[0].value / fine, found[1].value / fine

    def _objects(self) -> Iterator[Any]:
        pdfium = self._pdfium
        for i in range(pdfium.FPDFPage_CountObjects(self._page)):
            yield from self._within(pdfium.FPDFPage_GetObject(self._page, i))

    def _within(self, item: Any) -> Iterator[Any]:
        pdfium = self._pdfium
        yield item
        if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
            for i in range(pdfium.FPDFFormObj_CountObjects(item)):
                yield from self._within(pdfium.FPDFFormObj_GetObject(item, i))


class _Ink:
    """Where two pictures differ within these boxes, and where so that a reader would notice."""

    def __init__(self, one: Pixels, other: Pixels, boxes: Boxes) -> None:
        looked = np.zeros(one.shape[:2], np.bool_)
        for left, top, right, bottom in boxes.tolist():
            looked[top:bottom, left:right] = True
        places = np.flatnonzero(looked & (one.view(np.uint32) != other.view(np.uint32))[:, :, 0])
        a, b = one.reshape(-1, 4)[places, :3], other.reshape(-1, 4)[places, :3]
        light, dark = _luminance(a), _luminance(b)
        contrast = (np.maximum(light, dark) + 0.05) / (np.minimum(light, dark) + 0.05)
        noticed = (np.abs(a.astype(np.int16) - b).max(1, initial=0) >= SHOWS) & (contrast >= PALE)
        flat = np.zeros(one.shape[0] * one.shape[1], np.uint8)
        flat[places] = np.where(noticed, 2, 1)
        self._levels = flat.reshape(one.shape[:2])

    def within(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Of each box whether it has a difference that is noticed."""
        found: NDArray[np.bool_] = self._most(boxes) == 2
        return found

    def traces(self, boxes: Boxes) -> NDArray[np.bool_]:
        """The same of any difference."""
        found: NDArray[np.bool_] = self._most(boxes) > 0
        return found

    def _most(self, boxes: Boxes) -> NDArray[np.uint8]:
        levels = self._levels
        return np.array([levels[b:d, a:c].max(initial=0) for a, b, c, d in boxes.tolist()], np.uint8)


_LINEAR = np.array([(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in range(256)])


def _luminance(colours: Pixels) -> NDArray[np.float64]:
    """Relative luminance of n colours as BGR (IEC 61966-2-1)."""
    weighed: NDArray[np.float64] = _LINEAR[colours] @ np.array([0.0722, 0.7152, 0.2126])
    return weighed


def judge(runs: Sequence[Run], images: Sequence[tuple[int, Box]], drawn: DrawnPage, page: Box, sheet: Box) -> None:
    """Fill in what can be seen of each run that `sight.settle` has not found to show."""
    told = [number for number, run in enumerate(runs) if run.says]
    shown = [(number, runs[number]) for number in told if runs[number].sight != SEEN]
    glyphs = [list(run.places()) for _, run in shown]
    flat = [glyph for each in glyphs for glyph in each]
    if not flat:
        return
    of = np.repeat(np.arange(len(shown)), [len(each) for each in glyphs])
    letters = np.array([has_ink(text) for text, _, _ in flat])
    core, whole = drawn.pixels([inner for _, inner, _ in flat]), drawn.pixels([outer for _, _, outer in flat])
    both = np.concatenate([core, whole])
    left, top = both[:, :2].min(0).tolist()
    right, bottom = np.maximum(both[:, 2:].max(0), (left + 1, top + 1)).tolist()
    frame: Frame = left, top, right, bottom  # nothing else of the page has to be drawn
    core, whole = core - (left, top, left, top), whole - (left, top, left, top)
    full = drawn.picture((), frame)
    ink = _Ink(full, drawn.picture(None, frame), both - (left, top, left, top))
    seen = _seen(ink, core, whole, of, letters, np.full(len(flat), fill_value=True))
    if drawn.texts == len(told):  # then each of pdfium's texts is one of ours, in the same order
        index = {number: place for place, number in enumerate(told)}
        texts = {number: "".join(text for text, _, _ in each) for (number, _), each in zip(shown, glyphs, strict=True)}
        near = _near(
            of,
            core,
            whole,
            *(drawn.pixels([runs[n].body(reach) for n in told]) - (left, top, left, top) for reach in (CORE, WHOLE)),
        )
        mine = [index[number] for number, _ in shown]
        near[np.arange(len(shown)), mine] = False
        weak = np.bincount(of, seen & letters, len(shown)) < ENOUGH * np.bincount(of, letters, len(shown))
        # What all texts together leave no trace of leaves none by itself.
        traced = np.bincount(of, ink.traces(whole), len(shown)) > 0
        for some in _apart(near[:, mine], (near.any(1) | weak) & traced):
            these = np.isin(of, some)
            alone = _Ink(full, drawn.picture(frozenset(mine[i] for i in some), frame), whole[these])
            seen[these] = _seen(alone, whole, whole, of, letters, these)
            for i in some:
                others = [texts.get(told[place]) for place in np.flatnonzero(near[i]).tolist()]
                if not seen[of == i].any() and texts[shown[i][0]] in others:
                    seen[of == i] = True  # letters made bold by being set twice
    before = SEEN
    ends = np.cumsum([len(each) for each in glyphs])
    for i, (number, run) in enumerate(shown):
        first = int(ends[i]) - len(glyphs[i])
        places = glyphs[i]
        if run.mode >= AND_CLIP and run.mode % AND_CLIP == OUTLINES_ONLY:
            found = [_is_varied(full, core[first + k]) for k in range(len(places))]
        else:
            found = seen[first : first + len(places)].tolist()
        if run.lost:
            found = [False] * len(places)
        elif not run.paints and run.is_traced():
            found = [True] * len(places)
        covers = [box for after, box in images if after > number or run.mode == OUTLINES_ONLY]
        sights = _sights(places, found, [] if run.lost else covers, page, sheet, before)
        before = sights[-1]
        run.sight = before if len(set(sights)) == 1 else sights


def _seen(
    ink: _Ink, core: Boxes, whole: Boxes, of: NDArray[np.intp], letters: NDArray[np.bool_], mine: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which of the glyphs that are `mine` have ink that is noticed in their core. A point, a quote, a rule has its ink
    elsewhere, and that of a hairline is weak: they are seen among letters that are."""
    seen = ink.within(core[mine])
    of, letters = of[mine], letters[mine]
    enough = np.bincount(of, seen & letters) >= ENOUGH * np.bincount(of, letters)
    rest = ~seen & enough[of]
    seen[rest] = ink.traces(whole[mine][rest])
    return seen


def _sights(
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


def has_ink(text: str) -> bool:
    """Whether a glyph that says this has ink: not a space, nor what no page shows."""
    return bool(without_unseen(text).strip())


def _near(of: NDArray[np.intp], core: Boxes, whole: Boxes, cores: Boxes, wholes: Boxes) -> NDArray[np.bool_]:
    """Of the runs with these glyphs and of all runs, whether the body of one reaches into the place of the other."""
    inner, outer = _around(of, core), _around(of, whole)
    return _meet(inner, wholes) | _meet(outer, cores)


def _meet(some: Boxes, others: Boxes) -> NDArray[np.bool_]:
    left, top, right, bottom = (side[:, None] for side in some.T)
    found: NDArray[np.bool_] = (
        (left < others[:, 2]) & (right > others[:, 0]) & (top < others[:, 3]) & (bottom > others[:, 1])
    )
    return found


def _around(of: NDArray[np.intp], boxes: Boxes) -> Boxes:
    """The box around the boxes of each run."""
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    low, high = (ufunc.reduceat(boxes, starts, axis=0) for ufunc in (np.minimum, np.maximum))
    return np.concatenate([low[:, :2], high[:, 2:]], axis=1)


def _apart(near: NDArray[np.bool_], asked: NDArray[np.bool_]) -> list[list[int]]:
    """The runs that are `asked` for, to be looked at without those about them, in as few groups as hold no two that are
    near. Of more than MOST_CLASSES that lie over one another the rest is in none."""
    groups: list[list[int]] = []
    for run in np.flatnonzero(asked):
        free = next((group for group in groups if not near[run, group].any()), None)
        if free is not None:
            free.append(int(run))
        elif len(groups) < MOST_CLASSES:
            groups.append([int(run)])
    return groups


def _is_varied(picture: Pixels, box: NDArray[np.intp]) -> bool:
    left, top, right, bottom = box
    part = picture[top:bottom, left:right, :3].reshape(-1, 3)
    return bool(len(part) and (part.max(0).astype(np.int16) - part.min(0)).max() >= SHOWS)
