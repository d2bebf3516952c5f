"""A day of sixty papers of six fields, as a list shows them: made up, with texts as long as real ones."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

from localdigest.records import Digest, Evidence, Paper, Point, Result, Translation
from localdigest.records.chosen import Chosen, Match
from localdigest.records.figures import Figure, ShownFigure
from localdigest.run.figures import TOGETHER
from tests.kit.digests import MADE, digest, explained, paper, png

FIELDS = ("cs.SD", "cs.CV", "hep-ex", "astro-ph.GA", "math.ST", "q-bio.NC")
MORE = ("cs.LG", "eess.AS", "stat.ML", "physics.data-an")
"""Cross-lists: more categories than have a button of their own."""
COMMENTS = (
    "12 pages, 4 figures",
    "Accepted at ICASSP 2026. Code: https://github.com/someone/something",
    "",
    "Data at https://zenodo.org/records/123456 and https://lab.example.edu/data",
    "Submitted to NeurIPS 2026",
)
TITLE = "面向低资源语音识别的第{}种自监督预训练方法及其在多语种上的迁移"
GIST = "提出第{}种分层编码器，只用十小时标注语音就达到此前百小时系统的水平，词错误率相对降低 12.5%。"
FIGURES: tuple[Figure, ...] = (
    Figure("Figure 2", "Figure 2: The encoder.", 3, "method", 640, 300, png(640, 300)),
    Figure("Table 3", "Table 3: Word error rates.", 8, "results", 400, 700, png(400, 700)),
)


WITHDRAWN, HIDDEN, UNSURE = 42, 47, 44
"""Papers of which the list warns: the last one for a bullet."""


def listed(number: int) -> Paper:
    field = FIELDS[number % 6]
    return replace(
        paper(number + 1, f"A self-supervised pretraining method number {number} for low-resource recognition"),
        categories=(field, MORE[number % 4]),
        primary_category=field,
        abstract=f"We present method {number}. It reduces the word error rate by 12.5% relative.",
        comment="This paper has been withdrawn by the authors" if number == WITHDRAWN else COMMENTS[number % 5],
        hidden_text=2 * (number == HIDDEN),
    )


def results(one: Paper, number: int) -> tuple[Result, Result]:
    first, second = one.abstract.split(". ", 1)
    pairs = ((f"{first}.", f"我们提出第{number}种方法。"), (second, "词错误率相对降低 12.5%。"))
    gist = Point(GIST.format(number), (Evidence(0, second),), verified=number % 17 != 5)
    translation = Translation("".join(draft for _, draft in pairs), pairs, (), TITLE.format(number), gist=gist)
    made = Result(one.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE)
    points = tuple(
        Point(f"第{n}点：编码器分为{n}层。", (Evidence(n, f"It has {n} layers."),), number != UNSURE or n < 4)
        for n in range(1, 5)
    )
    told = explained(one, *points)
    assert told.breakdown
    said = f"第{number}种编码器的结构。" if number % 2 else ""
    figures = (ShownFigure("Figure 2", 3, "method", "Figure 2: The encoder.", said),)
    return made, replace(told, breakdown=replace(told.breakdown, figures=figures))


def sixty(count: int = 60, when: date = date(2025, 12, 17)) -> Digest:
    papers = [listed(number) for number in range(count)]
    made = [result for number, one in enumerate(papers) for result in results(one, number)]
    day = digest(papers, *made)
    matches = (Match("author", "Ann Author"),), (), (Match("interest", "self-supervised learning for speech"),)
    chosen = {one.id: Chosen(number + 1, matches[number % 3]) for number, one in enumerate(papers)}
    figures = {one.id: FIGURES for one in papers[::3]}
    return replace(day, window=replace(day.window, day=when), chosen=chosen, figures=figures)


def full(day: Digest) -> Digest:
    """The same, each paper with three figures that are together as many bytes as they may be."""
    draw = random.Random(7)  # noqa: S311 (no secret)
    sizes = (Figure("Figure 1", "Figure 1: A.", 2, "method", 900, 500, png(900, 500)), *FIGURES)
    drawn = [replace(each, png=each.png + draw.randbytes(TOGETHER // 3 - len(each.png))) for each in sizes]
    return replace(day, figures={one.id: tuple(drawn) for one in day.papers})
