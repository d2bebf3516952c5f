"""What was read of a PDF: frozen records, as those of `records`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from localdigest.records.figures import Box, Caption, Table

Kind = Literal["text", "list", "theorem", "footnote", "caption"]
"""`list`: an item of a list. `theorem`: what is stated apart from the text as found by the paper, a theorem or a lemma,
not a definition nor an example."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a sentence names by a number, or a displayed formula in it."""

    kind: Literal["figure", "table", "equation", "part", "reference", "formula"]
    """`part`: a section, a theorem or the like."""
    name: str
    """Of a figure or a table, its label as `Caption` has it; of an equation, a part or a formula its number, which a
    formula may lack; of a reference what is printed."""
    start: int
    end: int
    """Its place in the sentence."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a paper's body, verbatim but for white space, ligatures, hyphens, powers and reference marks."""

    text: str
    page: int
    """1-based page on which it begins."""
    section: str
    """Heading it stands under, without its number, as printed; `Abstract` for the abstract, empty before any."""
    kind: Kind = "text"
    certain: bool = True  # it stands there in one piece, and every glyph has a name; others are no evidence
    box: Box | None = None
    marks: tuple[Mark, ...] = ()  # in the order of the text

    @property
    def is_body(self) -> bool:
        """Whether it is of the text, not beside it."""
        return self.kind not in ("caption", "footnote")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a paper's body."""

    text: str
    """As `Sentence.section`."""
    level: int = 1
    """1 for a section, 2 for a part of one."""
    page: int = 1
    before: int = 0
    """How many sentences stand before it."""


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read of a PDF. References and appendices are cut; see `pdf.read`."""

    sha256: str
    pages: int
    pages_with_text: int
    sentences: tuple[Sentence, ...]
    headings: tuple[Heading, ...]
    """In their order, those included that no sentence stands under."""
    read_share: float
    """Characters in `sentences` over those on the pages before the references, 0 to 1; pages over the limit count."""
    hidden_text: int = 0  # runs of text that a reader of the page cannot see, removed
    title: str = ""  # as the first page shows it; empty where that cannot be told
    captions: tuple[Caption, ...] = ()
    tables: tuple[Table, ...] = ()  # those that were surely read
