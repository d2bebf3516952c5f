"""Blocks of lines become the sections and sentences of a paper: pure functions."""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from localdigest.pdf.captions import Layout, box_of, captions, edges
from localdigest.pdf.headings import CONTENTS, SKIPPED, body_spans, titles_of
from localdigest.pdf.joining import joined, vocabulary
from localdigest.pdf.layout import (
    BULLET,
    CAPTION,
    GLYPHS,
    KEYWORDS,
    NUMBER,
    TERMINAL,
    Style,
    blocks_of,
    furniture,
    near,
    prose,
    run_in,
    style_of,
    texts_of,
    without_furniture,
)
from localdigest.pdf.lines import Block, Line
from localdigest.records import Sentence
from localdigest.records.figures import Box, Caption
from localdigest.text.sentences import ends

LONGEST = 1500
"""Characters; a longer `sentence` is a list or a table that looked like prose."""
FRONT_SHARE = 0.3
"""With more of its text than this before the first heading, a paper has no title block to leave out."""
LONGEST_ABSTRACT = 4000
"""Characters; what follows without a heading is no abstract."""
UNKNOWN = "\ufffd"


@dataclass(frozen=True, slots=True)
class Paragraph:
    section: str
    kind: Literal["text", "caption"]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Body:
    sentences: tuple[Sentence, ...]
    sections: tuple[str, ...]
    read_share: float
    uncertain: int
    """Sentences that something stands in the middle of, or that have a glyph without a name."""
    captions: tuple[Caption, ...] = ()


def body(lines: Sequence[Line], pages: int, unread: int = 0) -> Body:
    """The sentences of a paper's body and the headings they stand under; `pages` were read, and `unread` more follow,
    which count as much as the body's pages in `read_share`.

    Left out: running heads, page and line numbers, stamps, title and authors, tables, labels in figures,
    footnotes, formulas, acknowledgements, references and what follows them. A sentence is certain where it is word
    for word on its page or over it and the next (see `squeeze`): nothing of these stands in its middle.
    """
    parts, end, layout = paragraphs(lines)
    texts = ["\n".join(line.text for line in lines if line.page == number) for number in range(1, pages + 1)]
    words = vocabulary(texts)
    squeezed = [squeeze(text) for text in texts]
    found: list[Sentence] = []
    for part in parts:
        for text, page, box in sentences(part, words):
            verbatim = squeeze(text) in squeezed[page - 1] + "".join(squeezed[page : page + 1])
            found.append(Sentence(text, page, part.section, part.kind, verbatim and UNKNOWN not in text, box))
    read = sum(len(sentence.text.replace(" ", "")) for sentence in found)
    there = sum(len(line.text.replace(" ", "")) for line in lines if line.page <= end)
    there += round(there * unread / min(end, pages))
    sections = tuple(dict.fromkeys(sentence.section for sentence in found if sentence.section))
    share = min(1.0, read / there) if there else 0.0
    uncertain = sum(not sentence.certain for sentence in found)
    return Body(tuple(found), sections, share, uncertain, tuple(captions(layout, words)))


def squeeze(text: str) -> str:
    """The form in which a sentence must be on its page: NFKC, without white space and hyphens, lower case."""
    return re.sub(r"[\s\-\u00ad]+", "", unicodedata.normalize("NFKC", text)).lower()


def sentences(paragraph: Paragraph, words: Counter[str]) -> Iterator[tuple[str, int, Box]]:
    """Whole sentences with the page each begins on and its place there; fragments and formulas are left out."""
    text, starts = "", []
    for line in paragraph.lines:
        text, start = joined(text, line.text, words)
        starts.append((start, line))
    begin = 0
    for end in [*ends(text), len(text)]:
        sentence = text[begin:end].strip()
        if _is_sentence(sentence, caption=paragraph.kind == "caption"):
            first = max((place for place, (start, _) in enumerate(starts) if start <= begin), default=0)
            lines = [line for start, line in starts[first:] if start < end]
            yield _bare(sentence), lines[0].page, _box(lines)
        begin = end


def _box(lines: Sequence[Line]) -> Box:
    """Around the lines of a sentence on the page and in the column in which it begins."""
    first = lines[0]
    return box_of(
        [first, *(line for line in lines if line.page == first.page and line.y < first.y and line.x < first.end)]
    )


# ---------------------------------------------------------------- paragraphs and their sections

_URL = re.compile(r"https?://|www\.")
_RUN_IN_ABSTRACT = re.compile(r"(?:abstract|summary)\s*[—–.:-]+\s*", re.IGNORECASE)


def paragraphs(all_lines: Sequence[Line]) -> tuple[list[Paragraph], int, Layout]:
    """The body's paragraphs in reading order, the page on which the body ends (a large number: it does not), and what
    stands beside them."""
    first = style_of(all_lines)
    heads = furniture(all_lines, first)
    kept = without_furniture(all_lines, heads)
    style = style_of(kept)
    blocks = blocks_of(kept, style)
    titles = titles_of(blocks, style)
    spans = body_spans(blocks, titles, style)
    stop = spans[-1][1]
    end = blocks[stop][0].page if stop < len(blocks) else 1 << 30
    writer = _Writer(style)
    for start, stop in spans:
        writer.front = start == 0 and _has_front(blocks[:stop], titles[:stop])
        for block, title in zip(blocks[start:stop], titles[start:stop], strict=True):
            writer.add(block, title)
    text = [line for part in writer.found if part.kind == "text" for line in part.lines]
    text += [line for block, title in zip(blocks, titles, strict=True) if title for line in block]
    return writer.found, end, Layout(blocks, text + edges(all_lines, heads), style)


@dataclass(slots=True)
class _Writer:
    """Makes paragraphs of blocks, one after the other."""

    style: Style
    front: bool = False
    """Before the first heading, or the first paragraph of a paper that has none."""
    section: str = ""
    body: str = ""
    """The last section that was read."""
    skipping: bool = False
    open: bool = False
    """Whether the last paragraph may go on in the next block: nothing of the text was left out since."""
    found: list[Paragraph] = field(default_factory=list)
    last: Paragraph | None = None
    shape: tuple[float, float] | None = None
    """Size and width of the abstract."""

    def add(self, block: Block, title: str) -> None:
        if match := _RUN_IN_ABSTRACT.match(block[0].text):
            title, rest = "Abstract", block[0].text[match.end() :]
            block = [replace(block[0], text=rest, lead=0), *block[1:]] if rest else block[1:]
        elif begin := run_in(block[0]):
            text = block[0].text
            number = NUMBER.match(text)
            title = text[number.end() if number else 0 : begin].rstrip(" .:")
            block = [replace(block[0], text=text[begin:], lead=0), *block[1:]]
        elif title:
            block = []
        if title:
            self.section, self.skipping, self.front, self.open = title, bool(SKIPPED.fullmatch(title)), False, False
            self.body, self.shape = self.body if self.skipping else title, None
        if block and CAPTION.match(block[0].text) and not CONTENTS.search(self.section):
            self.found.append(Paragraph(self.body, "caption", block))  # a figure may stand among the acknowledgements
        elif self.skipping or not block:
            return
        elif (self.front and not _is_abstract(block)) or KEYWORDS.match(block[0].text):
            self.open = False
        else:
            self._add_text(block)

    def _add_text(self, block: Block) -> None:
        if self.front:
            self.front, self.section = False, "Abstract"
        if self.section == "Abstract" and self.shape and self._leaves_abstract(block):
            self.section, self.open = "", False
        last = self.last
        broken = last and self.open and not TERMINAL.search(last.lines[-1].text)
        if last and broken and _URL.match(block[0].text) and block[0].size > 0.95 * last.lines[-1].size:
            last.lines.extend(block)  # too wide for its line
        elif _is_body(block, self.style, small=self.section == "Abstract", shape=self.shape):
            if self.section == "Abstract" and self.shape is None:
                self.shape = block[0].size, _width(block)
            self._append(block)
            self.open = True
        elif max(max(line.height, line.top) for line in block) >= 0.93 * self.style.size and not _is_table(block):
            self.open = False  # a formula; around tables, and footnotes and labels, which are smaller, the text goes on

    def _leaves_abstract(self, block: Block) -> bool:
        """Whether text of the body's size stands in another column than the abstract, which has ended."""
        if self.shape is None or not self.last or not TERMINAL.search(self.last.lines[-1].text):
            return False
        size, width = self.shape
        full = len(block) >= 3 and near(block[0].size, self.style.size)
        other = not 0.95 * width <= _width(block) <= 1.04 * width or not near(block[0].size, size)
        long = sum(len(line.text) for part in self.found for line in part.lines) > LONGEST_ABSTRACT
        return full and (other or long)

    def _append(self, block: Block) -> None:
        """Append a block's paragraphs; the first goes on with the last one found, where that is not finished."""
        for fresh, part in _split_block(block):
            last = self.last
            if last and not fresh and self.open and last.section == self.section and _goes_on(last.lines, part):
                last.lines.extend(part)
            else:
                self.last = Paragraph(self.section, "text", part)
                self.found.append(self.last)
            self.open = True


def _is_table(block: Block) -> bool:
    cells = statistics.mean(line.cells for line in block)
    formula = re.search(r"[=<>≤≥≈∼∝→∑∫]", " ".join(texts_of(block)))
    return not formula and (cells >= 4 or (cells >= 2 and len(block) > 1))


def _goes_on(lines: Block, block: Block) -> bool:
    """Whether a paragraph goes on in a block: by its words, or by its last line and the block's first."""
    last, first = lines[-1], block[0]
    if TERMINAL.search(last.text):
        return False
    if first.text[0].islower() or last.text[-1] in "-\u00ad,":
        return True
    full = last.end >= max(line.end for line in lines if line.page == last.page) - 2 * last.size
    return full and first.x - min(line.x for line in block) < 0.5 * first.size


def _width(block: Block) -> float:
    return max(line.end for line in block) - min(line.x for line in block)


def _has_front(blocks: Sequence[Block], titles: Sequence[str]) -> bool:
    """Whether there are a title and authors to leave out, before the first heading or the first long paragraph."""
    before = 0
    total = sum(len(line.text) for block in blocks for line in block)
    for block, title in zip(blocks, titles, strict=True):
        if title or _RUN_IN_ABSTRACT.match(block[0].text):
            if before <= FRONT_SHARE * total:
                return True
            break
        before += sum(map(len, texts_of(block)))
    return any(_is_abstract(block) for block in blocks if block[0].page == 1)


def _is_abstract(block: Block) -> bool:
    """Whether a block before the first heading is an abstract without one, rather than title or authors."""
    text = " ".join(texts_of(block))
    return len(block) >= 3 and len(text.split()) >= 40 and prose(text) > 0.7 and not block[0].mark


def _is_body(block: Block, style: Style, *, small: bool, shape: tuple[float, float] | None) -> bool:
    text, size = " ".join(texts_of(block)), block[0].size
    if block[0].mark and max(line.top for line in block) < 0.97 * style.size:
        return False  # a footnote
    if small and shape and not near(size, style.size):
        if not near(size, shape[0]) or (len(block) > 1 and abs(_width(block) - shape[1]) > 0.05 * shape[1]):
            return False
    elif not (near(size, style.size) or near(max(line.top for line in block), style.size)) and not (
        small and 0.75 * style.size < size < 1.2 * style.size
    ):
        return False
    cells = statistics.mean(line.cells for line in block)
    short = statistics.mean(map(len, texts_of(block))) < 0.6 * style.width
    if prose(text) < 0.55 or cells >= 3 or (cells >= 2 and short):
        return False  # a formula, a table
    if len(block) == 1:
        whole = text[0].islower() or len(text) > 0.7 * style.width or bool(TERMINAL.search(text))
        return whole and len(text.split()) >= 2
    # The rows of a table are short; the lines of a paragraph are full but for the last.
    full = statistics.mean(map(len, texts_of(block[:-1])))
    return full > 0.5 * style.width or bool(BULLET.match(text))


_STATEMENT = re.compile(r"[A-Z][a-zäöü]{3,} [A-Z]?\d+(?:\.\d+)*\b")
"""What a theorem or an example is called."""


def _split_block(block: Block) -> list[tuple[bool, Block]]:
    """Split at bullets and at run-in headings, which are cut off; true for a part that surely begins
    something."""
    found: list[tuple[bool, Block]] = []
    ended = True
    for line in block:
        lead, rest = line.text[: line.lead], line.text[line.lead :].strip()
        if ended and _STATEMENT.match(lead):
            found.append((True, [line]))
        elif ended and lead and rest and (lead[-1] in ".:" or rest[0].isupper()):
            found.append((True, [replace(line, text=rest, lead=0)]))
        elif BULLET.match(line.text) and (ended or line.text[0] in GLYPHS):
            found.append((True, [line]))
        elif found:
            found[-1][1].append(line)
        else:
            found.append((False, [line]))
        ended = bool(TERMINAL.search(line.text))
    return found


# ---------------------------------------------------------------- which of them are kept


def _is_sentence(text: str, *, caption: bool) -> bool:
    tokens = re.findall(r"[\u4e00-\u9fff]|[^\W\d_\u4e00-\u9fff]{2,}", text)
    if len(tokens) < 4 or prose(text) < 0.4 or "@" in text or len(text) > LONGEST:
        return False
    if caption:
        return True
    plain = sum(token.islower() or "\u4e00" <= token[0] <= "\u9fff" for token in tokens)
    ended = TERMINAL.search(text) or (BULLET.match(text) and text[-1] in ",;")
    begins = not text[0].islower() or re.match(r"[a-z]{1,3}[A-Z]", text)
    return bool(ended and begins) and plain >= 0.2 * len(tokens)


def _bare(text: str) -> str:
    """Without its bullet and the comma that ends a list's item."""
    if bullet := BULLET.match(text):
        text = text[bullet.end() :].rstrip(",;")
    return text
