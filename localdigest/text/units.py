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
    r"\s?\^\s?\{?\s?([-−+]?\d(?:\.\d+)?)(?:/(\d))?(?:\s?\})?|(?<=[A-Za-zµ⊙])([23])(?![\d.])|([-−][1-4])(?![\d.])"
)
_MIDDLE = re.compile(r"\s?[/]\s?|\s?[·⋅*]\s?|[\s-](?:per|a)[\s-](?=[A-Za-z])|[ \u2009]")
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
    return Unit(a.size * b.size ** float(power), tuple(sorted((n, e) for n, e in held.items() if e)))


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
    """Units by the names that the language itself has for them, and the length of the longest."""
    found: dict[str, Unit] = {}
    table = profile.optional(language.code, "units")
    powers = {name: _PREFIXES[symbol] for symbol, names in table.get("prefixes", {}).items() for name in names.split()}
    for kind in ("with_prefixes", "names"):
        for symbol, written in table.get(kind, {}).items():
            read = parse(symbol, 0, SOURCE)
            if not read:
                raise ValueError(f"units.toml of {language.code}: {symbol}: no such unit")
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


def _factor(text: str, at: int, language: Language) -> tuple[Unit, int] | None:
    """One unit without its exponent, and where it ends."""
    own, longest = _own(language) if language is not SOURCE else ({}, 0)
    for size in range(min(longest, len(text) - at), 0, -1):
        if unit := own.get(text[at : at + size]):
            return unit, at + size
    match = _SYMBOL.match(text, at)
    if not match:
        return None
    symbols, names = _table()
    end = match.end()
    word = match[0].replace("μ", "µ").replace("å", "Å") if len(match[0]) < 3 else match[0].replace("μ", "µ")
    if unit := symbols.get(word) or symbols.get(word.removesuffix("/s")):
        return unit, end if word in symbols else end - 2
    if phrase := re.compile(r"([A-Za-z]+)[ -]([A-Za-z]+)").match(text, at):
        pair = f"{phrase[1]}-{phrase[2]}".lower()
        squared = {"square": 2, "cubic": 3}.get(phrase[1].lower())
        second = phrase[2].lower()
        if squared and (unit := names.get(second) or names.get(second.removesuffix("s"))):
            return _times(ONE, unit, Fraction(squared)), phrase.end()
        if unit := names.get(pair) or names.get(pair.removesuffix("s")):
            return unit, phrase.end()
    word = match[0].lower()
    unit = names.get(word) or names.get(word.removesuffix("s")) or names.get(re.sub("e?s$", "", word))
    return (unit, end) if unit else None


def parse(text: str, at: int, language: Language) -> tuple[Unit, int] | None:
    """The unit that `text` has at `at`, with all its factors, and where it ends; None where there is none."""
    squared = re.compile("平方|立方").match(text, at) if language is not SOURCE else None
    first = _factor(text, squared.end() if squared else at, language)
    if not first:
        return None
    above, end = ONE, at
    below = ONE
    divided = False
    factor: tuple[Unit, int] | None = first
    power = Fraction({"平方": 2, "立方": 3}[squared[0]]) if squared else Fraction(1)
    while factor:
        unit, end = factor
        if exponent := _EXPONENT.match(text, end):
            digits = (exponent[1] or exponent[3] or exponent[4]).replace("−", "-")
            power *= Fraction(digits) / Fraction(exponent[2] or 1)
            end = exponent.end()
        if divided or power < 0:
            below = _times(below, unit, abs(power))
        else:
            above = _times(above, unit, power)
        factor, power = None, Fraction(1)
        middle = _MIDDLE.match(text, end)
        each = re.compile(r"\s?[每/]\s?").match(text, end) if language is not SOURCE else None
        if each and each[0].strip() == "每":
            middle = each
        if middle and (stroke := middle[0].strip(" -\u2009")) not in ("", "*", "·", "⋅"):
            start, divided = middle.end(), True
            if cubed := re.compile("平方|立方").match(text, start) if language is not SOURCE else None:
                start, power = cubed.end(), Fraction({"平方": 2, "立方": 3}[cubed[0]])
            factor = _factor(text, start, language)
            if stroke == "a" and factor and factor[0].dimensions != (("s", Fraction(1)),):
                factor = None
        elif middle:
            factor = _factor(text, middle.end(), language)
            # A word that happens to be a symbol is none: behind a space one counts with its exponent alone.
            if factor and not (middle[0].strip() or _EXPONENT.match(text, factor[1])):
                factor = None
            divided = False
    whole = _times(above, below, Fraction(-1))
    if below == ONE:
        return whole, end
    return Unit(whole.size, whole.dimensions, below, above), end


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
