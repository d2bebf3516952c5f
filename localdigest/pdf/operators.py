"""Which operator does what (Table A.1), and what may change how things are painted. Data."""

from __future__ import annotations

WHITENS = {
    "/Screen", "/Lighten", "/ColorDodge", "/Overlay", "/SoftLight", "/Hue", "/Saturation", "/Color", "/Difference",
    "/Exclusion",
}  # fmt: skip
"""Blend modes that leave white paper as it is, in viewers that take it for painted."""
CONSTRUCTION = {b"m", b"l", b"c", b"v", b"y", b"re", b"h"}
FILLS = {b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"}
STROKES = {b"S", b"s", b"B", b"B*", b"b", b"b*"}
PLAIN = {
    "/BM": ("/Normal", "/Compatible"),
    "/SMask": ("/None",),
    "/TR": ("/Identity",),
    "/TR2": ("/Identity", "/Default"),
}
"""What may change how things are painted, with the values that do not."""
NUMBERS = {b"w": "line_width", b"Tc": "spacing", b"Tw": "word_spacing", b"TL": "leading", b"Ts": "rise"}
COUNTS: dict[int | None, bytes] = {
    0: b"q Q S s f F f* B B* b b* n W W* BT ET T* EMC BX EX",
    1: b"w J j M ri i gs Tc Tw Tz TL Tr Ts Tj TJ ' CS cs G g sh Do MP BMC",
    2: b"d Tf Td TD d0 DP BDC",
    3: b'RG rg "',
    4: b"K k",
    6: b"cm Tm d1",
    None: b"sc scn SC SCN",
}
"""How many operands each has, but for those that make a path."""
