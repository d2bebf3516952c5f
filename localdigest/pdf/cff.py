"""The encoding that a font in the Compact Font Format brings along: what XeTeX and others embed without another.

Pure. Tables and numbers are those of Adobe Technical Note 5176.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from itertools import pairwise

_STANDARD = (
    " !\"#$%&’()*+,-./0123456789:;<=>?@" + string.ascii_uppercase + "[\\]^_‘" + string.ascii_lowercase + "{|}~"
    "¡¢£⁄¥ƒ§¤'“«‹›\ufb01\ufb02–†‡·¶•‚„”»…‰¿`´ˆ˜¯˘˙¨˚¸˝˛ˇ—ÆªŁØŒºæıłøœß"
    "¹¬µ™Ð½±Þ¼÷¦°þ¾²®−ð×³©ÁÂÄÀÅÃÇÉÊËÈÍÎÏÌÑÓÔÖÒÕŠÚÛÜÙÝŸŽáâäàåãçéêëèíîïìñóôöòõšúûüùýÿž"
)  # fmt: skip
"""What the standard strings from 1 on name (Appendix A), but for those of expert fonts."""
_CUSTOM = 391
"""The first string that is the font's own."""
_CHARSET, _ENCODING, _GLYPHS = 15, 16, 17
"""Operators of the Top DICT (Table 9)."""


def encoding(data: bytes) -> Mapping[int, str]:
    """The names of the glyphs by their codes; nothing for a standard encoding, nor for a damaged font."""
    try:
        return dict(_encoding(data))
    except (LookupError, ValueError):
        return {}


def _encoding(data: bytes) -> Iterator[tuple[int, str]]:
    _, place = _index(data, data[2])
    tops, place = _index(data, place)
    strings, _ = _index(data, place)
    top = _dict(tops[0])
    start, count = top.get(_ENCODING, 0), _number(data, top[_GLYPHS], 2)
    if start < 2 or top.get(_CHARSET, 0) in (1, 2):
        return
    names = list(_charset(data, top.get(_CHARSET, 0), count))

    def named(sid: int) -> Iterator[str]:
        if 1 <= sid <= len(_STANDARD):
            yield f"/uni{ord(_STANDARD[sid - 1]):04X}"
        elif sid >= _CUSTOM:
            yield "/" + strings[sid - _CUSTOM].decode("ascii")

    codes, place = _codes(data, start)
    for code, sid in zip(codes, names, strict=False):
        for name in named(sid):
            yield code, name
    if data[start] & 0x80:  # glyphs with more codes than one
        for at in range(data[place]):
            for name in named(_number(data, place + 2 + 3 * at, 2)):
                yield data[place + 1 + 3 * at], name


def _codes(data: bytes, start: int) -> tuple[list[int], int]:
    """The codes of the glyphs from the second on (Tables 11 and 12), and where they end."""
    count, place = data[start + 1], start + 2
    if data[start] & 0x7F == 0:
        return list(data[place : place + count]), place + count
    ranges = [(data[place + 2 * at], data[place + 2 * at + 1]) for at in range(count)]
    return [code for first, left in ranges for code in range(first, first + left + 1)], place + 2 * count


def _charset(data: bytes, start: int, count: int) -> Iterator[int]:
    """The strings that name the glyphs from the second on (Tables 17 to 20)."""
    if start == 0:
        yield from range(1, count)
        return
    place, found = start + 1, 1
    wide = {0: 0, 1: 1, 2: 2}[data[start]]
    while found < count:
        first, left = _number(data, place, 2), _number(data, place + 2, wide)
        yield from range(first, first + left + 1)
        place, found = place + 2 + wide, found + left + 1


def _index(data: bytes, place: int) -> tuple[list[bytes], int]:
    """An INDEX (Table 7) and where it ends."""
    count = _number(data, place, 2)
    if not count:
        return [], place + 2
    size, begin = data[place + 2], place + 3
    offsets = [_number(data, begin + size * at, size) for at in range(count + 1)]
    base = begin + size * (count + 1) - 1
    if offsets != sorted(offsets):  # parts that share bytes could be far more than the file has
        raise ValueError("overlapping")
    parts = [data[base + one : base + other] for one, other in pairwise(offsets)]
    return parts, base + offsets[-1]


def _dict(data: bytes) -> dict[int, int]:
    """The last operand of each operator of one byte (Tables 3 to 5)."""
    found: dict[int, int] = {}
    place, last = 0, 0
    while place < len(data):
        first = data[place]
        place += 1
        if first <= 21:
            found[first] = last
            place += first == 12
        elif first in (28, 29):
            size = 2 if first == 28 else 4
            last = _number(data, place, size)
            place += size
        elif first == 30:  # a real number: none of those that are looked for
            while data[place] & 0xF != 0xF:
                place += 1
            place += 1
        elif first <= 246:
            last = first - 139
        else:
            low = data[place]
            last = (first - 247) * 256 + low + 108 if first <= 250 else -(first - 251) * 256 - low - 108
            place += 1
    return found


def _number(data: bytes, place: int, size: int) -> int:
    if place < 0 or place + size > len(data):
        raise IndexError(place)
    return int.from_bytes(data[place : place + size], "big")
