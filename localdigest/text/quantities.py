"""Quantities of a text as its field writes them: sign, value, uncertainty, unit; and how a language writes a value.

1.7B, 17亿 and 1,7 Milliarden are the same value; 12 Gyr and 120亿年 are the same quantity. Pure.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from localdigest.language.profile import HAN, SOURCE, Language
from localdigest.text import digits, numerals, units
from localdigest.text.units import Unit

_NO_SIGN = (
    "年月日号时分秒岁个型旋版表图节章条类级"
    "氢氦锂硼碳氮氧氟氖钠镁铝硅磷硫氯氩钾钙铁钴镍铜锌氪锶锆锝碘氙铯钡铅钋氡镭钍铀钚镅"
)
_MINUS = re.compile(
    rf"(?:^|[\s(\[=:≈~<>≤≥{{,;±|/]|(?![{_NO_SIGN}])[{HAN}])[-−][$€£¥]?$|(?:\b(?:of|is|to|from)|[=<>≈为是到至]) ?–$"
)
"""A sign, and not the dash of a range, 3-5, of a name or of an isotope, 碳-14."""
_GAP = re.compile(r"(?:\s?\)|\s?\([\d.]+\))?[\s-]?[多余]?")
_MONEY = re.compile(r"(US\$|[$€£¥])\s?[-−]?$")
_RATE_BEFORE = re.compile(r"每([^\d\s，。]{1,4})(?:约|大约|可达|最多|至多|不到|近|处理)?\s?$")
_LISTED = re.compile(r"\s*(?:[-−–—~,±/]|to|and|or|,\s?and|,\s?or|至|到|和|与|或|及|以及)\s*|\s?")
LABEL = re.compile(r"(?<![A-Za-z])(?:pH|[A-Za-z])\s?=?\s?$")
"""Before a number that says which case is meant: pH 5, n = 200."""
_PERCENT_BEFORE = re.compile(r"百分之\s?$")


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:  # a power that no float holds
        return math.inf


@dataclass(frozen=True, slots=True)
class Quantity:
    start: int
    end: int
    """Of the number in the plain text; `after` is where its unit ends."""
    after: int
    written: str
    values: tuple[Fraction, ...]
    """What it can mean, the likeliest first, without its sign."""
    negative: bool = False
    unit: Unit | None = None
    measured: str = ""
    """The unit as written."""
    optional: bool = False
    sure: bool = True

    @property
    def in_words(self) -> bool:
        """Whether it is there for its unit alone: within three weeks."""
        return self.optional and self.written.isalpha()

    @property
    def likely(self) -> tuple[Fraction, ...]:
        return self.values[:1] if self.sure else self.values

    def amounts(self) -> set[float]:
        """Its values in the unit's dimensions."""
        return {_float(value) * self.unit.size for value in self.values} if self.unit else set()

    def same_amount(self, other: Quantity) -> bool:
        """Whether both may be the same in units of other sizes: 12 Gyr and 120亿年."""
        if not (self.unit and other.unit and self.unit.is_like(other.unit)):
            return False
        return any(math.isclose(a, b, rel_tol=1e-6) for a in self.amounts() for b in other.amounts())


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    """Plain: half-width, without URLs, formulas as text."""
    quantities: tuple[Quantity, ...]

    @property
    def values(self) -> set[Fraction]:
        """All that its numbers in digits can mean."""
        return {value for quantity in self.quantities if not quantity.in_words for value in quantity.values}

    @property
    def likely(self) -> set[Fraction]:
        """What they mean, all readings of one that is in doubt."""
        return {value for quantity in self.quantities for value in quantity.likely}

    def pairs(self) -> list[tuple[Quantity, Quantity]]:
        """Values with their uncertainties: 3.2 ± 0.4."""
        joined = ((a, b) for a, b in itertools.pairwise(self.quantities) if a.values and b.values)
        return [
            (a, b) for a, b in joined if re.fullmatch(r"[^\d±]{0,12}?\s*(?:±|\+/-|\+-)\s*", self.text[a.end : b.start])
        ]


@functools.lru_cache(maxsize=256)  # a source is read for each of its drafts
def read(text: str, language: Language = SOURCE) -> Reading:
    """The quantities of `text`, in their order."""
    plain = digits.plain(text)
    found = [_measured(number, plain, language) for number in digits.numbers(plain, language)]
    # In words a number is one where it measures something.
    found = [q for q in found if q.unit or not q.in_words]
    for at in range(len(found) - 2, -1, -1):  # 20 to 40 K: both are temperatures
        first, second = found[at], found[at + 1]
        gap = plain[first.after : second.start].replace("-", "–", 1)
        year = any(1900 <= value <= 2100 for value in first.values) and not any(v <= 2100 for v in second.values)
        alone = year or _MONEY.match(second.measured) or LABEL.search(plain[: first.start][-5:])
        if not first.unit and second.unit and _LISTED.fullmatch(gap) and not alone:
            found[at] = replace(first, unit=second.unit, measured=second.measured)
    return Reading(plain, tuple(found))


def _measured(number: digits.Number, text: str, language: Language) -> Quantity:
    before = text[max(0, number.start - 24) : number.start]
    unit, after = _unit_behind(number, text, language)
    measured = text[number.end : after].strip(" -)多余")
    if money := _MONEY.search(before) if not unit else None:
        unit, measured = _symbol(money[1]), money[1]
    if _PERCENT_BEFORE.search(before) or number.written.startswith("百分之"):
        unit, measured = _symbol("%"), "%"
    if unit and (rate := _RATE_BEFORE.search(before)) and (over := units.parse(rate[1], 0, language)):
        unit = units.over(unit, over[0])
    return Quantity(
        number.start, number.end, after, number.written, number.values, bool(_MINUS.search(before)), unit, measured,
        number.optional, number.sure,
    )  # fmt: skip


def _symbol(symbol: str) -> Unit | None:
    read = units.parse(symbol, 0, SOURCE)
    return read[0] if read else None


def _unit_behind(number: digits.Number, text: str, language: Language) -> tuple[Unit | None, int]:
    """The unit behind a number, and where it ends; 13C, 3B and 4A are names and the 1990s a decade, 92K and 5m not."""
    gap = _GAP.match(text, number.end)
    start = gap.end() if gap else number.end
    read = units.parse(text, start, language)
    if not read or re.match(r"[A-Za-z'’]", text[read[1] : read[1] + 1]):
        return None, number.end
    written = text[start : read[1]]
    decade = written == "s" and re.search(r"\d0$", number.written)
    letter = re.fullmatch("[A-Za-z]", written) and (written not in "Kmsgh" or decade)
    return (None, number.end) if start == number.end and letter else read


def readings(text: str, language: Language = SOURCE) -> Iterator[tuple[str, tuple[Fraction, ...]]]:
    """Each number of `text` as written (without full-width forms) and the values it can have, the likeliest first."""
    return ((each.written, each.values) for each in read(text, language).quantities if not each.in_words)


def numbers(text: str, language: Language = SOURCE) -> dict[Fraction, str]:
    """Values in `text`, each with how it is first written there; of an ambiguous one the likeliest."""
    found: dict[Fraction, str] = {}
    for each in read(text, language).quantities:
        if each.values and not each.optional:
            found.setdefault(each.values[0], each.written)
    return found


def rendered(value: Fraction, language: Language) -> str:
    """`value` as the language writes it: 13,000,000 is 1300万, 1300만, 13 Millionen, 13 millions, 13 millones."""
    for power, (singular, plural) in sorted(language.units.items(), reverse=True):
        scaled = value / 10**power
        if scaled >= 1 and (written := _decimal(scaled, language)):
            one = scaled < 2 if language.singular_below_two else scaled == 1
            return written + (singular if one else plural)
    return _decimal(value, language, group=True)


def _decimal(value: Fraction, language: Language, *, group: bool = False) -> str:
    """Digits of `value`; nothing where six decimals do not hold it and it is to stand before a word."""
    if (value * 10**6).denominator > 1:
        if not group:
            return ""
        value = Fraction(round(value * 10**6), 10**6)
    whole, rest = divmod(value, 1)
    text = str(whole)
    if (group or language.latin) and whole >= 10**4:
        text = f"{int(whole):,}".replace(",", language.group)
    decimals = f"{int(rest * 10**6):06d}".rstrip("0")
    return text + (language.decimal + decimals if decimals else "")


def mantissa(written: str, language: Language) -> tuple[Fraction, ...]:
    """What the digits of a number with a scale can mean without it: 13 of 13亿; nothing where it has no scale."""
    match = digits.pattern(language).match(written)
    scaled = match and (match[2] or re.match(r"\s?[kKmMbBT]", written[match.end() :]))
    return digits.values(match[1], language) if match and scaled else ()


def spelled_out(value: Fraction, language: Language) -> str:
    """As `rendered`, but Chinese writes one significant digit in characters, as a text does: 一亿, 两百万."""
    written = rendered(value, language)
    match = re.fullmatch(r"([1-9])(0{0,3})([万亿萬億兆])", written)
    if not match or language.numerals != "hanzi":
        return written
    names = language.small[int(match[1])].split()
    digit = names[1 if match[1] == "2" and match[2] != "0" else 0]
    return (digit + ["", "十", "百", "千"][len(match[2])] + match[3]).replace("一十", "十")


def scaled(text: str, language: Language) -> dict[str, str]:
    """What a small model gets wrong, as the language has it: {"13 million": "1300万", "a billion": "十亿",
    "one-third": "三分之一"}."""
    plain = digits.plain(text)
    known: dict[str, str] = {}
    ranges = []
    found = [number for number in digits.numbers(plain, SOURCE) if number.sure]
    for first, last in itertools.pairwise(found):
        if len(first.values) > 1 and last.values[0] >= 10**4:  # a range that shares the scale of its second number
            both = language.range_mark.join(rendered(number.values[0], language) for number in (first, last))
            known[plain[first.start : last.end]] = both
            ranges += [first, last]
    known |= {
        number.written: rendered(number.values[0], language)
        for number in found
        if number not in ranges and number.values[0] >= 10**4 and re.search(r"[A-Za-z]$", number.written)
    }
    known |= {
        written: spelled_out(value, language)
        for value, written in numerals.spelled_scales(text).items()
        if value >= 10**4
    }
    return known | {
        written: fraction for value, written in numerals.parts(text).items() if (fraction := part(value, language))
    }


def part(value: Fraction, language: Language) -> str:
    """2/3 as 三分之二; nothing in languages that write it otherwise."""
    if language.numerals != "hanzi" or value.denominator > 10 or value.numerator > 10:
        return ""
    over, under = (language.small[n].split()[0] for n in (value.numerator, value.denominator))
    return f"{under}分之{over}"


def is_spelled(value: Fraction, draft: str, language: Language) -> bool:
    """Whether a small number stands in `draft` in words: `3` as 三, drei, trois."""
    if value.denominator > 1 or not 0 <= value < len(language.small):
        return False
    known = language.small[int(value)].split()
    if language.numerals in ("hanzi", "kanji"):
        return numerals.stands_alone(known, draft)
    pattern = r"(?<![가-힣]){}" if language.numerals == "hangul" else r"\b{}\b"
    return any(re.search(pattern.format(word), draft, re.IGNORECASE) for word in known)
