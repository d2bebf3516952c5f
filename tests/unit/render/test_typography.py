"""Chinese, Japanese and Korean as they are set: spaces and punctuation, and what must stay as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localdigest.records import Digest, Point, Result, Translation
from localdigest.render import forms
from localdigest.render.typography import set_digest, typeset
from tests.kit.digests import MADE, digest, explained, paper


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("本文提出Spoken DialogSum——首个将13,460段", "本文提出 Spoken DialogSum——首个将 13,460 段"),
        ("在 3 个数据集上,WER降低28 %,达到90%的", "在 3 个数据集上，WER 降低 28%，达到 90% 的"),
        ("角度30 °,温度 30 °C", "角度 30°，温度 30 °C"),
        ("达到90%(提升5dB).", "达到 90%（提升 5dB）。"),
        ("语音识别 (ASR) 的对比: 更好!", "语音识别（ASR）的对比：更好！"),
        ('“端到端” 的"模型" 与 "GPT-4o"', "“端到端”的“模型”与“GPT-4o”"),
        ("延迟为-5 dB，约±3%...", "延迟为 -5 dB，约 ±3%……"),
        ("我们 使用函数F(x)的值 , 基于Whisper.", "我们使用函数 F(x) 的值，基于 Whisper。"),
        ("参见He et al.", "参见 He et al."),
        ("ＡＢＣ１２３，５０％", "ABC123，50%"),
        ("他说--这是—那个", "他说——这是——那个"),
        ("2:1的比例，时间为12:30", "2:1 的比例，时间为 12:30"),
        ("α粒子与γ射线", "α 粒子与 γ 射线"),
    ],
)
def test_chinese_is_spaced_and_punctuated_as_the_standards_have_it(text: str, shown: str) -> None:
    assert typeset(text, "zh-CN") == shown
    assert typeset(shown, "zh-CN") == shown


@pytest.mark.parametrize(
    "kept",
    [
        "$f(x)=\\alpha, y$", "`a,b:c`", "https://a.b/c?x=1,2", "github.com/a/b", "v1.2.3", "\\mathcal{A, b}",
        "$\\text{若 a,b}$", "a@b.cn",
    ],
)  # fmt: skip
def test_formulas_code_and_addresses_stay_as_they_are(kept: str) -> None:
    assert typeset(f"公式{kept}的", "zh-CN") == f"公式 {kept} 的"


@pytest.mark.parametrize("text", ["We use a model, e.g. (this): 28 %.", "", "…", "3 % , ( x )"])
def test_what_has_no_han_character_is_left_alone(text: str) -> None:
    assert typeset(text, "zh-CN") == text
    assert typeset("中,文", "en") == "中,文"


def test_each_language_is_typeset_by_its_own_rules() -> None:
    assert typeset('"端到端"与“比较”,WER为3 %', "zh-TW") == "「端到端」与「比较」，WER 为 3%"
    japanese = "本手法は Transformer を 用いて, 精度 95 % を達成 (表 2)."
    assert typeset(japanese, "ja") == "本手法はTransformerを用いて、精度95%を達成（表2）。"
    assert typeset("모델은 95 %，정확도。（표 2）", "ko") == "모델은 95%, 정확도. (표 2)"


def day(text: str) -> Digest:
    one = replace(paper(1), abstract="One. Two.")
    pairs = ("One.", "第1句用CNN。"), ("Two.", "第2句。")
    translation = Translation("第1句用CNN。\n第2句。", pairs, (), "标题A", gist=Point(text, ()))
    made = Result(one.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE)
    return digest([one], made, explained(one, Point(text, (), lead="方法A的")))


def test_all_that_a_model_wrote_is_set_and_sentences_are_still_found() -> None:
    found = set_digest(day("用CNN,好"))
    translation = found.results[paper(1).id, "translate"].translation
    assert translation is not None
    assert translation.gist is not None
    assert (translation.title, translation.gist.text) == ("标题 A", "用 CNN，好")
    assert translation.text == "第 1 句用 CNN。\n第 2 句。"
    assert all(draft in translation.text for _, draft in translation.pairs)
    breakdown = found.results[paper(1).id, "explain"].breakdown
    assert breakdown is not None
    assert (breakdown.parts[0].points[0].text, breakdown.parts[0].points[0].lead) == ("用 CNN，好", "方法 A 的")


@pytest.mark.parametrize("name", ["jekyll", "html", "markdown", "epub", "json"])
def test_every_form_for_reading_is_set_unless_the_user_wants_none(name: str) -> None:
    form = forms.FORMS[name]  # type: ignore[index]
    plain, typed = (form.write(day("用CNN,好"), forms.Wishes(typography=wish)) for wish in (False, True))
    assert (plain != typed) == (name != "json")
    if name == "jekyll":
        assert "用CNN,好" in plain
        assert "用 CNN，好" in typed
