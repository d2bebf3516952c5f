"""What is put right in an answer without asking again, because only one thing can be meant."""

from __future__ import annotations

import re

from localdigest import numbers, script, spans
from localdigest.languages import HAN, KANA, Language

_ECHO = re.compile(r"^[（(](?:[^（()）]*(?:即| [=＝] )[^（()）]*|[^（()）]{15,})[)）]\s*")
"""A hint of the prompt's, said again: `（cross-attention 即 交叉注意力）`, `(13 million = 13 Millionen)`; or what it
says of a first try, in other words."""
_ENDS = ("。", "！", "？", ".", "!", "?", "”", "）", ")", ":", "：", "…", "»")


def spoken(answer: str) -> str:
    """An answer on one line, without the thoughts that a thinking model let slip, closed or not."""
    answer = re.sub(r"^.*</think>", "", answer, flags=re.DOTALL)
    return " ".join(re.sub(r"<think>.*", "", answer, flags=re.DOTALL).split())


def mended(answer: str, source: str, language: Language) -> str:
    """What was said, in the language's own characters; scales of numbers and protected spans as the source has them."""
    text = script.own_characters(spoken(answer), language)
    return numbers.mend_scales(source, spans.mend(source, text), language)


def sentence(answer: str, source: str, language: Language) -> str:
    """A translated sentence, with its full stop where the source has one."""
    text = spoken(answer)
    if not source.startswith("("):
        text = _ECHO.sub("", text)  # before numbers are mended: its own are right, and would hide wrong ones
    text = mended(text, source, language)
    if text and not text.endswith(_ENDS) and source.endswith("."):
        text += language.stop
    return re.sub(rf"(?<=[{HAN}{KANA}])\.$", "。", text) if language.stop == "。" else text


def bullet(answer: str, evidence: str, language: Language) -> str:
    """One bullet, without the marks of a list or of a quotation around it, ended as a sentence is."""
    text = re.sub(r"^(?:[-*•·]\s*|\d+(?:[、)]|\.\s)\s*)+", "", spoken(answer)).strip('「」"“”')
    text = mended(text, evidence, language)
    if text and text[-1] not in "。！？.!?":
        text = text.rstrip("，、；：,;:") + language.stop
    return text
