"""What a font in the Compact Font Format says of its codes."""

from __future__ import annotations

import pytest

from localdigest.pdf import cff

MINUS, MULTIPLY = 166, 168
CODES, RANGES, MORE = b"\x00\x03\x00\x02\x32", b"\x01\x02\x00\x01\x32\x00", b"\x80\x02\x00\x02\x01\x09\x00\xa6"
"""Of three glyphs the codes 0, 2 and 50, or 0 to 1 and 50; of two 0 and 2, and 9 for minus again."""


def index(*parts: bytes) -> bytes:
    if not parts:
        return b"\0\0"
    ends = [1]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return len(parts).to_bytes(2, "big") + b"\2" + b"".join(end.to_bytes(2, "big") for end in ends) + b"".join(parts)


def font(sids: list[int], encoding: bytes, *strings: bytes, wide: bool = False) -> bytes:
    """A font whose glyphs, from the second on, have these names. `wide`: its charset is in ranges."""
    name, texts, glyphs = index(b"F"), index(*strings), index(*[b"\x0e"] * (len(sids) + 1))
    kept = [sid.to_bytes(2, "big") + (b"\0\0" if wide else b"") for sid in sids]
    charset = (b"\2" if wide else b"\0") + b"".join(kept)
    first = 4 + len(name) + len(index(bytes(18))) + len(texts) + len(index())
    places = (first, 15), (first + len(charset), 16), (first + len(charset) + len(encoding), 17)
    top = b"".join(b"\x1d" + place.to_bytes(4, "big") + bytes([operator]) for place, operator in places)
    return b"\1\0\4\1" + name + index(top) + texts + index() + charset + encoding + glyphs


@pytest.mark.parametrize(
    ("sids", "encoding", "expected"),
    [
        ([MINUS, MULTIPLY, 391], CODES, {0: "/uni2212", 2: "/uni00D7", 50: "/element"}),
        ([MINUS, MULTIPLY, 391], RANGES, {0: "/uni2212", 1: "/uni00D7", 50: "/element"}),
        ([MINUS, 392], MORE, {0: "/uni2212", 2: "/mapsto", 9: "/uni2212"}),
        ([34, 300], CODES, {0: "/uni0041"}),  # a glyph of expert fonts has no character here
    ],
)
def test_glyphs_have_the_codes_that_the_font_gives_them(
    sids: list[int], encoding: bytes, expected: dict[int, str]
) -> None:
    for wide in (False, True):
        assert cff.encoding(font(sids, encoding, b"element", b"mapsto", wide=wide)) == expected


def test_a_damaged_font_says_nothing() -> None:
    whole = font([MINUS, MULTIPLY, 391], CODES, b"element")
    for end in range(len(whole)):
        found = cff.encoding(whole[:end])
        assert set(found.values()) <= {"/uni2212", "/uni00D7", "/element"}
    for at in range(len(whole)):
        cff.encoding(whole[:at] + b"\xff" + whole[at + 1 :])
