"""What a run comes to. Pure: the same run gives the same figures, whenever it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from localdigest.evaluate import Cost, Run, Translated, scores
from localdigest.evaluate.judge import LEFTOVER, Grounding, ground, judge
from localdigest.records import PARTS, Finding


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a check of the flows found something: in findings, and in texts that have at least one."""

    resolved: int = 0
    unresolved: int = 0
    texts: int = 0


@dataclass(frozen=True, slots=True)
class Translations:
    texts: int
    failed: int
    numbers: int
    numbers_missing: int
    numbers_invented: int
    numbers_unmarked: int
    """Missing or invented, and no unresolved finding says so."""
    urls: int
    urls_changed: int
    latex: int
    latex_changed: int
    code: int
    code_changed: int
    terms: int
    """Of the glossary, a text's each counted once; 0 in a run that was saved without them."""
    terms_kept: int
    """Those with one of their renderings in the text."""
    texts_with_english: int
    """With four or more leftover English words in a run."""
    texts_looping: int
    texts_in_wrong_script: int
    script_share: float | None
    """Mean over texts; None where the language is written in Latin letters."""
    scores: scores.Scores | None
    """None without references or without sacrebleu."""
    output_tokens: int
    seconds: float
    requests: int
    findings: dict[str, Rate] = field(default_factory=dict)

    @property
    def numbers_wrong_per_1000(self) -> float:
        return 1000 * (self.numbers_missing + self.numbers_invented) / max(1, self.numbers)

    @property
    def numbers_unmarked_per_1000(self) -> float:
        return 1000 * self.numbers_unmarked / max(1, self.numbers)

    @property
    def terms_kept_share(self) -> float | None:
        return self.terms_kept / self.terms if self.terms else None


@dataclass(frozen=True, slots=True)
class Breakdowns:
    papers: int
    failed: int
    numbers: int
    numbers_unsupported: int
    """Of those in verified points: in none of the point's evidence."""
    evidence: int
    evidence_found: int
    parts: int
    """Three a paper."""
    parts_filled: int
    papers_with_figures: int
    """With two different values or more in the results part."""
    points: int
    unverified: int
    output_tokens: int
    seconds: float
    requests: int
    findings: dict[str, Rate] = field(default_factory=dict)

    @property
    def supported_share(self) -> float:
        return 1 - self.numbers_unsupported / max(1, self.numbers)

    @property
    def found_share(self) -> float:
        return self.evidence_found / max(1, self.evidence)


def translations(run: Run) -> Translations | None:
    """The figures of a run's translations; None where it has none. A failed text counts as an empty one."""
    if not run.translated:
        return None
    verdicts = [judge(t.pair.en, t.hyp, t.findings, run.language) for t in run.translated]
    shares = [v.script_share for v in verdicts if v.script_share is not None]
    cost: Cost = run.translating
    return Translations(
        texts=len(verdicts),
        failed=sum(bool(t.failed) for t in run.translated),
        numbers=sum(v.numbers for v in verdicts),
        numbers_missing=sum(len(v.missing) for v in verdicts),
        numbers_invented=sum(len(v.invented) for v in verdicts),
        numbers_unmarked=sum(v.unmarked for v in verdicts),
        urls=sum(v.urls for v in verdicts),
        urls_changed=sum(v.urls_changed for v in verdicts),
        latex=sum(v.latex for v in verdicts),
        latex_changed=sum(v.latex_changed for v in verdicts),
        code=sum(v.code for v in verdicts),
        code_changed=sum(v.code_changed for v in verdicts),
        terms=sum(len(t.terms) for t in run.translated),
        terms_kept=sum(_said(renderings, t.hyp) for t in run.translated for renderings in t.terms.values()),
        texts_with_english=sum(v.english_run >= LEFTOVER for v in verdicts),
        texts_looping=sum(v.looping for v in verdicts),
        texts_in_wrong_script=sum(v.wrong_script for v in verdicts),
        script_share=round(sum(shares) / len(shares), 4) if shares else None,
        scores=_scores(run.translated, run.language),
        output_tokens=cost.output_tokens,
        seconds=cost.seconds,
        requests=sum(t.usage.requests for t in run.translated),
        findings=rates(t.findings for t in run.translated),
    )


def breakdowns(run: Run) -> Breakdowns | None:
    """The figures of a run's breakdowns; None where it has none. A failed one fills no part."""
    if not run.explained:
        return None
    found = [ground(e.breakdown, e.pages, run.language) if e.breakdown else Grounding() for e in run.explained]
    return Breakdowns(
        papers=len(found),
        failed=sum(bool(e.failed) for e in run.explained),
        numbers=sum(g.numbers for g in found),
        numbers_unsupported=sum(g.numbers_unsupported for g in found),
        evidence=sum(g.evidence for g in found),
        evidence_found=sum(g.evidence_found for g in found),
        parts=len(PARTS) * len(found),
        parts_filled=sum(g.parts_filled for g in found),
        papers_with_figures=sum(g.result_figures >= 2 for g in found),
        points=sum(g.points for g in found),
        unverified=sum(g.unverified for g in found),
        output_tokens=run.explaining.output_tokens,
        seconds=run.explaining.seconds,
        requests=sum(e.usage.requests for e in run.explained),
        findings=rates(e.breakdown.findings for e in run.explained if e.breakdown),
    )


def _said(renderings: Sequence[str], text: str) -> bool:
    return any(rendering.casefold() in text.casefold() for rendering in renderings)


def rates(texts: Iterable[Sequence[Finding]]) -> dict[str, Rate]:
    """By code, in alphabetical order: new checks need nothing here."""
    resolved: Counter[str] = Counter()
    unresolved: Counter[str] = Counter()
    having: Counter[str] = Counter()
    for findings in texts:
        resolved.update(f.code for f in findings if f.resolved)
        unresolved.update(f.code for f in findings if not f.resolved)
        having.update({f.code for f in findings})
    return {code: Rate(resolved[code], unresolved[code], having[code]) for code in sorted(having)}


def _scores(translated: Sequence[Translated], language: str) -> scores.Scores | None:
    with_reference = [t for t in translated if t.pair.ref]
    if not with_reference or not scores.installed():
        return None
    return scores.score([t.hyp for t in with_reference], [t.pair.ref for t in with_reference], language)
