"""Languages that a Chinese draft names, against those of its source.

A small model tells one sentence's language in the next: 46 hours of clean speech, in Spanish, became 46 hours of
Mandarin. Other languages' words for languages are not known here, and nothing is found in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from localdigest.checks.registry import BULLET, MARK, TEXT, Case, check
from localdigest.language import han
from localdigest.language.profile import Language, find
from localdigest.text.sentences import split

_NAMES: Mapping[str, tuple[str, str, str]] = {
    "Arabic": ("阿拉伯语", r"Arab\w*", "ar"),
    "Bengali": ("孟加拉语", r"Bengal\w*|Bangla\w*", "bn"),
    "Cantonese": ("粤语|广东话", r"Cantonese|Yue|Guangdong|Hong Kong", "yue"),
    "Czech": ("捷克语", r"Czech\w*", "cs"),
    "Danish": ("丹麦语", r"Danish|Denmark", "da"),
    "Dutch": ("荷兰语", r"Dutch|Netherlands|Flemish", "nl"),
    "English": ("英语|(?<!精)英文", r"English|England|Anglo\w*|British|American", "en"),
    "Finnish": ("芬兰语", r"Finnish|Finland", "fi"),
    "French": ("(?<![语句方算办疗无书想说看])法语", r"French|France", "fr"),
    "German": ("(?<![道品美])德语", r"German\w*|Deutsch", "de"),
    "Greek": ("希腊语", r"Greek|Greece", "el"),
    "Hindi": ("印地语", r"Hindi|India\w*", "hi"),
    "Indonesian": ("印尼语|印度尼西亚语", r"Indonesia\w*|Bahasa", "id"),
    "Italian": ("意大利语", r"Ital\w+", "it"),
    "Japanese": (r"(?<![每今近当生])日语(?![料言境义音])|(?<![每今当])日文(?![章本件])", r"Japan\w*", "ja jp"),
    "Korean": ("韩语|韩文", r"Korea\w*", "ko kr"),
    "Mandarin": (r"普通话|汉语|(?<!其)中文(?![本字件章献档])", r"Mandarin|Chin\w+|Putonghua", "zh cn"),
    "Polish": ("波兰语", r"Polish|Poland", "pl"),
    "Portuguese": ("葡萄牙语|葡语", r"Portug\w+|Brazil\w*", "pt"),
    "Russian": ("俄语", r"Russia\w*", "ru"),
    "Spanish": ("西班牙语|西语", r"Spanish|Spain|Castilian", "es"),
    "Swedish": ("瑞典语", r"Swed\w+", "sv"),
    "Tamil": ("泰米尔语", r"Tamil", "ta"),
    "Thai": ("泰语", r"Thai\w*", "th"),
    "Turkish": ("土耳其语", r"Turk\w+", "tr"),
    "Ukrainian": ("乌克兰语", r"Ukrain\w+", "uk"),
    "Urdu": ("乌尔都语", r"Urdu", "ur"),
    "Vietnamese": ("越南语", r"Vietnam\w*", "vi"),
}
"""What it is called in Simplified Chinese, where no other words make the same characters (其中文本, 方法语义), and what
speaks of it in an English text: its name, its country's or, in `En-De`, its code."""
_FIGURE = re.compile(r"(?<![A-Za-z0-9_.,-])\d[\d,.]*(?<![.,])")


@check("name-invented", of=TEXT, ask="invented", order=270)
def invented(case: Case) -> list[str]:
    """A language that a Chinese draft names and its source does not."""
    return _unknown(case)


@check("name-unsupported", of=BULLET, weight=MARK, ask="invented", order=270)
def unsupported(case: Case) -> list[str]:
    """A language that a Chinese bullet names and its evidence does not."""
    return _unknown(case)


@check("number-misplaced", of=BULLET, weight=MARK, ask="figures", order=241)
def misplaced(case: Case) -> Iterator[str]:
    """A figure that stands with a language in the evidence, `Spanish (46)`, and is told of another one."""
    # A figure whose sentences name no language may belong to one named before.
    sentences = split(case.source)
    for clause in re.split("[。；！？]", case.draft):
        figures = _FIGURE.findall(clause)
        homes = [(figure, each) for figure in figures for each in sentences if figure in _FIGURE.findall(each)]
        own = [(figure, name) for figure, each in homes for name in _given(each)]
        others = _told(clause, case.language).keys() - {name for _, name in own} if own else set()
        if others & _given(case.source):
            yield f"{own[0][1]} ({own[0][0]})"


def _unknown(case: Case) -> list[str]:
    told = _told(case.draft, case.language)
    if not told:
        return []
    source = f"{case.source} {case.title}"
    given = _given(source) | {
        name for name, (_, _, codes) in _NAMES.items() if any(_has(c, source) for c in codes.split())
    }
    return [written for name, written in told.items() if name not in given]


def _told(draft: str, language: Language) -> dict[str, str]:
    """Languages that a Chinese text names, each with how it does."""
    if not language.code.startswith("zh"):
        return {}
    simplified = han.converted(draft, find("zh-CN"))
    matches = ((name, re.search(chinese, simplified)) for name, (chinese, _, _) in _NAMES.items())
    return {name: match[0] for name, match in matches if match}


def _given(source: str) -> set[str]:
    """Languages that an English text names."""
    return {name for name, (_, english, _) in _NAMES.items() if re.search(rf"\b(?:{english})\b", source, re.IGNORECASE)}


def _has(code: str, source: str) -> bool:
    """Whether it has the code, and not the word: `it` is Italian in `it-en`, `De` is German in `En-De`."""
    paired = rf"(?:{code}|{code.title()})"
    return bool(re.search(rf"\b{code.upper()}\b|\b{paired}[-–→_/]|[-–→_/(]{paired}\b", source))
