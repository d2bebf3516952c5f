"""How far the glyphs of a PDF font reach: the codes in a string and their advances. Pure functions.

Chapter and table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from localdigest.pdf.objects import entry, numbers, resolve

Spell = Callable[[bytes], str]


def _unknown(data: bytes) -> str:
    return "\ufffd" * len(data)


@dataclass(frozen=True, slots=True)
class Face:
    """A font's metrics. Widths are in text space for a font of size 1: 0.5 is half an em."""

    widths: Mapping[int, float]
    default: float = 0.5
    length: int = 1
    """Bytes of a code; 0 where one or two make a code (the CJK encodings)."""
    vertical: bool = False
    em: float | None = 1.0
    """What to take for the height of a font of size 1; None where it cannot be told (Type 3)."""
    plain: bool = True
    """Not one whose glyphs may paint anything (Type 3), but for bitmaps, as TeX made them."""
    drawn: bool = False
    """Whether its glyphs are drawn by operators (Type 3)."""
    boundless: bool = False
    """Whether they may paint far from where they are shown."""
    embedded: bool = False
    """Whether the file brings its outlines along, or says itself what they mean: so they may have no shape."""
    reference: tuple[int, int] | None = None
    """The number and generation of the font's object."""
    name: str = ""
    spell: Spell = _unknown
    """What a string says."""

    def reach(self, data: bytes) -> float:
        """The advances of a string, summed."""
        find, default = self.widths.get, self.default
        return sum([find(code, default) for code in self.numbers(data)])

    def numbers(self, data: bytes) -> Sequence[int]:
        """The codes of a string, alone."""
        if self.length == 1:
            return data
        if self.length == 2 and not len(data) % 2:
            return [high << 8 | low for high, low in zip(data[::2], data[1::2], strict=True)]
        return [code for code, *_ in self.codes(data)]

    def codes(self, data: bytes) -> Iterator[tuple[int, int, float]]:
        """Of each code: its number, how many bytes it takes, its advance."""
        place = 0
        while place < len(data):
            step = self.length or (2 if data[place] > 0x80 else 1)
            code = int.from_bytes(data[place : place + step], "big")
            yield code, min(step, len(data) - place), self.widths.get(code, self.default)
            place += step


PLAIN = Face({})
"""For text in a font that the page does not have."""


def face_of(font: Any, core: Mapping[str, Mapping[str, float]]) -> Face:
    """The metrics of a font resource; `core` has the standard fonts' widths by character, in thousandths."""
    kind = entry(font, "/Subtype")
    if kind == "/Type0":
        return _composite(font)
    if kind == "/Type3":
        return _drawn(font)
    descriptor = entry(font, "/FontDescriptor")
    listed = numbers(entry(font, "/Widths"))
    embedded = _is_embedded(descriptor) or entry(font, "/ToUnicode") is not None
    if listed:
        start = int(entry(font, "/FirstChar") or 0)
        widths = {start + place: width / 1000 for place, width in enumerate(listed[:256])}
        missing = float(entry(descriptor, "/MissingWidth") or 0) / 1000
        return Face(widths, missing, embedded=embedded)
    standard = core.get(str(entry(font, "/BaseFont")).lstrip("/"), {})
    chars = {code: bytes([code]).decode("cp1252", "replace") for code in range(32, 256)}
    return Face({code: standard[char] / 1000 for code, char in chars.items() if char in standard}, embedded=embedded)


def _is_embedded(descriptor: Any) -> bool:
    return entry(descriptor, "/FontFile", "/FontFile2", "/FontFile3") is not None


def _composite(font: Any) -> Face:
    """A Type 0 font (9.7). Widths go by CID, which is the code in the Identity encodings; else the default is
    taken."""
    encoding = entry(font, "/Encoding")
    descendants = entry(font, "/DescendantFonts") or [None]
    below = resolve(descendants[0])
    embedded = _is_embedded(entry(below, "/FontDescriptor"))
    default = entry(below, "/DW")
    default = float(default) / 1000 if isinstance(default, (int, float)) else 1.0
    if not isinstance(encoding, str):
        first = re.search(rb"begincodespacerange\s*<\s*([0-9A-Fa-f]+)", encoding.get_data()) if encoding else None
        return Face({}, default, len(first[1]) // 2 or 1 if first else 2, embedded=embedded)
    vertical = encoding.endswith("-V")
    if not encoding.startswith("/Identity"):
        return Face({}, default, 2 if re.search("UCS2|UTF16", encoding) else 0, vertical, embedded=embedded)
    if vertical:
        steps = numbers(entry(below, "/DW2"))
        return Face({}, abs(steps[1]) / 1000 if len(steps) == 2 else 1.0, 2, vertical, embedded=embedded)
    widths: dict[int, float] = {}
    listed = [resolve(item) for item in entry(below, "/W") or []]
    place = 0
    while place + 1 < len(listed):
        start, second = int(listed[place]), listed[place + 1]
        if isinstance(second, list):
            widths |= {start + index: width / 1000 for index, width in enumerate(numbers(second))}
            place += 2
        else:
            end = min(int(second), start + 65536)
            widths |= dict.fromkeys(range(start, end + 1), float(listed[place + 2]) / 1000)
            place += 3
        if len(widths) > 200_000:
            break
    return Face(widths, default, 2, embedded=embedded)


def _drawn(font: Any) -> Face:
    """A Type 3 font (9.6.4): widths and height in glyph space, through the font's own matrix."""
    matrix = numbers(entry(font, "/FontMatrix")) or [0.001, 0, 0, 0.001, 0, 0]
    start = int(entry(font, "/FirstChar") or 0)
    listed = numbers(entry(font, "/Widths"))
    widths = {start + place: abs(width * matrix[0]) for place, width in enumerate(listed[:256])}
    box = numbers(entry(font, "/FontBBox"))
    height = abs((box[3] - box[1]) * matrix[3]) if len(box) == 4 else 0.0
    procs = entry(font, "/CharProcs") or {}
    glyphs = [resolve(one).get_data() for one in procs.values()]
    shapes = [_bitmap(glyph, matrix) for glyph in glyphs]
    # Viewers paint a dot for the smallest picture: letters that are no larger are not to be read.
    largest = max((shape.size for shape in shapes if shape), default=height)
    plain = all(shape and shape.shows for shape in shapes)
    em = (largest if largest < _GRAIN else height) or None
    bounded = all(_is_bounded(glyph, matrix) for glyph in glyphs)
    # Filled in the colour in force, as plots have them, letters show where they have a shape: `outlines` sees to that.
    filled = not plain and bounded and matrix == _THOUSANDTHS
    boundless = not plain and not bounded
    return Face(widths, 0.0, em=em, plain=plain or filled, drawn=True, boundless=boundless, embedded=filled)


_THOUSANDTHS = [0.001, 0, 0, 0.001, 0, 0]
_WORD = re.compile(rb"(-?\d*\.?\d+)|d[01]|[mlcvyhFn]|re|f\*?")
"""Of a glyph that is made of filled paths: a number, or an operator."""


def _is_bounded(glyph: bytes, matrix: list[float]) -> bool:
    """Whether a glyph is sure to paint near the pen alone: paths that are filled, with small numbers."""
    words = [_WORD.fullmatch(word) for word in glyph.split()]
    largest = max((abs(float(word[1])) for word in words if word and word[1]), default=0.0)
    return all(words) and largest * max(map(abs, matrix[:4])) < _NEAR


class _Bitmap(NamedTuple):
    """A glyph that is one."""

    size: float
    """Em that it is wide or high."""
    shows: bool
    """Whether it surely has a shape, at the pen."""


_NUMBER = rb"(-?\d*\.?\d+)\s+"
_BITMAP = re.compile(
    rb"\s*(?:" + _NUMBER + rb"){6}d1\s+(?:q\s+)?" + 6 * _NUMBER + rb"cm\s+BI\s(.{0,200}?)\sID\s(.*)\sEI\s*(?:Q\s*)?",
    re.DOTALL,
)
_GRAIN, _AWAY, _NEAR = 0.02, 1.5, 4.0
"""Em that a bitmap is wide and high at least, and away from the pen at most; the same of any glyph."""
_INKED = 0.03
"""Share of a bitmap's bits that are not as most of the others, at least."""


def _bitmap(glyph: bytes, matrix: list[float]) -> _Bitmap | None:
    """The bitmap that a glyph is, as TeX makes them."""
    if not (found := _BITMAP.fullmatch(glyph)):
        return None
    scales = 3 * (matrix[0], matrix[3])
    a, b, c, d, e, f = (abs(float(one) * scale) for one, scale in zip(found.groups()[1:7], scales, strict=True))
    bits, ones = 8 * len(found[9]), int.from_bytes(found[9], "big").bit_count()
    inked = b"/F" not in found[8] and min(ones, bits - ones) >= _INKED * bits
    return _Bitmap(max(a, d), inked and min(a, d) >= _GRAIN and max(b, c) < _GRAIN and max(e, f) < _AWAY)


class Fonts:
    """The faces of a file's fonts, each read once."""

    def __init__(self, core: Mapping[str, Mapping[str, float]], spelling: Callable[[Any], tuple[str, Spell]]) -> None:
        """`core` has the standard fonts' widths by character; `spelling` tells a font's name and what it says."""
        self._core, self._spelling = core, spelling
        self._known: dict[int, tuple[Any, Face]] = {}

    def find(self, resources: Iterable[Any], name: Any) -> Face:
        """The face of a name in the first resources that have it."""
        fonts = [entry(each, "/Font") for each in resources]
        holder = next((each for each in fonts if entry(each, name) is not None), None)
        if holder is None:
            return PLAIN
        font, raw = entry(holder, name), dict.get(holder, name)
        if id(font) not in self._known:  # the font is kept with its face, so that the number is not given again
            try:
                face = face_of(font, self._core)
            except MemoryError:
                raise
            except Exception:  # isolation boundary: a damaged font is one without metrics
                face = PLAIN
            try:
                says, spell = self._spelling(font)
                reference = (raw.idnum, raw.generation) if raw is not None and raw is not font else None
                face = replace(face, name=says, spell=spell, reference=reference)
            except MemoryError:
                raise
            except Exception:  # noqa: S110  isolation boundary: a damaged font is one without text
                pass
            self._known[id(font)] = font, face
        return self._known[id(font)][1]
