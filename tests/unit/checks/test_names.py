"""Names that a translation keeps, and the punctuation around them."""

from __future__ import annotations

import pytest

from localdigest.checks import english, mending, names, numbers
from localdigest.checks.registry import Case
from localdigest.language.profile import Language
from localdigest.records import Finding
from localdigest.text import punctuation, spans
from localdigest.text.sentences import split
from tests.kit import cases
from tests.kit.flows import GOOD, play, these, translation
from tests.kit.languages import LANGUAGES

CHINESE = LANGUAGES["zh-CN"]
SOURCE = "We compare LibriSpeech, wav2vec, MiMo-Audio and a LoRA-based RNN on WER, MLPs, F1 and `torchAudio` at 5 kHz."


def test_proper_names_are_those_that_no_language_translates() -> None:
    assert spans.proper_names(spans.names(SOURCE)) == ["LibriSpeech", "wav2vec", "MiMo-Audio", "LoRA"]


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
    assert cases.details(names.missing, draft, SOURCE) == missing


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
    assert mending.spans.names(SOURCE, draft) == mended


@pytest.mark.parametrize(
    ("source", "draft", "mended"),
    [
        ("Results on Opencpop show it.", "OpenPop 上的结果表明了这一点。", "Opencpop 上的结果表明了这一点。"),
        ("TIMIT beats LibriSpeech.", "TIMID 优于 LibriSpeach。", "TIMIT 优于 LibriSpeech。"),
        # What has other figures, a plural, or two that may be meant is left as it is.
        ("GPT-4o and Models of CIFAR10.", "GPT-5o、Model 与 CIFAR100。", "GPT-5o、Model 与 CIFAR100。"),
        ("Using ModelA and ModelB.", "使用 ModelC。", "使用 ModelC。"),
    ],
)
def test_a_name_that_is_a_letter_off_is_put_right(source: str, draft: str, mended: str) -> None:
    assert mending.spans.misspelt(source, draft) == mended
    if draft != mended:
        assert mending.mended(draft, source, LANGUAGES["de"]) != mended  # whose words may be a letter off English ones


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
        ("预训练、 Omni 预训练， `a, b` 。“ 好 ”", "预训练、Omni 预训练，`a, b`。“好”"),
    ],
)
def test_chinese_has_full_width_punctuation_outside_of_spans(text: str, full: str) -> None:
    assert punctuation.full_width(text) == full
    assert punctuation.full_width(full) == full
    assert spans.protected(full) == spans.protected(text)


def test_what_is_based_on_a_name_is_said_in_chinese() -> None:
    english = "GRPO-based training of a Qwen2-Audio-based, ASR-only model."
    said = "GRPO-based训练基于 Qwen2-Audio-based 的 ASR-only 模型。"
    assert mending.sentence(said, english, CHINESE) == "基于 GRPO 的训练基于 Qwen2-Audio 的仅 ASR 的模型。"
    assert cases.translation("基于 GRPO 的训练，模型仅做识别。", "stop", "GRPO-based training.", language=CHINESE) == []


def test_a_capital_does_not_make_a_name_of_a_word() -> None:
    source = "In reverberant noise, Whisper fails."
    assert english.ordinary_words(Case(source, "Reverberant 噪声和 Whisper。", CHINESE)) == ["Reverberant"]


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
    found = cases.point(bullet, "stop", evidence, language=CHINESE, title=title)
    assert [(f.code, f.detail) for f in found] == ([] if supported else [("name-unsupported", "MiMo-Audio")])


@pytest.mark.parametrize(
    ("source", "said", "mended"),
    [
        ("It scores 73.27 and 60.66 points.", "得分为73.27%和60.66％。", "得分为73.27和60.66。"),
        ("It scores 73.27 percent.", "得分为73.27%。", "得分为73.27%。"),
        ("It scores 73.27\\% of 5.", "得分为5%中的73.27%。", "得分为5%中的73.27%。"),
        ("He is 100 percent certain.", "他百分之百确定。", "他100%确定。"),
        (
            r"The $3\times 3$ and $3\times 3$ kernels.",
            r"$3 \times 3$ 和 $3 \times  3$ 卷积核。",
            r"$3\times 3$ 和 $3\times 3$ 卷积核。",
        ),
        ("We train for $30$ iterations at $0.3$.", "以$0.3$训练30次。", "以$0.3$训练$30$次。"),
        ("We train for $30$ iterations in 30 days.", "30天内训练30次。", "30天内训练30次。"),
    ],
)
def test_what_can_mean_one_thing_only_is_put_right(source: str, said: str, mended: str) -> None:
    assert mending.sentence(said, source, CHINESE) == mended


def test_all_echoes_of_the_prompt_are_left_out() -> None:
    said = "（原样保留 $l^\\mathrm{th}$。） （上一次的译文没有用这个译名：隐藏层。） 第 $l^\\mathrm{th}$ 层。"
    assert mending.sentence(said, "The $l^\\mathrm{th}$ layer.", CHINESE) == "第 $l^\\mathrm{th}$ 层。"


def test_the_day_of_a_week_is_no_three() -> None:
    source = "It begins at 3 p.m. on Wednesday, Oct. 2, 1968."
    assert split(f"It ends. {source}") == ["It ends.", source]
    assert numbers.lost("1968年10月2日周三开始。", source, CHINESE) == ["3"]
    assert cases.details(numbers.invented, "1968年10月2日周三下午3点开始。", source) == []


def test_a_broken_span_is_asked_for_again_behind_a_placeholder() -> None:
    source = r"For some constant $c$ the loss $\ell(c)$ is convex, see [3]."
    lost, kept = r"损失 $\ell(c)$ 是凸的。", "对于常数 <x1/>，损失《x2/》是凸的，见 [3]。"
    draft, _, (_, again) = play(translation(source), these(lost), these(kept))
    assert draft.text == r"对于常数 $c$，损失$\ell(c)$是凸的，见 [3]。"
    asked = again[0].messages[-1].text
    assert "For some constant <x1/> the loss <x2/> is convex, see [3]." in asked
    assert "原样保留 [3]" in asked
    assert "$c$" not in asked
    assert all(finding.resolved for finding in draft.findings)


@pytest.mark.parametrize(
    ("draft", "evidence", "missing"),
    [
        # A figure belongs to the name it stands behind.
        ("GPT-3.5、GPT-4、GPT-5 和 Qwen2.5", "GPT-3.5 on 4 GPUs, Qwen2 for 5 days", ["GPT-4", "GPT-5", "Qwen2.5"]),
        ("AISHELL-2", "AISHELL-1 and 2 other sets", ["AISHELL-2"]),
        ("AISHELL-2", "AISHELL-1, 2000 hours, 2%", ["AISHELL-2"]),
        ("AISHELL-2", "AISHELL-1 and AISHELL-2", []),
        ("AISHELL-2", "AISHELL-1/2 hours", []),
        ("AISHELL-2", "AISHELL-1 and -2 sets", []),
        ("AISHELL-2", "AISHELL-1 and 2 are used", []),
        ("Step-Audio-2", "Step-Audio-1, 2.", []),
        ("Llama-3.2-1B", "Llama 3.2 in 1B", []),
        ("Llama-3.2-1B", "Llama 3.1 in 1B, 2", ["Llama-3.2-1B"]),
        # Initials are those of a phrase.
        ("MOS 和 SAW", "models of speech; speech and words", ["MOS", "SAW"]),
        ("SEW", "speech, enhanced words", ["SEW"]),
        ("WER、SNR、LSTM", "word error rate, signal-to-noise ratio, long short-term memory", []),
        ("TTS、SOTA、MoE", "Text to speech is the state of the art in mixture of experts", []),
        ("LLMs 和 RNN-T", "a large language model and a recurrent neural network transducer", []),
    ],
)
def test_a_name_is_supported_only_with_its_own_figure(draft: str, evidence: str, missing: list[str]) -> None:
    assert cases.details(names.unsupported, draft, evidence) == missing


def test_a_figure_of_a_lost_name_is_not_found_elsewhere() -> None:
    source = "We use AISHELL-1 and AISHELL-2."
    assert cases.details(names.missing, "用 AISHELL-1 和另外 2 个数据集。", source) == ["AISHELL-2"]
    assert cases.details(names.missing, "用 AISHELL-1 和 2。", source) == []


GERMAN = LANGUAGES["de"]


@pytest.mark.parametrize(
    ("draft", "language", "invented"),
    [
        ("比较 BART 与 WenetSpeech、TIMID、AISHELL-3。", CHINESE, ["BART", "WenetSpeech", "TIMID", "AISHELL-3"]),
        ("比较 Bert、AISHELL2 与 timit 的 WER，TTS 用 GPU 的 kHz、API。", CHINESE, []),
        ("MiMo-Audio 与 VITS 比较。", CHINESE, []),
        ("BART mit WenetSpeech, TIMID und GPT-5-Modellen", GERMAN, ["BART", "WenetSpeech", "TIMID", "GPT-5-Modellen"]),
        ("BERT-basierte KI und AISHELL-2-Daten für NLP", GERMAN, []),
    ],
)
def test_a_name_that_the_source_lacks_is_found(draft: str, language: Language, invented: list[str]) -> None:
    source = "We compare BERT with AISHELL-1/2 on TIMIT by word error rate of Text to Speech."
    title, terms = "MiMo-Audio: A Study", {"speech": ("VITS",)}
    found = cases.translation(draft, "stop", source, language=language, title=title, terms=terms)
    assert [f.detail for f in found if f.code == "name-invented"] == invented


def test_a_sentence_with_a_name_of_another_is_asked_again() -> None:
    draft, _, groups = play(
        translation("We train BERT on it."), these("我们在其上训练 BART。"), these("我们在其上训练 BERT。")
    )
    assert draft.text == "我们在其上训练 BERT。"
    assert len(groups) == 2
    assert draft.findings == (Finding("name-invented", "BART", True, 0),)


def test_what_the_glossary_renders_and_words_that_a_listing_joined_are_no_names() -> None:
    source = "IoT tools inJapan find anE part."
    draft = "物联网工具在日本找到E的部分。"
    assert cases.details(names.missing, draft, source, terms={"IoT": ("物联网", "IoT")}) == []
    assert cases.details(names.missing, draft, source) == ["IoT"]
