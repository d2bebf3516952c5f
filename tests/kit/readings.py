"""Papers as the reader hands them on, of sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from localdigest.records.figures import Caption, Table
from localdigest.records.reading import Document, Heading, Sentence
from localdigest.text.marks import marks


def document_of(
    sentences: Iterable[Sentence], *, captions: tuple[Caption, ...] = (), tables: tuple[Table, ...] = ()
) -> Document:
    """Of seven pages; a heading for each section, where it begins."""
    read = tuple(replace(sentence, marks=sentence.marks or marks(sentence.text)) for sentence in sentences)
    begins = {sentence.section: place for place, sentence in reversed(list(enumerate(read))) if sentence.section}
    headings = tuple(Heading(text, 1, 1, place) for text, place in sorted(begins.items(), key=lambda one: one[1]))
    return Document("ab" * 32, 7, 7, read, headings, 0.9, captions=captions, tables=tables)
