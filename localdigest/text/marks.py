"""What a text names by a number and does not say: figures, tables, equations, other parts of it, references. Pure.

The reader of PDFs marks its sentences with it (`Sentence.marks`), so that nobody else has to look for these again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal

from localdigest.records.reading import Mark

_NUMBER = r"[A-Z]?\d+(?:\.\d+)*|[IVX]+"
_ONE = rf"(?:\((?:{_NUMBER})[a-z]?\)|(?:{_NUMBER})[a-z]?\b)"
_MORE = rf"(?:\s*,\s*{_ONE}(?=,|\)| and)|\s*,?\s*(?:and|&|–|-)\s*{_ONE}(?![%.]?\d|%))*"
_NAMED = re.compile(
    r"\b(?P<extended>(?:Extended Data |Supplementary )?)"
    r"(?:(?P<figure>Fig(?:ures?|s?\.)|FIGS?\.|FIGURES?)|(?P<table>Tab(?:les?|s?\.)|TABLES?)"
    r"|(?P<equation>[Ee]q(?:uations?|n?s?\.))"
    r"|(?P<part>Sec(?:tions?|t?s?\.)|Chapters?|Appendi(?:x|ces)|Algorithms?|Theorems?|Thms?\.|Lemmas?|Propositions?"
    r"|Corollar(?:y|ies)|Definitions?|Steps?|[Ss]tages?))"
    rf"\s*{_ONE}{_MORE}"
)
_REFERENCE = re.compile(
    r"(?<![∈=×⊂→])(?<![∈=×⊂→] )(?<!\w)\[(?!0\b)\d{1,3}(?:\s?[,;–-]\s?(?!0\b)\d{1,3})*\]"  # not the interval [0, 1]
    r"|\[[A-Z][A-Za-z+]{1,9}\d{2}[a-z]?(?:[,;] ?[A-Z][A-Za-z+]{1,9}\d{2}[a-z]?)*\]"
    r"|\([^()]*\b(?:19|20)\d\d[a-z]?\)"
)
"""`[12, 13]`, `[Knu97]`, `(Conneau et al., 2023; Ardila et al., 2020)`, `(2020)`."""
_KINDS: tuple[Literal["figure", "table", "equation", "part"], ...] = ("figure", "table", "equation", "part")
_SPELLED = {"figure": "Figure", "table": "Table"}


def marks(text: str) -> tuple[Mark, ...]:
    """In their order; where several are named at once (`Figs. 3 and 4`) one for each."""
    found = [*_named(text), *(Mark("reference", m[0], m.start(), m.end()) for m in _REFERENCE.finditer(text))]
    return tuple(sorted(found, key=lambda mark: mark.start))


def _named(text: str) -> Iterator[Mark]:
    for match in _NAMED.finditer(text):
        kind = next(kind for kind in _KINDS if match[kind])
        begin = match.start()
        for number in re.finditer(_ONE, text[match.end(kind) : match.end()]):
            end = match.end(kind) + number.end()
            bare = number[0].strip("()").rstrip("abcdefghijklmnopqrstuvwxyz")
            name = f"{match['extended']}{_SPELLED[kind]} {bare}" if kind in _SPELLED else bare
            yield Mark(kind, name, begin, end)
            begin = end


def unmarked(text: str, cut: Collection[Mark]) -> str:
    """Without the marks, and without the spaces before them."""
    for mark in sorted(cut, key=lambda mark: -mark.start):
        text = text[: mark.start].rstrip(" ") + text[mark.end :]
    return text
