"""From pieces of text to accepted drafts: the rounds of asking, checking and asking again that the flows share.

A draft with findings is asked for again, the findings named, each time hotter; English words left in it are asked for
one by one, as in a dictionary. Of all drafts of a piece the one with the least wrong is kept, and what is wrong with it
is told.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from localdigest.checks import chatter, english
from localdigest.checks.answer import refused
from localdigest.checks.registry import BULLET, LIGHT, MARK, TRANSLATION, cost, gravest, outcome
from localdigest.flows import lookup
from localdigest.language.glossary import Glossary, Renderings, put_right
from localdigest.language.prompts import Prompt
from localdigest.records import Completion, Finding, Quality, Request, Sampling, Usage

DOUBTFUL = outcome(
    "doubtful",
    "A sentence or a bullet that the model was unsure of, as only wrong ones mostly are (docs/quality.md).",
    of=TRANSLATION | BULLET,
    weight=MARK,
)
SURE, STEEP, UNSETTLED = 0.45, 3.0, 0.7
"""Logit of a draft's being no wrong one at the confidence of `doubt`, what each unit of confidence adds to it, and the
share that is left where a check is not content: of 220 bullets that readers judged."""


class Piece(Protocol):
    """What is to be written, and how an answer is read and judged."""

    @property
    def terms(self) -> Mapping[str, Renderings]:
        """The glossary's terms in its source, put in where an answer leaves them standing."""
        ...

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request: ...
    def read(self, answer: Completion) -> str: ...
    def findings(self, text: str, answer: Completion) -> list[Finding]: ...


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on a piece."""

    warm: int = 0
    """Drafts at `temperature` beside the first. With any, there is also one without the glossary's hints, where a
    piece has some. Of those with as little wrong, the one most like all others is taken (minimum Bayes risk): drafts
    that differ in what was asked gain by it, those that differ by chance alone do not (docs/quality.md)."""
    temperature: float = 0.4
    tries: int = 2
    """Times to ask again."""


EFFORTS: Mapping[Quality, Effort] = {"standard": Effort(), "high": Effort(warm=2)}


@dataclass(frozen=True, slots=True)
class Means:
    """What a flow works with beside its paper."""

    prompt: Prompt
    gloss: Prompt | None
    """Asks for one word, as in a dictionary; None where the language is in Latin letters."""
    glossary: Glossary
    sampling: Sampling
    effort: Effort = EFFORTS["standard"]
    gist: Prompt | None = None
    """Condenses a sentence to half a gist; None where none is wanted."""
    doubt: float | None = None
    """The confidence below which this model is wrong more often than not; None where nobody measured it."""
    whole: Prompt | None = None
    """Translates what a bullet says, nothing left out; None where bullets are condensed."""
    captions: Prompt | None = None
    """Translates those of figures; None where they stay in English."""


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    left: tuple[Finding, ...] = ()
    """What is wrong with it."""
    mended: tuple[Finding, ...] = ()
    """What was wrong with drafts before it."""
    confidence: float | None = None
    """The model's own, of the answer that it was read from."""

    def trust(self, doubt: float | None) -> float:
        """How likely it says what its source says, 0 to 1, as readers found (docs/quality.md); `doubt` is the
        confidence below which this model is wrong more often than not. 1 where nobody measured it."""
        if doubt is None or self.confidence is None:
            return 1.0
        sure = 1 / (1 + math.exp(-SURE - STEEP * (self.confidence - doubt)))
        return sure * (UNSETTLED if self.left else 1.0)

    def judged(self, doubt: float | None) -> Draft:
        """With a finding where the model was less sure of it than `doubt` and nothing else warns a reader."""
        if doubt is None or self.confidence is None or self.confidence >= doubt or gravest(self.left) > LIGHT:
            return self
        return replace(self, left=(*self.left, DOUBTFUL.finding("")))


def drafts(
    pieces: Sequence[Piece], means: Means
) -> Generator[list[Request], list[Completion], tuple[list[Draft], Usage]]:
    """A draft for each of `pieces`, in their order. All that are asked for are asked together: the batch stays full."""
    if not pieces:
        return [], Usage()
    sampling, effort = means.sampling, means.effort
    states = [_State(piece) for piece in pieces]
    usage = Usage()
    known: dict[str, str] = {}
    wishes = [_wishes(piece, sampling, effort) for piece in pieces]
    answers = yield [wish for each in wishes for wish in each]
    usage = usage.plus(*answers)
    unread = iter(answers)
    for state, each in zip(states, wishes, strict=True):
        state.take(list(itertools.islice(unread, len(each))), known)
    asked: set[str] = set()
    for attempt in range(1, effort.tries + 1):
        again = [state for state in states if state.may_improve()]
        found = lookup.words(state.findings for state in states) if means.gloss else []
        words = [word for word in found if word not in asked]
        if not again and not words:
            break
        hotter = sampling.hotter(attempt)
        answers = yield [
            *(state.again(hotter) for state in again),
            *(lookup.request(means.gloss, word) for word in words if means.gloss),
        ]
        usage = usage.plus(*answers)
        asked.update(words)
        known |= lookup.glosses(means.gloss, words, answers[len(again) :]) if means.gloss else {}
        fresh = dict(zip(map(id, again), answers, strict=False))
        for state in states:
            if state.findings:
                state.take([fresh[id(state)]] if id(state) in fresh else [], known)
    return [state.draft() for state in states], usage


def _wishes(piece: Piece, sampling: Sampling, effort: Effort) -> list[Request]:
    """What a piece is first asked for with."""
    bare = [piece.request(sampling, (), hints=False)] if effort.warm and piece.terms else []
    warm = [piece.request(sampling.warm(effort.temperature, n + 1), ()) for n in range(effort.warm)]
    return [piece.request(sampling, ()), *bare, *warm]


@dataclass(slots=True)
class _State:
    """A piece on its way."""

    piece: Piece
    tried: list[tuple[str, Completion]] = field(default_factory=list)
    """Every draft, as read, with its answer."""
    text: str = ""
    findings: list[Finding] = field(default_factory=list)
    confidence: float | None = None
    seen: dict[Finding, None] = field(default_factory=dict)

    def take(self, answers: Sequence[Completion], known: Mapping[str, str]) -> None:
        """Read the answers, put in the words that are known, and choose the best of all drafts so far."""
        self.tried += [(self.piece.read(answer), answer) for answer in answers]
        words = {**known, **put_right(self.piece.terms)}
        judged = []
        for text, answer in self.tried:
            text = lookup.put_in(text, words)
            judged.append((text, self.piece.findings(text, answer), answer.confidence))
        least = min(cost(findings) for _, findings, _ in judged)
        self.text, self.findings, self.confidence = max(
            (draft for draft in judged if cost(draft[1]) == least),
            key=lambda draft: sum(likeness(draft[0], other) for other, _, _ in judged) if len(judged) > 2 else 0,
        )
        self.seen |= dict.fromkeys(self.findings)

    def may_improve(self) -> bool:
        """Whether asking again could help: single words have a way of their own, and a refusal is final."""
        left = {finding.code for finding in self.findings}
        return bool(left - {english.words.code}) and refused.code not in left

    def again(self, sampling: Sampling) -> Request:
        """Without hints where they were said again instead of used."""
        said_again = any(finding.code == chatter.preamble.code for finding in self.findings)
        return self.piece.request(sampling, self.findings, hints=not said_again)

    def draft(self) -> Draft:
        mended = (replace(f, resolved=True) for f in self.seen if f not in self.findings)
        return Draft(self.text, tuple(self.findings), tuple(mended), self.confidence)


def likeness(a: str, b: str) -> float:
    """chrF of one text against the other, 0 to 1: the F2 score of common character n-grams, n = 1 to 6, spaces left
    out (Popović 2015)."""
    a, b = ("".join(text.split()) for text in (a, b))
    precision, recall, orders = 0.0, 0.0, 0
    for n in range(1, 7):
        of_a, of_b = (Counter(text[i : i + n] for i in range(len(text) - n + 1)) for text in (a, b))
        if not of_a or not of_b:
            break
        common = (of_a & of_b).total()
        precision += common / of_a.total()
        recall += common / of_b.total()
        orders += 1
    if not precision or not recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return 5 * precision * recall / (4 * precision + recall)
