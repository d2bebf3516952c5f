"""Which words are ordinary English, in whatever form. Pure but for reading the list."""

from __future__ import annotations

import functools
from pathlib import Path

_LIST = Path(__file__).with_name("english.txt")
_INFLECTED = {"s": [""], "ies": ["y"], "ied": ["y"], "ed": ["", "e"], "ing": ["", "e"], "er": ["", "e"], "ly": [""]}


@functools.cache
def _words() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())


def is_common(word: str) -> bool:
    """Whether it, or what its ending is of, is one of the commonest English words; in small letters."""
    known = _words()
    if word in known:
        return True
    if word.endswith(("ches", "shes", "sses", "xes", "zes")) and word[:-2] in known:
        return True
    for ending, stems in _INFLECTED.items():
        if word.endswith(ending) and any(word[: -len(ending)] + stem in known for stem in stems):
            return True
    return False
