"""What a breakdown would be written from: the choice of sentences, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from localdigest import pdf
from localdigest.evidence import choice
from localdigest.files import told
from localdigest.messages.errors import LocaldigestError
from localdigest.records import PARTS, Paper, PartName
from localdigest.records.reading import Document

READERS = 2
"""PDFs read side by side, each in a child process of its own."""


def choose(paths: Sequence[Path]) -> tuple[dict[str, dict[PartName, list[str]]], list[LocaldigestError]]:
    """By the PDFs' names without `.pdf`: the sentences for each part; and why some could not be read."""

    def one(path: Path) -> Document | LocaldigestError:
        try:
            return pdf.read(path)
        except LocaldigestError as error:
            return error

    chosen: dict[str, dict[PartName, list[str]]] = {}
    failed = []
    with ThreadPoolExecutor(READERS) as pool:
        for path, document in zip(paths, pool.map(one, paths), strict=True):
            if isinstance(document, LocaldigestError):
                failed.append(document)
            else:
                chosen[told(path.stem)] = _sentences(document, told(path.stem))
    return chosen, failed


def _sentences(document: Document, name: str) -> dict[PartName, list[str]]:
    when = datetime.now(UTC)
    paper = Paper(name, 0, document.title or name, (), "", (), "", when, when)
    groups = choice.select(document, paper)
    return {part: [sentence.text for group in groups[part] for sentence in group.sentences] for part in PARTS}
