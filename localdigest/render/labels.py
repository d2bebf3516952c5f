"""What only the HTML pages say, in each language: `templates/html/words.toml`, read when the first page is made."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

import msgspec

from localdigest.errors import ConfigError

FILE = Path(__file__).parents[1] / "templates" / "html" / "words.toml"


class Labels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of buttons, hints and headings. In braces: what is filled in, by the program or in the browser."""

    archive: str
    skip: str
    contents: str
    find: str
    found: str
    all: str
    starred: str
    original: str
    originals: str
    breakdowns: str
    more_authors: str
    translation: str
    evidence: str
    page: str
    unverified: str
    unverified_hint: str
    doubtful: str
    late: str
    hidden: str
    star: str
    read: str
    hide: str
    note: str
    note_hint: str
    theme: str
    light: str
    dark: str
    system: str
    keys: str
    close: str
    key_next: str
    key_fold: str
    key_original: str
    key_evidence: str
    key_mark: str
    key_find: str
    key_help: str
    not_saved: str
    title: str
    search: str
    results: str
    more: str
    none: str
    no_search: str
    days: str
    chart: str
    chart_weeks: str
    other: str
    papers: str
    unfinished: str


@functools.cache
def labels() -> dict[str, Labels]:
    """By language. Raises ConfigError for a file that lacks or adds a word."""
    try:
        return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Labels])
    except ValueError as error:  # TOML's and msgspec's errors are ValueErrors
        raise ConfigError("{about}: {why}", FILE, error) from error


def labels_for(language: str) -> Labels:
    found = labels()
    if language not in found:
        raise ConfigError("no HTML page in language {language!r}; known: {known}", language, ", ".join(found))
    return found[language]
