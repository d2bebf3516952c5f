"""Numbers in a text by value, whatever they are written like: 1.7B, 17亿, 1,7 Milliarden are all 1,700,000,000. Pure.

Values are exact (Fraction). A number that belongs to a name (VGG-19, Qwen2.5, 3.1.2) is part of the name.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from localdigest.language.profile import SOURCE, Language
from localdigest.text import numerals, spans

_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12, "bn": 10**9}
"""They go with a number in any language, bn with money."""
_NAME_BEFORE = re.compile(r"[A-Za-z_][\w.+]*(?:-[\w.+]+)*-$", re.ASCII)
"""Of `VGG-19`: the number after it is part of a name; that of `3-5` is not, nor that of `WER降低10-20%`."""
_RAISED = re.compile(r"(?<=\d)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_POWER = re.compile(
    r"(?<![A-Za-z_\d.])(?:(\d+(?:\.\d+)?) ?(?:[×x*·]|\\times|\\cdot) ?)?10 ?\^ ?(?:\{ ?)?([-−+]?\d{1,2})(?!\d)(?: ?\})?"
    r"|(?<![A-Za-z_\d.])(\d+(?:\.\d+)?)[eE]([-−+]?\d{1,2})(?!\w|\.\d)"
)
"""`3 × 10^-4`, `10^{6}`, `1e-4`."""
_BETWEEN = re.compile(r" ?(?:-|–|—|~|〜|to|or|至|到|或) ?")
"""Between the numbers of a range, which may share the scale of the second: `1.5-2 million`, 10至15万."""


def _plain(text: str) -> str:
    """Half-width digits, no URLs; a comma between clauses must not join two numbers, nor a raised digit its base."""
    text = _RAISED.sub(lambda match: "^" + match[0], spans.URL.sub(" ", text.replace("，", ", ").replace("、", ", ")))
    # Thousands as SI and LaTeX part them, and the sides of 1920x1080.
    text = re.sub(r"(?<=\d)(?:[\u2009\u202f\u00a0]|\{,\})(?=\d{3}(?!\d))", "", text)
    return re.sub(r"(?<=\d)[x×](?=\d)", " × ", unicodedata.normalize("NFKC", text))


@functools.cache
def _scales(language: Language) -> Mapping[str, int]:
    """By word for a thousand and more; where nothing else is in Latin letters, English ones as well."""
    units = {power: tuple(word.strip().lower() for word in forms) for power, forms in language.units.items()}
    found = {word: 10**power for of in (units, language.scales) for power, words in of.items() for word in words}
    return found if language.latin else found | numerals.SCALES


@functools.cache
def _pattern(language: Language) -> re.Pattern[str]:
    # Thousands by comma, point or space where the language has them; else a decimal point or comma.
    digits = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<=[\s(<>=≈≤≥])\.\d+"
    if language.decimal == ",":
        digits = r"\d{1,3}(?:[ '.]\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?"
    words = sorted(_scales(language), key=len, reverse=True)
    cjk = "|".join(word for word in words if not word.isascii() and not language.latin)
    spelled = "|".join(re.escape(word) for word in words if word.isascii() or language.latin)
    scale = rf"(?i:(?:{spelled})(?!\w))|(?:bn|[kKmMbBT])(?![A-Za-z])"
    # 千米, 千克, 千瓦, 千赫, 千字节 are units of measure.
    return re.compile(rf"(?<![A-Za-z_\d.])({digits})(?:\s*((?:{cjk})(?![米克瓦赫])|{scale}))?" if cjk
                      else rf"(?<![A-Za-z_\d.])({digits})(?:\s*({scale}))?")  # fmt: skip


def _values(digits: str, language: Language) -> tuple[Fraction, ...]:
    """What `digits` can mean, the likeliest first: German 13.460 is 13460, or English that a model left as it was."""
    if language.decimal == ".":
        return (Fraction(digits.replace(",", "")),)
    bare = re.sub(r"[ '](?=\d{3})", "", digits)
    own = bare
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", bare):
        own = bare.replace(".", "")
    readings = [own.replace(",", ".")] if own.count(",") <= 1 and own.count(".") + own.count(",") <= 1 else []
    if re.fullmatch(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?", bare):
        readings.append(bare.replace(",", ""))
    return tuple(dict.fromkeys(Fraction(reading) for reading in readings))


def readings(text: str, language: Language = SOURCE) -> Iterator[tuple[str, tuple[Fraction, ...]]]:
    """Each number of `text` as written (without full-width forms) and the values it can have, the likeliest first."""
    text = _plain(text)
    for match in _POWER.finditer(text):
        mantissa, exponent = match[1] or match[3] or "1", match[2] or match[4]
        yield match[0], (Fraction(mantissa) * Fraction(10) ** int(exponent.replace("−", "-")),)
    text = _POWER.sub(lambda match: "\n" * len(match[0]), text)
    yield from ((number.written, number.values) for number in _in_digits(text, language))
    if language.numerals in ("hanzi", "kanji"):
        yield from ((written, (value,)) for written, value in numerals.chinese(text))


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    end: int
    written: str
    values: tuple[Fraction, ...]
    scale: int = 1
    cjk: bool = False
    """Whether the scale is in characters, behind which a smaller part may follow: 1亿2000万."""


def _in_digits(text: str, language: Language) -> Iterator[_Number]:
    """The numbers written in digits; of `1.5-2 million` the first has the scale of the second."""
    held: _Number | None = None
    for number in _each(text, language):
        if held:
            gap = text[held.end : number.start]
            close = gap == "" or (gap == " " and language.numerals == "hangul" and number.scale > 1)
            smaller = number.values and number.scale < held.scale and number.values[0] < held.scale
            if held.cjk and close and smaller and (number.cjk or number.scale == 1):
                values = tuple(value + held.values[0] for value in number.values[:1])  # 1亿2000万 is one number
                written = text[held.start : number.end].strip()
                held = _Number(held.start, number.end, written, values, number.scale, number.cjk)
                continue
            if held.scale == 1 and number.scale >= 1000 and _BETWEEN.fullmatch(gap):
                shared = tuple(value * number.scale for value in held.values[:1])
                # `10 to 100k` may be either.
                if shared and number.values and shared[0] < number.values[0] <= 5 * shared[0]:
                    held = replace(held, values=shared + held.values)
            yield held
        held = number
    if held:
        yield held


def _each(text: str, language: Language) -> Iterator[_Number]:
    scales = {**_LETTERS, **_scales(language)}
    for match in _pattern(language).finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if before.endswith("-") and _NAME_BEFORE.search(before):
            continue
        unit, end = match[2] or "", match.end()
        if unit == "bn" and not re.search(r"[£$€¥]\s?$", before):
            unit, end = "", match.end(1)  # £2.8bn is money, 3 bn layers are layers
        scale = scales.get(unit, scales.get(unit.lower(), 1))
        values = tuple(value * scale for value in _values(match[1], language))
        cjk = bool(unit) and not unit.isascii() and not language.latin
        yield _Number(match.start(), end, text[match.start() : end].strip(), values, scale, cjk)


def numbers(text: str, language: Language = SOURCE) -> dict[Fraction, str]:
    """Values in `text`, each with how it is first written there; of an ambiguous one the likeliest."""
    found: dict[Fraction, str] = {}
    for written, values in readings(text, language):
        if values:
            found.setdefault(values[0], written)
    return found


def rendered(value: Fraction, language: Language) -> str:
    """`value` as the language writes it: 13,000,000 is 1300万, 1300만, 13 Millionen, 13 millions, 13 millones."""
    for power, (singular, plural) in sorted(language.units.items(), reverse=True):
        scaled = value / 10**power
        if scaled >= 1 and (digits := _decimal(scaled, language)):
            one = scaled < 2 if language.singular_below_two else scaled == 1
            return digits + (singular if one else plural)
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
    match = _pattern(language).match(written)
    return _values(match[1], language) if match and match[2] else ()


def spelled_out(value: Fraction, language: Language) -> str:
    """As `rendered`, but Chinese writes one significant digit in characters, as a text does: 一亿, 两百万."""
    digits = rendered(value, language)
    match = re.fullmatch(r"([1-9])(0{0,3})([万亿萬億兆])", digits)
    if not match or language.numerals != "hanzi":
        return digits
    names = language.small[int(match[1])].split()
    digit = names[1 if match[1] == "2" and match[2] != "0" else 0]
    return (digit + ["", "十", "百", "千"][len(match[2])] + match[3]).replace("一十", "十")


def scaled(text: str, language: Language) -> dict[str, str]:
    """What a small model gets wrong, as the language has it: {"13 million": "1300万", "a billion": "十亿",
    "one-third": "三分之一"}."""
    plain = _plain(text)
    known: dict[str, str] = {}
    ranges = []
    found = list(_in_digits(plain, SOURCE))
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
