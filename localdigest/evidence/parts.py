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

Shares = Mapping[PartName, float]
"""How likely a sentence is of each part; together 1."""
Logits = Mapping[str, Sequence[float]]
"""What each sign counts for each part, in the order of PARTS; `always`, which every sentence has, too."""
_CITES = re.compile(r"\[\d[\d, –-]*\]|\([^()]*\b(?:19|20)\d\d[a-z]?\)|\bet al\b")
_TOLD = {name: any_of(words) for name, words in PARTS_TOLD.items()}
_OWN = _TOLD.pop("own")


def _read(path: Path) -> Logits:
    return {name: tuple(row) for name, row in tomllib.loads(path.read_text(encoding="utf-8"))["parts"].items()}


LOGITS = _read(Path(__file__).with_name("parts.toml"))


def shares(seen: Seen, logits: Logits = LOGITS) -> list[Shares]:
    return [share(signs, logits) for signs in signs_of(seen)]


def signs_of(seen: Seen) -> Iterator[dict[str, float]]:
    """What tells a sentence's part: of an abstract also whether its authors have come to their own work by then."""
    own = [place for place in seen.claims if _OWN.search(seen.sentences[place].text)]
    for place, sentence in enumerate(seen.sentences):
        found = {**seen.signs[place], **_told(sentence.text)}
        if own and place in seen.claims:
            if place < own[0]:
                found["before own"] = 1.0
            else:
                found["own so far"] = sum(other <= place for other in own) / 3
                found["own opens"] = float(place == own[0])
                found["after own"] = float(place not in own)
        yield found


def _told(text: str) -> dict[str, float]:
    cited, own = len(_CITES.findall(text)), float(bool(_OWN.search(text)))
    told = {name: float(bool(cues.search(text))) for name, cues in _TOLD.items()}
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
