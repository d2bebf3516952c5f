"""Which part of a breakdown each sentence speaks for, by what can be seen of it and of those around it. Pure.

A regression over `signs` and what is here, fitted on sentences whose part a reader marked (scripts/fit_evidence.py).
What a sentence's worth is, whatever its part, is another question (`choice`).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from localdigest.evidence.cues import PARTS_TOLD, any_of
from localdigest.evidence.signs import Seen
from localdigest.records import PARTS, PartName
from localdigest.records.reading import Sentence

Shares = Mapping[PartName, float]
"""How likely a sentence is of each part; together 1."""
Logits = Mapping[str, Sequence[float]]
"""What each sign counts for each part, in the order of PARTS; `always`, which every sentence has, too."""
_CITES = re.compile(r"\bet al\b")
_TOLD = {name: any_of(words) for name, words in PARTS_TOLD.items()}
_OWN = _TOLD.pop("own")


def _read(path: Path) -> Logits:
    return {name: tuple(row) for name, row in tomllib.loads(path.read_text(encoding="utf-8"))["parts"].items()}


LOGITS = _read(Path(__file__).with_name("parts.toml"))


def shares(seen: Seen, logits: Logits = LOGITS) -> list[Shares]:
    return [share(signs, logits) for signs in signs_of(seen)]


def signs_of(seen: Seen) -> Iterator[dict[str, float]]:
    """What tells a sentence's part: of an abstract, and of what follows it, also whether the authors have come to their
    own work by then."""
    spoken = [place for place, sentence in enumerate(seen.sentences) if _OWN.search(sentence.text)]
    own = [place for place in seen.claims if place in spoken]
    last = max(seen.claims, default=-1)
    first = next((place for place in spoken if place > last), 0)
    for place, sentence in enumerate(seen.sentences):
        found = {**seen.signs[place], **_told(sentence)}
        if own and place in seen.claims:
            if place < own[0]:
                found["before own"] = 1.0
            else:
                found["own so far"] = sum(other <= place for other in own) / 3
                found["own opens"] = float(place == own[0])
                found["after own"] = float(place not in own)
        elif last < place < first:
            found["before own in body"] = 1.0
        yield found


def _told(sentence: Sentence) -> dict[str, float]:
    cited = len(_CITES.findall(sentence.text)) + sum(mark.kind == "reference" for mark in sentence.marks)
    own = float(bool(_OWN.search(sentence.text)))
    told = {name: float(bool(cues.search(sentence.text))) for name, cues in _TOLD.items()}
    return {**told, "own": own, "cites": min(3, cited) / 1.5, "cites only": float(cited > 0 and not own)}


def share(signs: Mapping[str, float], logits: Logits) -> Shares:
    """Of one sentence with these signs (`signs_of`)."""
    totals = list(logits["always"])
    for name, value in signs.items():
        for place, weight in enumerate(logits.get(name, ())):
            totals[place] += weight * value
    most = max(totals)
    raised = [math.exp(total - most) for total in totals]
    return {part: one / sum(raised) for part, one in zip(PARTS, raised, strict=True)}
