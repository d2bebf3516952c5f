"""The forms that a day can be written in, each with the place of its file in the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localdigest.records import Digest, FormName


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


# Each writer is loaded when it first writes: most commands write one form, and most of a form's start is its patterns.


def _jekyll(digest: Digest, wishes: Wishes) -> str:
    from localdigest.render import jekyll

    return jekyll.to_jekyll(digest, wishes.coverage, wishes.templates)


def _json(digest: Digest, _: Wishes) -> str:
    from localdigest.render import export

    return export.to_json(digest)


def _html(digest: Digest, wishes: Wishes) -> str:
    from localdigest.render import html

    return html.to_html(digest, wishes.coverage, wishes.templates, wishes.marks)


def _markdown(digest: Digest, wishes: Wishes) -> str:
    from localdigest.render import markdown

    return markdown.to_markdown(digest, wishes.coverage, wishes.templates)


def _bibtex(digest: Digest, _: Wishes) -> str:
    from localdigest.render import citations

    return citations.to_bibtex(digest)


def _csl(digest: Digest, _: Wishes) -> str:
    from localdigest.render import citations

    return citations.to_csl(digest)


def _epub(digest: Digest, wishes: Wishes) -> bytes:
    from localdigest.render import epub

    return epub.to_epub(digest, wishes.coverage, wishes.templates)


def _atom(digests: Sequence[Digest], wishes: Wishes) -> str:
    from localdigest.render import atom

    return atom.to_atom(digests, wishes.coverage, wishes.url, wishes.templates)


ALWAYS: tuple[FormName, ...] = ("jekyll", "json")
"""Written by every run; the contracts of the page and of the export."""
FORMS: Mapping[FormName, Form] = {
    "jekyll": Form("posts", "{day}-arxiv.md", _jekyll),
    "json": Form("exports", "{day}.json", _json),
    "html": Form("site", "{day}.html", _html),
    "markdown": Form("exports", "{day}.md", _markdown),
    "bibtex": Form("exports", "{day}.bib", _bibtex),
    "csl": Form("exports", "{day}.csl.json", _csl),
    "epub": Form("exports", "{day}.epub", _epub),
}
"""By the name that `render --format` has for it."""
SERIES: Mapping[FormName, Series] = {"atom": Series("site", "feed.xml", 14, _atom)}
"""Likewise."""
