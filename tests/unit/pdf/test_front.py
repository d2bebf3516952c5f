"""A paper's title, its abstract, and what stands beside them on the first page."""

from __future__ import annotations

import pytest

from localdigest.pdf.text import body
from localdigest.pdf.title import title
from tests.kit.set_papers import PROSE, column, line

AUTHORS = (
    "Ada Lovelace and Charles Babbage, of the department of engines of the old town, Cambridge",
    "Grace Hopper, of the institute of compilers of the new town, and many others of her time",
    "Mary Somerville, of the department of the connexion of the sciences, and of its old tower",
)
ABSTRACT = [*PROSE, *PROSE, *PROSE]


def test_affiliations_with_numbers_in_brackets_are_no_references() -> None:
    page = [
        line("Title: Tokens of a signal", 700, size=10),
        *column(["[1] The University of Engines, Department of Tokens", "[2] The Old Tower, Department of Rows"], 660),
        line("Abstract", 600, font="CMBX10"),
        *column(ABSTRACT, 580),
    ]
    assert [one.section for one in body(page, 1).sentences] == ["Abstract"] * 3
    later = column(["[1] A. Lovelace, Notes 3, 12 (2019)", "[2] C. Babbage et al., Engines 1, 4 (2021)"], 400)
    more = body([*page, *later, *column(ABSTRACT, 300)], 1)
    assert len(more.sentences) == 3


def test_a_title_is_found_that_is_bold_and_no_larger_than_the_text() -> None:
    name = "**The velocities of tokens in a signal: what can be told of them without any of their rows**"
    page = [line(name, 700), *column(AUTHORS, 680), *column(ABSTRACT, 600)]
    assert title("", page) == name.strip("*")


def test_a_title_in_the_size_of_the_text_is_the_largest_of_what_stands_over_it() -> None:
    name = "The velocities of tokens in a signal"
    names = [line(text, 680 - 11 * at, size=9) for at, text in enumerate(AUTHORS)]
    stamp = line("Typeset using twocolumn style", 740, size=8)
    assert title("", [stamp, line(name, 700), *names, *column(ABSTRACT, 600)]) == name
    assert title("", [stamp, line(name, 700, size=9), *names, *column(ABSTRACT, 600)]) == ""  # as its authors are set


@pytest.mark.parametrize("word", ["ABSTRACT", "Abstract"])
def test_a_heading_in_the_type_of_the_text_is_none_of_it(word: str) -> None:
    page = [line("**Tokens of a signal**", 720, size=14), *column(AUTHORS, 690), *column([word, *ABSTRACT], 600)]
    found = body(page, 1).sentences
    assert {one.section for one in found} == {"Abstract"}
    assert found[0].text.startswith("The encoder reads")


def test_the_cover_of_a_repository_is_left_out_and_a_running_title_makes_none() -> None:
    name = "Tokens of a signal and their rows"
    cover = [line(name, 700, size=18), *column([*PROSE, *AUTHORS], 300)]
    paper = [line(f"**{name}**", 700, 2, size=12), line("**ABSTRACT**", 640, 2), *column(ABSTRACT, 620, 2)]
    read = body([*cover, *paper], 2)
    assert [(one.text, one.page) for one in read.headings] == [("Abstract", 2)]
    assert {one.page for one in read.sentences} == {2}
    begun = [line(name, 700, size=18), line("**Abstract**", 640), *column(ABSTRACT, 620)]
    after = [
        line(name, 740, 2, size=8),
        *column([*PROSE, "Abstract tokens are read in this paper, one by one."], 700, 2),
    ]
    assert {one.page for one in body([*begun, *after], 2).sentences} == {1, 2}


def test_the_line_of_rights_below_an_abstract_is_none_of_it() -> None:
    rights = "© 2023 The Publishers of Engines. All rights reserved."
    page = [line("**Tokens**", 720, size=14), line("**Abstract**", 660), *column([*ABSTRACT, rights], 640)]
    assert [one.text for one in body(page, 1).sentences if "rights" in one.text or "©" in one.text] == []
