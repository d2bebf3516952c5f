"""Characters that a page does not show: removed from what was read of it, and counted where they are a trick."""

from __future__ import annotations

import re

BREAK = "\ufdd0"
"""Stands between runs of hidden text; not a character."""
EXPANDED = "\ufdd1"
"""Stands for a glyph that claims to be a whole text; not a character."""
MOST_LETTERS = 4
"""Of one glyph: no ligature has more."""

_UNSEEN = (
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point of Unicode 16 without the soft hyphen, which PDFs show, and interlinear notes."""
_DROPPED = re.compile(f"[{_UNSEEN}{BREAK}]+|(?<=\u00ad)\u00ad+")
_TRICKS = re.compile(
    f"{EXPANDED}+"
    "|(?<!\U0001f3f4)[\U000e0000-\U000e0fff]{2,}"  # tags; after a black flag they are part of a flag
    "|[\u202d\u202e][^\u202c\n]*\u202c?"  # overrides: what is read is not in the order of what is seen
    f"|(?:\\w[{_UNSEEN}\u00ad]+){{4,}}\\w?"  # a word that no search finds
    f"|[{_UNSEEN}]{{8,}}"  # bits in zero-width characters
)
_STRINGS = re.compile(rb"<\s*((?:[0-9A-Fa-f]\s*){17,})>")


def without_unseen(text: str) -> str:
    """Without characters that do not show, and without what stands in a run of them that must be a trick."""
    return _DROPPED.sub("", _TRICKS.sub("", text))


def tricks(text: str) -> int:
    """How many runs of characters in a page's text can only be there to be read by a program."""
    return len(_TRICKS.findall(text))


def count_runs(hidden: str, seen: str, least: int) -> int:
    """How many of the hidden texts between BREAKs say something to a model that the page does not show.

    That is: `least` letters in words, of which a Chinese character is two, and other words than those seen.
    """
    shown = _squeeze(seen)
    return sum(_letters(text) >= least and _squeeze(text) not in shown for text in hidden.split(BREAK))


def _letters(text: str) -> int:
    return sum(2 if char >= "\u2e80" else 1 for word in re.findall(r"[^\W\d_]{2,}", text) for char in word)


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def honest(mapping: bytes) -> bytes:
    """A ToUnicode map in which a glyph that stands for a whole text stands for EXPANDED."""
    return _STRINGS.sub(_shortened, mapping)


def _shortened(match: re.Match[bytes]) -> bytes:
    digits = b"".join(match[1].split())
    text = bytes.fromhex((digits[: len(digits) // 4 * 4]).decode()).decode("utf-16-be", "replace")
    return b"<FDD1>" if sum(map(str.isalnum, text)) > MOST_LETTERS else match[0]


def is_glyph(name: str, known: frozenset[str]) -> bool:
    """Whether a glyph's name stands for a character: one of those known, or by its number."""
    return name in known or bool(re.fullmatch("/u(?:ni)?[0-9A-Fa-f]{4,6}", name))
