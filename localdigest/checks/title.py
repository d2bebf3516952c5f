"""The paper's title where it does not belong, and a translated title that lost a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localdigest.checks.registry import TEXT, TITLE, Case, check
from localdigest.language.english import is_common

_BOOK = re.compile(r"[*#_\s]*[《『]([^》』]+)[》』]")
_CITES = re.compile(r"[\"“”‘*_`\\]|(?<!\w)'|[A-Z][a-z]+ (?:(?:and|for|from|in|of|on|the|to|with) )*[A-Z][a-z]+")
"""What a source has that cites a work: a mark of quotation or emphasis, or words with capitals."""

_NAME = re.compile(r"(?<![\w-])[A-Z][a-z]{3,}(?![\w-])")
"""With the capital that it keeps in sentence case."""


@check("title", of=TEXT, ask="restated", order=210)
def restated(case: Case) -> Iterator[str]:
    """A draft that begins with the paper's title: in English, under the word for it, or as a book's."""
    if label := re.match(rf"[*#_\s]*(?:{case.language.heading})[*_]*\s*[:：]", case.draft):
        if not re.match(r"\W*(?:title|abstract|summary)\W*:", case.source, re.IGNORECASE):
            yield label[0]
        return
    if case.title and (book := _BOOK.match(case.draft)) and not _CITES.search(case.source):
        low, high = case.language.length
        if len(book[1]) > 3 and low <= len(book[1]) / len(case.title) <= high:
            yield book[0]
            return
    own, draft, source = (re.sub(r"\W+", "", text).casefold() for text in (case.title, case.draft, case.source))
    if len(own) > 12 and draft.startswith(own) and not source.startswith(own):
        yield case.title


@check("name-missing", of=TITLE, ask="keep", order=320)
def capitals(case: Case) -> list[str]:
    """A name in capitals that no title spells out, for its length: ICASSP, but not ASR."""
    return [name for name in case.source_names if re.fullmatch("[A-Z]{5,}", name) and name not in case.draft]


@check("name-missing", of=TITLE, ask="keep", order=321)
def surnames(case: Case) -> list[str]:
    """A name that the glossary has not, in a title in Chinese: a small model makes one up (Mandelbrot, 马歇尔)."""
    if case.language.numerals != "hanzi":
        return []
    known = " ".join(case.terms).casefold()
    names = [name for name in _NAME.findall(case.source_prose) if not is_common(name.lower())]
    return [name for name in names if name not in case.draft and name.casefold() not in known]
