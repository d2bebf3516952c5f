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

from localdigest.checks import mending
from localdigest.checks.registry import MARK, gravest
from localdigest.evidence import leads
from localdigest.evidence.leads import OPENER
from localdigest.evidence.sections import roles
from localdigest.evidence.signs import boasts, words
from localdigest.flows.passages import Condensed
from localdigest.flows.rounds import Draft, Means
from localdigest.language.profile import Language, find
from localdigest.records import Evidence, Paper, PartName, Point
from localdigest.records.reading import Document
from localdigest.text.abbreviations import definitions, expanded
from localdigest.text.sentences import split

CHARACTERS: Mapping[PartName, int] = {"method": 34, "results": 26}
"""Han characters that each half is asked for with: what is new, and what came of it."""
LONGEST = 58
"""Of the whole, at most: what is longer is cut to whole clauses, or goes without its second half. A small model writes
a fifth more than it is asked for; the reader's eye takes in some 45 characters at once."""
OF_ABSTRACT = 0.85
"""Share of a sentence's words that the abstract has too, where the PDF's sentence is one of the abstract."""
NO_DRAFTS: Mapping[str, Draft] = MappingProxyType({})
OPENING = 12
"""Sentences of a PDF among which its abstract is, where neither a heading nor the listing tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half(Condensed):
    """A sentence of the paper to be condensed."""

    evidence: Evidence


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
    halves = []
    for (part, characters), evidence in zip(CHARACTERS.items(), (abstract[place] for place in chosen), strict=False):
        shown = expanded(OPENER.sub("", evidence.quote), own)
        half = Half(
            evidence=evidence, source=evidence.quote, shown=shown, part=part, characters=characters, limit=96,
            title=paper.title, prompt=means.gist, terms=means.glossary.find(shown),
        )  # fmt: skip
        halves.append(half)
    return halves


def joined(halves: Sequence[Half], drafts: Sequence[Draft], whole: Mapping[str, Draft] = NO_DRAFTS) -> Point | None:
    """One sentence of what is verified, the result alone where what is new is not; None where neither is.

    `whole` are translations of sentences, by these. One that is short enough is rather taken than what its sentence was
    condensed to, and so is any where that is not verified: of 49 gists (docs/quality.md) most that readers refused had
    lost what the sentence is about.
    """
    verified = []
    for half, draft in zip(halves, drafts, strict=True):
        language = find(half.prompt.language)
        tried = [draft, *([whole[half.evidence.quote]] if half.evidence.quote in whole else [])]
        sure = [each.text for each in tried if each.text and gravest(each.left) < MARK]
        texts = [_alone(text, language) for text in sure]
        if texts:
            fitting = [text for text in texts if _room(text, language) <= LONGEST * language.width]
            verified.append((half, fitting[-1] if fitting else texts[0]))
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
        said[1] = re.sub(rf"^{re.escape(subject[0])}(?!的)\s*(?=.)", "", said[1])  # as one says it: once
    evidence = tuple(half.evidence for (half, _), _ in zip(verified, said, strict=False))
    return Point(("；" if language.full_width else "; ").join(said) + language.stop, evidence)


_SUBJECT = re.compile(r"作者|著者ら[はが]|[A-Za-z][\w.-]*(?= ?[\u3400-\u9fff])")


def _alone(text: str, language: Language) -> str:
    """As one says it of others, and by itself."""
    openers = "|".join(filter(None, language.openers.splitlines()))
    said = mending.third_person(text, language)
    return re.sub(rf"^(?:{openers})+", "", said) if openers else said


def _room(text: str, language: Language) -> float:
    """What `text` takes: of a full-width script's, Latin letters and figures take half."""
    return len(text) - sum(map(str.isascii, text)) / 2 if language.full_width else len(text)
