"""The quality gate: floors hold or not, rise freely, and fall only for a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from localdigest.evaluate.inputs import read_pairs
from localdigest.evaluate.judge import judge
from tests.kit.places import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import quality_gate
from quality_gate import Floor, Pins, read, table, updated, write

FIGURES = {"translation": {"scores": {"chrf": 30.0}, "urls_changed": 0}}
CHRF, URLS = "translation.scores.chrf", "translation.urls_changed"


def pins(chrf: float, urls: float) -> Pins:
    return Pins((Floor(CHRF, "higher", chrf, 1.5), Floor(URLS, "lower", urls)))


def test_floors_hold_or_do_not() -> None:
    assert table(pins(29, 0), FIGURES)[1]
    for worse in (pins(30.1, 0), pins(29, -1)):
        text, holds = table(worse, FIGURES)
        assert not holds
        assert text.count("BELOW") == 1


def test_raising_is_free_and_lowering_needs_a_reason(tmp_path: Path) -> None:
    assert updated(pins(20, 3), FIGURES, "", "2026-01-30") == pins(28.5, 0)
    assert updated(pins(40, 3), FIGURES, "", "2026-01-30") == pins(40, 0)
    low = updated(pins(40, 3), FIGURES, 'a "smaller" model', "2026-01-30")
    assert low.floors == pins(28.5, 0).floors
    (entry,) = low.lowered
    assert entry == {"on": "2026-01-30", "figure": CHRF, "change": "40 to 28.5", "reason": 'a "smaller" model'}
    write(tmp_path / "floors.toml", low)
    assert read(tmp_path / "floors.toml") == low


def test_the_shipped_floors_are_of_figures_that_there_are() -> None:
    names = {floor.figure for floor in read(quality_gate.FLOORS).floors}
    assert {CHRF, "breakdown.supported_share", "breakdown.found_share", "translation.numbers_unmarked"} <= names


def test_what_must_not_change_has_floors_and_is_in_the_set() -> None:
    ceilings = {floor.figure: floor.value for floor in read(quality_gate.FLOORS).floors if floor.better == "lower"}
    pairs = read_pairs([ROOT / "tests" / "data" / "quality.jsonl"])
    for span in ("latex", "code", "urls"):
        assert f"translation.{span}_changed" in ceilings
        assert sum(getattr(judge(pair.en, pair.ref, (), "zh-CN"), span) for pair in pairs) > 1, span
        changed = [pair.id for pair in pairs if getattr(judge(pair.en, pair.ref, (), "zh-CN"), f"{span}_changed")]
        assert changed == [], "a reference lacks it"


@pytest.mark.parametrize(("chrf", "code"), [(99.0, 0), (1.0, 1)])
def test_a_figure_below_its_floor_ends_with_1(chrf: float, code: int, tmp_path: Path) -> None:
    figures: dict[str, dict[str, object]] = {"translation": {}, "breakdown": {}, "evidence": {}}
    for floor in read(quality_gate.FLOORS).floors:
        task, _, name = floor.figure.partition(".")
        if "." not in name:
            figures[task][name] = floor.value
    figures["translation"]["scores"] = {"chrf": chrf, "bleu": 99.0}
    (tmp_path / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "quality_gate.py"), "--figures", str(tmp_path / "figures.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("--lower REASON" in done.stderr) is bool(code)
