"""Two runs over the same texts, figure by figure. Differences are B less A."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from localdigest.evaluate import Cost, Run, scores
from localdigest.evaluate.figures import Breakdowns, Translations, breakdowns, translations
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
    return replace(run, translated=translated, explained=explained, translating=costs[0], explaining=costs[1], gaps=())


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
