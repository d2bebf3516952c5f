"""What an answer lost: formulas, addresses and code that no draft keeps, a result's figures, words behind a hyphen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localdigest.checks import figures, mending
from localdigest.checks.registry import BULLET, Case
from localdigest.flows import lookup
from localdigest.flows.condense import explain
from localdigest.flows.rounds import EFFORTS
from localdigest.language.profile import find
from localdigest.records import Completion, Finding
from localdigest.records.reading import Sentence
from localdigest.render import told
from localdigest.render.words import words_for
from localdigest.text import spans
from tests.kit import cases
from tests.kit.flows import (
    GOOD,
    LENGTHS,
    REFUSED,
    breakdown,
    bullets_of,
    means,
    paper,
    play,
    points,
    these,
    translation,
)
from tests.kit.languages import LANGUAGES
from tests.kit.readings import document_of


def test_a_lost_span_stands_in_brackets_behind_its_sentence_which_stays_marked() -> None:
    source = "Code for the loss $L_{rec} + \\lambda L_{adv}$ is at https://example.org/a_b and in `train.py`."
    draft, _, _ = play(translation(source), these("损失函数的代码见 https://example.org/a_b。"), rest="代码见网址。")
    assert draft.text == "损失函数的代码见 https://example.org/a_b（$L_{rec} + \\lambda L_{adv}$; `train.py`）。"
    assert draft.pairs == ((source, draft.text),)
    assert {f.detail for f in draft.findings if not f.resolved and f.sentence == 0} == {
        "$L_{rec} + \\lambda L_{adv}$",
        "`train.py`",
    }


@pytest.mark.parametrize(("nothing", "code"), [(REFUSED, "refused"), ("", "empty")])
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_sentence_without_a_draft_stands_in_english_with_a_note(
    nothing: str | Completion, code: str, language: str
) -> None:
    sentence = "The error rate is 2.8% on LibriSpeech."
    empty = [nothing] * EFFORTS["standard"].tries if code == "empty" else []
    draft, _, _ = play(translation(), these(GOOD[0], nothing, GOOD[2]), *(these(again) for again in empty))
    assert draft.text == f"{GOOD[0]}{sentence}{GOOD[2]}"
    assert draft.pairs[1] == (sentence, sentence)
    assert [(f.code, f.sentence) for f in draft.findings if not f.resolved] == [(code, 1)]
    words = words_for(language)
    (left,) = [f for f in draft.findings if not f.resolved]
    assert told.note(words, str, draft.findings) == f"{words.findings[code]} {left.detail}"


def test_a_refused_sentence_is_mended_by_its_clauses() -> None:
    source = "We train the model on 500 hours of read speech, and we test it on 20 hours of meetings."
    parts = ("我们用500小时朗读语音训练模型。", "我们在20小时会议上测试它。")
    draft, _, _ = play(translation(source), these(REFUSED), these(*parts))
    assert draft.text == "我们用500小时朗读语音训练模型，我们在20小时会议上测试它。"
    assert draft.findings == (Finding("refused", REFUSED.detail, True, 0),)
    draft, _, _ = play(translation(source), these(REFUSED), these(parts[0], REFUSED))
    assert draft.text == "", "half of it is none"


def test_a_faulty_draft_is_better_than_none() -> None:
    bad = "我们用13亿小时 training 模型，共7次。"
    draft, _, _ = play(translation(), these(bad, *GOOD[1:]), rest=REFUSED)
    assert draft.pairs[0][1] == "我们用1300万小时 training 模型，共7次。"


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
    bullets = bullets_of(groups)
    at = next(i for i, group in enumerate(groups) if group.text.startswith("Fathom achieves"))
    vague = [*bullets[:at], "会议测试集上错误率低于基线。", *bullets[at + 1 :]]
    draft, _, (_, again) = play(flow, these(*vague), these(bullets[at]))
    assert "写出这些数字：4.1, 0.6" in again[0].messages[-1].text
    assert points(draft) == bullets
    lost = Finding("figure-missing", "4.1, 0.6", values=(("", "4.1"), ("", "0.6")))
    assert draft.findings == (replace(lost, resolved=True),)
    flow, _ = breakdown()
    draft, _, _ = play(flow, these(*vague), rest=vague[at])
    assert points(draft) == vague, "it is true all the same"
    assert all(point.verified for point in draft.parts[2].points)
    assert draft.findings == (lost,)


def test_figures_that_no_draft_keeps_stand_behind_their_names() -> None:
    given = (
        "Fathom2 sets new results on the tests LibriSpeech [4] (4.12) and AISHELL-1 (4.97), and it is the best of all "
        "systems on recordings of meetings of any length."
    )
    sentences = Sentence("We read speech.", 1, "Abstract"), Sentence(given, 3, "Results")
    document = document_of(sentences)
    for vague, want, mended in (
        (
            "它在 LibriSpeech 和 AISHELL-1 上最好。",
            "它在 LibriSpeech 和 AISHELL-1 上最好（LibriSpeech 4.12; AISHELL-1 4.97）。",
            True,
        ),
        ("它在 LibriSpeech 上最好。", "它在 LibriSpeech 上最好（LibriSpeech 4.12）。", False),
        ("它在会议上最好。", "它在会议上最好。", False),
    ):
        flow = explain(paper(title="Fathom2: a small model"), document, means("explain"), LENGTHS)
        draft, _, _ = play(flow, these(vague), rest=vague)
        (point,) = draft.parts[2].points
        assert (point.text, point.verified) == (want, True)
        assert [f.resolved for f in draft.findings if f.code == "figure-missing"] == [mended]


@pytest.mark.parametrize(
    ("source", "said", "want"),
    [
        ("The variable D∗ is the best.", r"变量 \( D^∗ \) 最好。", "变量 D∗ 最好。"),
        ("We get x=3 for E0.", r"对 $E_0$ 有 \[ x = 3 \]。", "对 E0 有 x=3。"),
        ("A topic of 103 numbers.", r"对 \(\pi\) 和 \(10^3\)。", r"对 \(\pi\) 和 \(10^3\)。"),  # nowhere in the source
        ("Its price is 5, not 6.", "价格是$5而不是$6。", "价格是$5而不是$6。"),
        ("From 5 to 6.", "从 $5 to $6。", "从 $5 to $6。"),
        (r"For $E_0$ it is.", r"对 \(E_0\)。", "对 $E_0$。"),  # the source's own
    ],
)
def test_a_formula_is_written_as_the_source_has_it(source: str, said: str, want: str) -> None:
    assert mending.bullet(said, source, find("zh-CN")) == want


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
    assert mending.bullet(said, "It lacks long-range self-attention.", find("zh-CN")) == want


@pytest.mark.parametrize(
    ("source", "said", "want"),
    [
        (
            "(4) a mel-to-wave vocoder.",
            "（声码器即 声码器） （上一次的译文漏了数字 4。） （4）一个声码器。",
            "（4）一个声码器。",
        ),
        ("(4) a mel-to-wave vocoder.", "一个声码器。", "（4）一个声码器。"),
        ("(ii) a vocoder.", "(ii) 一个声码器。", "（ii）一个声码器。"),
        ("(vocoder) is a word.", "（声码器）是一个词。", "（声码器）是一个词。"),
        ("Ils regardent.", "他们在看。（编码器-解码器）即编码器-解码器", "他们在看。"),
        ("Forecasting helps.", "概率预测，即概率预测，很有用。", "概率预测，很有用。"),
        ("Spinless motion.", "无自旋的无自旋运动方程。", "无自旋运动方程。"),
        ("A friend of friends.", "朋友的朋友。", "朋友的朋友。"),
        ("(2) Random", "（2）（原样保留 MAEtest。） （2）随机的，", "（2）随机的，"),
        (
            "Three tests, with the scores of all of them, are run.",
            "三项测试（with the scores of all of them）。",
            "三项测试。",
        ),
        ("A padding token is added.", "添加填充标记（padding token）。", "添加填充标记（padding token）。"),
        ("AMT -- the task of writing -- is hard.", "AMT（转录）-- 写下来 -- 很难。", "AMT——写下来——很难。"),
        ("It has strong MCP.", "它有很强的 MCP（音乐控制点）能力。", "它有很强的 MCP能力。"),
        ("We apply SFF here.", "作者在此使用 SFF（Spectral预测）。", "作者在此使用 SFF。"),
        ("In NTN segments.", "在 NTN（Non-Transferable Network）段中。", "在 NTN段中。"),
        (
            "In NTN (non-terrestrial network).",
            "在 NTN（Non-Terrestrial Network）中。",
            "在 NTN（Non-Terrestrial Network）中。",
        ),
        (
            "It has strong MCP (context kept).",
            "它有很强的 MCP（保持上下文）能力。",
            "它有很强的 MCP（保持上下文）能力。",
        ),
        (
            "Try it at audio.z.ai or example.org/a_b.",
            "请用 音频.z.ai 或 example.org/a_b。",
            "请用 音频.z.ai 或 example.org/a_b。",
        ),
    ],
)
def test_hints_and_guesses_are_no_part_of_a_sentence_and_its_number_is(source: str, said: str, want: str) -> None:
    assert mending.sentence(said, source, find("zh-CN")) == want


def test_an_address_without_its_scheme_is_a_span_and_a_compound_of_words_is_looked_up() -> None:
    source = "Demos of the phoneme-text input are at audio.z.ai (example.org/a_b) on test-clean, e.g. with train.py."
    assert spans.protected(source) == ["audio.z.ai", "example.org/a_b"]
    found = cases.translation(
        "phoneme-text 输入的演示见 音频.z.ai（example.org/a_b），在 test-clean 上。",
        "stop",
        source,
        language=find("zh-CN"),
    )
    assert {(f.code, f.detail) for f in found} == {("english-word", "phoneme-text"), ("span-changed", "audio.z.ai")}
    assert lookup.put_in("混合 phoneme-text 输入。", {"phoneme-text": "音素文本"}) == "混合音素文本输入。"


def test_a_lead_that_the_source_has_is_no_preamble_and_a_placeholder_may_lose_its_slash() -> None:
    zh = find("zh-CN")
    source = "In summary, GRUs have two features:"
    assert cases.translation("总结来说，GRUs具有两个特征：", "stop", source, language=zh) == []
    source = "Obviously, we can compute the sum in :eqref:`eq_sum`."
    assert cases.translation("当然，我们可以直接在 :eqref:`eq_sum` 中计算总和。", "stop", source, language=zh) == []
    assert (
        spans.unmask("由 Tallec 提出 <x1>，见 <X 2 / >。", (":cite:`T.2017`", "$x$"))
        == "由 Tallec 提出 :cite:`T.2017`，见 $x$。"
    )


def test_hints_said_again_are_no_translation_and_the_next_try_goes_without_them() -> None:
    flow = translation("It has a vocoder of its own.", ("vocoder", "声码器"))
    draft, _, (first, again) = play(flow, these("（它有）即（声码器）"), these("它有自己的声码器。"))
    assert draft.text == "它有自己的声码器。"
    assert "即 声码器" in first[0].messages[-1].text
    assert "即 声码器" not in again[0].messages[-1].text


KIMI = (
    "For Mandarin ASR benchmarks, Kimi-Audio sets SOTA results on AISHELL-1 [4] (0.60) and AISHELL-2 ios [17] (2.56). "
    "Furthermore, it excels on the challenging WenetSpeech [85] dataset, achieving the lowest error rates."
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            "Kimi-Audio 在 AISHELL-1 和 AISHELL-2 上取得了最好成绩，特别在 WenetSpeech 上，错误率为 0.60 和 2.56。",
            2,
        ),
        ("Kimi-Audio 在 AISHELL-1 和 AISHELL-2 上的错误率分别为 0.60 和 2.56，在 WenetSpeech 上也最低。", 0),
        ("Kimi-Audio 在 AISHELL-1（0.60）和 AISHELL-2（2.56）上最好，在 WenetSpeech 上错误率最低。", 0),
        ("在 WenetSpeech 上最低；错误率 0.60（AISHELL-1）、2.56（AISHELL-2）。", 0),
        ("Kimi-Audio 的错误率低到 0.60。", 0),
        ("Kimi-Audio 在 WenetSpeech 上错误率最低。", 0),
    ],
)
def test_a_figure_belongs_to_the_name_it_stands_behind(said: str, found: int) -> None:
    codes = [f.code for f in cases.point(said, "stop", KIMI, language=find("zh-CN"))]
    assert codes == ["number-misplaced"] * found


def test_lost_figures_are_asked_for_with_their_names() -> None:
    case = Case(KIMI, "在两个基准上取得了最好成绩。", find("zh-CN"), BULLET, figures=["0.60", "2.56"])
    assert figures.missing.findings(case) == [
        Finding(
            "figure-missing",
            "AISHELL-1 (0.60), AISHELL-2 (2.56)",
            values=(("AISHELL-1", "0.60"), ("AISHELL-2", "2.56")),
        )
    ]
