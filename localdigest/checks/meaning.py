"""What turns a sentence's meaning round: opposites, negation, bounds, who is compared with whom. By language data."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

from localdigest.checks.registry import BULLET, TITLE, TRANSLATION, Case, Said, check
from localdigest.language import meaning
from localdigest.language.profile import Language
from localdigest.text.quantities import Quantity, Reading

SAYING = TRANSLATION | TITLE | BULLET
"""A bullet may leave a word out, but not turn one round."""
_APPROXIMATELY = (
    r"\s*(?:about|approximately|around|roughly|some|the|a|of|~|≈|\$|约|大约|近似|近|为|是|达|了|于|在|有|\s)*[-−]?$"
)
_CLAUSES = re.compile(r"; |: |, (?:while|whereas|but|and) ")
_OWN_CLAUSES = re.compile("[；：]|，(?:而|但|且|并且|并)")
_NAME = r"[A-Z][\w+-]*(?:-\d[\w.]*)?|[a-z]+\d[\w-]*|[A-Za-z]\w{2,}"
_NO_WORDS = frozenset("that this these those them their with from both more other what which have been".split())  # noqa: SIM905


@check("meaning", of=SAYING, ask="meaning", order=235)
def opposites(case: Case) -> Iterator[Said]:
    """The opposite of a word of the source: below as 高于, upper bound as 下界."""
    clauses = _CLAUSES.split(case.source_prose), _OWN_CLAUSES.split(case.prose)
    for source, draft in [(case.source_prose, case.prose), *(zip(*clauses, strict=False) if _alike(*clauses) else ())]:
        for one, told, wrong in _applicable(source, case.language):
            if (found := wrong.search(draft)) and not told.search(draft):
                yield _said(one, found[0])
                return


def _alike(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether both have the same clauses, as far as their number tells."""
    return len(ours) == len(theirs) > 1


@check("meaning", of=TRANSLATION | TITLE, ask="meaning", order=236)
def lost(case: Case) -> Iterator[Said]:
    """A word that counts, with nothing in the draft that says it: only, at most, half, three."""
    for one, told in _required(case.source_prose, case.language):
        if not told.search(case.draft):
            yield _said(one)


@check("meaning", of=SAYING, ask="meaning", order=237)
def wrong(case: Case) -> Iterator[Said]:
    """What is no translation of a word: -free as 免费."""
    for pattern, own in meaning.find(case.language).wrong.items():
        if (one := re.search(pattern, case.source_prose)) and (found := re.search(own, case.prose)):
            yield _said(one[0], found[0])


@check("meaning", of=SAYING, ask="meaning", order=238)
def negation(case: Case) -> Iterator[Said]:
    """A negation that the draft has not, or one that the source has not."""
    known = meaning.find(case.language).negation
    if not known:
        return
    source, draft = case.source_prose, re.sub(known.plain, "", case.prose)
    english = re.search(known.english, source, re.IGNORECASE)
    if english:
        # What a bullet left out may have been the clause that was negated.
        if case.of is not BULLET and english[0] not in draft and not re.search(known.own, draft):
            yield _said(english[0])
    elif (own := re.search(known.strict, draft)) and not re.search(known.excused, source, re.IGNORECASE):
        yield _said(own[0], own[0])


@check("meaning", of=SAYING, ask="meaning", order=239)
def bounds(case: Case) -> Iterator[Said]:
    """A number that is a lower bound where the source has an upper one, that rose where it fell, or the like."""
    known = meaning.find(case.language)
    for wanted in case.source_quantities.quantities if known.bounds and not case.is_crowded else ():
        told = [q for q in case.quantities.quantities if not set(q.values).isdisjoint(wanted.likely)]
        if len(told) != 1 or not known.bounds:
            continue
        english = known.bounds.english_above, known.bounds.english_below
        ours = _bound(case.source_quantities, wanted, english, known.bounds.negated)
        theirs = _bound(case.quantities, told[0], (known.bounds.above, known.bounds.below), known.bounds.negated)
        if ours and theirs and ours[0] != theirs[0]:
            yield _said(f"{ours[1]} {wanted.written}", theirs[1])
        for said, own in _changes(case.language):
            if turned := own.search(case.quantities.text[max(0, told[0].start - 12) : told[0].start]):
                before = case.source_quantities.text[max(0, wanted.start - 80) : wanted.start]
                behind = case.source_quantities.text[wanted.after : wanted.after + 34]
                ahead = said[0].search(before)
                if ahead and any(other.search(before[ahead.end(1) :]) for (other, _), _ in _changes(case.language)):
                    ahead = None  # a rise lowers investment by 1.2
                if found := ahead or said[1].match(behind):
                    yield _said(f"{found[1]} {wanted.written}", turned[0])


@functools.cache
def _changes(language: Language) -> tuple[tuple[tuple[re.Pattern[str], re.Pattern[str]], re.Pattern[str]], ...]:
    by = rf"[^.;,]{{0,50}}?\b(?:by|of){_APPROXIMATELY}"
    times = (
        r"(?:\s?(?:[-–—~]|to|and)\s?\d[\d.]*)?\s?(?:times|-?fold|×|x|%|percent|per cent)?\s?(?:significantly |much )?"
    )
    return tuple(
        (
            (re.compile(rf"\b({english})\b{by}", re.IGNORECASE), re.compile(rf"{times}\b({english})\b", re.IGNORECASE)),
            re.compile(rf"(?:{own})(?:了|出|约|近|大约|达|\s)*$"),
        )
        for english, own in meaning.find(language).changes
    )


@check("meaning", of=SAYING, ask="meaning", order=242)
def orders(case: Case) -> Iterator[Said]:
    """Two that changed places: A outperforms B as B优于A."""
    known = meaning.find(case.language)
    for pattern, own in _orders(case.language):
        for match in pattern.finditer(case.source_prose):
            names = [_called(match[group], case, known.anchors) for group in (1, 2)]
            if names[0] and names[1] and names[0] != names[1]:
                turned = own.replace("{1}", names[0]).replace("{2}", names[1])
                if found := re.search(turned, case.draft):
                    yield _said(match[0], found[0])


@functools.cache
def _orders(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = meaning.find(language).orders.items()
    return tuple((re.compile(pattern.replace("{name}", _NAME)), own) for pattern, own in rows)


def _called(name: str, case: Case, anchors: Mapping[str, str]) -> str:
    """A pattern of what a draft calls it: the name itself, or the language's word; empty for what it does not name."""
    if rendered := case.rendered(name):
        return f"(?:{rendered})"
    for english, own in anchors.items():
        if re.fullmatch(english.split("(?=")[0], name, re.IGNORECASE):
            return f"(?:{own})"
    if name.lower() in _NO_WORDS or name not in case.draft:
        return ""
    return rf"(?<![A-Za-z0-9-]){re.escape(name)}(?![A-Za-z0-9-]) ?"


def _bound(
    reading: Reading, number: Quantity, words: tuple[tuple[str, str], tuple[str, str]], negated: str
) -> tuple[bool, str] | None:
    """Whether the number is a lower bound, and what says so; nothing where nothing does, or where it is negated."""
    before, behind = reading.text[max(0, number.start - 70) : number.start], reading.text[number.after :][:14]
    for is_above, (ahead, later) in zip((True, False), words, strict=True):
        if found := re.search(rf"({ahead}){_APPROXIMATELY}", before, re.IGNORECASE):
            return None if re.search(negated, before[: found.start()][-50:], re.IGNORECASE) else (is_above, found[1])
        if found := re.match(rf"\s?(?:的)?({later})", behind):
            return None if re.search(negated, before[-20:], re.IGNORECASE) else (is_above, found[1])
    return None


@functools.lru_cache(maxsize=256)  # a source is looked at for each of its drafts
def _applicable(source: str, language: Language) -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    """Of the opposites those of which the source has the one and not the other."""
    source = source.lower()
    return tuple(
        (found[0], told, wrong)
        for one, other, told, wrong in _poles(language)
        if (found := one.search(source)) and not other.search(source)
    )


@functools.cache
def _poles(language: Language) -> tuple[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...]:
    def word(pattern: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{pattern})\b")

    rows = meaning.find(language).poles
    return tuple((word(one), word(other), re.compile(told), re.compile(wrong)) for one, other, told, wrong in rows)


@functools.lru_cache(maxsize=256)
def _required(source: str, language: Language) -> tuple[tuple[str, re.Pattern[str]], ...]:
    required = meaning.find(language).required.items()
    source = source[:1].lower() + source[1:]  # the Four Corners are no number, but the first word may be
    return tuple((found[0], re.compile(told)) for pattern, told in required if (found := re.search(pattern, source)))


def _said(english: str, own: str = "") -> Said:
    return Said(f"{english} – {own}" if own and own != english else english, ((english, own),))
