"""Text of strangers (titles, names, what a server said) as it may be written to a terminal or into a log."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

ACTS = frozenset({"Cc", "Cf", "Cs"})
"""Controls (an ANSI escape begins with one), format characters (bidi overrides, zero-width, tags), surrogates."""


def plain(text: str) -> str:
    """One line of `text` that only shows: white space becomes a space, characters that act are left out."""
    spaced = (" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in ACTS)


def columns(text: str) -> int:
    """What it takes on a terminal: a Han character two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line a row, for a file or a pipe: the first and the last column from their left, figures between them."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *figures, last in rows:
        spaces = [" " * (width - columns(cell)) for cell, width in zip((name, *figures), widths, strict=False)]
        cells = [name + spaces[0], *(space + cell for cell, space in zip(figures, spaces[1:], strict=True)), last]
        lines.append("  ".join(cells).rstrip())
    return lines
