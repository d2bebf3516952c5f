"""What a bullet is about, told from the sentences that it rests on: a kind, or the name or term that opens them. Pure.

A small model asked for it copies whatever example it is given, so the program chooses (docs/quality.md).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from localdigest.evidence.cues import any_of
from localdigest.evidence.signs import figures, words
from localdigest.records import PARTS, PartName

_FILE = tomllib.loads(Path(__file__).with_name("leads.toml").read_text(encoding="utf-8"))
_NEW, _DONE, _FOUND, _MORE, _ASIDE, _BEFORE, _EARLIER, _BACK = (any_of(words) for words in _FILE.pop("gist").values())
KINDS: Mapping[PartName, Mapping[str, re.Pattern[str] | None]] = {
    part: {kind: any_of(cues) if cues else None for kind, cues in _FILE[part].items()} for part in PARTS
}
"""By part: its kinds in the order of trying, the last for what has none of the words."""
OPENER = re.compile(
    r"^(?:(?:Next|Then|First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Lastly|Subsequently|Therefore|Thus|Hence"
    r"|Consequently|As a result)(?=,| we )"
    r"|Moreover|Furthermore|In addition|Additionally|Specifically|In particular|Finally|Overall|In summary"
    r"|(?:Importantly|Notably|Interestingly|Remarkably|Crucially|Surprisingly|Indeed|In fact|Of course|To this end"
    r"|In other words|On the other hand|More (?:specifically|precisely|generally))(?=,)"
    r"|In this (?:paper|work|report|article|study|letter)"
    r"|(?:To|In order to) (?:address|tackle|solve|overcome|mitigate|alleviate|bridge|fill|resolve|meet|remedy)"
    r" (?:this|these|those|such|the above) [\w -]{3,40}),? (?=\w)"
)
"""What joins a sentence to others, and means nothing where it stands alone."""
_OPENS = re.compile(
    r"^(?:(?:First|Second|Third|Finally|Then|Next|Moreover|Additionally|In addition|Specifically|Furthermore),? )?"
    r"(?:we (?:\w+ly )?(?:propose|introduce|present|use|employ|adopt|design|develop|build|train|add|apply) )?"
    r"(?:(?:an?|the|our|its|this) (?:[a-z][\w-]* ){0,2}?)?$",
    re.IGNORECASE,
)
"""What may stand before the term that a sentence is about."""
_GOES_ON = re.compile(
    r"e?s?(?: \([^()]*\))?,? (?:is|are|was|were|has|have|can|that|which|to|with|for|of|in|on|by|from|maps?)\b"
)
"""And what behind it."""
_NAMED = re.compile(r"^(?:On|For|In|Across) (?:the )?((?=\w*[A-Z]\w*[A-Z]|[A-Za-z-]*\d)[A-Za-z][\w-]{2,15})\b(?= |,)")
"""`On LibriSpeech, ...`: what a result was got on."""


def kinds(part: PartName, text: str) -> Iterator[str]:
    """The kinds of bullet that sentences with this text may make, the likeliest first."""
    for kind, cue in KINDS[part].items():
        if cue is None or cue.search(text):
            yield kind


def subject(part: PartName, text: str, terms: Mapping[str, str]) -> str:
    """The term (each with its rendering) or the name of a test that opens the text; "" for none."""
    if part == "results":
        return named[1] if (named := _NAMED.match(text)) else ""
    places = [(text.find(english), english) for english in terms]
    first = min((place for place in places if place[0] >= 0), default=(0, ""))
    end = first[0] + len(first[1])
    opens = first[1] and _OPENS.match(text[: first[0]]) and _GOES_ON.match(text[end:])
    return terms[first[1]] if opens else ""


# ---------------------------------------------------------------- the gist

_HERE = re.compile(r"\b(?:in this (?:paper|work|report|article|study|letter)|this challenge)\b", re.IGNORECASE)
"""What says that a sentence is about the paper, whatever else it tells."""


def headline(abstract: Sequence[str], title: str) -> tuple[int, ...]:
    """Places of the sentences of an abstract that its gist is written from: the one that says what is new, and, where
    another does, the one with the result that counts; that alone where nothing is said to be new. None for an abstract
    that says neither, or no more than the title."""
    topic = set(words(title))
    first = title.partition(":")[0]
    name = re.compile(rf"\b{re.escape(first)}\b") if first != title and len(first.split()) == 1 else None

    def is_title(place: int) -> bool:
        """Whether it is the title again, and no more."""
        own = set(words(abstract[place]))
        return len(topic & own) > 0.7 * len(own)

    def is_known(place: int) -> bool:
        """Whether it tells what was there before."""
        text = abstract[place]
        stale = _EARLIER.search(text) or (_BEFORE.search(text) and not _NEW.search(text))
        return bool(stale) and not _HERE.search(text)

    def newness(place: int) -> float:
        text = abstract[place]
        own = set(words(text))
        near = len(topic & own) / max(1, len(topic))
        says = 3.0 * bool(_NEW.search(text)) or 2.0 * bool(_DONE.search(text))
        aside = _ASIDE.search(text) or is_title(place)
        says += 1.0 * bool(says and name and name.search(text))
        points_back = _BACK.search(OPENER.sub("", text))
        return says + 1.5 * near - 2 * bool(aside) - 3 * is_known(place) - bool(points_back) - 0.1 * place

    def weight(place: int) -> float:
        text = abstract[place]
        says = (2.0 * bool(_FOUND.search(text)) or 1.0 * bool(_MORE.search(text))) + 0.75 * min(2, len(figures(text)))
        aside = 3 * bool(_ASIDE.search(text) or is_known(place)) + 2 * (place == 0)
        return says - aside + 0.05 * place if says else 0.0

    new = max(range(len(abstract)), key=newness, default=-1)
    is_said = new >= 0 and newness(new) >= 1
    result = max((place for place in range(len(abstract)) if not is_said or place != new), key=weight, default=-1)
    counts = result >= 0 and weight(result) >= 1.1
    if is_said and (counts or not is_title(new)):
        return (new, result) if counts else (new,)
    return (result,) if counts else ()
