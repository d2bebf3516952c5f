"""The translation flow: an abstract, sentence by sentence, each checked against its source and repaired.

Sentences rather than whole abstracts: measured with the starter model, no worse in chrF and done in two thirds of the
time, because many short requests keep the batch full (docs/models.md). What is still wrong after the rounds of `repair`
is asked for clause by clause; then the best draft stays, and its findings name the sentence for the page to mark. A
sentence without any draft stands there in English.

The gist is written beside it, from its sentences. The title, when asked for, is one piece more, with a prompt of its
own. Its original stands on the page in any case, so
a draft that stays wrong is not shown at all.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from localdigest.checks import mending
from localdigest.checks.mending.spans import without_new_addresses
from localdigest.checks.registry import LIGHT, NOTHING, TITLE, Kind, cost, gravest
from localdigest.checks.shape import repetition
from localdigest.checks.spans import changed, new_addresses
from localdigest.flows import gist, titles
from localdigest.flows.passages import Passage
from localdigest.flows.rounds import Draft, Effort, Means, drafts
from localdigest.language.glossary import with_one_rendering
from localdigest.language.profile import Language, find
from localdigest.language.prompts import Prompt
from localdigest.records import Completion, Finding, Paper, Request, Translation, Usage
from localdigest.text import spans
from localdigest.text.sentences import clauses, split
from localdigest.text.tex import with_signs


@dataclass(frozen=True, slots=True)
class _Title(Passage):
    """What is to be translated of a title, see `titles.parts`."""

    of: ClassVar[Kind] = TITLE

    def read(self, answer: Completion) -> str:
        text = Passage.read(self, answer)
        return titles.bare(text, self.text, find(self.prompt.language))


def translate(
    paper: Paper, means: Means, title: Prompt | None = None
) -> Generator[list[Request], list[Completion], tuple[Translation, Usage]]:
    """Translate `paper.abstract`; what no repair mends stays as an unresolved finding of its sentence.

    With the prompt `title`, its title too.
    """
    terms = means.glossary.find
    sentences = split(paper.abstract)
    pieces = [Passage(with_signs(text), paper.title, means.prompt, terms(text)) for text in sentences]
    name, rest = titles.parts(paper.title, paper.abstract) if title else ("", "")
    language = find(means.prompt.language)
    form, asked = titles.pieces(rest, language) if title and rest else ("", ())
    headline = [_Title(text, "", title, terms(text)) for text in asked if title]
    halves = gist.of_abstract(paper, means)
    done, usage = yield from drafts([*pieces, *headline], means)
    done, entitled = done[: len(pieces)], done[len(pieces) :]
    cut = {i: parts for i, draft in enumerate(done) if _wrong(draft) and len(parts := clauses(pieces[i].text)) > 1}
    if cut:
        smaller = [replace(pieces[i], text=part, terms=terms(part)) for i in cut for part in cut[i]]
        answers, more = yield from drafts(smaller, replace(means, effort=Effort(tries=1)))
        usage += more
        for i, parts in cut.items():
            done[i] = _better(pieces[i], done[i], [answers.pop(0) for _ in parts])
    texts = with_one_rendering([draft.text for draft in done], [piece.terms for piece in pieces])
    done = [
        _with_lost_spans(_said_once(replace(draft, text=text))).judged(means.doubt)
        for draft, text in zip(done, texts, strict=True)
    ]
    if any(draft.text for draft in done):  # a page of nothing but English would be no translation
        done = [_in_english(draft, text) for draft, text in zip(done, sentences, strict=True)]
    whole = dict(zip(sentences, done, strict=True))
    said, more = yield from gist.of(halves, whole, means)
    usage += more
    findings = [replace(f, sentence=i) for i, draft in enumerate(done) for f in (*draft.mended, *draft.left)]
    pairs = tuple((text, draft.text) for text, draft in zip(sentences, done, strict=True))
    text = language.joiner.join(draft.text for draft in done)
    entitled = [draft.judged(means.doubt) for draft in entitled]
    heading = _heading(name, form, entitled, language)
    found = Translation(text, pairs, tuple(findings), heading, confidence=tuple(draft.confidence for draft in done))
    about_title = tuple(f for draft in entitled for f in (*draft.mended, *draft.left))
    found = replace(
        _without_new_urls(found),
        title_findings=about_title,
        gist=said,
    )
    return found, usage


def _heading(name: str, form: str, drafts: Sequence[Draft], language: Language) -> str:
    """The translated title, or nothing where anything of it is in question: a heading is read at a glance, and the
    original says it right."""
    if not drafts or any(draft.left or not draft.text for draft in drafts):
        return ""
    return titles.whole(name, form.format(*(draft.text for draft in drafts)), language)


def _without_new_urls(draft: Translation) -> Translation:
    """Without URLs that the source lacks, whoever told the model to write them; the export still tells of each.

    A bullet with such a URL has lost its place already; a sentence of an abstract keeps its own.
    """
    sources = "\n".join(source for source, _ in draft.pairs)
    pairs = tuple((source, without_new_addresses(written, sources)) for source, written in draft.pairs)
    text = without_new_addresses(draft.text, sources)

    def is_gone(found: Finding) -> bool:
        return found.code == new_addresses.code or (found.detail in draft.text and found.detail not in text)

    # Mended, so that the page does not print them, nor their parts, as what is wrong.
    findings = (replace(found, resolved=found.resolved or is_gone(found)) for found in draft.findings)
    return replace(draft, text=text, pairs=pairs, findings=tuple(findings))


def _with_lost_spans(draft: Draft) -> Draft:
    """With the URLs, formulas and code that no draft kept in brackets at its end: marked as doubtful, but not lost.

    A citation is no such span: its names and year may be in the text in another form.
    """
    lost = [f.detail for f in draft.left if f.code == changed.code and f.detail in spans.protected(f.detail)]
    return replace(draft, text=mending.behind(draft.text, lost)) if lost and draft.text else draft


def _said_once(draft: Draft) -> Draft:
    """Without the turns of a loop that no further draft was free of: marked all the same."""
    looped = any(found.code == repetition.code for found in draft.left)
    return replace(draft, text=mending.once(draft.text)) if looped else draft


def _in_english(draft: Draft, source: str) -> Draft:
    """The source where there is no draft: it lacks nothing, but that it is not translated."""
    if draft.text:
        return draft
    return replace(draft, text=source, left=tuple(found for found in draft.left if gravest([found]) == NOTHING))


def _wrong(draft: Draft) -> bool:
    return gravest(draft.left) > LIGHT


def _better(piece: Passage, whole: Draft, parts: Sequence[Draft]) -> Draft:
    """The draft of a sentence or the one made of its clauses, whichever has less wrong with it."""
    *before, last = (part.text for part in parts)
    language = find(piece.prompt.language)
    text = language.joiner.join(
        [re.sub(r"(?<![，；：、,;:])[。.]?$", language.comma, part, count=1) for part in before] + [last]
    )
    left = piece.findings(text, Completion(text, "stop"))
    if any(_wrong(part) for part in parts) or cost(left) >= cost(whole.left):
        return whole
    seen = dict.fromkeys((*whole.mended, *(replace(f, resolved=True) for f in whole.left if f not in left)))
    return Draft(text, tuple(left), tuple(seen), min((p.confidence for p in parts if p.confidence), default=None))
