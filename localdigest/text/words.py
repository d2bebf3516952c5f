"""English and LaTeX text as words that can be compared; two printed names as one person or two. Pure."""

from __future__ import annotations

import functools
import re
import unicodedata
from itertools import zip_longest

_UMLAUT = re.compile(r'\\"\s*\{?([aouAOU])\}?')
_ACCENT = re.compile(r"""\\(?:[`'"^~=.]|[uvHtcdbrk](?![A-Za-z]))\s*\{?\s*\\?([A-Za-z])\}?""")
r"""`\'e`, `\v{s}`, `\c c`, `\'{\i}`: the accent goes, the letter stays."""
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_LETTERS = {"ss": "ss", "o": "o", "l": "l", "ae": "ae", "oe": "oe", "aa": "a", "i": "i", "j": "j", "dh": "d"}
_GREEK = frozenset(unicodedata.name(chr(code)).rpartition(" ")[2].lower() for code in range(ord("α"), ord("ω") + 1))
_WHOLE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})
"""Letters that Unicode does not take apart."""
_WORD = re.compile(r"[^\W_]+(?:\+\+|#)?")
_NOT_PLURAL = frozenset(("news", "goods", "does", "always"))
"""Without their `s` they would be other words."""


def fold(text: str) -> str:
    r"""`text` in lower case without accents, LaTeX commands and braces; Greek letters by name (β, `\beta`: beta)."""
    if "\\" in text:
        text = _COMMAND.sub(_command, _ACCENT.sub(r"\1", text))
    text = re.sub("[{}]", "", text).casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text).translate(_WHOLE)
    return "".join(_spelled(c) for c in text if not unicodedata.combining(c))


def _command(match: re.Match[str]) -> str:
    return match[1] if match[1].lower() in _GREEK else _LETTERS.get(match[1], " ")


def _spelled(character: str) -> str:
    if not "α" <= character <= "ω":
        return character
    return unicodedata.name(character).rpartition(" ")[2].lower()


def words(text: str) -> list[str]:
    """The words of `text`, folded and in the singular, so that `Vocoders` and `vocoder` are the same."""
    return [_singular(word) for word in inflected(text)]


def inflected(text: str) -> list[str]:
    """The words of `text`, folded, plurals as they are."""
    return _WORD.findall(re.sub(r"'s\b", "", fold(text)))


def _singular(word: str) -> str:
    # Harman's S stemmer (doi 10.1002/(SICI)1097-4571(199101)42:1<7::AID-ASI2>3.0.CO;2-P): plurals and nothing else,
    # so that a reader can still say which words a rule takes for the same.
    if len(word) < 4 or word in _NOT_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    return word[:-1]


# ---------------------------------------------------------------- names

_PARTICLES = frozenset("van von der den de del della di da dos du la le ten ter zu zum".split())  # noqa: SIM905
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
_DIGRAPHS = {"ä": "ae", "ö": "oe", "ü": "ue"}

Spellings = frozenset[str]
"""The ways in which one word of a name may be written, folded."""
Words = tuple[Spellings, ...]


def same_person(wanted: str, name: str) -> bool:
    """Whether `name`, as a listing prints it, may be the author `wanted`.

    The family names must be equal, accents aside (Jürgen is Jurgen and Juergen). Given names may be left out or cut
    to initials on either side, but must not differ: `Y. LeCun`, `LeCun, Yann` and `LeCun` are Yann LeCun, `X. LeCun`
    is not. Two names in full match in either order (Wei Zhang, Zhang Wei).
    """
    given, family = _name(wanted)
    printed_given, printed_family = _name(name)
    if _joined(family) & _joined(printed_family):
        return _fit(given, printed_given)
    everything, printed = (*given, *family), (*printed_given, *printed_family)
    if _joined(everything) & _joined(printed_family):  # a family name of two words, alone
        return True
    in_full = all(len(spelling) > 1 for spellings in (*everything, *printed) for spelling in spellings)
    if len(everything) != 2 or len(printed) != 2 or not in_full:
        return False
    return bool(everything[0] & printed[1] and everything[1] & printed[0])


@functools.lru_cache(maxsize=1 << 16)  # followed authors meet every author of every paper
def _name(text: str) -> tuple[Words, Words]:
    """Given and family names."""
    family, comma, given = text.partition(",")
    parts = _spellings(family)
    if comma:
        return _spellings(given), parts
    cut = len(parts) - 1
    while cut > 1 and parts[cut - 1] & _PARTICLES:
        cut -= 1
    return parts[:cut], parts[cut:]


def _spellings(text: str) -> Words:
    text = _UMLAUT.sub(lambda match: match[1] + "\u0308", text)
    text = unicodedata.normalize("NFC", text).lower()
    found = []
    for word in re.split(r"[\s.\-\u2010~]+", text):
        both = (word, re.sub("[äöü]", lambda match: _DIGRAPHS[match[0]], word))
        spellings = frozenset("".join(_WORD.findall(fold(each))) for each in both) - {""}
        if spellings and not spellings & _SUFFIXES:
            found.append(spellings)
    return tuple(found)


def _joined(parts: Words) -> Spellings:
    """As one word, so that Le Cun is LeCun and Wei-Ning is Weining; empty for no word."""
    joined = {""}
    for spellings in parts:
        joined = {before + word for before in joined for word in spellings}
    return frozenset(joined) - {""}


def _fit(given: Words, printed: Words) -> bool:
    if _joined(given) & _joined(printed):
        return True
    return all(
        not a or not b or a & b or any(x[0] == y[0] for x in a for y in b if len(x) == 1 or len(y) == 1)
        for a, b in zip_longest(given, printed)
    )


def is_near(one: str, other: str) -> bool:
    """Whether a letter is another one, or one more or less; of short words every other one is near."""
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
