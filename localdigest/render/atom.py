"""A feed of the last digests, Atom 1.0 (RFC 4287): an entry a day. Pure: records in, text out.

Ids are tag URIs (RFC 4151) and times are those of the stored results, so the same results give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from localdigest.records import Digest
from localdigest.render import xml
from localdigest.render.templates import fill
from localdigest.render.words import words_for

NAME = "atom.xml.j2"


def to_atom(digests: Sequence[Digest], coverage: bool = True, url: str = "", templates: Path | None = None) -> str:
    """The feed of these days, the newest first, which are of one language; at least one.

    `url`: the address under which `DATE.html` and the feed itself can be had; without one the entries link to no
    page, and their ids are unique among the feeds of other categories only.
    """
    return fill(xml.templates(templates), NAME, values(digests, coverage, url))


def values(digests: Sequence[Digest], coverage: bool, url: str) -> dict[str, Any]:
    """What the template is given; docs/templates.md explains each."""
    newest_first = sorted(digests, key=lambda digest: digest.window.day, reverse=True)
    first, base = newest_first[0], url.rstrip("/")
    days = tuple(
        {
            **xml.page(digest),
            "papers": tuple(xml.papers(digest, coverage)),
            "id": _tag(digest, base, digest.window.day.isoformat()),
            "updated": _moment(updated(digest)),
            "published": _moment(digest.window.end),
            "url": f"{base}/{digest.window.day}.html" if base else "",
        }
        for digest in newest_first
    )
    return {
        "days": days,
        "words": words_for(first.language),
        "language": first.language,
        "categories": first.categories,
        "id": _tag(first, base, "feed"),
        "updated": _moment(max(map(updated, newest_first))),
        "site": f"{base}/" if base else "",
    }


def updated(digest: Digest) -> datetime:
    """When something about the day changed last, as far as the library knows."""
    return digest.updated or digest.window.end


def _moment(when: datetime) -> str:
    """RFC 3339, in whole seconds."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tag(digest: Digest, site: str, name: str) -> str:
    """`tag:host,2025:path`: the host is the site's; without one, a name that nobody can own."""
    of = quote(digest.language)
    if site and (host := urlsplit(site).hostname):
        return f"tag:{host},2025:localdigest{quote(urlsplit(site).path)}/{of}/{name}"
    digest_of = hashlib.sha256(" ".join(digest.categories).encode()).hexdigest()[:12]
    return f"tag:localdigest.invalid,2025:{digest_of}/{of}/{name}"
