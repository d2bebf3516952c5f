"""A paper's title, from what its first page shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localdigest.pdf.english import words_of
from localdigest.pdf.layout import NUMBER, ligatures, prose, style_of
from localdigest.pdf.lines import Line

LONGEST = 300
_NOISE = re.compile(r"arxiv:|https?://|^\W*\d[\d\W]*$|^(preprint|under review|published as|draft)\b", re.IGNORECASE)
_ELSEWHERE = words_of("no_titles", flags=re.IGNORECASE)


def title(claimed: str, lines: Sequence[Line]) -> str:
    """The file's own word for it (`claimed`, its metadata) where the first page shows it too; else the lines over the
    text that stand out most: by size, then by being bold; "" where none does.

    Metadata is often a file name or a template's title, and a reader of the page cannot see it.
    """
    page = [line for line in lines if line.page == 1 and not line.turned and line.text.strip()]
    claimed = " ".join(claimed.split())
    if (
        len(_key(claimed)) >= 8
        and not _ELSEWHERE.search(claimed)
        and _key(claimed) in _key(" ".join(line.text for line in page))
    ):
        return claimed[:LONGEST]
    size = style_of(lines).size
    head = _groups(_over_the_text(page, size))
    groups = [group for group in head if _may_be(group, size)] or _of_the_texts_size(head, size)
    if not groups:
        return ""
    largest = max(group[0].size for group in groups)
    best = [group for group in groups if group[0].size >= 0.8 * largest and group[0].bold]
    best = best if len(best) == 1 else [group for group in groups if group[0].size >= 0.95 * largest]
    joined = ligatures(" ".join(" ".join(line.text for line in best[0]).split()))
    return re.sub(r"(?<=\w)- (?=[a-z])", "", joined)[:LONGEST]


def without_cover(lines: Sequence[Line]) -> Sequence[Line]:
    """Without a first page that a repository lays over a paper: one without an abstract, whose title the second page
    shows again over its own."""
    first, second = ([line for line in lines if line.page == page] for page in (1, 2))
    begins = next((at for at, line in enumerate(second) if _is_abstract(line)), 0)
    shown = _key(title("", lines)) if begins and not any(map(_is_abstract, first)) else ""
    if len(shown) < 8 or shown not in _key(" ".join(line.text for line in second[:begins])):
        return lines
    return [line for line in lines if line.page > 1]


def _is_abstract(line: Line) -> bool:
    return line.text.replace(" ", "").lower().startswith("abstract")


def _over_the_text(page: Sequence[Line], size: float) -> Sequence[Line]:
    """The lines before the first three in a row that are prose of the text's size. Bold are a title of that size, too,
    and above it."""
    plain = [
        line.size <= 1.05 * size and prose(line.text) > 0.6 and len(line.text) > 40 and not line.bold for line in page
    ]
    return page[: next((at for at in range(len(page) - 2) if all(plain[at : at + 3])), len(page))]


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines one below the other in one font and size."""
    found: list[list[Line]] = []
    for line in lines:
        last = found[-1][-1] if found else None
        if (
            last
            and line.font == last.font
            and 0.95 <= line.size / last.size <= 1.05
            and 0 <= last.y - line.y < 2.2 * line.size
        ):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _of_the_texts_size(head: Sequence[list[Line]], size: float) -> list[list[Line]]:
    """The one that is larger than all others over the text, as AASTeX sets a title: in the text's size, over smaller
    names."""
    first, *others = sorted(head, key=lambda group: -group[0].size) or [[]]
    if not first or not others or first[0].size < 0.95 * size or first[0].size < 1.05 * others[0][0].size:
        return []
    return [first] if _may_be(first, 0.0) else []


def _may_be(group: Sequence[Line], size: float) -> bool:
    text = " ".join(line.text for line in group)
    stands_out = group[0].size > 1.05 * size or all(line.bold for line in group) or text.upper() == text
    return (
        stands_out
        and len(_key(text)) >= 3
        and len(text.split()) > 1
        and not _NOISE.search(text.strip())
        and not NUMBER.match(text)
        and not _ELSEWHERE.search(text)
    )


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", ligatures(text)).casefold()
