"""What the codes of fonts say."""

from __future__ import annotations

import pytest

from localdigest.pdf.glyphs import name_of, tex_codes

TEXT = [*range(0x61, 0x7B), 0x2C, 0x2E]


def names(*codes: int) -> list[object]:
    """As an Encoding's Differences have them."""
    return [one for code in codes for one in (code, f"/a{code}")]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([*TEXT, 0x0B, 0x0C, 0x5C], {0x0C: "\ufb01", 0x5C: "“", 0x7B: "–"}),
        ([*TEXT, 0x10, 0x1B, 0x1E], {0x10: "“", 0x1B: "\ufb00", 0x1E: "\ufb03"}),
        ([*TEXT], {}),  # which encoding it has, nothing tells
        ([*range(0x61, 0x7B), 0x0B, 0x3A], {}),  # a font of symbols, with α where others have ff
        ([0x66, 0x69, 0x0C, 0x2E], {}),
    ],
)
def test_bitmaps_of_tex_say_what_their_codes_mean_in_its_encodings(codes: list[int], expected: dict[int, str]) -> None:
    found = tex_codes(names(*codes))
    assert {code: found[code] for code in expected} == expected
    assert bool(found) is bool(expected)


def test_glyphs_with_names_of_their_own_are_not_taken_for_codes() -> None:
    assert not tex_codes([*names(*TEXT[:-2]), 0x0C, "/fi", "/comma", "/a"])


def test_fonts_without_a_name_are_told_apart_by_the_name_that_the_file_has() -> None:
    assert name_of({"/Subtype": "/Type3", "/Name": "/F34"}) != name_of({"/Subtype": "/Type3", "/Name": "/F16"})
    assert name_of({"/Subtype": "/Type1", "/BaseFont": "/ABCDEF+CMR10", "/Name": "/F8"}) == "CMR10"
