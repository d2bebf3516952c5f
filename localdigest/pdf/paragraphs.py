"""Blocks of lines become a paper's paragraphs, each of a kind and under its heading. Pure."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from localdigest.pdf.captions import Layout, edges
from localdigest.pdf.english import words_of
from localdigest.pdf.headings import CONTENTS, SKIPPED, Outline, body_spans, section_number, titles_of
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
from localdigest.pdf.title import without_cover
from localdigest.records.reading import Heading, Kind
from localdigest.text.sentences import ends

FRONT_SHARE = 0.3
"""With more of its text than this before the first heading, a paper has no title block to leave out."""
THANKS_SHARE = 0.6
"""Of a paper's paragraphs: none before is taken for thanks."""
LONGEST_ABSTRACT = 4000
"""Characters; what follows without a heading is no abstract."""
UNREAD = "…"
"""Stands for a displayed formula: a line of text says little of how it is set."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    section: str
    kind: Kind
    lines: list[Line]
    formulas: dict[int, str] = field(default_factory=dict)
    """Which of the lines are displayed formulas, each with its number."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a paper's body consists of."""

    paragraphs: list[Paragraph]
    """In reading order."""
    headings: list[Heading]
    """With the number of paragraphs before each."""
    end: int
    """The page on which the body ends; a large number where it does not."""
    layout: Layout
    """What stands beside it."""


_URL = re.compile(r"https?://|www\.")
_RUN_IN_ABSTRACT = re.compile(r"(?:abstract|summary)\s*[—–.:-]+\s*", re.IGNORECASE)


def paragraphs(all_lines: Sequence[Line]) -> Found:
    all_lines = without_cover(all_lines)
    first = style_of(all_lines)
    heads = furniture(all_lines, first)
    kept = without_furniture(all_lines, heads)
    style = style_of(kept)
    blocks = blocks_of(kept, style)
    titles = titles_of(blocks, style)
    spans = body_spans(blocks, titles, style)
    stop = spans[-1][1]
    end = blocks[stop][0].page if stop < len(blocks) else 1 << 30
    writer = _Writer(style, Outline(blocks, titles, style))
    for start, stop in spans:
        writer.front = start == 0 and _has_front(blocks[:stop], titles[:stop])
        for block, title in zip(blocks[start:stop], titles[start:stop], strict=True):
            writer.add(block, title)
        writer.settle()
    _leave_thanks(writer.found, writer.headings[-1].before if writer.headings else 0)
    text = [line for part in writer.found if part.kind not in ("caption", "footnote") for line in part.lines]
    text += [line for block, title in zip(blocks, titles, strict=True) if title for line in block]
    return Found(writer.found, writer.headings, end, Layout(blocks, text + edges(all_lines, heads), style))


_THANKS = words_of("thanks", flags=re.IGNORECASE)


def _leave_thanks(found: list[Paragraph], start: int) -> None:
    """Take out thanks that no heading stands over, and what follows: behind the first paragraph of the last section,
    which begins at `start`, and in the paper's last part."""
    first = max(start + 1, round(THANKS_SHARE * len(found)))
    at = next((at for at in range(first, len(found)) if _THANKS.match(found[at].lines[0].text)), len(found))
    found[at:] = [part for part in found[at:] if part.kind == "caption"]


@dataclass(slots=True)
class _Writer:
    """Makes paragraphs of blocks, one after the other."""

    style: Style
    outline: Outline
    front: bool = False
    """Before the first heading, or the first paragraph of a paper that has none."""
    section: str = ""
    body: str = ""
    """The last section that was read."""
    number: int = 0
    """The last section's, where it has one."""
    item: int = 0
    """The number of the last of its items that has a heading."""
    skipping: bool = False
    open: bool = False
    """Whether the last paragraph may go on in the next block: nothing of the text was left out since."""
    found: list[Paragraph] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    last: Paragraph | None = None
    formula: list[Line] = field(default_factory=list)
    """Lines of a displayed formula in the middle of the last paragraph."""
    shape: tuple[float, float] | None = None
    """Size and width of the abstract."""

    def add(self, block: Block, title: str) -> None:
        whole = block
        if match := _RUN_IN_ABSTRACT.match(block[0].text):
            title, rest = "Abstract", block[0].text[match.end() :]
            block = [replace(block[0], text=rest, lead=0), *block[1:]] if rest else block[1:]
        elif (begin := run_in(block[0])) and self._begins(block):
            text = block[0].text
            number = NUMBER.match(text)
            title = text[number.end() if number else 0 : begin].rstrip(" .:—–")
            block = [replace(block[0], text=text[begin:], lead=0), *block[1:]]
        elif title:
            block = []
        if title:
            self.settle()
            self._head(title, whole)
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

    def _begins(self, block: Block) -> bool:
        """Whether a heading that is run into its paragraph is neither a list's item, which counts from 1 again, nor of
        an abstract's parts (`Methods: ...`)."""
        if not NUMBER.match(block[0].text):
            return self.section != "Abstract" or self._leaves_abstract(block)
        number = section_number(block)
        if len(number) != 1:
            return True
        if number[0] <= self.number or (self.item and number[0] == self.item + 1):
            self.item = number[0]
        return number[0] != self.item

    def _head(self, title: str, block: Block) -> None:
        self.item = 0
        level, number, place = self.outline.level(block, title), section_number(block), (block[0].page, len(self.found))
        if number and level == len(number):
            if level > 1 and number[0] != self.number:
                self.headings.append(Heading("", 1, *place))  # one that was not found
            self.number = number[0]
        self.headings.append(Heading(title, level, *place))

    def _add_text(self, block: Block) -> None:
        if self.front:
            self.front, self.section = False, "Abstract"
            self._head("Abstract", block)
        if self.section == "Abstract" and self.shape and self._leaves_abstract(block):
            self.section, self.body, self.open = "", "", False
        last = self.last
        broken = last and self.open and not TERMINAL.search(last.lines[-1].text)
        if last and broken and _URL.match(block[0].text) and block[0].size > 0.95 * last.lines[-1].size:
            last.lines.extend(block)  # too wide for its line
        elif _is_body(block, self.style, small=self.section == "Abstract", shape=self.shape):
            self.settle(block)
            if self.section == "Abstract" and self.shape is None:
                self.shape = block[0].size, _width(block)
            self._append(block)
            self.open = True
        elif _is_footnote(block, self.style):
            self.found.append(Paragraph(self.body, "footnote", block))
        elif max(max(line.height, line.top) for line in block) < 0.93 * self.style.size or _is_table(block):
            pass  # around tables, and footnotes and labels, which are smaller, the text goes on
        elif last and self.open and _goes_in(last.lines, block):
            self.formula += block
        else:
            self.open = False

    def settle(self, block: Block | None = None) -> None:
        """Put a formula into the paragraph that it stands in: the next block goes on with it, or it ends a sentence."""
        formula, self.formula = self.formula, []
        if not formula or not self.last:
            return
        if not any(_RELATION.search(line.text) for line in formula):
            self.open = False
            return
        shown, number = _formula(formula)
        ended = bool(TERMINAL.search(shown.text))
        if ended or (block and block[0].text[0].islower()):
            self.last.formulas[len(self.last.lines)] = number
            self.last.lines.append(shown)
        self.open = bool(block and block[0].text[0].islower() and not ended)

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
        for kind, part in _split_block(block):
            last = self.last
            if last and not kind and self.open and last.section == self.section and _goes_on(last.lines, part):
                last.lines.extend(part)
            else:
                goes_on = last and last.kind == "theorem" and part[0].font == last.lines[-1].font
                states = goes_on and part[0].font not in self.style.fonts and not part[0].text.startswith("Proof")
                self.last = Paragraph(self.section, kind or ("theorem" if states else "text"), part)
                self.found.append(self.last)
            self.open = True


def _is_table(block: Block) -> bool:
    cells = statistics.mean(line.cells for line in block)
    formula = re.search(r"[=<>≤≥≈∼∝→∑∫]", " ".join(texts_of(block)))
    return not formula and (cells >= 4 or (cells >= 2 and len(block) > 1))


_RELATION = re.compile(r"[=<>≤≥≈∼≃∝→↦∈⊂∑∫±≡:]")
_NUMBERED = re.compile(r"\s*\(((?:[A-Z]\.?)?\d+(?:\.\d+)*[a-z]?)\)$")


def _goes_in(lines: Block, block: Block) -> bool:
    """Whether a block is a displayed formula in the middle of a paragraph."""
    last, text = lines[-1], " ".join(texts_of(block))
    unfinished = not TERMINAL.search(last.text) or last.text[-1] == ":"
    inside = min(line.x for line in block) >= min(line.x for line in lines if line.page == last.page) - 2
    return unfinished and inside and prose(text) < 0.55 and len(text) < 300


def _formula(lines: Block) -> tuple[Line, str]:
    """A displayed formula as one line, which holds its place and its comma or full stop; and its number."""
    number = _NUMBERED.search(lines[-1].text) or _NUMBERED.search(lines[0].text)
    text = _NUMBERED.sub("", lines[-1].text)
    return replace(lines[-1], text=UNREAD + (text[-1] if text.endswith((".", ",", ";")) else "")), number[
        1
    ] if number else ""


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


def _is_footnote(block: Block, style: Style) -> bool:
    small = max(line.top for line in block) < 0.97 * style.size
    return bool(block[0].mark) and small and prose(" ".join(texts_of(block))) > 0.6


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


_NAMED = re.compile(r"[A-Z][a-zäöü]{3,} [A-Z]?\d+(?:\.\d+)*\b")
"""What a theorem or an example is called."""
_STATES = words_of("statements", flags=re.IGNORECASE)
_STATED = words_of("statements", r" [A-Z]?\d+(?:\.\d+)*(?: \([^()]*\)[.:]?|[.:]) (?=[A-Z])", re.IGNORECASE)


def _split_block(block: Block) -> list[tuple[Kind | None, Block]]:
    """Split at bullets, at what is stated and at run-in headings, which are cut off; with a kind for a part that surely
    begins something."""
    found: list[tuple[Kind | None, Block]] = []
    for at, line in enumerate(block):
        ended = not at or bool(TERMINAL.search(block[at - 1].text))
        lead, rest = line.text[: line.lead], line.text[line.lead :].strip()
        if ended and (_STATED.match(line.text) or (lead and rest and _STATES.match(lead))):
            found.append(("theorem", [line]))
        elif ended and (named := _NAMED.match(lead)) and len(lead[named.end() :].split()) < 3:
            found.append(("text", [line]))
        elif ended and lead and rest and (lead[-1] in ".:" or rest[0].isupper()):
            found.append(("list" if BULLET.match(lead) else "text", [replace(line, text=rest, lead=0)]))
        elif BULLET.match(line.text) and (line.text[0] in GLYPHS or _is_item(block, at, found)):
            found.append(("list", [line]))
        elif ended and re.match(r"Proof(?: of [A-Z]\w+ [\d.]+)?\.", line.text):
            found.append(("text", [line]))
        elif found:
            found[-1][1].append(line)
        else:
            found.append((None, [line]))
    return found


def _is_item(block: Block, at: int, found: Sequence[tuple[Kind | None, Block]]) -> bool:
    """Whether a line with a number begins an item: behind a sentence (not behind `Eq.`), or an item that ends so."""
    before = block[at - 1].text if at else "."
    if re.search(r"[^\W\d_]{2}\.$", before) and len(before) + 1 not in ends(f"{before} (1)"):
        return False
    listed = bool(found) and found[-1][0] == "list" and re.search(r";(?: and| or)?$", before)
    return bool(listed or TERMINAL.search(before)) and not _is_inline(block[at:])


def _is_inline(block: Block) -> bool:
    """Whether `(1)` at a line's start is counted on in a line's middle, by `(2)`."""
    item = re.match(r"(\(?)(\d+|[a-y])\)", block[0].text)
    if not item:
        return False
    following = str(int(item[2]) + 1) if item[2].isdigit() else chr(ord(item[2]) + 1)
    return any(f" {item[1]}{following}) " in line.text for line in block)
