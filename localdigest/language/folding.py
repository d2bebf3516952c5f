"""English words as terms are looked up by: without case, number, accents, TeX and the differences of two spellings."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ACCENT = r"\\(?:[\"'`^~=.]|[uvHtcdbkr](?![A-Za-z]))\s?\{?\\?[A-Za-z]\}?"
"""TeX's accents, `\\"o`, `\\'{e}`, `\\v{C}`."""
_WORD = re.compile(
    rf"\$(?P<formula>\\?[A-Za-z]+)\$|(?P<word>(?:\{{?{_ACCENT}\}}?|[^\W_]|['’](?=[^\W_]))+|\\(?P<greek>[a-z]+)(?![A-Za-z]))"
)
_BRITISH = (
    (re.compile(r"(?<=[a-z]{2})is(?=(?:e|es|ed|er|ers|ing|ation|ations|able)$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})ys(?=(?:e|es|ed|er|ers|ing)$)"), "yz"),
    (re.compile(r"(?<=[a-z]{3})our(?=(?:|s|ed|ing|al|ally|less|hood|hoods|able)$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
    (re.compile(r"(?<=fi)bre(?=s?$)"), "ber"),
    (re.compile(r"(?<=[a-z]{3})ll(?=(?:ed|ing|er|ers)$)"), "l"),
    (re.compile(r"ae(?=[a-z]{4})|(?<=[a-z]{2})oe(?=[a-z]{3})"), "e"),
)
"""What American English writes otherwise, by its endings. Applied to terms and texts alike, so that what it does to a
word that is written so everywhere (`wise`) does not matter."""

_IRREGULAR = tomllib.loads(Path(__file__).with_name("plurals.toml").read_text(encoding="ascii"))


@dataclass(frozen=True, slots=True)
class Word:
    folded: str
    start: int
    end: int
    """Where it stands in its text, `text[start:end]`."""


def words(text: str) -> Iterator[Word]:
    """The words of `text` in order. A letter that is a formula, `$p$`, is a word, and so is `\\alpha`."""
    for match in _WORD.finditer(text):
        whole = match["formula"] or match["greek"] or match["word"]
        yield Word(fold(whole), match.start(), match.end())


@functools.lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """One word in the form that all its spellings share: `Schr\\"odinger` and `schrödinger`, `flavours`, `flavor`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    plain = re.sub(r"\\(?:[uvHtcdbkr](?=[\s{]))?|[\"'`^~=.{}’\s]", "", re.sub(r"['’]s$", "", plain))
    if len(plain) == 1 and not plain.isascii():
        plain = unicodedata.name(plain, plain).rpartition("LETTER ")[2]  # α is what `alpha decay` begins with
    plain = (plain[:-1] if re.fullmatch(r"[A-Z\d]{2,}s", plain) else plain).casefold()  # GPUs, not corpus
    return _singular(_american(_IRREGULAR.get(plain, plain)))


def _american(word: str) -> str:
    for pattern, to in _BRITISH:
        word = pattern.sub(to, word)
    return word


def _singular(word: str) -> str:
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes", "zzes")) else word[:-1]
