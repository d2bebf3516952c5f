"""pdfium's library, as pypdfium2 brings it, with the functions that are called here.

Bound by hand: the bindings of all its functions take longer to load than most papers' suspicious pages to draw.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from ctypes import POINTER, c_float, c_int, c_size_t, c_ulong, c_void_p
from pathlib import Path
from typing import Any

TEXT, PATH, FORM = 1, 2, 5
"""Kinds of page objects (fpdf_edit.h)."""
INVISIBLE = 3
"""The rendering mode of text that is not painted."""
GREY, BGRX = 1, 3
"""Pixels of one byte, and of four, the last of which says nothing (fpdfview.h)."""
ANNOTATIONS = 1
"""The flag with which annotations are drawn, too."""


class Rect(ctypes.Structure):
    """FS_RECTF."""

    _fields_ = (("left", c_float), ("top", c_float), ("right", c_float), ("bottom", c_float))
    left: float
    top: float
    right: float
    bottom: float


class Matrix(ctypes.Structure):
    """FS_MATRIX."""

    _fields_ = tuple((name, c_float) for name in "abcdef")


_Reals, _Integers = POINTER(c_float), POINTER(c_int)
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "FPDF_InitLibrary": (None, ()),
    "FPDF_LoadMemDocument64": (c_void_p, (c_void_p, c_size_t, c_void_p)),
    "FPDF_CloseDocument": (None, (c_void_p,)),
    "FPDF_LoadPage": (c_void_p, (c_void_p, c_int)),
    "FPDF_ClosePage": (None, (c_void_p,)),
    "FPDF_GetPageWidthF": (c_float, (c_void_p,)),
    "FPDF_GetPageHeightF": (c_float, (c_void_p,)),
    "FPDF_GetPageBoundingBox": (c_int, (c_void_p, POINTER(Rect))),
    "FPDF_PageToDevice": (
        c_int,
        (c_void_p, *(c_int,) * 5, ctypes.c_double, ctypes.c_double, _Integers, _Integers),
    ),
    "FPDF_RenderPageBitmap": (None, (c_void_p, c_void_p, *(c_int,) * 6)),
    "FPDFBitmap_CreateEx": (c_void_p, (c_int, c_int, c_int, c_void_p, c_int)),
    "FPDFBitmap_Destroy": (None, (c_void_p,)),
    "FPDFPage_GetRotation": (c_int, (c_void_p,)),
    "FPDFPage_CountObjects": (c_int, (c_void_p,)),
    "FPDFPage_GetObject": (c_void_p, (c_void_p, c_int)),
    "FPDFPageObj_GetType": (c_int, (c_void_p,)),
    "FPDFPageObj_GetBounds": (c_int, (c_void_p, *(_Reals,) * 4)),
    "FPDFPageObj_GetMatrix": (c_int, (c_void_p, POINTER(Matrix))),
    "FPDFFormObj_CountObjects": (c_int, (c_void_p,)),
    "FPDFFormObj_GetObject": (c_void_p, (c_void_p, c_ulong)),
    "FPDFText_LoadPage": (c_void_p, (c_void_p,)),
    "FPDFText_ClosePage": (None, (c_void_p,)),
    "FPDFTextObj_GetText": (c_ulong, (c_void_p, c_void_p, c_void_p, c_ulong)),
    "FPDFTextObj_GetTextRenderMode": (c_int, (c_void_p,)),
    "FPDFTextObj_SetTextRenderMode": (c_int, (c_void_p, c_int)),
}


@functools.cache
def library() -> Any:
    """The library, ready; its functions have the names of its headers. Raises ImportError."""
    found = _loaded()
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(found, name)
        function.restype, function.argtypes = result, arguments
    found.FPDF_InitLibrary()
    return found


def _loaded() -> Any:
    if spec := importlib.util.find_spec("pypdfium2_raw"):
        for folder in spec.submodule_search_locations or ():
            for name in ("libpdfium.so", "libpdfium.dylib", "pdfium.dll"):
                if (path := Path(folder, name)).exists():
                    return ctypes.CDLL(str(path))
    import pypdfium2_raw.bindings as bindings  # made otherwise than the wheels: it knows itself where its library is

    return ctypes.CDLL(bindings._libs["pdfium"]._name)  # a handle of our own: its own bindings stay as they are
