"""What a number stands with, against its source: its sign, its unit, its uncertainty, and whose it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from localdigest.checks.registry import ANY, Case, Said, check
from localdigest.language import meaning
from localdigest.language.profile import SOURCE
from localdigest.text import units
from localdigest.text.quantities import LABEL, Quantity, Reading
from localdigest.text.units import Unit

_ANCHOR = re.compile(
    r"(?<![\w$\\{^/.-])(?:[A-Z][A-Za-z0-9]*(?:[-.+][A-Za-z0-9]+)*|[a-z]+\d[\w-]*)(?![\w]|-[a-z])", re.ASCII
)
"""A name that a figure may belong to: BERT, AISHELL-1, and the A of `treatment A`."""
_WORDS = frozenset("The We In On At For With By From To Of Our It This That These Those And Or But While".split())  # noqa: SIM905
_LOOSE = frozenset("min mag bit px dex fps bar mi ft lb oz pc mo wk hr sec yr au deg rad IU".split())  # noqa: SIM905
_FROM = re.compile(r"\bfrom\s[^\d.,;]{0,20}$")
_COORDINATED = re.compile(r"\s?(?:[,;]|and|while|whereas|but)\s[^.;]{3,60}")
_SUBORDINATED = re.compile(
    r"\b(?:compar\w+|than|versus|vs|relative|against|when|if|after|before|where|which|whose|for|with|from|of|since)\b"
)
"""Words behind which Chinese puts first what English says last."""
_OUT_OF = re.compile(r"\s(?:out )?of (?:the |all |our |these )*")
_RATIO = re.compile(r"(?<![\d:.])(\d+):(\d+)(?![\d:])")
_BUT_NOT = re.compile(r"\bbut (?:is |are |was |were )?not\b")
_TO = re.compile(r"[^,;.\d]{0,28}(?:\bin \d{4})?[^,;.\d]{0,4}\bto\b[^,;.\d]{0,12}")


@check("number-changed", of=ANY, ask="changed", order=232)
def sign(case: Case) -> Iterator[Said]:
    """A minus that the source has before a number and the draft has not, or the other way about."""
    ours, theirs = case.source_quantities, case.quantities
    if case.is_crowded:
        return
    seen: set[Fraction] = set()
    for wanted in ours.quantities:
        value = wanted.values[0]
        told = [q for q in theirs.quantities if value in q.values]
        if value in seen or not told:
            continue
        seen.add(value)
        given = [q for q in ours.quantities if value in q.values]
        below = meaning.find(case.language).below
        if not below:
            continue
        if any(q.negative for q in given) and not any(_is_negative(theirs, q, below) for q in told):
            yield _said(f"-{wanted.written}", wanted.written)
        elif not any(_is_negative(ours, q, meaning.find(SOURCE).below) for q in given) and any(
            q.negative for q in told
        ):
            yield _said(wanted.written, f"-{wanted.written}")


def _is_negative(reading: Reading, quantity: Quantity, below: str) -> bool:
    if quantity.negative:
        return True
    before = reading.text[max(0, quantity.start - 40) : quantity.start]
    return bool(re.search(below, f"{before}§{reading.text[quantity.after : quantity.after + 30]}", re.IGNORECASE))


@check("number-changed", of=ANY, ask="changed", order=233)
def unit(case: Case) -> Iterator[Said]:
    """Another unit behind the same number: 50 nm as 50微米, 3.4 percentage points as 3.4%."""
    for wanted in dict.fromkeys(q for q in case.source_quantities.quantities if q.unit and not case.is_crowded):
        told = [q for q in case.quantities.quantities if not set(q.values).isdisjoint(wanted.likely)]
        if not told or any(wanted.same_amount(q) for q in case.quantities.quantities):
            continue
        if any(q.unit and _agree(wanted, q, case) for q in told):
            continue
        measured = [q for q in told if q.unit]
        if len(measured) == len(told) or (not measured and _is_lost(wanted, case)):
            yield _said(f"{wanted.written} {wanted.measured}", *(f"{q.written}{q.measured}" for q in measured[:1]))


def _agree(wanted: Quantity, told: Quantity, case: Case) -> bool:
    ours, theirs = wanted.unit, told.unit
    if not ours or not theirs:
        return False
    if ours.equals(theirs):
        return True
    dimensions = {ours.dimensions[:1], theirs.dimensions[:1]}
    names = {name for each in dimensions for name, _ in each}
    if names == {"%", "pp"}:  # an absolute gain of 3% is one of 3 percentage points
        return wanted.measured in ("%", "percent", "per cent") and bool(_ABSOLUTE.search(case.source))
    if names <= {"°", "°C", "°F"} and "°" in names:
        return told.measured == "度" or (wanted.measured.startswith("deg") and theirs.dimensions != ours.dimensions)
    if ours.below and not theirs.below:
        return bool(ours.above and ours.above.equals(theirs)) and _divided(ours.below, told, case)
    if theirs.below and not ours.below:
        return bool(theirs.above and theirs.above.equals(ours))
    return False


_ABSOLUTE = re.compile(
    r"\babsolute|\bpoints?\b|[a-z]+(?:s|ed)? by\b|\b(?:gains?|improvements?|increase|reduction|drop)\b"
)


def _divided(below: Unit, told: Quantity, case: Case) -> bool:
    """Whether what the draft divides by, elsewhere in the sentence, may be that: 每年上升3.4毫米."""
    text = case.quantities.text
    found = units.divisors(text[: told.start] + text[told.after :], case.language)
    timed = [each for each in found if each.is_like(below)]
    return not timed or any(each.equals(below) for each in timed)


def _is_lost(wanted: Quantity, case: Case) -> bool:
    """Whether nothing in the draft is that unit. Looked at where a language's own names are known, and for what no
    word is."""
    written = wanted.measured
    if not units.named(case.language) or (len(written) < 2 and written != "%") or written in _LOOSE:
        return False
    if re.fullmatch(r"[a-z -]{4,}", written) or not wanted.unit or written in case.draft:
        return False
    return not units.mentions(case.quantities.text, wanted.unit, case.language)


@check("number-changed", of=ANY, ask="changed", order=234)
def exchanged(case: Case) -> Iterator[Said]:
    """Numbers that changed places: a value and its uncertainty, the ends of a change, the figures of two names."""
    if case.is_crowded:
        return
    yield from _uncertainties(case)
    yield from _ends(case)
    yield from _denied(case)
    yield from _side_by_side(case)
    yield from _owners(case)


def _uncertainties(case: Case) -> Iterator[Said]:
    ours = {(a.values[0], b.values[0]): (a, b) for a, b in case.source_quantities.pairs()}
    theirs = {(a.values[0], b.values[0]) for a, b in case.quantities.pairs()}
    for (value, error), (a, b) in ours.items():
        others = {pair for pair in theirs if value in pair or error in pair}
        if others and (value, error) not in theirs:
            yield _said(f"{a.written} ± {b.written}")
    ratios, told = set(_RATIO.findall(case.source_quantities.text)), set(_RATIO.findall(case.quantities.text))
    yield from (_said(f"{a}:{b}") for a, b in sorted(ratios - told) if (b, a) in told)


def _ends(case: Case) -> Iterator[Said]:
    """`from 25 to 18` as 从18升至25."""
    ours, theirs = case.source_quantities, case.quantities
    moves = meaning.find(case.language).moves
    if not moves:
        return
    for first, second in itertools.pairwise(ours.quantities):
        if first.values[0] == second.values[0] or not _FROM.search(ours.text[: first.start]):
            continue
        if not _TO.fullmatch(ours.text[first.after : second.start]):
            continue
        last = [q for q in theirs.quantities if first.values[0] in q.values]
        begin = [q for q in theirs.quantities if second.values[0] in q.values]
        if len(last) == len(begin) == 1 and begin[0].end <= last[0].start:
            stretch = theirs.text[max(0, begin[0].start - 10) : last[0].start]
            if re.search(moves, stretch):
                yield _said(f"{first.written} → {second.written}")


def _side_by_side(case: Case) -> Iterator[Said]:
    """Of two clauses side by side the figures changed about: ethanol boils at 78.4 °C, methanol at 64.7 °C."""
    ours, theirs = case.source_quantities, case.quantities
    for first, second in itertools.pairwise(ours.quantities):
        gap = ours.text[first.after : second.start]
        alike = first.unit and second.unit and first.unit.equals(second.unit) and first.values[0] != second.values[0]
        if alike and _COORDINATED.fullmatch(gap) and not _SUBORDINATED.search(gap):
            before = [q for q in theirs.quantities if first.values[0] in q.values]
            after = [q for q in theirs.quantities if second.values[0] in q.values]
            if len(before) == len(after) == 1 and after[0].end <= before[0].start:
                yield _said(f"{first.written}, {second.written}")


def _denied(case: Case) -> Iterator[Said]:
    """`at 150 MHz but not at 1.4 GHz` as 在1.4 GHz处有, 在150 MHz处没有."""
    ours, theirs = case.source_quantities, case.quantities
    negation = meaning.find(case.language).negation
    for first, second in itertools.pairwise(ours.quantities) if negation else ():
        gap = ours.text[first.after : second.start]
        if not first.unit and _OUT_OF.fullmatch(gap):  # 12 of 15 as 12只中的15只
            part = [q for q in theirs.quantities if first.values[0] in q.values]
            whole = [q for q in theirs.quantities if second.values[0] in q.values]
            if len(part) == len(whole) == 1 and "中" in theirs.text[part[0].end : whole[0].start]:
                yield _said(f"{first.written}{gap}{second.written}")
        if not negation or not _BUT_NOT.search(ours.text[first.after : second.start]):
            continue
        held = [q for q in theirs.quantities if first.values[0] in q.values]
        denied = [q for q in theirs.quantities if second.values[0] in q.values]
        if len(held) == len(denied) == 1 and denied[0].end <= held[0].start:
            between, behind = theirs.text[denied[0].end : held[0].start], theirs.text[held[0].end :]
            if re.search(negation.own, behind) and not re.search(negation.own, between):
                yield _said(f"{first.written} / {second.written}")


def _owners(case: Case) -> Iterator[Said]:
    """`A cured 45 and B cured 30` as A治愈30, B治愈45."""
    everything = _sequence(case, case.source_quantities), _sequence(case, case.quantities)
    words = frozenset(meaning.find(case.language).anchors)
    for left_out in (frozenset[str](), words):
        ours, theirs = ([each for each in sequence if each[0] not in left_out] for sequence in everything)
        common = {what for what, _ in ours} & {what for what, _ in theirs}
        given, told = (_bound([each for each in sequence if each[0] in common]) for sequence in (ours, theirs))
        if given != told and given.keys() == told.keys() and set(given.values()) == set(told.values()):
            yield _said(", ".join(f"{owner} {' '.join(sorted(given[owner]))}" for owner in given))
            return


def _sequence(case: Case, reading: Reading) -> list[tuple[str, bool]]:
    """Anchors and numbers in their order, those that come once: each with whether it is a number."""
    found: list[tuple[int, str, bool]] = []
    text = reading.text
    for q in reading.quantities:
        if q.optional or not q.values:
            continue
        year = 1900 <= q.values[0] <= 2100 and not q.measured and q.values[0].denominator == 1
        year = year or (q.measured == "年" and q.values[0] >= 1900)
        year = year or (not q.measured and bool(LABEL.search(text[: q.start][-5:])))
        found.append((q.start, f"{'-' if q.negative else ''}{q.values[0]}", not year))
    numbered = {at for q in reading.quantities for at in range(q.start, q.after)}
    found += [
        (m.start(), m[0], False) for m in _ANCHOR.finditer(text) if m.start() not in numbered and _is_name(m, text)
    ]
    english = reading is case.source_quantities
    named = {rf"\b{re.escape(term)}\b": case.rendered(term) for term in case.terms if case.rendered(term)}
    for ours, own in (meaning.find(case.language).anchors | named).items():
        found += [(m.start(), ours, False) for m in re.finditer(ours if english else own, text, re.IGNORECASE)]
    found.sort()
    counts = [what for _, what, _ in found]
    return [(what, is_number) for _, what, is_number in found if counts.count(what) == 1]


def _is_name(match: re.Match[str], text: str) -> bool:
    """Not a sentence's first word; `A` is one in `treatment A`, not in `A field`."""
    if match[0] == "A":
        return bool(re.search(r"[^\x00-\x7f]$|[a-z] $", text[: match.start()])) or not re.match(
            "A [a-z]", text[match.start() :]
        )
    return match[0] not in _WORDS


def _bound(sequence: Sequence[tuple[str, bool]]) -> dict[str, frozenset[str]]:
    """By owner the figures beside it, where owners and figures take turns, of two owners or more; else nothing."""
    groups = [
        (is_number, [what for what, _ in group]) for is_number, group in itertools.groupby(sequence, lambda x: x[1])
    ]
    if len(groups) < 4 or len(groups) % 2 or any(not is_number and len(group) > 1 for is_number, group in groups):
        return {}
    pairs = zip(groups[::2], groups[1::2], strict=True)
    return {(b if a[0] else a)[1][0]: frozenset((a if a[0] else b)[1]) for a, b in pairs}


def _said(*what: str) -> Said:
    return Said(what[0], ((what[0], what[1] if len(what) > 1 else ""),))
