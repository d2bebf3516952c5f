"""The breakdown flow for models that condense: the program chooses and groups sentences, the model writes each bullet.

A bullet is bound to the sentences it was written from, so every number in it can be checked against them. What one
rewriting does not mend loses its place (unreadable) or is marked (a number its evidence does not have).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace

from localdigest import check, gloss, numbers, tidy
from localdigest.evidence import Group, select
from localdigest.languages import Language, find
from localdigest.prompts import Prompt
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
    Source,
    Usage,
)

BULLET_CHARS = {"background": 55, "method": 75, "results": 60}
"""Han characters that one group of sentences condenses to, as measured with the starter model."""
SAME = 0.6
"""Share of common character pairs from which two bullets say the same."""
_CITATION = re.compile(r"\s*\[[\d, –-]+\]|\s*\([^()]*\b(?:19|20)\d\d[a-z]?\)")
"""Means nothing in a digest: `[12, 13]`, `(Conneau et al., 2023; Ardila et al., 2020)`."""
_MARKED = ("number-unsupported", "name-unsupported")
"""The findings that mark a bullet as unverified instead of costing it its place."""


def explain(
    paper: Paper,
    document: Document,
    prompt: Prompt,
    gloss_prompt: Prompt,
    sampling: Sampling,
    lengths: Mapping[PartName, int],
) -> Generator[list[Request], list[Completion], tuple[Breakdown, Usage]]:
    """Write the three parts of `paper` from `document`; `lengths` are Han characters a part, about."""
    counts = {part: max(2, round(lengths[part] / BULLET_CHARS[part])) for part in PARTS}
    chosen = select(document, paper, counts)
    groups = [group for part in PARTS for group in chosen[part]]
    language = find(prompt.language)
    usage = Usage()
    findings: list[Finding] = []
    answers = yield [_request(prompt, group, sampling, []) for group in groups]
    drafts = [_draft(group, answer, paper, language) for group, answer in zip(groups, answers, strict=True)]
    for answer in answers:
        usage = usage.plus(answer)
    again = [i for i, (_, problems) in enumerate(drafts) if problems and not gloss.only_words(problems)]
    words = gloss.words(problems for _, problems in drafts)
    if again or words:
        answers = yield [
            *(_request(prompt, groups[i], sampling, drafts[i][1]) for i in again),
            *(gloss.request(gloss_prompt, word) for word in words),
        ]
        for answer in answers:
            usage = usage.plus(answer)
        known = gloss.glosses(gloss_prompt, words, answers[len(again) :])
        rewritten = dict(zip(again, answers, strict=False))
        for i, (text, problems) in enumerate(drafts):
            if not problems:
                continue
            candidates = [
                (text, problems),
                *([_draft(groups[i], rewritten[i], paper, language)] if i in rewritten else []),
            ]
            drafts[i] = min(
                (_with_glosses(groups[i], *c, known, paper, language) for c in candidates), key=lambda c: len(c[1])
            )
            findings += [replace(f, resolved=True) for f in problems if f not in drafts[i][1]]
    parts: dict[PartName, list[Point]] = {part: [] for part in PARTS}
    for group, (text, problems) in zip(groups, drafts, strict=True):
        findings += problems
        points = parts[group.part]
        if any(f.code not in (*_MARKED, gloss.CODE) for f in problems):
            continue
        if any(_alike(text, other.text) > SAME for points in parts.values() for other in points):
            findings.append(Finding("said-twice", text[:40], resolved=True))
            continue
        evidence = tuple(Evidence(s.page, s.text) for s in group.sentences)
        points.append(Point(text, evidence, verified=all(f.code not in _MARKED for f in problems)))
    findings += [Finding("part-empty", part) for part in PARTS if not parts[part]]
    source = Source(
        "pdf",
        document.sha256,
        document.pages,
        document.pages_with_text,
        document.read_share,
        document.hidden_text,
    )
    return Breakdown(tuple(Part(p, tuple(parts[p])) for p in PARTS), source, tuple(findings)), usage


def _request(prompt: Prompt, group: Group, sampling: Sampling, problems: list[Finding]) -> Request:
    messages = prompt.messages(
        text=_CITATION.sub("", group.text),
        part=group.part,
        numbers=numbers.scaled(group.text, find(prompt.language)),
        characters=BULLET_CHARS[group.part],
        problems=[(f.code, f.detail) for f in problems],
    )
    return Request(messages, max_tokens=160, sampling=sampling.hotter() if problems else sampling, stop=("\n",))


def _draft(group: Group, answer: Completion, paper: Paper, language: Language) -> tuple[str, list[Finding]]:
    text = tidy.bullet(answer.text, group.text, language)
    found = check.point(text, answer.finish, group.text, answer.detail, language=language, title=paper.title)
    return text, found


def _with_glosses(
    group: Group, text: str, problems: list[Finding], known: Mapping[str, str], paper: Paper, language: Language
) -> tuple[str, list[Finding]]:
    if not text:
        return text, problems
    text = gloss.put_in(text, known)
    cut = [f for f in problems if f.code == "cut"]
    return text, cut + check.point(text, "stop", group.text, language=language, title=paper.title)


def _alike(a: str, b: str) -> float:
    pairs_a, pairs_b = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (a, b))
    return len(pairs_a & pairs_b) / max(1, min(len(pairs_a), len(pairs_b)))
