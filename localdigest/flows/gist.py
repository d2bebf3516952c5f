"""The gist: a paper in one sentence. The program chooses what it is written from, its form and its length.

Asked for a whole abstract's point a small model copies the title or runs on (docs/quality.md). So it condenses two
sentences at most, each by itself: the one that says what is new, and the one with the result that counts. Each half is
checked against its sentence as a bullet is; one that is not verified is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from localdigest.checks import mending
from localdigest.checks.registry import BULLET, MARK, Case, findings, gravest, remarks
from localdigest.evidence import leads
from localdigest.evidence.leads import OPENER
from localdigest.evidence.sections import roles
from localdigest.evidence.signs import boasts, words
from localdigest.flows.rounds import Draft, Means
from localdigest.language.glossary import Renderings, offered
from localdigest.language.profile import Language, find
from localdigest.language.prompts import Prompt
from localdigest.records import Completion, Evidence, Finding, Paper, Point, Request, Sampling
from localdigest.records.reading import Document
from localdigest.text.abbreviations import definitions, expanded
from localdigest.text.quantities import scaled
from localdigest.text.sentences import split

CHARACTERS = {"new": 34, "result": 26}
"""Han characters that each half is asked for with."""
LONGEST = 58
"""Of the whole, at most: what is longer is cut to whole clauses, or goes without its second half. A small model writes
a fifth more than it is asked for; the reader's eye takes in some 45 characters at once."""
OF_ABSTRACT = 0.85
"""Share of a sentence's words that the abstract has too, where the PDF's sentence is one of the abstract."""
NO_DRAFTS: Mapping[str, Draft] = MappingProxyType({})
OPENING = 12
"""Sentences of a PDF among which its abstract is, where neither a heading nor the listing tells."""


@dataclass(frozen=True, slots=True)
class Half:
    """A sentence of the paper to be condensed; a `rounds.Piece`."""

    says: Literal["new", "result"]
    evidence: Evidence
    title: str
    prompt: Prompt
    terms: dict[str, Renderings]
    shown: str

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request:
        language = find(self.prompt.language)
        messages = self.prompt.messages(
            text=self.shown,
            part="results" if self.says == "result" else "method",
            numbers=scaled(self.evidence.quote, language),
            terms=offered(self.terms if hints else {}),
            characters=round(CHARACTERS[self.says] * language.width),
            problems=[(finding.code, finding.detail) for finding in problems],
            remarks=remarks(problems, self.prompt.remarks),
        )
        return Request(messages, max_tokens=96, sampling=sampling, stop=("\n",))

    def read(self, answer: Completion) -> str:
        return mending.bullet(answer.text, self.evidence.quote, find(self.prompt.language))

    def findings(self, text: str, answer: Completion) -> list[Finding]:
        language = find(self.prompt.language)
        case = Case(self.evidence.quote, text, language, BULLET, answer.finish, answer.detail, self.title, self.terms)
        return findings(case)


def of_abstract(paper: Paper, means: Means) -> list[Half]:
    """The halves of a gist of the listing's abstract."""
    return _halves([Evidence(0, text) for text in split(paper.abstract)], paper, means, definitions([paper.abstract]))


def of_document(document: Document, paper: Paper, means: Means, own: Mapping[str, str]) -> list[Half]:
    """The same, of the abstract as the PDF has it; `own` are the paper's abbreviations."""
    known = set(words(paper.abstract))
    body = [sentence for sentence in document.sentences if sentence.is_body]
    listed = [s for s in body if (of := words(s.text)) and len(known.intersection(of)) >= OF_ABSTRACT * len(set(of))]
    role = dict(zip(document.sentences, roles(document), strict=True))
    found = listed or [sentence for sentence in body if role[sentence] == "abstract"] or body
    return _halves([Evidence(s.page, s.text) for s in found[:OPENING]], paper, means, own)


def _halves(abstract: Sequence[Evidence], paper: Paper, means: Means, own: Mapping[str, str]) -> list[Half]:
    if means.gist is None:
        return []
    abstract = [sentence for sentence in abstract if not boasts(sentence.quote)]
    chosen = leads.headline([sentence.quote for sentence in abstract], paper.title)
    kinds: tuple[Literal["new", "result"], ...] = ("new", "result")
    halves = []
    for says, place in zip(kinds, chosen, strict=False):
        shown = expanded(OPENER.sub("", abstract[place].quote), own)
        halves.append(Half(says, abstract[place], paper.title, means.gist, means.glossary.find(shown), shown))
    return halves


def joined(halves: Sequence[Half], drafts: Sequence[Draft], whole: Mapping[str, Draft] = NO_DRAFTS) -> Point | None:
    """One sentence of what is verified, the result alone where what is new is not; None where neither is.

    `whole` are translations of sentences, by these: where a half is not verified that of its sentence may be.
    """
    verified = []
    for half, draft in zip(halves, drafts, strict=True):
        quote = half.evidence.quote
        tried = [draft, *([whole[quote]] if quote in whole and not OPENER.match(quote) else [])]
        if sure := next((each for each in tried if each.text and gravest(each.left) < MARK), None):
            verified.append((half, mending.third_person(sure.text, find(half.prompt.language))))
    if not verified:
        return None
    language = find(halves[0].prompt.language)
    said = [text.rstrip(language.stop) for _, text in verified]
    room = LONGEST * language.width
    if len(said) > 1 and (_room(said[0], language) + _room(said[1], language) > room or said[0] == said[1]):
        said = said[:1]
    while _room(said[0], language) > room and (cut := max(said[0].rfind(mark) for mark in "，,；;")) > 0:
        said[0] = said[0][:cut]
    if len(said) > 1 and language.full_width and (subject := _SUBJECT.match(said[0])):
        said[1] = said[1].removeprefix(subject[0]).strip() or said[1]  # as one says it: once
    evidence = tuple(half.evidence for (half, _), _ in zip(verified, said, strict=False))
    return Point(("；" if language.full_width else "; ").join(said) + language.stop, evidence)


_SUBJECT = re.compile(r"作者|著者ら[はが]|[A-Za-z][\w.-]*(?= ?[\u3400-\u9fff])")


def _room(text: str, language: Language) -> float:
    """What `text` takes: of a full-width script's, Latin letters and figures take half."""
    return len(text) - sum(map(str.isascii, text)) / 2 if language.full_width else len(text)
