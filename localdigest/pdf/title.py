"""A paper's title, from what its first page shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localdigest.pdf.lines import Line, ligatures

LONGEST = 300
_NOISE = re.compile(r"arxiv:|https?://|^\W*\d[\d\W]*$|^(preprint|under review|published as|draft)\b", re.IGNORECASE)


def title(claimed: str, lines: Sequence[Line]) -> str:
    """The file's own word for it (`claimed`, its metadata) where the first page shows it too; else that page's
    largest lines, those that stand together nearest the top; "" where nothing is larger than the rest.

    Metadata is often a file name or a template's title, and a reader of the page cannot see it.
    """
    page = [line for line in lines if line.page == 1 and not line.turned and line.text.strip()]
    claimed = " ".join(claimed.split())
    if len(_key(claimed)) >= 8 and _key(claimed) in _key(" ".join(line.text for line in page)):
        return claimed[:LONGEST]
    told = [line for line in page if len(_key(line.text)) >= 3 and not _NOISE.search(line.text.strip())]
    if not told:
        return ""
    largest = max(line.size for line in told)
    if largest <= min(line.size for line in told) * 1.05:
        return ""
    found: list[Line] = []
    for line in told:  # in reading order; authors may follow in the same size, but not in the same font
        if line.size >= largest * 0.95 and (not found or line.font == found[0].font):
            found.append(line)
        elif found:
            break
    joined = ligatures(" ".join(" ".join(line.text for line in found).split()))
    return re.sub(r"(?<=\w)- (?=[a-z])", "", joined)[:LONGEST]


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", ligatures(text)).casefold()
