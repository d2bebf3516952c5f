"""A paper's figures, kept beside its PDF once that is read: chosen by what the text says, cut out of their pages."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from localdigest import pdf
from localdigest.evidence import choice, figures
from localdigest.files import write_atomic
from localdigest.messages.errors import LocaldigestError
from localdigest.pages.figures import place
from localdigest.pdf.figures import cut
from localdigest.records import Paper
from localdigest.records.figures import Figure
from localdigest.records.reading import Document

TOGETHER = 170 << 10
"""Bytes of all of a paper: sixty papers then are 14 MB in a page for the browser."""
MOST = 150 << 10
"""Bytes of one."""


Illustrated = tuple[Document, tuple[Figure, ...]]
"""A PDF that was read, and those of its figures that are shown."""


def read(path: Path, sha256: str, paper: Paper, folder: Path | None) -> Illustrated:
    """Reads a PDF, and keeps its figures in `folder` where there is one. Raises as `pdf.read` does."""
    document = pdf.read(path, sha256)
    if folder is not None:
        with contextlib.suppress(LocaldigestError):  # a full disk is told of where results are stored
            return document, keep(folder, paper, path, document)
    return document, ()


def keep(folder: Path, paper: Paper, path: Path, document: Document) -> tuple[Figure, ...]:
    """Writes the file of a paper's figures, also where there are none."""
    found = of(paper, path, document)
    write_atomic(place(folder, paper), msgspec.json.encode(found))
    return found


def of(paper: Paper, path: Path, document: Document) -> tuple[Figure, ...]:
    """The figures of a PDF that was read: three at most."""
    wishes = figures.chosen(document, choice.select(document, paper))
    most = min(MOST, TOGETHER // max(1, len(wishes)))
    found = []
    for (shows, _), made in zip(wishes, cut(path, document.captions, [wish for _, wish in wishes], most), strict=True):
        if made:
            caption = document.captions[made.caption]
            found.append(Figure(caption.label, caption.text, caption.page, shows, made.width, made.height, made.png))
    return tuple(found)
