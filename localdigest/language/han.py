"""Han characters of the wrong set made the right one's, in the way that a language's profile names."""

from __future__ import annotations

import re

from localdigest.language.conversion import convert
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
    if language.conversion == "kanji":
        return re.sub(f"[{HAN}]", _kanji, text)
    return converted(text, language) if language.conversion else text


def converted(text: str, language: Language) -> str:
    """`text`, which is written in the other way, in the language's own characters and words."""
    return convert(text, language.conversion, language.own_words)


def _kanji(match: re.Match[str]) -> str:
    """A character's Japanese form, where it is one in common use (JIS X 0208's level 1), else itself: not 這 of 这,
    which only a Chinese text has."""
    if match[0].encode("cp932", "ignore"):
        return match[0]
    made = convert(convert(match[0], "s2t", {}), "t2jp", {})
    code = made.encode("euc_jp", "ignore")
    return made if len(code) == 2 and 0xB0 <= code[0] <= 0xCF else match[0]
