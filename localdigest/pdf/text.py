"""Blocks of lines become the sections and sentences of a paper, each sentence verbatim on its page: pure
functions."""

from __future__ import annotations

import re
import statistics
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from localdigest.pdf.lines import (
    BULLET,
    CAPTION,
    GLYPHS,
    NUMBER,
    TERMINAL,
    Block,
    Line,
    Style,
    blocks_of,
    ligatures,
    near,
    prose,
    style_of,
    texts_of,
    without_running_lines,
)
from localdigest.records import Sentence

LONGEST = 1500
"""Characters; a longer `sentence` is a list or a table that looked like prose."""
FRONT_SHARE = 0.3
"""With more of its text than this before the first heading, a paper has no title block to leave out."""
_ENGLISH = tomllib.loads(Path(__file__).with_name("english.toml").read_text(encoding="utf-8"))


def _words(name: str, end: str = "", flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Any of a list of `english.toml`, and then `end`."""
    return re.compile(f"(?:{'|'.join(_ENGLISH[name])}){end}", flags)


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
    dropped: int
    """Sentences that were not verbatim on their page, left out."""


def body(lines: Sequence[Line], pages: Sequence[str], unread: int = 0) -> Body:
    """The sentences of a paper's body and the headings they stand under. `pages` are the plain texts of the
    lines; `unread` more follow, which count as much as the body's pages in `read_share`.

    Left out: running heads, page and line numbers, stamps, title and authors, tables, labels in figures,
    footnotes, formulas, acknowledgements, references and what follows them; and a sentence that is not word
    for word on its page or over it and the next (see `squeeze`), because something of these stands in its
    middle.
    """
    parts, end = paragraphs(lines)
    pages = ["\n".join(line.text for line in lines if line.page == number) for number in range(1, len(pages) + 1)]
    words = vocabulary(pages)
    squeezed = [squeeze(text) for text in pages]
    found: list[Sentence] = []
    dropped = 0
    for part in parts:
        for text, page in sentences(part, words):
            if squeeze(text) in squeezed[page - 1] + "".join(squeezed[page : page + 1]):
                found.append(Sentence(text, page, part.section, part.kind))
            else:
                dropped += 1
    read = sum(len(sentence.text.replace(" ", "")) for sentence in found)
    there = sum(len(line.text.replace(" ", "")) for line in lines if line.page <= end)
    there += round(there * unread / min(end, len(pages)))
    sections = tuple(dict.fromkeys(sentence.section for sentence in found if sentence.section))
    return Body(tuple(found), sections, min(1.0, read / there) if there else 0.0, dropped)


def squeeze(text: str) -> str:
    """The form in which a sentence must be on its page: NFKC, without white space and hyphens, lower case."""
    return re.sub(r"[\s\-\u00ad]+", "", unicodedata.normalize("NFKC", text)).lower()


def sentences(paragraph: Paragraph, words: Counter[str]) -> Iterator[tuple[str, int]]:
    """Whole sentences with the page each begins on; fragments and formulas are left out."""
    text, starts = "", []
    for line in paragraph.lines:
        text, start = _join(text, line.text, words)
        starts.append((start, line.page))
    begin = 0
    for end in [*_ends(text, caption=paragraph.kind == "caption"), len(text)]:
        sentence = text[begin:end].strip()
        page = max((page for start, page in starts if start <= begin), default=starts[0][1])
        if _is_sentence(sentence, caption=paragraph.kind == "caption"):
            yield _bare(sentence), page
        begin = end


# ---------------------------------------------------------------- headings and sections

_URL = re.compile(r"https?://|www\.")
_KNOWN = _words("known_headings", flags=re.IGNORECASE)
_SKIPPED = _words("skipped_headings", r"\W*", re.IGNORECASE)
_END = re.compile(r"references?|bibliography|literaturecited|literatur|referencesandnotes", re.IGNORECASE)
_APPENDIX = re.compile(r"(appendix|appendices|supplementary|supplemental)\b.*", re.IGNORECASE)
_REFERENCE = re.compile(r"^\[\w+\]|^\d{1,3}\. |\b(?:19|20)\d\d\b|\bet al\b|\b[A-Z]\. ?[A-Z]|arXiv|pp\.|doi")
_RUN_IN_ABSTRACT = re.compile(r"abstract\s*[—–.:-]+\s*", re.IGNORECASE)
_KEYWORDS = re.compile(r"(index terms|keywords?|key words|ccs concepts|acm reference)\b", re.IGNORECASE)


def _title(block: Block, style: Style, *, bare: bool = False) -> str:
    """The heading that a block is, without its number, or an empty string. `bare`: unnumbered ones count
    too."""
    text = ligatures(" ".join(texts_of(block)))
    if len(block) > 3 or len(text) > 120 or not re.search(r"[^\W\d_]{2}", text):
        return ""
    number = NUMBER.match(text)
    title = text[number.end() :] if number else text
    tight = title.replace(" ", "").rstrip(":.")
    top = max(line.top for line in block)
    bold = all(line.bold for line in block)
    strong = bold or top >= 1.08 * style.size or not style.fonts & {line.font for line in block}
    strong = strong or title.upper() == title
    if _END.fullmatch(tight) or _SKIPPED.fullmatch(title) or _KNOWN.fullmatch(title.rstrip(":")):
        named = "Abstract" if tight.lower() == "abstract" else title
        return named if strong or number or len(block) == 1 else ""
    if not title[0].isupper() or title[-1] in ".,;":
        return ""
    big = bold and top >= 1.08 * style.size and len(title) < 80 and prose(title) > 0.6
    return title if (number and strong) or (bare and big) else ""


def _end_of_body(blocks: Sequence[Block], style: Style) -> int:
    """Index of the block that begins the references or the appendix; len(blocks) where there is none.

    A references heading counts from a third of the text on, and only with lines after it that look like
    references; the first such, for an appendix after it may have references of its own.
    """
    lengths = [sum(map(len, texts_of(block))) for block in blocks]
    seen = 0
    for index, block in enumerate(blocks):
        seen += lengths[index]
        if seen < sum(lengths) / 3:
            continue
        title = _title(block, style)
        after = [text for later in blocks[index + 1 : index + 8] for text in texts_of(later)][:20]
        cited = sum(bool(_REFERENCE.search(text)) for text in after) >= min(3, len(after))
        listed = block[0].text.startswith("[1] ") and any(text[:4] == "[2] " for text in texts_of(block) + after)
        if listed or _APPENDIX.fullmatch(title) or (cited and _END.fullmatch(title.replace(" ", "").rstrip(":."))):
            return index
    return len(blocks)


def paragraphs(all_lines: Sequence[Line]) -> tuple[list[Paragraph], int]:
    """The body's paragraphs in reading order, and the page on which the body ends (a large number: it does
    not)."""
    kept = without_running_lines(all_lines)
    style = style_of(kept)
    blocks = blocks_of(kept, style)
    stop = _end_of_body(blocks, style)
    end = blocks[stop][0].page if stop < len(blocks) else 1 << 30
    blocks = blocks[:stop]
    titles = [_title(block, style) for block in blocks]
    if sum(bool(title and NUMBER.match(block[0].text)) for title, block in zip(titles, blocks, strict=True)) < 3:
        first = next((index for index, title in enumerate(titles) if title), 0)
        titles[first:] = [_title(block, style, bare=True) for block in blocks[first:]]

    found: list[Paragraph] = []
    section, skipping, broken = "", False, True
    front = not _has_no_front(blocks, titles)
    for block, title in zip(blocks, titles, strict=True):
        if match := _RUN_IN_ABSTRACT.match(block[0].text):
            title, rest = "Abstract", block[0].text[match.end() :]
            block = [replace(block[0], text=rest, lead=0), *block[1:]] if rest else block[1:]
        if title:
            section, skipping, front, broken = title, bool(_SKIPPED.fullmatch(title)), False, True
        if (title and not match) or skipping or not block:
            continue
        under = "Abstract" if front else section
        if CAPTION.match(block[0].text):
            found.append(Paragraph(section, "caption", block))
        elif front and not _is_abstract(block):
            broken = True
        elif _URL.match(block[0].text) and found and not broken and not TERMINAL.search(found[-1].lines[-1].text):
            found[-1].lines.extend(block)
        elif not _is_body(block, style, small=under == "Abstract"):
            broken = True
        else:
            _add(found, block, under, broken)
            broken = False
    return found, end


def _has_no_front(blocks: Sequence[Block], titles: Sequence[str]) -> bool:
    before = 0
    total = sum(len(line.text) for block in blocks for line in block)
    for block, title in zip(blocks, titles, strict=True):
        if title or _RUN_IN_ABSTRACT.match(block[0].text):
            return before > FRONT_SHARE * total
        before += sum(map(len, texts_of(block)))
    return True


def _is_abstract(block: Block) -> bool:
    """Whether a block before the first heading is an abstract without one, rather than title or authors."""
    text = " ".join(texts_of(block))
    return len(block) >= 3 and len(text.split()) >= 40 and prose(text) > 0.7 and text.endswith(".")


def _is_body(block: Block, style: Style, *, small: bool) -> bool:
    text, size = " ".join(texts_of(block)), block[0].size
    if not near(size, style.size) and not (small and 0.75 * style.size < size < 1.2 * style.size):
        return False
    if prose(text) < 0.55 or _KEYWORDS.match(text):
        return False
    if len(block) == 1:
        whole = text[0].islower() or len(text) > 0.7 * style.width or bool(TERMINAL.search(text))
        return whole and len(text.split()) >= 2
    # The rows of a table are short; the lines of a paragraph are full but for the last.
    full = statistics.mean(map(len, texts_of(block[:-1])))
    return full > 0.5 * style.width or bool(BULLET.match(text))


def _add(found: list[Paragraph], block: Block, section: str, broken: bool) -> None:
    """Append a block's paragraphs; the first goes on with the last one found, where that is not finished."""
    for fresh, part in _split_block(block):
        last = found[-1] if found else None
        if (
            last
            and not (fresh or broken)
            and (last.kind, last.section) == ("text", section)
            and not TERMINAL.search(last.lines[-1].text)
        ):
            last.lines.extend(part)
        else:
            found.append(Paragraph(section, "text", part))
        broken = False


def _split_block(block: Block) -> list[tuple[bool, Block]]:
    """Split at bullets and at run-in headings, which are cut off; true for a part that surely begins
    something."""
    found: list[tuple[bool, Block]] = []
    ended = True
    for line in block:
        lead, rest = line.text[: line.lead], line.text[line.lead :].strip()
        if ended and lead and rest and (lead[-1] in ".:" or rest[0].isupper()):
            found.append((True, [replace(line, text=rest, lead=0)]))
        elif BULLET.match(line.text) and (ended or line.text[0] in GLYPHS):
            found.append((True, [line]))
        elif found:
            found[-1][1].append(line)
        else:
            found.append((False, [line]))
        ended = bool(TERMINAL.search(line.text))
    return found


# ---------------------------------------------------------------- where sentences end

_BOUNDARY = re.compile(
    r"(?:(?P<stop>\.)|[!?]|(?<=[^\W\d_])\.\d{1,2}|[。！？])[\"'”’)\]]*(?:\s+|(?<=[。！？]))"
    r"(?=[\"'“‘(\[]*[^\W_a-z]|[•◦▪])"
)
_ABBREVIATION, _STARTERS = _words("abbreviations"), _words("starters", r"\b")


def _ends(text: str, *, caption: bool) -> Iterator[int]:
    begin = 0
    for match in _BOUNDARY.finditer(text):
        before, after = text[begin : match.start()], text[match.end() :]
        if caption and CAPTION.fullmatch(before + "."):
            continue
        if match["stop"] and not _stops(before, after):
            continue
        begin = match.end()
        yield begin


def _stops(before: str, after: str) -> bool:
    """Whether a full stop ends a sentence rather than an abbreviation, an initial or a list's number."""
    last = before.split()[-1].lstrip("([\"'“‘").lower() if before.strip() else ""
    if _ABBREVIATION.fullmatch(last) or (last == "al" and after[0] in "[("):
        return False
    if re.fullmatch(r"(?:[a-z]\.)*[a-z]", last):
        return bool(_STARTERS.match(after))
    return not (re.fullmatch(r"\d{1,2}", last) and before.strip() == last)


def _is_sentence(text: str, *, caption: bool) -> bool:
    tokens = re.findall(r"[^\W\d_]{2,}|[\u4e00-\u9fff]", text)
    if len(tokens) < 4 or prose(text) < 0.4 or "@" in text or len(text) > LONGEST:
        return False
    if caption:
        return True
    plain = sum(token.islower() or "\u4e00" <= token[0] <= "\u9fff" for token in tokens)
    ended = TERMINAL.search(text) or (BULLET.match(text) and text[-1] in ",;")
    return bool(ended) and not text[0].islower() and plain >= 0.2 * len(tokens)


def _bare(text: str) -> str:
    """Without its bullet, the comma that ends a list's item, and the number of a footnote."""
    if bullet := BULLET.match(text):
        text = text[bullet.end() :].rstrip(",;")
    return re.sub(r"(?<=[^\W\d_][.!?])\d{1,2}$", "", text)


# ---------------------------------------------------------------- words over line ends

_COMPOUND, _FIRST_HALF, _SUFFIX = _words("compounds"), _words("first_halves"), _words("suffixes")
LONGEST_WORD = 100
"""Characters at a line's end in which a broken word is looked for."""


def vocabulary(pages: Sequence[str]) -> Counter[str]:
    """The paper's words and hyphenated words, without the halves that stand at a line's end and beginning."""
    text = re.sub(r"[^\W_]+[-\u00ad]\s*\n\s*[^\W_]+", " ", ligatures("\n".join(pages)))
    return Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))


def _join(text: str, line: str, words: Counter[str]) -> tuple[str, int]:
    """Append a line and say where it begins; a word hyphenated at the line's end is joined, where it is
    one."""
    line = ligatures(line)
    if not text:
        return line, 0
    if text.endswith("\u00ad"):
        return text[:-1] + line, len(text) - 1
    # Not in all of it: a paragraph of one long word would be searched again for each of its letters and lines.
    left = re.search(r"([^\W_]+(?:-[^\W_]+)*)-$", text[-LONGEST_WORD:])
    right = re.match(r"[^\W_]+(?:-[^\W_]+)*", line)
    if left and right and _is_broken(left[1], right[0], words):
        return text[:-1] + line, len(text) - 1
    space = "" if re.search(r"[^\W_]-$", text[-2:]) else " "
    return text + space + line, len(text) + len(space)


def _is_broken(left: str, right: str, words: Counter[str]) -> bool:
    """Whether the hyphen between the two halves is only the line break's.

    The rest of the paper decides; where it has neither form, `VGG-19`, `DNS-Challenge` and two known words
    keep it.
    """
    joined, hyphened = words[(left + right).lower()], words[f"{left}-{right}".lower()]
    if joined != hyphened:
        return joined > hyphened
    if _COMPOUND.fullmatch(left.lower() + right):
        return True
    if not right[0].islower() or not left[-1].isalpha() or any(map(str.isupper, left[1:])):
        return False
    tail, head = left.lower().rsplit("-", 1)[-1], right.split("-", 1)[0]
    if re.match("(?:the|of|to|in|by|and)-", right):  # off-the-shelf, end-to-end
        return False
    if _FIRST_HALF.fullmatch(tail) and (words[head] or (len(head) > 4 and not _SUFFIX.match(head))):
        return False
    return not (len(tail) > 2 and len(head) > 2 and words[tail] and words[head])
