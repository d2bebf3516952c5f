"""Blocks of lines become the sections and sentences of a paper: pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from localdigest.pdf.captions import box_of, captions
from localdigest.pdf.joining import joined, vocabulary
from localdigest.pdf.layout import BULLET, TERMINAL, prose
from localdigest.pdf.lines import Line
from localdigest.pdf.paragraphs import Paragraph, paragraphs
from localdigest.records.figures import Box, Caption
from localdigest.records.reading import Heading, Kind, Mark, Sentence
from localdigest.text.marks import marks
from localdigest.text.sentences import ends

LONGEST = 1500
"""Characters; a longer `sentence` is a list or a table that looked like prose."""
UNKNOWN = "\ufffd"
_LABEL = re.compile(r"[A-Z][a-zäöü]{3,} [A-Z]?\d+(?:\.\d+)*\.?(?: \((?:[^()]|\([^()]*\))*\))?\.?")
"""`Theorem 1.4 (Main result).`: what follows is stated."""


@dataclass(frozen=True, slots=True)
class Body:
    sentences: tuple[Sentence, ...]
    headings: tuple[Heading, ...]
    read_share: float
    captions: tuple[Caption, ...] = ()


def body(lines: Sequence[Line], pages: int, unread: int = 0) -> Body:
    """The sentences of a paper's body and the headings they stand under; `pages` were read, and `unread` more follow,
    which count as much as the body's pages in `read_share`.

    Left out: running heads, page and line numbers, stamps, title and authors, tables, labels in figures,
    acknowledgements, references and what follows them. A sentence is certain where it is word for word on its page or
    over it and the next (see `squeeze`): nothing of these stands in its middle, and no displayed formula.
    """
    read = paragraphs(lines)
    texts = ["\n".join(line.text for line in lines if line.page == number) for number in range(1, pages + 1)]
    words = vocabulary(texts)
    squeezed = [squeeze(text) for text in texts]
    found: list[Sentence] = []
    before: list[int] = []
    for part in read.paragraphs:
        before.append(len(found))
        for text, page, box, formulas in sentences(part, words):
            verbatim = squeeze(text) in squeezed[page - 1] + "".join(squeezed[page : page + 1])
            marked = tuple(sorted((*marks(text), *formulas), key=lambda mark: mark.start))
            certain = verbatim and UNKNOWN not in text and not formulas
            found.append(Sentence(text, page, part.section, part.kind, certain, box, marked))
    before.append(len(found))
    shown = sum(len(sentence.text.replace(" ", "")) for sentence in found)
    there = sum(len(line.text.replace(" ", "")) for line in lines if line.page <= read.end)
    there += round(there * unread / min(read.end, pages))
    headings = tuple(replace(heading, before=before[heading.before]) for heading in read.headings)
    share = min(1.0, shown / there) if there else 0.0
    return Body(tuple(found), headings, share, tuple(captions(read.layout, words)))


def squeeze(text: str) -> str:
    """The form in which a sentence must be on its page: NFKC, without white space and hyphens, lower case."""
    return re.sub(r"[\s\-\u00ad]+", "", unicodedata.normalize("NFKC", text)).lower()


def sentences(paragraph: Paragraph, words: Counter[str]) -> Iterator[tuple[str, int, Box, list[Mark]]]:
    """Whole sentences with the page each begins on, its place there and the formulas in it; fragments are left out."""
    text, starts = "", []
    for line in paragraph.lines:
        text, start = joined(text, line.text, words)
        starts.append((start, line))
    shown = [(starts[at][0], len(starts[at][1].text), number) for at, number in paragraph.formulas.items()]
    begin = 0
    for end in [*ends(text), len(text)]:
        sentence = text[begin:end].strip()
        if is_sentence(sentence, paragraph.kind):
            first = max((place for place, (start, _) in enumerate(starts) if start <= begin), default=0)
            lines = [line for start, line in starts[first:] if start < end]
            bare = _bare(sentence, paragraph.kind)
            origin = text.index(bare, begin)
            formulas = [
                Mark("formula", number, start - origin, start - origin + length)
                for start, length, number in shown
                if origin <= start and start + length <= origin + len(bare)
            ]
            yield bare, lines[0].page, _box(lines), formulas
        begin = end


def _box(lines: Sequence[Line]) -> Box:
    """Around the lines of a sentence on the page and in the column in which it begins."""
    first = lines[0]
    return box_of(
        [first, *(line for line in lines if line.page == first.page and line.y < first.y and line.x < first.end)]
    )


# ---------------------------------------------------------------- which of them are kept


_CITED = re.compile(r"(?<=[.!?])(?<!\bal\.)\s?\[[A-Z\d][^\[\]]{0,60}\]$")
"""A reference behind the full stop."""
_LOWER = re.compile(r"[a-z]{1,3}-?[A-Z]|[α-ωµ]-[^\W\d_]")
"""A small letter that begins a sentence: `eROSITA`, `t-SNE`, `β-NMR`."""


def is_sentence(text: str, kind: Kind) -> bool:
    if _LABEL.fullmatch(text):
        return False
    tokens = re.findall(r"[\u4e00-\u9fff]|[^\W\d_\u4e00-\u9fff]{2,}", text)
    if len(tokens) < 4 or prose(text) < 0.4 or "@" in text or len(text) > LONGEST:
        return False
    if kind == "caption":
        return True
    plain = sum(token.islower() or "\u4e00" <= token[0] <= "\u9fff" for token in tokens)
    ended = TERMINAL.search(_CITED.sub("", text)) or ((kind == "list" or BULLET.match(text)) and text[-1] in ",;")
    begins = not (text[0].islower() or text[0] in ".,;:)]") or _LOWER.match(text) or BULLET.match(text)
    return bool(ended and begins) and plain >= 0.2 * len(tokens)


def _bare(text: str, kind: Kind) -> str:
    """Without its bullet and the comma that ends a list's item."""
    bullet = BULLET.match(text)
    if bullet or kind == "list":
        text = text[bullet.end() if bullet else 0 :].rstrip(",;")
    return text
