"""Text of strangers (titles, names, what a server said) as it may be written to a terminal or into a log."""

from __future__ import annotations

import unicodedata

ACTS = frozenset({"Cc", "Cf", "Cs"})
"""Controls (an ANSI escape begins with one), format characters (bidi overrides, zero-width, tags), surrogates."""


def plain(text: str) -> str:
    """One line of `text` that only shows: white space becomes a space, characters that act are left out."""
    spaced = (" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in ACTS)
