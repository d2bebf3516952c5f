"""Which figure of a paper shows the method, and which figure or table the main results. Pure.

Told by the captions' words, by the sections whose sentences speak of them, and by the sentences that the breakdown is
written from: figures.toml has the words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from localdigest.evidence.choice import Group
from localdigest.evidence.cues import any_of
from localdigest.evidence.sections import roles
from localdigest.evidence.signs import figures
from localdigest.records import PartName
from localdigest.records.figures import Caption
from localdigest.records.reading import Document

Shows = Literal["method", "results"]
TRIES = 5
"""Captions for each, from the best on: not every figure can be cut out."""
LEAST = 1.0
"""Worth from which on one is shown."""
EARLY = 3
"""Figures among which that of the method mostly is."""
MOST_SPOKEN = 3.0
_RESULTS = ("results", "conclusion", "abstract")
_NOTHING: Mapping[str, float] = {"method": 0.0, "results": 0.0}
_FILE = tomllib.loads(Path(__file__).with_name("figures.toml").read_text(encoding="utf-8"))
_WORDS = {kind: any_of(words) for kind, words in _FILE.items()}


def chosen(document: Document, groups: Mapping[PartName, Sequence[Group]]) -> list[tuple[Shows, list[int]]]:
    """What is wished for, at most three: the figure of the method, the main results, and the best of the results of
    the other kind, figure or table; each as places in `document.captions` from the best on.

    `groups` as `choice.select` has them.
    """
    captions = document.captions
    spoken = _spoken(document, groups)
    method, results = list[tuple[float, int]](), list[tuple[float, int]]()
    for place, caption in enumerate(captions):
        said, told = said_by(caption.text), spoken.get(caption.label, _NOTHING)
        number = re.search(r"\d+$", caption.label)
        early = 1.5 if number and int(number[0]) <= EARLY else 0.0
        if not is_table(caption):
            method.append((said["method"] + told["method"] + early - said["other"] - 0.7 * said["results"], -place))
        results.append((said["results"] + told["results"] - said["other"] - 0.5 * said["method"], -place))
    own = _ranked(method)
    best = [place for place in _ranked(results) if place not in own[:1]]
    other = [place for place in best if is_table(captions[place]) != is_table(captions[best[0]])]
    wishes: list[tuple[Shows, list[int]]] = [("method", own), ("results", best), ("results", other)]
    return [(shows, places[:TRIES]) for shows, places in wishes if places]


def is_table(caption: Caption) -> bool:
    return "Table" in caption.label


def _ranked(worth: Sequence[tuple[float, int]]) -> list[int]:
    return [-place for value, place in sorted(worth, reverse=True) if value >= LEAST]


def said_by(text: str) -> dict[str, float]:
    """How much a caption speaks of each kind: its first sentence most."""
    first, _, rest = text.partition(". ")
    if len(first) < 12:
        first, _, rest = rest.partition(". ")
    return {
        kind: 1.5 * min(2, len(set(words.findall(first)))) + 0.5 * min(2, len(set(words.findall(rest))))
        for kind, words in _WORDS.items()
    }


def _spoken(document: Document, groups: Mapping[PartName, Sequence[Group]]) -> dict[str, dict[str, float]]:
    """By label, how much the text speaks of it for each part: most where the breakdown is written from it."""
    part_of = {sentence: part for part, some in groups.items() for group in some for sentence in group.sentences}
    found: dict[str, dict[str, float]] = {}
    for at, (sentence, role) in enumerate(zip(document.sentences, roles(document), strict=True)):
        labels = {mark.name for mark in sentence.marks if mark.kind in ("figure", "table") and sentence.is_body}
        telling = len(figures(sentence.text, sentence.marks)) > 1
        for label in sorted(labels):
            near = [part_of.get(one) for one in document.sentences[max(0, at - 1) : at + 2]]
            worth = {
                "method": 0.5 * (role == "method") + near.count("method"),
                "results": 0.5 * (role in _RESULTS) + near.count("results") + 0.3 * telling,
            }
            before = found.get(label, _NOTHING)
            found[label] = {part: min(MOST_SPOKEN, before[part] + more) for part, more in worth.items()}
    return found
