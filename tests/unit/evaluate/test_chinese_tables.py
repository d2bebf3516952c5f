"""The tables of `eval` under a Chinese locale: nothing of them is left in English, and their columns meet."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from localdigest.evaluate import Explained, Gap, facts, table
from localdigest.evaluate.compare import compare
from localdigest.evaluate.pairs import Outcome
from localdigest.messages.terminal import columns
from localdigest.records import Evidence, Finding, Point
from tests.kit.measurements import BAD, GOOD, breakdown, run, text

NAMES = {"URL", "LaTeX", "BLEU", "chrF", "token", "json", "flow", "plain"}
"""Written so in Chinese, too."""
GIVEN = {"odd", "one", "hep", "nucl", "quark", "scan", "memory", "sacrebleu"}
"""What the runs of this test hold."""


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")


def sections() -> list[table.Section]:
    point = Point("比 2.8 好的 3.1", (Evidence(1, "One."), Evidence(1, "Elsewhere.")))
    papers = (
        Explained("1", ("One. 2.8 and 3.1",), breakdown(("background", point), ("results", point))),
        Explained("2", failed="scan"),
    )
    texts = (
        replace(first := text(1, GOOD, Finding("odd", "x")), pair=replace(first.pair, categories=("hep-ph",))),
        *(text(number, BAD) for number in range(3, 30)),
        replace(text(2), hyp="", failed="memory"),
    )
    here, there = (run(*texts, explained=papers, way=way) for way in ("flow", "plain"))
    gaps = tuple(Gap(field, f"quark {number}", 1, 2, ("nucl",)) for field in ("hep", "") for number in range(25))
    judged = table.judged(Outcome(3, ("1",), 2, ("2", "3")))
    chosen = table.evidence({"1": {"method": ["one"]}}, {"1": facts.Held(3, 2, 1, 2, 1)})
    both = compare(here, replace(there, translated=(*texts[:1], *(text(number) for number in range(3, 30)))))
    return [*table.sections(replace(here, gaps=gaps)), *table.compared(both), *judged, chosen]


def test_no_word_of_a_table_is_left_in_english() -> None:
    shown = re.sub(r"\|\S+|\bt\d+", "", table.plain_text(sections()))  # signatures of scores; names of texts
    assert set(re.findall(r"[A-Za-z]{3,}", shown)) - NAMES - GIVEN == set()
    assert len(sections()) > 10


def test_columns_of_han_characters_meet() -> None:
    _title, head, row, _all = table.plain_text(sections()[-1:]).splitlines()
    ends = {columns(line[: line.index(cell) + len(cell)]) for line, cell in ((head, "保住的关键事实"), (row, "1/2"))}
    assert len(ends) == 1


def test_figures_for_programs_stay_english() -> None:
    from localdigest.evaluate import report

    (flagged,) = report.figures(run(text(1, BAD)))["translation"]["flagged"]
    assert "URL changed" in flagged["found"]
