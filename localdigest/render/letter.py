"""One or several days as a letter: HTML for mail programs, plain text for the others and for short messages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localdigest.records import Digest
from localdigest.render import xml
from localdigest.render.templates import environment, fill

Extent = Literal["whole", "gists"]
"""A letter with all of each paper, or with its titles, its sentence and its link."""


@dataclass(frozen=True, slots=True)
class Letter:
    title: str
    text: str
    html: str


def to_letter(
    title: str, digests: Sequence[Digest], extent: Extent, coverage: bool = True, url: str = "",
    templates: Path | None = None,
) -> Letter:  # fmt: skip
    """The days in their order, which are of one language; at least one. `url` as for the feed (`atom.to_atom`).

    ConfigError where we have no words for the language, or one of the user's templates is broken.
    """
    base = url.rstrip("/")
    days = tuple(
        {
            **xml.page(digest),
            "papers": tuple(xml.papers(digest, coverage)),
            "url": f"{base}/{digest.window.day}.html" if base else "",
        }
        for digest in digests
    )
    given = {"title": title, "language": digests[0].language, "days": days, "whole": extent == "whole"}
    given["words"] = days[0]["words"]
    text = fill(environment(templates, autoescape=False), "letter.txt.j2", given)
    return Letter(title, text, fill(xml.templates(templates), "letter.html.j2", given))
