"""What a page says in its reader's language: `prompts/<language>/words.toml`, read when the first page is made.

The English file is the list of what there is to be said; every other says the same, no more and no less.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from localdigest.errors import ConfigError
from localdigest.language import profile
from localdigest.records import PartName, Status, Task


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page says in its reader's language. In braces: what is filled in.

    The single texts are attributes as well; the English file says what each is for.
    """

    texts: Mapping[str, str]
    headers: Mapping[str, tuple[str, str]]
    """By the window's mode: the sentence before the list, and the line of the window."""
    left_out_for: Mapping[str, str]
    """By code of the reason (see `selection`)."""
    parts: Mapping[PartName, str]
    unfinished: Mapping[Task, Mapping[Status, str]]
    reasons: Mapping[str, str]
    """By code (see `plan`); any other reason is shown as it is."""
    findings: Mapping[str, str]
    """By code, those that a reader should know of; others are in the JSON only."""
    labels: Mapping[str, str]
    """What only the pages for the browser say: names of buttons, hints and headings."""
    zones: Mapping[str, tuple[str, str]] = {}
    """IANA name: as in `08:50 CST`, and in full. Other zones go by their name."""

    def __getattr__(self, name: str) -> str:
        try:
            return self.texts[name]
        except KeyError:
            raise AttributeError(name) from None


@functools.cache
def words_for(language: str) -> Words:
    """The words of `language`. Raises ConfigError where there are none, or for a file that lacks or adds any beside
    the English one's."""
    if language not in profile.codes():
        raise ConfigError("no page in language {language!r}; known: {known}", language, ", ".join(profile.codes()))
    found = profile.table(language, "words")
    path = profile.PROMPTS / language / "words.toml"
    if wrong := set(_places(found)) ^ set(_places(profile.table(profile.SOURCE.code, "words"))):
        raise ConfigError("{path}: missing or unknown: {wrong}", path, ", ".join(sorted(wrong)))
    tables = {name: value for name, value in found.items() if isinstance(value, Mapping)}
    try:
        return msgspec.convert({**tables, "texts": {name: found[name] for name in found.keys() - tables}}, Words)
    except msgspec.ValidationError as error:
        raise ConfigError("{about}: {why}", path, error) from error


def _places(table: Mapping[str, Any], inside: str = "") -> Iterator[str]:
    """`counts`, `reasons.waiting`; each language has zones of its own."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _places(value, f"{inside}{name}.") if name != "zones" else ()
        else:
            yield inside + name


def labels_for(language: str) -> SimpleNamespace:
    return SimpleNamespace(**words_for(language).labels)
