"""What is known of a paper's figures and tables: frozen records, as those of `records`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the lower left corner of a page that is turned to be read."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What a figure or table is called and said to show, wherever in the paper it stands."""

    label: str
    """`Figure 2`, `Table IV`: spelled out, without what closes it."""
    text: str
    page: int
    box: Box
    column: tuple[float, float]
    """Left and right of what it may belong to: its column, or all of the page's width."""
    walls: tuple[Box, ...]
    """The lines of its page that are no part of a figure: text, headings, captions, heads and feet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    group: str
    """What stands by itself over it and others; or empty."""
    name: str
    values: tuple[str, ...]
    """One a column; empty where there is none."""
    line: str
    """As it stands on the page."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was surely read."""

    label: str
    caption: str
    page: int
    heads: tuple[str, ...]
    """The lines over its rows, as they stand on the page."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure or table of a paper, cut out of its page with its caption."""

    label: str
    caption: str
    page: int
    shows: Literal["method", "results"]
    width: int
    height: int
    png: bytes
    told: str = ""
    """The same as `caption` in a page's language, as far as that was translated; filled in for a page only."""


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """What a breakdown tells of a figure that was cut out of its paper."""

    label: str
    page: int
    shows: Literal["method", "results"]
    caption: str
    text: str = ""
    """The caption's beginning, translated; empty where no draft of it was right, or it stays in English."""
