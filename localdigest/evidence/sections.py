"""What the headings of a paper say of the sentences below them, in any field: roles.toml. Pure."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from localdigest.evidence.cues import any_of
from localdigest.records import Document

_FILE = tomllib.loads(Path(__file__).with_name("roles.toml").read_text(encoding="utf-8"))


def _patterns(table: str) -> Mapping[str, re.Pattern[str]]:
    return {role: any_of(words, "") for role, words in _FILE[table].items()}


_WHOLE, _PHRASES, _WORDS = (_patterns(table) for table in ("whole", "phrases", "words"))
_SAYS = any_of(_FILE["says"], r"\b")
_Match = Callable[[re.Pattern[str], str], re.Match[str] | None]
_PARTS = re.compile(r"\s*(?:[,:;/&–—]|\band\b|\bor\b|\s-\s)\s*")
_PREPOSITION = re.compile(
    r"\b(?:of|for|in|with|on|under|from|to|by|at|via|using|between|across|during|over|through|as|against|within)\b"
)
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def roles(document: Document) -> list[str]:
    """For each sentence the role of its section: abstract, background, method, results, conclusion or skip.

    A heading that tells nothing goes on with the results before it; after others it begins the paper's own method.
    A summary before all other headings is an abstract; a letter without headings is told by its sentences' places.
    """
    if not {*document.sections} - {"", "Abstract"}:
        return _letter(document)
    found: list[str] = []
    role, section = "background", ""
    for sentence in document.sentences:
        if sentence.section != section:
            first = not section and len(document.sections) > 1
            section = sentence.section
            told = "abstract" if first and section.lower() == "summary" else role_of(section)
            role = told or (role if role == "results" else "method")
        found.append(role)
    return found


_PLACES = ((0.2, "background"), (0.55, "method"), (0.9, "results"), (1.0, "conclusion"))
"""Where the parts of a physicist's letter end, as shares of its sentences."""


def _letter(document: Document) -> list[str]:
    own = sum(sentence.section == "" for sentence in document.sentences)
    found, seen = [], 0
    for sentence in document.sentences:
        seen += sentence.section == ""
        place = next(role for end, role in _PLACES if seen <= end * own)
        found.append("abstract" if sentence.section else place)
    return found


@functools.lru_cache(maxsize=1 << 12)
def role_of(heading: str) -> str:
    """Of one heading, without its number; "" where it tells nothing."""
    text = " ".join(heading.lower().replace("’", "'").split()).strip(" .:*")
    if role := _first(_WHOLE, text, re.Pattern.fullmatch):
        return role
    if _SAYS.search(text.partition(" ")[2]):
        return "results"
    told = {_role_of_part(part) for part in _PARTS.split(text)}
    return next((role for role in _FILE["order"] if role in told), "")


def _role_of_part(part: str) -> str:
    if _WHOLE["skip"].fullmatch(part):
        return "skip"
    if role := _first(_PHRASES, part, re.Pattern.search):
        return role
    for piece in _PREPOSITION.split(part):
        for word in reversed(_WORD.findall(piece)):
            if role := _first(_WORDS, word, re.Pattern.fullmatch):
                return role
    return ""


def _first(patterns: Mapping[str, re.Pattern[str]], text: str, match: _Match) -> str:
    return next((role for role, pattern in patterns.items() if match(pattern, text)), "")
