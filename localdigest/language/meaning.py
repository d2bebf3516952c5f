"""What turns a meaning round, as data of a language: `prompts/<code>/meaning.toml`. English patterns beside its own.

A language without the file, or without one of its tables, is not looked at for that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

import msgspec

from localdigest.language import profile
from localdigest.language.profile import Language
from localdigest.messages.errors import ConfigError


class Negation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    english: str
    """What a translation must negate as well."""
    excused: str
    """Other English that a translation may well say with a negation."""
    own: str
    """Anything in the language that may negate."""
    strict: str
    """What negates without doubt."""
    plain: str
    """Words with these characters that negate nothing, left out before either is looked for."""


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a number is said to be a lower or an upper bound: before it, and behind it."""

    above: tuple[str, str]
    below: tuple[str, str]
    english_above: tuple[str, str]
    english_below: tuple[str, str]
    negated: str
    """What makes either doubtful, in English or the language itself, before it."""


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    below: str = ""
    """What says that a number is negative, around it."""
    moves: str = ""
    """From one number to the next: 从 ... 至."""
    anchors: dict[str, str] = {}
    """Words that figures belong to, as names do: women, men, 2010."""
    poles: tuple[tuple[str, str, str, str], ...] = ()
    """Opposites: English words for the one and for the other, the language's for the one and for the other."""
    changes: tuple[tuple[str, str], ...] = ()
    """Of a number: how English says which way it changed or differs, and what says the other way before it."""
    required: Mapping[str, str] = {}
    """English words that a translation has one of these for."""
    wrong: Mapping[str, str] = {}
    """English words, and what is no translation of them."""
    orders: Mapping[str, str] = {}
    """English patterns with two names, and what says the opposite of the two in a draft ({1}, {2})."""
    negation: Negation | None = None
    bounds: Bounds | None = None


@functools.cache
def find(language: Language) -> Meaning:
    """Raises ConfigError, naming the file, for one that is none."""
    try:
        found = msgspec.convert(profile.optional(language.code, "meaning"), Meaning)
        for pattern in (found.below, *found.anchors, *found.required, *found.required.values(), *found.wrong.values()):
            re.compile(pattern)
    except (msgspec.ValidationError, re.error) as error:
        raise ConfigError("{about}: {why}", profile.PROMPTS / language.code / "meaning.toml", error) from error
    return found
