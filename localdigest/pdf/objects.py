"""What pypdf's objects hold, read without pypdf: references, numbers, layers. Pure functions.

Chapter and table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from localdigest.pdf.path import Box


def resolve(value: Any) -> Any:
    """The object that an indirect reference stands for; anything else as it is."""
    return value.get_object() if hasattr(value, "get_object") else value


def entry(holder: Any, *keys: str) -> Any:
    """The first of the keys that a dictionary has, resolved; None without any or without a dictionary."""
    holder = resolve(holder)
    if isinstance(holder, dict):
        for key in keys:
            if (value := resolve(holder.get(key))) is not None:
                return value
    return None


def numbers(values: Any) -> list[float]:
    """The finite numbers among the items of an array, clear of absurd sizes; empty for anything else."""
    values = resolve(values)
    if not isinstance(values, (list, tuple)):
        return []
    found = []
    for value in values:
        if type(value) is not float:
            value = resolve(value)
            if not isinstance(value, (int, float)):
                continue
        found.append(float(value) if -1e9 <= value <= 1e9 else max(-1e9, min(1e9, float(value))))
    return found


_COMPONENTS = {"/G": 1, "/DeviceGray": 1, "/RGB": 3, "/DeviceRGB": 3, "/CMYK": 4, "/DeviceCMYK": 4}


_ENDS = re.compile(rb"\sEI\b")
"""What some viewers take for the end of a picture's data."""


def is_whole(image: Any) -> bool:
    """Whether an inline image has as much data as it says, so that nobody finds its end elsewhere."""
    settings, data = image["settings"], image["data"]
    filters = entry(settings, "/F", "/Filter")
    if isinstance(filters, list) and filters:
        filters = resolve(filters[0])
    if filters in ("/A85", "/ASCII85Decode"):
        return data.endswith(b"~>") and data.count(b"~") == 1 and not _ENDS.search(data)
    mask = entry(settings, "/IM", "/ImageMask")
    bits = 1 if mask else int(entry(settings, "/BPC", "/BitsPerComponent") or 0)
    components = 1 if mask else _COMPONENTS.get(str(entry(settings, "/CS", "/ColorSpace")), 0)
    width, height = int(entry(settings, "/W", "/Width")), int(entry(settings, "/H", "/Height"))
    size = (width * components * bits + 7) // 8 * height
    return filters is None and 0 < size <= len(data) <= size + 2


_PAINTED = {"/Square", "/Circle", "/Ink", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Text"}
"""Annotations that viewers paint without being told how, pdfium too."""
_MAYBE = {"/Line", "/Polygon", "/PolyLine", "/FreeText", "/Redact", "/Stamp", "/Caret"}
"""Those that it does not, and others do."""
_BORDER = 5.0
"""Points: a link's border of this width covers text, in viewers that paint it; pdfium does not."""
MOST_TERMS = 200
"""Of an expression that says which layers are seen."""
_UNSEEN = 2 | 32
"""The flags Hidden and NoView (Table 167)."""


def painted_notes(annotations: Any) -> Iterator[tuple[Box, bool]]:
    """The places of the annotations that paint something on the page, and whether pdfium does so, too."""
    listed = resolve(annotations)
    for note in listed if isinstance(listed, list) else ():
        flags, sides, kind = entry(note, "/F"), numbers(entry(note, "/Rect")), entry(note, "/Subtype")
        told = entry(note, "/AP") is not None
        drawn = (told and kind != "/Widget") or kind in _PAINTED
        if (
            (told or drawn or _may_paint(note, kind))
            and len(sides) == 4
            and not (isinstance(flags, int) and flags & _UNSEEN)
        ):
            left, bottom, right, top = sides
            yield (min(left, right), min(bottom, top), max(left, right), max(bottom, top)), drawn


def _may_paint(note: Any, kind: Any) -> bool:
    """Whether some viewer paints an annotation that does not say how."""
    if kind == "/Popup":
        return bool(entry(note, "/Open") == True)  # noqa: E712
    if kind == "/Link":
        widths = [*numbers(entry(note, "/Border"))[2:3], *numbers([entry(entry(note, "/BS"), "/W")])]
        return max(widths, default=0.0) >= _BORDER
    return kind in _MAYBE or entry(entry(note, "/MK"), "/BG") is not None


# ---------------------------------------------------------------- layers: optional content (8.11)


def switched_off(catalog: Any) -> frozenset[Any]:
    """The layers that a viewer does not show at first, as `is_off` wants them; none where that is damaged."""
    try:
        return _switched_off(catalog)
    except MemoryError:
        raise
    except Exception:  # isolation boundary: references that lead nowhere, or in circles
        return frozenset()


def _switched_off(catalog: Any) -> frozenset[Any]:
    properties = entry(catalog, "/OCProperties")
    default = entry(properties, "/D")

    def groups(holder: Any, key: str) -> set[Any]:
        listed = entry(holder, key)
        return {_identity(item) for item in listed} if isinstance(listed, list) else set()

    if entry(default, "/BaseState") == "/OFF":
        return frozenset(groups(properties, "/OCGs") - groups(default, "/ON"))
    return frozenset(groups(default, "/OFF"))


def is_off(off: frozenset[Any], holder: Any, key: str) -> bool:
    """Whether the layer that a dictionary has under a key, or the layers of a membership (Table 97), are off."""
    holder = resolve(holder)
    raw = dict.get(holder, key) if isinstance(holder, dict) else None
    if raw is None:
        return False
    if entry(raw, "/Type") != "/OCMD":
        return _is_group_off(off, raw)
    if (expression := entry(raw, "/VE")) is not None:
        return not _holds(off, expression, [MOST_TERMS])
    listed = entry(raw, "/OCGs")
    groups = listed if isinstance(listed, list) else [dict.get(resolve(raw), "/OCGs")]
    states = [_is_group_off(off, group) for group in groups]
    shown = {"/AllOn": not any(states), "/AnyOff": any(states), "/AllOff": all(states)}
    return bool(states) and not shown.get(str(entry(raw, "/P")), not all(states))


def _is_group_off(off: frozenset[Any], group: Any) -> bool:
    """What a layer says of its usage, one viewer minds and another does not: text in it is then left out."""
    usage = entry(group, "/Usage")
    unused = entry(entry(usage, "/View"), "/ViewState") == "/OFF" or entry(usage, "/Zoom") is not None
    return unused or _identity(group) in off


def _holds(off: frozenset[Any], term: Any, left: list[int]) -> bool:
    """Whether a visibility expression (8.11.2.2) is true; one of too many terms is not."""
    left[0] -= 1
    if left[0] < 0:
        return False
    listed = resolve(term)
    if not isinstance(listed, list):
        return not _is_group_off(off, term)
    if not listed:
        return True
    operator, *terms = listed
    states = [_holds(off, one, left) for one in terms]
    if left[0] < 0:
        return False
    return not any(states) if operator == "/Not" else any(states) if operator == "/Or" else all(states)


def _identity(value: Any) -> Any:
    """An object's number, or its place in memory where it has none."""
    return getattr(value, "idnum", None) or id(resolve(value))
