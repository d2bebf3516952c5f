"""A paper and results of it, for the library."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from localdigest.records import (
    Paper,
    Result,
    Translation,
)
from tests.kit.digests import paper, translated

WHEN = datetime(2025, 12, 16, 12, tzinfo=UTC)

PAPER = Paper("2512.00001", 1, "标题 & $x$", ("A B",), "Abstract.", ("cs.SD",), "cs.SD", WHEN, WHEN)


def done(text: str, version: int = 1, language: str = "zh-CN") -> Result:
    return Result(PAPER.id, version, "translate", language, "done", "", Translation(text, ()))


VOCODER = replace(
    paper(1, "A fast neural vocoder", ("Yann LeCun", "Ann Zhang")), abstract="We make waveforms of spectrograms."
)

NOISE = replace(
    paper(2, "Speech enhancement with diffusion models", ("Wei Li",)),
    abstract="State-of-the-art suppression of noise; naïve Bayes and $\\beta$-VAE as vocoder baselines.",
    categories=("eess.AS", "cs.LG"),
    published=datetime(2025, 12, 20, tzinfo=UTC),
)

TEXTS = {
    VOCODER.id: translated(VOCODER, "我们从频谱图生成波形，速度很快。"),
    NOISE.id: translated(NOISE, "用扩散模型做语音增强，抑制噪声。"),
}
