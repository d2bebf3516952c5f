"""Runs of hidden text, counted, and glyphs that claim to be what they cannot be."""

from __future__ import annotations

import re

from localdigest.text.unseen import BREAK, EXPANDED, visible

MOST_LETTERS = 4
"""Of one glyph: no ligature has more."""

_STRINGS = re.compile(rb"<\s*((?:[0-9A-Fa-f]\s*){17,})>")


def count_runs(hidden: str, seen: str, least: int) -> int:
    """How many of the hidden texts between BREAKs say something to a model that the page does not show.

    That is: `least` letters in words, of which a Chinese character is two, and other words than those seen.
    """
    shown = _squeeze(seen)
    texts = [visible(text).replace("\u00ad", "") for text in hidden.split(BREAK)]
    return sum(_letters(text) >= least and _squeeze(text) not in shown for text in texts)


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
    return b"<%X>" % ord(EXPANDED) if sum(map(str.isalnum, text)) > MOST_LETTERS else match[0]


def is_glyph(name: str, known: frozenset[str]) -> bool:
    """Whether a glyph's name stands for a character: one of those known, or by its number."""
    return name in known or bool(re.fullmatch("/u(?:ni)?[0-9A-Fa-f]{4,6}", name))
