"""Abbreviations that a text defines, and their long forms: Schwartz and Hearst's method (PSB 2003, 451-462). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_BRACKETS = re.compile(r"\(([^()]{2,60}?)\)")
_SHORT = re.compile(r"(?=\w*[A-Z][\w-]*[A-Z0-9])[A-Za-z0-9][\w-]{1,9}s?")
_WORDS = re.compile(r"\S+")
_JOINING = frozenset(("of", "for", "in", "the", "and", "to", "on", "a"))


def definitions(texts: Iterable[str]) -> dict[str, str]:
    """Each short form with the long form that stands beside it where it is first defined: `deep noise suppression
    (DNS)`. The other order, `DNS (deep noise suppression)`, counts too."""
    found: dict[str, str] = {}
    for text in texts:
        for match in _BRACKETS.finditer(text):
            inner, before = re.split("[;,] ", match[1])[0], text[: match.start()].rstrip()
            if _SHORT.fullmatch(inner):
                short, long = inner, _long_form(inner, before)
            else:
                short = before.rpartition(" ")[2].lstrip("(")
                long = _long_form(short, inner) if _SHORT.fullmatch(short) else ""
                long = long if long == inner else ""
            if long:
                found.setdefault(short.removesuffix("s") if short[-2:-1].isupper() else short, long)
    # `Personalized DNS`, where DNS is defined too.
    return {
        short: " ".join(found.get(word, word) if word != short else word for word in long.split(" "))
        for short, long in found.items()
    }


def _long_form(short: str, before: str) -> str:
    """The end of `before` whose letters, in order, hold those of `short`, its first letter beginning a word; "" where
    none does."""
    words = [match.start() for match in _WORDS.finditer(before)]
    letters = [letter for letter in short.removesuffix("s").lower() if letter.isalnum()]
    most = min(len(letters) + 5, 2 * len(letters))
    begin = words[-most] if len(words) > most else 0
    place = len(before)
    for number, letter in enumerate(reversed(letters), 1):
        place = before.lower().rfind(letter, begin, place)
        while number == len(letters) and place > begin and not before[place - 1].isspace():
            place = before.lower().rfind(letter, begin, place)
        if place < 0:
            return ""
    long = before[place:].strip()
    words_of, before_it = long.split(), before[:place].split()
    if len(words_of) < len(letters) and before_it and before_it[-1][0].lower() == letters[0]:
        long, words_of = f"{before_it[-1]} {long}", [before_it[-1], *words_of]  # Accumulated Average Shift (AAS)
    told = [word for word in words_of if word.lower() not in _JOINING]
    long = re.sub(r"^(?:an?|the) (?=(\w))", lambda m: "" if m[1].lower() == letters[0] else m[0], long)
    is_one = re.search(r"\w[\s-]+\w", long) and len(told) <= len(letters) + 1 and short not in words_of
    return long if is_one and not re.search(r"[.;:(]\s|\d", long) else ""


def expanded(text: str, known: Mapping[str, str]) -> str:
    """`text` with the long form before each short one that it does not define itself, where it first comes: so that a
    translator who sees no more than this need not guess."""
    for short, long in known.items():
        if short in text and long.lower() not in text.lower():
            text = re.sub(rf"(?<![\w.-]){re.escape(short)}(?![\w-]|\.\w)(?! ?\()", f"{long} ({short})", text, count=1)
    return text
