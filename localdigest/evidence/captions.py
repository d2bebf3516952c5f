"""Which sentences of captions report a result. Pure.

Most captions name what is shown (`Table 4: Performance of Fathom on LibriSpeech`) or explain its signs (`Best results
are in bold`): a model makes a bullet of them that says nothing. A few say what was found, in a sentence of their own.
"""

from __future__ import annotations

import re

from localdigest.evidence.cues import CAPTIONS

LABEL = r"(?:Table|Figure|Fig\.) ?[\dIVX]+(?:\.\d+)*[.:|] "
"""How a caption begins: `Table 2: `, `Fig. 1. `."""
CITATION = re.compile(rf"\s*\[[\d, –-]+\]|\s*\([^()]*\b(?:19|20)\d\d[a-z]?\)|^{LABEL}")
"""Means nothing in a digest: `[12, 13]`, `(Conneau et al., 2023; Ardila et al., 2020)`, `Table 2: `."""
_HELD_AGAINST = re.compile(
    r"\b(?:is|are|was|were|has|have|needs?|takes?)\b.*\b(?:than|against|versus|vs|over the|compared (?:to|with))\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:we compare|(?:is|are|was|were) compared)\b.*\b(?:against|with|to)\b.*\bon\b", re.IGNORECASE
)


def reports(text: str, figures: int) -> bool:
    """Whether a caption's sentence with so many figures is a result that can stand without what it stands under."""
    text = re.sub(f"^{LABEL}", "", text)
    return bool(
        text.endswith((".", "!"))
        and not CAPTIONS["explains"].search(text)
        and ((figures and (CAPTIONS["found"].search(text) or _HELD_AGAINST.search(text))) or _COMPARES.search(text))
    )
