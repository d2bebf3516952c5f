"""The gist: a paper in one sentence. The program chooses what it is written from, its form and its length.

Asked for a whole abstract's point a small model copies the title or runs on (docs/quality.md). So it condenses two
sentences at most, each by itself: the one that says what is new, and the one with the result that counts. Each half is
checked against its sentence as a bullet is; one that is not verified is left out, and without the first there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from localdigest.checks import mending
from localdigest.checks.registry import BULLET, MARK, Case, findings, gravest, remarks
from localdigest.evidence import leads
from localdigest.evidence.choice import words
from localdigest.evidence.sections import roles
from localdigest.flows.rounds import Draft, Means
from localdigest.language.glossary import Renderings, offered
from localdigest.language.profile import find
from localdigest.language.prompts import Prompt
from localdigest.records import Completion, Document, Evidence, Finding, Paper, Point, Request, Sampling
from localdigest.text.quantities import scaled
from localdigest.text.sentences import split

HALF = 25
"""Han characters that a half is asked for with."""
LONGEST = 60
"""Of the whole, at most: what is longer is cut to whole clauses, or goes without its second half."""
OF_ABSTRACT = 0.85
"""Share of a sentence's words that the abstract has too, where the PDF's sentence is one of the abstract."""
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

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request:
        language = find(self.prompt.language)
        messages = self.prompt.messages(
            text=self.evidence.quote,
            part="results" if self.says == "result" else "method",
            numbers=scaled(self.evidence.quote, language),
            terms=offered(self.terms if hints else {}),
            characters=round(HALF * language.width),
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
    return _halves([Evidence(0, text) for text in split(paper.abstract)], paper, means)


def of_document(document: Document, paper: Paper, means: Means) -> list[Half]:
    """The same, of the abstract as the PDF has it."""
    known = set(words(paper.abstract))
    body = [sentence for sentence in document.sentences if sentence.kind == "text"]
    own = [s for s in body if (of := words(s.text)) and len(known.intersection(of)) >= OF_ABSTRACT * len(set(of))]
    role = dict(zip(document.sentences, roles(document), strict=True))
    found = own or [sentence for sentence in body if role[sentence] == "abstract"] or body
    return _halves([Evidence(s.page, s.text) for s in found[:OPENING]], paper, means)


def _halves(abstract: Sequence[Evidence], paper: Paper, means: Means) -> list[Half]:
    if means.gist is None:
        return []
    chosen = leads.headline([sentence.quote for sentence in abstract], paper.title)
    kinds: tuple[Literal["new", "result"], ...] = ("new", "result")
    return [
        Half(says, abstract[place], paper.title, means.gist, means.glossary.find(abstract[place].quote))
        for says, place in zip(kinds, chosen, strict=False)
    ]


def joined(halves: Sequence[Half], drafts: Sequence[Draft]) -> Point | None:
    """One sentence of what is verified; None without what is new."""
    if not halves or gravest(drafts[0].left) >= MARK:
        return None
    language = find(halves[0].prompt.language)
    said = [draft.text.rstrip(language.stop) for draft in drafts if gravest(draft.left) < MARK]
    said = [_within(text, LONGEST * language.width) for text in said]
    if sum(map(len, said)) > LONGEST * language.width or len(set(said)) < len(said):
        said = said[:1]
    semicolon = "；" if language.full_width else "; "
    evidence = tuple(half.evidence for half, _ in zip(halves, said, strict=False))
    return Point(semicolon.join(said) + language.stop, evidence)


def _within(text: str, longest: float) -> str:
    """As many of its clauses as have room."""
    while len(text) > longest and (cut := max(text.rfind(mark) for mark in "，,；;")) > 0:
        text = text[:cut]
    return text
