"""Whether a listing's paper is a withdrawal, by what its comment and abstract say: arXiv's listings have no field for
it. Pure."""

from __future__ import annotations

import re

from localdigest.records import Paper

_NOUN = (
    r"(?:arxiv\s+)?(?:paper|article|submission|manuscript|preprint|work|note|version|"
    r"letter|report|e-?print|thesis|draft)"
)
_NOT_ELSEWHERE = r"(?!\s+from\s+(?!(?:the\s+)?arxiv|public))"
"""Taken back from a conference is not taken back from arXiv."""
_TAKEN_BACK = (
    r"(?:withdrawn?|retracted|taken\s+down"
    rf"|removed\s+by\s+(?:arxiv(?:\s+administrators?)?|the\s+authors?))\b{_NOT_ELSEWHERE}"
)
_THEN = (
    r"(?=\s*(?:$|[.,;:!)\]–—-]|(?:by|due|because|for|since|as|pending|until|after|and|to|owing|on|at|in\s+order)\b))"
)
_PASSIVE = (
    rf"{_NOUN}\s+(?:[^.;]{{0,80}}\s(?:and|so|but|hence|therefore|thus)\s+(?:it\s+)?)?"
    r"(?:(?:has|have)\s+(?:now\s+)?been|was|is(?:\s+(?:now|hereby|being|to\s+be))?|(?:has|had|needs?)\s+to\s+be"
    rf"|(?:must|should|will)\s+be)\s+(?:\w+ly\s+)?{_TAKEN_BACK}"
)
_ACTIVE = (
    r"(?:the\s+authors?|author(?:s|\(s\))?|we|i)\s+(?:(?:have|has|had|am|are|must|hereby|now|wish(?:es)?\s+to|want\s+to"
    r"|would\s+like\s+to|decided?\s+to|need\s+to|request(?:ed)?\s+to)\s+)*"
    r"(?:withdr[ae]w(?:s|n|ing)?|retract(?:s|ed|ing)?|request(?:ed|s)?\s+(?:the\s+)?withdrawal\s+of)\s+"
    rf"(?:(?:this|the|our|their|present|current)\s+)+{_NOUN}\b{_NOT_ELSEWHERE}"
)
_BARE = rf"(?:this\s+is\s+)?(?:(?:the|this)\s+)?(?:{_NOUN}\s+)?(?:temporarily\s+)?{_TAKEN_BACK}{_THEN}"
_DISREGARD = rf"please\s+(?:disregard|ignore)\s+(?:this|the)\s+{_NOUN}\b"
_BEGIN = r"(?:^|[.;:(]\s*)(?:\w+ly,\s+|(?:due\s+to|because\s+of|owing\s+to)[^.;]{0,120},\s*)?"
_SAID = re.compile(
    rf"{_BEGIN}(?:(?:the|this|our|present)\s+)*(?:{_PASSIVE}|{_ACTIVE}|{_BARE}|{_DISREGARD}|has\s+been\s+{_TAKEN_BACK})",
    re.IGNORECASE,
)
_SAID_OF_THIS = re.compile(rf"(?<=[.;:(]\s)(?:this\s+{_PASSIVE}{_THEN}|{_ACTIVE}|{_DISREGARD})", re.IGNORECASE)
"""Further on in an abstract, which may tell of others' papers that were taken back."""


def withdrawn(paper: Paper) -> bool:
    """Whether its comment or its abstract says that this version is a withdrawal."""
    return bool(_SAID.search(paper.comment) or _SAID.match(paper.abstract) or _SAID_OF_THIS.search(paper.abstract))
