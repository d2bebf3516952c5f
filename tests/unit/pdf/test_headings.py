"""Which lines are headings, and of which level."""

from __future__ import annotations

import pytest

from localdigest.pdf.text import Body, body
from tests.kit.set_papers import BOLD, PROSE, SLANTED, column, line


def outline(read: Body) -> list[str]:
    return [f"{'#' * one.level} {one.text}" for one in read.headings]


def sections(*headings: str, font: str = BOLD) -> Body:
    """A page of each heading and a paragraph."""
    lines = []
    for at, text in enumerate(headings):
        lines += [line(text, 700 - 80 * at, font=font), *column(PROSE, 676 - 80 * at)]
    return body(lines, 1)


def test_a_heading_that_begins_a_page_is_no_running_head() -> None:
    """Where other pages begin with text at its height; and a running head above the text is one still."""
    lines = []
    for page, text in enumerate(["I. INTRODUCTION", "", "II. MODEL", "", "III. RESULTS", "", "IV. SUMMARY"], 1):
        lines.append(line(f"Tokens of a signal, page {page} of seven", 750, page, size=8))
        if text:
            lines.append(line(text, 700, page, font=BOLD))
        lines += column([*PROSE, *PROSE], 676 if text else 700, page)
    for kept in (lines, [one for one in lines if one.size > 8]):
        read = body(kept, 7)
        assert outline(read) == ["# INTRODUCTION", "# MODEL", "# RESULTS", "# SUMMARY"]
        assert not [one.text for one in read.sentences if "of seven" in one.text]


def test_roman_numbers_count_sections_with_and_without_a_full_stop() -> None:
    for stop in ("", "."):
        read = sections(*(f"{number}{stop} {text}" for number, text in [
            ("I", "Introduction"), ("II", "A Model of Tokens"), ("III", "The Costs of Rows"), ("V", "Results")
        ]))  # fmt: skip
        assert outline(read) == ["# Introduction", "# A Model of Tokens", "# The Costs of Rows", "# Results"]


def test_a_heading_run_into_its_paragraph_is_read_over_two_lines() -> None:
    lines = [line("**1. Introduction**", 720), *column(PROSE, 700)]
    lines += column([
        "**1.1. Rows of Tokens and the Signals in a**", "**Thick Tower.** We present a method by which tokens",
        "are counted in a tower, and each of them is then given to a decoder that was trained.",
    ], 640)  # fmt: skip
    read = body(lines, 1)
    assert outline(read) == ["# Introduction", "## Rows of Tokens and the Signals in a Thick Tower"]
    assert read.sentences[-1].text.startswith("We present a method by which tokens are counted")


def test_items_with_headings_of_their_own_are_no_sections() -> None:
    lines = [line("**1 Introduction**", 720), *column(PROSE, 700)]
    for at, text in enumerate(["**1. Rows first.** We", "**2. Tokens second.** We", "**3. Towers third.** We"]):
        lines += column([f"{text} show that a decoder, which was trained so, reads a row of", PROSE[1]], 660 - 40 * at)
    lines += [line("**2 Method**", 520), *column(PROSE, 500)]
    read = body(lines, 1)
    assert outline(read) == ["# Introduction", "# Method"]
    assert [one.kind for one in read.sentences].count("list") == 3


@pytest.mark.parametrize(
    "text",
    ["4 F. L. Pratt, Rows of the Tokens, Engines B", "2 W. Yao, C. Li, L. Wang, S. Xue, Engines", "1. For t ∈ T it is"],
)
def test_references_and_items_in_symbols_are_no_headings(text: str) -> None:
    read = sections("1 Introduction", "2 Method", "3 Results")
    assert len(read.headings) == 3
    assert outline(sections("1 Introduction", "2 Method", text, font=SLANTED)) == ["# Introduction", "# Method"]


def test_the_headings_that_most_papers_have_are_sections_and_thanks_do_not_decide() -> None:
    """As in a manuscript: parts and thanks in italics, sections in bold."""
    found = [("Introduction", BOLD), ("Background", SLANTED), ("Our Rows", SLANTED), ("Materials & Methods", BOLD),
             ("Results", BOLD), ("Data Availability", SLANTED), ("Author Contributions", SLANTED)]  # fmt: skip
    lines = []
    for at, (text, font) in enumerate(found):
        lines += [line(text, 700 - 80 * at, font=font), *column(PROSE, 676 - 80 * at)]
    assert outline(body(lines, 1))[:5] == [
        "# Introduction", "## Background", "## Our Rows", "# Materials & Methods", "# Results"
    ]  # fmt: skip
