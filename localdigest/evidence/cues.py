"""The words that tell what a sentence speaks for: cues.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path


def any_of(words: str, around: str = r"\b") -> re.Pattern[str]:
    """Any of the alternatives in `words`, which white space parts; `_` stands for a space inside one."""
    either = "|".join(words.split()).replace("_", " ")
    return re.compile(f"{around}(?:{either}){around}", re.IGNORECASE)


class Cues:
    """Words and phrases by what they tell; see cues.toml."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._words: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        self._phrases: list[tuple[str, str]] = []
        for kind, entries in kinds.items():
            for entry in entries.split():
                phrase = entry.replace("_", " ")
                stem = phrase.removesuffix("*")
                if " " in phrase:
                    self._phrases.append((f" {stem}" if stem != phrase else f" {phrase} ", kind))
                elif stem != phrase:
                    self._stems.setdefault(stem, []).append(kind)
                else:
                    self._words.setdefault(phrase, []).append(kind)

    def kinds(self, word: str) -> frozenset[str]:
        """Of one word, lower case."""
        found = set(self._words.get(word, ()))
        for end in range(2, len(word) + 1):
            found.update(self._stems.get(word[:end], ()))
        return frozenset(found)

    def phrased(self, tokens: Sequence[str]) -> set[str]:
        """Of the words of a sentence together, lower case."""
        text = f" {' '.join(tokens)} "
        return {kind for phrase, kind in self._phrases if phrase in text}

    def fits(self, tokens: Sequence[str]) -> bool:
        """Whether a sentence has any of the whole words or phrases."""
        return not self._words.keys().isdisjoint(tokens) or bool(self.phrased(tokens))


_FILE = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
CUES = Cues(_FILE["cues"])
ASIDE = Cues(_FILE["aside"])
ROADMAP = [re.compile(pattern, re.IGNORECASE) for pattern in _FILE["roadmap"]["patterns"]]
CLAIMS = [re.compile(pattern, re.IGNORECASE) for pattern in _FILE["claims"]["patterns"]]
OTHERS = re.compile("".join(_FILE["others"]["pattern"].splitlines()))
PARTS_TOLD: Mapping[str, str] = _FILE["parts"]
CAPTIONS = {name: any_of(words) for name, words in _FILE["captions"].items()}
STOP = frozenset(_FILE["stop"]["words"].split())
