"""Which texts and papers of a run have something against them, and what: where a person would look first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from localdigest.evaluate import Explained, Run, Translated
from localdigest.evaluate.judge import LEFTOVER, ground, judge
from localdigest.records import PARTS


@dataclass(frozen=True, slots=True)
class Flagged:
    id: str
    found: tuple[str, ...]


def flagged_texts(run: Run) -> list[Flagged]:
    """The translations that the judge has something against, in their order."""
    return [Flagged(t.pair.id, found) for t in run.translated if (found := tuple(_in_text(t, run.language)))]


def flagged_papers(run: Run) -> list[Flagged]:
    """The breakdowns that it has something against, or that have an empty part or a point marked as unverified."""
    return [Flagged(e.id, found) for e in run.explained if (found := tuple(_in_paper(e, run.language)))]


def _in_text(translated: Translated, language: str) -> list[str]:
    if translated.failed:
        return [f"failed: {translated.failed}"]
    verdict = judge(translated.pair.en, translated.hyp, translated.findings, language)
    found = [f"{_written(n)} missing" for n in verdict.missing] + [f"{_written(n)} invented" for n in verdict.invented]
    found += [f"{marked} of these marked"] if (marked := len(found) - verdict.unmarked) else []
    changed = (("URL", verdict.urls_changed), ("LaTeX", verdict.latex_changed), ("code", verdict.code_changed))
    found += [f"{name} changed" for name, count in changed if count]
    found += [f"{verdict.english_run} English words in a run"] if verdict.english_run >= LEFTOVER else []
    found += ["looping"] if verdict.looping else []
    return found + (["wrong script"] if verdict.wrong_script else [])


def _in_paper(explained: Explained, language: str) -> list[str]:
    if not explained.breakdown:
        return [f"failed: {explained.failed}"]
    grounding = ground(explained.breakdown, explained.pages, language)
    filled = {part.name for part in explained.breakdown.parts if part.points}
    counts = (
        ("numbers not in their evidence", grounding.numbers_unsupported),
        ("quotes not on their page", grounding.evidence - grounding.evidence_found),
        ("points unverified", grounding.unverified),
    )
    found = [f"{name}: {count}" for name, count in counts if count]
    return found + [f"nothing on {part}" for part in PARTS if part not in filled]


def _written(value: Fraction) -> str:
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):g}"
