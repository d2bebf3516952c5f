"""A bullet that no model writes: what a table says of the paper's own work, each figure with its column."""

from __future__ import annotations

from collections.abc import Sequence

from localdigest.evidence.tables import own_row
from localdigest.language.profile import find
from localdigest.records import Point
from localdigest.records.reading import Document
from localdigest.render.words import words_for


def point(document: Document, title: str, language: str, told: Sequence[Point]) -> Point | None:
    """None where there is no table that was surely read, or the bullets `told` have most of its figures."""
    row = own_row(document, title)
    if row is None:
        return None
    values = [value for _, value in row.figures]
    if any(sum(value in each.text for value in values) > len(values) / 2 for each in told):
        return None
    words = words_for(language)
    comma = find(language).comma
    figures = (f"{comma} " if comma.isascii() else comma).join(f"{column} {value}" for column, value in row.figures)
    return Point(words.lead.format(lead=row.name) + figures, row.evidence, lead=words.table.format(number=row.number))
