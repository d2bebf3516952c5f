"""Characters that no page shows: removed from what a PDF or a listing says, and counted where they are a trick."""

from __future__ import annotations

import re

BREAK = "\ufdd0"
"""Stands between runs of hidden text; not a character."""
EXPANDED = "\ufdd1"
"""Stands for a glyph that claims to be a whole text; not a character."""

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


def visible(text: str) -> str:
    """Without characters that do not show. Those that do stay, in the order in which they are stored."""
    return _DROPPED.sub("", text)


def without_unseen(text: str) -> str:
    """As `visible`, and without what stands in a run of them that must be a trick, letters too."""
    return visible(_TRICKS.sub("", text))


def tricks(text: str) -> int:
    """How many runs of characters in a text can only be there to be read by a program."""
    return len(_TRICKS.findall(text))
