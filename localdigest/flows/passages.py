"""What is translated (a sentence, a title, what a bullet says) or condensed: how it is asked for, read and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from localdigest.checks import mending
from localdigest.checks.registry import BULLET, TRANSLATION, Case, Kind, findings, remarks
from localdigest.checks.spans import changed
from localdigest.checks.terms import absent
from localdigest.language.glossary import Renderings, offered, with_renderings
from localdigest.language.profile import find
from localdigest.language.prompts import Prompt
from localdigest.records import Completion, Finding, PartName, Request, Sampling
from localdigest.text import quantities, spans


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or a clause of one, to be translated; a `rounds.Piece`."""

    text: str
    title: str
    prompt: Prompt
    terms: Mapping[str, Renderings]
    of: ClassVar[Kind] = TRANSLATION

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request:
        # Asked for a second time, what the model broke stands behind a placeholder, which it mostly keeps.
        broken = any(finding.code == changed.code for finding in problems)
        language = find(self.prompt.language)
        text = spans.mask(self.text)[0] if broken else self.text
        wrong = [finding for finding in problems if finding.code != changed.code or finding.detail in text]
        # A term that no hint brought in stands there in the language itself: what is there already a small model keeps.
        lost = dict(pair for finding in wrong if finding.code == absent.code for pair in finding.values)
        text = with_renderings(text, lost)
        wrong = [finding for finding in wrong if finding.code != absent.code]
        messages = self.prompt.messages(
            text=text,
            title=self.title,
            numbers=quantities.scaled(self.text, language),
            terms={term: one for term, one in offered(self.terms if hints else {}).items() if term not in lost},
            problems=[(finding.code, finding.detail) for finding in wrong],
            remarks=remarks(wrong, self.prompt.remarks),
        )
        # A text takes up to twice the tokens of its English, or as many where it is shorter; twice that is a loop.
        limit = 48 + len(self.text) // (2 if language.length[1] < 1 else 1)
        return Request(messages, max_tokens=limit, sampling=sampling)

    def read(self, answer: Completion) -> str:
        text = spans.unmask(answer.text, spans.mask(self.text)[1])
        return mending.sentence(text, self.text, find(self.prompt.language))

    def findings(self, text: str, answer: Completion) -> list[Finding]:
        language = find(self.prompt.language)
        return findings(
            Case(self.text, text, language, self.of, answer.finish, answer.detail, title=self.title, terms=self.terms)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Condensed:
    """What is to be said in fewer words than the paper has for it; a `rounds.Piece`."""

    source: str
    """Verbatim, which a draft is judged by."""
    shown: str
    """What the model is given of it: without citations, the paper's abbreviations written out."""
    part: PartName
    characters: int
    """Han characters that it is asked for with."""
    limit: int
    """Tokens of an answer, at most."""
    title: str
    prompt: Prompt
    terms: Mapping[str, Renderings]
    figures: Sequence[str] = ()
    """Which a draft must tell."""

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request:
        language = find(self.prompt.language)
        messages = self.prompt.messages(
            text=self.shown,
            part=self.part,
            numbers=quantities.scaled(self.source, language),
            terms=offered(self.terms if hints else {}),
            characters=round(self.characters * language.width),
            problems=[(finding.code, finding.detail) for finding in problems],
            remarks=remarks(problems, self.prompt.remarks),
        )
        return Request(messages, max_tokens=self.limit, sampling=sampling, stop=("\n",))

    def read(self, answer: Completion) -> str:
        return mending.bullet(answer.text, self.source, find(self.prompt.language))

    def findings(self, text: str, answer: Completion) -> list[Finding]:
        language, terms = find(self.prompt.language), self.terms
        return findings(
            Case(self.source, text, language, BULLET, answer.finish, answer.detail, self.title, terms, self.figures)
        )
