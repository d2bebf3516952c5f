"""chrF and BLEU from sacrebleu, where it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

from localdigest import files
from localdigest.language.profile import find
from localdigest.messages import Notice


def missing() -> Notice:
    return Notice("no chrF and BLEU, which sacrebleu counts: {command}", files.to_install("eval"))


@dataclass(frozen=True, slots=True)
class Scores:
    """Of a corpus against its references, 0 to 100, with sacrebleu's signatures, which say how they were counted."""

    texts: int
    chrf: float
    bleu: float
    signatures: tuple[str, ...]


def installed() -> bool:
    return importlib.util.find_spec("sacrebleu") is not None


def score(texts: Sequence[str], references: Sequence[str], language: str) -> Scores:
    """Corpus scores of `texts`, one reference each. There must be one, and sacrebleu must be installed."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    chrf, bleu = CHRF(), BLEU(tokenize=find(language).bleu)
    values = [metric.corpus_score(list(texts), [list(references)]) for metric in (chrf, bleu)]
    signatures = tuple(f"{value.name}|{m.get_signature()}" for value, m in zip(values, (chrf, bleu), strict=True))
    return Scores(len(texts), round(values[0].score, 2), round(values[1].score, 2), signatures)


def chrf_statistics(texts: Sequence[str], references: Sequence[str]) -> list[list[int]]:
    """For each text the counts that chrF is made of (hypothesis, reference, common n-grams by length), which add up."""
    from sacrebleu.metrics.chrf import CHRF

    # As sacrebleu's own significance test reads them; it has no public name for a text's counts.
    return [list(row) for row in CHRF()._extract_corpus_statistics(list(texts), [list(references)])]


def chrf_of(counts: Sequence[int]) -> float:
    """chrF of summed counts, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF()._compute_score_from_stats(list(counts)).score)
