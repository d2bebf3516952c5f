"""The breakdown flow for models that cite: the model writes a part from numbered sentences and says which it used.

Each bullet, `- lead: statement [numbers]`, is bound to the sentences that it cites and judged against them as a
condensed one is; one that fails is condensed anew from the same sentences, one without a lead is given that of its
evidence. One without a valid citation is dropped, a part left without any is condensed.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from localdigest.checks import mending
from localdigest.checks.registry import cost, outcome
from localdigest.evidence.choice import MOST, Group, bare, select
from localdigest.flows import captions, gist
from localdigest.flows.condense import BULLET_CHARS, LEAD_CHARS, Bullet, breakdown, bullet, counts, own_terms
from localdigest.flows.rounds import Draft, Means, drafts
from localdigest.language.glossary import offered
from localdigest.language.profile import Language, find
from localdigest.language.prompts import Prompt
from localdigest.records import PARTS, Breakdown, Completion, Finding, Paper, PartName, Request, Usage
from localdigest.records.figures import Figure
from localdigest.records.reading import Document, Sentence
from localdigest.text.quantities import scaled
from localdigest.text.spans import contacts

CHOICE = 2
"""Groups of sentences shown for each bullet wanted: enough to leave some out."""
EVIDENCE_CHARS = 4200
"""Of all the sentences of a part: with the answer they stay within 2,048 tokens."""
MOST_CITED = 4
"""Sentences that support one bullet. One that cites more says nothing of what supports it."""
_CITED = re.compile(r"\s*[\[［【〔]\s*(\d{1,2}(?:\s*[,，、;–-]\s*\d{1,2})*)\s*[\]］】〕]")
_LED = re.compile(r"\s*(?:[-*•·]|\d+[.、)])?\s*\**([^：:*\n]+?)\**\s*(?:：|: )\**\s*(\S.*)", re.DOTALL)
"""`- **lead**：statement`, as models write it."""
_EMPTIED = re.compile(r"\s*[(（]\s*(?:依据|来源|参考|见|evidence|sources?|see)?\s*[:：]?[\s,，、]*[)）]", re.IGNORECASE)
"""Brackets that held nothing but a citation."""
UNCITED = outcome("uncited", "A bullet of a model that cites, without a valid citation. It is left out.")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part to be written, and the sentences that it may be written from."""

    name: PartName
    sentences: tuple[Sentence, ...]
    points: int

    def request(self, prompt: Prompt, paper: Paper, means: Means) -> Request:
        shown = list(map(bare, self.sentences))
        text = " ".join(shown)
        messages = prompt.messages(
            title=paper.title,
            part=self.name,
            sentences=list(enumerate(shown, 1)),
            points=self.points,
            characters=round(BULLET_CHARS[self.name] * find(prompt.language).width),
            numbers=scaled(text, find(prompt.language)),
            terms=offered(means.glossary.find(text)),
        )
        return Request(messages, max_tokens=100 * self.points, sampling=means.sampling)


def cite(
    paper: Paper,
    document: Document,
    prompt: Prompt,
    means: Means,
    lengths: Mapping[PartName, int],
    drawn: Sequence[Figure] = (),
) -> Generator[list[Request], list[Completion], tuple[Breakdown, Usage]]:
    """As `explain`, with `prompt` for a whole part; `means` are those of condensing."""
    wanted = counts(lengths)
    shown = select(document, paper, {part: CHOICE * wanted[part] for part in PARTS}, CHOICE * MOST)
    own = own_terms(document, paper, means)
    parts = [_Part(part, _within(shown[part]), wanted[part]) for part in PARTS if shown[part]]
    answers = yield [part.request(prompt, paper, means) for part in parts]
    usage = Usage().plus(*answers)
    written: list[tuple[Bullet, Draft]] = []
    dropped: list[Finding] = []
    for part, answer in zip(parts, answers, strict=True):
        for text, sentences in cited(answer, part.sentences)[: part.points]:
            if not sentences:
                dropped.append(UNCITED.finding(text[:40], resolved=True))
                continue
            lead, statement = led(text, find(prompt.language))
            piece = replace(bullet(Group(part.name, sentences, 0.0), paper, means, own), lead=lead)
            said = Completion(statement, "stop")
            written.append((piece, Draft(read := piece.read(said), tuple(piece.findings(read, said)))))
    again = [i for i, (_, draft) in enumerate(written) if draft.left]
    fallen = [part for part in PARTS if not any(piece.group.part == part for piece, _ in written)]
    instead = select(document, paper, {part: wanted[part] if part in fallen else 0 for part in PARTS})
    more = [bullet(group, paper, means, own) for part in fallen for group in instead[part]]
    halves = gist.of_document(document, paper, means, own)
    named = captions.beginnings(drawn, paper, means)
    redone, spent = yield from drafts([*(written[i][0] for i in again), *more, *named], means)
    for i, draft in zip(again, redone, strict=False):
        written[i] = (written[i][0], _better(written[i][1], draft))
    rest = redone[len(again) :]
    written += zip(more, rest, strict=False)
    given = [sentence for part in parts for sentence in part.sentences]
    given += [sentence for piece in more for sentence in piece.group.sentences]
    found = breakdown(document, given, written, wanted, halves)
    told, last = yield from gist.of(halves, {}, means)
    return replace(
        found,
        findings=(*dropped, *found.findings),
        gist=told,
        figures=captions.shown(drawn, named, [draft.judged(means.doubt) for draft in rest[len(more) :]]),
    ), usage + spent + last


def cited(answer: Completion, sentences: Sequence[Sentence]) -> list[tuple[str, tuple[Sentence, ...]]]:
    """Each bullet of an answer without its citations, and the sentences that it cites, in their order.

    None where it cites nothing, a sentence that there is not, or more than MOST_CITED. A line that was cut is left out.
    """
    lines = [line for line in mending.thoughtless(answer.text).splitlines() if line.strip()]
    if answer.finish != "stop":
        lines = lines[:-1]
    found: list[tuple[str, tuple[Sentence, ...]]] = []
    for line in lines:
        places = [place for match in _CITED.finditer(line) for place in _numbers(match[1])]
        text = _EMPTIED.sub("", _CITED.sub("", line)).strip()
        if not text or text.endswith((":", "：")) or text.startswith("#"):
            continue
        valid = all(1 <= place <= len(sentences) for place in places) and len(set(places)) <= MOST_CITED
        chosen = tuple(sentences[place - 1] for place in sorted(set(places))) if valid else ()
        found.append((text, chosen))
    return found


def led(text: str, language: Language) -> tuple[str, str]:
    """A bullet's lead and its statement, of `- lead: statement`; no lead where none of its length stands there, or an
    address: what is checked is the statement."""
    found = _LED.match(text)
    lead = found[1].strip() if found else ""
    fits = 2 <= len(lead) <= LEAD_CHARS * language.width and not re.search(r"\d{3}|[。，,;；]", lead)
    if not found or not fits or contacts(lead):
        return "", text
    return lead, found[2]


def _numbers(text: str) -> list[int]:
    """Of `1, 3-5`: 1, 3, 4, 5."""
    found: list[int] = []
    for piece in re.split("[,，、;]", text):
        first, *last = (int(number) for number in re.findall(r"\d+", piece))
        found += range(first, (last[0] if last else first) + 1)
    return found


def _within(groups: Sequence[Group]) -> tuple[Sentence, ...]:
    """The sentences of the best groups that EVIDENCE_CHARS have room for, in the order of the groups."""
    room, kept = EVIDENCE_CHARS, set()
    for group in sorted(groups, key=lambda group: -group.score):
        if len(group.text) <= room:
            room -= len(group.text)
            kept.add(group)
    return tuple(sentence for group in groups if group in kept for sentence in group.sentences)


def _better(said: Draft, condensed: Draft) -> Draft:
    if cost(said.left) <= cost(condensed.left):
        return said
    mended = (replace(f, resolved=True) for f in said.left if f not in condensed.left)
    return Draft(condensed.text, condensed.left, tuple(dict.fromkeys((*mended, *condensed.mended))))
