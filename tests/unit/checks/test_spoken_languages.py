"""Languages that a draft names and its source does not, or of another figure."""

from __future__ import annotations

import pytest

from localdigest.checks import spoken_languages
from tests.kit import cases
from tests.kit.languages import LANGUAGES

CHINESE = LANGUAGES["zh-CN"]
EVIDENCE = (
    "We added the AISHELL corpus, 170 hours of clean Mandarin speech. "
    "Spanish data is 46 hours of clean speech, re-sampled to 16 kHz. The remaining 30 hours were recorded by us."
)


@pytest.mark.parametrize(
    ("draft", "source", "invented"),
    [
        ("西班牙语数据有46小时普通话录音。", "Spanish data is 46 hours of clean speech.", ["普通话"]),
        ("支持英语、法语和中文。", "It supports english, french and Chinese.", []),
        ("在英语到德语和法语到中文上评测。", "We evaluate on en-de and Fr→Zh.", []),
        ("在意大利语上评测。", "We evaluate it on IT and (it).", []),
        ("在意大利语上评测。", "We evaluate it on De, hi and id.", ["意大利语"]),
        ("日本的日语语音库。", "A speech corpus from Japan.", []),
        ("其中文本经过该方法语义分割，每日语料，道德语境，精英文化。", "Of it, text is split by the method.", []),
    ],
)
def test_a_language_that_its_source_does_not_speak_of_is_found(draft: str, source: str, invented: list[str]) -> None:
    assert cases.details(spoken_languages.invented, draft, source, CHINESE) == invented
    assert cases.details(spoken_languages.unsupported, draft, source) == invented


def test_traditional_characters_name_the_same_languages_and_a_title_may_name_one() -> None:
    traditional = LANGUAGES["zh-TW"]
    assert cases.details(spoken_languages.invented, "採用韓語和法語。", "It uses French.", traditional) == ["韩语"]
    assert not cases.point("采用韩语。", "stop", "It uses it.", language=CHINESE, title="A Korean Corpus")
    assert (
        cases.details(spoken_languages.invented, "Koreanisch und Französisch", "It uses French.", LANGUAGES["de"]) == []
    )


@pytest.mark.parametrize(
    ("draft", "misplaced"),
    [
        ("西班牙数据是46小时纯普通话录音。", ["Spanish (46)"]),
        ("加入170小时的普通话录音；西班牙语数据为46小时。", []),
        ("加入170小时的普通话录音和46小时的西班牙语录音。", []),
        ("加入30小时的普通话录音。", []),
        ("加入普通话和西班牙语录音。", []),
        ("西班牙语录音为170小时。", ["Mandarin (170)"]),
    ],
)
def test_a_figure_told_of_another_language_is_found(draft: str, misplaced: list[str]) -> None:
    assert cases.details(spoken_languages.misplaced, draft, EVIDENCE) == misplaced
