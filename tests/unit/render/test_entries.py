"""What a list says of a paper in a line, and what it warns of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localdigest.records import Evidence, Finding, Part, Point, Result, Translation
from localdigest.render.entries import brief, gist_line, unverified
from tests.kit.digests import MADE, explained, paper

ONE = paper(1)
NONE = Result(ONE.id, 1, "explain", "zh-CN", "failed", "")


def translated(text: str, *pairs: tuple[str, str], language: str = "zh-CN", doubt: int = -1) -> Result:
    findings = (Finding("english", "x", sentence=doubt),) if doubt >= 0 else ()
    made = Translation("", pairs, findings, gist=Point(text, (Evidence(0, "We do."),)) if text else None)
    return Result(ONE.id, 1, "translate", language, "done", "", made, None, MADE)


def test_a_paper_without_a_gist_says_its_first_result_with_its_evidence() -> None:
    point, other = Point("增益 3 dB。", (Evidence(4, "It gains 3 dB."),)), Point("背景。", ())
    told = explained(ONE, other)
    assert told.breakdown
    made = replace(
        told, breakdown=replace(told.breakdown, parts=(Part("background", (other,)), Part("results", (point,))))
    )
    assert brief(translated("要点。"), made) == Point("要点。", (Evidence(0, "We do."),))
    assert brief(translated("", ("One.", "一。")), made) == point


def test_without_a_breakdown_it_says_the_last_sure_sentence_of_its_abstract() -> None:
    pairs = (
        ("One.", "一。"),
        ("Two.", "因此，二。"),
        ("Three.", "三。"),
        ("Code: https://x.org.", "代码：https://x.org。"),
    )
    assert brief(translated("", *pairs, doubt=2), NONE) == Point("二。", (Evidence(0, "Two."),))
    assert brief(translated("", ("We.", "此外，我们看到。")), NONE) == Point("作者看到。", (Evidence(0, "We."),))
    assert brief(translated("", ("One.", "")), NONE) is None
    assert brief(NONE, NONE) is None


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("zh-CN", "接下来，我们训练。", "作者训练。"),
        ("zh-CN", "为了解决这个问题，作者提出 X。", "作者提出 X。"),
        ("zh-CN", "为了解决这些问题的算法，X 更快。", "为了解决这些问题的算法，X 更快。"),
        ("zh-CN", "因此次实验而得名。", "因此次实验而得名。"),
        ("zh-TW", "為了解決這個問題，作者提出 X。", "作者提出 X。"),
        ("ja", "そこで、新しい手法を提案する。", "新しい手法を提案する。"),
        ("ko", "따라서, 새 방법을 제안한다.", "새 방법을 제안한다."),
        ("de", "Daher, so scheint es, geht es.", "Daher, so scheint es, geht es."),
    ],
)
def test_a_line_by_itself_does_not_go_on_from_another(language: str, text: str, shown: str) -> None:
    assert gist_line(translated(text, language=language), None) == shown


def test_a_paper_with_an_unverified_bullet_is_not_all_verified() -> None:
    sure, doubtful = Point("一", ()), Point("二", (), verified=False)
    assert unverified(NONE, explained(ONE, sure, doubtful))
    assert not unverified(NONE, explained(ONE, sure))
    assert not unverified(NONE, NONE)
