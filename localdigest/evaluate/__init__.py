"""`localdigest eval`: the product's own flows over texts with known translations and over PDFs, judged from outside.

`inputs` reads what there is to do, `measure` does it, `judge` looks at one text with rules of its own (not those of
`check`, which the flows have already satisfied), `figures` sums up, `scores` asks sacrebleu, `compare` sets two runs
side by side, `table` shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from localdigest.language.glossary import tables_of
from localdigest.records import Breakdown, Finding, Usage

SCHEMA = "localdigest-eval/1"


@dataclass(frozen=True, slots=True)
class Pair:
    """A text to translate, and how a person did it where that is known."""

    id: str
    en: str
    title: str = ""
    ref: str = ""
    categories: tuple[str, ...] = ()
    """arXiv's, which choose the terms; without any the text tells its field."""

    @property
    def field(self) -> str:
        """The table of terms that its first category brings before others, or its archive; empty without any."""
        first = next(iter(self.categories), "")
        return next(iter(tables_of(first)), first.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Translated:
    """What a run made of a pair; `hyp` is empty where it `failed`, which says why."""

    pair: Pair
    hyp: str = ""
    findings: tuple[Finding, ...] = ()
    usage: Usage = field(default_factory=Usage)
    failed: str = ""
    terms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the glossary that was used, those that the source has, with their renderings."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What a run made of a PDF. `pages` are its pages' plain text as pypdf has it, to look the evidence up in."""

    id: str
    pages: tuple[str, ...] = ()
    breakdown: Breakdown | None = None
    usage: Usage = field(default_factory=Usage)
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one task in a run: wall-clock seconds with the engine as full as it gets, and tokens generated in them."""

    seconds: float = 0.0
    output_tokens: int = 0
    prompt_tokens: int = 0
    evaluated_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """What seems to be a term that the tables for a field's texts lack, as it is first written."""

    field: str
    term: str
    texts: int
    times: int
    """Without those in which it is a part of the same longer one."""
    elsewhere: tuple[str, ...]
    """Tables of other fields that have it."""


@dataclass(frozen=True, slots=True)
class Run:
    """All that a run made: its figures follow from it, now or later, by another judge."""

    model: str
    language: str
    way: str
    """`flow`, or `plain` for the plain prompt in one request."""
    engine: str
    localdigest: str
    prompts: dict[str, str] = field(default_factory=dict)
    """Fingerprint of each task's prompts."""
    translated: tuple[Translated, ...] = ()
    explained: tuple[Explained, ...] = ()
    translating: Cost = field(default_factory=Cost)
    explaining: Cost = field(default_factory=Cost)
    gaps: tuple[Gap, ...] = ()
