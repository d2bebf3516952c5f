"""English text -> sentences, as papers are written: `et al.`, `Fig. 3`, `e.g.` and initials do not end one."""

from __future__ import annotations

import re

_END = re.compile(r"([.!?][\"')\]”’]*)\s+(?=[\"'(\[“‘$]*[A-Z0-9$\\])")
_GLUED = re.compile(r"([a-z)\]]{2}[.!?])(?=[A-Z][a-z]+ [a-z])|( \d\.)(?=[A-Z][a-z]+ [A-Za-z])")
"""A full stop whose space got lost: `reasoning.While existing`, `in Track 2.For Track`."""
_OPEN = re.compile(
    r"(?:^|[\s(\[])(?:"
    r"al|approx|cf|ch|chap|def|dept|dr|e\.g|eg|eq|eqs|eqn|etc|ex|fig|figs|i\.e|ie|inc|jr|lem|ltd|mr|mrs|ms|no|nos|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|p|pp|prof|prop|ref|refs|resp|sec|sect|sr|st|tab|thm|univ|viz|vol|vs|w\.r\.t|wrt|[A-Za-z]"
    r")\.$",
    re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """The sentences of `text`, verbatim and in order, but that runs of white space become one space."""
    text = _GLUED.sub(r"\1\2 ", " ".join(text.split()))
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.end(1)]
        after = text[match.end() : match.end() + 2]
        opened = _OPEN.search(piece)
        if opened:
            # `et al. We show` ends a sentence, `et al. 2020`, `Fig. 3` and `J. Smith` do not; `system A. We` may.
            word = opened[0].strip(" ([").lower()
            if word != "etc." and not (word == "al." and after[:1].isupper() and not piece.endswith(",")):
                continue
            if len(piece) < 20:
                continue
        if len(piece) < 3 or piece.count("(") > piece.count(")"):
            continue
        sentences.append(piece)
        start = match.end()
    if start < len(text):
        sentences.append(text[start:])
    return sentences


SHORTEST = 30
_CLAUSE = re.compile(
    r"[;:—]\s+|,\s+(?=(?:and|but|or|while|which|where|who|whereas|with|by|including|such|for|to|as|so|then"
    r"|enabling|achieving|resulting|leading|making|showing|using|based|thus|thereby|\(\w{1,3}\))\b|\()"
)


def clauses(sentence: str) -> list[str]:
    """A sentence cut where its parts can be read alone: at semicolons, colons and the commas before linking words.

    None is shorter than SHORTEST characters; only the last ends as the sentence does.
    """
    pieces: list[str] = []
    start = 0
    for match in _CLAUSE.finditer(sentence):
        piece = sentence[start : match.start()]
        if len(piece) < SHORTEST or len(sentence) - match.end() < SHORTEST or piece.count("(") != piece.count(")"):
            continue
        pieces.append(piece.strip())
        start = match.end()
    return [*pieces, sentence[start:].strip()]
