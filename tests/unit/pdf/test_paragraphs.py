"""Lines become sentences of a kind, under headings that have their levels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localdigest.pdf.lines import Line
from localdigest.pdf.text import Body, body, is_sentence

ROMAN, BOLD, SLANTED = "CMR10", "CMBX10", "CMTI10"
PROSE = (
    "The encoder reads the whole signal and turns it into a short row of tokens with",
    "all that it means, and every token is then given to a decoder that was trained.",
)


def page(*rows: str) -> Body:
    """Of one page, a line a row: `## Title` is a bold heading, of a size for its level, `_text_ more` begins slanted,
    `**text** more` bold, `~text` is a footnote, an empty row a gap, and what begins with a space stands apart."""
    lines: list[Line] = []
    y = 720.0
    for row in rows:
        y -= 12
        text = row.lstrip("#~ ").replace("*", "").replace("_", "")
        level = len(row) - len(row.lstrip("#"))
        size = 16.0 - level if level else 8.0 if row.startswith("~") else 10.0
        lead = next((len(row.split(by)[1]) for by in ("**", "_") if row.startswith(by)), 0)
        x = 150.0 if row.startswith(" ") else 72.0
        line = Line(text, 1, x, y, size, size, BOLD if level else ROMAN, bool(level), lead, False, x + 5 * len(text))
        if row.startswith("~"):
            line = replace(line, mark="1")
        if row:
            lines.append(replace(line, height=size))
        y -= 12 if level or not row or row[0] in " ~" else 0
    return body(lines, 1)


def kinds(read: Body) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in read.sentences if one.text[:12] not in [row[:12] for row in PROSE]]


def test_items_theorems_and_footnotes_are_told_from_the_text() -> None:
    read = page(
        "## 1 Introduction", *PROSE, "**Theorem 1.2** (On tokens). Every token of a signal is short and has a sense.",
        "_Proof._ We count all tokens of a signal, one after the other, and find them short.", "",
        "• Each row of tokens that is short begins with a mark and ends with one, too.",
        "(1) It reads each row of tokens at once, and it says what it has understood.", "",
        "~See the other papers on tokens that these authors have written before.", "",
        "We count (1) the rows of each signal that we have got from the others and then",
        "(2) the tokens of each row, which are the ones that a decoder has to read in.",
    )  # fmt: skip
    assert kinds(read) == [
        ("theorem", "Every token of a signal is short and has a sense."),
        ("text", "We count all tokens of a signal, one after the other, and find them short."),
        ("list", "Each row of tokens that is short begins with a mark and ends with one, too."),
        ("list", "It reads each row of tokens at once, and it says what it has understood."),
        ("footnote", "See the other papers on tokens that these authors have written before."),
        ("text", "We count (1) the rows of each signal that we have got from the others and then (2) the tokens of "
         "each row, which are the ones that a decoder has to read in."),
    ]  # fmt: skip


def test_a_sentence_goes_on_around_a_formula_which_is_a_mark_in_it() -> None:
    read = page(
        "## 1 Introduction", *PROSE, "The loss of a token that this decoder reads is given by its length", "",
        " L(t) = x + y, (3)", "", "where x is what we have read of it. The loss of the others is", "", " M = 3 z.", "",
        "It is small for nearly all of the tokens that there are in our signals.",
    )  # fmt: skip
    given, other, small = read.sentences[-3:]
    assert given.text.endswith("is given by its length …, where x is what we have read of it.")
    assert [(mark.kind, mark.name, given.text[mark.start : mark.end]) for mark in given.marks] == [
        ("formula", "3", "…,")
    ]
    assert other.text == "The loss of the others is …."
    assert [given.certain, other.certain, small.certain] == [False, False, True]


def test_an_item_may_have_more_sentences_than_one_and_end_with_a_semicolon() -> None:
    read = page(
        "## 1 Introduction", *PROSE, "We do three things for all of the tokens that we have:", "",
        "a) We count the rows of each signal. For this, a decoder is trained that reads a row;",
        "b) we give each row of them to a decoder that was trained on other signals before.", "",
        "c) We look at what it has understood of the rows, and at what it has not seen.",
    )  # fmt: skip
    assert [one.text for one in read.sentences if one.kind == "list"] == [
        "We count the rows of each signal.", "For this, a decoder is trained that reads a row",
        "we give each row of them to a decoder that was trained on other signals before.",
        "We look at what it has understood of the rows, and at what it has not seen.",
    ]  # fmt: skip


def test_the_number_of_an_equation_at_a_lines_start_is_no_item() -> None:
    read = page(
        "## 1 Introduction", *PROSE, "The loss of a token that a decoder has read in this way is what is told by Eq.",
        "(1) and it is small for nearly all of the tokens that there are in our signals.",
    )  # fmt: skip
    assert kinds(read)[-1] == (
        "text",
        "The loss of a token that a decoder has read in this way is what is told by Eq. "
        "(1) and it is small for nearly all of the tokens that there are in our signals.",
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("β-NMR of a signal shows what a decoder has understood of its rows and tokens.", True),
        ("t-SNE of a signal shows what a decoder has understood of its rows and tokens.", True),
        (", where a signal shows what a decoder has understood of its rows and tokens.", False),
        ("of a signal shows what a decoder has understood of its rows and its tokens.", False),
        ("The rows of a signal show what a decoder has understood of all its tokens. [16]", True),
        ("The rows of a signal show what a decoder has understood of the tokens [16]", False),
        ("The rows of a signal show what a decoder has understood of it by Rau et al. [16]", False),
    ],
)
def test_what_is_a_sentence_is_told_by_how_it_begins_and_ends(text: str, *, kept: bool) -> None:
    assert is_sentence(text, "text") is kept


def outline(read: Body) -> list[str]:
    return [f"{'#' * heading.level} {heading.text} {heading.before}" for heading in read.headings]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        ("## 1 Introduction|## 3.1 Frames|## 3.1.1 Rows|## Acknowledgements", "# Introduction|# |## Frames|### Rows|#"),
        ("## I. INTRODUCTION|## II. MODEL|## A. Frames|## 1. Rows", "# INTRODUCTION|# MODEL|## Frames|### Rows"),
        ("## Introduction|### Frames|#### Rows|## Results", "# Introduction|## Frames|### Rows|# Results"),
        ("## 1 Introduction|## E. Rau and F. Ott|## 2 Method|## 3 Results", "# Introduction|# Method|# Results"),
    ],
)
def test_headings_have_levels_by_number_or_looks(headings: str, expected: str) -> None:
    found = outline(page(*(row for heading in headings.split("|") for row in (heading, *PROSE))))
    assert [one.rsplit(" ", 1)[0] for one in found] == [
        "# Acknowledgements" if one == "#" else one for one in expected.split("|")
    ]


def test_run_in_headings_are_headings_and_thanks_are_left_out() -> None:
    read = page(
        "## Summary", *PROSE, "", "**Introduction.—**The decoder is known to read all of these tokens one by one.",
        *PROSE,
        "", "**Results.** We find that it reads the tokens of a signal faster than the others do.", *PROSE,
        "Step 1: The rows of it.", "", "We thank Ada Lovelace for all of the rows that she has read for us this year.",
        "This work was supported by the engines of the analytical office of the old town.",
    )  # fmt: skip
    assert outline(read) == ["# Summary 0", "##### Introduction 1", "##### Results 3"]
    assert not [one.text for one in read.sentences if "thank" in one.text or "supported" in one.text]


def test_a_caption_is_one_with_and_without_a_full_stop_behind_its_number() -> None:
    for stop in ("", ".", ":"):
        read = page(
            "## 1 Introduction", *PROSE, "", f"Fig 1{stop} Tokens of a signal, as they are seen by a decoder.", ""
        )
        assert [one.label for one in read.captions] == ["Figure 1"]
        assert [one.kind for one in read.sentences][-1] == "caption"
