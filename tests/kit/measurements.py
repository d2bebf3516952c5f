"""Translations with known errors, runs of `eval` made of them, and the command over a scripted engine."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from localdigest.cli import cli
from localdigest.evaluate import Cost, Explained, Pair, Run, Translated
from localdigest.records import Breakdown, Finding, Part, Point, Source, Usage
from tests.kit.scripted_engine import Scripted

EN = "We train on 13 million hours with 40 GPUs; WER is 2.8%. See https://example.org/x, `fit()` and $x^2$."

GOOD = "我们用40块GPU在1300万小时上训练，WER为2.8%。见 https://example.org/x、`fit()` 和 $x^2$。"

BAD = "我们用 40 块 GPU 在 13亿 小时上训练，见 https://example.org/y、`fit` 和 $x^3$ trained for many long hours。"


def breakdown(*points: tuple[str, Point]) -> Breakdown:
    names = ("background", "method", "results")
    parts = tuple(Part(name, tuple(p for of, p in points if of == name)) for name in names)  # type: ignore[arg-type]
    return Breakdown(parts, Source("pdf", "00", 3, 3, 0.9, 0))


def run(*texts: Translated, explained: tuple[Explained, ...] = (), seconds: float = 10.0, way: str = "flow") -> Run:
    tokens = sum(t.usage.output_tokens for t in texts)
    return Run("m", "zh-CN", way, "e", "0", {}, texts, explained, Cost(seconds, tokens, 0), Cost(4.0, 200, 0))


def text(number: int, hyp: str = GOOD, *findings: Finding) -> Translated:
    return Translated(Pair(f"t{number}", EN, "", GOOD), hyp, findings, Usage(50, 30, 1.0, 3))


def command(*words: str | Path, engine: Scripted | None = None) -> Result:
    made = engine or Scripted()
    return CliRunner().invoke(cli, [*map(str, words)], obj=(None, lambda path, settings: made))
