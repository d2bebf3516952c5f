"""The key facts of papers, and how many of them the chosen evidence holds. Needs no model.

A fact is a sentence of ours with quotes from its paper, each of which carries it. It is held where one of them is in a
chosen sentence, all but a few words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

import msgspec

from localdigest.messages.errors import InputRefused
from localdigest.records import PartName

ENOUGH = 0.85
"""Share of a quote's words, in their order, that a sentence must have."""
Chosen = Mapping[str, Mapping[PartName, Sequence[str]]]
"""By paper and part: the sentences that a breakdown would be written from."""
_LIGATURES = str.maketrans({"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "’": "'"})


@dataclass(frozen=True, slots=True)
class Quote:
    page: int
    """1-based."""
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    part: PartName
    fact: str
    must: bool
    """Without it a breakdown is useless."""
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A paper whose key facts somebody has marked."""

    paper: str
    """The name of its PDF without `.pdf`."""
    field: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Of some facts, how many are held; `right`, by a sentence chosen for the part that they are of."""

    facts: int = 0
    held: int = 0
    right: int = 0
    must: int = 0
    must_held: int = 0

    def __add__(self, other: Held) -> Held:
        return Held(
            self.facts + other.facts,
            self.held + other.held,
            self.right + other.right,
            self.must + other.must,
            self.must_held + other.must_held,
        )

    def shares(self) -> dict[str, float]:
        """0 to 1."""
        counted = {
            "held_share": (self.held, self.facts),
            "right_share": (self.right, self.facts),
            "must_share": (self.must_held, self.must),
        }
        return {name: round(part / max(1, whole), 4) for name, (part, whole) in counted.items()}


def load(folders: Sequence[Path]) -> dict[str, Marked]:
    """Every paper that a JSON file in `folders` marks, by name. Raises InputRefused."""
    marked = {}
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        try:
            marked[path.stem] = msgspec.json.decode(path.read_bytes(), type=Marked)
        except (OSError, msgspec.MsgspecError) as error:
            raise InputRefused(
                "{path}: cannot be read as key facts ({error}); docs/quality.md shows how they look", path, error
            ) from error
    return marked


def measure(marked: Mapping[str, Marked], chosen: Chosen) -> dict[str, Held]:
    """For each paper that is marked and among the chosen."""
    return {
        name: sum((_held(fact, chosen[name]) for fact in paper.facts), Held())
        for name, paper in marked.items()
        if name in chosen
    }


def figures(chosen: Chosen, held: Mapping[str, Held]) -> dict[str, float]:
    """Shares over all papers, and the most sentences that one has."""
    sizes = [sum(map(len, parts.values())) for parts in chosen.values()]
    total = sum(held.values(), Held())
    return {"papers": len(chosen), "most_sentences": max(sizes, default=0), "facts": total.facts, **total.shares()}


def _held(fact: Fact, parts: Mapping[PartName, Sequence[str]]) -> Held:
    got = {
        part
        for part, sentences in parts.items()
        if any(holds(quote.text, sentence) for sentence in sentences for quote in fact.quotes)
    }
    return Held(1, int(bool(got)), int(fact.part in got), int(fact.must), int(fact.must and bool(got)))


def holds(quote: str, sentence: str) -> bool:
    """Whether `sentence` has ENOUGH of the words of `quote`, in their order."""
    wanted, given = _words(quote), _words(sentence)
    least = ENOUGH * len(wanted)
    if not wanted or sum((Counter(wanted) & Counter(given)).values()) < least:
        return False
    matcher = SequenceMatcher(None, wanted, given, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) >= least


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    text = re.sub(r"(?<=[a-z])-\s*(?=[a-z])", "", text.translate(_LIGATURES).lower())
    return tuple(re.findall(r"[a-z0-9]+", text))
