"""Chinese characters of the wrong set made the right one's, by OpenCC's dictionaries of words and characters."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from localdigest.language.profile import HAN, Language


def own_characters(text: str, language: Language) -> str:
    """`text`, converted where it has a character that only the other way of writing Chinese has.

    Traditional becomes Simplified. A text that is right already is not touched: conversion can choose wrongly between
    characters that both have (后, 著). For that reason a Japanese text gets its Simplified characters, and only these,
    made kanji (观 is 観). What is made of Simplified Chinese is converted whole, with Taiwan's words (软件 is 軟體).
    """
    if language.made_of:
        return converted(text, language)
    if not re.search(f"[{HAN}]", found := language.foreign_in(text)) or not found:
        return text
    if language.code == "ja":
        return re.sub(f"[{HAN}]", _kanji, text)
    return converted(text, language) if language.convert else text


def converted(text: str, language: Language) -> str:
    """`text`, which is written in the other way, in the language's own characters and words."""
    text = _converter(language.convert)(text)
    if language.code == "zh-TW":
        text = _TAIWANS.sub(lambda match: _OF_SCIENCE[match[0]], text)
    return text


def _kanji(match: re.Match[str]) -> str:
    """A character's Japanese form, where it is one in common use (JIS X 0208's level 1), else itself: not 這 of 这,
    which only a Chinese text has."""
    if match[0].encode("cp932", "ignore"):
        return match[0]
    made = _converter("t2jp")(_converter("s2t")(match[0]))
    code = made.encode("euc_jp", "ignore")
    return made if len(code) == 2 and 0xB0 <= code[0] <= 0xCF else match[0]


_OF_SCIENCE = {
    "擴充套件": "擴展", "區域性": "局部", "全域性": "全域", "研究物件": "研究對象", "釋出": "發布", "聯絡": "聯繫",
    "殘差連線": "殘差連接", "跳躍連線": "跳躍連接", "高質量": "高品質",
    "函式": "函數", "啟用函式": "激活函數", "引數": "參數", "迴圈": "循環", "全連線": "全連接",
    "連線時序": "連結時序", "多工學習": "多任務學習", "音影片": "影音", "合成數據": "合成資料",
    "噪聲": "雜訊", "語音識別": "語音辨識", "情感識別": "情感辨識", "情緒識別": "情緒辨識", "說話人識別": "語者辨識",
    "語音質量": "語音品質", "感知質量": "感知品質", "音訊質量": "音訊品質",
}  # fmt: skip
"""Taiwan's words in papers, for what OpenCC makes of them: it has a programmer's words (函式, 引數, 迴圈), or none."""
_TAIWANS = re.compile("|".join(sorted(_OF_SCIENCE, key=len, reverse=True)))


@functools.cache
def _converter(name: str) -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert
