"""Numbers as people write them: ranges, powers, characters, months. By value, in both directions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from localdigest.checks import mending, numbers
from localdigest.language.profile import find
from localdigest.text import numerals, quantities
from tests.kit import cases

CHINESE = find("zh-CN")


def sentence_codes(source: str, draft: str) -> list[str]:
    found = numbers.lost(draft, source, CHINESE), cases.details(numbers.invented, draft, source)
    return ["missing"] * len(found[0]) + ["invented"] * len(found[1])


@pytest.mark.parametrize(
    ("source", "right", "wrong"),
    [
        # Behind a hyphen and Chinese characters, which make no name.
        ("It reduces WER by 10-20% here.", "它使WER降低10-20%。", "它使WER降低10-25%。"),
        ("The SNR is -5 dB.", "SNR为-5 dB。", "SNR为-50 dB。"),
        # In Chinese characters.
        ("It takes 13 million hours.", "需要一千三百万小时。", "需要十三亿小时。"),
        ("It has 1.7B parameters.", "它有十七亿参数。", "它有一亿七参数和十八亿。"),
        ("It has 12 speakers.", "它有十二名说话人。", "它有二十名说话人。"),
        ("There are 10 hours of 9 speakers.", "九名说话人，共十小时。", "九十名说话人的二十小时。"),
        ("In the 21st century.", "在二十一世纪。", "在二十二世纪。"),
        ("Half of the data is used.", "使用了一半的数据。", "使用了百分之八十的数据。"),
        ("Two-thirds of it is music.", "其中三分之二是音乐。", "其中四分之三是音乐。"),
        ("It is 3/4 of the set.", "占集合的四分之三。", "占集合的四分之一。"),
        ("One hundred million tokens.", "一亿个词元。", "一百万个词元。"),
        ("Thirty thousand clips.", "3万个片段。", "30万个片段。"),
        ("Half a billion users.", "5亿用户。", "5000万用户。"),
        ("Hundreds of thousands of users.", "数十万用户。", "三十万用户。"),
        ("For three decades.", "三十年来。", "四十年来。"),
        # Powers, decimals, dimensions, thousands.
        ("The rate is 1e-4.", "学习率为 10^-4。", "学习率为 1e-5。"),
        ("The rate is 2 × 10^{-4}.", "学习率为0.0002。", "学习率为0.002。"),
        ("It is 10⁻³ at most.", "至多为 0.001。", "至多为 10³。"),
        ("With p < .05 it holds.", "p < 0.05 时成立。", "p < .01 时成立。"),
        ("At 1920x1080 pixels.", "1920×1080 像素。", "1920×720 像素。"),
        ("It has 10\u2009000 hours.", "共1万小时。", "共10小时。"),
        # One scale for both ends of a range.
        ("It needs 1.5-2 million steps.", "需要150万至200万步。", "需要1.5至200万步。"),
        ("We use 10 to 15 million clips.", "我们使用1000万到1500万个片段。", "我们使用10到1500万个片段。"),
        ("From 10 to 100k tokens.", "从10到10万个词元。", "从10到100万个词元。"),
        ("We use 20k–30k hours.", "我们使用2-3万小时。", "我们使用2-3百万小时。"),
        # Months are months where they are meant.
        ("It opened in May 2020.", "它于2020年5月启动。", "它于2020年6月启动。"),
        ("It may improve the results.", "它可能改善结果。", "它将结果提高了5%。"),
        ("We march on to the baselines.", "我们继续看基线。", "我们使用了3个基线。"),
    ],
)
def test_a_number_is_its_value_however_it_is_written(source: str, right: str, wrong: str) -> None:
    assert sentence_codes(source, right) == []
    assert sentence_codes(source, wrong)


@pytest.mark.parametrize(
    "text",
    [
        "十分重要", "千万不要", "统一的", "成千上万", "几十年", "数百万用户", "三四个", "七八十人", "二十年代",
        "一一对应", "万一失败", "上百个", "13百万", "1万亿",
    ],
)  # fmt: skip
def test_characters_that_are_words_have_no_value(text: str) -> None:
    assert list(numerals.chinese(text)) == []


def test_numerals_are_digits_again_where_the_source_has_digits() -> None:
    def mended(source: str, draft: str) -> str:
        return mending.numbers.spelled(source, draft, CHINESE)

    assert mended("1.7B parameters, 80%", "十七亿参数，百分之八十") == "17亿参数，80%"
    assert mended("On September 30 it began.", "它始于九月三十日。") == "它始于9月30日。"
    assert mended("at 3 p.m.", "下午三点") == "下午3点"
    assert mended("the twelve speakers", "十二名说话人") == "十二名说话人"
    assert mended("important for the 10 languages", "对各种语言十分重要。") == "对各种语言十分重要。"
    assert mended("the 4 microphones around it", "四周放置麦克风") == "四周放置麦克风"
    assert mended("for 4 weeks and 10 minutes", "持续四周，每次十分钟") == "持续4周，每次10分钟"


def test_a_range_is_offered_whole() -> None:
    text = "with 1.5-2 million steps, 20k–30k hours and 5 to 8 layers"
    assert quantities.scaled(text, CHINESE) == {"1.5-2 million": "150万至200万", "20k": "2万", "30k": "3万"}
    assert quantities.scaled("10 to 15 million", find("de")) == {"10 to 15 million": "10 Millionen–15 Millionen"}


@pytest.mark.parametrize(
    ("source", "draft", "hint", "missing"),
    [
        ("About one-third of the speakers.", "约有一半的说话人。", "三分之一", ["one-third"]),
        ("About one-third of the speakers.", "约三分之一的说话人。", "三分之一", []),
        ("Three quarters are held out.", "留出75%。", "四分之三", []),
        ("Two thirds are held out.", "留出2/3。", "三分之二", []),
        ("A fifth of the words is lost.", "有些词丢失了。", "五分之一", ["A fifth"]),
        ("A third experiment uses one third-party tool.", "第三个实验使用一个第三方工具。", "", []),
        ("Half of it is noise.", "一半是噪声。", "", []),
    ],
)
def test_a_fraction_in_words_is_a_number_too(source: str, draft: str, hint: str, missing: list[str]) -> None:
    assert "".join(quantities.scaled(source, CHINESE).values()) == hint
    assert numbers.lost(draft, source, CHINESE) == missing
    assert not cases.details(numbers.invented, hint, source)


@pytest.mark.parametrize(
    ("source", "draft", "mended"),
    [
        ("About one-third of the speakers.", "约有一半的说话人。", "约有三分之一的说话人。"),
        ("About one-third of half the speakers.", "约有一半的说话人。", "约有一半的说话人。"),
        ("Two thirds and three quarters.", "一半。", "一半。"),  # of which?
        ("Two thirds.", "一半和一半。", "一半和一半。"),
        ("Two thirds.", "三分之二，一半。", "三分之二，一半。"),
    ],
)
def test_a_half_that_should_be_another_fraction_is_put_right(source: str, draft: str, mended: str) -> None:
    assert mending.numbers.parts(source, draft, CHINESE) == mended


@pytest.mark.parametrize(
    ("evidence", "draft", "codes"),
    [
        ("The model [12] is better.", "模型提升了12%。", ["number-unsupported"]),
        ("As Table 3 and Section 4.2 show, it is better.", "准确率提高了4.2。", ["number-unsupported"]),
        ("As Table 3 shows, it is better.", "如表3所示，它更好。", []),
        ("It has 3 stages [3].", "它有3个阶段。", []),
    ],
)
def test_numbers_of_places_support_nothing(evidence: str, draft: str, codes: list[str]) -> None:
    assert [f.code for f in cases.point(draft, "stop", evidence, language=CHINESE)] == codes


def test_fractions_scales_and_months_in_words_have_their_value() -> None:
    assert numerals.spelled("a quarter of two hundred and fifty thousand") >= {Fraction(1, 4), Fraction(250_000)}
    assert numerals.spelled("twenty-five billion") >= {Fraction(25 * 10**9)}
    assert numerals.spelled("on 5 May and in March, not march") >= {Fraction(5), Fraction(3)}
