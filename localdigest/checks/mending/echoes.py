"""What a small model says again of its prompt instead of using it: hints, remarks on a first try, phrases. Pure."""

from __future__ import annotations

import re

from localdigest.language.profile import HAN

_FIRST = re.compile(r"^(?:[（(](?:[^（()）]*(?:即| [=＝] )[^（()）]*|[^（()）]{15,})[)）]\s*)+")
"""A hint, `（cross-attention 即 交叉注意力）` or `(13 million = 13 Millionen)`, or a remark in other words."""
_RENDERING = re.compile(rf"^[（(][{HAN}]{{2,14}}[)）]\s*(?=[^\s即])")
"""A hint's rendering alone, `（鲁棒性） 进一步的研究`; where the source has brackets they may be its own."""
_LAST = (
    r"上一次的(?:回答|译文)|前回の(?:回答|訳文)|(?:지난|이전) (?:답변|번역)|letzten? (?:Antwort|Übersetzung)"
    r"|(?:réponse|traduction) précédente|(?:respuesta|traducción|resposta|tradução) anterior"
)
"""How the prompts speak of a last try."""
_SAID = rf"[（(](?:[^（()）]|\([^（()）]*\))*(?:{_LAST})(?:[^（()）]|\([^（()）]*\))*[)）]"
"""A remark on it; a Korean one has brackets of its own, 은(는)."""
_FIRST_OF_BRACKETS = re.compile(rf"^(?:(?:[（(][^（()）]*(?:即| [=＝] )[^（()）]*[)）]|{_SAID})\s*)+")
"""As `_FIRST`, where the source itself may begin with a bracket."""
_TWICE = re.compile(r"[（(]?([^（()），。；]{2,24})[)）]?\s*即\s*[（(]?\1[)）]?")
"""A hint that became `（编码器-解码器）即编码器-解码器`."""
_REMARK = re.compile(r"\s*[（(](?:原样保留|上一次的(?:回答|译文)|全部(?:译成|用)中文)[^（()）]*[)）]\s*")
_GLOSSED = re.compile(rf"(?<=[{HAN}])\s?[（(]([A-Za-z][A-Za-z,' -]*)[)）]")


def without(text: str, source: str) -> str:
    """A draft without what it says again of its prompt, and without the English phrases put behind their translation.

    To be called before numbers are mended: those of a hint are right, and would hide wrong ones.
    """
    text = _FIRST_OF_BRACKETS.sub("", text)
    text = text if source.startswith("(") else _FIRST.sub("", text)
    text = text if "(" in source else _RENDERING.sub("", text)
    text = _TWICE.sub("", _REMARK.sub("", text)).strip()
    return _GLOSSED.sub(lambda match: "" if _copied(match[1], source) else match[0], text)


def _copied(english: str, source: str) -> bool:
    """Whether the English in brackets behind its translation is a whole phrase of the source, four words or more.

    A term may have its English behind it; what the source itself has in brackets stays.
    """
    return len(english.split()) > 3 and english.casefold() in source.casefold() and f"({english}" not in source
