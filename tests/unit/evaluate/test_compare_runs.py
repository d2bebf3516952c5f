"""`scripts/compare_runs.py`: two saved runs side by side."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.evaluate import Cost, Run, Translated, report, scores, table
from localdigest.messages.errors import InputRefused
from localdigest.records import Finding
from tests.kit.measurements import BAD, GOOD, run, text
from tests.kit.places import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import compare_runs

needs_sacrebleu = pytest.mark.skipif(importlib.util.find_spec("sacrebleu") is None, reason="needs sacrebleu")


def rows(sections: list[table.Section], title: str) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for section in sections if section.title == title for row in section.rows}


@needs_sacrebleu
def test_comparison_keeps_to_the_texts_of_both() -> None:
    a = run(text(1), text(2), text(3, BAD), text(4))
    b = run(text(3), text(2), text(1), text(9, BAD), way="plain")
    found = compare_runs.compare(a, b)
    assert [t.pair.id for t in found.a.translated] == [t.pair.id for t in found.b.translated] == ["t1", "t2", "t3"]
    assert found.a.translating == Cost(0.0, 90, 150)
    assert found.chrf is not None
    assert found.translation is not None
    first, second = (figures.scores for figures in found.translation)
    assert first is not None
    assert second is not None
    assert second.chrf == 100
    assert found.chrf.difference == pytest.approx(second.chrf - first.chrf, abs=0.011)
    assert 0 == found.chrf.low < found.chrf.difference < found.chrf.high
    shown = table.plain_text(compare_runs.compared(found))
    assert re.search(r"flow +plain +difference", shown)
    assert re.search(r"URLs changed +1 of 3 +0 of 3 +-1\n", shown)
    told = compare_runs.as_data(found)
    assert told["a"]["translation"]["texts"] == 3
    assert told["chrf_difference"]["texts"] == 3


@needs_sacrebleu
def test_summed_statistics_are_the_corpus_score() -> None:
    hyps, refs = [GOOD, BAD, "短"], [GOOD, GOOD, GOOD]
    summed = [sum(column) for column in zip(*scores.chrf_statistics(hyps, refs), strict=True)]
    assert scores.chrf_of(summed) == pytest.approx(scores.score(hyps, refs, "zh-CN").chrf, abs=0.01)


def test_runs_with_nothing_in_common_are_refused() -> None:
    with pytest.raises(InputRefused, match="no text in common"):
        compare_runs.compare(run(text(1)), run(text(2)))
    with pytest.raises(InputRefused, match="of one language"):
        compare_runs.compare(run(text(1)), replace(run(text(1)), language="de"))


def beside(a: Run, b: Run) -> dict[str, tuple[str, ...]]:
    return rows(compare_runs.compared(compare_runs.compare(a, b)), "Findings in translations")


def test_findings_of_two_runs_stand_side_by_side() -> None:
    odd, left = Finding("odd", "x", True), Finding("odd", "y")
    same = Finding("same", "z")
    assert beside(run(text(1, GOOD, odd, left, same)), run(text(1, GOOD, odd, same))) == {
        "odd": ("2, 1 unresolved", "1, 0 unresolved", "-1, unresolved -1"),
        "same": ("1, 1 unresolved", "1, 1 unresolved", ""),
    }
    assert rows(
        compare_runs.compared(compare_runs.compare(run(text(1)), run(text(1, GOOD, odd)))), "Findings in translations"
    ) == {
        "odd": ("0, 0 unresolved", "1, 0 unresolved", "+1, unresolved +0"),
    }
    assert beside(run(text(1)), run(text(1))) == {}


def test_a_run_saved_without_terms_is_compared() -> None:
    known: Translated = replace(text(1), terms={"hours": ("小时",), "code": ("代码",)})
    shown = rows(compare_runs.compared(compare_runs.compare(run(text(1)), run(known))), "Translation")
    assert shown["glossary terms kept"] == ("-", "1 of 2", "")


def test_two_files_are_compared_and_another_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, hyp in (("a", GOOD), ("b", BAD)):
        report.save(run(text(1, hyp)), tmp_path / name)
    compare_runs.main([str(tmp_path / "a"), str(tmp_path / "b"), "--json"])
    assert json.loads(capsys.readouterr().out)["b"]["translation"]["urls_changed"] == 1
    (tmp_path / "c").write_text("{}", encoding="utf-8")
    with pytest.raises(SystemExit, match="not a run of"):
        compare_runs.main([str(tmp_path / "a"), str(tmp_path / "c")])
