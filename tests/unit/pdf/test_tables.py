"""Tables read by place: plain grids only, everything else is left alone."""

from __future__ import annotations

import pytest

from localdigest.pdf.pieces import Piece
from localdigest.pdf.tables import tables
from localdigest.records.figures import Caption, Table

COLUMNS = (100, 200, 260, 320)
GRID = (
    ("Model", "clean", "other", "Avg"),
    ("Whisper", "1.51", "3.97", "2.74"),
    ("Ours", "1.28", "2.42", "1.85"),
)


def read(*rows: tuple[str, ...], extra: tuple[Piece, ...] = (), xs: tuple[int, ...] = COLUMNS) -> list[Table]:
    """What is read of these rows below a caption; "" is no cell, `\\t` in a text a gap of three quarters of an em."""
    pieces = [
        Piece(part, 10, "F", x + 25 * at, 600 - 14 * number, False, x + 25 * at + 4.5 * len(part))
        for number, row in enumerate(rows)
        for x, text in zip(xs, row, strict=False)
        for at, part in enumerate(text.split("\t"))
        if text
    ]
    caption = Caption("Table 2", "Table 2: Error rates.", 1, (100, 615, 350, 625), (0, 1e4), ())
    return list(tables([caption], [[*pieces, *extra]]))


def test_a_grid_has_its_heads_and_rows() -> None:
    (table,) = read(*GRID)
    assert (table.label, table.columns) == ("Table 2", ("clean", "other", "Avg"))
    assert [(row.name, row.values) for row in table.rows] == [
        ("Whisper", ("1.51", "3.97", "2.74")),
        ("Ours", ("1.28", "2.42", "1.85")),
    ]
    assert table.heads == ("Model clean other Avg",)
    assert table.rows[1].line == "Ours 1.28 2.42 1.85"


def test_a_head_over_columns_or_of_two_lines_is_joined() -> None:
    wide = read(("", "", "Speech"), ("", "clean", "other", "Avg"), *GRID[1:], xs=(100, 200, 254, 320))
    assert not wide or all(column.startswith("Speech ") for column in wide[0].columns)
    (broken,) = read(("", "GPT-4o", "Whisper", "Kimi"), ("", "-mini", "large"), *GRID[1:])
    assert broken.columns == ("GPT-4o-mini", "Whisper large", "Kimi")


def test_lines_between_rows_are_groups_only_where_they_cannot_be_names() -> None:
    rows = (GRID[0], ("English",), *GRID[1:], ("Chinese",), *GRID[1:])
    (table,) = read(*rows)
    assert [row.group for row in table.rows] == ["English", "English", "Chinese", "Chinese"]
    assert read(GRID[0], GRID[1], ("A long",), GRID[2], GRID[2]) == []


@pytest.mark.parametrize(
    "rows",
    [
        (("Model", "clean", "other"), *GRID[1:]),  # a column without a head
        (GRID[0], GRID[1]),  # one row
        (GRID[0], GRID[1], ("Ours", "1.28", "fast", "1.85")),  # a word among the figures
        (("Model", "cle\tan", "other", "Avg"), *GRID[1:]),  # a gap that may be a space
        (*GRID, ("Big", "1. 2", "2. 3", "1. 8")),  # a row that is not understood
        (GRID[0], GRID[1], ("", "1.28", "2.42", "1.85")),  # a row without a name
    ],
)
def test_what_is_no_plain_grid_is_left_alone(rows: tuple[tuple[str, ...], ...]) -> None:
    assert read(*rows) == []


def test_a_figure_with_an_exponent_is_no_figure_of_ours() -> None:
    raised = Piece("3", 6, "F", 200 + 4.5 * 4 + 0.5, 576, False, 222.0)
    assert read(*GRID, extra=(raised,)) == []
