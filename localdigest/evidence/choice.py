"""Which sentences of a paper speak for which part of its breakdown. Pure: a Document in, groups of sentences out.

A small model cannot choose from a long paper (docs/models.md), so the program does. What can be seen of a sentence
(`signs`) is weighed by what was fitted on papers whose key facts were marked (weights.toml, scripts/fit_evidence.py):
how likely it carries one, for each part. The abstract is the authors' own outline, so its sentences come first; then
the best of the body, with an eye on variety, each with what it leans on.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localdigest.evidence import captions
from localdigest.evidence.signs import Seen, leans, see
from localdigest.evidence.signs import figures as figures
from localdigest.evidence.signs import words as words
from localdigest.records import PARTS, Document, Paper, PartName, Sentence

MOST = 20
"""Sentences of a paper that its breakdown is written from."""
COUNTS: Mapping[PartName, int] = {"background": 5, "method": 7, "results": 8}
"""Groups of a part with which these hold the most key facts of the marked papers."""
GROUP_CHARS = 520
"""Longest group, about 120 tokens: what a 1.5B model still condenses into one sentence without losing half."""
SHORTEST, LONGEST = 45, 480
"""Characters of a sentence worth choosing: below, headings and fragments; above, enumerations and formulas."""
LIKELY = 0.3
"""How likely a sentence of the abstract must carry a key fact to come first."""
ALIKE = 0.65
"""Share of common words, rare ones counting more, from which two sentences say the same (an abstract and its
introduction often do)."""
ECHO = 0.5
"""What a sentence loses of its worth where all its words were said."""
_UNSAID = re.compile(r"\b(?:is|was|were|of|to|by|at|than|about) [.,;)]")
"""`the average was .`: the figure is a formula that the text does not have, and a model would make one up."""

Worth = Mapping[PartName, float]
"""How likely a sentence carries a key fact of each part, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Group:
    """A sentence, with the one before it where it leans on that: what becomes one point."""

    part: PartName
    sentences: tuple[Sentence, ...]
    score: float
    """From 0 to 1."""

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each sign counts for each part, in logits, in the order of PARTS."""

    signs: Mapping[str, tuple[float, ...]]
    """With `always`, which every sentence has."""

    def worth(self, signs: Mapping[str, float]) -> Worth:
        totals = list(self.signs["always"])
        for name, value in signs.items():
            for place, weight in enumerate(self.signs.get(name, ())):
                totals[place] += weight * value
        return {part: 1 / (1 + math.exp(-total)) for part, total in zip(PARTS, totals, strict=True)}


def _read(path: Path) -> Weights:
    table = tomllib.loads(path.read_text(encoding="utf-8"))["weights"]
    return Weights({name: tuple(columns) for name, columns in table.items()})


WEIGHTS = _read(Path(__file__).with_name("weights.toml"))


def select(
    document: Document,
    paper: Paper,
    counts: Mapping[PartName, int] = COUNTS,
    most: int = MOST,
    weights: Weights = WEIGHTS,
) -> dict[PartName, list[Group]]:
    """Up to `counts[part]` groups for each part, of `most` sentences together, in the order of the paper; no sentence
    serves two parts."""
    seen = see(document, paper)
    choosing = _Choosing(seen, [weights.worth(signs) for signs in seen.signs], counts, most)
    choosing.outline()
    choosing.body()
    return choosing.groups()


class _Choosing:
    """A choice under way."""

    def __init__(self, seen: Seen, worth: Sequence[Worth], counts: Mapping[PartName, int], most: int) -> None:
        self.seen, self.worth, self.room = seen, worth, most
        self.left = {part: counts.get(part, 0) for part in PARTS}
        self.echo = {i: 0.0 for i in range(len(worth)) if _usable(seen, i)}
        """Of each sentence that may be taken, how much of it was said."""
        self.taken: list[tuple[tuple[int, ...], PartName]] = []

    def outline(self) -> None:
        """The abstract's sentences, the likeliest first."""
        likely = {i: sum(self.worth[i].values()) for i in self.seen.claims if i in self.echo}
        for i in sorted(likely, key=lambda i: -likely[i]):
            part = max(PARTS, key=lambda part: self.worth[i][part])
            if likely[i] >= LIKELY and self.left[part] and self.room and self.echo.get(i, 1.0) < ALIKE:
                self._take(i, part)

    def body(self) -> None:
        """The best one by one; words already said count against a sentence."""
        while self.room:
            worth = (
                (self.worth[i][part] * (1 - ECHO * echo), -i, part)
                for i, echo in self.echo.items()
                if echo < ALIKE
                for part in PARTS
                if self.left[part]
            )
            _, place, part = max(worth, default=(0.0, 1, PARTS[0]))
            if place > 0:
                break
            self._take(-place, part)

    def groups(self) -> dict[PartName, list[Group]]:
        found: dict[PartName, list[Group]] = {part: [] for part in PARTS}
        for members, part in sorted(self.taken):
            score = max(self.worth[i][part] for i in members)
            found[part].append(Group(part, tuple(self.seen.sentences[i] for i in members), score))
        return found

    def _take(self, seed: int, part: PartName) -> None:
        members = (seed - 1, seed) if self._needs_the_one_before(seed) else (seed,)
        self.taken.append((members, part))
        self.left[part] -= 1
        self.room -= len(members)
        for i in members:
            del self.echo[i]
        for i in self.echo:
            self.echo[i] = max(self.echo[i], *(self.seen.alike(i, said) for said in members))

    def _needs_the_one_before(self, seed: int) -> bool:
        before, one = seed - 1, self.seen.sentences[seed]
        if self.room < 2 or before not in self.echo or not leans(one.text):
            return False
        other = self.seen.sentences[before]
        return (
            other.section == one.section
            and other.kind == one.kind == "text"  # beside a caption stands what is of elsewhere
            and len(other.text) + len(one.text) <= GROUP_CHARS
        )


def _usable(seen: Seen, i: int) -> bool:
    sentence = seen.sentences[i]
    text = sentence.text
    return (
        seen.roles[i] != "skip"
        and SHORTEST <= len(text) <= LONGEST
        and not text[0].islower()
        and not text.endswith((":", ";", "?"))
        and not _UNSAID.search(text)
        and (sentence.kind == "text" or captions.reports(text, int(seen.signs[i]["figures"] > 0)))
    )
