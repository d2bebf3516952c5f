"""Numbers of a draft against those of its source, by value."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from fractions import Fraction

from localdigest.checks.registry import ANY, BULLET, MARK, TEXT, Case, check
from localdigest.language.profile import SOURCE, Language
from localdigest.text import numerals
from localdigest.text.quantities import Quantity, Reading, is_spelled, read

_FRACTION = re.compile(r"(?<![\d./A-Za-z])(\d{1,2})\s?/\s?([2-9]|1[0-2])(?!\d|[./]\d|\s?[年月])")
_GARBLED = re.compile(r"[百千万亿]百万|[百千萬億]百萬|百百|千千|万万|亿亿|萬萬|億億|만만|억억")


@check("number-garbled", of=ANY, ask="wrong-number", order=130)
def garbled(case: Case) -> Iterator[str]:
    """Scale words that make no number: 13百百万."""
    if found := _GARBLED.search(case.draft):
        yield found[0]


@check("number-missing", of=TEXT, ask="lost", order=220)
def missing(case: Case) -> list[str]:
    """A number of the source whose value is not in the draft. Small ones may be spelled: `3` as 三, drei, trois."""
    return _lost(case.source_quantities, case.quantities, case.draft, case.source, case.language)


@check("number-invented", of=TEXT, ask="wrong-number", order=230)
def invented(case: Case) -> list[str]:
    """A number of the draft of whose values the source has none."""
    return _unsupported(case.quantities, case.source_quantities, case.source)


@check("number-invented", of=TEXT, ask="wrong-number", order=231)
def ordinals(case: Case) -> Iterator[str]:
    """An ordinal in characters that the source does not number: 第三, of the second quarter."""
    if case.language.numerals == "hanzi":
        have = case.source_quantities.likely | numerals.spelled(case.source)
        for written in dict.fromkeys(re.findall("第[二三四五六七八九十](?![一二三四五六七八九十百])", case.draft)):
            if numerals.month(written[1]) not in have:
                yield written


@check("number-invented", of=TEXT, ask="wrong-number", order=229)
def fractions(case: Case) -> Iterator[str]:
    """A fraction that the source does not have, though its numbers may be there: spin-1/2, of spin-3/2."""
    have = {Fraction(int(a), int(b)) for a, b in _FRACTION.findall(case.source_quantities.text)}
    have |= case.source_quantities.likely | numerals.spelled(case.source)
    for over, under in dict.fromkeys(_FRACTION.findall(case.quantities.text)):
        if Fraction(int(over), int(under)) not in have and f"{over} in {under}" not in case.source:
            yield f"{over}/{under}"


@check("number-unsupported", of=BULLET, weight=MARK, ask="wrong-number", order=221)
def unsupported(case: Case) -> list[str]:
    """A number of a bullet that its evidence does not have; numbers of references and tables support none."""
    told, given = _places(case.language).sub("", case.draft), _places(SOURCE).sub("", case.source)
    return _unsupported(read(told, case.language), read(given), given)


def lost(draft: str, source: str, language: Language) -> list[str]:
    """Numbers of `source`, as written there, whose value is not in `draft`."""
    return _lost(read(source), read(draft, language), draft, source, language)


def _lost(want: Reading, told: Reading, draft: str, source: str, language: Language) -> list[str]:
    have = told.values | numerals.roman(draft)
    have |= {Fraction(part) for value in have if value < 1 for part in (value.numerator, value.denominator)}

    def there(wanted: Quantity) -> bool:
        if not have.isdisjoint(wanted.likely) or any(is_spelled(v, draft, language) for v in wanted.likely):
            return True
        return any(wanted.same_amount(other) for other in told.quantities)

    wanted = {q.values[:1]: q for q in reversed(want.quantities) if q.values and not q.optional}
    absent = [q.written for q in reversed(wanted.values()) if not there(q)]
    if language.latin or (language.vague and re.search(language.vague, draft)):
        return absent
    have |= numerals.orders(draft)
    absent += [w for value, w in numerals.spelled_scales(source).items() if value not in have]
    if language.numerals != "hanzi":
        return absent
    return absent + [
        w
        for value, w in numerals.parts(source).items()
        if not {value, 100 * value} & have and not ({Fraction(value.numerator), Fraction(value.denominator)} <= have)
    ]


@functools.cache
def _places(language: Language) -> re.Pattern[str]:
    """`[12]`, `Table 3`, `Section 4.2`, 表3: numbers that support nothing. A draft may have English ones."""
    named = "|".join(dict.fromkeys((language.places, SOURCE.places))).replace("{}", r"\s?\(?\d[\d.]*")
    return re.compile(rf"\[\d[\d, –-]*\]|{named}", re.IGNORECASE)


def _unsupported(told: Reading, given: Reading, source: str) -> list[str]:
    have = given.likely | numerals.spelled(source)

    def there(value: Fraction) -> bool:
        # 四分之三 for 3/4, which is two numbers
        return value in have or (value < 1 and {Fraction(value.numerator), Fraction(value.denominator)} <= have)

    unknown = (q for q in told.quantities if not q.optional and not any(map(there, q.values)))
    return list(dict.fromkeys(q.written for q in unknown if not any(map(q.same_amount, given.quantities))))
