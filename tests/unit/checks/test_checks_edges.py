"""Where each check begins and ends: whole findings, code and detail, on both sides of every limit."""

from __future__ import annotations

import pytest

from localdigest.checks import english, names, shape
from localdigest.checks.registry import Case
from localdigest.checks.terms import absent
from localdigest.language.profile import Language
from localdigest.records import Finding
from tests.kit import cases
from tests.kit.languages import LANGUAGES

CHINESE, GERMAN = LANGUAGES["zh-CN"], LANGUAGES["de"]
EN = "We train a model on speech."
ZH = "我们用语音训练了一个模型。"


def translation(draft: str, source: str = EN, finish: str = "stop", title: str = "") -> list[tuple[str, str]]:
    return pairs(cases.translation(draft, finish, source, language=CHINESE, title=title))


def german(draft: str, source: str) -> list[tuple[str, str]]:
    return pairs(cases.translation(draft, "stop", source, language=GERMAN))


def pairs(findings: list[Finding]) -> list[tuple[str, str]]:
    assert not any(finding.resolved for finding in findings)
    return [(finding.code, finding.detail) for finding in findings]


def test_a_good_sentence_has_no_finding() -> None:
    assert translation(ZH) == []
    assert pairs(cases.point(ZH, "stop", EN, language=CHINESE)) == []


def test_a_refused_answer_has_one_finding_only() -> None:
    both = (cases.translation, cases.point)
    for made in both:
        assert pairs(made("", "refused", EN, "300 tokens too long", language=CHINESE)) == [
            ("refused", "300 tokens too long")
        ]
        assert pairs(made(ZH, "refused", EN, language=CHINESE)) == [("refused", "the engine did not answer")]


@pytest.mark.parametrize(
    ("draft", "finish", "said"),
    [
        (ZH, "length", [("cut", "the answer reached its token limit")]),
        (" ", "length", [("cut", "the answer reached its token limit"), ("empty", "no text")]),
        ("<think>" + ZH, "stop", [("think", "<think>"), ("english-word", "think")]),
        ("嗯，" + ZH, "stop", [("think", "嗯，")]),
        (ZH, "repetition", [("repetition", ZH)]),
        ("一二三四五" + ZH + "甲乙丙。", "repetition", [("repetition", ("一二三四五" + ZH + "甲乙丙。")[-20:])]),
        (ZH + "抱歉，我无法翻译。", "stop", [("refusal", "抱歉，"), ("meaning", "无法")]),
        ("译文：" + ZH, "stop", [("preamble", "译文：")]),
        (ZH + "希望这段翻译有帮助。", "stop", [("first-person", "希望这段翻译有帮助")]),
        (ZH + "を", "stop", [("script", "を")]),
        (ZH + "共13百百万。", "stop", [("number-garbled", "百百万")]),
        (ZH + "訓", "stop", [("script", "訓")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_prose_is_named_and_quoted(draft: str, finish: str, said: list[tuple[str, str]]) -> None:
    assert pairs(cases.prose(draft, finish, EN, CHINESE)) == said


def test_what_the_source_says_of_itself_the_translation_may_say() -> None:
    quoting = "The assistant said: I am sorry, I cannot translate this as an AI language model."
    said = cases.prose("助手说：抱歉，我无法翻译，作为AI语言模型。", "stop", quoting, CHINESE)
    assert pairs(said) == []
    # A preamble is none the less one, though the source speaks of translation.
    assert ("preamble", "译文：") in pairs(cases.prose("译文：助手翻译。", "stop", quoting, CHINESE))


def test_a_translations_findings_name_what_was_lost_and_invented() -> None:
    source = "On 13 files, see https://a.org/x for the full list of results."
    draft = "在14个文件上，结果见 https://b.org/y 。"
    assert translation(draft, source) == [
        ("number-missing", "13"),
        ("number-invented", "14"),
        ("span-changed", "https://a.org/x"),
        ("url-invented", "https://b.org/y"),
    ]


@pytest.mark.parametrize(("source", "copied"), [("we train models", False), ("we train new models", True)])
def test_a_copy_is_one_where_there_are_words_to_translate(source: str, copied: bool) -> None:
    assert (("copied", "the source as it was") in translation(source, source)) == copied


def test_the_ratio_of_lengths_counts_from_forty_characters_on() -> None:
    low, high = CHINESE.length
    source = "We train a model on speech and it is fine"
    assert len(source) == 41
    forty = source[:-4] + "fun"
    assert len(forty) == 40
    assert ("length", "0.03 characters for each of the source's") in translation("好", forty)
    assert not [code for code, _ in translation("好", forty[:-1]) if code == "length"]
    hundred = "x" * 99 + "."
    for size, found in ((12, False), (11, True), (90, False), (91, True)):
        draft = "".join(chr(0x4E00 + 7 * at) for at in range(size))
        codes = [code for code, _ in pairs(cases.translation(draft, "stop", hundred, language=CHINESE))]
        assert ("length" in codes) == found, size
    assert (low, high) == (0.12, 0.9)


# ---------------------------------------------------------------- title, terms, sentences


@pytest.mark.parametrize(
    ("draft", "source", "title", "said"),
    [
        ("标题：语音模型。", EN, "", "标题："),
        ("摘要: 语音模型。", EN, "", "摘要:"),
        ("标题：语音模型。", "Title: a speech model.", "", ""),
        ("标题：语音模型。", "ABSTRACT : a speech model.", "", ""),
        ("A Model of Speech 我们用语音训练了模型。", EN, "A Model of Speech", "A Model of Speech"),
        ("A model, of speech: 我们用语音训练了模型。", EN, "A Model of Speech", "A Model of Speech"),
        ("我们用 A Model of Speech。", EN, "A Model of Speech", ""),
        ("A Model of Speech 是一个模型。", "A Model of Speech is a model.", "A Model of Speech", ""),
        ("Twelve more ch 是模型。", EN, "Twelve more ch", ""),  # twelve letters may well be a name
        ("Thirteen chars 是模型。", EN, "Thirteen chars", "Thirteen chars"),
        ("我们用语音训练了模型。", EN, "A Model of Speech", ""),
    ],
)
def test_a_draft_that_repeats_the_title_is_found(draft: str, source: str, title: str, said: str) -> None:
    assert [d for code, d in translation(draft, source, title=title) if code == "title"] == ([said] if said else [])


def test_a_term_without_any_of_its_renderings_is_found() -> None:
    terms = {"model": ("模型", "模式"), "speech": ("语音",), "vocoder": ("声码器",), "On": (), "train": ("训练",)}
    assert cases.details(absent, "用数据训练模式", EN, terms=terms) == ["speech = 语音"]
    assert cases.details(absent, "用数据", "Modeling retrains on models-2 of speech2", terms=terms) == []
    found = cases.translation("我们用数据训练了一个东西。", "stop", EN, language=CHINESE, terms=terms)
    assert pairs(found) == [("glossary", "model = 模型"), ("glossary", "speech = 语音")]
    assert cases.details(absent, "训练 GAN", "We train a gan.", terms={"GAN": ("gan",)}) == []


def test_letters_of_a_rendering_are_no_english_left_over() -> None:
    source, terms = "A transformer-based policy is trained.", {"transformer-based": ("基于 Transformer", "!基于变压器")}
    assert cases.details(english.words, "训练了基于 Transformer 的策略。", source, terms=terms) == []
    assert cases.details(english.words, "训练了基于 Transformer 的策略。", source) == ["Transformer"]


@pytest.mark.parametrize(
    ("draft", "source", "said"),
    [
        ("甲。" * 4, "One.", ""),
        ("甲。" * 5, "One.", "5 for 1"),
        ("甲！？乙……丙", "One.", ""),
        ("甲乙丙丁", "One. Two. Three.", ""),
        ("甲乙丙丁", "One. Two. Three. Four.", "1 for 4"),
        ("甲。乙", "One. Two. Three. Four.", "1 for 4"),
        ("甲。乙。", "One. Two. Three. Four. Five. Six.", ""),
        ("甲乙丙丁", "", ""),
        ("1.5 2.5 3.5 4.5 5.5。", "One.", ""),
        ("甲. 乙. 丙. 丁. 戊.", "One.", "5 for 1"),
    ],
)
def test_far_more_or_fewer_sentences_than_the_source_are_found(draft: str, source: str, said: str) -> None:
    assert cases.details(shape.sentence_count, draft, source) == ([said] if said else [])


# ---------------------------------------------------------------- loops


def looped(draft: str, source: str) -> list[str]:
    return cases.details(shape.repetition, draft, source)


def filler(size: int, start: int = 0) -> str:
    """Han characters, no four of which come twice."""
    return "".join(chr(0x4E00 + start + 5 * at) for at in range(size))


@pytest.mark.parametrize(
    ("size", "times", "looping"),
    [(4, 5, False), (4, 6, True), (6, 3, False), (6, 4, True), (7, 3, False), (7, 4, True), (16, 3, False)],
)
def test_a_stretch_loops_from_a_number_of_times_by_its_length(size: int, times: int, looping: bool) -> None:
    """Parted by other text, so that the sentences around it differ."""
    stretched(EN, size, times, looping)


@pytest.mark.parametrize(
    ("size", "times", "looping"),
    [(4, 6, True), (6, 5, False), (8, 4, False), (8, 5, True), (16, 3, False), (16, 4, True)],
)
def test_a_stretch_may_come_oftener_where_the_source_repeats_itself(size: int, times: int, looping: bool) -> None:
    stretched("The model is one, the model is two, the model is, the model, the model.", size, times, looping)


def stretched(source: str, size: int, times: int, looping: bool) -> None:
    stretch = filler(size, start=9000)
    text = "".join(stretch + filler(10, start=100 * at) for at in range(times))
    found = cases.details(shape.repetition, text, source)
    assert bool(found) == looping
    assert not looping or found[0] in stretch


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("啊" * 8, ""),
        ("啊" * 9, "啊" * 9),
        ("甲" + "啊" * 10 + "乙", "啊" * 10),
        ("啊" * 12, "啊" * 10),
        ("1" * 40 + "———————————", ""),
        (f"{filler(12)}。{filler(12)}。", filler(12)),
        (f"{filler(11)}。{filler(11)}。", ""),
        (f"{filler(11)}。" * 3, filler(11)),
        ("有效。" * 3, "有效"),
        ("有效。" * 2, ""),
        ("见 $x$。见 $y$。见 $z$。", ""),
        (f"{filler(12)}；{filler(20, 4000)}！ {filler(12)}", filler(12)),
        (f"{filler(50)}。{filler(50)}。", filler(40)),
        (f"{filler(12)}。{filler(12, 4000)}。", ""),
        (f"{filler(12)}。{filler(12, 4000)}。" * 2, filler(12)),  # the first of two
        ("甲乙" * 9, "甲乙甲乙"),
        ("".join(filler(10, 100 * at) + "甲乙丙丁" for at in range(6)), "甲乙丙丁"),  # the last one at the very end
        ("，。，。" * 9, ""),
    ],
)
def test_a_repeated_character_is_a_loop_from_nine_on(text: str, loop: str) -> None:
    assert looped(text, EN) == ([loop] if loop else [])


def test_a_sentence_twice_is_no_loop_where_the_source_has_it_twice() -> None:
    assert looped(f"{filler(12)}。{filler(12)}。", "So it is. So it is.") == []


def test_one_figure_told_twice_is_a_loop() -> None:
    twice = "音频LLM的ROUGE-L提高了28%，比级联系统提高了28%。"
    assert looped(twice, "An Audio-LLM raises ROUGE-L by 28% relative to a cascade.") == ["高了28%"]
    assert looped(twice, "It raises ROUGE-L by 28%, and BLEU by 28%.") == []
    assert looped("小于30秒的和大于30秒的。", "Those below 30 s, and above.") == []


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("eins zwei drei vier, " * 3, ""),
        ("Eins zwei drei vier. " * 3, "Eins zwei drei vier."),
        ("Das gilt. " * 3, "Das gilt."),
        ("Das gilt z. B. hier, z. B. da, z. B. dort. ", ""),
        ("a b c d e f g h, " * 2, ""),
        ("a b c d e f g h, " * 3, "a b c d e f g h"),
        (f"{'Wort' * 7}en. {'Wort' * 7}en. ", f"{'Wort' * 7}en"),
        (f"{'Wort' * 7}e. {'Wort' * 7}e. ", ""),
    ],
)
def test_a_loop_in_latin_script_counts_words(text: str, loop: str) -> None:
    assert cases.details(shape.repetition, text, EN, GERMAN) == ([loop] if loop else [])


# ---------------------------------------------------------------- English left over


def left(draft: str, source: str, language: Language) -> list[Finding]:
    return [each for each in cases.prose(draft, "stop", source, language) if each.code.startswith("english")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("模型 the word error rate 很低", [("english", "the word error rate")]),
        ("模型 the word error 很低", [("english-word", "word"), ("english-word", "error"), ("english", "the")]),
        ("the word error rate", [("english", "the word error rate")]),
        ("How can we解方程it?又 of 又", [("english", "we, it, of")]),
        ("一二三四五六七《of us》的for循环，GPT and BERT，“How are we”，方法（of us）", []),
        ("好 Big Names Stay Here", [("english", "share of 简体中文 0.20")]),
        ("一二三四五 Big Names Stay Here", []),
        ("一二三四五 Source 一二", [("english-word", "Source")]),  # the source has it in lower case
    ],
)
def test_a_run_of_english_words_in_chinese_is_found(text: str, said: list[tuple[str, str]]) -> None:
    assert pairs(left(text, "a few words of the source", CHINESE)) == said


def test_the_share_of_script_leaves_out_names_of_the_source() -> None:
    assert english.own_share(Case("", "汉字abcdefgh", CHINESE)) == 0.5
    assert english.own_share(Case("", "字", CHINESE)) == 1
    assert english.own_share(Case("our GPT4abc", "汉字 GPT4abc", CHINESE)) == 1
    assert english.own_share(Case("", "", CHINESE)) == 0
    assert english.own_share(Case("", "abcd1234", CHINESE)) == 0
    assert english.own_share(Case("", "汉abcd1234", CHINESE)) == 0.5
    # A source without three words cannot be left untranslated.
    assert pairs(left("Big Names", "two words", CHINESE)) == []
    assert pairs(left("Big Names", "has three words", CHINESE)) == [("english", "share of 简体中文 0.00")]
    assert pairs(left("How can we do it?", "How can we fix it?", CHINESE)) == [("english", "share of 简体中文 0.00")]
    assert pairs(left("汉字Abcdefgh", "has three words", CHINESE)) == []  # just half


@pytest.mark.parametrize(
    ("text", "source", "left"),
    [
        ("用 celeb 数据", "We use vox-celeb2 data", []),  # part of a name
        ("用 celeb 数据", "We use celeb.", ["celeb"]),  # a full stop makes no name
        ("用 celeb 数据", "We use celeb. It works", ["celeb"]),
        ("用 celeb 数据", "We use a/celeb here", []),
        ("填充标记（Padding token）", "a padding token", []),
        ("填充标记 (padding Token)", "a padding token", []),
    ],
)
def test_words_in_names_or_brackets_are_not_left_over(text: str, source: str, left: list[str]) -> None:
    assert english.ordinary_words(Case(source, text, CHINESE)) == left


@pytest.mark.parametrize(
    ("draft", "source", "said"),
    [
        (
            "Wir zeigen that this approach works better als andere Verfahren",
            "We show that this approach works better than others",
            [("english", "that this approach works better")],
        ),
        ("Wir nutzen that this approach works besser", "We show that this approach works better", []),
        (
            "The Modell und its Daten with Sprache",
            "It differs",
            [("english", "The its with")],
        ),
        ("The Modell und its Daten der Sprache", "It differs", []),
        (
            "The Modell " + "der vielen guten neuen Daten " * 3 + "its more when",
            "It differs",
            [("english", "The its more when")],
        ),
        ("The Modell " + "der vielen guten neuen Daten " * 5 + "its more", "It differs", []),
        (
            "Wir zeigen that this approach works better",
            "We show that this approach works better",
            [("english", "that this approach works better")],
        ),
        (
            "Nach Berlin Paris Rom Wien Oslo the",
            "From Berlin Paris Rom Wien Oslo the",
            [("english", "Paris Rom Wien Oslo the")],
        ),
        ("The its more " + "der vielen guten neuen " * 4 + "Daten", "It differs", [("english", "The its more")]),
        # Five names in a row are the source's and German too.
        ("Nach Berlin Paris Rom Wien Oslo", "From Berlin Paris Rom Wien Oslo", []),
        ("Ein Modell lernt Sprache", "A model learns speech", []),
    ],
)
def test_english_in_german_is_found_by_its_small_words(draft: str, source: str, said: list[tuple[str, str]]) -> None:
    assert pairs(left(draft, source, GERMAN)) == said
    assert left(draft, source, LANGUAGES["en"]) == []


def test_a_german_draft_goes_through_the_german_checks() -> None:
    source = "We show that this approach works better than many others do."
    assert german("Wir zeigen, dass dieser Ansatz besser ist als viele andere.", source) == []
    assert german("We show that this approach works better als viele andere es tun.", source) == [
        ("english", "We show that this approach")
    ]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("draft", "evidence", "title", "missing"),
    [
        ("用 Whisper 识别", "We use Whisper.", "", []),
        ("用 Whisper 识别", "We use wav2vec.", "", ["Whisper"]),
        ("用 GPT-4o 和 Qwen2", "gpt 4o and QWEN-2 do", "", []),
        ("在 MAEs 上", "an MAE is used", "", []),
        ("WER 很低", "the word error rate is low", "", []),
        ("CER 很低", "the word error rate is low", "", ["CER"]),
        ("VoxCeleb 与 VoxCeleb", "nothing", "", ["VoxCeleb"]),
        ("MiMo 很强", "It is strong", "MiMo: a model of speech", []),
        ("MiMo 很强", "It is strong", "On MiMo and speech", ["MiMo"]),
        ("MiMo 很强", "It is strong", f"MiMo {'and more ' * 5}: a model", ["MiMo"]),
        ("Qwen2-Audio-based 方法", "based on Qwen2 with Audio", "", []),
        ("ＡＳＲ 系统", "an ASR system", "", []),
        ("MiMo 很强", "It is strong", "MiMo: models: a study", []),
        ("MiMo 很强", "It is strong", "MiMo " + "x" * 35 + ": a model", []),  # forty characters before the colon
        ("MiMo 很强", "It is strong", "MiMo " + "x" * 36 + ": a model", ["MiMo"]),
        ("用 model 识别", "It is strong", "", []),
        ("用 Ab 识别", "It is strong", "", []),
        ("用 Abc 识别", "It is strong", "", ["Abc"]),
        ("用 AbCdEfGhIj", "ab cd ef gh ij", "", []),
        ("用 AbCdEfGhIjKl", "ab cd ef gh ij kl", "", ["AbCdEfGhIjKl"]),
        ("用 MAE", "MAEs are used", "", []),
        ("做 SEN", "we do speech enhancement now", "", []),
        ("用 ABCDEF", "on all big cats do eat fish", "", []),
        ("用 ABCDEFG", "all big cats do eat fish gladly", "", ["ABCDEFG"]),
        ("做 SE2 与 SE", "we do speech enhancement", "", ["SE2"]),
    ],
)
def test_names_need_evidence(draft: str, evidence: str, title: str, missing: list[str]) -> None:
    assert cases.details(names.unsupported, draft, evidence, title=title) == missing


def test_a_lost_name_is_found_however_it_is_hyphenated() -> None:
    source = "We compare Qwen2-Audio and Whisper-v3 on LibriSpeech."
    assert cases.details(names.missing, "在 LibriSpeech 上比较 Qwen2 Audio 与 WhisperV3", source) == []
    assert cases.details(names.missing, "在 LibriSpeech 上比较 Qwen2-Audio", source) == ["Whisper-v3"]


def test_a_bullets_findings_name_what_the_evidence_lacks() -> None:
    assert pairs(cases.point("见 https://b.org/y ，共14个。", "length", "See https://a.org/x.", language=CHINESE)) == [
        ("cut", "the answer reached its token limit"),
        ("number-unsupported", "14"),
        ("url-invented", "https://b.org/y"),
    ]
