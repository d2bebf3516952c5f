"""The forms that a day can be written in, each with the place of its file in the workspace."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

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
    figures: bool = False
    """Whether what is made for publishing shows them, as files of its site."""
    beside: bool = False
    """Whether the figures' files lie beside the user's own Markdown."""
    url: str = ""
    """Address under which others read the pages for the browser; "" for none."""
    typography: bool = True
    """Whether what is in the page's language is spaced and punctuated by that language's rules."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses of the day's other forms, by name, for its page for the browser; `{day}` is filled in."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a day, or several in one file: a pure function from digests to the content of a file."""

    folder: Literal["posts", "exports", "site"]
    """Of the workspace, by the name that `config.Workspace` has for it."""
    name: str
    """File name; `{day}` is filled in."""
    writer: str
    """`module.function` of this package."""
    wishes: tuple[str, ...] = ()
    """Those that it follows."""
    days: int = 1
    """How many a file holds at most, the latest."""
    typeset: bool = True
    """Whether it is for reading: then its texts are typeset, where the user wishes."""

    def write(self, digest: Digest | Sequence[Digest], wishes: Wishes) -> Any:
        # Loaded when it first writes: most commands write one form, and most of a form's start is its patterns.
        module, _, function = self.writer.partition(".")
        writer = getattr(importlib.import_module(f"localdigest.render.{module}"), function)
        if self.typeset:
            digest = dressed(digest, wishes) if isinstance(digest, Digest) else [dressed(d, wishes) for d in digest]
        return writer(digest, **{name: getattr(wishes, name) for name in self.wishes})


def dressed(digest: Digest, wishes: Wishes) -> Digest:
    """As its readers see it: with its texts typeset, where the user wishes."""
    if not wishes.typography:
        return digest
    from localdigest.render.typography import set_digest

    return set_digest(digest)


ALWAYS: tuple[FormName, ...] = ("jekyll", "json")
"""Written by every run; the contracts of the page and of the export."""
FORMS: Mapping[FormName, Form] = {
    "jekyll": Form("posts", "{day}-arxiv.md", "jekyll.to_jekyll", ("coverage", "templates", "figures")),
    "json": Form("exports", "{day}.json", "export.to_json", typeset=False),
    "html": Form("site", "{day}.html", "html.to_html", ("coverage", "templates", "marks", "links")),
    "markdown": Form("exports", "{day}.md", "markdown.to_markdown", ("coverage", "templates", "beside")),
    "bibtex": Form("exports", "{day}.bib", "citations.to_bibtex"),
    "csl": Form("exports", "{day}.csl.json", "citations.to_csl"),
    "epub": Form("exports", "{day}.epub", "epub.to_epub", ("coverage", "templates")),
}
"""By the name that `render --format` has for it."""
SERIES: Mapping[FormName, Form] = {
    "atom": Form("site", "feed.xml", "atom.to_atom", ("coverage", "url", "templates"), days=14),
}
"""Likewise, of several days in one file."""
