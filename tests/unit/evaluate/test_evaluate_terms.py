"""`localdigest eval`: the terms of the glossary that translations keep, and the findings of two runs side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from localdigest.evaluate import Translated, report, table
from localdigest.evaluate.compare import compare
from localdigest.evaluate.figures import translations
from localdigest.records import Completion, Finding
from tests.kit.measurements import EN, GOOD, command, run, text
from tests.kit.scripted_engine import Scripted

TERMS = {"WER": ("词错误率", "wer"), "hours": ("小时",), "code": ("代码",)}


def with_terms(number: int, hyp: str = GOOD) -> Translated:
    return replace(text(number, hyp), terms=TERMS)


def rows(sections: list[table.Section], title: str) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for section in sections if section.title == title for row in section.rows}


def test_terms_are_counted_and_kept_by_any_of_their_renderings() -> None:
    found = run(with_terms(1), with_terms(2, "小时"), text(3), replace(with_terms(4), hyp="", failed="EngineFailed"))
    figures = translations(found)
    assert figures is not None
    assert (figures.terms, figures.terms_kept) == (9, 3)
    assert rows(table.sections(found), "Translation")["glossary terms kept"] == (
        "3 of 9",
        "33.3%, one of their renderings in the text",
    )
    told = report.figures(found)["translation"]
    assert (told["terms"], told["terms_kept"], told["terms_kept_share"]) == (9, 3, 0.3333)


def test_a_run_saved_without_terms_is_read_and_compared(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    report.save(run(text(1)), path)
    data = json.loads(path.read_bytes())
    for one in data["run"]["translated"]:
        del one["terms"]
    path.write_text(json.dumps(data), encoding="utf-8")
    old = report.load(path)
    assert report.figures(old)["translation"]["terms_kept_share"] is None
    shown = rows(table.compared(compare(old, run(with_terms(1)))), "Translation")
    assert shown["glossary terms kept"] == ("-", "2 of 3", "")


def test_the_terms_are_the_workspaces_and_the_shipped_ones(place: Path) -> None:
    (place / "glossary").mkdir()
    (place / "glossary" / "zh-CN.tsv").write_text("GPU\t图形处理器/GPU\nhour\t\n", encoding="utf-8")
    engine = Scripted(lambda request: Completion(GOOD, "stop", 10, 10, 20, 0.1))
    saved = place / "run.json"
    done = command("-q", "-C", place, "eval", place / "pairs.jsonl", "--limit", "1", "--save", saved, engine=engine)
    assert done.exit_code == 0, done.output
    (one,) = report.load(saved).translated
    assert one.pair.en == EN
    assert one.terms["GPUs"] == ("图形处理器", "GPU")
    assert "hours" not in one.terms
    assert report.figures(report.load(saved))["translation"]["terms_kept"] >= 1


def test_findings_of_two_runs_stand_side_by_side() -> None:
    odd, left = Finding("odd", "x", True), Finding("odd", "y")
    found = compare(run(text(1, GOOD, odd, left, Finding("same", "z"))), run(text(1, GOOD, odd, Finding("same", "z"))))
    assert rows(table.compared(found), "Findings in translations") == {
        "odd": ("2, 1 unresolved", "1, 0 unresolved", "-1, unresolved -1"),
        "same": ("1, 1 unresolved", "1, 1 unresolved", ""),
    }
    assert rows(table.compared(compare(run(text(1)), run(text(1, GOOD, odd)))), "Findings in translations") == {
        "odd": ("0, 0 unresolved", "1, 0 unresolved", "+1, unresolved +0"),
    }
    assert rows(table.compared(compare(run(text(1)), run(text(1)))), "Findings in translations") == {}
