"""The shape of a draft against its source's: what it repeats, how long it is, how many sentences it has."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from localdigest.checks.registry import ANY, LIGHT, TEXT, TRANSLATION, Case, check
from localdigest.text.sentences import split


@check("repetition", of=ANY, ask="repeated", order=50)
def repetition(case: Case) -> Iterator[str]:
    """A stretch that comes more often than in a text, and than its source has one."""
    loop = case.draft[-20:] if case.finish == "repetition" else _loop(case)
    if loop and case.draft.strip():
        yield loop


def _loop(case: Case) -> str:
    text, source, language, prose = case.draft, case.source, case.language, case.prose
    run = re.search(r"([^\W\d_])\1{8,}", prose)
    if run:
        return run[0][:10]
    if language.latin and (twice := re.search(r"\b(\w{6,}) \1\b", prose, re.IGNORECASE)) and twice[0] not in source:
        return twice[0]
    stop = r"[。！？!?]|\.\s"
    pieces = [piece.strip() for piece in re.split(rf"{stop}|[；;]", prose)]
    doubled = [p for p in pieces if len(p) >= (30 if language.latin else 12) and pieces.count(p) > 1]
    # With its spans: `见 $x$。见 $y$。` says two things.
    whole = split(text) if language.latin else [piece.strip() for piece in re.split(stop, text)]
    doubled += [each for each in whole if len(each) > 1 and whole.count(each) > 2 and language.own_letter.search(each)]
    if doubled and len(set(split(source))) == len(split(source)):
        return doubled[0][:40]
    if language.latin:
        words = re.findall(r"\w+", prose.lower())
        least = {4: 3, 8: 2}
        grams = ((size, " ".join(words[i : i + size])) for size in least for i in range(len(words) - size + 1))
    else:
        # What six characters say is two words of English, or more. With their spans, as `evaluate.judge` counts them.
        least = {4: 5, 6: max(3, _commonest_pair(source)), 8: 4, 16: 3}
        texts = ((size, text if size == 6 else prose) for size in least)
        grams = ((size, of[i : i + size]) for size, of in texts for i in range(len(of) - size + 1))
    seen: dict[str, int] = {}
    for size, gram in grams:
        seen[gram] = seen.get(gram, 0) + 1
        if seen[gram] > least[size] and len(set(gram)) > 1 and language.own_letter.search(gram):
            return gram
    return _figure_twice(prose, source)


def _figure_twice(prose: str, source: str) -> str:
    """提高了28%，比级联系统提高了28%: the same said of a figure that the source has once."""
    told: Counter[str] = Counter(re.findall(r"[^\W\d]{2} ?\d\d+(?:[.,]\d+)*%?(?![\d.,]*\d)", prose))
    for said, times in told.items():
        figure = re.sub(r"\D+(?=\d)", "", said, count=1)
        if times > 1 and len(re.findall(rf"(?<![\d.,]){re.escape(figure)}(?!\d)", source)) == 1:
            return said
    return ""


def _commonest_pair(source: str) -> int:
    """How often the pair of neighbouring words comes that comes most often."""
    words = re.findall(r"\w+", source.lower())
    return max(Counter(itertools.pairwise(words)).values(), default=0)


@check("length", of=TEXT, weight=LIGHT, ask="length", order=290)
def length(case: Case) -> Iterator[str]:
    """Far more or far fewer characters than a translation of the source has."""
    low, high = case.language.length
    ratio = len(case.prose.strip()) / max(1, len(case.source_prose.strip()))
    if len(case.source) >= 40 and not low <= ratio <= high:
        yield f"{ratio:.2f} characters for each of the source's"


@check("shortened", of=TRANSLATION, ask="unfinished", order=295)
def shortened(case: Case) -> Iterator[str]:
    """So little for the source's words that a clause must be missing."""
    words = len(re.findall(r"[A-Za-z][A-Za-z'’-]*", case.source_prose))
    own, others = len(case.language.own_letter.findall(case.prose)), len(re.findall(r"[A-Za-z]+|\d[\d.,]*", case.prose))
    said = own + 1.7 * others
    if words >= 12 and own > others and said < case.language.density * words:
        yield f"{said / words:.2f} characters for each of the source's words"


@check("sentences", of=TEXT, weight=LIGHT, ask="length", order=300)
def sentence_count(case: Case) -> Iterator[str]:
    """Far more or far fewer sentences than the source has."""
    want = len(split(case.source))
    text = re.sub(r"(?<=\d)\.(?=\d)", "", case.prose)
    have = max(1, len(re.findall(r"[。！？!?]+|\.(?=\s|$)", text)))
    if want and (have > 2 * want + 2 or have < want / 3):
        yield f"{have} for {want}"
