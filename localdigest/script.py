"""Chinese characters of the wrong set made the right one's, by OpenCC's dictionaries of words and characters."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from localdigest.languages import HAN, Language


def own_characters(text: str, language: Language) -> str:
    """`text`, converted where it has a character that only the other way of writing Chinese has.

    Simplified becomes Traditional with Taiwan's words (軟體 for 软件), Traditional becomes Simplified. A text that is
    right already is not touched: conversion can choose wrongly between characters that both have (后, 著).
    """
    if not language.convert or not re.search(f"[{HAN}]", found := language.foreign_in(text)) or not found:
        return text
    return _converter(language.convert)(text)


@functools.cache
def _converter(name: str) -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert
