"""The languages of a digest, a folder each in `prompts/`: `profile.toml` says what is written in it, and what gives a
wrong draft away. A profile is read when it is first asked for."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from localdigest.language import conversion
from localdigest.messages.errors import ConfigError

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
KANA = r"\u3040-\u30ff"
HANGUL = r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
_CLASSES: Mapping[str, str] = {"han": HAN, "kana": KANA, "hangul": HANGUL}
_OTHERS = r"\u0400-\u04ff\u0590-\u06ff\u0900-\u097f\u0e00-\u0e7f"
"""Cyrillic, Hebrew, Arabic, Devanagari, Thai: none of ours is written in them."""
_CHINESE = re.compile(rf"^(?=(?:[^{HAN}]*[{HAN}]){{12}})[^{KANA}]+$|[{HAN}，、]{{15}}", re.DOTALL)
"""In a text that has kana: twelve Han characters and no kana in all of it, or fifteen on end."""
_PATTERNS = ("preamble", "greeting", "aside", "refusal", "speaks", "last_try", "heading", "places")


class Language(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, eq=False, dict=True):
    """What the checks and the flows must know of a language; the prompts and the page's words are files beside it.

    Of a pattern each line is an alternative.
    """

    code: str
    english: str
    own: str
    scripts: tuple[Literal["latin", "han", "kana", "hangul"], ...]
    """What it is written in; the others but Latin have no place in it."""
    letters: str = ""
    """In Latin script: character class of its letters."""
    length: tuple[float, float]
    """Least and most characters for one of the English source's."""
    density: float = 0.0
    """Fewest of its own characters for each English word, a Latin word or a number counting as 1.7. Of 1,780 sentences
    of human translations one in a hundred has fewer, most of them for a clause that was left out."""
    preamble: str
    """How a draft begins that says what it is before it is (up to the colon)."""
    greeting: str
    """How one begins that answers the prompt in a sentence or a line of its own."""
    aside: str
    """How a translator's note begins, before a colon."""
    refusal: str
    speaks: str
    """The model speaking of itself; `last_try` is looked for as well."""
    last_try: str
    """How the prompt of a second try speaks of the first."""
    remark: str = ""
    """How a remark of the prompts begins that is said again in the midst of a draft, in brackets."""
    heading: str
    """The words for `title` and `abstract`, before a colon."""
    everywhere: Mapping[str, str] = {}
    """By name: patterns of drafts in every language, for what a model says in this one whatever it is asked for."""
    elsewhere: Mapping[str, str] = {}
    """The same, of drafts in every language but this."""
    stop: str = "."
    comma: str = ","
    colon: str = ": "
    dash: str = " – "
    joiner: str = " "
    """Between sentences."""
    width: float = 1.0
    """Characters that say as much as one Han character of a Chinese text, about."""
    turns: tuple[str, str] | None = None
    """`x for y` and `x using y` where it puts y first: the halves of a title are then asked for one by one."""
    dictionary: bool = False
    """Whether English words that a draft leaves are looked up one by one: where Latin letters are not its own."""
    charsets: tuple[str, str] | None = None
    """Python codecs of its own Han characters and of the other's: a character that only the other has is foreign."""
    conversion: Literal["", "t2s", "s2twp", "kanji"] = ""
    """How the other's characters become its own (see `han`): by that configuration of OpenCC, or one by one."""
    own_words: Mapping[str, str] = {}
    """What takes the place of a word after conversion."""
    made_of: str = ""
    """The language whose prompts, terms and answers become its own by `conversion`: small models write that one better.
    What its profile and its words of the page leave out is that one's, converted."""
    decimal: str = "."
    group: str = ","
    singular_below_two: bool = False
    """Whether it says 1,7 `million`, not `millions`."""
    numerals: Literal["words", "hangul", "kanji", "hanzi"] = "words"
    """How it spells numbers: in words, with endings (hangul), in characters that are only read (kanji), or that texts
    are written with: 一亿, 三分之二 (hanzi)."""
    small: tuple[str, ...]
    """From nought on: each number's words or characters."""
    units: Mapping[int, tuple[str, str]]
    """By power of ten what large numbers are written with, singular and plural, behind their digits."""
    scales: Mapping[int, tuple[str, ...]] = {}
    """The same of other words that are read."""
    vague: str = ""
    """Numerals without a value: 数十万."""
    range_mark: str = "–"
    counters: str = ""
    """Characters that what is counted has behind its number: 三个, but not 三维."""
    doubtful_counters: Mapping[str, str] = {}
    """Of these, those that make other words with a numeral (十分), with a pattern of what the source must then have."""
    conjunctions: str
    """Words for `and` and `or`."""
    places: str
    """How a text names its tables, figures and sections, with {} for the number."""
    spoken: Mapping[str, str] = {}
    """By their English names: patterns of what spoken languages are called. Nothing is found in a language without."""
    spoken_codes: Mapping[str, str] = {}
    """Of the source language: what papers write for them in `En-De`."""
    full_width: bool = False
    """Whether punctuation beside its own characters is made full-width."""
    suffixes: Mapping[str, str] = {}
    """English endings that a draft leaves at a name (LoRA-based), each by the word that goes before the name."""
    third_person: Mapping[str, str] = {}
    """Patterns of the authors' `we`, each with what a reader says of them. Only what is right wherever it stands."""
    openers: str = ""
    """How a sentence begins that goes on from one before it, its comma included: cut where it stands alone."""
    function_words: str = ""
    """Those of the source language that give it away in a draft."""
    homographs: str = ""
    """Of these, words of this language too."""
    typography: Literal["", "chinese", "taiwanese", "japanese", "korean"] = ""
    """The rules of spacing and punctuation (`render.typography`) that a page in it is set by; "" for none."""
    bleu: Literal["13a", "zh", "char"] = "13a"
    """How sacrebleu's BLEU cuts a text into words."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the prompt files that its work needs."""
        wanted = {"translate": translated(self.code), "explain": True, "gloss": self.dictionary}
        return tuple(name for name, needed in wanted.items() if needed)

    @property
    def asked(self) -> Language:
        """What the model is asked in."""
        return find(self.made_of) if self.made_of else self

    @functools.cached_property
    def latin(self) -> bool:
        return "latin" in self.scripts

    @functools.cached_property
    def english_only(self) -> frozenset[str]:
        """English function words that are no words of this language; none where any English word is seen."""
        if not self.latin or not translated(self.code):
            return frozenset()
        return frozenset(SOURCE.function_words.split()) - {*self.homographs.split()}

    @functools.cached_property
    def own_letter(self) -> re.Pattern[str]:
        return re.compile(f"[{self.letters}{''.join(_CLASSES.get(script, '') for script in self.scripts)}]")

    @functools.cached_property
    def _foreign(self) -> re.Pattern[str]:
        return re.compile(f"[{''.join(c for script, c in _CLASSES.items() if script not in self.scripts)}{_OTHERS}]")

    def of_others(self, text: str) -> str:
        """What authors say of themselves as their reader says it, by the language's own rules."""
        for said, instead in self.third_person.items():
            text = re.sub(said, instead, text)
        return text

    def alone(self, text: str) -> str:
        """The same, without what ties it to a sentence before it, which a line by itself does not have."""
        openers = "|".join(filter(None, self.openers.splitlines()))
        said = self.of_others(text)
        return re.sub(rf"^(?:{openers})+", "", said) if openers else said

    def foreign_in(self, text: str) -> str:
        """The first character of `text` in a script, or of a set of Han characters, that is not this language's."""
        if match := self._foreign.search(text):
            return match[0]
        if self.charsets:
            own, other = self.charsets
            for character in re.findall(f"[{HAN}]", text):
                if _encodes(character, other) and not _encodes(character, own):
                    return str(character)
        if "kana" in self.scripts and _CHINESE.search(text):
            return "no kana"
        return ""


def _encodes(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


# ---------------------------------------------------------------- files

PROMPTS = next(p / "prompts" for p in Path(__file__).parents[1:3] if (p / "prompts").is_dir())
"""The shipped languages: in the package where it is installed, beside it in a checkout."""
_SOURCE = "en"


def codes() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in PROMPTS.glob("*/profile.toml")))


@functools.cache
def find(code: str) -> Language:
    """The profile of `code`. Raises KeyError for a language that the configuration would have refused, ConfigError,
    naming file and key, for a profile that is none."""
    return _record(code, table(code, "profile")) if _written(code).made_of else _written(code)


def table(code: str, name: str) -> dict[str, Any]:
    """What `<name>.toml` of a language holds. Raises ConfigError, naming the file."""
    language, own = _written(code), _toml(PROMPTS / code / f"{name}.toml")
    if not language.made_of:
        return own
    theirs = _toml(PROMPTS / language.made_of / f"{name}.toml")
    found: dict[str, Any] = conversion.derived(
        own, theirs, lambda text: conversion.convert(text, language.conversion, language.own_words)
    )
    return found


def optional(code: str, name: str) -> dict[str, Any]:
    """As `table`, of a file that not every language has; empty where neither it nor the one it is made of has it."""
    theirs = _written(code).made_of
    own, made_of = (PROMPTS / each / f"{name}.toml" for each in (code, theirs or code))
    if theirs and made_of.is_file() and not own.is_file():
        language = _written(code)
        found: dict[str, Any] = conversion.derived(
            {}, _toml(made_of), lambda text: conversion.convert(text, language.conversion, language.own_words)
        )
        return found
    return table(code, name) if own.is_file() else {}


def unusable(code: str, name: str, why: object) -> ConfigError:
    """What is raised for `<name>.toml` of a language."""
    return ConfigError("{about}: {why}", PROMPTS / code / f"{name}.toml", why)


@functools.cache
def _written(code: str) -> Language:
    """The profile as its file has it: nothing is converted yet, which takes OpenCC a fifth of a second."""
    if code not in codes():
        raise KeyError(code)
    own = _toml(PROMPTS / code / "profile.toml")
    made_of = own.get("made_of")
    return _record(code, (_toml(PROMPTS / f"{made_of}" / "profile.toml") if made_of else {}) | own)


def _record(code: str, values: Mapping[str, Any]) -> Language:
    try:
        found = msgspec.convert({**values, "code": code}, Language, str_keys=True)
    except msgspec.ValidationError as error:
        raise unusable(code, "profile", error) from error
    shared = [found.everywhere] if code == _SOURCE else [SOURCE.everywhere, SOURCE.elsewhere]
    patterns = {}
    for name in _PATTERNS:
        own = (getattr(found, name), found.last_try if name == "speaks" else "")
        lines = "\n".join((*own, *(each.get(name, "") for each in shared))).split("\n")
        if not (pattern := "|".join(filter(None, lines))):
            path = PROMPTS / code / "profile.toml"
            raise ConfigError("{path}: {name}: nothing is looked for", path, name)  # and all would be found
        patterns[name] = pattern
    return msgspec.structs.replace(found, **patterns)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # TOML's errors and Unicode's are ValueErrors
        raise ConfigError("{about}: {why}", path, error) from error


SOURCE = find(_SOURCE)
"""What the papers are in. It has no translation: the abstract is in it already."""


def translated(code: str) -> bool:
    """Whether abstracts are translated for a reader of `code`."""
    return code != _SOURCE


def is_usable(code: str, prompts: Path) -> bool:
    """Whether a page can be made in it: it is there with all its prompts, shipped or in the folder `prompts`."""
    return code in codes() and all(find_prompt(name, code, (prompts, PROMPTS)) for name in _written(code).prompts)


def usable(prompts: Path) -> dict[str, str]:
    """Codes of those, each with its English name."""
    return {code: _written(code).english for code in codes() if is_usable(code, prompts)}


def find_prompt(name: str, code: str, folders: Sequence[Path]) -> Path | None:
    """The first of `folders` that has it counts: for the language itself, else for the one that it is made of."""
    made_of = _written(code).made_of if code in codes() else ""
    paths = (folder / c / f"{name}.md" for folder in folders for c in (code, made_of) if c)
    return next((path for path in paths if path.is_file()), None)
