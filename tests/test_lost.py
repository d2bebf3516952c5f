"""What an answer lost: formulas, addresses and code that no draft keeps, a result's figures, words behind a hyphen."""

from __future__ import annotations

import pytest
from test_flows import BULLETS, breakdown, play, points, these, translation

from localdigest import tidy
from localdigest.languages import find
from localdigest.records import Finding


def test_a_lost_span_stands_in_brackets_behind_its_sentence_which_stays_marked() -> None:
    source = "Code for the loss $L_{rec} + \\lambda L_{adv}$ is at https://example.org/a_b and in `train.py`."
    draft, _, _ = play(translation(source), these("损失函数的代码见 https://example.org/a_b。"), rest="代码见网址。")
    assert draft.text == "损失函数的代码见 https://example.org/a_b（$L_{rec} + \\lambda L_{adv}$; `train.py`）。"
    assert draft.pairs == ((source, draft.text),)
    assert {f.detail for f in draft.findings if not f.resolved and f.sentence == 0} == {
        "$L_{rec} + \\lambda L_{adv}$",
        "`train.py`",
    }


def test_nothing_is_put_behind_a_sentence_that_a_second_try_mends() -> None:
    draft, _, _ = play(translation("It is in `train.py`."), these("它在训练脚本里。"), these("它在 `train.py` 里。"))
    assert draft.text == "它在 `train.py` 里。"
    assert all(f.resolved for f in draft.findings)


def test_names_of_a_citation_are_not_put_behind_it() -> None:
    source = "This was shown before (Smith et al., 2020)."
    draft, _, _ = play(translation(source), these("此前已有研究证明这一点（2020）。"), rest="此前已有研究证明这一点。")
    assert "Smith" not in draft.text
    assert [f.code for f in draft.findings if not f.resolved] == ["span-changed"]


def test_a_result_without_the_figures_of_its_evidence_is_asked_for_with_them() -> None:
    flow, groups = breakdown()
    bullets = BULLETS[: len(groups)]
    vague = [*bullets[:-1], "会议测试集上错误率低于基线。"]
    draft, _, (_, again) = play(flow, these(*vague), these(bullets[-1]))
    assert "写出这些数字：4.1, 0.6" in again[0].messages[-1].text
    assert points(draft) == bullets
    assert draft.findings == (Finding("figure-missing", "4.1, 0.6", True),)
    flow, _ = breakdown()
    draft, _, _ = play(flow, these(*vague), rest=vague[-1])
    assert points(draft) == vague, "it is true all the same"
    assert draft.parts[2].points[-1].verified
    assert draft.findings == (Finding("figure-missing", "4.1, 0.6"),)


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ("它缺少长-range依赖。", "它缺少长range依赖。"),  # a word by itself, which is asked for and put in
        ("self-注意力很有用。", "self注意力很有用。"),
        ("在 wav2vec-语音上。", "在 wav2vec-语音上。"),
        ("中-英文。", "中-英文。"),
    ],
)
def test_a_hyphen_between_han_and_an_english_word_goes(said: str, want: str) -> None:
    assert tidy.bullet(said, "It lacks long-range self-attention.", find("zh-CN")) == want
