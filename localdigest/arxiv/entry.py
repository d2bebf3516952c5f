"""One entry of a listing -> a Paper, whatever source it is of; and arXiv's identifiers. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from localdigest.messages import Notice
from localdigest.messages.errors import InputRefused
from localdigest.records import ANNOUNCE_TYPES, Paper
from localdigest.text.tex import seen
from localdigest.text.unseen import tricks, visible

_T = TypeVar("_T")


# https://info.arxiv.org/help/arxiv_identifier.html: YYMM.number since April 2007, archive/YYMMnumber before.
# Old ones may name a subject class (math.GT/0309136) that is no part of the canonical form.
_IDENTIFIER = re.compile(
    r"(?:oai:arXiv\.org:|arXiv:|https?://(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf)/)?"
    r"(?:(?P<new>[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})"
    r"|(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[a-z-]{2,16})?/(?P<number>[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}))"
    r"(?:v(?P<version>[1-9][0-9]{0,2}))?",
    re.IGNORECASE | re.ASCII,
)


def identifier(text: str) -> tuple[str, int]:
    """(id without version, version or 0) of `2512.14687v1` or `hep-th/9901001`, bare or as arXiv's address.

    The only maker of `Paper.id`, so that file names come from nothing else. Raises ValueError.
    """
    match = _IDENTIFIER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:80]!r} is not an arXiv identifier")
    paper_id = match["new"] or f"{match['archive'].lower()}/{match['number']}"
    return paper_id, int(match["version"] or 0)


def flat(text: str | None) -> str:
    return " ".join((text or "").split())


def moment(text: str) -> datetime:
    """UTC of an ISO 8601 or RFC 5322 time; a day alone is its midnight. Raises ValueError."""
    try:
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            read = parsedate_to_datetime(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"no usable time ({text[:40]!r})") from None


def names(text: str) -> tuple[str, ...]:
    """Authors of one comma separated string, as RSS and arXivRaw have it, without `(affiliations)`."""
    depth, kept = 0, []
    for char in text:
        depth = max(0, depth + (char == "(") - (char == ")"))
        if not depth and char != ")":
            kept.append(char)
    # An unclosed bracket would swallow the authors after it.
    plain = text if depth else "".join(kept)
    names: list[str] = []
    for part in map(flat, re.split(r",(?:\s*and\s)?|\sand\s", plain)):
        if names and re.fullmatch(r"(?:Jr|Sr)\.?|I{2,3}|IV", part):
            names[-1] += f" {part}"
        else:
            names.append(part)
    return tuple(names)


def paper_of(
    raw_id: str,
    version: int = 0,
    *,
    title: str | None,
    authors: Iterable[str],
    abstract: str | None,
    categories: Iterable[str],
    primary: str = "",
    published: str | None,
    updated: str | None,
    comment: str | None = "",
    journal: str | None = "",
    doi: str | None = "",
    announce_type: str = "",
    announced: str | None = "",
) -> Paper:
    """Raises ValueError saying what the record lacks."""
    paper_id, own_version = identifier(raw_id.strip())
    # What does not show in a name is left alone: Persian and Indian ones are spelled with joiners.
    hidden = tricks(title or "") + tricks(abstract or "")
    # Letters between such characters stay, or a stray one would cost a title its rest, or all of it.
    title, abstract = visible(title or ""), visible(abstract or "")
    for what, text in (("title", title), ("abstract", abstract), ("date", published)):
        if not flat(text):
            raise ValueError(f"{paper_id} has no {what}")
    listed = tuple(filter(None, map(flat, categories)))
    primary = primary or next(iter(listed), "")
    return Paper(
        id=paper_id,
        version=own_version or version,
        title=flat(title),
        # Their lists carry stray marks as "names", such as a collaboration's colon, and accents as LaTeX.
        authors=tuple(seen(name) for name in map(flat, authors) if any(map(str.isalpha, name))),
        abstract=flat(abstract),
        categories=listed if primary in listed or not primary else (primary, *listed),
        primary_category=primary,
        published=moment(flat(published)),
        updated=moment(flat(updated or published)),
        comment=flat(comment),
        announce_type=announce_type if announce_type in ANNOUNCE_TYPES else "",
        # Midnight in New York is early on the same day in UTC.
        announced=moment(flat(announced)).date() if flat(announced) else None,
        hidden_text=hidden,
        journal=flat(journal), doi=flat(doi),
    )  # fmt: skip


def papers_of(
    entries: Iterable[_T], read: Callable[[_T], Paper], name: str
) -> tuple[tuple[Paper, ...], tuple[str, ...]]:
    """(papers, sentences about what was left out); refuses a listing of which nothing remains."""
    papers, skipped = [], []
    for number, entry in enumerate(entries, 1):
        try:
            papers.append(read(entry))
        except ValueError as reason:
            skipped.append(f"entry {number} left out: {reason}")
    if skipped and not papers:
        raise InputRefused("{name}: no arXiv paper in it; {first}", name, skipped[0])
    return tuple(papers), tuple(f"{name}: {sentence}" for sentence in skipped)


def count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def broken(error: Exception) -> Notice:
    return Notice(
        "not well-formed XML ({why}), perhaps cut short; fetch it again", f"{error}".removeprefix("<unknown>:")
    )
