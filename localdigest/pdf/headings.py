"""Which blocks of a paper are headings, and where its body ends: references and appendices. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from localdigest.pdf.english import words_of
from localdigest.pdf.layout import KNOWN, NUMBER, Style, ligatures, near, prose, run_in, texts_of
from localdigest.pdf.lines import Block

SKIPPED = words_of("skipped_headings", r"\W*", re.IGNORECASE)
CONTENTS = re.compile(r"^(?:table of )?contents|^list of", re.IGNORECASE)
_METHODS = words_of("methods_headings", r"\W*", re.IGNORECASE)
_END = re.compile(words_of("reference_headings").pattern, re.IGNORECASE)
_APPENDIX = re.compile(r"(?:appendix|appendices|supplementary|supplemental|supporting information)\b.*", re.IGNORECASE)
_LETTER = re.compile(r"(?:Appendix )?([A-Z])(\.\d+)*\.?\s+(?=[A-Z])")
_REFERENCE = re.compile(r"^\[[\w+]+\]|^\d{1,3}\. |\b(?:19|20)\d\d\b|\bet al\b|\b[A-Z]\. ?[A-Z]|arXiv|pp\.|doi")
_CITED = re.compile(r"\b(?:19|20)\d\d\b|\bet al\b|arXiv|\bpp\. ?\d|\bdoi\b", re.IGNORECASE)
"""What affiliations, which may be numbered in the same way, have not."""
_SECTION_LETTER = re.compile(r"([A-Z])\.\s")
_ARABIC, _ROMAN = re.compile(r"\d+(?:\.\d+)*"), re.compile(r"[IVX]+\.|[IVX]+(?=\s)")
_PAGE_AT_END = re.compile(r"\s(?:\d{1,3}|[ivxl]+)$")

Look = tuple[str, float, bool]
"""A heading's font and size, and whether it is all capitals."""


def titles_of(blocks: Sequence[Block], style: Style) -> list[str]:
    """Of each block the heading that it is, without its number, or an empty string.

    Headings without a number are known by their words; what else looks as these do, is one, too. Where hardly any
    is numbered, large and bold lines are, from the first heading on.
    """
    titles = _in_order(blocks, [_title(block, style) for block in blocks])
    for at in range(len(blocks) - 1):
        titles[at] += _rest(blocks[at], blocks[at + 1]) if titles[at] else ""
    looks = {_look(block) for block, title in zip(blocks, titles, strict=True) if title and _is_bare(block, style)}
    if sum(bool(title and NUMBER.match(block[0].text)) for title, block in zip(titles, blocks, strict=True)) < 3:
        first = next((index for index, title in enumerate(titles) if title), 0)
        for index in range(first, len(blocks)):
            titles[index] = titles[index] or _bare_title(blocks[index], style, looks)
    return titles


def _rest(block: Block, after: Block) -> str:
    """What stands of a numbered heading that is run into its paragraph in the line in which the paragraph begins."""
    last, first = block[-1], after[0]
    lead = first.text[: first.lead].rstrip()
    near_by = last.page == first.page and 0 < last.y - first.y < 1.5 * last.size and near(last.size, first.size)
    goes_on = last.bold and NUMBER.match(block[0].text) and not NUMBER.match(lead)
    return " " + lead[:-1] if near_by and goes_on and lead.endswith((".", ":")) else ""


def _in_order(blocks: Sequence[Block], titles: Sequence[str]) -> list[str]:
    """Without what a letter begins that does not count on: `E. Trilling` and `A. W. Filot` are authors."""
    found, last = list(titles), 0
    for at, title in enumerate(titles):
        letter = _SECTION_LETTER.match(_text(blocks[at])) if title else None
        if letter and not _ROMAN.match(letter[0]):
            if _SECTION_LETTER.match(title) or (letter[1] != "A" and not 0 < ord(letter[1]) - last <= 2):
                found[at] = ""
            else:
                last = ord(letter[1])
    return found


def _text(block: Block) -> str:
    return ligatures(" ".join(texts_of(block)))


def _is_strong(block: Block, style: Style) -> bool:
    text = _text(block)
    return (
        all(line.bold for line in block)
        or max(line.top for line in block) >= 1.08 * style.size
        or not style.fonts & {line.font for line in block}
        or text.upper() == text
    )


def _may_be(block: Block) -> bool:
    text = _text(block)
    listed = block[-1].cells > 1 and _PAGE_AT_END.search(block[-1].text)  # in a table of contents
    return (
        len(block) <= 3
        and len(text) <= 120
        and not listed
        and not run_in(block[0])
        and bool(re.search(r"[^\W\d_]{2}", text))
    )


def _title(block: Block, style: Style) -> str:
    if not _may_be(block) or max(line.top for line in block) < 0.87 * style.size:
        return ""  # smaller are the heads of a table's columns
    text = _text(block)
    number = NUMBER.match(text)
    title = text[number.end() :] if number else text
    strong = _is_strong(block, style)
    tight = title.replace(" ", "").rstrip(":.")
    if _END.fullmatch(tight) or SKIPPED.fullmatch(title) or KNOWN.fullmatch(title.rstrip(":.")):
        named = "Abstract" if tight.lower() == "abstract" else title.rstrip(":.")
        return named if strong or number or len(block) == 1 else ""
    if number and len(block) == 1 and block[0].bold and len(title) < 80:
        title = title.removesuffix(".")  # as amsart has it
    return title if number and strong and _is_worded(title) and not _is_else(block, title) else ""


_INITIALS = re.compile(r"(?:\b[A-Z]\. ?)+(?:\w+ )?[A-Z][a-z]")
_FORMULA = re.compile("[∈⊂∀∃<>≤≥]")


def _is_else(block: Block, title: str) -> bool:
    """Whether a number begins a reference (`4 F. L. Pratt, ...`), or an item in symbols, not in the text's font."""
    named = _INITIALS.match(title) or len(_INITIALS.findall(title)) > 1
    symbols = _FORMULA.search(title) and len(section_number(block)) == 1 and not all(line.bold for line in block)
    return bool(named or symbols)


def _is_worded(title: str) -> bool:
    return title[0].isupper() and title[-1] not in ".,;:"


def _is_bare(block: Block, style: Style) -> bool:
    """Whether a heading has no number, and stands out from the text all the same."""
    text = _text(block)
    return not NUMBER.match(text) and (block[0].font not in style.fonts or text.upper() == text)


def _look(block: Block) -> Look:
    text = _text(block)
    return block[0].font, round(block[0].size, 1), text.upper() == text


def _bare_title(block: Block, style: Style, looks: set[Look]) -> str:
    text = _text(block)
    if not _may_be(block) or not _is_worded(text):
        return ""
    big = all(line.bold for line in block) and max(line.top for line in block) >= 1.08 * style.size
    big = big and len(text) < 80 and prose(text) > 0.6
    like = _look(block) in looks and len({line.font for line in block}) == 1 and len(text) > 3
    return text if big or like else ""


# ---------------------------------------------------------------- what stands under what

DEEPEST = 5
"""The level of a heading of which nothing is known, in a paper that numbers its own."""


class Outline:
    """The levels of a paper's headings: by their numbers, or by how they look where hardly any has one."""

    def __init__(self, blocks: Sequence[Block], titles: Sequence[str], style: Style) -> None:
        headed = [(block, title) for block, title in zip(blocks, titles, strict=True) if title]
        numbers = [number[0] for block, _ in headed if (number := NUMBER.match(_text(block)))]
        self._numbered = len(numbers) >= 3
        self._roman = any(number.startswith(("II.", "II ")) for number in numbers)
        bare = [(_rank(block, style), title) for block, title in headed if not NUMBER.match(_text(block))]
        known = Counter(rank for rank, title in bare if KNOWN.fullmatch(title) and title != "Abstract")
        known = known or Counter(rank for rank, title in bare if _is_known(title) and title != "Abstract")
        top = known.most_common(1)[0][0] if known else max((rank for rank, _ in bare), default=(0.0, False, False))
        self._ranks = [top, *sorted({rank for rank, _ in bare if rank < top}, reverse=True)]
        self._style = style

    def level(self, block: Block, title: str) -> int:
        """1 for a section, 2 for a part of one."""
        if title == "Abstract" or SKIPPED.fullmatch(title):
            return 1
        if number := NUMBER.match(_text(block)):
            if self._roman and _ROMAN.match(number[0]):
                return 1
            parts = len(section_number(block))
            return {0: 2, 1: 3 if self._roman else 1}.get(parts, parts)  # I., A., 1.
        if self._numbered or run_in(block[0]):
            return 1 if _is_known(title) and not run_in(block[0]) else DEEPEST
        rank = _rank(block, self._style)
        return 1 + sum(rank < other for other in self._ranks)


def section_number(block: Block) -> list[int]:
    """The numbers that a heading begins with: `3.1` as 3 and 1; empty where there is none in figures."""
    number = NUMBER.match(_text(block))
    arabic = _ARABIC.match(number[0]) if number else None
    return [int(part) for part in arabic[0].split(".")] if arabic else []


def _rank(block: Block, style: Style) -> tuple[float, bool, bool]:
    """Of how a heading looks: by its size, capitals and boldness."""
    text = _text(block)
    size = max(line.top for line in block)
    return round(size / style.size, 1), text.upper() == text, block[0].bold


def _is_known(title: str) -> bool:
    return bool(SKIPPED.fullmatch(title) or KNOWN.fullmatch(title))


# ---------------------------------------------------------------- where the body ends


def body_spans(blocks: Sequence[Block], titles: Sequence[str], style: Style) -> list[tuple[int, int]]:
    """Where the body begins and ends, as indices of blocks: before the references or the appendix; and again from
    methods that stand behind the references (as in letters to Nature) to the next."""
    spans = [(0, _end(blocks, titles, style, 0))]
    again = next((at for at in range(spans[0][1] + 1, len(blocks)) if _METHODS.fullmatch(titles[at])), None)
    if again is not None and not NUMBER.match(blocks[again][0].text):
        spans.append((again, _end(blocks, titles, style, again + 1)))
    return spans


def _end(blocks: Sequence[Block], titles: Sequence[str], style: Style, start: int) -> int:
    numbered = 0
    for index in range(start, len(blocks)):
        block, title = blocks[index], titles[index]
        numbered += bool(title and block[0].text[0].isdigit())
        if _is_references(blocks, titles, index) or _APPENDIX.fullmatch(title):
            return index
        if numbered >= 3 and _is_appendix(blocks, index, style):
            return index
    return len(blocks)


def _is_references(blocks: Sequence[Block], titles: Sequence[str], index: int) -> bool:
    """A heading with lines after it that look like references, or their first two where they have no heading."""
    block = blocks[index]
    after = [text for later in blocks[index + 1 : index + 8] for text in texts_of(later)][:20]
    below = texts_of(block) + after
    if block[0].text.startswith("[1] ") and any(re.match(r"\[2\] ?", text) for text in below):
        first_two = [*takewhile(lambda text: not text.startswith("[3]"), below)][:8]
        return sum(bool(_CITED.search(text)) for text in first_two) >= (1 if any(titles[:index]) else 2)
    if not _END.fullmatch(titles[index].replace(" ", "").rstrip(":.")):
        return False
    return sum(bool(_REFERENCE.search(text)) for text in after) >= min(3, len(after))


def _is_appendix(blocks: Sequence[Block], index: int, style: Style) -> bool:
    """`A Proofs`, behind sections with numbers: A, where B or A.1 follows."""
    block = blocks[index]
    first = _LETTER.match(_text(block))
    if not first or first[1] != "A" or first[2] or not _may_be(block) or not _is_strong(block, style):
        return False
    later = (
        _LETTER.match(_text(other)) for other in blocks[index + 1 :] if len(other) <= 3 and _is_strong(other, style)
    )
    return any(match and (match[1] == "B" or (match[1] == "A" and match[2])) for match in later)
