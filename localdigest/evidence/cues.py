"""The words that tell what a sentence speaks for, and how much each sign counts: cues.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path


def any_of(words: str, around: str = r"\b") -> re.Pattern[str]:
    """Any of the alternatives in `words`, which white space parts; `_` stands for a space inside one."""
    either = "|".join(words.split()).replace("_", " ")
    return re.compile(f"{around}(?:{either}){around}", re.IGNORECASE)


_FILE = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    part: {**_FILE["weights"]["all"], **own} for part, own in _FILE["weights"].items() if part != "all"
}
"""By part of the breakdown: what each sign of a sentence counts for it."""
CUES = {name: any_of(words) for name, words in _FILE["cues"].items()}
"""Signs that are words of the sentence."""
ANY = {name: any_of(words) for name, words in _FILE["any"].items()}
STOP = frozenset(_FILE["stop"]["words"].split())
