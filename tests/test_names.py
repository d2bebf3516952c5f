"""Names that a translation keeps, and the punctuation around them."""

from __future__ import annotations

import pytest
from test_flows import GOOD, play, these, translation

from localdigest import check, spans, tidy
from localdigest.languages import LANGUAGES
from localdigest.records import Finding

CHINESE = LANGUAGES["zh-CN"]
SOURCE = "We compare LibriSpeech, wav2vec, MiMo-Audio and a LoRA-based RNN on WER, MLPs, F1 and `torchAudio` at 5 kHz."


def test_proper_names_are_those_that_no_language_translates() -> None:
    assert spans.proper_names(SOURCE) == ["LibriSpeech", "wav2vec", "MiMo-Audio", "LoRA"]


@pytest.mark.parametrize(
    ("draft", "missing"),
    [
        ("在词错误率上比较 LibriSpeech、wav2vec、MiMo-Audio 和基于 LoRA 的循环神经网络。", []),
        ("比较 Librispeech、Wav2Vec、MiMo Audio 和LoRA微调的网络。", []),
        ("比较语音库、wav2vec、MiMo-Audio 和 LoRA。", ["LibriSpeech"]),
        ("比较 LibriSpeech、wav2vec2、MiMi-Audio 和 LoRA。", ["wav2vec", "MiMo-Audio"]),
    ],
)
def test_a_lost_or_altered_name_is_found(draft: str, missing: list[str]) -> None:
    assert check.missing_names(draft, SOURCE) == missing
    found = check.translation(draft, "stop", SOURCE, language=CHINESE)
    assert [f.detail for f in found if f.code == "name-missing"] == missing


@pytest.mark.parametrize(
    ("draft", "mended"),
    [
        ("使用 librispeech 和 MIMO-Audio。", "使用 LibriSpeech 和 MiMo-Audio。"),
        ("使用 MiMo Audio 与 Wav2Vec。", "使用 MiMo-Audio 与 wav2vec。"),
        ("见 https://x.org/librispeech 和 `librispeech`。", "见 https://x.org/librispeech 和 `librispeech`。"),
        ("使用 wav2vec2。", "使用 wav2vec2。"),
    ],
)
def test_a_name_comes_back_as_its_source_writes_it(draft: str, mended: str) -> None:
    assert spans.mend_names(SOURCE, draft) == mended


def test_a_sentence_without_its_name_is_asked_again_with_the_name() -> None:
    draft, _, (_, again) = play(translation(), these(GOOD[0], "在语音库上错误率为2.8%。", GOOD[2]), these(GOOD[1]))
    assert draft.text == "".join(GOOD)
    assert "原样保留 LibriSpeech" in again[0].messages[-1].text
    assert draft.findings == (Finding("name-missing", "LibriSpeech", True, 1),)
    draft, _, _ = play(translation(), rest="在语音库上错误率为2.8%。")
    assert Finding("name-missing", "LibriSpeech", False, 1) in draft.findings


@pytest.mark.parametrize(
    ("text", "full"),
    [
        (
            "我们使用BERT, 并且(见图3)得到1,000个样本; 结果: 好!",
            "我们使用BERT，并且（见图3）得到1,000个样本；结果：好！",
        ),
        ("ALR（自动), 以及平均误差 (MAE)。", "ALR（自动），以及平均误差（MAE）。"),
        ("在 LibriSpeech, TED 上 f(x) = 3:2。", "在 LibriSpeech, TED 上 f(x) = 3:2。"),
        (
            "函数 $f(x), y$ 与 `a(b, c)` 在 https://a.org/b,c 相同。",
            "函数 $f(x), y$ 与 `a(b, c)` 在 https://a.org/b,c 相同。",
        ),
        ("见 [1, 2], 以及 $x$, 即输入。", "见 [1, 2], 以及 $x$，即输入。"),
    ],
)
def test_chinese_has_full_width_punctuation_outside_of_spans(text: str, full: str) -> None:
    assert tidy.full_width(text) == full
    assert tidy.full_width(full) == full
    assert spans.protected(full) == spans.protected(text)


def test_what_is_based_on_a_name_is_said_in_chinese() -> None:
    english = "GRPO-based training of a Qwen2-Audio-based, ASR-only model."
    said = "GRPO-based训练基于 Qwen2-Audio-based 的 ASR-only 模型。"
    assert tidy.sentence(said, english, CHINESE) == "基于 GRPO 的训练基于 Qwen2-Audio 的仅 ASR 的模型。"
    assert check.translation("基于 GRPO 的训练，模型仅做识别。", "stop", "GRPO-based training.", language=CHINESE) == []


def test_a_capital_does_not_make_a_name_of_a_word() -> None:
    source = "In reverberant noise, Whisper fails."
    assert check.leftover_words("Reverberant 噪声和 Whisper。", source) == ["Reverberant"]


@pytest.mark.parametrize(
    ("evidence", "supported"),
    [
        ("We reach the highest score in sound effects (67.9).", True),
        ("The model reaches the highest score in sound effects (67.9).", True),
        ("MiMo-Audio reaches the highest score in sound effects (67.9).", True),
        ("While Step-Audio2 has the highest score in sound effects (67.9), it is weak in speech.", False),
    ],
)
def test_the_papers_system_does_not_stand_in_for_anothers(evidence: str, supported: bool) -> None:
    bullet, title = "MiMo-Audio 在音效上得分最高（67.9）。", "MiMo-Audio: Audio Language Models are Few-Shot Learners"
    found = check.point(bullet, "stop", evidence, language=CHINESE, title=title)
    assert [(f.code, f.detail) for f in found] == ([] if supported else [("name-unsupported", "MiMo-Audio")])
