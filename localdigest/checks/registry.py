"""The registry of checks: functions, declared in place. Pages, prompts, docs and tests take their lists from here.

    @check("number-missing", of=TEXT, ask="lost", order=220)
    def missing(case: Case) -> Iterator[str]:
        \"""A number of the source whose value is not in the draft.\"""

What it yields are the details of its findings. A code is stable: the JSON export has it.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple, get_args

from localdigest.language.profile import Language
from localdigest.records import Finding, FinishReason
from localdigest.text import quantities, spans
from localdigest.text.quantities import Reading


class Kind(enum.Flag):
    """What a draft is of."""

    TRANSLATION = enum.auto()
    TITLE = enum.auto()
    BULLET = enum.auto()


TRANSLATION, TITLE, BULLET = Kind.TRANSLATION, Kind.TITLE, Kind.BULLET
TEXT = TRANSLATION | TITLE
"""What says all that its source does; a bullet leaves out."""
ANY = TEXT | BULLET


class Weight(enum.IntEnum):
    """What a finding costs, the least first."""

    LIGHT = 1
    """A reader can live with it: mended where it is cheap, never worth a draft that has anything else wrong."""
    MARK = 2
    """A bullet stays, marked as unverified."""
    FAULT = 3
    """A bullet loses its place; a translated sentence is marked, a title left out."""
    NOTHING = 4
    """There is no draft: the engine's refusal, an answer without a word."""


LIGHT, MARK, FAULT, NOTHING = Weight
_COSTS = {LIGHT: 1, MARK: 100, FAULT: 100, NOTHING: 10_000}

OfADetail = Literal["leftover", "lost", "wrong-number", "invented", "keep", "term", "changed", "meaning", "figures"]
OfTheWhole = Literal["script", "copied", "repeated", "unfinished", "length", "chatter", "restated"]
Ask = OfADetail | OfTheWhole
"""Kinds of remarks that ask the model again; each language words each of them in `prompts/<language>/remarks.toml`."""
WHOLE: tuple[OfTheWhole, ...] = get_args(OfTheWhole)
"""Said once, in this order, behind those about details, which stand as they are found."""


@dataclass(frozen=True)
class Case:
    """A draft and what it is judged by. What several checks look at is worked out once."""

    source: str
    draft: str
    language: Language
    of: Kind = TRANSLATION
    finish: FinishReason = "stop"
    why: str = ""
    """The engine's reason for refusing."""
    title: str = ""
    """The paper's, which a draft must not begin with, and whose system any bullet may name."""
    terms: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """English terms as they occur in the source, each with the renderings that will do."""
    figures: Sequence[str] = ()
    """Those of the source, as written there, that a reader of this bullet would want."""

    @cached_property
    def prose(self) -> str:
        """The draft without its spans, as `source_prose` is the source."""
        return spans.without(self.draft)

    @cached_property
    def _source(self) -> tuple[str, list[str]]:
        return spans.parted(self.source)

    @property
    def source_prose(self) -> str:
        return self._source[0]

    @property
    def source_spans(self) -> list[str]:
        return self._source[1]

    @cached_property
    def names(self) -> list[str]:
        """Names in the draft, full-width letters or not."""
        return spans.names(unicodedata.normalize("NFKC", self.draft))

    @cached_property
    def source_names(self) -> list[str]:
        return spans.names_in(self.source_prose)

    @cached_property
    def quantities(self) -> Reading:
        """Those of the draft."""
        return quantities.read(self.draft, self.language)

    @cached_property
    def source_quantities(self) -> Reading:
        return quantities.read(self.source)

    @property
    def is_crowded(self) -> bool:
        """Whether it has more numbers than sentences have: which of them belongs where is not asked then."""
        return max(len(self.quantities.quantities), len(self.source_quantities.quantities)) > 80

    @cached_property
    def latin_renderings(self) -> list[str]:
        """A rendering may be in Latin letters: `Transformer` is what `transformer` is called in Chinese. Or it has
        some: 基于 Transformer."""
        right = [each for renderings in self.terms.values() for each in renderings if each[0] != "!"]
        return list(dict.fromkeys(word for each in right for word in (each, *_LATIN.findall(each)) if word.isascii()))

    def rendered(self, term: str) -> str:
        """A pattern of the renderings of a term that will do; empty for what is none of the glossary's."""
        return "|".join(re.escape(each) for each in self.terms.get(term, ()) if each[0] != "!")


_LATIN = re.compile(r"[A-Za-z][A-Za-z-]+")


class Said(NamedTuple):
    """A finding's detail where it is more than the name or the number itself, with the pairs that it tells of."""

    detail: str
    values: tuple[tuple[str, str], ...] = ()


Found = Iterable[str | Said]


@dataclass(frozen=True, slots=True)
class Check:
    """A check, called with a case; or, with `find` None, a code that a flow gives by itself."""

    code: str
    of: Kind
    weight: Weight
    ask: Ask | None
    on_page: bool
    """Whether a page tells its readers; what it does not is in the export only."""
    order: int
    says: str
    find: Callable[[Case], Found] | None

    def __call__(self, case: Case) -> list[str]:
        """The details of what it finds."""
        return [finding.detail for finding in self.findings(case)]

    def said(self, case: Case) -> list[Said]:
        return [each if isinstance(each, Said) else Said(each) for each in (self.find(case) if self.find else ())]

    def findings(self, case: Case) -> list[Finding]:
        return [Finding(self.code, detail, values=values) for detail, values in self.said(case)]

    def finding(self, detail: str, *, resolved: bool = False) -> Finding:
        """Of a flow."""
        return Finding(self.code, detail, resolved)


CHECKS: list[Check] = []
"""In the order in which findings are told, and so in that of the prompts that ask again."""
CODES: dict[str, Check] = {}
"""By code the first of its checks: those of one code weigh, ask and are told alike."""


def check(
    code: str, *, of: Kind, weight: Weight = FAULT, ask: Ask | None = None, on_page: bool = True, order: int = 1000
) -> Callable[[Callable[[Case], Found]], Check]:
    """Register a function from a case to the details of its findings; one without an `order` comes last."""

    def register(find: Callable[[Case], Found]) -> Check:
        return _registered(Check(code, of, weight, ask, on_page and bool(of & TEXT), order, find.__doc__ or "", find))

    return register


def outcome(code: str, says: str, *, of: Kind = BULLET, weight: Weight = LIGHT) -> Check:
    """Register what a flow tells of a result, of which no draft can be asked for again."""
    return _registered(Check(code, of, weight, None, bool(of & TEXT), 1000, says, None))


def _registered(made: Check) -> Check:
    if not made.says:
        raise ValueError(f"the check {made.code} does not say what it finds")
    first = CODES.setdefault(made.code, made)
    if (first.weight, first.ask, first.on_page) != (made.weight, made.ask, made.on_page):
        raise ValueError(f"two checks of the code {made.code} differ in what it costs, asks or tells")
    CHECKS.append(made)
    CHECKS.sort(key=lambda each: each.order)
    return made


def findings(case: Case) -> list[Finding]:
    """All that is wrong with a draft. Where the engine did not answer, that alone."""
    return [
        finding
        for each in CHECKS
        if case.of in each.of and (case.finish != "refused" or each.weight is NOTHING)
        for finding in each.findings(case)
    ]


def cost(found: Iterable[Finding]) -> int:
    """How wrong a draft is: any number of light findings cost less than one other, and nothing more than no draft."""
    return sum(_COSTS[CODES[finding.code].weight] for finding in found)


def gravest(found: Iterable[Finding]) -> int:
    """The weight of the worst, 0 for none."""
    return max((CODES[finding.code].weight for finding in found), default=0)


def remarks(found: Iterable[Finding], wording: Mapping[str, str]) -> list[str]:
    """What the next prompt says of the last draft, a line each, in the words of its language."""
    asked = [(CODES[finding.code].ask, finding.detail) for finding in found]
    told = [wording[ask].replace("{detail}", detail) for ask, detail in asked if ask and ask not in WHOLE]
    kinds = {ask for ask, _ in asked}
    return list(dict.fromkeys((*told, *(wording[ask] for ask in WHOLE if ask in kinds))))
