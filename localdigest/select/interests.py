"""The user's interests, from files of theirs, and how near each of a day's papers is to them (BM25)."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from localdigest.messages.errors import ConfigError
from localdigest.text.words import words

NEAREST = 3
"""Interests that a paper's score is the sum of: one may meet it by chance, and of a long list most must miss it.

Measured on 177 papers of a day, to find those of a category by 15 of its abstracts, mean average precision over cs.CV,
cs.AI and cs.CL: the nearest one 0.47, three 0.49, all 15 0.48. By five abstracts: three 0.47, the listing's order 0.33.
"""


def read(path: Path) -> tuple[str, ...]:
    """The interests in a file: one for each line of a text file, and for each entry of a bibliography.

    A bibliography is BibTeX (`.bib`), or CSL JSON as Zotero exports it (`.json`); of an entry, title, abstract and
    keywords count. In a text file `#` begins a comment. Raises ConfigError naming the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("{path}: cannot be read ({error}); name another in select.interests", path, error) from error
    kind = path.suffix.lower()
    entries = _bibtex(text) if kind == ".bib" else _csl(text, path) if kind == ".json" else text.splitlines()
    interests = [entry.strip() for entry in entries if words(entry) and not entry.lstrip().startswith("#")]
    if not interests:
        raise ConfigError("{path}: holds no interests; write one a line, or export BibTeX or CSL JSON to it", path)
    return tuple(dict.fromkeys(interests))


_BIB_FIELDS = ("title", "abstract", "keywords")
_CSL_FIELDS = ("title", "abstract", "abstractNote", "keyword")
"""`abstractNote` is Zotero's own name for it (Better BibTeX JSON)."""


def _bibtex(text: str) -> list[str]:
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.ERROR)  # an entry that it cannot read is left out, no more
    library = parse_string(text)
    return [_entry(entry.fields_dict, _BIB_FIELDS) for entry in library.entries]


def _csl(text: str, path: Path) -> list[str]:
    try:
        data: Any = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ConfigError(
            "{path}: is no JSON ({error}); export it from Zotero again, as CSL JSON", path, error
        ) from error
    items = data.get("items") if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise ConfigError("{path}: is no list of items; export it from Zotero again, as CSL JSON", path)
    return [_entry(item, _CSL_FIELDS) for item in items if isinstance(item, dict)]


def _entry(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    values = (fields.get(name) for name in names)
    texts = (str(getattr(value, "value", value)) for value in values if value)
    return " ".join(" ".join(texts).split())


def nearest(interests: Sequence[str], texts: Sequence[str]) -> list[tuple[float, tuple[str, ...]]]:
    """For each of `texts`: its score, and the interests that it is the sum of, the nearest first.

    BM25 (Lucene's variant, k1 1.5, b 0.75) with document frequencies from `texts`, which are the day's papers: what
    all of them speak of distinguishes none. Each interest is a query of its own, its BM25 divided by the square root
    of its number of words, so that a line of two words and a whole abstract weigh alike.
    """
    import bm25s
    import numpy as np
    from bm25s.stopwords import STOPWORDS_EN_PLUS

    logging.getLogger("bm25s").setLevel(logging.ERROR)  # it sets DEBUG for itself
    stop = frozenset(STOPWORDS_EN_PLUS)
    corpus = [_terms(text, stop) for text in texts]
    if not any(corpus):
        return [(0.0, ())] * len(texts)
    index = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    index.index(corpus, show_progress=False)
    scores = np.zeros((len(interests), len(texts)))
    for row, interest in zip(scores, interests, strict=True):
        query = set(_terms(interest, stop))
        if known := sorted(query & index.vocab_dict.keys()):
            row[:] = index.get_scores(known) / math.sqrt(len(query))
    scores = scores.round(3)
    # Of equal scores the first interest counts, so that the files' order alone decides.
    best = np.argsort(-scores, axis=0, kind="stable")[:NEAREST]
    return [
        (round(float(scores[rows, place].sum()), 3), tuple(interests[row] for row in rows if scores[row, place] > 0))
        for place, rows in enumerate(best.T)
    ]


def _terms(text: str, stop: frozenset[str]) -> list[str]:
    return [word for word in words(text) if len(word) > 1 and word not in stop]
