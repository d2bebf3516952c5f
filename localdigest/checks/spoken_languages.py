"""Languages that a draft names, against those of its source.

A small model tells one sentence's language in the next: 46 hours of clean speech, in Spanish, became 46 hours of
Mandarin. Drafts are looked at in the languages whose profiles have the words for it (`spoken`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localdigest.checks.registry import BULLET, MARK, TEXT, Case, check
from localdigest.language import han
from localdigest.language.profile import SOURCE, Language
from localdigest.text.sentences import split

_FIGURE = re.compile(r"(?<![A-Za-z0-9_.,-])\d[\d,.]*(?<![.,])")


@check("name-invented", of=TEXT, ask="invented", order=270)
def invented(case: Case) -> list[str]:
    """A language that a draft names and its source does not."""
    return _unknown(case)


@check("name-unsupported", of=BULLET, weight=MARK, ask="invented", order=270)
def unsupported(case: Case) -> list[str]:
    """A language that a bullet names and its evidence does not."""
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
    codes = SOURCE.spoken_codes.items()
    given = _given(source) | {name for name, written in codes if any(_has(code, source) for code in written.split())}
    return [written for name, written in told.items() if name not in given]


def _told(draft: str, language: Language) -> dict[str, str]:
    """Languages that a draft names, each with how it does."""
    asked = language.asked
    if asked is SOURCE or not asked.spoken:
        return {}
    text = han.own_characters(draft, asked)
    matches = ((name, re.search(pattern, text)) for name, pattern in asked.spoken.items())
    return {name: match[0] for name, match in matches if match}


def _given(source: str) -> set[str]:
    """Languages that an English text names."""
    named = SOURCE.spoken.items()
    return {name for name, pattern in named if re.search(rf"\b(?:{pattern})\b", source, re.IGNORECASE)}


def _has(code: str, source: str) -> bool:
    """Whether it has the code, and not the word: `it` is Italian in `it-en`, `De` is German in `En-De`."""
    paired = rf"(?:{code}|{code.title()})"
    return bool(re.search(rf"\b{code.upper()}\b|\b{paired}[-–→_/]|[-–→_/(]{paired}\b", source))
