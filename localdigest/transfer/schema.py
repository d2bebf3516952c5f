"""What a package's records may hold: a type, a range and a consistency for every field, in one place.

The structs have the fields of `records`, by the same names (a test compares them), and are decoded into and thrown
away: `content` decodes the same bytes again, into the records themselves, once nothing was refused here. A range is
generous by ten times and more; what it keeps out is what no program of ours writes and what later code would have to
multiply, recurse or reckon by. How much there may be of a list is bounded by its file's size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from localdigest.records import PartName, Task

_PLAIN = r"\A[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*\Z"
"""Nothing that a terminal, or the direction of a line, obeys."""
_DAYS = date(1990, 1, 1), date(2200, 1, 1)
"""arXiv is younger; and at the ends of the calendar a change of zone overflows."""

MOST_DAYS = 31
"""Of announcements that one page holds: arXiv's longest holidays last ten."""

Word = Annotated[str, Meta(max_length=300, pattern=_PLAIN)]
Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=_PLAIN)]
Line = Annotated[str, Meta(max_length=20_000)]
Text = Annotated[str, Meta(max_length=200_000)]
Key = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
# The form that `listings.identifier` gives an id; that module is not asked, since it brings a parser of feeds along.
_MONTH = "[0-9]{2}(?:0[1-9]|1[0-2])"
Id = Annotated[str, Meta(pattern=rf"\A(?:{_MONTH}\.[0-9]{{4,5}}|[a-z]+(?:-[a-z]+)?/{_MONTH}[0-9]{{3}})\Z")]
Language = Annotated[str, Meta(pattern=r"\A[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")]
Version = Annotated[int, Meta(ge=0, le=999)]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Time = Annotated[datetime, Meta(tz=True)]
Confidence = Annotated[float, Meta(ge=-1e6, le=0)]


class Paper(Struct, frozen=True):
    id: Id
    version: Version
    title: Line
    authors: tuple[Line, ...]
    abstract: Line
    categories: tuple[Word, ...]
    primary_category: Word
    published: Time
    updated: Time
    comment: Line = ""
    announce_type: Word = ""
    announced: date | None = None
    hidden_text: Count = 0
    journal: Line = ""
    doi: Word = ""

    def __post_init__(self) -> None:
        _within(self.published, self.updated, self.announced)


class Window(Struct, frozen=True):
    day: date
    mode: Literal["submitted", "announced"]
    start: Time
    end: Time
    anchor: Annotated[str, Meta(pattern=r"\A(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z")]
    zone: Name
    days: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        _within(self.day, self.start, self.end, *self.days)
        if len(self.days) > MOST_DAYS or max(self.days, default=self.day) > self.day:
            raise ValueError("a window of days that are not its own")
        if self.start >= self.end:
            raise ValueError("a window that ends before it begins")
        try:
            ZoneInfo(self.zone)
        except (OSError, ValueError, LookupError):
            raise ValueError("a time zone that is none") from None


class Page(Struct, frozen=True):
    window: Window
    closed: bool
    asked: bool = False
    since: Time | None = None
    checked: bool = False
    sources: tuple[Line, ...] = ()
    remarks: tuple[Line, ...] = ()
    left: Count | None = None

    def __post_init__(self) -> None:
        _within(self.since)


class Replacement(Struct, frozen=True):
    paper: Paper
    previous: Paper | None

    def __post_init__(self) -> None:
        if self.previous and (self.previous.id != self.paper.id or self.previous.version >= self.paper.version):
            raise ValueError("a replacement of another paper, or of a later version")


class Day(Struct, frozen=True, forbid_unknown_fields=True):
    day: date
    categories: tuple[Word, ...]
    papers: tuple[Paper, ...]
    page: Page | None = None
    replaced: tuple[Replacement, ...] = ()
    before: tuple[Paper, ...] = ()
    absent: dict[Id, Line] = {}

    def __post_init__(self) -> None:
        _within(self.day)
        if self.page and self.page.window.day != self.day:
            raise ValueError("a page of another day")
        if self.absent.keys() - {paper.id for paper in self.papers}:
            raise ValueError("a PDF that is absent of a paper that is none of the day's")
        _once("a paper twice", (paper.id for paper in (*self.papers, *self.before)))
        _once("a replacement twice", ((each.paper.id, each.paper.version) for each in self.replaced))


# ---------------------------------------------------------------- results


class Finding(Struct, frozen=True):
    code: Name
    detail: Line
    resolved: bool = False
    sentence: Count | None = None
    values: tuple[tuple[Line, Line], ...] = ()


class Evidence(Struct, frozen=True):
    page: Annotated[int, Meta(ge=0, le=100_000)]
    quote: Line


class Point(Struct, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=20_000)]
    evidence: tuple[Evidence, ...]
    verified: bool = True
    depth: Annotated[int, Meta(ge=0, le=9)] = 0
    lead: Word = ""


class Translation(Struct, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=200_000, pattern=r"\S")]
    pairs: tuple[tuple[Text, Text], ...]
    findings: tuple[Finding, ...] = ()
    title: Line = ""
    title_findings: tuple[Finding, ...] = ()
    confidence: tuple[Confidence | None, ...] = ()
    gist: Point | None = None

    def __post_init__(self) -> None:
        if self.confidence and len(self.confidence) != len(self.pairs):
            raise ValueError("confidence of other sentences than there are")
        if any(each.sentence is not None and each.sentence >= len(self.pairs) for each in self.findings):
            raise ValueError("a finding of a sentence that is not there")


class Part(Struct, frozen=True):
    name: PartName
    points: tuple[Point, ...]


class Source(Struct, frozen=True):
    kind: Name
    sha256: Word
    pages: Count
    pages_with_text: Count
    read_share: Annotated[float, Meta(ge=0, le=1)]
    hidden_text: Count
    sentences: Count = 0
    sentences_shown: Count = 0

    def __post_init__(self) -> None:
        if self.pages_with_text > self.pages or self.sentences_shown > self.sentences:
            raise ValueError("a share that is more than the whole")


class ShownFigure(Struct, frozen=True):
    label: Word
    page: Annotated[int, Meta(ge=1, le=100_000)]
    shows: Literal["method", "results"]
    caption: Line
    text: Line = ""


class Breakdown(Struct, frozen=True):
    parts: tuple[Part, ...]
    source: Source
    findings: tuple[Finding, ...] = ()
    gist: Point | None = None
    figures: tuple[ShownFigure, ...] = ()

    def __post_init__(self) -> None:
        _once("a part twice", (part.name for part in self.parts))


class Sampling(Struct, frozen=True):
    temperature: Annotated[float, Meta(ge=0, le=100)] = 0.0
    top_k: Count = 40
    top_p: Annotated[float, Meta(ge=0, le=1)] = 0.9
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    presence_penalty: Annotated[float, Meta(ge=-100, le=100)] = 0.0


class Provenance(Struct, frozen=True):
    model: Word
    model_sha256: Word
    prompt: Word
    sampling: Sampling
    prompt_tokens: Count
    output_tokens: Count
    seconds: Annotated[float, Meta(ge=0, le=1e9)]
    localdigest: Word
    engine: Word
    evaluated_tokens: Count = 0


class Result(Struct, frozen=True):
    """Finished work alone is carried."""

    paper_id: Id
    version: Version
    task: Task
    language: Language
    status: Literal["done"]
    reason: Literal[""] = ""
    translation: Translation | None = None
    breakdown: Breakdown | None = None
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        made = {"translate": self.translation, "explain": self.breakdown}
        if made.pop(self.task) is None or any(made.values()):
            raise ValueError("a result that is none of finished work")


class Finished(Struct, frozen=True, forbid_unknown_fields=True):
    day: date
    results: tuple[tuple[Key, Result], ...]

    def __post_init__(self) -> None:
        _within(self.day)
        _once("a result twice", (key for key, _ in self.results))


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    file: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_][A-Za-z0-9_.+-]{0,140}\.gguf\Z")]
    size: Annotated[int, Meta(ge=1, le=1 << 50)]
    sha256: Key


# ---------------------------------------------------------------- consistency


def _within(*moments: date | datetime | None) -> None:
    """Raises ValueError for one that cannot be reckoned with."""
    for moment in moments:
        if moment is not None and not _DAYS[0] <= date(moment.year, moment.month, moment.day) < _DAYS[1]:
            raise ValueError("a time that is none of arXiv's")


def _once(what: str, keys: Iterable[object]) -> None:
    if any(count > 1 for count in Counter(keys).values()):
        raise ValueError(what)
