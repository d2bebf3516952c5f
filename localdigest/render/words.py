"""What a page says in its reader's language: `templates/words/<language>.toml`, read when the first page is made."""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from localdigest.errors import ConfigError
from localdigest.language.profile import WORDS
from localdigest.records import PARTS, PartName, Status, Task


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page says in its reader's language. In braces: what is filled in."""

    headers: Mapping[str, tuple[str, str]]
    """By the window's mode: the sentence before the list, and the line of the window."""
    several: str
    """The days of one page for several announcements."""
    counts: str
    left_out: str
    left_out_for: Mapping[str, str]
    """By code of the reason (see `selection`)."""
    submitted: str
    """Of a late paper: when it was submitted."""
    complete: str
    sources: str
    replacements: str
    unchanged: str
    unknown_before: str
    details: str
    parts: Mapping[PartName, str]
    unfinished: Mapping[tuple[Task, Status], str]
    reason: str
    """How a reason follows what it explains."""
    reasons: Mapping[str, str]
    """By code (see `plan`); any other reason is shown as it is."""
    notes: str
    doubtful: str
    """The mark behind a sentence that the notes are about, with the spaces around it."""
    findings: Mapping[str, str]
    """By code, those that a reader should know of; others are in the JSON only."""
    separator: str
    pages: str
    unverified: str
    empty_part: str
    hidden: str
    """Said of a paper whose PDF had text that a reader cannot see."""
    hidden_listed: str
    """The same, of its title and abstract."""
    coverage: str
    """What a breakdown was made from, and by what."""
    drawn: str
    """In `coverage`, where they were counted: how many of the sentences read the model was given."""
    provenance: str
    zones: Mapping[str, tuple[str, str]]
    """IANA name: as in `08:50 CST`, and in full. Other zones go by their name."""


_KEYS: Mapping[str, Iterable[object]] = {
    "headers": ("submitted", "announced"),
    "left_out_for": ("excluded", "not-primary", "not-included", "cut"),
    "parts": PARTS,
    "unfinished": tuple(itertools.product(("translate", "explain"), ("pending", "failed", "skipped"))),
    "reasons": (
        "no-pdf", "withdrawn", "no-abstract", "waiting", "deadline", "stopped", "pdf-encrypted", "pdf-scanned",
        "pdf-broken", "pdf-not-a-pdf", "pdf-empty", "pdf-too-large", "pdf-timeout", "pdf-memory", "pdf-crashed",
    ),
    "findings": (
        "number-missing", "number-invented", "number-garbled", "name-missing", "name-invented", "span-changed",
        "url-invented", "english", "script", "length", "repetition", "preamble", "cut", "empty", "sentences",
        "first-person", "title", "copied", "refusal", "think", "refused",
    ),
}  # fmt: skip
"""What each table of a file must have, in the order of the page: no less, no more."""


def languages() -> tuple[str, ...]:
    """Codes of those there are words for."""
    return tuple(sorted(path.stem for path in WORDS.glob("*.toml")))


@functools.cache
def words_for(language: str) -> Words:
    """The words of `language`. Raises ConfigError where there are none, or for a file that lacks or adds any."""
    if language not in languages():
        raise ConfigError("no page in language {language!r}; known: {known}", language, ", ".join(languages()))
    return read(WORDS / f"{language}.toml")


def read(path: Path) -> Words:
    """Raises ConfigError, naming the file and the words that it lacks or adds."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        unfinished = values.get("unfinished", {})
        values["unfinished"] = {(task, state): text for task in unfinished for state, text in unfinished[task].items()}
        found = msgspec.convert(values, Words)
    except (OSError, ValueError, AttributeError) as error:  # TOML's and msgspec's errors are ValueErrors
        raise ConfigError("{about}: {why}", path, error) from error
    for name, keys in _KEYS.items():
        if wrong := {*getattr(found, name)} ^ {*keys}:
            raise ConfigError(
                "{path}: in {name}, missing or unknown: {wrong}", path, name, ", ".join(sorted(map(str, wrong)))
            )
    return found
