"""What the headings of a paper say of the sentences below them, in any field: roles.toml. Pure.

A heading's own words tell more or less surely; where they do not, its parent and its neighbours do. All headings of a
paper are judged together: of all ways to give them roles, the likeliest (as Viterbi's algorithm finds it).
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from localdigest.evidence.cues import any_of
from localdigest.records.reading import Document, Heading

_FILE = tomllib.loads(Path(__file__).with_name("roles.toml").read_text(encoding="utf-8"))


def _patterns(table: str) -> Mapping[str, re.Pattern[str]]:
    return {role: any_of(words, "") for role, words in _FILE[table].items()}


_WHOLE, _SURE, _PHRASES, _WORDS = (_patterns(table) for table in ("whole", "sure", "phrases", "words"))
_DOES = _patterns("does")
_SAYS = any_of(_FILE["says"], r"\b")
_RESULTS = re.compile(r"\bresults\b|\bfindings\b", re.IGNORECASE)
_ASKS = re.compile(r"(?:what|why|how|when|where|which|who|can|should)\b")
_Match = Callable[[re.Pattern[str], str], re.Match[str] | None]
_PARTS = re.compile(r"\s*(?:[,:;/&–—]|\band\b|\bor\b|\s-\s)\s*")
_PREPOSITION = re.compile(
    r"\b(?:of|for|in|with|on|under|from|to|by|at|via|using|between|across|during|over|through|as|against|within)\b"
)
_COLON = re.compile(r"\s*(?::|\s[–—-]\s)")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")

Told = tuple[str, float]
"""A role and how surely it is told, in logits; "" and 0 where it is not."""
_NOTHING: Told = ("", 0.0)
_STRENGTH: Mapping[str, float] = _FILE["strength"]
_INHERITED: Sequence[tuple[float, float]] = _FILE["inherited"]
"""How surely a role must be told at least, and what those below have of it; the surest first."""
_GOES_ON: Mapping[str, Mapping[str, float]] = _FILE["goes_on"]
_STATES = tuple(_GOES_ON)
_APART = ("abstract", "skip")
"""Roles that say nothing of the headings beside them."""


def roles(document: Document) -> list[str]:
    """For each sentence the role of its section: abstract, background, method, results, conclusion or skip.

    What stands before all headings, or between abstract and the next, is background; a letter without headings is told
    by its sentences' places.
    """
    outline = roles_of(document.headings)
    if not {*outline} - {*_APART}:
        return _letter(document)
    found: list[str] = []
    seen = 0
    for place, sentence in enumerate(document.sentences):
        while seen < len(outline) and document.headings[seen].before <= place:
            seen += 1
        # Not the last one: a caption among the acknowledgements is of the section before.
        own = (at for at in reversed(range(seen)) if document.headings[at].text == sentence.section)
        found.append(next((outline[at] for at in own), "background"))
    return found


_PLACES = ((0.2, "background"), (0.55, "method"), (0.9, "results"), (1.0, "conclusion"))
"""Where the parts of a physicist's letter end, as shares of its sentences."""


def _letter(document: Document) -> list[str]:
    own = sum(sentence.section == "" for sentence in document.sentences)
    found, seen = [], 0
    for sentence in document.sentences:
        seen += sentence.section == ""
        place = next(role for end, role in _PLACES if seen <= end * own)
        found.append("abstract" if sentence.section else place)
    return found


# ---------------------------------------------------------------- all headings of a paper


def roles_of(headings: Sequence[Heading]) -> list[str]:
    """The role of each heading. A summary before all others is an abstract; no part of a section is one."""
    told = [role_of(heading.text) for heading in headings]
    told = [_NOTHING if one[0] == "abstract" and of.level > 1 else one for one, of in zip(told, headings, strict=True)]
    if len(headings) > 1 and headings[0].text.lower() == "summary":
        told[0] = ("abstract", _STRENGTH["whole"])
    families = _families(headings, {at for at, (role, _) in enumerate(told) if role in _APART})
    for parent, children in families.items():  # what has results of its own is a study
        own = _first_results(told, [at for at in children if _RESULTS.search(headings[at].text)])
        if parent >= 0 and own is not None and told[parent][1] < _STRENGTH["phrases"]:
            told[parent] = "results", _STRENGTH["words"]
    found = list(told)
    for parent, children in families.items():
        above = found[parent] if parent >= 0 else _NOTHING
        rest = [at for at in children if told[at][0] not in _APART]
        results = _first_results(told, rest)
        if results is not None:  # related work behind the results does not begin anything
            known = {at for at in rest if told[at][0] == "background" and told[at][1] >= _STRENGTH["phrases"]}
            rest = [at for at in rest if at < results or at not in known]
        for at, role in zip(rest, _likeliest([told[at] for at in rest], above), strict=True):
            sure = [told[at][1] * (told[at][0] == role), _inherited(above) * (above[0] == role)]
            found[at] = role, max(sure)
    return [role for role, _ in found]


def _first_results(told: Sequence[Told], places: Sequence[int]) -> int | None:
    """The first of these places that surely tells of results."""
    return next((at for at in places if told[at][0] == "results" and told[at][1] >= _STRENGTH["sure"]), None)


def _inherited(above: Told) -> float:
    """What a heading has of the role of the one that it stands under."""
    return next(worth for least, worth in _INHERITED if above[1] >= least)


def _families(headings: Sequence[Heading], childless: Collection[int]) -> dict[int, list[int]]:
    """The places of the headings by that of the one that they stand under, -1 for none; parents first."""
    found: dict[int, list[int]] = {-1: []}
    above: list[int] = []
    for at, heading in enumerate(headings):
        while above and headings[above[-1]].level >= heading.level:
            above.pop()
        found.setdefault(above[-1] if above else -1, []).append(at)
        if at not in childless:
            above.append(at)
    return found


def _likeliest(told: Sequence[Told], above: Told) -> list[str]:
    """The roles of headings side by side: by what each tells, by what it follows, and by the role of what they stand
    under (nothing, for the sections of a paper)."""
    parent = above[0]
    # Where no section is surely of results, they are told more and more from the middle on.
    open_ended = not parent and not any(role == "results" and sure >= _STRENGTH["phrases"] for role, sure in told)
    follows = _STRENGTH["part"] if parent else 1.0
    worth: dict[str, float] = {} if parent else {"background": 0.0}
    ways: list[dict[str, str]] = []
    for place, (role, sure) in enumerate(told):
        own = {state: sure * (state == role) for state in _STATES}
        if not role:
            late = place / max(1, len(told) - 1) if open_ended else 0.0
            own["method"] += _STRENGTH["untold"] * (1 - late)
            own["results"] += _STRENGTH["late"] * late
        if parent in own:
            own[parent] += _inherited(above)
        steps = [{old: has + follows * _GOES_ON[old][state] for old, has in worth.items()} for state in _STATES]
        ways.append(
            {state: max(step, key=step.__getitem__, default="") for state, step in zip(own, steps, strict=True)}
        )
        worth = {state: own[state] + max(step.values(), default=0.0) for state, step in zip(own, steps, strict=True)}
    found: list[str] = []
    state = max(worth, key=worth.__getitem__, default="")
    for way in reversed(ways):
        found.append(state)
        state = way[state]
    return found[::-1]


# ---------------------------------------------------------------- the words of one heading


@functools.lru_cache(maxsize=1 << 12)
def role_of(heading: str) -> Told:
    """What one heading tells by itself, without its number."""
    text = " ".join(heading.lower().replace("’", "'").split()).strip(" .:*")
    if role := _first(_WHOLE, text, re.Pattern.fullmatch):
        return role, _STRENGTH["whole"]
    first = _told_by(_COLON.split(text)[0])  # `Results II: ...` is what it says before its colon
    if first[1] >= _STRENGTH["sure"]:
        return first
    if _SAYS.search(text.partition(" ")[2]) and not _ASKS.match(text):
        return "results", _STRENGTH["says"]
    told = [_told_by(part) for part in _PARTS.split(text)]
    role = next((role for role in _FILE["order"] if role in {role for role, _ in told}), "")
    return role, max(sure for other, sure in told if other == role)


def _told_by(part: str) -> Told:
    if _WHOLE["skip"].fullmatch(part):
        return "skip", _STRENGTH["whole"]
    if role := _first(_SURE, part, re.Pattern.fullmatch):
        return role, _STRENGTH["sure"]
    if role := _first(_PHRASES, part, re.Pattern.search):
        return role, _STRENGTH["phrases"]
    if role := _first(_DOES, part, re.Pattern.match):
        return role, _STRENGTH["words"]
    for piece in _PREPOSITION.split(part):
        for word in reversed(_WORD.findall(piece)):
            for one in (word, word.rpartition("-")[2]):
                if role := _first(_WORDS, one, re.Pattern.fullmatch):
                    return role, _STRENGTH["words"]
    return _NOTHING


def _first(patterns: Mapping[str, re.Pattern[str]], text: str, match: _Match) -> str:
    return next((role for role, pattern in patterns.items() if match(pattern, text)), "")
