"""Pieces of a page become lines: words, raised characters, accents, margins."""

from __future__ import annotations

import pytest

from localdigest.pdf.lines import Line, lines_of, without_copies
from localdigest.pdf.pieces import Piece, composed, without_margin_numbers

WORDS, MATH = "CMR10", "CMMI10"


def row(*parts: tuple[str, float, float] | str, font: str = WORDS) -> list[Piece]:
    """Texts of 10 points on one height; or with a size and a rise. Half an em a character; "|" is a word's gap."""
    found: list[Piece] = []
    x = 100.0
    for part in parts:
        text, size, rise = (part, 10.0, 0.0) if isinstance(part, str) else part
        if text == "|":
            x += 3
            continue
        end = x + 0.5 * size * len(text)
        found.append(Piece(text, size, font, x, 500 + rise, False, end))
        x = end
    return found


def up(text: str) -> tuple[str, float, float]:
    return text, 7.0, 3.6


def down(text: str) -> tuple[str, float, float]:
    return text, 7.0, -1.5


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("there are 10", up("6.6"), "|", "objects"), "there are 10^6.6 objects"),
        (("of 4.4×10", up("−13"), "."), "of 4.4×10⁻¹³."),
        (("is 3×10", up("−8"), "|", up("29"), "|", "and"), "is 3×10⁻⁸ and"),
        (("58 km s", up("−"), up("1"), "|", "and"), "58 km s⁻¹ and"),
        (("3 deg", up("2"), "|", "of it"), "3 deg² of it"),
        (("e", up("−x/2"), "|", "falls"), "e^(−x/2) falls"),
        (("is 1.17", up("+0.58"), down("−0.53"), "."), "is 1.17 +0.58 −0.53."),
        (("at 175", up("◦"), "|", "north"), "at 175° north"),
        (("the EGM", up("n"), "|", "of it"), "the EGM^n of it"),
        (("the 13", up("th"), "|", "time"), "the 13th time"),
        (("from", "|", up("241"), "Am:"), "from ²⁴¹Am:"),
        (("CO", down("2"), "|", "and m", down("H")), "CO2 and mH"),
        (("by", "|", up("1"), ("K", 7.0, -3.4), "|", "of"), "by 1/K of"),
        # marks leave the text
        (("as they say.", up("12,13"), "|", "But"), "as they say. But"),
        (("models", up("14–16"), "|", "are"), "models are"),
        (("the SHAP values (SHAP),", up("44"), "|", "and"), "the SHAP values (SHAP), and"),
        (("Smith", up("a,b"), "|", "and Jones", up("∗")), "Smith and Jones"),
        (("in 2019", up("7"), "|", "we"), "in 2019 we"),
    ],
)
def test_raised_letters_are_read_as_powers(parts: tuple[tuple[str, float, float] | str, ...], expected: str) -> None:
    pieces = row(*parts)
    if expected.startswith("by"):  # the denominator stands under the numerator
        pieces[2] = pieces[2]._replace(x=pieces[1].x, end=pieces[1].end)
    assert [line.text for line in lines_of(pieces, 1)] == [expected]


def test_a_power_is_one_where_a_symbol_is_raised_and_not_a_word() -> None:
    assert lines_of(row("the x", up("2"), "|", "of it", font=MATH), 1)[0].text == "the x² of it"


def test_a_mark_at_the_beginning_is_kept_apart() -> None:
    (line,) = lines_of(row(up("1"), "Department of Physics"), 1)
    assert (line.text, line.mark) == ("Department of Physics", "1")


def test_the_end_of_a_sentence_in_italics_is_no_heading_of_the_next() -> None:
    def lead(slanted: str) -> int:
        first = Piece(slanted, 10, "CMTI10", 100, 500, False, 200)
        return lines_of([first, Piece("We count the rows.", 10, WORDS, 205, 500, False, 300)], 1)[0].lead

    assert lead("Rows of tokens.") == len("Rows of tokens.")
    assert lead("write it, where all that Babbage did is told.") == 0


def test_what_is_printed_twice_at_one_place_is_read_once() -> None:
    """As where a page of the paper itself, cut to a figure of it, lies over its lines."""

    def set_at(text: str, x: float, y: float, page: int = 1) -> Line:
        return lines_of([Piece(text, 10, WORDS, x, y, False, x + 300)], page)[0]

    first, copy = set_at("The splitting qg is seen", 99.2, 501), set_at("The splitting q → qg is seen", 100, 500)
    others = [set_at(copy.text, 100, 488), set_at(copy.text, 100, 500, 2), set_at("Another line", 100, 500)]
    assert without_copies([first, copy, *others]) == [copy, *others]
    assert without_copies([copy, first, *others]) == [copy, *others]


def test_words_set_one_by_one_stand_in_lines() -> None:
    """As a Google Docs export has them: each word in a text object of its own."""
    rows = ("Every word alone here", "and so below it")
    words = [
        Piece(word, 11, "Arial", 72 + 60 * at, 700 - 15 * line, False, 72 + 60 * at + 55)
        for line, text in enumerate(rows)
        for at, word in enumerate(text.split())
    ]
    assert [line.text for line in lines_of(words, 1)] == list(rows)


def test_a_radical_joins_its_line_and_a_margin_note_does_not() -> None:
    radical = Piece("√", 10, "CMSY10", 133, 508, False, 138)
    pieces = [*row("energy "), radical, Piece("s = 7 TeV", 10, MATH, 138, 500, False, 180)]
    note = Piece("{eq:key}", 6, WORDS, 540, 500, False, 560)
    assert [line.text for line in lines_of([*pieces, note], 1)] == ["energy √s = 7 TeV", "{eq:key}"]


@pytest.mark.parametrize(
    ("accent", "text", "expected"),
    [("´", "a-Lilly", "á-Lilly"), ("¸", "cão", "ção"), ("˜", "ı", "ĩ"), ("ˆ", "3", "ˆ3")],
)
def test_an_accent_is_composed_with_its_letter(accent: str, text: str, expected: str) -> None:
    assert composed(accent, text) == expected


def page(numbers: list[int], x: float, texts: list[str]) -> list[Piece]:
    return [
        piece
        for at, (number, text) in enumerate(zip(numbers, texts, strict=True))
        for piece in (
            Piece(str(number), 6, WORDS, x, 700 - 12 * at, False, x + 6),
            Piece(text, 10, WORDS, 100, 700 - 12 * at, False, 400),
        )
    ]


def test_line_numbers_are_left_out_and_years_of_a_table_kept() -> None:
    """Counting by ones beside each line, by tens over several pages; not the years or ranks of a table."""
    texts = [f"line {at}" for at in range(6)]
    for x in (80.0, 410.0):
        kept = without_margin_numbers([page(list(range(47, 53)), x, texts)])
        assert [piece.text for piece in kept[0]] == texts
    pages = [page([10 * at, 10 * at + 10], 80, texts[:2]) for at in range(1, 7, 2)]
    assert [len(kept) for kept in without_margin_numbers(pages)] == [2, 2, 2]
    years = page([1998, 2003, 2004, 2011, 2012, 2020], 80, texts)
    assert without_margin_numbers([years]) == [years]
    under_text = page(list(range(1, 7)), 200, texts)
    assert without_margin_numbers([under_text]) == [under_text]
