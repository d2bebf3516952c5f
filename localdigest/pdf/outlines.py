"""Whether the glyphs of embedded fonts have a shape where letters have it.

A font may say `a` and have nothing, or something far away, for it. All letters that a file shows in its own fonts are
therefore drawn once, each by itself: by pdfium, on a page that the file gets as an update of its own (7.5.6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from localdigest.pdf.font import Face
from localdigest.pdf.sight import Run, is_mark, is_tall
from localdigest.pdf.state import Scene

EM = 12
"""Points, and pixels, of a letter on that page."""
APART = 60
"""Points from letter to letter, and more from row to row: what one has beside its place must not be another's."""
PLACE, BELOW = (-7, -7, 19, 16), (-10, -17, 10, 4)
"""Points around the pen, left, bottom, right, top, of where a letter has its shape; and where it is set downwards."""
AROUND = (-24, -24, 36, 36)
"""The same in which nothing else has anything."""
DARK, BLACK = (bytes(value <= least for value in range(256)) for least in (200, 80))
"""Of each brightness whether a pixel has ink, and whether nearly all of it has."""
INK, TALL = 3, 3
"""Pixels with ink that a letter has at least; and rows of them that one of a Type 3 font has, if it is none like the
Chinese one."""
FILLED, SOLID = 0.85, 5
"""Share of its box that a letter fills in which others may stand, and pixels that it is wide and high, at least."""
COLUMNS, MOST = 40, 4000
"""Letters in a row, and at most."""
MOST_BYTES = 64 << 20
"""Of a file that is held in memory once more."""
LAST_OBJECT = 1 << 22
"""The highest number of an object that pdfium knows."""


@dataclass(slots=True)
class _Used:
    face: Face
    codes: set[int] = field(default_factory=set)
    """Of texts that show if their letters have a shape."""
    pale: set[int] = field(default_factory=set)
    """Of texts that may hide others if their glyphs are large."""
    pages: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Letter:
    face: Face
    code: int
    data: bytes
    """The code as a string has it."""
    is_letter: bool
    is_accent: bool
    is_pale: bool
    is_tall: bool


@dataclass(frozen=True, slots=True)
class Lies:
    """Fonts that are not what they seem, by their faces' identities."""

    blank: Mapping[int, set[int]]
    """The codes of letters of which there is nothing to be seen where letters are, or that cannot be drawn."""
    wide: frozenset[int]
    """Those with glyphs that reach far beyond their place."""
    solid: frozenset[int]
    """Those with letters that are filled boxes."""

    def spoil(self, scene: Scene) -> None:
        """Texts with such letters are no longer `plain`, nor is anything where there are such glyphs."""
        scene.solid = self.solid
        for run in scene.runs:
            key = id(run.face)
            scene.doubt = scene.doubt or key in self.wide
            if run.plain and (codes := self.blank.get(key)):
                run.plain = codes.isdisjoint(_codes(run))


class Outlines:
    """The letters that a file shows in fonts of its own."""

    def __init__(self) -> None:
        self._used: dict[int, _Used] = {}

    def note(self, number: int, runs: Sequence[Run]) -> None:
        """What a page shows, before it is known what of it is seen."""
        shown: dict[tuple[int, bool], tuple[Face, list[bytes]]] = {}
        for run in runs:
            if (face := run.face).embedded and run.says and (run.plain or run.paints):
                key = id(face), run.plain
                if (found := shown.get(key)) is None:
                    found = shown[key] = face, []
                found[1].extend([item for item in run.items if isinstance(item, bytes)])
        for (_, plain), (face, items) in shown.items():
            used = self._used.get(id(face))
            if used is None:
                used = self._used[id(face)] = _Used(face)
            used.pages.add(number)
            codes = used.codes if plain else used.pale
            for item in [b"".join(items)] if face.length == 1 else set(items):
                codes.update(face.numbers(item))

    def letters(self) -> list[Letter]:
        """Those whose shape matters."""
        return [letter for used in self._used.values() for letter in _letters(used)]

    def lies(self, shapes: Mapping[tuple[int, int], Shape]) -> Lies:
        """`shapes` of letters by font and code, as far as they could be drawn."""
        blank: dict[int, set[int]] = {}
        wide, solid = set[int](), set[int]()
        for key, used in self._used.items():
            for letter in _letters(used):
                shape = shapes.get((key, letter.code))
                if letter.is_letter and letter.code in used.codes and not (shape and shape.shows):
                    blank.setdefault(key, set()).add(letter.code)
                if letter.is_pale and not (shape and not shape.is_wide):
                    wide.add(key)
                if (letter.is_accent or letter.is_letter) and not (shape and not shape.is_block):
                    solid.add(key)
        return Lies(blank, frozenset(wide), frozenset(solid))

    def pages(self, lies: Lies) -> set[int]:
        """The pages that have text in such fonts."""
        return {number for key in (*lies.blank, *lies.wide, *lies.solid) for number in self._used[key].pages}


def _codes(run: Run) -> set[int]:
    return {code for item in run.items if isinstance(item, bytes) for code in run.face.numbers(item)}


def _letters(used: _Used) -> Iterator[Letter]:
    length = used.face.length
    for code in sorted(used.codes | used.pale):
        data = code.to_bytes(length or 1 + (code > 0xFF), "big")
        said = used.face.spell(data)
        is_accent = is_mark(said)
        is_letter = not is_accent and any(map(str.isalnum, said))
        is_pale = code in used.pale
        if is_letter or is_accent or is_pale:
            yield Letter(used.face, code, data, is_letter, is_accent, is_pale, used.face.drawn and is_tall(said))


class Shape(NamedTuple):
    """What is to be seen of a letter."""

    shows: bool
    """It has ink where letters have theirs."""
    is_wide: bool
    """It reaches beyond; of pale ones only."""
    is_block: bool
    """It is a filled box, in which other letters may stand."""


def shapes(data: bytes, letters: Sequence[Letter], size: int) -> dict[tuple[int, int], Shape]:
    """By font and code what is to be seen of letters, as far as they can be drawn so. `size`: how many objects the file
    has, 0 for one that cannot be updated."""
    shown = [letter for letter in letters if letter.face.reference][:MOST]
    if not shown or len(data) > MOST_BYTES or not 0 < size < LAST_OBJECT - len(_NEW):
        return {}
    from localdigest.pdf.drawing import Drawing

    places = [
        # No shift that is the same for all takes the letters to each other's places.
        (APART * (1 + at % COLUMNS) + 7 * (at * at % 7), (APART + 9) * (1 + at // COLUMNS) + 7 * (at * at % 5))
        for at in range(len(shown))
    ]
    width, height = APART * (COLUMNS + 3), max(y for _, y in places) + 2 * APART
    try:
        drawing = Drawing(data + _update(data, shown, places, (width, height), size), scale=1.0)
        page = drawing.page(1)
    except ValueError:
        return {}
    if page.size != (width, height) or page.texts != len(shown):  # another page than ours
        return {}
    picture = page.picture((), (0, 0, width, height), grey=True)
    page.close()
    drawing.close()

    def rows(x: int, y: int, box: tuple[int, int, int, int]) -> list[bytes]:
        left, bottom, right, top = box
        return picture.rows((x + left, height - y - top, x + right, height - y - bottom))

    found = {}
    for letter, (x, y) in zip(shown, places, strict=True):
        near = rows(x, y, BELOW if letter.face.vertical else PLACE)
        here = _ink(near)
        found[id(letter.face), letter.code] = Shape(
            here >= INK and not (letter.is_tall and sum(_ink([row]) > 0 for row in near) < TALL),
            letter.is_pale and _ink(rows(x, y, AROUND)) > here,
            here > FILLED * SOLID**2 and _is_block(near),
        )
    return found


def _ink(rows: Sequence[bytes]) -> int:
    """The pixels that have some."""
    return b"".join(rows).translate(DARK).count(1)


def _is_block(rows: Sequence[bytes]) -> bool:
    if b"".join(rows).translate(BLACK).count(1) <= FILLED * SOLID**2:  # as of most letters, which are thin
        return False
    black = [row for row in (row.translate(BLACK) for row in rows) if 1 in row]
    if len(black) < SOLID:
        return False
    width = max(row.rfind(1) for row in black) + 1 - min(row.find(1) for row in black)
    return width >= SOLID and sum(row.count(1) for row in black) > FILLED * width * len(black)


# ---------------------------------------------------------------- the update (7.5.6)

_NEW = (
    "<</Type/Catalog/Pages {1} 0 R>>",
    "<</Type/Pages/Count 1/Kids[{2} 0 R]>>",
    "<</Type/Page/Parent {1} 0 R/MediaBox[0 0 {width} {height}]/Contents {3} 0 R/Resources<</Font<<{fonts}>>>>>>",
    "<</Length {length}>>stream\n{content}\nendstream",
)
"""The objects that are added."""


def _update(
    data: bytes, letters: Sequence[Letter], places: Sequence[tuple[int, int]], box: tuple[int, int], size: int
) -> bytes:
    content = "\n".join(
        f"BT {_name(letter.face)} {EM} Tf {x} {y} Td <{letter.data.hex()}> Tj ET"
        for letter, (x, y) in zip(letters, places, strict=True)
    )
    listed = "".join(
        dict.fromkeys("{} {} {} R".format(_name(one.face), *(one.face.reference or ())) for one in letters)
    )
    told = {"width": box[0], "height": box[1], "fonts": listed, "content": content, "length": len(content)}
    numbers = [size + place for place in range(len(_NEW))]
    head = data.find(b"%PDF-")
    starts = re.findall(rb"startxref\s+(\d+)", data[-2048:])
    before = int(starts[-1]) if starts else 0
    out, at = b"\n", []
    for number, form in zip(numbers, _NEW, strict=True):
        at.append(len(data) - head + len(out))
        out += f"{number} 0 obj\n{form.format(*numbers, **told)}\nendobj\n".encode()
    start = len(data) - head + len(out)
    entries = f"/Size {size + len(_NEW) + 1}/Root {size} 0 R/Prev {before}"
    if data[head + before : head + before + 4] == b"xref":
        rows = "".join(f"{offset:010d} 00000 n \n" for offset in at)
        out += f"xref\n{size} {len(_NEW)}\n{rows}trailer\n<<{entries}>>\n".encode()
    else:  # a file whose table is a stream goes on with one
        table = b"".join(b"\1" + offset.to_bytes(5, "big") + b"\0" for offset in (*at, start))
        more = f"/Type/XRef/W[1 5 1]/Index[{size} {len(_NEW) + 1}]/Length {len(table)}"
        out += f"{size + len(_NEW)} 0 obj\n<<{entries}{more}>>stream\n".encode() + table + b"\nendstream\nendobj\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def _name(face: Face) -> str:
    return f"/F{face.reference[0]}" if face.reference else ""
