"""What a small model says again of its prompt instead of using it: hints, remarks on a first try, phrases. Pure."""

from __future__ import annotations

import functools
import re

from localdigest.language.profile import HAN, Language

_FIRST = re.compile(r"^(?:[（(](?:[^（()）]*(?:即| [=＝] )[^（()）]*|[^（()）]{15,})[)）]\s*)+")
"""A hint, `（cross-attention 即 交叉注意力）` or `(13 million = 13 Millionen)`, or a remark in other words."""
_RENDERING = re.compile(rf"^[（(][{HAN}]{{2,14}}[)）]\s*(?=[^\s即])")
"""A hint's rendering alone, `（鲁棒性） 进一步的研究`; where the source has brackets they may be its own."""
_LIST = re.compile(
    rf"^(?:(?:[A-Za-z][A-Za-z' -]*即\s*|[^，；。、：,;:]{{1,40}}即 )[{HAN}A-Za-z]{{1,16}}(?:[，；、。：,;:]\s*|$))+"
)
"""Hints without their brackets, `noise suppression即 噪声抑制；`, before what was asked for, or instead of it.
Chinese has no space behind 即."""
_TWICE = re.compile(r"[（(]?([^（()），。；]{2,24})[)）]?\s*即\s*[（(]?\1[)）]?")
"""A hint that became `（编码器-解码器）即编码器-解码器`."""
_SAID_AGAIN = re.compile(rf"([^（()），。；、：]{{2,24}})，即\s*\1(?=[，。；、）])|([{HAN}]{{3,8}})的\2")
"""`概率预测，即概率预测，`, and `无自旋的无自旋`: a hint or a word said twice."""
_GLOSSED = re.compile(rf"(?<=[{HAN}])\s?[（(]([A-Za-z][A-Za-z,' -]*)[)）]")


def without(text: str, source: str, language: Language) -> str:
    """A draft without what it says again of its prompt, and without the English phrases put behind their translation.

    To be called before numbers are mended: those of a hint are right, and would hide wrong ones.
    """
    first, remark = _remarks(language.asked)
    text = first.sub("", text)
    text = text if source.startswith("(") else _FIRST.sub("", text)
    text = text if "(" in source else _RENDERING.sub("", text)
    text = _LIST.sub("", text)
    text = _TWICE.sub("", remark.sub("", text) if remark else text).strip()
    text = _SAID_AGAIN.sub(r"\1\2", text)
    return _GLOSSED.sub(lambda match: "" if _copied(match[1], source) else match[0], text)


@functools.cache
def _remarks(language: Language) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """Of what begins a draft, as `_FIRST` where the source itself may begin with a bracket, or says something of a last
    try; and of remarks anywhere. A Korean remark has brackets of its own, 은(는)."""
    inside = r"(?:[^（()）]|\([^（()）]*\))*"
    said = rf"{inside}(?:{language.last_try}){inside}"
    first = re.compile(rf"^(?:[（(](?:[^（()）]*(?:即| [=＝] )[^（()）]*|{said})[)）]\s*)+")
    anywhere = "|".join(language.remark.split("\n"))
    return first, re.compile(rf"\s*[（(](?:{anywhere})[^（()）]*[)）]\s*") if anywhere else None


def _copied(english: str, source: str) -> bool:
    """Whether the English in brackets behind its translation is a whole phrase of the source, four words or more.

    A term may have its English behind it; what the source itself has in brackets stays.
    """
    return len(english.split()) > 3 and english.casefold() in source.casefold() and f"({english}" not in source
