"""The forms that a day can be written in, each with the place of its file in the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localdigest.records import Digest, FormName
from localdigest.render import atom, citations, epub, export, html, jekyll, markdown


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user may choose about a page's look."""

    coverage: bool = True
    """Whether a line under each breakdown says how much of the paper was read, by which model."""
    templates: Path | None = None
    """Folder with templates that stand in for ours."""
    marks: str = ""
    """Where the reader's marks are kept: an address on the page's own server, such as `/api/marks`; "": the browser."""
    url: str = ""
    """Address under which others read the pages for the browser; "" for none."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a day: a pure function from its digest to the content of a file."""

    folder: Literal["posts", "exports", "site"]
    """Of the workspace, by the name that `config.Workspace` has for it."""
    name: str
    """File name; `{day}` is filled in."""
    write: Callable[[Digest, Wishes], str | bytes]


@dataclass(frozen=True, slots=True)
class Series:
    """One way to write several days in one file."""

    folder: Literal["posts", "exports", "site"]
    name: str
    days: int
    """How many it holds at most, the latest."""
    write: Callable[[Sequence[Digest], Wishes], str]


ALWAYS: tuple[FormName, ...] = ("jekyll", "json")
"""Written by every run; the contracts of the page and of the export."""
FORMS: Mapping[FormName, Form] = {
    "jekyll": Form(
        "posts",
        "{day}-arxiv.md",
        lambda digest, wishes: jekyll.to_jekyll(digest, wishes.coverage, wishes.templates),
    ),
    "json": Form("exports", "{day}.json", lambda digest, _: export.to_json(digest)),
    "html": Form(
        "site",
        "{day}.html",
        lambda digest, wishes: html.to_html(digest, wishes.coverage, wishes.templates, wishes.marks),
    ),
    "markdown": Form(
        "exports",
        "{day}.md",
        lambda digest, wishes: markdown.to_markdown(digest, wishes.coverage, wishes.templates),
    ),
    "bibtex": Form("exports", "{day}.bib", lambda digest, _: citations.to_bibtex(digest)),
    "csl": Form("exports", "{day}.csl.json", lambda digest, _: citations.to_csl(digest)),
    "epub": Form(
        "exports", "{day}.epub", lambda digest, wishes: epub.to_epub(digest, wishes.coverage, wishes.templates)
    ),
}
"""By the name that `render --format` has for it."""
SERIES: Mapping[FormName, Series] = {
    "atom": Series(
        "site",
        "feed.xml",
        14,
        lambda digests, wishes: atom.to_atom(digests, wishes.coverage, wishes.url, wishes.templates),
    ),
}
"""Likewise."""
