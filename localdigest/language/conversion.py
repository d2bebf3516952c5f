"""Chinese written the other way, by OpenCC's dictionaries of words and characters."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any


def convert(text: str, name: str, words: Mapping[str, str]) -> str:
    """`text` by the OpenCC configuration `name`, then each of `words` by what stands for it there."""
    text = _opencc(name)(text)
    if not words:
        return text
    return re.sub("|".join(sorted(words, key=len, reverse=True)), lambda match: words[match[0]], text)


def derived(own: Any, theirs: Any, convert: Callable[[str], str]) -> Any:
    """A TOML value with what it leaves out taken from that of another language, converted."""
    if isinstance(theirs, dict):
        mine = own if isinstance(own, dict) else {}
        found = {key: derived(mine.get(key), value, convert) for key, value in theirs.items()}
        return found | {key: value for key, value in mine.items() if key not in theirs}
    if own is not None:
        return own
    if isinstance(theirs, list):
        return [derived(None, value, convert) for value in theirs]
    return convert(theirs) if isinstance(theirs, str) and not theirs.isascii() else theirs


@functools.cache
def _opencc(name: str) -> Callable[[str], str]:
    import opencc

    made: Callable[[str], str] = opencc.OpenCC(name).convert
    return made
