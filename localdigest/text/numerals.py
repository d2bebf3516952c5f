"""Numbers in words: what an English source spells out, and numerals in Chinese characters. Pure.

Values are exact (Fraction), as in `numbers`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from localdigest.language.profile import SOURCE

# ---------------------------------------------------------------- English


def _words(text: str) -> list[str]:
    return text.split()


WORDS = list(SOURCE.small)
MONTHS = _words("January February March April May June July August September October November December")
SCALES = {"thousand": 10**3} | {word.strip(): 10**power for power, (word, _) in SOURCE.units.items()}
_TEENS = _words("thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = dict(zip(_words("twenty thirty forty fifty sixty seventy eighty ninety"), range(20, 100, 10), strict=True))
_COUNTS = {word: number for number, word in enumerate([*WORDS, *_TEENS])} | _TENS
_SPELLED = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "single": 1, "both": 2,
    "pair": 2, "dual": 2, "double": 2, "half": 2, "triple": 3, "hundred": 100, "zeros": 0, "a": 1, "an": 1, "each": 1,
    "per": 1, "hundreds": 100, "thousands": 1000, "millions": 10**6, "twice": 2, "once": 1, "dozen": 12, "decade": 10,
    **_COUNTS,
}  # fmt: skip
_DENOMINATORS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, **{
    word: n for word, n in _SPELLED.items() if word.endswith("th") and n > 3
}}  # fmt: skip
_ROMAN = {name: n for n, name in enumerate(_words("i ii iii iv v vi vii viii ix x"), 1)}
_MONTH = re.compile(
    rf"\b(?:({'|'.join(month for month in MONTHS if month not in ('March', 'May'))})|(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?"
    r"|Oct|Nov|Dec)\b\.?|(?<=\d )(?:of )?(Mar|May)\w*|(?<=\dth )(Mar|May)\w*"
    r"|(?:(?i:in|since|until|till|by|from|of|to|early|mid|late|last|this)[ -])(March|May)\b|(March|May)(?= \d))"
)
"""May and March are words too: they count beside a day, a year or a preposition."""
_FRACTION = re.compile(rf"\b(a|{'|'.join(WORDS[1:])})[- ]({'|'.join(_DENOMINATORS)})s?\b", re.IGNORECASE)
_COUNT = rf"(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(WORDS[1:10])}))?|{'|'.join([*WORDS, *_TEENS])}"
_HUNDREDS = re.compile(rf"\b([a-z]+) hundred(?: and)? ({_COUNT})\b")
_SCALED = re.compile(
    rf"\b(?:(half a|a|{_COUNT})\s+)?(hundred\s+)?(?:(?<=hundred )and\s+({_COUNT})\s+)?({'|'.join(SCALES)})\b",
    re.IGNORECASE,
)


def _count(words: str) -> int:
    return sum(_COUNTS[word] for word in re.split("[- ]", words.lower()))


@functools.lru_cache(maxsize=256)  # a source is read for each of its drafts
def spelled(text: str) -> frozenset[Fraction]:
    """Values that an English text spells out: `three`, `third`, `October` (10), `twenty-five`, `two-thirds`, `(iv)`."""
    words = re.findall(r"[a-z]+", text.lower())
    values = {Fraction(_SPELLED[word]) for word in words if word in _SPELLED}
    values |= {Fraction(_count(f"{a} {b}")) for a, b in re.findall(r"\b([a-z]+)(?=[- ]([a-z]+)\b)", text.lower())
               if a in _TENS and b in WORDS[1:10]}  # fmt: skip
    values |= {Fraction(_TENS[a] + _SPELLED[b]) for a, b in re.findall(r"\b([a-z]+)(?=[- ]([a-z]+)\b)", text.lower())
               if a in _TENS and 0 < _SPELLED.get(b, 0) < 10 and b not in WORDS}  # fmt: skip
    values |= {Fraction(_COUNTS[a] * 100) for a in re.findall(r"\b([a-z]+) hundred\b", text.lower()) if a in _COUNTS}
    values |= {Fraction(_COUNTS.get(a, 1) * 100 + _count(b)) for a, b in _HUNDREDS.findall(text.lower())}
    values |= {Fraction(_COUNTS[a] * 10) for a in re.findall(r"\b([a-z]+) decades\b", text.lower()) if a in _COUNTS}
    values |= {Fraction(_ROMAN[name]) for name in re.findall(r"\(([ivx]+)\)", text) if name in _ROMAN}
    for match in _MONTH.finditer(text):
        name = next(group for group in match.groups() if group)
        values.add(Fraction(next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name[:3]))))
    for count, part in _FRACTION.findall(text):
        numerator = 1 if count.lower() == "a" else WORDS.index(count.lower())
        of = _DENOMINATORS[part.lower()]
        values |= {Fraction(numerator, of), Fraction(of)}
    if re.search(r"\bhal(?:f|ves)\b", text, re.IGNORECASE):
        values.add(Fraction(1, 2))
    return frozenset(values | set(spelled_scales(text)))


def spelled_scales(text: str) -> dict[Fraction, str]:
    """Large values that an English text spells out: `one hundred million`, `thirty thousand`, `half a billion`."""
    found: dict[Fraction, str] = {}
    for match in _SCALED.finditer(text):
        before = text[: match.start()]
        if re.search(r"\d[\d,.]*\s*$", before) or not (match[1] or match[2]) or re.search(r"[a-z]-$", before):
            continue  # `13 million` is a number already; `millions` has no value
        words = (match[1] or "a").lower()
        count = Fraction(1, 2) if words == "half a" else Fraction(1 if words == "a" else _count(words))
        rest = _count(match[3]) if match[3] else 0
        value = (count * (100 if match[2] else 1) + rest) * SCALES[match[4].lower()]
        found.setdefault(value, match[0])
    return found


def parts(text: str) -> dict[Fraction, str]:
    """Fractions that an English text spells out, halves aside: `one-third`, `three quarters`, `a fifth of`."""
    found: dict[Fraction, str] = {}
    for match in _FRACTION.finditer(text):
        count, of = match[1].lower(), _DENOMINATORS[match[2].lower()]
        after = text[match.end() :]
        # `a third` experiment, `one third-party` tool
        if of > 2 and not after.startswith("-") and (count != "a" or re.match(r"\s+of\b", after)):
            found.setdefault(Fraction(1 if count == "a" else WORDS.index(count), of), match[0])
    return found


def roman(text: str) -> set[Fraction]:
    """Values of the Roman numerals that stand in brackets: (ii), （iv）."""
    return {Fraction(_ROMAN[name]) for name in re.findall(r"[(（]([ivx]+)[)）]", text) if name in _ROMAN}


# ---------------------------------------------------------------- Chinese characters

_VARIANTS = str.maketrans("〇萬億兩", "零万亿两")
"""Of Traditional Chinese and Japanese, one character each."""
_DIGITS = {character: n for n, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "[零一二三四五六七八九两十百千万亿]"
_RUN = re.compile(
    rf"(?<![数几幾數成上]){_NUMERAL}{{2,}}(?![几幾]|年代)|(?<=[百万]分之){_NUMERAL}|{_NUMERAL}(?=分之{_NUMERAL})"
)
"""Two characters or more: one alone is often a word (统一, 十分). 数十万 has no value, nor has 二十年代."""
_SHAPED = re.compile(
    r"(?:[一二三四五六七八九两]?[十百千](?:零?[一二三四五六七八九][十百]?)*|[一二三四五六七八九两])"
    r"(?:[万亿]{1,2}(?:零?[一二三四五六七八九两]?[十百千]?(?:零?[一二三四五六七八九][十百]?)*[万]?)*)?"
)
_NO_VALUE = frozenset({"千万", "百万", "十万", "万亿", "千亿", "百亿", "十亿", "千百", "十百", "万千", "百千", "亿万"})
"""Orders of magnitude, or words; behind digits they are the digits' scale, which `numbers` reads."""


def chinese(text: str) -> Iterator[tuple[str, Fraction]]:
    """Numerals of two characters or more, as written, with their values: 十三亿, 百分之八十 (80), 四分之三 (3/4)."""
    return ((text[start:end], value) for start, end, value in places(text))


def places(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """As `chinese`, with where they begin and end."""
    plain = text.translate(_VARIANTS)
    parts = {}
    for match in re.finditer(rf"({_NUMERAL}+)分之({_NUMERAL}+)", plain):
        under, over = _value(match[1]), _value(match[2])
        if under and over is not None and match[1] not in ("千", "万"):
            parts[match.start()] = (match.end(), over if match[1] == "百" else Fraction(over, under))
    end = 0
    for match in _RUN.finditer(plain):
        if match.start() < end:
            continue
        if match.start() in parts:
            end, value = parts[match.start()]
            yield match.start(), end, value
        elif "分之" not in plain[max(0, match.start() - 2) : match.start()] and not _scale_of_digits(plain, match):
            read = _value(match[0])
            if read is not None and match[0] not in _NO_VALUE and not _approximate(match[0]):
                yield match.start(), match.end(), read


def month(numeral: str) -> int:
    """Of 九 or 十二: 9, 12."""
    return int(_value(numeral) or 0)


def orders(text: str) -> set[Fraction]:
    """Values of words such as 十亿 (a billion) or 百万, numbers in one text and `very many` in the next."""
    return {value for word in _NO_VALUE if word in text.translate(_VARIANTS) and (value := _value(word))}


def _scale_of_digits(plain: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"[\d.]\s?$", plain[: match.start()]))


def _approximate(numeral: str) -> bool:
    """三四 (three or four), 七八十: digits side by side that are no year."""
    return bool(re.search("[一二三四五六七八九]{2}", numeral)) and not re.fullmatch(
        "[零一二三四五六七八九]{4}", numeral
    )


def _value(numeral: str) -> Fraction | None:
    """Of 一千三百万: 13,000,000. None where the characters make no number."""
    if re.fullmatch("[零一二三四五六七八九]{3,}", numeral):
        return Fraction("".join(str(_DIGITS[c]) for c in numeral))
    if not _SHAPED.fullmatch(numeral) and numeral not in ("万", "亿"):
        return None
    total = section = digit = 0
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        elif character == "万":
            section = (section + digit or 1) * 10**4
            total, section, digit = total + section, 0, 0
        else:
            total, section, digit = (total + section + digit or 1) * 10**8, 0, 0
    return Fraction(total + section + digit)


def stands_alone(characters: Iterable[str], text: str) -> bool:
    """Whether one of the `characters` stands in `text` as a number by itself: 十 does not in 二十 or 十分."""
    text = text.translate(_VARIANTS)
    for character in (each.translate(_VARIANTS) for each in characters):
        if character == "十":
            pattern = r"(?<![一二三四五六七八九两周週期])十(?![一二三四五六七八九万亿足]|分(?![之钟鐘贝貝]))"
        else:
            pattern = rf"(?<![十百千万亿周週]|曜|期|拜){character}(?![十百千万亿])"
        if re.search(pattern, text):
            return True
    return False
