"""Which sentences of a paper speak for which part of its breakdown. Pure: a Document in, groups of sentences out.

A small model cannot choose from a long paper (docs/models.md), so the program does. What can be seen of a sentence
(`signs`) is weighed by what was fitted on papers whose key facts were marked (weights.toml, scripts/fit_evidence.py):
how likely it carries one, for each part. The abstract is the authors' own outline, so its sentences come first; then
the best of the body, with an eye on variety, each with what it leans on.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localdigest.evidence import captions, parts
from localdigest.evidence.signs import Seen, aside, figures, leans, measures, see, stands_for, tells_of_others
from localdigest.evidence.signs import words as words
from localdigest.records import PARTS, Paper, PartName
from localdigest.records.reading import Document, Sentence
from localdigest.text.marks import unmarked

MOST = 20
"""Sentences of a paper that its breakdown is written from."""
COUNTS: Mapping[PartName, int] = {"background": 5, "method": 7, "results": 8}
"""Groups of a part with which these hold the most key facts of the marked papers."""
GROUP_CHARS = 520
"""Longest group, about 120 tokens: what a 1.5B model still condenses into one sentence without losing half."""
SHORTEST, LONGEST = 45, 250
"""Characters of a sentence worth choosing: below, headings and fragments. Above, a 1.5B model translates half of them
wrongly, a quarter of the shorter ones (docs/quality.md); as many of the facts that must be in are held without them."""
LIKELY = 0.3
"""How likely a sentence of the abstract must carry a key fact to come first."""
ALIKE = 0.45
"""Share of common words, rare ones counting more, from which two sentences say the same (an abstract and its
introduction often do)."""
FITS = 0.7
"""How likely, against the part that it fits best, a sentence must be of the part that it is taken for."""
ENOUGH, LEAST = 2, 0.1
"""Groups that a part gets whatever their worth, and how likely a key fact must be in any more."""
_UNSAID = re.compile(r"\b(?:is|was|were|of|to|by|at|than|about) [.,;)]")
"""`the average was .`: the figure is a formula that the text does not have, and a model would make one up."""
_NAMED = re.compile(r"\b(?:in|by|of|from|to|with|see|and|at|on|as|like) ?(?:and|or)? ?[.,;)]")
"""`was published in [31] and [5]`: without its references a sentence ends at a preposition."""

Worth = Mapping[PartName, float]
"""How likely a sentence carries a key fact of each part, 0 to 1."""
_Judged = tuple[Seen, tuple[Worth, ...], list[parts.Shares]]


@dataclass(frozen=True, slots=True)
class Group:
    """A sentence, with the one before it where it leans on that: what becomes one point."""

    part: PartName
    sentences: tuple[Sentence, ...]
    score: float
    """From 0 to 1."""
    fit: float = 1.0
    """How likely, from 0 to 1, it is of its part and no other."""

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)

    @property
    def bare(self) -> str:
        return " ".join(map(bare, self.sentences))

    @property
    def figures(self) -> list[str]:
        return [figure for s in self.sentences for figure in figures(s.text, s.marks)]


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


def bare(sentence: Sentence) -> str:
    """Without what means nothing in a digest: references, a caption's label (`Table 2: `), `(see the appendix)`."""
    label = [mark for mark in sentence.marks if sentence.kind == "caption" and mark.start == 0]
    text = unmarked(sentence.text, [*label, *(mark for mark in sentence.marks if mark.kind == "reference")])
    text = _ELSEWHERE.sub("", text)
    return text.lstrip(".:| ") if label else text


_ELSEWHERE = re.compile(r"\s?\((?:[Ss]ee|[Cc]f\.?)(?![a-z])[^();=%]{0,80}\)|\s?\(\?\?\)")
"""`(see also the supplement)` that tells nothing else, and what LaTeX sets for a reference that it does not know."""


WEIGHTS = _read(Path(__file__).with_name("weights.toml"))


def select(
    document: Document,
    paper: Paper,
    counts: Mapping[PartName, int] = COUNTS,
    most: int = MOST,
    weights: Weights = WEIGHTS,
    logits: parts.Logits = parts.LOGITS,
) -> dict[PartName, list[Group]]:
    """Up to `counts[part]` groups for each part, of `most` sentences together, in the order of the paper; no sentence
    serves two parts."""
    is_ours = weights is WEIGHTS and logits is parts.LOGITS
    judged = _known(document, paper) if is_ours else _judged(document, paper, weights, logits)
    choosing = _Choosing(*judged, counts, most)
    choosing.outline()
    choosing.body()
    return choosing.groups()


def _judged(document: Document, paper: Paper, weights: Weights, logits: parts.Logits) -> _Judged:
    """What is seen of each sentence, what it is worth for each part, and how likely it is of that."""
    seen = see(document, paper)
    shares = parts.shares(seen, logits)
    pairs = zip(seen.signs, shares, strict=True)
    return seen, tuple(_apart(weights.worth(signs), own) for signs, own in pairs), shares


@functools.lru_cache(maxsize=4)
def _known(document: Document, paper: Paper) -> _Judged:
    """The same of the last papers, for which a choice is made twice: for their figures, for their breakdown."""
    return _judged(document, paper, WEIGHTS, parts.LOGITS)


def _apart(worth: Worth, shares: parts.Shares) -> Worth:
    """The worth for all parts together, for the likeliest one, and less for the others; what tells a sentence's worth
    for a part tells a little of which it is, too."""
    likely = {part: share * math.sqrt(worth[part]) for part, share in shares.items()}
    together, most = sum(worth.values()), max(likely.values())
    return {part: together * one / most for part, one in likely.items()}


class _Choosing:
    """A choice under way."""

    def __init__(
        self,
        seen: Seen,
        worth: Sequence[Worth],
        shares: Sequence[parts.Shares],
        counts: Mapping[PartName, int],
        most: int,
    ) -> None:
        self.seen, self.worth, self.shares, self.room = seen, worth, shares, most
        self.left = {part: counts.get(part, 0) for part in PARTS}
        self.counts = dict(self.left)
        self.said = {i: 0.0 for i in range(len(worth)) if _usable(seen, i)}
        """Of each sentence that may be taken, how much of it was said."""
        self.foreign = _foreign(seen)
        self.found = {i for i in self.said if seen.sentences[i].kind == "theorem" or measures(seen.sentences[i].text)}
        """What is a result wherever it stands."""
        self.taken: list[tuple[tuple[int, ...], PartName]] = []

    def outline(self) -> None:
        """The abstract's sentences, the likeliest first."""
        likely = {i: sum(self.worth[i].values()) for i in self.seen.claims if i in self.said}
        for i in sorted(likely, key=lambda i: -likely[i]):
            part = max(PARTS, key=lambda part: self.worth[i][part])
            part = "results" if i in self.found else "background" if i in self.foreign else part
            if i in self.said and likely[i] >= LIKELY and self.left[part] and self.room and self.said[i] < ALIKE:
                self._take(i, part)

    def body(self) -> None:
        """The best one by one."""
        while self.room and (best := max(self._offers(), default=None)):
            _, place, part = best
            self._take(-place, part)

    def _offers(self) -> Iterator[tuple[float, int, PartName]]:
        """What may be taken: its worth, its place (negative, since of equals the first wins) and the part."""
        for part in PARTS:
            least = LEAST if self.counts[part] - self.left[part] >= ENOUGH else 0.0
            for i, said in self.said.items() if self.left[part] else ():
                worth = self.worth[i][part]
                fits = worth >= max(least, FITS * max(self.worth[i].values()))
                fits &= part == "background" or i not in self.foreign
                fits &= part == "results" or i not in self.found
                if said < ALIKE and fits and (part == "results" or self.seen.sentences[i].is_body):
                    yield worth, -i, part

    def groups(self) -> dict[PartName, list[Group]]:
        """In the order of the paper; one that leans on what was taken before it for the same part joins that."""
        found: dict[PartName, list[tuple[int, ...]]] = {part: [] for part in PARTS}
        for members, part in sorted(self.taken):
            own = found[part]
            if own and own[-1][-1] == members[0] - 1 and self._follows(members[0]):
                members = (*own.pop(), *members)
            own.append(members)
        return {
            part: [
                Group(
                    part,
                    tuple(self.seen.sentences[i] for i in group),
                    max(self.worth[i][part] for i in group),
                    max(self.shares[i][part] for i in group),
                )
                for group in groups
            ]
            for part, groups in found.items()
        }

    def _take(self, i: int, part: PartName) -> None:
        """A sentence, with the one before it where it leans on that. One whose subject is a pronoun for what stands
        there, and is told elsewhere, says nothing by itself: it is out."""
        members: tuple[int, ...] = (i,)
        if self._follows(i) and self.room > 1 and i - 1 in self.said:
            members = (i - 1, i)
        elif stands_for(self.seen.sentences[i].text) and not (self._follows(i) and self._has(i - 1, part)):
            del self.said[i]
            return
        self.taken.append((members, part))
        self.left[part] -= 1
        self.room -= len(members)
        for i in members:
            del self.said[i]
        for i in self.said:
            self.said[i] = max(self.said[i], *(self.seen.alike(i, other) for other in members))

    def _has(self, i: int, part: PartName) -> bool:
        """Whether a sentence was taken for this part."""
        return any(members[-1] == i and own == part for members, own in self.taken)

    def _follows(self, i: int) -> bool:
        """Whether a sentence needs the one before it, and can have it."""
        if not i or not leans(self.seen.sentences[i].text):
            return False
        before, one = self.seen.sentences[i - 1], self.seen.sentences[i]
        return (
            before.section == one.section
            and before.is_body
            and one.is_body  # beside a caption stands what is of elsewhere
            and len(before.text) + len(one.text) <= GROUP_CHARS
        )


def _foreign(seen: Seen) -> frozenset[int]:
    """The places of what tells of the work of others, and of what goes on with it: background, however it is said."""
    found: set[int] = set()
    for i, sentence in enumerate(seen.sentences):
        if tells_of_others(sentence.text) or (i - 1 in found and leans(sentence.text)):
            found.add(i)
    return frozenset(found)


def _usable(seen: Seen, i: int) -> bool:
    sentence = seen.sentences[i]
    text = sentence.text
    return (
        sentence.certain
        and seen.roles[i] != "skip"
        and SHORTEST <= len(text) <= LONGEST
        and not text[0].islower()
        and not text.endswith((":", ";", "?"))
        and not _UNSAID.search(text)
        and len(_NAMED.findall(bare(sentence))) <= len(_NAMED.findall(text))
        and not aside(text)
        # What a caption leans on is not known.
        and (
            sentence.is_body
            or (captions.reports(bare(sentence), len(figures(text, sentence.marks))) and not leans(text))
        )
    )
