"""The frozen records that travel between the stages, and that msgspec turns into JSON and back (store, PDF child)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Literal

from localdigest.messages import Notice, Reason
from localdigest.records.chosen import Chosen
from localdigest.records.figures import Figure, ShownFigure

ANNOUNCE_TYPES = ("new", "cross", "replace", "replace-cross")
PartName = Literal["background", "method", "results"]
PARTS: tuple[PartName, ...] = ("background", "method", "results")
"""The three parts of a breakdown, in the order of the page."""

Task = Literal["translate", "explain"]
Quality = Literal["standard", "high"]
FormName = Literal["jekyll", "json", "html", "markdown", "bibtex", "csl", "epub", "atom"]
"""The forms that a day can be written in; see `render.forms`."""
Status = Literal["done", "pending", "failed", "skipped"]
Outcome = Literal["papers", "no-announcement", "stale", "failed"]
"""Of asking for a day: its papers (perhaps none in the categories); a weekend or holiday, for certain; arXiv answers
but does not show the announcement yet; arXiv does not answer. After the last two the window stays open."""


# ---------------------------------------------------------------- listings


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as a listing gave it. Titles and abstracts keep their LaTeX; runs of white space are one space."""

    id: str
    """arXiv identifier without its version: `2512.14687` or `hep-th/9901001`."""
    version: int
    """1-based; 0 where the listing does not say (OAI-PMH's `arXiv` format)."""
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]  # as listed, the primary one among them
    primary_category: str
    published: datetime  # time zone aware, UTC: submission of version 1 (API, OAI-PMH) or the announcement (RSS)
    updated: datetime
    comment: str = ""
    announce_type: str = ""  # one of ANNOUNCE_TYPES where the listing says (RSS)
    announced: date | None = None
    """As the source dates it: RSS, its announcement; OAI-PMH, the last change of the record; the API says nothing."""
    hidden_text: int = 0
    """Runs of characters in title and abstract that no reader sees, removed."""
    journal: str = ""  # where it was published, as its authors wrote it
    doi: str = ""  # of that publication, not arXiv's own

    @property
    def versioned_id(self) -> str:
        return f"{self.id}v{self.version}" if self.version else self.id

    @property
    def file_stem(self) -> str:
        """The name its files have: `2512.14687v1`, and `hep-th_9901001v1` for old identifiers."""
        return self.versioned_id.replace("/", "_")

    @property
    def abs_url(self) -> str:
        return f"https://arxiv.org/abs/{self.versioned_id}"

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self.versioned_id}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What one file or answer lists."""

    papers: tuple[Paper, ...]
    """In the listing's order, duplicates included (see `feed.merge`)."""
    kind: Literal["api", "atom", "rss", "oai", "jsonl"]
    total: int | None = None
    """Papers in the whole result, of which this may be one page; None where the listing does not say."""
    resumption_token: str = ""  # OAI-PMH: asks for the next page; empty on the last
    skipped: tuple[str, ...] = ()
    """One sentence for each entry that was left out, with its reason: for the user to see."""
    built: datetime | None = None
    """When an RSS or Atom feed was made, zone aware; None where the listing does not say."""


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open interval of submission times, `start <= published < end`, both zone aware.

    `submitted`: a page holds just these. `announced`: arXiv's schedule promises these for `days`; late ones are added.
    Both ends are at the wall-clock time `anchor`, `HH:MM`, in `zone`, an IANA name.
    """

    day: date
    mode: Literal["submitted", "announced"]
    start: datetime
    end: datetime
    anchor: str
    zone: str
    days: tuple[date, ...] = ()
    """The announcements, by the dates of their listings: several where one page makes up for a gap."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is remembered of a page beside its papers."""

    window: Window
    closed: bool
    """Its papers are fixed. An open one was asked for in vain: the next run asks again."""
    asked: bool = False
    """Made for a `--date`; catching up begins after the last page that was not."""
    since: datetime | None = None
    """Papers submitted from here on had all been listed when it was closed, but for the late ones."""
    checked: bool = False  # a second source that knows announcements (RSS, OAI-PMH) was read for it
    sources: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Where the sources disagree, or one was silent: sentences for the user."""
    left: int | None = None
    """Pieces of work that a further run may still do; None before it was first written."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The highest version that a page has shown, and the page on which the paper was new; None: before the first."""

    version: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new version of a paper, and the version before it where the library has it."""

    paper: Paper
    previous: Paper | None


# ---------------------------------------------------------------- the engine's requests and answers


@dataclass(frozen=True, slots=True)
class Sampling:
    """Temperature 0 is greedy; else top-k, top-p, a draw with `seed`. The penalty is for tokens that an answer has."""

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.9
    seed: int = 0
    presence_penalty: float = 0.0

    def hotter(self, attempt: int = 1) -> Sampling:
        """For another try at a piece that came out wrong: greedy would only repeat itself."""
        return replace(self, temperature=max(0.2 + 0.2 * attempt, self.temperature), seed=self.seed + attempt)

    def warm(self, temperature: float, draw: int) -> Sampling:
        """For the `draw`-th (from 1) of several candidates; their seeds are none that `hotter` uses."""
        return replace(self, temperature=max(temperature, self.temperature), seed=self.seed + 100 + draw)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat. Its text is never parsed for special tokens, so `<|im_end|>` in an abstract stays text."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """One generation. `messages` end with the user's turn; the answer begins after `prefill`."""

    messages: tuple[Message, ...]
    max_tokens: int
    sampling: Sampling = Sampling()
    stop: tuple[str, ...] = ()
    """Generation ends before the first of these; the stop string is not part of the answer."""
    prefill: str = ""


FinishReason = Literal["stop", "length", "repetition", "refused"]


@dataclass(frozen=True, slots=True)
class Completion:
    """The engine's answer. `length` and `repetition` were ended before the model did; `refused` means that there is
    none, and `detail` says why, with the numbers."""

    text: str
    finish: FinishReason
    prompt_tokens: int = 0  # of the prompt, shared prefix included
    evaluated_tokens: int = 0
    """Of these, how many were decoded for this request; the rest came from a shared prefix."""
    output_tokens: int = 0
    seconds: float = 0.0  # from admission to the last token
    detail: str = ""
    confidence: float | None = None
    """Mean log probability (natural, at temperature 1) of its least likely tokens; None where it is not known."""


# ---------------------------------------------------------------- results


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check noticed. `resolved` findings were repaired before the result was accepted."""

    code: str
    detail: str
    resolved: bool = False
    sentence: int | None = None
    """In a translation: the 0-based place in `pairs` of the sentence that it is about."""
    values: tuple[tuple[str, str], ...] = ()
    """Pairs that `detail` tells of: a term and its rendering, a name ("" for none) and its figure."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a draft cost, summed over its requests. Of the prompts' tokens those `evaluated` were decoded."""

    prompt_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    requests: int = 0
    evaluated_tokens: int = 0

    def plus(self, *answers: Completion) -> Usage:
        return sum((Usage(a.prompt_tokens, a.output_tokens, a.seconds, 1, a.evaluated_tokens) for a in answers), self)

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated abstract; `pairs` aligns it with its source, sentence by sentence."""

    text: str
    pairs: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...] = ()
    title: str = ""  # its translation, one line; empty where it was not asked for, or no draft of it was right enough
    title_findings: tuple[Finding, ...] = ()
    confidence: tuple[float | None, ...] = ()
    """Of each of `pairs`, as `Completion.confidence`; empty in older results."""
    gist: Point | None = None
    """The paper in a sentence, from the abstract; None where none was right, or made before there were any."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of the paper that supports a point: verbatim, on this 1-based page; 0 for the listing's abstract."""

    page: int
    quote: str


@dataclass(frozen=True, slots=True)
class Point:
    """One bullet. `verified` is false where a number in it is not in its evidence."""

    text: str
    evidence: tuple[Evidence, ...]
    verified: bool = True
    depth: int = 0
    lead: str = ""  # what it is about, in a word or two; empty in results from before there were any


@dataclass(frozen=True, slots=True)
class Part:
    name: PartName
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What a breakdown was written from."""

    kind: str
    sha256: str
    pages: int
    pages_with_text: int
    read_share: float
    hidden_text: int
    sentences: int = 0
    sentences_shown: int = 0
    """Of `sentences`, those that the model was given; both 0 in results from before they were counted."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    parts: tuple[Part, ...]
    source: Source
    findings: tuple[Finding, ...] = ()
    gist: Point | None = None  # as of a translation, from the PDF
    figures: tuple[ShownFigure, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which model, prompt and settings made a result, and what it cost."""

    model: str
    model_sha256: str
    """Of its file; `endpoint:` and its name where a server has it."""
    prompt: str  # fingerprint of its text
    sampling: Sampling
    prompt_tokens: int
    output_tokens: int
    seconds: float
    localdigest: str
    engine: str
    evaluated_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """A stored result: finished work under its key, or the reason why there is none."""

    paper_id: str
    version: int
    task: Task
    language: str
    status: Status
    reason: Reason | Literal[""] = ""
    translation: Translation | None = None
    breakdown: Breakdown | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What a user says of a paper for themselves."""

    star: bool = False
    read: bool = False
    hide: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that a page shows, in its order."""

    window: Window
    language: str
    categories: tuple[str, ...]
    """The configured filter."""
    listed: int  # papers of the window before the filter
    papers: tuple[Paper, ...]
    results: dict[tuple[str, Task], Result] = field(default_factory=dict)
    """By paper id and task; a missing one is pending."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Papers in the categories that the selection left out, by the code of the reason."""
    outcome: Outcome = "papers"
    reason: Notice | None = None
    """Why there are none, for the outcomes other than `papers`."""
    sources: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    figures: dict[str, tuple[Figure, ...]] = field(default_factory=dict)  # by paper id, where they are to be shown
    updated: datetime | None = None  # when the last of its results was stored, zone aware
    chosen: dict[str, Chosen] = field(default_factory=dict)  # by paper id, where there is anything to choose by
    elsewhere: tuple[str, ...] = ()  # categories of what was listed, the commonest first, where none is a wanted one
    closed: str | None = None  # the holiday on which arXiv announced nothing, "" for a weekend, None for a working day
