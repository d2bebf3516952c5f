"""Pages drawn by pdfium for their figures: which objects they have, their ink, and a part of one as PNG."""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localdigest.pdf.cut import THIN, Item, Kind, Page, crop
from localdigest.pdf.drawing import Drawing
from localdigest.pdf.path import Matrix, around, times
from localdigest.pdf.pdfium import BGRX, FORM, PATH, TEXT, Rect
from localdigest.pdf.pdfium import Matrix as Own
from localdigest.records.figures import Box, Caption

ROUGH = 2.0
"""Pixels a point of the page that is searched."""
WHITE = 245
"""Least component of what counts as white."""
WIDEST, FINEST = 1000, 2.5
"""Pixels of a figure, and pixels a point, at most."""
MOST_OBJECTS = 200_000
COLOURS = (255, 64, 24)
SMALLER = 0.8
"""What its scale is multiplied by where a picture is too large in bytes with the fewest colours."""
STEPS = 7

Pixels = NDArray[np.uint8]
"""Height x width x 3, as BGR."""


@dataclass(frozen=True, slots=True)
class Made:
    data: bytes
    width: int
    height: int


def cut_one(drawing: Drawing, caption: Caption, captions: Sequence[Caption], most: int) -> Made | None:
    """A figure of a page with these captions; None where it cannot be cut out, or not into `most` bytes."""
    try:
        drawn = DrawnPage(drawing, caption.page)
    except ValueError:
        return None
    try:
        here = [drawn.placed(one) for one in captions]
        own = here[captions.index(caption)]
        box = crop(own, drawn.page(), [one for one in here if one is not own])
        return drawn.png(box, most) if box else None
    except ValueError:
        return None
    finally:
        drawn.close()


class DrawnPage:
    """One page, upright. Raises ValueError where pdfium cannot draw it, or it is turned."""

    def __init__(self, drawing: Drawing, number: int) -> None:
        self._pdfium = pdfium = drawing.pdfium
        self._page = pdfium.FPDF_LoadPage(drawing.file, number - 1)
        if not self._page or pdfium.FPDFPage_GetRotation(self._page):
            raise ValueError(f"page {number} cannot be drawn upright")
        self.width, self.height = pdfium.FPDF_GetPageWidthF(self._page), pdfium.FPDF_GetPageHeightF(self._page)
        box = Rect()
        pdfium.FPDF_GetPageBoundingBox(self._page, ctypes.byref(box))
        self.corner: tuple[float, float] = box.left, box.bottom
        """Where the lower left corner of what is shown lies in the page's own space."""

    def placed(self, caption: Caption) -> Caption:
        """A caption with its places from that corner."""
        x, y = self.corner
        if not (x or y):
            return caption

        def moved(box: Box) -> Box:
            return box[0] - x, box[1] - y, box[2] - x, box[3] - y

        left, right = caption.column
        return replace(
            caption, box=moved(caption.box), column=(left - x, right - x), walls=tuple(map(moved, caption.walls))
        )

    def page(self) -> Page:
        pixels = self.pixels((0.0, 0.0, self.width, self.height), ROUGH)
        return Page(self.width, self.height, ROUGH, pixels.min(2) < WHITE, tuple(self._items()))

    def pixels(self, box: Box, scale: float) -> Pixels:
        """A part of the page, in points from its lower left corner."""
        pdfium = self._pdfium
        width, height = max(1, round((box[2] - box[0]) * scale)), max(1, round((box[3] - box[1]) * scale))
        pixels = np.full((height, width, 4), 255, np.uint8)
        address = pixels.ctypes.data_as(ctypes.c_void_p)
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, BGRX, address, width * 4)
        place = round(-box[0] * scale), round((box[3] - self.height) * scale)
        whole = round(self.width * scale), round(self.height * scale)
        pdfium.FPDF_RenderPageBitmap(bitmap, self._page, *place, *whole, 0, 0)
        pdfium.FPDFBitmap_Destroy(bitmap)
        return pixels[:, :, :3]

    def png(self, box: Box, most: int) -> Made | None:
        """A part of the page as PNG of at most so many bytes; None where it will not fit."""
        scale = min(FINEST, WIDEST / (box[2] - box[0]))
        for _ in range(STEPS):
            pixels = self.pixels(box, scale)
            for colours in COLOURS:
                data = png(pixels, colours)
                if len(data) <= most:
                    return Made(data, pixels.shape[1], pixels.shape[0])
            scale *= SMALLER
        return None

    def close(self) -> None:
        self._pdfium.FPDF_ClosePage(self._page)

    def _items(self) -> Iterator[Item]:
        pdfium = self._pdfium
        left, bottom = self.corner
        matrix = (1.0, 0.0, 0.0, 1.0, -left, -bottom)
        self._seen = 0
        for i in range(pdfium.FPDFPage_CountObjects(self._page)):
            yield from self._within(pdfium.FPDFPage_GetObject(self._page, i), matrix)

    def _within(self, item: Any, matrix: Matrix) -> Iterator[Item]:
        pdfium = self._pdfium
        self._seen += 1
        if self._seen > MOST_OBJECTS:
            raise ValueError("a page of too many objects")
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == FORM:
            own = Own()
            pdfium.FPDFPageObj_GetMatrix(item, ctypes.byref(own))
            inner = times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
            for i in range(pdfium.FPDFFormObj_CountObjects(item)):
                yield from self._within(pdfium.FPDFFormObj_GetObject(item, i), inner)
            return
        sides = [ctypes.c_float() for _ in range(4)]
        if not pdfium.FPDFPageObj_GetBounds(item, *map(ctypes.byref, sides)):
            return
        left, bottom, right, top = (side.value for side in sides)
        box = around(matrix, (left, bottom, right, top))
        yield Item(self._kind(kind, box), box)

    def _kind(self, kind: int, box: Box) -> Kind:
        if kind == TEXT:
            return "text"
        thin = min(box[2] - box[0], box[3] - box[1]) < THIN
        return "rule" if kind == PATH and thin else "picture"


# ---------------------------------------------------------------- PNG (ISO/IEC 15948), of a palette


def png(pixels: Pixels, colours: int) -> bytes:
    """Of its most frequent colours; the others become the nearest of these."""
    height, width, _ = pixels.shape
    palette, places = _palette(pixels, colours)
    depth = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
    rows = _packed(places.reshape(height, width), depth)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)  # no row is filtered
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette[:, ::-1].astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _palette(pixels: Pixels, colours: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Colours, n x 3, and of each pixel which one it has. They are counted by the upper five bits of each component."""
    flat = pixels.reshape(-1, 3).astype(np.int64)
    coarse = (flat >> 3) @ np.array([1 << 10, 1 << 5, 1])
    _, which, counts = np.unique(coarse, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(which, flat[:, i]) for i in range(3)], axis=1) / counts[:, None]
    most = np.argsort(-counts, kind="stable")[:colours]
    chosen = np.rint(means[most]).astype(np.int64)
    # |a - b|² without |a|², which is the same for all b.
    nearest = np.argmin((chosen**2).sum(1)[None, :] - 2 * np.rint(means).astype(np.int64) @ chosen.T, axis=1)
    return chosen, nearest.astype(np.uint8)[which.reshape(-1)]


def _packed(places: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    """Rows of places in a palette as bytes, the first pixel in the highest bits."""
    if depth == 8:
        return places
    bits = (places[:, :, None] >> np.arange(depth - 1, -1, -1, dtype=np.uint8)) & 1
    return np.packbits(bits.reshape(len(places), -1), axis=1)
