"""A day as plain Markdown, one file (`templates/markdown.md.j2`): for Obsidian and whatever reads CommonMark. Pure.

What Obsidian calls properties is YAML at the top; a breakdown is a callout that folds, and a quotation elsewhere.
Nothing that arXiv or a model wrote may act as code there: neither as Markdown or HTML, nor as what Obsidian and its
common plugins add (links, tags, comments, highlights, formulas, fields, templates).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import jinja2

from localdigest.records import Digest
from localdigest.render import xml
from localdigest.render.entries import counts, pictures
from localdigest.render.templates import environment, fill

NAME = "markdown.md.j2"


def to_markdown(digest: Digest, coverage: bool = True, templates: Path | None = None, beside: bool = False) -> str:
    """ConfigError where we have no words for the digest's language. `beside`: the figures' files lie in its folder."""
    return fill(environment_for(templates), NAME, values(digest, coverage, beside))


def values(digest: Digest, coverage: bool, beside: bool = False) -> dict[str, object]:
    """What the template is given; docs/templates.md explains each."""
    return {
        **xml.page(digest),
        "digest": digest,
        "papers": tuple(xml.papers(digest, coverage)),
        "numbers": counts(digest),
        "pictures": {paper.id: tuple(pictures(digest, paper)) for paper in digest.papers} if beside else {},
    }


def environment_for(templates: Path | None) -> jinja2.Environment:
    made = environment(
        templates, autoescape=False
    )  # `md` escapes more than HTML, and all that is filled in goes through it
    made.filters |= {"md": escape, "yaml": _yaml, "tag": _tag}
    return made


def _yaml(value: str) -> str:
    """JSON's strings are YAML's double-quoted ones."""
    return json.dumps(xml.text(value), ensure_ascii=False)


def _tag(category: str) -> str:
    """A tag of Obsidian's, nested: it has letters, digits, `-`, `_` and `/` only."""
    return _yaml("arxiv/" + re.sub(r"[^A-Za-z0-9_-]", "-", category))


_CODE = re.compile(
    r"""
      (?P<entity> [<&] | (?<=:):(?=\S|\s|\Z) | %(?=%) | (?<=%)% )   # HTML and templates, fields, comments
    | (?P<escape> [\\`*_\[\]{}\#|~$^=>]                             # what acts in the middle of a line
                | :(?=//) | @ | (?<=www)\. )                        # what would be made a link of
    """,
    re.VERBOSE,
)
_MARKER = re.compile(r"\A(?:(\d+)([.)])(?=\s|\Z)|()([-+]))")
"""What starts a list, numbered or not, or a line across the page."""


def escape(text: str) -> str:
    """`text` as one line of Markdown that shows it as it is, wherever on the page it stands."""
    escaped = _CODE.sub(_escape_one, xml.text(text))
    marker = _MARKER.match(escaped)
    return f"{marker[1] or ''}\\{escaped[len(marker[1] or '') :]}" if marker else escaped


def _escape_one(match: re.Match[str]) -> str:
    return f"&#{ord(match['entity'])};" if match["entity"] else "\\" + match["escape"]
