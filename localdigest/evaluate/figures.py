"""What a run comes to. Pure: the same run gives the same figures, whenever it is judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from localdigest.evaluate import Explained, Run, Translated, scores
from localdigest.evaluate.judge import LEFTOVER, Grounding, Verdict, ground, judge
from localdigest.messages import Notice
from localdigest.records import PARTS, Finding, PartName


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
    evaluated_tokens: int = 0
    """Prompt tokens that were decoded."""
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
    evaluated_tokens: int = 0
    """Prompt tokens that were decoded."""
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
    terms, kept = _terms(run.translated)
    return Translations(
        **_totals(verdicts, "numbers", "urls", "urls_changed", "latex", "latex_changed", "code", "code_changed"),
        texts=len(verdicts),
        failed=sum(bool(t.failed) for t in run.translated),
        numbers_missing=sum(len(v.missing) for v in verdicts),
        numbers_invented=sum(len(v.invented) for v in verdicts),
        numbers_unmarked=sum(v.unmarked for v in verdicts),
        terms=terms,
        terms_kept=kept,
        texts_with_english=sum(v.english_run >= LEFTOVER for v in verdicts),
        texts_looping=sum(v.looping for v in verdicts),
        texts_in_wrong_script=sum(v.wrong_script for v in verdicts),
        script_share=round(sum(shares) / len(shares), 4) if shares else None,
        scores=_scores(run.translated, run.language),
        output_tokens=run.translating.output_tokens,
        evaluated_tokens=run.translating.evaluated_tokens,
        seconds=run.translating.seconds,
        requests=sum(t.usage.requests for t in run.translated),
        findings=rates(t.findings for t in run.translated),
    )


@dataclass(frozen=True, slots=True)
class InField:
    """Of a run's translations, those of one field."""

    texts: int
    chrf: float | None
    """None without references or without sacrebleu."""
    terms: int
    terms_kept: int
    unresolved: dict[str, int]
    """Findings by code."""


def by_field(run: Run) -> dict[str, InField]:
    """By `Pair.field`, in alphabetical order; texts without a category are of none."""
    texts: dict[str, list[Translated]] = defaultdict(list)
    for translated in run.translated:
        if translated.pair.field:
            texts[translated.pair.field].append(translated)
    return {name: _in_field(texts[name]) for name in sorted(texts)}


def _in_field(texts: Sequence[Translated]) -> InField:
    pairs = [(t.hyp, t.pair.ref) for t in texts if t.pair.ref]
    chrf = None
    if pairs and scores.installed():
        counts = scores.chrf_statistics(*zip(*pairs, strict=True))
        chrf = round(scores.chrf_of([sum(column) for column in zip(*counts, strict=True)]), 2)
    left = {code: rate.unresolved for code, rate in rates(t.findings for t in texts).items() if rate.unresolved}
    return InField(len(texts), chrf, *_terms(texts), left)


def _terms(texts: Sequence[Translated]) -> tuple[int, int]:
    """Of the glossary, and those kept."""
    kept = [_said(renderings, t.hyp) for t in texts for renderings in t.terms.values()]
    return len(kept), sum(kept)


def breakdowns(run: Run) -> Breakdowns | None:
    """The figures of a run's breakdowns; None where it has none. A failed one fills no part."""
    if not run.explained:
        return None
    found = [ground(e.breakdown, e.pages, run.language) if e.breakdown else Grounding() for e in run.explained]
    summed = ("numbers", "numbers_unsupported", "evidence", "evidence_found", "parts_filled", "points", "unverified")
    return Breakdowns(
        **_totals(found, *summed),
        papers=len(found),
        failed=sum(bool(e.failed) for e in run.explained),
        parts=len(PARTS) * len(found),
        papers_with_figures=sum(g.result_figures >= 2 for g in found),
        output_tokens=run.explaining.output_tokens,
        evaluated_tokens=run.explaining.evaluated_tokens,
        seconds=run.explaining.seconds,
        requests=sum(e.usage.requests for e in run.explained),
        findings=rates(e.breakdown.findings for e in run.explained if e.breakdown),
    )


def _totals(found: Sequence[Verdict | Grounding], *names: str) -> dict[str, Any]:
    return {name: sum(getattr(one, name) for one in found) for name in names}


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


# ---------------------------------------------------------------- where a person would look first


@dataclass(frozen=True, slots=True)
class Flagged:
    """A text or paper that has something against it, and what."""

    id: str
    found: tuple[Notice, ...]


def flagged_texts(run: Run) -> list[Flagged]:
    """The translations that the judge has something against, in their order."""
    return [Flagged(t.pair.id, found) for t in run.translated if (found := tuple(_in_text(t, run.language)))]


def flagged_papers(run: Run) -> list[Flagged]:
    """The breakdowns that it has something against, or that have an empty part or a point marked as unverified."""
    return [Flagged(e.id, found) for e in run.explained if (found := tuple(_in_paper(e, run.language)))]


def _in_text(translated: Translated, language: str) -> list[Notice]:
    if translated.failed:
        return [Notice("failed: {why}", translated.failed)]
    verdict = judge(translated.pair.en, translated.hyp, translated.findings, language)
    found = [Notice("{number} missing", _written(n)) for n in verdict.missing]
    found += [Notice("{number} invented", _written(n)) for n in verdict.invented]
    found += [Notice("{count} of these marked", marked)] if (marked := len(found) - verdict.unmarked) else []
    faults = (
        (verdict.urls_changed, Notice("URL changed")),
        (verdict.latex_changed, Notice("LaTeX changed")),
        (verdict.code_changed, Notice("code changed")),
        (verdict.english_run >= LEFTOVER, Notice("{count} English words in a run", verdict.english_run)),
        (verdict.looping, Notice("looping")),
        (verdict.wrong_script, Notice("wrong script")),
    )
    return found + [told for fault, told in faults if fault]


_EMPTY: Mapping[PartName, Notice] = {
    "background": Notice("nothing on background"),
    "method": Notice("nothing on method"),
    "results": Notice("nothing on results"),
}


def _in_paper(explained: Explained, language: str) -> list[Notice]:
    if not explained.breakdown:
        return [Notice("failed: {why}", explained.failed)]
    grounding = ground(explained.breakdown, explained.pages, language)
    filled = {part.name for part in explained.breakdown.parts if part.points}
    lost = grounding.evidence - grounding.evidence_found
    counts = (
        (
            grounding.numbers_unsupported,
            Notice("numbers not in their evidence: {count}", grounding.numbers_unsupported),
        ),
        (lost, Notice("quotes not on their page: {count}", lost)),
        (grounding.unverified, Notice("points unverified: {count}", grounding.unverified)),
    )
    found = [told for count, told in counts if count]
    return found + [_EMPTY[part] for part in PARTS if part not in filled]


def _written(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):g}"
