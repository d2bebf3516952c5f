"""Which sentences of captions report a result. Pure.

Most captions name what is shown (`Table 4: Performance of Fathom on LibriSpeech`) or explain its signs (`Best results
are in bold`): a model makes a bullet of them that says nothing. A few say what was found, in a sentence of their own.
"""

from __future__ import annotations

import re

LABEL = r"(?:Table|Figure|Fig\.) ?[\dIVX]+(?:\.\d+)*[.:|] "
"""How a caption begins: `Table 2: `, `Fig. 1. `."""
_FINDS = re.compile(
    r"\b(?:outperforms?|surpass(?:es)?|achieves?|attains?|obtains?|improves?|reduces?|exceeds?|reach(?:es)?|lowers"
    r"|raises|drops|falls|rises|gains)\b"
    r"|\b(?:is|are|was|were|has|have|needs?|takes?)\b.*\b(?:than|against|versus|vs|over the|compared (?:to|with))\b",
    re.IGNORECASE,
)
"""A finite verb of what was found, or another with what it is held against; not `Improvement of`, `obtained with`."""
_COMPARES = re.compile(
    r"\b(?:we compare|(?:is|are|was|were) compared)\b.*\b(?:against|with|to)\b.*\bon\b", re.IGNORECASE
)
_EXPLAINS = re.compile(
    r"\b(?:denot\w+|indicat\w+|represent\w*|stands? for|refers? to|mark(?:s|ed)|bold|underlin\w+|italic\w*|colou?rs?"
    r"|dashed|dotted|solid|curves?|bars?|arrows?|axis|axes|column|row|shown|shows?|depicts?|illustrat\w+|reported"
    r"|average[sd]? (?:over|of)|median|confidence|see|left|right|top|bottom)\b",
    re.IGNORECASE,
)
"""Said of the picture or the table, not of what was measured."""


def reports(text: str, figures: int) -> bool:
    """Whether a caption's sentence with so many figures is a result that can stand without what it stands under."""
    text = re.sub(f"^{LABEL}", "", text)
    return bool(
        text.endswith((".", "!"))
        and not _EXPLAINS.search(text)
        and ((figures and _FINDS.search(text)) or _COMPARES.search(text))
    )
