"""What of a page's text is sure to show, or not to, without drawing the page. Pure.

Sure to show is what is dark and filled, within a box for a clip, with nothing painted over it, nothing but light under
it and no other text about. Everything that is not sure is left to `ink`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import add

from localdigest.pdf.path import Box, lies_in, meet, meets, share, size
from localdigest.pdf.sight import AND_CLIP, CORE, HIDDEN, OUTLINES_ONLY, SEEN, TRIMMED, WHOLE, Run, is_mark, sights_of
from localdigest.pdf.state import LIGHT, Haze, Paint, Scene

MOST_MEETINGS = 400_000
"""Of texts and what is painted on a page: with more, pictures are quicker than going through them."""
ROW = 24.0
"""Points: paints are looked up by rows of this height, and columns as wide."""
MOST_ROWS = 200
"""Rows of a page, at most."""
NARROW = 3
"""Columns of what is looked up by them."""
_FAR = MOST_ROWS * ROW
WIDE = MOST_ROWS + 1
"""Stands for all columns."""
_ALL_COLUMNS = range(WIDE, WIDE + 1)
DENSE = 0.3
"""Share of a place that rules and specks may cover before they count as a cover."""
TRACE = 0.01
"""The same before they may be the ground on which white text shows."""
GRAZE = 0.5
"""Points of a text's height or length that what lies over it may cover."""
SHOWN = 0.1
"""Share of the letter that the page's edge cuts from which on it counts as seen."""
CLEAR, FLARE = 3.0, 0.05
"""Contrast ratio (WCAG 2.2, with its constant) with which dark text surely shows on a ground."""
COLUMNS = 1000.0
"""Steps of a page's longer side in which texts are looked for under others; a step is a point at least."""
LEVELS = 5
"""Steps to a level: the core of a text is looked for at one, between those that the line above and below reach."""
LARGE = 14.0
"""Points: in no stroke of a letter of this size is there room for text that is not tiny."""
PILE = 4
"""Single letters at one spot, at most: three make one bold."""
FEW = 12
"""Letters of a page that may lie under others, as accents and radicals have it."""


def settle(scene: Scene, page: Box, sheet: Box) -> bool:
    """Fill in the sight of each run that is sure. Whether that is all."""
    runs = scene.runs
    places = _placed(scene.paints, page)
    crowded, touched = _crowded(scene, page)
    hazy = _hazy(scene.haze, DENSE)
    traced = _hazy(scene.haze, TRACE) if any(run.white for run in runs) else hazy
    left = 0 if scene.doubt else MOST_MEETINGS
    rows: _Rows = {}
    sure = True
    before: int | list[int] | None = SEEN
    first, lowest, last, highest = page
    for number, run in enumerate(runs):
        core = run.core
        inside = core[0] >= first and core[1] >= lowest and core[2] <= last and core[3] <= highest
        sight: int | list[int] | None = None
        if not run.says:
            sight = SEEN
        elif run.lost and inside:
            sight = HIDDEN
        elif not inside and not meets(run.body(WHOLE), page):
            sight = TRIMMED if lies_in(core, sheet) else None if meets(core, sheet) else HIDDEN
        elif not run.plain and _is_blank(run) and not scene.doubt and run.text.strip():
            pictures = [] if run.lost else _over(run, number, scene)
            sight = _unseen(run, pictures, page, sheet)
        elif left > 0 and not run.lost and (run.plain or (run.white and inside)):
            near = _near(core, places, rows) if places else ()
            left -= len(near)
            if run.white:
                ground = any(meets(core, box) for _, box, _ in near) or not traced.isdisjoint(_cells(scene.haze, core))
                sight = None if ground or number in touched else HIDDEN
            elif not (
                number in crowded
                or (hazy and not hazy.isdisjoint(_cells(scene.haze, core)))
                or (near and _is_covered(number, run, near, scene.unit))
            ):
                sight = SEEN if inside else _at_edge(run, page, sheet)
        if sight is None and before is not None and not run.text.strip():
            # A space, which has no ink, is as what stands before it.
            sight = before[-1] if isinstance(before, list) else before
        if sight is None and run.mode >= AND_CLIP and not run.paints:
            run.lost = _is_uncut(scene.paints, number, core)
        run.sight, run.settled = (HIDDEN, False) if sight is None else (sight, True)
        before = sight
        sure = sure and run.settled
    return sure


def _is_covered(number: int, run: Run, near: Sequence[_Painted], unit: float) -> bool:
    """Whether something over or under dark text may hide it, and does not only graze it, as a rule does a brace."""
    core, darkest = run.core, CLEAR * (run.light + FLARE) - FLARE
    grazed = 0.0
    for after, box, least in near:
        if (after > number or least < darkest) and meets(core, box):
            left, bottom, right, top = meet(core, box)
            if min(right - left, top - bottom) * unit > GRAZE:
                return True
            grazed += (right - left) * (top - bottom)
    return grazed > DENSE * size(core)


def _at_edge(run: Run, page: Box, sheet: Box) -> int | list[int] | None:
    """Of text that runs over the page's edge, as labels of TeX drafts do: what is seen, and what is not. None where the
    edge cuts more than one of its letters, or the first on the page: it may leave a slit of them."""
    places = list(run.places())
    shares = [share(core, page) for _, core, _ in places]
    if max(shares) < 1 or sum(0 < part < 1 for part in shares) > 1:
        return None
    found = sights_of(places, [part >= SHOWN for part in shares], (), page, sheet, SEEN)
    return found if len(set(found)) > 1 else found[0]


def _is_blank(run: Run) -> bool:
    """Whether it surely leaves no ink. The letters of a Type 3 font are painted in every mode (9.3.6), and as they are
    themselves set."""
    return not run.paints and run.mode < AND_CLIP and not run.face.drawn and not run.is_traced()


def _over(run: Run, number: int, scene: Scene) -> list[Box]:
    """The pictures that it may be the layer of."""
    return [box for after, box in scene.images if after > number or run.mode == OUTLINES_ONLY]


def _unseen(run: Run, pictures: Sequence[Box], page: Box, sheet: Box) -> int | list[int]:
    """Of text that leaves no ink: the layer of a scan, or hidden."""
    places = list(run.places())
    found = sights_of(places, [False] * len(places), pictures, page, sheet, HIDDEN)
    return found if len(set(found)) > 1 else found[0]


def _is_uncut(paints: Sequence[Paint], number: int, core: Box) -> bool:
    """Whether the place of a text that only clips is painted by something else than what it clips."""
    return len(paints) > MOST_ROWS or any(
        meets(paint.box, core) and not paint.cut and not (paint.after <= number and (paint.light or 0.0) >= LIGHT)
        for paint in paints
    )


# ---------------------------------------------------------------- paints


_Painted = tuple[int, Box, float]
"""What matters of a Paint: the texts before it, its place, and the relative luminance of a ground with it, at least:
infinite of what lets all dark text show."""
_Places = dict[int, dict[int, list[_Painted]]]
"""By row and column, what is wide by row alone."""
_Rows = dict[tuple[float, float], list[dict[int, list[_Painted]]]]
"""By bottom and top, which the texts of a line share, the rows between them that have anything."""


def _placed(paints: Sequence[Paint], page: Box) -> _Places:
    found: _Places = {}
    for after, box, light, _, least in paints:
        if not meets(box, page):
            continue
        one = after, box, math.inf if light is not None and light >= LIGHT else least or 0.0
        left, low, right, high = box
        columns: Sequence[int] = range(_row(left), _row(right) + 1)
        if len(columns) > NARROW:
            columns = _ALL_COLUMNS
        for row in range(_row(low), _row(high) + 1):
            here = found.get(row)
            if here is None:
                here = found[row] = {}
            for column in columns:
                if column in here:
                    here[column].append(one)
                else:
                    here[column] = [one]
    return found


def _near(box: Box, places: _Places, known: _Rows) -> list[_Painted]:
    left, low, right, high = box
    rows = known.get((low, high))
    if rows is None:
        rows = known[low, high] = [places[row] for row in range(_row(low), _row(high) + 1) if row in places]
    found: list[_Painted] = []
    for here in rows:
        for column in (WIDE, *range(_row(left), _row(right) + 1)):
            found += here.get(column, ())
    return found


def _row(place: float) -> int:
    return int(place // ROW) if -_FAR < place < _FAR else MOST_ROWS if place > 0 else -MOST_ROWS


def _hazy(haze: Haze, least: float) -> set[tuple[int, int]]:
    """The cells, by column and row, of which at least such a share is painted."""
    found = set[tuple[int, int]]()
    sums, columns = [0.0] * (haze.columns + 1), list[int]()
    for row, steps in enumerate(haze.steps):
        if any(steps):
            sums = list(map(add, sums, accumulate(steps)))
            columns = [column for column, share in enumerate(sums) if share >= least]
        if columns:
            found.update([(column, row) for column in columns])
    return found


def _cells(haze: Haze, box: Box) -> Iterator[tuple[int, int]]:
    left, bottom, right, top = haze.cells(box)
    return ((column, row) for column in range(left, right) for row in range(bottom, top))


# ---------------------------------------------------------------- texts over texts


def _crowded(scene: Scene, page: Box) -> tuple[set[int], set[int]]:
    """The texts most of whose body lies at the place of other texts, where they are more than a FEW letters of the
    page; and all that lie there at all. Places are the bits of a number for each level of the page."""
    runs, unit = scene.runs, scene.unit
    left, bottom, right, top = page
    step = max(1.0 / unit, (right - left) / COLUMNS, (top - bottom) / COLUMNS)
    level, spread = LEVELS * step, 2 * step
    columns, levels = int((right - left) / step) + 1, int((top - bottom) / level) + 1
    once, twice = [0] * levels, [0] * levels

    def bits(box: Box) -> int:
        first, last = int((box[0] - left) / step) + 1, int((box[2] - left) / step)
        first, last = first if first > 0 else 0, last if last < columns else columns
        return (1 << last) - (1 << first) if first < last else 0

    piles: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    letters: dict[tuple[int, bytes], bool] = {}
    tall = LARGE * (CORE[1] - CORE[0]) / unit
    for number, run in enumerate(runs):
        if not run.says or not (run.plain or run.paints):
            continue
        first, low, _, high = run.core
        if run.plain and len(run.items) == 1 and -tall <= high - low <= tall:
            key = id(run.face), run.items[0]
            if (letter := letters.get(key)) is None:
                letter = letters[key] = key[0] not in scene.solid and _is_letter(run)
            if letter:
                piles[int((first - left) / spread), int((low - bottom) / spread)].append(number)
                continue
        whole = run.cover()
        if not (mask := bits(whole)):
            continue
        middle = int(((low + high) / 2 - bottom) / level)
        lowest, highest = int((whole[1] - bottom) / level) + 1, int((whole[3] - bottom) / level)
        for at in range(max(0, min(lowest, middle)), min(levels, max(highest, middle + 1))):
            if both := once[at] & mask:
                twice[at] |= both
            once[at] |= mask
    crowded = {number for pile in piles.values() if len(pile) > PILE for number in pile}
    touched = set(crowded)
    many = len(crowded)
    if any(twice):
        for number, run in enumerate(runs):
            middle = int(((run.core[1] + run.core[3]) / 2 - bottom) / level)
            if 0 <= middle < levels and (both := twice[middle]) and (shared := both & (mask := bits(run.core))):
                touched.add(number)
                if shared.bit_count() > mask.bit_count() / 2:
                    crowded.add(number)
                    many += sum(char.isalnum() for char in run.text)
    return (crowded if many > FEW else set()), touched


def _is_letter(run: Run) -> bool:
    """Whether it is one code that says one letter, or an accent, if it has the shape of one: that is looked at by
    `outlines`. None that is small covers others."""
    if len(run.items[0]) > 2 or run.face.drawn:
        return False
    text = run.text
    return is_mark(text) or (len(text) == 1 and text.isalnum())
