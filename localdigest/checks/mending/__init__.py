"""What is put right in an answer without asking again, because only one thing can be meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localdigest.checks.mending import echoes, numbers, spans
from localdigest.language import han
from localdigest.language.profile import HAN, KANA, Language
from localdigest.text.punctuation import full_width

_ENUMERATED = re.compile(r"\((\d{1,2}|[ivx]{1,4}|[a-h])\)\s")
_ENDS = ("。", "！", "？", ".", "!", "?", "”", "）", ")", ":", "：", "…", "»")


def thoughtless(answer: str) -> str:
    """An answer without the thoughts that a thinking model let slip, closed or not."""
    answer = re.sub(r"^.*</think>", "", answer, flags=re.DOTALL)
    return re.sub(r"<think>.*", "", answer, flags=re.DOTALL)


def spoken(answer: str) -> str:
    """As `thoughtless`, on one line."""
    return " ".join(thoughtless(answer).split())


def mended(answer: str, source: str, language: Language) -> str:
    """What was said, in the language's own characters; numbers' scales, spans and names as the source has them."""
    text = han.own_characters(spoken(answer), language)
    text = spans.without_new_formulas(source, spans.carried(source, text))
    text = numbers.scales(source, text, language)
    text = numbers.parts(source, numbers.without_new_percents(source, text), language)
    text = numbers.measures(source, numbers.spelled(source, text, language), language)
    text = spans.names(source, text)
    text = text if language.latin else spans.misspelt(source, text)
    return full_width(_without_guesses(_suffixes(text, language), source)) if language.full_width else text


def _without_guesses(text: str, source: str) -> str:
    """Without what a model put in brackets behind initials of the source: MCP（音乐控制点）, a guess."""

    def kept(match: re.Match[str]) -> str:
        explained = re.search(rf"(?<![A-Za-z]){re.escape(match[1])}s?\s*\(|\(\s*{re.escape(match[1])}", source)
        return match[0] if explained or match[1] not in source else match[1]

    guess = rf"(?:[{HAN}A-Za-z][{HAN}A-Za-z -]{{1,15}}|[A-Za-z][A-Za-z -]{{15,60}})"
    return re.sub(rf"(?<![A-Za-z0-9-])([A-Z][A-Z0-9]{{1,5}})\s?[（(]{guess}[)）]", kept, text)


def _suffixes(text: str, language: Language) -> str:
    """`基于 LoRA 的` for `LoRA-based`, which a small model leaves as it is; no hyphen in `长-range`, whose word is then
    seen."""
    for suffix, word in language.suffixes.items():
        name = rf"(?<![A-Za-z0-9./-])([A-Z][A-Za-z0-9.]*(?:-[A-Z0-9][A-Za-z0-9.]*)*)-{suffix}(?![A-Za-z0-9-])"
        text = re.sub(rf"(?:{word} ?)?{name} ?的? ?", rf"{word} \1 的", text)
    text = re.sub(rf"(?<=[{HAN}])-(?=[a-z]{{4,}}(?![A-Za-z0-9_./-]))", "", text)
    return re.sub(rf"(?<![A-Za-z0-9_./-])([a-z]{{4,}})-(?=[{HAN}])", r"\1", text)


def sentence(answer: str, source: str, language: Language) -> str:
    """A translated sentence, with its full stop where the source has one."""
    text = mended(echoes.without(spoken(answer), source, language), source, language)
    text = re.sub(r"([（(](\w{1,4})[)）])\s*[（(]\2[)）]", r"\1", text)
    if text and (place := _ENUMERATED.match(source)) and not re.match(rf"[（(]?\s*{place[1]}\s*[)）、.:：]", text):
        text = f"（{place[1]}）{text}" if language.stop == "。" else f"({place[1]}) {text}"
    if text and not text.endswith(_ENDS) and source.endswith("."):
        text += language.stop
    return re.sub(rf"(?<=[{HAN}{KANA}])\.$", "。", text) if language.stop == "。" else text


def once(text: str) -> str:
    """`text` with what it says three times over and oftener said once, which then can be read."""
    return re.sub(r"(.{3,60}?)\1{2,}", r"\1", text)


def behind(text: str, lost: Sequence[str]) -> str:
    """`text` with what it lost in brackets at its end, before its full stop."""
    stop = text[-1] if text[-1:] in tuple("。.！!？?") else ""
    inside = "; ".join(lost)
    return text.removesuffix(stop) + (f"（{inside}）" if stop == "。" else f" ({inside})") + stop


def bullet(answer: str, evidence: str, language: Language) -> str:
    """One bullet, without the marks of a list or of a quotation around it, ended as a sentence is."""
    text = re.sub(r"^(?:[-*•·]\s*|\d+(?:[、)]|\.\s)\s*)+", "", spoken(answer)).strip('「」"“”')
    text = echoes.without(text, evidence, language)
    text = language.of_others(mended(text, evidence, language))
    if text and text[-1] not in "。！？.!?":
        text = text.rstrip("，、；：,;:") + language.stop
    return text
