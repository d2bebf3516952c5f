"""What the forms in XML share: a day's papers as trees that a template with automatic escaping writes out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from localdigest.records import Digest, Paper, Result
from localdigest.records.figures import Figure
from localdigest.render import told
from localdigest.render.entries import (
    entries,
    figures,
    gist_line,
    late,
    line,
    pages,
    points,
    translated_title,
)
from localdigest.render.facts import facts
from localdigest.render.templates import environment
from localdigest.render.words import Words, words_for
from localdigest.text.tex import seen

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Not even an escape may stand for these (XML 1.0, Char)."""


def text(value: str) -> str:
    """One line that any XML may hold, once the template has escaped it."""
    return _NO_XML.sub("\ufffd", line(value))


@dataclass(frozen=True, slots=True)
class Bullet:
    lead: str
    """What it is about, in a word or two; empty where none was chosen."""
    text: str
    depth: int
    pages: str
    """Where its evidence is: `3, 5`."""
    verified: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as a reader sees it; all texts are single lines."""

    id: str
    title: str
    translated_title: str
    """In the page's language; empty where there is none."""
    gist: str
    """The paper in one sentence, or empty."""
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abs_url: str
    pdf_url: str
    facts: tuple[tuple[str, str, str], ...]
    """What else the listing says: what it is in the page's language, the text, and an address to follow or ""."""
    submitted: str
    """For a late paper, when; else empty."""
    translation: tuple[str, ...]
    """Its paragraphs, or the sentence that says why there are none."""
    notes: str
    hidden: str
    parts: tuple[tuple[str, tuple[Bullet, ...]], ...]
    """Heading and bullets."""
    unexplained: str
    """Why there is no breakdown; empty where there is one."""
    coverage: str
    figures: tuple[Figure, ...]
    """Of the book only: a feed holds no files."""


def papers(digest: Digest, coverage: bool) -> Iterator[Entry]:
    """Raises ConfigError where we have no words for the digest's language."""
    words = words_for(digest.language)
    for paper, translated, explained in entries(digest):
        yield Entry(
            paper.id,
            text(seen(paper.title)) or paper.id,
            text(seen(translated_title(translated))),
            text(gist_line(translated, explained)),
            tuple(map(text, paper.authors)),
            tuple(map(text, paper.categories)),
            paper.abs_url,
            paper.pdf_url,
            tuple(_facts(paper, words)),
            words.submitted.format(day=paper.published.date()) if late(digest, paper) else "",
            tuple(_paragraphs(translated, words)),
            _notes(translated, words),
            _hidden(paper, explained, words),
            tuple(_parts(explained, words)),
            "" if explained.breakdown else told.unfinished(words, text, explained),
            told.coverage(words, text, explained) if coverage else "",
            figures(digest, paper),
        )


def _facts(paper: Paper, words: Words) -> Iterator[tuple[str, str, str]]:
    found, labels = facts(paper), words.labels
    kinds = {"page": labels["project"], "paper": labels["links"], "other": labels["links"]}
    if found.withdrawn:
        yield labels["withdrawn"], text(found.comment), ""
    elif found.comment:
        yield labels["comment"], text(found.comment), ""
    if found.journal:
        yield labels["journal"], text(found.journal), ""
    if found.doi:
        yield "DOI", text(found.doi), found.doi_url
    for link in found.links:
        yield kinds.get(link.kind) or labels[link.kind], text(link.shown), link.url


def _paragraphs(translated: Result, words: Words) -> Iterator[str]:
    if translated.translation is None:
        yield told.unfinished(words, text, translated)
        return
    yield from filter(None, map(text, map(seen, translated.translation.text.splitlines())))


def _notes(translated: Result, words: Words) -> str:
    found = told.note(words, text, translated.translation.findings) if translated.translation else ""
    return words.notes.format(notes=found) if found else ""


def _hidden(paper: Paper, explained: Result, words: Words) -> str:
    listed, count = paper.hidden_text, explained.breakdown.source.hidden_text if explained.breakdown else 0
    told = (
        words.hidden_listed.format(count=listed) if listed else "",
        words.hidden.format(count=count) if count else "",
    )
    return " ".join(filter(None, told))


def _parts(explained: Result, words: Words) -> Iterator[tuple[str, tuple[Bullet, ...]]]:
    if explained.breakdown is None:
        return
    for name, heading in words.parts.items():
        found = points(explained.breakdown, name)
        yield (
            heading,
            tuple(Bullet(text(p.lead), text(p.text), depth, pages(p), p.verified) for depth, p in found),
        )


def templates(own: Path | None) -> jinja2.Environment:
    """Templates for XML, first those in the folder `own`: whatever is filled in is escaped."""
    made = environment(own, autoescape=True)
    made.filters["text"] = text
    return made


def page(digest: Digest) -> dict[str, Any]:
    """What is told of the day as a whole."""
    words = words_for(digest.language)
    return told.page(digest, words, text) | {
        "title": f"arXiv Daily – {digest.window.day}",
        "counts": words.counts.format(listed=digest.listed, shown=len(digest.papers)),
        "remarks": tuple(map(text, digest.remarks)),
    }
