"""Where a text has numbers, and their values: digits with scale words, powers of ten, decades. Pure.

Values are exact (Fraction). A number that belongs to a name (VGG-19, Qwen2.5, 3.1.2) is part of the name. A letter
behind digits is a scale only where it can be: of 1.7B parameters, 300M users and £2.8bn, never of 92 K, 15 T or 5 m.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from localdigest.language.profile import SOURCE, Language
from localdigest.text import numerals, spans, units

_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12, "bn": 10**9}
_LETTER = re.compile(r"(\s?)(bn|[kKmMbBT])(?![A-Za-z_⊙⊕µ^²]|-?\d)")
_COUNTED = (
    r"parameters?|params|tokens?|users|images?|samples|examples|words|sentences|pairs|rows|downloads|people|documents|"
    r"steps|frames|queries|requests|records|reads|views|lines|videos|clips|utterances|pages|molecules|points|hours"
)
"""What a letter with a space before it counts: 1.7 B parameters. One that stands at its digits counts any plural."""
_COUNTS = re.compile(rf"[\s-](?:[a-z]+[\s-]){{0,2}}?(?:{_COUNTED})\b")
_COUNTS_ANY = re.compile(
    r"[\s-]?(?:[a-z]+[\s-]){0,2}?(?!(?:is|was|has|as|its|this|versus|across|cells|lymphocytes)\b)"
    r"(?:[a-z]{3,}s|data|people|text|speech|audio|parameter|token)\b"
)
_MEASURED = re.compile(
    r"(?:\b(?:at|below|above|to|near|from|of|field|temperatures?|than|and|around|about)|[~≈<>=≤≥])\s?$"
)
"""What stands before a temperature or a field rather than before a count: at 92K."""
_AFTERNOON = re.compile(r"(?::\d\d)? ?p\.?m\b")
_SOLUTES = re.compile(r"\s(?:[A-Z]\w+|[a-z]+ (?:solution|acid)|concentration|solution)\b")
_PLACE = re.compile(
    r"(?:Fig|Figure|Table|Tab|Sec|Section|Panel|Eq|Equation|Appendix|Theorem|Lemma)s?\.?\s*$", re.IGNORECASE
)
_NAME_BEFORE = re.compile(r"[A-Za-z_][\w.+]*(?:-[\w.+]+)*-$", re.ASCII)
"""Of `VGG-19`: the number after it is part of a name; that of `3-5` is not, nor that of `WER降低10-20%`."""
_WORD_BEFORE = re.compile(r"(?<![\w.-])[A-Za-z]?[a-z]+-$", re.ASCII)
"""Of `spin-1/2`, `top-5`, `mid-19th`: a translation may tell the number or not."""
_RAISED = re.compile(r"(?<=[\w)\]}])[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_SIGNED = r"[-−+]?\d{1,3}(?:\.\d+)?"
_POWER = re.compile(
    r"(?<![A-Za-z_\d.])(?:(\d+(?:\.\d+)?)\)? ?(?:[×x*·]|\\times|\\cdot) ?)?10 ?(?:\^|\*\*) ?"
    rf"(?:\{{ ?({_SIGNED}) ?\}}|({_SIGNED}))(?![\d])"
    rf"|(?<![A-Za-z_\d.])(\d+(?:\.\d+)?)[eE]([-−+]?\d{{1,2}})(?!\w|\.\d)"
    rf"|(?<![A-Za-z_\d.])10的负?({_SIGNED}|负\d+(?:\.\d+)?)次[方幂]"
)
"""`3 × 10^-4`, `10^{6.6}`, `1e-4`, 10的6.6次方."""
_BETWEEN = re.compile(r" ?(?:-|–|—|~|〜|to|or|至|到|或) ?")
"""Between the numbers of a range, which may share the scale of the second: `1.5-2 million`, 10至15万."""
_DECADES = re.compile(
    r"(?:((?:1\d|20|21)|[一二三四五六七八九十]{2,4})世[纪紀]([1-9]0|[一二三四五六七八九]?十)?(?:年代)?(初)?"
    r"|(?<=和|与|、|至|到|及|或)([1-9]0|[一二三四五六七八九]?十)年代|(上|本)世[纪紀]\s?(?:([1-9]0|[一二三四五六七八九]?十)年代)?)"
)
"""20世纪90年代, 十九世纪, 21世纪初; 和60年代 behind it."""
_SMALL = re.compile(rf"\b(?:{'|'.join(numerals.WORDS[2:11])})\b(?=[ -][A-Za-z])", re.IGNORECASE)
_SMALL_HAN = re.compile(
    r"(?<![一二两三四五六七八九十百千万亿第几数\d])[二两三四五六七八九十](?![一二三四五六七八九十百千万亿\d])"
)
_TEX = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\\(?:mathrm|text|textrm|rm|mathsf|operatorname)\s*\{([^{}]*)\}", r"\1"),
        (r"\{\\(?:rm|it|bf)\s+([^{}]*)\}", r"\1"),
        (r"\\pm(?![A-Za-z])", "±"),
        (r"\\times(?![A-Za-z])", "×"),
        (r"\\cdot(?![A-Za-z])", "·"),
        (r"\\(?:sim|approx|simeq)(?![A-Za-z])\s?", "≈"),
        (r"\\(?:leq?|lesssim)(?![A-Za-z])", "≤"),
        (r"\\(?:geq?|gtrsim)(?![A-Za-z])", "≥"),
        (r"\\mu(?![A-Za-z])\s?", "µ"),
        (r"\\sigma(?![A-Za-z])", "σ"),
        (r"_?\{?\\odot(?![A-Za-z])\}?", "⊙"),
        (r"_?\{?\\oplus(?![A-Za-z])\}?", "⊕"),
        (r"\^\{?\\circ(?![A-Za-z])\}?", "°"),
        (r"\\%", "%"),
        (r"\\[,;:! ]|~(?=[A-Za-zµ])", " "),
        (r"_\{(\w+)\}", r"_\1"),
    )
)
_DELIMITERS = re.compile(r"^(?:\$\$?|\\[(\[])|(?:\$\$?|\\[)\]])$")


def plain(text: str) -> str:
    """Half-width digits, no URLs, formulas as text; a comma between clauses must not join two numbers, nor a raised
    digit its base."""
    if "$" in text or "\\" in text:
        text = spans.MATH.sub(lambda match: _DELIMITERS.sub("", match[0]), text)
        for pattern, new in _TEX:
            text = pattern.sub(new, text)
    text = spans.URL.sub(" ", text.replace("，", ", ").replace("、", ", ").replace("±", " ± ").replace("µ", "μ"))
    text = _RAISED.sub(lambda match: "^" + match[0], text)
    # Thousands as SI and LaTeX part them, and the sides of 1920x1080.
    text = re.sub(r"(?<=\d)(?:[\u2009\u202f\u00a0]|\{,\})(?=\d{3}(?!\d))", "", text)
    text = text.replace("°", "\ue000").replace("′", "\ue001").replace("″", "\ue002")
    text = re.sub(r"(?<=\d)[x×](?=\d)", " × ", unicodedata.normalize("NFKC", text))
    text = re.sub(r"(?<!\d)(\d\d?)\.(\d\d)(?= ?[ap]\.?m\b)", r"\1:\2", text)  # 7.55am
    return text.replace("\ue000", "°").replace("\ue001", "′").replace("\ue002", "″")


@dataclass(frozen=True, slots=True)
class Number:
    start: int
    end: int
    written: str
    values: tuple[Fraction, ...]
    """What it can mean, the likeliest first."""
    scale: int = 1
    cjk: bool = False
    """Whether the scale is in characters, behind which a smaller part may follow: 1亿2000万."""
    sure: bool = True
    """Whether a letter is its scale without doubt."""
    optional: bool = False
    """Whether it stands behind a word and a hyphen: a translation need not have it."""


@functools.cache
def scales(language: Language) -> Mapping[str, int]:
    """By word for a thousand and more; where nothing else is in Latin letters, English ones as well."""
    named = {power: tuple(word.strip().lower() for word in forms) for power, forms in language.units.items()}
    found = {word: 10**power for of in (named, language.scales) for power, words in of.items() for word in words}
    return found if language.latin else found | numerals.SCALES


@functools.cache
def pattern(language: Language) -> re.Pattern[str]:
    """Of digits with the word of their scale."""
    # Thousands by comma, point or space where the language has them; else a decimal point or comma.
    digits = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<=[\s(<>=≈≤≥])\.\d+"
    if language.decimal == ",":
        digits = r"\d{1,3}(?:[ '.]\d{3})+(?!\d)(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?"
    words = sorted(scales(language), key=len, reverse=True)
    cjk = "|".join(word for word in words if not word.isascii() and not language.latin)
    spelled = "|".join(re.escape(word) for word in words if word.isascii() or language.latin)
    scale = rf"(?i:(?:{spelled})(?!\w))"
    # 千米, 千克, 千瓦, 千赫, 千字节 are units of measure.
    return re.compile(rf"(?<![A-Za-z_\d.])({digits})(?:\s*((?:{cjk})(?![米克瓦赫])|{scale}))?" if cjk
                      else rf"(?<![A-Za-z_\d.])({digits})(?:\s*({scale}))?")  # fmt: skip


def values(digits: str, language: Language) -> tuple[Fraction, ...]:
    """What `digits` can mean, the likeliest first: German 13.460 is 13460, or English that a model left as it was."""
    digits = digits[:1000]  # Python reads no more than 4300 in a row
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


def numbers(text: str, language: Language) -> list[Number]:
    """Those of a `plain` text, in their order."""
    found = list(_powers(text))
    if language.numerals in ("hanzi", "kanji"):
        found += _decades(text)
    masked = text
    for number in found:
        masked = masked[: number.start] + "\n" * (number.end - number.start) + masked[number.end :]
    for start, end in units.exponents(masked):
        masked = masked[:start] + "\n" * (end - start) + masked[end:]
    found += _in_digits(masked, language)
    found += _in_words(masked, language)
    if language.numerals in ("hanzi", "kanji"):
        found += [Number(a, b, text[a:b], (value,)) for a, b, value in numerals.places(masked)]
    return sorted(found, key=lambda number: number.start)


def _powers(text: str) -> Iterator[Number]:
    for match in _POWER.finditer(text):
        mantissa = (match[1] or match[4] or "1")[:1000]
        exponent = next(filter(None, (match[2], match[3], match[5], match[6])))
        power = Fraction(exponent.replace("−", "-").replace("负", "-"))
        if "的负" in match[0]:
            power = -abs(power)
        if power.denominator == 1:
            value = Fraction(10) ** int(power)
        elif abs(power) < 300:
            value = Fraction(repr(10.0 ** float(power)))
        else:
            continue
        yield Number(match.start(), match.end(), match[0], (Fraction(mantissa) * value,))


def _decades(text: str) -> Iterator[Number]:
    century = 0
    for match in _DECADES.finditer(text):
        if match[1]:
            century = int(match[1]) if match[1].isdigit() else int(numerals.month(match[1]))
        elif match[5]:
            century = 20 if match[5] == "上" else 21
        tens = match[2] or match[4] or match[6]
        if not century:
            continue
        decade = (int(tens) if tens.isdigit() else numerals.month(tens)) if tens else 0
        start = 100 * (century - 1) + decade
        read = [start] if tens else [century, start] if match[3] or match[5] else [century]
        yield Number(match.start(), match.end(), match[0], tuple(map(Fraction, read)), optional=not match[1])


def _in_words(text: str, language: Language) -> Iterator[Number]:
    """Small numbers in words before a unit, which must stay that unit: within three weeks, 两年."""
    if language is SOURCE:
        for match in _SMALL.finditer(text):
            yield Number(match.start(), match.end(), match[0], (Fraction(numerals.WORDS.index(match[0].lower())),),
                         optional=True)  # fmt: skip
    elif language.numerals == "hanzi":
        for match in _SMALL_HAN.finditer(text):
            value = numerals.month(match[0].replace("两", "二"))
            yield Number(match.start(), match.end(), match[0], (Fraction(value),), optional=True)


def _in_digits(text: str, language: Language) -> Iterator[Number]:
    """The numbers written in digits; of `1.5-2 million` the first has the scale of the second."""
    held: Number | None = None
    for number in _each(text, language):
        if held:
            gap = text[held.end : number.start]
            close = gap == "" or (gap == " " and language.numerals == "hangul" and number.scale > 1)
            smaller = number.values and number.scale < held.scale and number.values[0] < held.scale
            if held.cjk and close and smaller and (number.cjk or number.scale == 1):
                both = tuple(value + held.values[0] for value in number.values[:1])  # 1亿2000万 is one number
                written = text[held.start : number.end].strip()
                held = Number(held.start, number.end, written, both, number.scale, number.cjk)
                continue
            if held.scale == 1 and number.scale >= 1000 and number.sure and _BETWEEN.fullmatch(gap):
                shared = tuple(value * number.scale for value in held.values[:1])
                # `10 to 100k` may be either.
                if shared and number.values and shared[0] < number.values[0] <= 5 * shared[0]:
                    held = Number(held.start, held.end, held.written, shared + held.values, optional=held.optional)
            yield held
        held = number
    if held:
        yield held


def _each(text: str, language: Language) -> Iterator[Number]:
    known = scales(language)
    for match in pattern(language).finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        optional = False
        if before.endswith("-") and _NAME_BEFORE.search(before):
            if not _WORD_BEFORE.search(before):
                continue
            optional = True
        word, end = match[2] or "", match.end()
        scale = known.get(word, known.get(word.lower(), 1))
        read = tuple(value * scale for value in values(match[1], language))
        sure = True
        if not word and (letter := _LETTER.match(text, end)):
            by, sure = _by_letter(text, before, letter, language)
            if by:
                scaled = tuple(value * by for value in read)
                read = scaled if sure else (read + scaled if letter[2] in "KT" or letter[1] else scaled + read)
                scale = by
                end = letter.end() if sure or not (letter[2] in "KT" or letter[1]) else end
        if _AFTERNOON.match(text, end) and read[0] < 12:
            read, sure = (read[0], read[0] + 12), False
        cjk = bool(word) and not word.isascii() and not language.latin
        yield Number(match.start(), end, text[match.start() : end].strip(), read, scale, cjk, sure, optional)


def _by_letter(text: str, before: str, letter: re.Match[str], language: Language) -> tuple[int, bool]:
    """What the letter behind a number multiplies it by, 0 where it does not, and whether that is sure."""
    written, spaced = letter[2], bool(letter[1])
    scale = _LETTERS[written.lower()]
    if re.search(r"[£$€¥]\s?$", before):
        return scale, True
    after = letter.end()
    if written == "bn" or text[after : after + 1] == "/":
        return 0, True  # £2.8bn is money, 3 bn layers are layers; 5 K/min is a rate
    if spaced or written in "mb":
        if _COUNTS.match(text, after):
            return scale, language is SOURCE
        doubtful = written == "B" or (written == "M" and not _SOLUTES.match(text, after))
        return (scale, False) if doubtful or (language is not SOURCE and written in "kK") else (0, True)
    if _PLACE.search(before):
        return 0, True
    if written in "kB" or _COUNTS_ANY.match(text, after):
        return scale, True
    return (0, True) if written in "KT" and _MEASURED.search(before) else (scale, False)
