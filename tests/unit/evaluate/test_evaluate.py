"""`localdigest eval`: figures of texts whose errors are known, the whole command on a scripted engine, two runs."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.evaluate import Cost, Explained, report, scores, table
from localdigest.evaluate.compare import compare
from localdigest.evaluate.figures import Rate, breakdowns, translations
from localdigest.evaluate.judge import ground, judge, script_share
from localdigest.messages.errors import InputRefused, LocaldigestError
from localdigest.records import Evidence, Finding, Point, Usage
from tests.kit.measurements import BAD, EN, GOOD, breakdown, command, run, text

needs_sacrebleu = pytest.mark.skipif(importlib.util.find_spec("sacrebleu") is None, reason="needs sacrebleu")


# ---------------------------------------------------------------- one translation


def test_a_good_translation_has_nothing_against_it() -> None:
    verdict = judge(EN, GOOD, (), "zh-CN")
    assert (verdict.numbers, verdict.urls, verdict.latex, verdict.code) == (3, 1, 1, 1)
    assert (verdict.missing, verdict.invented, verdict.unmarked) == ((), (), 0)
    assert verdict.urls_changed == verdict.latex_changed == verdict.code_changed == 0
    assert (verdict.english_run, verdict.looping, verdict.wrong_script) == (1, False, False)


def test_a_bad_one_has_each_of_its_errors() -> None:
    verdict = judge(EN, BAD, (), "zh-CN")
    assert [float(value) for value in verdict.missing] == [2.8, 13_000_000]
    assert [int(value) for value in verdict.invented] == [1_300_000_000]
    assert verdict.unmarked == 3
    assert (verdict.urls_changed, verdict.latex_changed, verdict.code_changed) == (1, 1, 1)
    assert verdict.english_run == 5


def test_a_number_is_marked_by_an_unresolved_finding_that_names_it() -> None:
    missing, invented = Finding("number-missing", "13 million"), Finding("number-invented", "13亿")
    assert judge(EN, BAD, (missing,), "zh-CN").unmarked == 2
    assert judge(EN, BAD, (missing, invented, Finding("number-missing", "2.8%")), "zh-CN").unmarked == 0
    assert judge(EN, BAD, (replace(missing, resolved=True), Finding("english", "13亿")), "zh-CN").unmarked == 3


def test_money_is_no_latex() -> None:
    verdict = judge(
        "It costs $5 here and $10 there, or $n$ dollars.", "这里五美元，那里十美元，或者 $n$ 美元。", (), "zh-CN"
    )
    assert (verdict.latex, verdict.latex_changed) == (1, 0)


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("zh-CN", "语音识别。", False),
        ("zh-CN", "語音識別。", True),
        ("zh-CN", "语音の识别。", True),
        ("zh-CN", "语音인식。", True),
        ("zh-TW", "語音識別。", False),
        ("zh-TW", "语音识别。", True),
        ("ja", "音声の認識。", False),
        ("ja", "음성 인식", True),
        ("ko", "음성 인식", False),
        ("ko", "音声の認識", True),
        ("de", "Spracherkennung für alle", False),
        ("de", "Spracherkennung 语音", True),
        ("fr", "Речь", True),
    ],
)
def test_a_character_of_another_script_is_told(language: str, text: str, wrong: bool) -> None:
    assert judge("Speech recognition.", text, (), language).wrong_script is wrong


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-TW", "1300萬小時，2.8%"),
        ("ja", "1300万時間、2.8%"),
        ("ko", "1300만 시간, 2.8%"),
        ("de", "13 Millionen Stunden, 2,8 %"),
        ("de", "13.000.000 Stunden, 2,8 %"),
        ("fr", "13 millions d'heures, 2,8 %"),
        ("fr", "13 000 000 heures, 2,8 %"),
        ("es", "13 millones de horas, 2,8 %"),
        ("pt", "13 milhões de horas, 2,8%"),
        ("es", "13 millones de horas, 2.8 %"),
    ],
)
def test_numbers_count_in_each_languages_writing(language: str, text: str) -> None:
    verdict = judge("13 million hours, 2.8%", text, (), language)
    assert (verdict.missing, verdict.invented) == ((), ())
    assert judge("13 million hours, 2.8%", text.replace("13", "14"), (), language).unmarked == 2


def test_english_left_in_german_is_counted() -> None:
    source = "The model is trained on many hours of speech."
    assert judge(source, "Das Modell wird mit vielen Stunden Sprache trainiert.", (), "de").english_run == 0
    assert judge(source, "Das Modell is trained on many hours Sprache.", (), "de").english_run == 5


def test_a_loop_is_told_and_the_share_of_script_is_of_letters_only() -> None:
    assert judge("A", "我们训练了模型，" * 5, (), "zh-CN").looping
    assert not judge("A", "我们训练了模型，然后测试了它。", (), "zh-CN").looping
    assert judge("A", "das ist ein gutes und neues Modell " * 5, (), "de").looping
    assert script_share("模型 abcd", "zh-CN") == pytest.approx(2 / 3)
    assert script_share("Modell", "de") is None


# ---------------------------------------------------------------- one breakdown


def test_a_breakdown_is_looked_up_in_its_pages() -> None:
    pages = ["We use three sta-\nges.", "The error falls to 2.8% with", "13 million hours."]
    made = breakdown(
        ("method", Point("系统有3个阶段。", (Evidence(1, "We use three stages."),))),
        (
            "results",
            Point("错误率降到2.8%，用了1300万小时。", (Evidence(2, "The error falls to 2.8% with 13 million hours."),)),
        ),
        ("results", Point("错误率为 9.9%。", (Evidence(3, "The error falls to 2.8% with"),))),
        ("results", Point("错误率为 7.7%。", (Evidence(9, "no such page"),), verified=False)),
    )
    found = ground(made, pages, "zh-CN")
    assert (found.numbers, found.numbers_unsupported) == (4, 1)
    assert (found.evidence, found.evidence_found) == (4, 2)
    assert (found.points, found.unverified, found.parts_filled, found.result_figures) == (4, 1, 2, 4)
    told = ground(replace(made, gist=Point("错误率为 5.5%。", (Evidence(1, "We use three stages."),))), pages, "zh-CN")
    assert (told.numbers, told.numbers_unsupported, told.evidence_found, told.points) == (5, 2, 3, 4)


# ---------------------------------------------------------------- a run


def test_a_run_counts_each_code_once_a_text() -> None:
    found = translations(
        run(
            text(1),
            text(
                2,
                BAD,
                Finding("number-missing", "13 million"),
                Finding("new-code", "x"),
                Finding("new-code", "y", True),
            ),
            replace(text(3), hyp="", failed="EngineFailed"),
        )
    )
    assert found is not None
    assert (found.texts, found.failed, found.numbers) == (3, 1, 9)
    assert (found.numbers_missing, found.numbers_invented, found.numbers_unmarked) == (5, 1, 5)
    assert found.numbers_unmarked_per_1000 == pytest.approx(1000 * 5 / 9)
    assert (found.urls_changed, found.code_changed, found.texts_with_english) == (2, 2, 1)
    assert (found.output_tokens, found.requests, found.seconds) == (90, 9, 10.0)
    assert found.findings == {"new-code": Rate(1, 1, 1), "number-missing": Rate(0, 1, 1)}
    assert translations(run()) is None


def test_breakdowns_count_parts_figures_and_failures() -> None:
    good = breakdown(
        ("background", Point("一", (Evidence(1, "One."),))),
        ("results", Point("2.8% 与 3.1%", (Evidence(1, "2.8 and 3.1"),))),
    )
    found = breakdowns(
        run(explained=(Explained("p", ("One. 2.8 and 3.1",), good, Usage(1, 2, 3.0, 4)), Explained("q", failed="scan")))
    )
    assert found is not None
    assert (found.papers, found.failed, found.parts, found.parts_filled, found.papers_with_figures) == (2, 1, 6, 2, 1)
    assert (found.numbers, found.supported_share, found.found_share) == (2, 1.0, 1.0)
    assert (found.output_tokens, found.requests) == (200, 4)


def test_the_table_has_a_row_a_figure_and_one_a_code() -> None:
    lines = table.plain_text(table.sections(run(text(1), text(2, BAD, Finding("odd", "x"))))).splitlines()
    assert lines[0] == "Translation"
    rows = {line[2:26].strip(): line[26:].split() for line in lines if line.startswith("  ")}
    assert rows["texts"] == ["2"]
    assert rows["URLs changed"] == ["1", "of", "2"]
    assert rows["tokens/s"] == ["6.0"]
    assert any(re.fullmatch(r"  odd +1  1 unresolved, in 1 of 2 texts", line) for line in lines)


def test_without_sacrebleu_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "installed", lambda: False)
    found = translations(run(text(1)))
    assert found is not None
    assert found.scores is None
    assert found.numbers == 3
    assert "which sacrebleu counts: " in table.plain_text(table.sections(run(text(1))))


# ---------------------------------------------------------------- two runs


@needs_sacrebleu
def test_comparison_keeps_to_the_texts_of_both() -> None:
    a = run(text(1), text(2), text(3, BAD), text(4))
    b = run(text(3), text(2), text(1), text(9, BAD), way="plain")
    found = compare(a, b)
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
    shown = table.plain_text(table.compared(found))
    assert re.search(r"flow +plain +difference", shown)
    assert re.search(r"URLs changed +1 of 3 +0 of 3 +-1\n", shown)
    told = report.comparison(found)
    assert told["a"]["translation"]["texts"] == 3
    assert told["chrf_difference"]["texts"] == 3


@needs_sacrebleu
def test_summed_statistics_are_the_corpus_score() -> None:
    hyps, refs = [GOOD, BAD, "短"], [GOOD, GOOD, GOOD]
    summed = [sum(column) for column in zip(*scores.chrf_statistics(hyps, refs), strict=True)]
    assert scores.chrf_of(summed) == pytest.approx(scores.score(hyps, refs, "zh-CN").chrf, abs=0.01)


def test_runs_with_nothing_in_common_are_refused() -> None:
    with pytest.raises(InputRefused, match="no text in common"):
        compare(run(text(1)), run(text(2)))
    with pytest.raises(InputRefused, match="of one language"):
        compare(run(text(1)), replace(run(text(1)), language="de"))


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "nothing to measure"),
        (("pairs.jsonl", "--pdfs", "x"), 2, "go together"),
        (("pairs.jsonl", "--plain", "--language", "ja"), 2, "plain prompt is in zh-CN"),
        (("absent.jsonl",), 4, "cannot be read"),
        (("bad.jsonl",), 4, "line 2: a pair is"),
        (("pairs.jsonl", "pairs.jsonl"), 4, "there twice"),
        (("--compare", "pairs.jsonl", "pairs.jsonl"), 4, "cannot be read as a run"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_exit_code(
    words: tuple[str, ...], code: int, told: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    Path("bad.jsonl").write_text('{"id": "a", "en": "b"}\n{"id": "a"}\n', encoding="utf-8")
    done = command("eval", *words)
    assert isinstance(done.exception, LocaldigestError)
    assert done.exception.exit_code == code
    assert told in str(done.exception)
