"""A day as a book for e-readers, EPUB 3.3 with a table of contents that EPUB 2 readers understand too. Pure.

Written by hand, a dozen small files in a ZIP: the library for it that is well kept, EbookLib, is under the AGPL.
The same digest gives the same bytes.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from localdigest.records import Digest
from localdigest.render import xml
from localdigest.render.templates import fill

_CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_FOLDER = "epub"
_WHOLE = ("package.opf", "nav.xhtml", "toc.ncx", "front.xhtml")


def to_epub(digest: Digest, coverage: bool = True, templates: Path | None = None) -> bytes:
    """A chapter a paper, after a page that says what the day holds. ConfigError where its language has no words."""
    made, given = xml.templates(templates), values(digest, coverage)
    files: dict[str, str | bytes] = {f"EPUB/{name}": fill(made, f"{_FOLDER}/{name}.j2", given) for name in _WHOLE}
    files["EPUB/style.css"] = fill(made, f"{_FOLDER}/style.css", {})
    for number, paper in enumerate(given["papers"], 1):
        files[f"EPUB/paper-{number}.xhtml"] = fill(
            made, f"{_FOLDER}/paper.xhtml.j2", given | {"paper": paper, "number": number}
        )
        files |= {f"EPUB/figures/{number}-{at}.png": figure.png for at, figure in enumerate(paper.figures, 1)}
    return _packed({"META-INF/container.xml": _CONTAINER, **files})


def values(digest: Digest, coverage: bool) -> dict[str, Any]:
    """What the templates are given; docs/templates.md explains each."""
    return {
        **xml.page(digest),
        "papers": tuple(xml.papers(digest, coverage)),
        "identifier": f"urn:uuid:{_identifier(digest)}",
        # Of the stored results, not of the clock: a book that is the same says so to its reader.
        "modified": (digest.updated or digest.window.end).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _identifier(digest: Digest) -> uuid.UUID:
    """The book stays the same one when it is made again: by day, language and categories."""
    name = " ".join((digest.window.day.isoformat(), digest.language, *digest.categories))
    return uuid.uuid5(uuid.NAMESPACE_URL, f"localdigest:{name}")


def _packed(files: Mapping[str, str | bytes]) -> bytes:
    """A container (OCF 3.3): `mimetype` first and as it is, so that a reader knows the file by its first bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as book:
        book.writestr(_entry("mimetype", zipfile.ZIP_STORED), "application/epub+zip")
        for name, content in files.items():
            book.writestr(
                _entry(name, zipfile.ZIP_DEFLATED), content if isinstance(content, bytes) else content.encode()
            )
    return whole.getvalue()


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # its time is 1980-01-01, the first that a ZIP can tell
    entry.compress_type = method
    entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on all systems
    return entry
