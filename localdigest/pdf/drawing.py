"""The pages of a PDF, drawn by pdfium: whole, or without some of their texts."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from localdigest.pdf import pdfium
from localdigest.pdf.path import Box

SCALE = 1.5
"""Pixels a point: a stem of the smallest print is then half a pixel wide."""
MOST_PIXELS = 12 << 20

Frame = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


class Drawing:
    """The pages of one file, drawn, so many pixels to a point. Raises ValueError where pdfium cannot open it."""

    def __init__(self, data: bytes, scale: float = SCALE) -> None:
        self.pdfium, self._data, self._scale = pdfium.library(), data, scale  # pdfium makes no copy
        self.file = self.pdfium.FPDF_LoadMemDocument64(data, len(data), None)
        if not self.file:
            raise ValueError("pdfium cannot open the file")

    def close(self) -> None:
        """Nothing of it may be used any more."""
        self.pdfium.FPDF_CloseDocument(self.file)

    def page(self, number: int) -> DrawnPage:
        """`number` is 1-based. Raises ValueError where it cannot be drawn."""
        page = self.pdfium.FPDF_LoadPage(self.file, number - 1)
        if not page:
            raise ValueError(f"pdfium cannot draw page {number}")
        return DrawnPage(self, page, self._scale)


class Picture(NamedTuple):
    """Pixels, row by row."""

    data: bytes
    frame: Frame
    """Which part of the page it is."""
    depth: int = 4
    """Bytes of a pixel; the last of four says nothing."""

    def rows(self, frame: Frame) -> list[bytes]:
        """Of a part of it."""
        left, top, right, bottom = frame
        data, depth, step = self.data, self.depth, (self.frame[2] - self.frame[0]) * self.depth
        start, length = (left - self.frame[0]) * depth - self.frame[1] * step, (right - left) * depth
        return [data[at : at + length] for at in range(start + top * step, start + bottom * step, step)]

    def columns(self, frame: Frame) -> Iterator[bytes]:
        left, _, right, _ = frame
        rows = self.rows(frame)
        for at in range(0, (right - left) * self.depth, self.depth):
            yield b"".join([row[at : at + self.depth] for row in rows])


class DrawnPage:
    """One page. `texts` is how many text-showing operators pdfium knows in it, forms within
    forms included."""

    annotated = False
    """Whether its pictures are to have its annotations."""

    def __init__(self, drawing: Drawing, page: Any, scale: float) -> None:
        self._drawing = drawing  # whose bytes pdfium goes on to read
        self.pdfium, self.page, self._most = drawing.pdfium, page, scale
        self._gone: set[int] = set()

    @functools.cached_property
    def _items(self) -> list[Any]:
        return [item for item in self._objects() if self.pdfium.FPDFPageObj_GetType(item) == pdfium.TEXT]

    @property
    def texts(self) -> int:
        return len(self._items)

    def said(self) -> str:
        """What its texts say one after the other, as pdfium has it."""
        library, size, parts = self.pdfium, 1 << 16, []
        buffer = ctypes.create_string_buffer(size)
        known = library.FPDFText_LoadPage(self.page)
        for item in self._items:
            told = min(size, library.FPDFTextObj_GetText(item, known, buffer, size))
            parts.append(buffer.raw[: max(0, told - 2)].decode("utf-16-le", "replace"))
        library.FPDFText_ClosePage(known)
        return "".join(parts)

    @functools.cached_property
    def size(self) -> tuple[int, int]:
        library = self.pdfium
        width, height = library.FPDF_GetPageWidthF(self.page), library.FPDF_GetPageHeightF(self.page)
        scale = min(self._most, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        return max(1, round(width * scale)), max(1, round(height * scale))

    @functools.cached_property
    def _modes(self) -> list[int]:
        return [self.pdfium.FPDFTextObj_GetTextRenderMode(item) for item in self._items]

    def picture(self, without: Collection[int] | None, frame: Frame, *, grey: bool = False) -> Picture:
        """A part of the page without these of its texts; None leaves out all."""
        library, modes = self.pdfium, self._modes
        gone = set(range(self.texts) if without is None else without)
        for i in gone ^ self._gone:
            library.FPDFTextObj_SetTextRenderMode(self._items[i], pdfium.INVISIBLE if i in gone else modes[i])
        self._gone = gone
        left, top, right, bottom = frame
        width, height = right - left, bottom - top
        depth, kind = (1, pdfium.GREY) if grey else (4, pdfium.BGRX)
        pixels = bytearray(b"\xff") * (depth * width * height)
        address = ctypes.addressof(ctypes.c_char.from_buffer(pixels))
        bitmap = library.FPDFBitmap_CreateEx(width, height, kind, address, width * depth)
        flags = pdfium.ANNOTATIONS if self.annotated else 0
        library.FPDF_RenderPageBitmap(bitmap, self.page, -left, -top, *self.size, 0, flags)
        library.FPDFBitmap_Destroy(bitmap)
        return Picture(bytes(pixels), frame, depth)

    @functools.cached_property
    def _scale(self) -> tuple[float, ...]:
        """Where the corner of the page's own space is in pixels, and how far a unit of each axis leads."""
        corner, across, up = (self._pixel(*at) for at in ((0, 0), (1000, 0), (0, 1000)))
        return (
            *corner,
            *((there - here) / 1000 for there, here in zip(across, corner, strict=True)),
            *((there - here) / 1000 for there, here in zip(up, corner, strict=True)),
        )

    def frame(self, box: Box) -> Frame:
        """A box of the page's own space in pixels: at least one wide and high, or outside the page and empty."""
        x, y, ax, ay, ux, uy = self._scale
        left, bottom, right, top = box
        width, height = self.size
        first, last = _reach(x, ax * left, ax * right, ux * bottom, ux * top, width)
        upper, lower = _reach(y, ay * left, ay * right, uy * bottom, uy * top, height)
        return first, upper, last, lower

    def step(self, x: float, y: float) -> tuple[float, float]:
        """How far, in pixels to the right and down, so far in the page's own space is."""
        _, _, ax, ay, ux, uy = self._scale
        return x * ax + y * ux, x * ay + y * uy

    def close(self) -> None:
        self.pdfium.FPDF_ClosePage(self.page)

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        fine = 1000  # pdfium gives whole pixels: of a thousandfold page
        found = ctypes.c_int(), ctypes.c_int()
        size = [side * fine for side in self.size]
        self.pdfium.FPDF_PageToDevice(self.page, 0, 0, *size, 0, x, y, *map(ctypes.byref, found))
        return found[0].value / fine, found[1].value / fine

    def _objects(self) -> Iterator[Any]:
        library = self.pdfium
        for i in range(library.FPDFPage_CountObjects(self.page)):
            yield from self._within(library.FPDFPage_GetObject(self.page, i))

    def _within(self, item: Any) -> Iterator[Any]:
        library = self.pdfium
        yield item
        if library.FPDFPageObj_GetType(item) == pdfium.FORM:
            for i in range(library.FPDFFormObj_CountObjects(item)):
                yield from self._within(library.FPDFFormObj_GetObject(item, i))


def _reach(start: float, a: float, b: float, c: float, d: float, most: int) -> tuple[int, int]:
    """The first pixel, and the first behind, of what reaches from `start` by either of two steps and two others."""
    if a > b:
        a, b = b, a
    if c > d:
        c, d = d, c
    low, high = (start + a + c) // 1, (start + b + d) // 1 + 1
    return (
        0 if low <= 0 else most if low >= most else int(low),
        0 if high <= 0 else most if high >= most else int(high),
    )
