"""What a page says in its reader's language: `prompts/<language>/words.toml`, read when the first page is made.

The English file is the list of what there is to be said; every other says the same, no more and no less.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from localdigest.language import profile
from localdigest.messages.errors import ConfigError
from localdigest.records import PartName, Status, Task


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a page says in its reader's language. In braces: what is filled in."""

    headers: Mapping[str, tuple[str, str]]
    """By the window's mode: the sentence before the list, and the line of the window."""
    date: str
    """A day in plain words."""
    weekdays: tuple[str, ...]
    """From Monday."""
    months: tuple[str, ...]
    several: str
    """The days of one page for several announcements."""
    counts: str
    nothing: Mapping[str, str]
    """Why a day has no papers."""
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
    unfinished: Mapping[Task, Mapping[Status, str]]
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
    table: str
    """What a table is called: the lead of a bullet that tells of a row."""
    figure: str
    lead: str
    """How what a bullet is about stands before it."""
    leads: Mapping[str, str]
    """By kind (see `evidence.leads`)."""
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
    expected: str
    """Behind `provenance`: how many errors readers found in translations of that model."""
    unmeasured: str
    """In its place where nobody measured it."""
    labels: Mapping[str, str]
    """What only the pages for the browser say: names of buttons, hints and headings."""
    zones: Mapping[str, tuple[str, str]] = {}
    """IANA name: as in `08:50 CST`, and in full. Other zones go by their name."""

    def page(self, number: int) -> str:
        """Of an evidence: `p. 3`; 0 is the listing's abstract."""
        return self.labels["page"].format(page=number) if number else self.labels["abstract_page"]


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
    try:
        return msgspec.convert(found, Words)
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
