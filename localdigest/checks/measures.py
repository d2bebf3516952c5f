"""What a number stands with, against its source: its sign, its unit, its uncertainty, and whose it is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from localdigest.checks.registry import TEXT, Case, Said, check
from localdigest.language import meaning
from localdigest.language.profile import SOURCE
from localdigest.text import units
from localdigest.text.quantities import Quantity, Reading
from localdigest.text.units import Unit

_ANCHOR = re.compile(
    r"(?<![\w$\\{^/.-])(?:[A-Z][A-Za-z0-9]*(?:[-.+][A-Za-z0-9]+)*|[a-z]+\d[\w-]*)(?![\w]|-[a-z])", re.ASCII
)
"""A name that a figure may belong to: BERT, AISHELL-1, and the A of `treatment A`."""
_WORDS = frozenset("The We In On At For With By From To Of Our It This That These Those And Or But While".split())  # noqa: SIM905
_LOOSE = frozenset("min mag bit px dex fps bar mi ft lb oz pc mo wk hr sec yr au deg rad IU".split())  # noqa: SIM905
_FROM = re.compile(r"\bfrom\s[^\d.,;]{0,20}$")
_TO = re.compile(r"[^,;.\d]{0,28}(?:\bin \d{4})?[^,;.\d]{0,4}\bto\b[^,;.\d]{0,12}")


@check("number-changed", of=TEXT, ask="changed", order=232)
def sign(case: Case) -> Iterator[Said]:
    """A minus that the source has before a number and the draft has not, or the other way about."""
    ours, theirs = case.source_quantities, case.quantities
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
            yield _said(f"-{wanted.written}")
        elif not any(_is_negative(ours, q, meaning.find(SOURCE).below) for q in given) and any(
            q.negative for q in told
        ):
            yield _said(wanted.written)


def _is_negative(reading: Reading, quantity: Quantity, below: str) -> bool:
    if quantity.negative:
        return True
    before = reading.text[max(0, quantity.start - 40) : quantity.start]
    return bool(re.search(below, f"{before}§{reading.text[quantity.after : quantity.after + 30]}", re.IGNORECASE))


@check("number-changed", of=TEXT, ask="changed", order=233)
def unit(case: Case) -> Iterator[Said]:
    """Another unit behind the same number: 50 nm as 50微米, 3.4 percentage points as 3.4%."""
    for wanted in dict.fromkeys(q for q in case.source_quantities.quantities if q.unit):
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
        return "度" in told.measured or wanted.measured.startswith("deg")
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


@check("number-changed", of=TEXT, ask="changed", order=234)
def exchanged(case: Case) -> Iterator[Said]:
    """Numbers that changed places: a value and its uncertainty, the ends of a change, the figures of two names."""
    yield from _uncertainties(case)
    yield from _ends(case)
    yield from _owners(case)


def _uncertainties(case: Case) -> Iterator[Said]:
    ours = {(a.values[0], b.values[0]): (a, b) for a, b in case.source_quantities.pairs()}
    theirs = {(a.values[0], b.values[0]) for a, b in case.quantities.pairs()}
    for (value, error), (a, b) in ours.items():
        others = {pair for pair in theirs if value in pair or error in pair}
        if others and (value, error) not in theirs:
            yield _said(f"{a.written} ± {b.written}")


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


def _owners(case: Case) -> Iterator[Said]:
    """`A cured 45 and B cured 30` as A治愈30, B治愈45."""
    ours, theirs = _sequence(case, case.source_quantities), _sequence(case, case.quantities)
    common = {what for what, _ in ours} & {what for what, _ in theirs}
    for run in _runs([each for each in ours if each[0] in common]):
        told = [each for each in theirs if each[0] in {what for what, _ in run}]
        if len(told) == len(run) and _alternates(told) and _bound(run) != _bound(told):
            numbers = [what for what, is_number in run if is_number]
            yield _said(", ".join(f"{owner} {value}" for owner, value in sorted(_bound(run))) if numbers else "")
            return


def _sequence(case: Case, reading: Reading) -> list[tuple[str, bool]]:
    """Anchors and numbers in their order, those that come once: each with whether it is a number."""
    found: list[tuple[int, str, bool]] = []
    text = reading.text
    for q in reading.quantities:
        if q.optional:
            continue
        year = 1900 <= q.values[0] <= 2100 and not q.measured and q.values[0].denominator == 1
        year = year or (q.measured == "年" and q.values[0] >= 1900)
        found.append((q.start, f"{'-' if q.negative else ''}{float(q.values[0]):g}", not year))
    numbered = {at for q in reading.quantities for at in range(q.start, q.after)}
    found += [
        (m.start(), m[0], False) for m in _ANCHOR.finditer(text) if m.start() not in numbered and _is_name(m, text)
    ]
    english = reading is case.source_quantities
    for ours, own in meaning.find(case.language).anchors.items():
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


def _runs(sequence: Sequence[tuple[str, bool]]) -> Iterator[list[tuple[str, bool]]]:
    """The whole where it alternates, of two owners or more."""
    if len(sequence) >= 4 and len(sequence) % 2 == 0 and _alternates(sequence):
        yield list(sequence)


def _alternates(sequence: Sequence[tuple[str, bool]]) -> bool:
    return all(a[1] != b[1] for a, b in itertools.pairwise(sequence))


def _bound(sequence: Sequence[tuple[str, bool]]) -> set[tuple[str, str]]:
    pairs = zip(sequence[::2], sequence[1::2], strict=False)
    return {(b[0], a[0]) if a[1] else (a[0], b[0]) for a, b in pairs}


def _said(*what: str) -> Said:
    return Said(what[0], ((what[0], what[1] if len(what) > 1 else ""),))
