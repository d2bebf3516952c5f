"""Units of measure as fields write them: `km s^{-1}`, mJy, basis points, 微米, 公里每秒. By dimension and size. Pure.

Symbols and English names are in units.tsv; a language's own names are in `prompts/<code>/units.toml`, where it has one.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from localdigest.language import profile
from localdigest.language.profile import SOURCE, Language
from localdigest.messages.errors import ConfigError

_PREFIXES = {
    "q": -30, "r": -27, "y": -24, "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "µ": -6, "u": -6, "m": -3, "c": -2,
    "d": -1, "h": 2, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24,
}  # fmt: skip
_SPELLED = {
    "atto": "a", "femto": "f", "pico": "p", "nano": "n", "micro": "µ", "milli": "m", "centi": "c", "deci": "d",
    "hecto": "h", "kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P", "exa": "E",
}  # fmt: skip
_WORDS = frozenset("a as am at do us Is As At Am Us Pb pm".split())  # noqa: SIM905
"""Words, an element and a time of day, though a prefix and a symbol make them."""
_SYMBOL = re.compile(
    r"[A-Z]?[A-Za-zµμΩÅ]*_(?:sun|⊙|⊕|[eE]arth|J(?:up)?)|US\$|p\.p\.|[A-Za-zµμΩÅå⊙⊕ö]+(?:/s\b)?|[%‰°℃℉′″σ$€£¥][CF]?"
)
_EXPONENT = re.compile(
    r"\s?\^\s?\{?\s?([-−+]?\d(?:\.\d+)?)(?:/([1-9]))?(?:\s?\})?|(?<=[A-Za-zµ⊙])([23])(?![\d.])|([-−][1-4])(?![\d.])"
)
_MIDDLE = re.compile(r"\s?[/每]\s?|\s?[·⋅*]\s?|[\s-](?:per|a)[\s-](?=[A-Za-z])|[ \u2009]")
_TWO_WORDS = re.compile(r"([A-Za-z]+)[ -]([A-Za-z]+)")
_RAISED = re.compile(r"平方|立方|(?:square|cubic)[ -]")
_TIME = (("s", Fraction(1)),)
_TEXT = Path(__file__).with_name("units.tsv")

Dimensions = tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """Its size in units of its dimensions, and what it is divided by: mm per year has two lengths' and one time's."""

    size: float
    dimensions: Dimensions
    below: Unit | None = None
    """The units behind a stroke, a `per` or a negative exponent, by themselves."""
    above: Unit | None = None

    def is_like(self, other: Unit) -> bool:
        """Whether both measure the same, in whatever size."""
        return self.dimensions == other.dimensions

    def equals(self, other: Unit) -> bool:
        return self.is_like(other) and math.isclose(self.size, other.size, rel_tol=0.02)


ONE = Unit(1.0, ())


def _times(a: Unit, b: Unit, power: Fraction = Fraction(1)) -> Unit:
    held = dict(a.dimensions)
    for name, exponent in b.dimensions:
        held[name] = held.get(name, Fraction(0)) + exponent * power
    try:
        size = a.size * b.size ** float(power)
    except (OverflowError, ZeroDivisionError):  # km^99
        size = math.inf
    return Unit(size, tuple(sorted((n, e) for n, e in held.items() if e)))


@functools.cache
def _table() -> tuple[Mapping[str, Unit], Mapping[str, Unit]]:
    """Units by symbol, with every prefix, and by English name in small letters."""
    symbols: dict[str, Unit] = {}
    names: dict[str, Unit] = {}
    for line in _TEXT.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        written, takes, size, of, named = line.split("\t")
        own = written.split()
        unit = Unit(float(size), ())
        for part in of.split():
            symbol, _, exponent = part.partition("^")
            base = symbols.get(symbol) if symbol not in own else None
            unit = _times(unit, base or Unit(1, ((symbol, Fraction(1)),)), Fraction(exponent or 1))
        prefixes = {p: e for p, e in _PREFIXES.items() if takes == "all" or (e < 0 if takes == "small" else e > 0)}
        prefixes = prefixes if takes != "none" else {}
        for symbol in own:
            symbols.setdefault(symbol, unit)
            for prefix, power in prefixes.items():
                symbols.setdefault(prefix + symbol, Unit(unit.size * 10.0**power, unit.dimensions))
        for name in named.split():
            names.setdefault(name, unit)
            for spelled, prefix in _SPELLED.items():
                if prefix in prefixes and len(name) > 2:
                    names.setdefault(spelled + name, Unit(unit.size * 10.0 ** _PREFIXES[prefix], unit.dimensions))
    for word in _WORDS:
        symbols.pop(word, None)
    return symbols, names


@functools.cache
def _own(language: Language) -> tuple[Mapping[str, Unit], int]:
    """Units by the names that the language itself has for them, and the length of the longest. Raises ConfigError."""
    found: dict[str, Unit] = {}
    table = profile.optional(language.code, "units")
    powers = {name: _PREFIXES[symbol] for symbol, names in table.get("prefixes", {}).items() for name in names.split()}
    for kind in ("with_prefixes", "names"):
        for symbol, written in table.get(kind, {}).items():
            read = parse(symbol, 0, SOURCE)
            if not read:
                raise ConfigError(
                    "{about}: {why}", profile.PROMPTS / language.code / "units.toml", f"no unit: {symbol}"
                )
            unit = read[0]
            for name in written.split():
                found.setdefault(name, unit)
                if kind == "with_prefixes":
                    found |= {p + name: Unit(unit.size * 10.0**e, unit.dimensions) for p, e in powers.items()}
    return found, max(map(len, found), default=0)


def known(symbol: str) -> bool:
    """Whether it is a unit's symbol or English short name: mbar, kpc, arcsec."""
    symbols, names = _table()
    return symbol in symbols or symbol in names or symbol.removesuffix("s") in names


def is_symbol(written: str) -> bool:
    """Whether it is one, and no name: nm, %, keV, not days."""
    return written in _table()[0]


def _named(word: str) -> Unit | None:
    """A unit by its English name, in the singular or the plural: kilometres, light-years, solar masses."""
    names = _table()[1]
    return names.get(word) or names.get(word.removesuffix("s")) or names.get(re.sub("e?s$", "", word))


def _factor(text: str, at: int, language: Language) -> tuple[Unit, int] | None:
    """One unit without its exponent, and where it ends."""
    own, longest = _own(language) if language is not SOURCE else ({}, 0)
    for size in range(min(longest, len(text) - at), 0, -1):
        if unit := own.get(text[at : at + size]):
            return unit, at + size
    match = _SYMBOL.match(text, at)
    if not match:
        return None
    symbols, word = _table()[0], match[0].replace("μ", "µ").replace("Å", "Å")
    if unit := symbols.get(word) or symbols.get(word.removesuffix("/s")):
        return unit, match.end() if word in symbols else match.end() - 2
    two = _TWO_WORDS.match(text, at)
    if two and (unit := _named(f"{two[1]}-{two[2]}".lower())):
        return unit, two.end()
    unit = _named(word.lower())
    return (unit, match.end()) if unit else None


def _power(text: str, at: int, language: Language) -> tuple[Unit, Fraction, int, bool] | None:
    """One unit, its exponent, where both end, and whether the exponent is written: m^2, square metres, 平方米."""
    raised = _RAISED.match(text, at)
    read = _factor(text, raised.end() if raised else at, language)
    if not read:
        return None
    unit, end = read
    power = Fraction(2 if raised and raised[0][0] in "平s" else 3 if raised else 1)
    written = _EXPONENT.match(text, end)
    if written:
        power *= Fraction((written[1] or written[3] or written[4]).replace("−", "-")) / Fraction(written[2] or 1)
        end = written.end()
    return unit, power, end, bool(written)


def parse(text: str, at: int, language: Language) -> tuple[Unit, int] | None:
    """The unit that `text` has at `at`, with all its factors, and where it ends; None where there is none."""
    above, below, end, divides = ONE, ONE, at, False
    found = _power(text, at, language)
    if not found:
        return None
    while found:
        unit, power, end, _ = found
        if divides or power < 0:
            below = _times(below, unit, abs(power))
        else:
            above = _times(above, unit, power)
        found, divides = _next(text, end, language)
    return (above if below == ONE else over(above, below)), end


def _next(text: str, at: int, language: Language) -> tuple[tuple[Unit, Fraction, int, bool] | None, bool]:
    """The factor behind another one, and whether it divides."""
    middle = _MIDDLE.match(text, at)
    found = _power(text, middle.end(), language) if middle else None
    if not middle or not found:
        return None, False
    sign = middle[0].strip(" -\u2009")
    # A word that happens to be a symbol is none: behind a space one counts with its exponent alone, behind `a` a time.
    if (not sign and not found[3]) or (sign == "a" and found[0].dimensions != _TIME):
        return None, False
    return found, sign in ("/", "per", "a", "每")


def exponents(text: str) -> Iterator[tuple[int, int]]:
    """Places of exponents behind units that no number stands before: `per cm^2`, `in km s^{-1}`."""
    for match in re.finditer(
        r"(?<![A-Za-z_\\])([A-Za-zµμΩÅ]{1,6})\s?\^\s?\{?\s?[-−+]?\d(?:\.\d+)?(?:\s?\})?(?!\.?\d)", text
    ):
        if len(match[1]) > 1 or match[1] in "msgKhd":
            symbols, _ = _table()
            if match[1].replace("μ", "µ") in symbols:
                yield match.start() + len(match[1]), match.end()


def over(unit: Unit, divisor: Unit) -> Unit:
    """The one by the other: millimetres and 每年 are a speed."""
    whole = _times(unit, divisor, Fraction(-1))
    return Unit(whole.size, whole.dimensions, divisor, unit)


def named(language: Language) -> bool:
    """Whether the language's own names of units are known."""
    return bool(_own(language)[0])


def mentions(text: str, unit: Unit, language: Language) -> bool:
    """Whether any name or symbol in `text` is that unit, whatever stands before it."""
    own, _ = _own(language)
    if any(name in text and each.equals(unit) for name, each in own.items()):
        return True
    found = (parse(text, match.start(), SOURCE) for match in re.finditer(r"(?<![A-Za-z])[A-Za-zµμΩÅ%‰°]", text))
    return any(read and read[0].equals(unit) for read in found)


def divisors(text: str, language: Language) -> list[Unit]:
    """What a text divides by in words before the number: 每秒, 每年, per second."""
    pattern = r"每" if language is not SOURCE else r"\b(?:per|every|each)\s"
    found = (parse(text, match.end(), language) for match in re.finditer(pattern, text))
    return [read[0] for read in found if read]
