"""The gist: a paper in one sentence. The program chooses what it is written from, its form and its length.

Asked for a whole abstract's point a small model copies the title or runs on (docs/quality.md). So it condenses two
sentences at most, each by itself: the one that says what is new, and the one with the result that counts. Each half is
checked against its sentence as a bullet is; one that is not verified is left out.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from localdigest.checks.registry import MARK, gravest
from localdigest.evidence import leads
from localdigest.evidence.leads import OPENER
from localdigest.evidence.sections import roles
from localdigest.evidence.signs import boasts, words
from localdigest.flows.passages import Condensed
from localdigest.flows.rounds import Draft, Means, drafts
from localdigest.language.profile import Language, find
from localdigest.records import Completion, Evidence, Paper, PartName, Point, Request, Usage
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


def of(
    halves: Sequence[Half], whole: Mapping[str, Draft], means: Means
) -> Generator[list[Request], list[Completion], tuple[Point | None, Usage]]:
    """The gist of these halves; `whole` are translations of sentences, by these. Only what has no room is condensed."""
    asked = to_condense(halves, whole) if halves else ()
    written, usage = yield from drafts(asked, means)
    condensed = {half.evidence.quote: draft.judged(means.doubt) for half, draft in zip(asked, written, strict=True)}
    return joined(halves, condensed, whole), usage


def to_condense(halves: Sequence[Half], whole: Mapping[str, Draft]) -> Sequence[Half]:
    """Those of which a shorter draft is wanted: none where the translations of their sentences, `whole` by these, are
    verified and have room together."""
    texts = _verified(halves, whole)
    return halves if len(texts) < len(halves) or not _fits(texts, halves) else ()


def joined(halves: Sequence[Half], condensed: Mapping[str, Draft], whole: Mapping[str, Draft]) -> Point | None:
    """One sentence of what is verified, the result alone where what is new is not; None where neither is.

    `condensed` and `whole` are drafts of sentences, by these: shortened and translated. A translation loses nothing, so
    what was shortened is taken only where none has room, or is verified (docs/quality.md).
    """
    verified = [(half, texts) for half in halves if (texts := _verified([half], whole) + _verified([half], condensed))]
    if not verified:
        return None
    language = find(halves[0].prompt.language)
    forms = [form for form in product(*(texts for _, texts in verified)) if _fits(form, halves)]
    said = list(forms[0]) if forms else [min(verified[0][1], key=lambda text: _room(text, language))]
    said = [text.rstrip(language.stop) for text in said]
    if len(said) > 1 and said[0] == said[1]:
        said = said[:1]
    while _room(said[0], language) > LONGEST * language.width and (cut := max(map(said[0].rfind, "，,；;"))) > 0:
        said[0] = said[0][:cut]
    if len(said) > 1 and language.full_width and (subject := _SUBJECT.match(said[0])):
        said[1] = re.sub(rf"^{re.escape(subject[0])}(?![\w.-]|\s*[的之])\s*", "", said[1])  # as one says it: once
    evidence = tuple(half.evidence for (half, _), _ in zip(verified, said, strict=False))
    return Point(("；" if language.full_width else "; ").join(said) + language.stop, evidence)


def _verified(halves: Sequence[Half], drafts: Mapping[str, Draft]) -> list[str]:
    """What those of them say that have a verified draft."""
    found = ((drafts.get(half.evidence.quote), find(half.prompt.language)) for half in halves)
    return [to.alone(draft.text) for draft, to in found if draft and draft.text and gravest(draft.left) < MARK]


def _fits(texts: Sequence[str], halves: Sequence[Half]) -> bool:
    language = find(halves[0].prompt.language)
    return sum(_room(text, language) for text in texts) <= LONGEST * language.width


_SUBJECT = re.compile(r"作者|著者ら[はが]|[A-Za-z][\w.-]*(?= ?[\u3400-\u9fff])")


def _room(text: str, language: Language) -> float:
    """What `text` takes: of a full-width script's, Latin letters and figures take half."""
    return len(text) - sum(map(str.isascii, text)) / 2 if language.full_width else len(text)
