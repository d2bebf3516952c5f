"""Two saved runs of `localdigest eval` side by side, over the texts that both have: B less A, figure by figure.

.venv/bin/python scripts/compare_runs.py A.json B.json [--json]
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from localdigest.evaluate import Cost, Run, report, scores
from localdigest.evaluate.figures import Breakdowns, Rate, Translations, breakdowns, translations
from localdigest.evaluate.table import Section, breakdown_rows, plain_text, translation_rows
from localdigest.messages.errors import InputRefused
from localdigest.records import Usage

SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """Of the difference in corpus chrF: 95 % of the bootstrap samples lie within."""

    difference: float
    low: float
    high: float
    better: float
    """Share of the samples in which B is ahead."""
    texts: int


@dataclass(frozen=True, slots=True)
class Comparison:
    a: Run
    b: Run
    """Both with what they have in common only."""
    translation: tuple[Translations, Translations] | None
    breakdown: tuple[Breakdowns, Breakdowns] | None
    chrf: Interval | None
    """None without references or without sacrebleu."""


def compare(a: Run, b: Run) -> Comparison:
    """Compare what both runs translated and explained. Raises InputRefused where that is nothing."""
    if a.language != b.language:
        raise InputRefused(
            "the runs are in {language} and {other}; compare two of one language", a.language, b.language
        )
    pairs = {t.pair for t in a.translated} & {t.pair for t in b.translated}
    papers = {e.id for e in a.explained} & {e.id for e in b.explained}
    if not pairs and not papers:
        raise InputRefused("the two runs have no text in common; measure the same files with both")
    a, b = (_only(run, {pair.id for pair in pairs}, papers) for run in (a, b))
    translated, explained = (translations(a), translations(b)), (breakdowns(a), breakdowns(b))
    return Comparison(
        a,
        b,
        (translated[0], translated[1]) if translated[0] and translated[1] else None,
        (explained[0], explained[1]) if explained[0] and explained[1] else None,
        chrf_interval(a, b) if scores.installed() else None,
    )


def _only(run: Run, pairs: set[str], papers: set[str]) -> Run:
    """The run without the other texts, in the order of their ids; what was left out no longer counts as cost."""
    translated = tuple(sorted((t for t in run.translated if t.pair.id in pairs), key=lambda t: t.pair.id))
    explained = tuple(sorted((e for e in run.explained if e.id in papers), key=lambda e: e.id))
    costs = []
    for whole, kept, cost in (
        (run.translated, translated, run.translating),
        (run.explained, explained, run.explaining),
    ):
        if len(kept) < len(whole):  # how long they took of the whole nobody can tell: they ran side by side
            spent = sum((k.usage for k in kept), Usage())
            cost = Cost(0.0, spent.output_tokens, spent.prompt_tokens, spent.evaluated_tokens)
        costs.append(cost)
    return replace(run, translated=translated, explained=explained, translating=costs[0], explaining=costs[1])


def chrf_interval(a: Run, b: Run) -> Interval | None:
    """Paired bootstrap (Koehn 2004, https://aclanthology.org/W04-3250): texts are drawn with replacement.

    Both runs hold the same texts in the same order. None where no text has a reference.
    """
    refs = [t.pair.ref for t in a.translated if t.pair.ref]
    if not refs:
        return None
    counts = [scores.chrf_statistics([t.hyp for t in run.translated if t.pair.ref], refs) for run in (a, b)]
    whole = list(range(len(refs)))

    def difference(drawn: list[int]) -> float:
        one, other = (
            scores.chrf_of([sum(column) for column in zip(*(rows[i] for i in drawn), strict=True)]) for rows in counts
        )
        return other - one

    dice = Random(0)  # noqa: S311
    drawn = sorted(difference(dice.choices(whole, k=len(whole))) for _ in range(SAMPLES))
    low, high = drawn[round(0.025 * (SAMPLES - 1))], drawn[round(0.975 * (SAMPLES - 1))]
    better = sum(value > 0 for value in drawn) / SAMPLES
    return Interval(round(difference(whole), 2), round(low, 2), round(high, 2), round(better, 3), len(refs))


# ---------------------------------------------------------------- in words


def compared(found: Comparison) -> list[Section]:
    """Both runs' figures side by side, and what the second has more or less."""
    head = ("", found.a.way, found.b.way, "difference")
    if found.a.way == found.b.way:
        same = found.a.model == found.b.model
        head = ("", *(("A", "B") if same else (found.a.model, found.b.model)), "difference")
    parts = []
    if found.translation:
        ours, theirs = (translation_rows(f, run) for f, run in zip(found.translation, (found.a, found.b), strict=True))
        parts.append(_beside(ours, theirs, head, found.chrf))
        parts.append(_findings_beside("Findings in translations", found.translation, head))
    if found.breakdown:
        parts.append(_beside(breakdown_rows(found.breakdown[0]), breakdown_rows(found.breakdown[1]), head))
        parts.append(_findings_beside("Findings in breakdowns", found.breakdown, head))
    return [part for part in parts if part.rows]


def _findings_beside(
    title: str,
    found: tuple[Translations, Translations] | tuple[Breakdowns, Breakdowns],
    head: tuple[str, ...],
) -> Section:
    """For each code that either run has: how many findings, and how many of them unresolved."""
    a, b = (each.findings for each in found)
    rows = []
    for code in sorted({*a, *b}):
        ours, theirs = (rates.get(code, Rate()) for rates in (a, b))
        more = theirs.resolved + theirs.unresolved - ours.resolved - ours.unresolved
        left = theirs.unresolved - ours.unresolved
        told = f"{more:+d}, unresolved {left:+d}" if more or left else ""
        rows.append((code, *(f"{r.resolved + r.unresolved}, {r.unresolved} unresolved" for r in (ours, theirs)), told))
    return Section(title, tuple(rows), head)


def _beside(a: Section, b: Section, head: tuple[str, ...], chrf: Interval | None = None) -> Section:
    rows = []
    for (name, left, _), (_, right, _) in zip(a.rows, b.rows, strict=True):
        numbers = [re.match(r"-?[\d.]+", value) for value in (left, right)]
        told = ""
        if all(numbers) and left != right:
            exact = [match[0] for match in numbers if match]
            digits = max(len(value.partition(".")[2]) for value in exact)
            told = f"{float(exact[1]) - float(exact[0]):+.{digits}f}"
        if name == "chrF" and chrf:
            told = f"{chrf.difference:+.2f}, 95% within {chrf.low:+.2f} and {chrf.high:+.2f} ({chrf.texts} texts)"
        rows.append((name, left, right, told))
    return Section(a.title, tuple(rows), head)


def as_data(found: Comparison) -> dict[str, Any]:
    """Both runs' figures over what they have in common, and the interval of the difference in chrF."""
    told: dict[str, Any] = {"a": report.figures(found.a), "b": report.figures(found.b)}
    return told | ({"chrf_difference": msgspec.to_builtins(found.chrf)} if found.chrf else {})


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs=2, type=Path, metavar="RUN")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(words)
    try:
        found = compare(*map(report.load, asked.runs))
    except InputRefused as refused:
        sys.exit(str(refused))
    print(report.as_json(as_data(found)) if asked.json else plain_text(compared(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
