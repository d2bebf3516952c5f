"""What the figures of a page say in its language: the beginning of each caption, translated and checked as an abstract
is. One that is not right is left out; the English one, which stands in the picture, says it then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from localdigest.checks.registry import MARK, gravest
from localdigest.flows.passages import Passage
from localdigest.flows.rounds import Draft, Means
from localdigest.records import Paper
from localdigest.records.figures import Figure, ShownFigure
from localdigest.text.marks import marks, unmarked
from localdigest.text.sentences import split

SENTENCES = 2
LONGEST = 260
"""Characters of all that is translated of one: nearly all captions begin with a sentence that fits, and most of those
say with it what is shown."""
_LABEL = re.compile(
    r"^(?:\w+ ){0,2}?(?:Fig|FIG|Tab|TAB|Abb|图|表)[\w.]*\s*(?:[A-Z]?\d+(?:\.\d+)*|[IVX]+)\s*[.:|：]?\s*"
)
"""`Figure 2: `, `FIG. 1. `, `Extended Data Fig. 3 | `, `Table IV `."""


@dataclass(frozen=True, slots=True)
class Beginning(Passage):
    """What is translated of a caption."""

    label: str = ""


def beginnings(drawn: Sequence[Figure], paper: Paper, means: Means) -> list[Beginning]:
    """Of the figures that are shown; of none where the language has no prompt that translates."""
    if means.captions is None:
        return []
    texts = {figure.label: _beginning(figure.caption) for figure in drawn}
    return [
        Beginning(text, paper.title, means.captions, means.glossary.find(text), label)
        for label, text in texts.items()
        if text
    ]


def _beginning(caption: str) -> str:
    """Its first sentence, and the second where both fit; nothing where not even the first does."""
    said = ""
    text = _LABEL.sub("", caption)
    for sentence in split(unmarked(text, [mark for mark in marks(text) if mark.kind == "reference"]).strip())[
        :SENTENCES
    ]:
        if len(whole := f"{said} {sentence}".lstrip()) > LONGEST:
            break
        said = whole
    return said if re.search("[a-z]{3}", said) else ""


def shown(drawn: Sequence[Figure], asked: Sequence[Beginning], drafts: Sequence[Draft]) -> tuple[ShownFigure, ...]:
    """All of them, with the drafts that are right."""
    right = {
        piece.label: draft.text
        for piece, draft in zip(asked, drafts, strict=True)
        if draft.text.strip() and gravest(draft.left) < MARK
    }
    return tuple(
        ShownFigure(figure.label, figure.page, figure.shows, figure.caption, right.get(figure.label, ""))
        for figure in drawn
    )
