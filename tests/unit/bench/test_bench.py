"""What `bench` makes of its measurements. The contenders themselves take minutes: scripts and people run those."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from localdigest.bench import Job, Report, Row, Trial, as_json, jobs, table, tune, tuned
from localdigest.engine.settings import Settings
from localdigest.messages.terminal import columns


def row(job: Job, contender: str, seconds: float) -> Row:
    return Row(job, contender, seconds, 2800, 3300, 2900, 1 << 30, 0.01 if contender == "localdigest" else 0.0)


REPORT = Report(
    "a.gguf",
    1 << 30,
    "llama-cpp-python 1.0, CPU",
    {
        "prefill": 100.0,
        "bandwidth": 2e10,
        "decode": [
            {"context": 900, "slots": 16, "single": 10.0, "together": 45.0},
            {"context": 2500, "slots": 8, "single": 8.0, "together": 20.0},
        ],
    },
    (
        row("abstracts", "Llama", 300),
        row("abstracts", "localdigest", 100),
        row("explanations", "Llama", 90),
        row("explanations", "localdigest", 60),
    ),
)


def test_ratios_say_how_many_times_faster_it_is() -> None:
    assert REPORT.ratios == {
        "decode_16_vs_single": 4.5,
        "decode_8_long_vs_single": 2.5,
        "abstracts_vs_single": 3.0,
        "explain_vs_single": 1.5,
    }
    assert json.loads(as_json(REPORT))["ratios"] == REPORT.ratios


def test_what_was_not_measured_has_no_ratio() -> None:
    assert Report("a.gguf", 1, "", {}, (row("abstracts", "localdigest", 100),)).ratios == {}


def test_the_table_says_what_was_measured() -> None:
    text = "\n".join(table(REPORT))
    # 20 GB/s over a file of 1 GiB: 18.6 passes a second; 16 sequences would have 298, but arithmetic allows 100.
    assert "one sequence can have 19 tokens/s at most" in text
    assert "16 sequences 45.0 (4.5x; the roofline says at most 100)" in text
    line = next(line for line in text.splitlines() if line.startswith("localdigest"))
    assert line.split() == ["localdigest", "100.0", "28.0", "33.0", "2900/3300", "1.04", "468", "1.00", "1.0%"]


def test_no_word_of_the_table_is_left_in_english_under_a_chinese_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    _model, *lines = table(REPORT)
    ratios = len(REPORT.ratios)
    shown = "\n".join(lines[:-ratios])
    assert set(re.findall(r"[A-Za-z]{2,}", shown)) == {"token", "GB", "GiB", "Llama", "localdigest"}
    head, own = (next(line for line in lines if line.startswith(name)) for name in ("摘要", "localdigest"))
    assert columns(head[: head.index("秒数") + 2]) == columns(own[: own.index("100.0") + 5])
    assert lines[-ratios:] == table_in_english()[-ratios:], "names of `ratios` in --json"


def table_in_english() -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "en")
        return table(REPORT)


def test_the_jobs_are_those_that_the_figures_are_about() -> None:
    abstracts, explanations = jobs.abstracts(), jobs.explanations()
    assert len(abstracts) == 13
    assert len({request.messages[1].text for request in abstracts}) == 13
    assert len(explanations) == 6
    texts = [request.messages[1].text for request in explanations]
    for paper in (texts[:3], texts[3:]):
        assert len({text[: jobs.PAPER] for text in paper}) == 1
        assert len(set(paper)) == 3
    assert texts[0][:200] != texts[3][:200]


# ---------------------------------------------------------------- tuning


def seconds(settings: Settings, gains: dict[str, float]) -> float:
    """10 s, less what each changed setting gains."""
    default = Settings()
    return 10 - sum(gain for name, gain in gains.items() if getattr(settings, name) != getattr(default, name))


def test_tuning_keeps_what_is_clearly_faster_and_nothing_else() -> None:
    said: list[str] = []
    gains = {"flash": 2, "ubatch": 0.3}
    best, trials = tune(Path("x"), Settings(), lambda s: seconds(s, gains), lambda told: said.append(str(told)))
    assert best == Settings(flash=True)
    assert trials[0] == Trial(Settings(), 10)
    assert said[0] == " 10.00 s an abstract: as it is"
    assert "  8.00 s an abstract: flash = True" in said
    assert tuned(Settings(), best).endswith("flash = True")


def test_tuning_adds_up_changes() -> None:
    best, _ = tune(Path("x"), Settings(), lambda s: seconds(s, {"flash": 2, "kv_type": 1}))
    assert best == Settings(flash=True, kv_type="q8_0")


def test_what_was_fast_by_chance_is_not_kept() -> None:
    times = iter([10.0, 5.0])  # the first look at a change falls into a quiet moment, no later one does
    best, trials = tune(Path("x"), Settings(), lambda _: next(times, 10.0))
    assert best == Settings()
    assert len(trials) > 5
