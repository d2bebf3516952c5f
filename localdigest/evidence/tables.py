"""What a paper's tables say of its own work: the row or column that is its own, with what each figure stands for. Pure.

Only tables that were surely read come here (`pdf.tables`); of these, the one whose caption speaks of results most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from localdigest.evidence.figures import said_by
from localdigest.records import Evidence
from localdigest.records.figures import Row, Table
from localdigest.records.reading import Document

MOST_SHOWN = 4
LONGEST = 140
"""Characters of all that is told of a row."""
_OWN = re.compile(r"\b(?:ours?|proposed|this (?:work|paper|study)|present work)\b", re.IGNORECASE)
_NAMED = re.compile(r"\b(?=[\w-]*[A-Z][\w-]*[A-Z0-9])[A-Za-z][\w-]{2,}")
"""What is no word of a title but a name: `Kimi-Audio`, `TableFormer`, `T5`."""
_WHOLE = re.compile(r"(?:avg|average|mean|overall|all|total)\b\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """A row, as pairs of what a figure stands under and the figure."""

    number: str
    """Of the table, as printed."""
    name: str
    figures: tuple[tuple[str, str], ...]
    evidence: tuple[Evidence, ...]
    """The caption's sentences, the heads and the rows, as they stand on the page."""


def own_row(document: Document, title: str) -> Told | None:
    """Of the paper's own work, which its title names or the row or column says; None where no table tells."""
    found = [(said_by(table.caption), table) for table in document.tables]
    ranked = sorted((said["other"] - said["results"], at) for at, (said, _) in enumerate(found) if not said["other"])
    return next((told for _, at in ranked if (told := _told(document, found[at][1], title))), None)


def _told(document: Document, table: Table, title: str) -> Told | None:
    names = tuple(name.lower() for name in _NAMED.findall(title))
    by_row = [(_named(row), row.name) for row in table.rows]
    if (place := _own([name for _, name in by_row], names)) is not None:
        name, row = by_row[place][0], table.rows[place]
        pairs = [(column, value, row) for column, value in zip(table.columns, row.values, strict=True)]
    elif (place := _own(table.columns, names)) is not None:
        name = table.columns[place]
        pairs = [(_named(row), row.values[place], row) for row in table.rows]
    else:
        return None
    pairs = [pair for pair in pairs if pair[1]]
    whole = [pair for pair in pairs if _WHOLE.match(pair[0])][-1:]
    shown = [pair for at, pair in enumerate(pairs) if pair in whole or at < MOST_SHOWN - len(whole)]
    if not shown or len(name) + sum(len(of) + len(value) for of, value, _ in shown) > LONGEST:
        return None
    lines = dict.fromkeys(row.line for _, _, row in shown)
    figures = tuple((of, value) for of, value, _ in shown)
    return Told(table.label.partition(" ")[2], name, figures, tuple(_evidence(document, table, lines)))


def _named(row: Row) -> str:
    return f"{row.name} ({row.group})" if row.group else row.name


def _own(labels: Sequence[str], names: tuple[str, ...]) -> int | None:
    """The place of the last that is the paper's own, among others that are not."""
    own = [at for at, label in enumerate(labels) if _OWN.search(label) or label.lower().startswith(names)]
    return own[-1] if own and len(own) < len(labels) else None


def _evidence(document: Document, table: Table, lines: Iterable[str]) -> Iterator[Evidence]:
    caption = (s for s in document.sentences if s.kind == "caption" and s.certain and table.caption.startswith(s.text))
    for sentence in caption:
        yield Evidence(sentence.page, sentence.text)
    for line in (*table.heads, *lines):
        yield Evidence(table.page, line)
