"""Where on a page a figure or a table is: from its caption to the lines that it must end at. Pure.

A picture is told by its ink: rows of the drawn page that have some, in bands that white rows part. What the bands are
(pictures, rules, letters) say pdfium's objects, those of forms within forms included. What is not clean, as when ink
goes on over the edge, is no figure: half of one would be a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localdigest.pdf.path import lies_in, meets
from localdigest.records.figures import Box, Caption

THIN = 3.0
"""Points: what is drawn thinner is a rule."""
SIGN, MOST_SIGNS = 14.0, 12
"""Points and number: what is drawn smaller, and not as often in a band, are signs in a text: the box of a proof."""
CRUMBS = 60
"""Pixels of ink beside letters: more is a picture."""
APART = 26.0
"""Points between two parts of a figure, at most."""
NEAR = 50.0
"""Points between a figure and its caption, at most."""
CLOSE = 9.0
"""Points from a picture within which letters alone, a title or a legend, are a part of it."""
TABLE_GAP = 15.0
"""Points between two rows of a table, at most."""
LINES = 4.5
"""Points between the ink of two lines of a caption, at most."""
LEAST = (70.0, 36.0)
"""Points: width and height of the smallest figure."""
NOTE = 12.0
"""Points: the height of a note in the margin, at most."""
PAD = 5.0
"""Points of white around it."""
_EDGE = 1.5
"""Points by which the boxes of a line's letters may be wrong."""

Kind = Literal["picture", "rule", "text"]
Ink = NDArray[np.bool_]
"""Of each pixel, from the top left, whether it differs from white."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a page that is painted."""

    kind: Kind
    box: Box


@dataclass(frozen=True, slots=True)
class Page:
    """A page as drawn, `scale` pixels a point; places are in points from its lower left corner."""

    width: float
    height: float
    scale: float
    ink: Ink
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows with ink, in points from below."""

    low: float
    high: float
    kind: Kind
    rules: int


def crop(caption: Caption, page: Page, others: Sequence[Caption] = ()) -> Box | None:
    """The figure with its caption; None where it cannot be told for sure. `others` are captions of the same page."""
    if not lies_in(caption.box, (0.0, 0.0, page.width, page.height)):  # of a page that is turned, or beside it
        return None
    left, right = _sides(caption, page, others)
    low, high = _caption_rows(caption, page, left, right)
    is_table = "Table" in caption.label
    tries = (-1, 1) if is_table else (1, -1)
    found = [(way, _beside(caption, page, (left, right), high if way > 0 else low, way, is_table)) for way in tries]
    fits = [(way, rows) for way, rows in found if rows]
    if not fits or (is_table and len(fits) > 1 and not _nearer(fits, low, high)):
        return None
    _, rows = min(fits, key=lambda one: _gap(one, low, high)) if is_table else fits[0]
    low, high = min(low, rows[0]), max(high, rows[1])
    left, right = _without_margins(caption, page, (left, right), (low, high))
    whole = _around(page, left, right, low, high)
    part = _around(page, left, right, *rows)
    if whole is None or part is None or part[2] - part[0] < LEAST[0] or part[3] - part[1] < LEAST[1]:
        return None
    whole = min(whole[0], caption.box[0]), whole[1], max(whole[2], caption.box[2]), whole[3]
    return _clean(whole, caption, page, others)


def _gap(fit: tuple[int, tuple[float, float]], low: float, high: float) -> float:
    way, rows = fit
    return rows[0] - high if way > 0 else low - rows[1]


def _nearer(fits: Sequence[tuple[int, tuple[float, float]]], low: float, high: float) -> bool:
    """Whether one of two is so much nearer that it must be the table."""
    one, other = (_gap(fit, low, high) for fit in fits)
    return abs(one - other) > 4


def _sides(caption: Caption, page: Page, others: Sequence[Caption]) -> tuple[float, float]:
    """Left and right of what may belong to it: its column, less what belongs to a caption beside it."""
    left, right = max(0.0, caption.column[0]), min(page.width, caption.column[1])
    box = caption.box
    for other in others:
        if other.box[1] < box[3] and other.box[3] > box[1]:
            if other.box[0] >= box[2]:
                right = min(right, (box[2] + other.box[0]) / 2)
            elif other.box[2] <= box[0]:
                left = max(left, (other.box[2] + box[0]) / 2)
    return left, right


def _rows(page: Page, left: float, right: float, low: float, high: float) -> Iterator[tuple[float, float]]:
    """The bands of rows with ink within a box, from below."""
    s = page.scale
    top, bottom = round((page.height - high) * s), round((page.height - low) * s)
    part = page.ink[max(0, top) : max(0, bottom), max(0, round(left * s)) : max(0, round(right * s))].any(1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], part, [False])).astype(np.int8)))
    base = max(0, top)
    for start, stop in reversed(edges.reshape(-1, 2).tolist()):
        yield page.height - (base + stop) / s, page.height - (base + start) / s


def _caption_rows(caption: Caption, page: Page, left: float, right: float) -> tuple[float, float]:
    """Where a caption begins and ends, with lines that were not read as its own but go on below."""
    box = caption.box
    floor = max(
        (wall[3] for wall in caption.walls if wall[3] <= box[1] + _EDGE and _over(wall, left, right)), default=0.0
    )
    low, high = box[1], box[3]
    bands = list(_rows(page, box[0] - 2, box[2] + 2, floor, box[1] + _EDGE))
    for bottom, top in reversed(bands):
        if low - top > LINES or top - bottom > 20:
            break
        if any(item.kind != "text" and meets(item.box, (left, bottom, right, top)) for item in page.items):
            break
        low = min(low, bottom)
    return low, high


def _over(box: Box, left: float, right: float) -> bool:
    return box[0] < right - _EDGE and box[2] > left + _EDGE


def _beside(
    caption: Caption, page: Page, sides: tuple[float, float], start: float, way: int, is_table: bool
) -> tuple[float, float] | None:
    """Lowest and highest row of what belongs to a caption, above it (`way` 1) or below it (-1)."""
    left, right = sides
    walls = [wall for wall in caption.walls if _over(wall, left, right)]
    if way > 0:
        end = min((wall[1] for wall in walls if wall[1] >= start - _EDGE), default=page.height)
        bands = [_band(page, sides, rows) for rows in _rows(page, left, right, start + 0.5, end)]
    else:
        end = max((wall[3] for wall in walls if wall[3] <= start + _EDGE), default=0.0)
        bands = [_band(page, sides, rows) for rows in _rows(page, left, right, end, start - 0.5)][::-1]
    at_wall = 0.0 < end < page.height
    kept = _table(bands, start, way) if is_table else _figure(bands, start, way)
    if not kept:
        return None
    low, high = min(band.low for band in kept), max(band.high for band in kept)
    reach = end - high if way > 0 else low - end
    return None if at_wall and reach < 1.0 else (low, high)


def _distance(band: _Band, edge: float, way: int) -> float:
    return band.low - edge if way > 0 else edge - band.high


def _next_edge(band: _Band, way: int) -> float:
    return band.high if way > 0 else band.low


def _figure(bands: Sequence[_Band], start: float, way: int) -> list[_Band]:
    """The bands of a figure from its caption on: up to the last picture, and letters close to it."""
    kept: list[_Band] = []
    edge = start
    for band in bands:
        if _distance(band, edge, way) > (APART if kept else NEAR):
            break
        kept.append(band)
        edge = _next_edge(band, way)
    last = max((at for at, band in enumerate(kept) if band.kind == "picture"), default=-1)
    if last < 0:
        return []
    for at in range(last + 1, len(kept)):
        if kept[at].kind != "text" or _distance(kept[at], _next_edge(kept[at - 1], way), way) > CLOSE:
            return kept[:at]
    return kept


def _table(bands: Sequence[_Band], start: float, way: int) -> list[_Band]:
    """The rows of a table: to its last rule."""
    kept: list[_Band] = []
    edge = start
    for band in bands:
        if _distance(band, edge, way) > (TABLE_GAP if kept else NEAR):
            break
        kept.append(band)
        edge = _next_edge(band, way)
    ruled = [at for at, band in enumerate(kept) if band.rules]
    if sum(band.rules for band in kept) < 2:
        return []
    return kept[: ruled[-1] + 1]


def _band(page: Page, sides: tuple[float, float], rows: tuple[float, float]) -> _Band:
    low, high = rows
    left, right = sides
    here = [item for item in page.items if meets(item.box, (left, low - 0.5, right, high + 0.5))]
    rules = sum(item.kind == "rule" and item.box[2] - item.box[0] > 0.3 * (right - left) * 0.5 for item in here)
    drawn = [item for item in here if item.kind == "picture"]
    large = any(max(item.box[2] - item.box[0], item.box[3] - item.box[1]) > SIGN for item in drawn)
    large = large and _has_more(page, sides, rows, [item.box for item in here if item.kind == "text"])
    kind: Kind = "picture" if large or len(drawn) + sum(item.kind == "rule" for item in here) > MOST_SIGNS else "text"
    if {item.kind for item in here} == {"rule"} and kind == "text":
        kind = "rule"
    return _Band(low, high, kind, rules)


def _has_more(page: Page, sides: tuple[float, float], rows: tuple[float, float], texts: Sequence[Box]) -> bool:
    """Whether a band has more ink than that of its letters: what is drawn there may be clipped to other rows."""
    s, top, left = page.scale, round((page.height - rows[1]) * page.scale), round(sides[0] * page.scale)
    part = page.ink[max(0, top) : round((page.height - rows[0]) * s), left : round(sides[1] * s)].copy()
    for a, b, c, d in texts:
        high, low = round((page.height - d) * s) - top - 2, round((page.height - b) * s) - top + 2
        part[max(0, high) : max(0, low), max(0, round(a * s) - left - 2) : max(0, round(c * s) - left + 2)] = False
    return bool(part.sum() > CRUMBS)


def _around(page: Page, left: float, right: float, low: float, high: float) -> Box | None:
    """The ink between these sides and rows."""
    s = page.scale
    top, bottom = round((page.height - high) * s), round((page.height - low) * s)
    first = max(0, round(left * s))
    columns = np.flatnonzero(page.ink[max(0, top) : bottom, first : round(right * s)].any(0))
    if not len(columns):
        return None
    return (first + int(columns[0])) / s, low, (first + int(columns[-1]) + 1) / s, high


def _without_margins(
    caption: Caption, page: Page, sides: tuple[float, float], rows: tuple[float, float]
) -> tuple[float, float]:
    """Sides without short notes in the margin, as the labels of a TeX draft: letters alone, beside all of the text."""
    left, right = sides
    first = min(wall[0] for wall in (caption.box, *caption.walls)) - _EDGE
    last = max(wall[2] for wall in (caption.box, *caption.walls)) + _EDGE
    inside = [item.box for item in page.items if meets(item.box, (first, rows[0], last, rows[1]))]
    if inside:
        first, last = min(first, *(box[0] for box in inside)), max(last, *(box[2] for box in inside))
        for item in page.items:
            box = item.box
            if item.kind == "text" and rows[0] < box[3] and box[1] < rows[1] and box[3] - box[1] < NOTE:
                left = max(left, box[2]) if box[2] < first else left
                right = min(right, box[0]) if box[0] > last else right
    return left, right


def _clean(box: Box, caption: Caption, page: Page, others: Sequence[Caption]) -> Box | None:
    """With white around it; None where there is none, or a line of something else is in it."""
    inner = box[0] + _EDGE, box[1] + _EDGE, box[2] - _EDGE, box[3] - _EDGE
    foreign = [*caption.walls, *(other.box for other in others)]
    if any(meets(inner, wall) for wall in foreign):
        return None
    for pad in (PAD, PAD / 2, 1.0):
        pad = min([pad, *(_space(box, wall) for wall in foreign)])
        low, high = max(0.0, box[1] - pad), min(page.height, box[3] + pad)
        whole = max(0.0, box[0] - pad), low, min(page.width, box[2] + pad), high
        s = page.scale
        part = page.ink[
            round((page.height - high) * s) : round((page.height - low) * s), round(whole[0] * s) : round(whole[2] * s)
        ]
        if part.size and not any(bool(edge.any()) for edge in (part[0], part[-1], part[:, 0], part[:, -1])):
            return whole
    return None


def _space(box: Box, wall: Box) -> float:
    """Points between a box and a wall beside, over or below it, less the wall's own uncertainty."""
    across = max(wall[0] - box[2], box[0] - wall[2])
    along = max(wall[1] - box[3], box[1] - wall[3])
    return max(1.0, max(across, along) - _EDGE)
