"""What of a page's text leaves ink: pages drawn by pdfium with the text in question and without it.

However text is hidden, what is painted decides: where both pictures are alike, nobody sees the glyph. So no colour,
clip, cover, blend mode or pattern has to be understood here. In plain Python: to load an array library would take
longer than most papers' suspicious glyphs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from localdigest.pdf.drawing import DrawnPage, Frame, Picture
from localdigest.pdf.path import Box, meets, share
from localdigest.pdf.sight import AND_CLIP, CORE, OUTLINES_ONLY, SEEN, WHOLE, Run, has_ink, is_tall, sights_of

SHOWS = 14
"""Least difference of a colour component, 0 to 255, that a reader notices: white on 0.95 grey has 13."""
PALE = 1.15
"""Contrast ratio (WCAG 2.2) below which a colour does not show on its ground though a component differs: pale yellow on
white has 1.02 to 1.07, 0.9 grey has 1.25."""
ENOUGH = 0.4
"""Share of a run's letters with ink that is noticed, from which on any ink will do for the rest."""
UPRIGHT = 0.5
"""Share of a letter's height in which ink is noticed where it can be read: not through a slit."""
MOST_CLASSES = 8
"""Of texts that lie over one another, how many are looked at one by one."""
COVERS = 0.5
"""Share of a text's body under another text, from which on the one lies over the other, and is not its neighbour."""
PILE = 3
"""Under so many other texts nobody reads one."""
ROW = 32
"""Pixels: texts are looked up by rows of this height."""
MOST_PAIRS = 2_000_000
"""Of texts of a page, looked at for whether one is near the other; those of a page with more are not seen."""

# ---------------------------------------------------------------- what a reader notices


class _Ink:
    """Where two pictures differ, and where so that a reader would notice."""

    def __init__(self, one: Picture, other: Picture) -> None:
        self._one, self._other = one, other
        self._known: dict[tuple[bytes, bytes], int] = {}

    def level(self, frame: Frame, least: int = 1, *, turned: bool = False) -> int:
        """0: the pictures are alike there; 1: they differ; 2: so that it is noticed in at least so many rows, or
        columns of text that is `turned`."""
        most = 0
        one, other = (each.columns(frame) if turned else each.rows(frame) for each in (self._one, self._other))
        for a, b in zip(one, other, strict=True):
            if a == b:
                continue
            most = max(most, 1)
            for at in range(0, len(a), 4):
                pair = a[at : at + 3], b[at : at + 3]
                noticed = self._known.get(pair)
                if noticed is None:
                    noticed = self._known[pair] = _is_noticed(*pair)
                if noticed:
                    least -= 1
                    break
            if least <= 0:
                return 2
        return most


def _is_noticed(one: bytes, other: bytes) -> bool:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    differs = max(abs(a - b) for a, b in zip(one, other, strict=True))
    return differs >= SHOWS and (light + 0.05) / (dark + 0.05) >= PALE


_LINEAR = [(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in range(256)]


def _luminance(colour: bytes) -> float:
    """Relative luminance of a colour as BGR (IEC 61966-2-1)."""
    return 0.0722 * _LINEAR[colour[0]] + 0.7152 * _LINEAR[colour[1]] + 0.2126 * _LINEAR[colour[2]]


def _is_varied(picture: Picture, frame: Frame) -> bool:
    """Whether anything that is noticed is painted there."""
    pixels = b"".join(picture.rows(frame))
    return any(max(pixels[i::4]) - min(pixels[i::4]) >= SHOWS for i in range(3)) if pixels else False


# ---------------------------------------------------------------- texts of a page


@dataclass(eq=False, repr=False)  # less to make: it is loaded for every file
class _Text:
    """A run that is looked at, glyph by glyph."""

    number: int
    place: int
    """Among the texts of the page."""
    run: Run
    glyphs: list[tuple[str, Box, Box]]
    letters: list[bool]
    """Of each glyph whether it has ink."""
    core: list[Frame]
    whole: list[Frame]
    least: list[int]
    """Rows with ink, of the letters' height, with which each glyph is seen."""
    turned: bool
    """Its lines are columns of pixels."""
    seen: list[bool] = field(default_factory=list)

    def look(self, ink: _Ink, core: Sequence[Frame]) -> None:
        """Fill in which glyphs have ink that is noticed in their core. A point, a quote, a rule has its ink elsewhere,
        and that of a hairline is weak: they are seen among letters that are."""
        self.seen = [
            ink.level(frame, least, turned=self.turned) == 2 for frame, least in zip(core, self.least, strict=True)
        ]
        if self._share() >= ENOUGH:
            self.seen = [shows or ink.level(frame) > 0 for shows, frame in zip(self.seen, self.whole, strict=True)]

    def is_weak(self) -> bool:
        return self._share() < ENOUGH

    def _share(self) -> float:
        shown = sum(shows and letter for shows, letter in zip(self.seen, self.letters, strict=True))
        return shown / sum(self.letters) if any(self.letters) else 1.0


def judge(runs: Sequence[Run], images: Sequence[tuple[int, Box]], drawn: DrawnPage, page: Box, sheet: Box) -> None:
    """Fill in what can be seen of each run of which `settle` is not sure."""
    told = [number for number, run in enumerate(runs) if run.says]
    texts = [_text(drawn, number, place, runs[number]) for place, number in enumerate(told) if not runs[number].settled]
    if not any(text.glyphs for text in texts):
        return
    frame = _framed(texts)
    full, bare = drawn.picture((), frame), drawn.picture(None, frame)
    ink = _Ink(full, bare)
    for text in texts:
        text.look(ink, text.core)
    others = _others(texts, [runs[number] for number in told], drawn)
    near = _near(texts, others)
    # Letters are made bold by being set twice: what says the same at the same place is one text.
    copies = {text.place: {at for at in near[text.place] if runs[told[at]].text == text.run.text} for text in texts}
    under = [_under(text, others, set(near[text.place]) - copies[text.place]) for text in texts]
    if drawn.texts == len(told):  # then each of pdfium's texts is one of ours, in the same order
        asked = [
            text
            for text in texts
            # What all texts together leave no trace of leaves none by itself.
            if (near[text.place] or text.is_weak()) and any(ink.level(one) for one in text.whole)
        ]
        groups = _apart(asked, near)
        for text in asked:
            text.seen = [False] * len(text.glyphs)
        for group in groups:
            gone = {at for text in group for at in (text.place, *copies[text.place])}
            # From the same corner, without which pdfium rounds the places of small letters otherwise.
            alone = _Ink(full, drawn.picture(gone, (*frame[:2], *_framed(group)[2:])))
            for text in group:
                text.look(alone, text.whole)
    else:  # which of several texts at one place has left the ink is not to be told
        for text, covers in zip(texts, under, strict=True):
            if covers:
                text.seen = [False] * len(text.glyphs)
    _tell(texts, under, bare, images, page, sheet)


def _framed(texts: Iterable[_Text]) -> Frame:
    """What of the page has to be drawn for some texts: all that has a figure in it takes long."""
    frames = [frame for text in texts for frame in (*text.core, *text.whole)]
    left, top, right, bottom = _around(frames)
    return left, top, max(left + 1, right), max(top + 1, bottom)


def _tell(
    texts: Sequence[_Text],
    under: Sequence[Sequence[int]],
    bare: Picture,
    images: Sequence[tuple[int, Box]],
    page: Box,
    sheet: Box,
) -> None:
    before = SEEN
    for text, covers in zip(texts, under, strict=True):
        run, found = text.run, text.seen
        if run.lost or len(covers) >= PILE:
            found = [False] * len(text.glyphs)
        elif run.mode >= AND_CLIP and not run.paints:  # what is painted through it
            found = [not covers and _is_varied(bare, frame) for frame in text.core]
        elif not run.paints and run.is_traced():
            painted = sum(letter and _is_varied(bare, one) for letter, one in zip(text.letters, text.core, strict=True))
            found = [painted >= ENOUGH * sum(text.letters)] * len(text.glyphs)
        pictures = [box for after, box in images if after > text.number or run.mode == OUTLINES_ONLY]
        sights = sights_of(text.glyphs, found, [] if run.lost else pictures, page, sheet, before)
        before = sights[-1]
        run.sight = before if len(set(sights)) == 1 else sights


def _text(drawn: DrawnPage, number: int, place: int, run: Run) -> _Text:
    glyphs = list(run.places())
    across, along = drawn.step(*run.matrix[2:4])
    tall = abs(run.size) * (CORE[1] - CORE[0]) * math.hypot(across, along)
    return _Text(
        number,
        place,
        run,
        glyphs,
        [has_ink(text) for text, _, _ in glyphs],
        [drawn.frame(core) for _, core, _ in glyphs],
        [drawn.frame(whole) for _, _, whole in glyphs],
        [max(1, int(UPRIGHT * tall)) if is_tall(text) else 1 for text, _, _ in glyphs],
        abs(across) > abs(along),
    )


# ---------------------------------------------------------------- texts that lie over one another


def _others(texts: Sequence[_Text], told: Sequence[Run], drawn: DrawnPage) -> dict[int, tuple[Frame, Frame]]:
    """By the places of the texts of a page their cores and wholes, but for those that are far from all `texts`."""
    lefts, lows, rights, highs = zip(*(whole for text in texts for _, _, whole in text.glyphs), strict=True)
    left, low, right, high = min(lefts), min(lows), max(rights), max(highs)
    pixel = 2 / max(1e-9, math.hypot(*drawn.step(1.0, 0.0)))
    found = {}
    for place, run in enumerate(told):
        a, b, c, d = run.core
        reach = abs(run.size) * math.hypot(*run.matrix[2:4]) + pixel
        if a - reach < right and c + reach > left and b - reach < high and d + reach > low:
            found[place] = drawn.frame(run.core), drawn.frame(run.body(WHOLE))
    return found


def _near(texts: Sequence[_Text], others: Mapping[int, tuple[Frame, Frame]]) -> dict[int, list[int]]:
    """By the place of each text, the places of those of `others` of which the body of one reaches into the place of the
    other."""
    rows: dict[int, list[int]] = {}
    for place, (_, whole) in others.items():
        for row in range(whole[1] // ROW, whole[3] // ROW + 1):
            rows.setdefault(row, []).append(place)
    found: dict[int, list[int]] = {}
    left = MOST_PAIRS
    for text in texts:
        inner, outer = _around(text.core), _around(text.whole)
        close = {place for row in range(outer[1] // ROW, outer[3] // ROW + 1) for place in rows.get(row, ())}
        left -= len(close)
        if left < 0:
            raise ValueError("a page of too many texts")
        found[text.place] = [
            place
            for place in close
            if place != text.place and (meets(inner, others[place][1]) or meets(outer, others[place][0]))
        ]
    return found


def _around(frames: Sequence[Frame]) -> Frame:
    lefts, tops, rights, bottoms = zip(*frames, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _under(text: _Text, others: Mapping[int, tuple[Frame, Frame]], near: Iterable[int]) -> list[int]:
    """The texts that reach over most of the body of one."""
    inner = _around(text.core)
    return [place for place in near if share(inner, others[place][1]) >= COVERS]


def _apart(asked: Sequence[_Text], near: dict[int, list[int]]) -> list[list[_Text]]:
    """The texts that are `asked` for, to be looked at without those about them, in as few groups as hold no two that
    are near. Of more than MOST_CLASSES that lie over one another the rest is in none."""
    groups: list[list[_Text]] = []
    places: list[set[int]] = []
    for text in asked:
        close = near[text.place]
        free = next((at for at, group in enumerate(places) if group.isdisjoint(close)), None)
        if free is not None:
            groups[free].append(text)
            places[free].add(text.place)
        elif len(groups) < MOST_CLASSES:
            groups.append([text])
            places.append({text.place})
    return groups
