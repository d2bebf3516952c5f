"""The breakdown flow for models that condense: the program chooses and groups sentences, the model writes each bullet.

A bullet is bound to the sentences it was written from, so every number and name in it can be checked against them. What
rewriting does not mend loses its place (unreadable) or is marked (a number or a name that its evidence does not have).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from localdigest.checks import figures, mending
from localdigest.checks.registry import BULLET, MARK, Case, findings, gravest, outcome, remarks
from localdigest.evidence import captions, choice
from localdigest.evidence.choice import Group, select
from localdigest.flows.rounds import Draft, Means, drafts
from localdigest.language.glossary import Renderings, offered
from localdigest.language.profile import find
from localdigest.language.prompts import Prompt
from localdigest.records import (
    PARTS,
    Breakdown,
    Completion,
    Document,
    Evidence,
    Finding,
    Paper,
    Part,
    PartName,
    Point,
    Request,
    Sampling,
    Sentence,
    Source,
    Usage,
)
from localdigest.text.quantities import scaled

BULLET_CHARS = {"background": 55, "method": 75, "results": 60}
"""Han characters that one group of sentences condenses to, as measured with the starter model."""
SAME = 0.6
"""Share in common (see `_alike`) from which two bullets say the same."""
CITATION = re.compile(rf"\s*\[[\d, –-]+\]|\s*\([^()]*\b(?:19|20)\d\d[a-z]?\)|^{captions.LABEL}")
"""Means nothing in a digest: `[12, 13]`, `(Conneau et al., 2023; Ardila et al., 2020)`, `Table 2: `."""
SAID_TWICE = outcome("said-twice", "A bullet that says what another one does. It is left out.")
PART_EMPTY = outcome("part-empty", "A part without a bullet.")


@dataclass(frozen=True, slots=True)
class Bullet:
    """A group of sentences to be condensed into one; a `repair.Piece`."""

    group: Group
    title: str
    prompt: Prompt
    terms: Mapping[str, Renderings]

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request:
        messages = self.prompt.messages(
            text=CITATION.sub("", self.group.text),
            part=self.group.part,
            numbers=scaled(self.group.text, find(self.prompt.language)),
            terms=offered(self.terms if hints else {}),
            characters=round(BULLET_CHARS[self.group.part] * find(self.prompt.language).width),
            problems=[(finding.code, finding.detail) for finding in problems],
            remarks=remarks(problems, self.prompt.remarks),
        )
        return Request(messages, max_tokens=160, sampling=sampling, stop=("\n",))

    def read(self, answer: Completion) -> str:
        return mending.bullet(answer.text, self.group.text, find(self.prompt.language))

    def findings(self, text: str, answer: Completion) -> list[Finding]:
        source, language = self.group.text, find(self.prompt.language)
        wanted = choice.figures(source) if self.group.part == "results" else ()
        return findings(
            Case(source, text, language, BULLET, answer.finish, answer.detail, self.title, self.terms, wanted)
        )


def explain(
    paper: Paper, document: Document, means: Means, lengths: Mapping[PartName, int]
) -> Generator[list[Request], list[Completion], tuple[Breakdown, Usage]]:
    """Write the three parts of `paper` from `document`; `lengths` are Han characters of Chinese a part, about."""
    chosen = select(document, paper, counts(lengths))
    bullets = [bullet(group, paper, means) for part in PARTS for group in chosen[part]]
    written, usage = yield from drafts(bullets, means)
    shown = [sentence for bullet in bullets for sentence in bullet.group.sentences]
    return breakdown(document, shown, zip(bullets, map(_with_figures, written), strict=True)), usage


def _with_figures(draft: Draft) -> Draft:
    """With the figures that no draft kept in brackets at its end, each behind the name that its evidence gives it to;
    what no name that the bullet speaks of has is left out, and its finding stays."""
    told: list[str] = []
    left: list[Finding] = []
    mended: list[Finding] = []
    for found in draft.left:
        lost = found.values if found.code == figures.missing.code else ()
        owned = [f"{name} {figure}" for name, figure in lost if name and name in draft.text]
        told += owned
        if lost and len(owned) == len(lost):
            mended.append(replace(found, resolved=True))
        else:
            left.append(found)
    if not told:
        return draft
    return Draft(mending.behind(draft.text, told), tuple(left), (*draft.mended, *mended))


def counts(lengths: Mapping[PartName, int]) -> dict[PartName, int]:
    """Bullets a part, for so many Han characters of it."""
    return {part: max(2, round(lengths[part] / BULLET_CHARS[part])) for part in PARTS}


def bullet(group: Group, paper: Paper, means: Means) -> Bullet:
    return Bullet(group, paper.title, means.prompt, means.glossary.find(group.text))


def breakdown(document: Document, shown: Iterable[Sentence], written: Iterable[tuple[Bullet, Draft]]) -> Breakdown:
    """The bullets that may stay, by part and in the order given; findings tell what became of the others.

    `shown` are the sentences that the model was given, whatever it made of them.
    """
    parts: dict[PartName, list[Point]] = {part: [] for part in PARTS}
    findings: list[Finding] = []
    for bullet, draft in written:
        findings += (*draft.mended, *draft.left)
        if gravest(draft.left) > MARK:
            continue
        latin = find(bullet.prompt.language).latin
        if any(_alike(draft.text, other.text, latin) > SAME for points in parts.values() for other in points):
            findings.append(SAID_TWICE.finding(draft.text[:40], resolved=True))
            continue
        evidence = tuple(Evidence(s.page, s.text) for s in bullet.group.sentences)
        verified = gravest(draft.left) < MARK
        parts[bullet.group.part].append(Point(draft.text, evidence, verified=verified))
    findings += [PART_EMPTY.finding(part) for part in PARTS if not parts[part]]
    source = Source(
        "pdf",
        document.sha256,
        document.pages,
        document.pages_with_text,
        document.read_share,
        document.hidden_text,
        len(document.sentences),
        len(set(shown)),
    )
    return Breakdown(tuple(Part(p, tuple(parts[p])) for p in PARTS), source, tuple(findings))


def _alike(a: str, b: str, latin: bool) -> float:
    """Share of common character pairs; in Latin letters, which all texts have the same pairs of, of longer words."""
    if latin:
        of_a, of_b = ({word for word in re.findall(r"\w+", t.lower()) if len(word) > 3} for t in (a, b))
    else:
        of_a, of_b = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (a, b))
    return len(of_a & of_b) / max(1, min(len(of_a), len(of_b)))
