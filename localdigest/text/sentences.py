"""English text -> sentences, as papers are written: `et al. 2020`, `Fig. 3`, `e.g.`, `(syst.) GeV` and initials end
none. The one splitter, of listings and of PDFs; what it knows of words is in sentences.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

_LISTS = {
    name: frozenset(words.split())
    for name, words in tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")).items()
}
_OPENING = "\"'“‘(\\[$"
_BOUNDARY = re.compile(
    # A mark, what closes after it, a citation or a footnote's number that stands behind it, and white space ...
    r"(?:(?P<stop>\.)|[!?])(?P<close>[\"'”’)\]]*\$?)(?:(?<=[^\W\d]\.)\d{1,2}|\s?\[\d[\d,\s–-]*\](?=\s+[A-Z])"
    r"|\s?\[[A-Z][^\[\]]{1,60}\d{2}[a-z]?\](?=\s+[A-Z]))?\s+"
    # ... before something that can begin a sentence; `mRNA` and `eROSITA` can.
    rf"(?=[{_OPENING}]*(?:[^\W_a-z]|[\\$]|(?!arX)[a-z]{{1,2}}[A-Z])|[•◦▪])"
    # A full stop whose space got lost: `reasoning.While existing`, `in Track 2.For Track`.
    r"|(?:(?<=[a-z)\]]{2})[.!?]|(?<= \d)\.)(?=[A-Z][a-z]+ [A-Za-z])"
    r"|[。！？][”’」』）]*\s*(?=\S)"
)
_NEXT = re.compile(rf"[{_OPENING}]*([^\W\d_]*)(.?)")
_LABEL = re.compile(r"(?:[A-Z][A-Za-z]+\.? )?\(?(?:\d+|[ivxIVX]{1,4}|[A-Za-z])(?:\.\d+)*\)?")
"""The number of a list's item, or what a theorem or a caption is called: `Theorem 3.2`."""
_NEAR = 400
"""Characters before a mark, and after it, in which a bracket must open and close for the mark to end no sentence."""


def ends(text: str) -> Iterator[int]:
    """Where sentences end and others begin: the places in `text` at which each but the first begins."""
    begin = 0
    for match in _BOUNDARY.finditer(text):
        before = text[max(begin, match.start() - _NEAR) : match.start()]
        if not before.strip() or _inside_brackets(before, text[match.start() + 1 : match.start() + _NEAR]):
            continue
        if match["stop"] and not _stops(before, match["close"], text[match.end() : match.end() + 40]):
            continue
        begin = match.end()
        yield begin


def split(text: str) -> list[str]:
    """The sentences of `text`, verbatim and in order, but that runs of white space become one space."""
    text = " ".join(text.split())
    places = [0, *ends(text), len(text)]
    return [piece for begin, end in pairwise(places) if (piece := text[begin:end].strip())]


def _inside_brackets(before: str, after: str) -> bool:
    """Whether a round bracket is open at a mark and closes later, but not at once.

    One that opens with a sentence, `(We did so. It helped.)`, has whole sentences in it.
    """
    own = re.match(r"\s*\([A-Z][a-z]*\s", before) is not None
    if before.count("(") - own <= before.count(")"):
        return False
    depth = 1
    for place, character in enumerate(after):
        depth += (character == "(") - (character == ")")
        if not depth:
            return after[:place].strip("\"'”’") != ""
    return False


def _stops(before: str, close: str, after: str) -> bool:
    """Whether a full stop ends a sentence rather than an abbreviation, an initial or the number of a list."""
    words = before.split()
    last = re.split(r"[~(\[{\"'“‘]", words[-1])[-1]
    word, number = last.lower(), len(words) > 1 and words[-2][-1].isdigit()
    following = _NEXT.match(after)
    said, then = (following[1], following[2]) if following else ("", "")
    capital = said[:1].isupper() and (len(said) > 1 or (said == "A" and after[1:2] == " " and after[2:3].islower()))
    starts = capital and then != "." and (said.lower() in _LISTS["starters"] or (said.endswith("ly") and then == ","))
    if _LABEL.fullmatch(before.strip()) or word in _LISTS["open"]:
        return False
    if ")" in close and (bracket := before.rfind("(")) > 0:
        # `(syst.) GeV`: the stop is the abbreviation's; `(We did so.)` stands for itself.
        return starts or len(before[bracket:].split()) > 3
    if word in ("al", "etc"):
        return said[:1].isupper() and after[0] == said[0]
    if len(last) == 1 and last.isalpha():
        if last.islower():
            return not (after[0].isdigit() or re.fullmatch(r"[A-Za-z]\.", words[-2] if len(words) > 1 else ""))
        return starts or (capital and (number or " ".join(words[-2:-1]).lower() in _LISTS["lettered"]))
    if re.fullmatch(r"(?:[a-z]\.-?)+[a-z]|ph\.d|[bm]\.sc|\.*", word):
        return starts
    if word in _LISTS["word"]:
        return capital and said != "A"
    if word in _LISTS["part"]:
        return (starts and said != "A") or (number and capital)
    if word in _LISTS["closed"]:
        return starts or (number and capital)
    return last not in _LISTS["capital"] or (starts and said != "A")


SHORTEST = 30
_CLAUSE = re.compile(
    r"[;:—]\s+|,\s+(?=(?:and|but|or|while|which|where|who|whereas|with|by|including|such|for|to|as|so|then"
    r"|enabling|achieving|resulting|leading|making|showing|using|based|thus|thereby|we|it|this|these|they|there"
    r"|\(\w{1,3}\))\b|\()"
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
