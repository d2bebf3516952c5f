"""What is looked for in the archive: a text as terms, a user's query as FTS5 takes it, the place of a hit. Pure.

Both languages are cut into terms here, so that the index (`store.index`), the query and the marks in a snippet agree.
Words are folded and in the singular (`terms.words`); of Chinese and Japanese, which have no spaces, each pair of
neighbouring characters is a term. So a word of two characters, the commonest kind, is one term (with trigrams it
could only be found by reading every text), and a longer one is a phrase of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from localdigest.text.words import inflected, words

_CJK = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(f"[{_CJK}]+")
_PIECE = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+(?:\+\+|#)?")

TEXTS = ("title", "abstract", "translation", "breakdown")
"""The columns that words are looked for in; `people` and `kinds` hold what a paper has or has not."""
EVERY = "every"
"""A term of each paper's `kinds`."""
_APART = " ¶" * 5
"""Between two authors: more than a name's words may lie apart."""


# ---------------------------------------------------------------- texts as terms


def terms(text: str) -> list[str]:
    """The terms of `text` in its order."""
    found: list[str] = []
    start = 0
    for run in _RUN.finditer(text):
        found += words(text[start : run.start()])
        found += _pairs(run[0])
        start = run.end()
    return found + words(text[start:])


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def people(authors: Iterable[str]) -> str:
    """For the column of that name."""
    return f"{_APART} ".join(" ".join(inflected(author)) for author in authors)


def kinds(categories: Iterable[str], text: str) -> str:
    """For the column of that name: each category, the archive it is in (`cs.SD`: `cssd`, `cs`), and each single
    character of Chinese in `text`."""
    named = {_kind(part): None for category in categories for part in (category, category.partition(".")[0])}
    characters = dict.fromkeys("".join(_RUN.findall(text)))
    return " ".join([EVERY, *named, *characters])


def _kind(category: str) -> str:
    return re.sub(r"[\W_]", "", category.casefold())


# ---------------------------------------------------------------- queries


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that must stand side by side."""

    terms: tuple[str, ...]
    prefix: bool = False
    """The last one may go on; so it does where all that is asked for is one Chinese character."""

    def __str__(self) -> str:
        """As FTS5 takes it, with its columns."""
        if _RUN.fullmatch(self.terms[0]) and self.prefix:
            return f'kinds : "{self.terms[0]}"'
        return f'{{{" ".join(TEXTS)}}} : "{" ".join(self.terms)}"' + ("*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Query:
    wanted: tuple[Phrase, ...] = ()
    """A paper must have all of these, in whichever of TEXTS."""
    unwanted: tuple[Phrase, ...] = ()
    """And none of these."""


def parse(text: str) -> Query:
    """A query from what a user typed, whatever it is: words, "phrases in quotes", begin*, -without.

    Signs that are none of these mean nothing, so no text is a wrong query; it may be an empty one.
    """
    wanted: list[Phrase] = []
    unwanted: list[Phrase] = []
    text = re.sub("[“”„«»「」]", '"', text)
    for minus, quoted, bare in re.findall(r'(?:(?<=\s)|(?<=\A))(-?)"([^"]*)"?|(\S+)', text):
        without = bool(minus) or bare.startswith("-")
        found = _phrases(bare.lstrip("-"), begins=bare.endswith("*")) if bare else _phrases(quoted)
        (unwanted if without else wanted).extend(found)
    return Query(tuple(wanted), tuple(unwanted))


def _phrases(text: str, *, begins: bool = False) -> Iterator[Phrase]:
    """`state-of-the-art` is a phrase of words, as is a run of characters; where a script ends, a phrase does.

    `begins`: the last word may go on.
    """
    pieces = [piece for piece in re.split(f"([{_CJK}]+)", text) if piece.strip(" *")]
    for number, piece in enumerate(pieces, 1):
        prefix = begins and number == len(pieces)
        if _RUN.match(piece):
            yield Phrase((piece,), prefix=True) if len(piece) == 1 else Phrase(tuple(_pairs(piece)))
        elif found := words(piece):
            if prefix:
                found[-1] = inflected(piece)[-1]
            yield Phrase(tuple(found), prefix)


def expression(query: Query, authors: Sequence[str] = (), categories: Sequence[str] = ()) -> str:
    """For `MATCH`: papers that fulfil `query`, are by all `authors` and in one of the `categories` (or archives).

    Given names may be cut to initials; an author or category without any letter matches nothing.
    """
    parts = [f"people : {_person(author)}" for author in authors]
    if categories:
        parts.append("kinds : (" + " OR ".join(f'"{_kind(category) or "-"}"' for category in categories) + ")")
    parts += map(str, query.wanted)
    text = " AND ".join(parts or [f"kinds : {EVERY}"])
    without = " OR ".join(map(str, query.unwanted))
    return f"({text}) NOT ({without})" if without else text


def _person(name: str) -> str:
    found = inflected(name)
    near = " ".join(f'"{word}"' + ("*" if len(word) == 1 else "") for word in found) or '"-"'
    return f"NEAR({near}, 3)"


# ---------------------------------------------------------------- snippets


def hits(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the phrases of `query` stand in `text`: half-open intervals of characters, ascending, apart."""
    placed: list[tuple[str, int, int]] = []
    for piece in _PIECE.finditer(text):
        if _RUN.match(piece[0]):
            placed += [(piece[0][i : i + 2], piece.start() + i, min(piece.end(), piece.start() + i + 2))
                       for i in range(len(piece[0]))]  # fmt: skip
        else:
            placed += [(word, *piece.span()) for word in words(piece[0])]
    found = sorted(
        (placed[i][1], placed[i + len(phrase.terms) - 1][2])
        for phrase in query.wanted
        for i in range(len(placed) - len(phrase.terms) + 1)
        if _stands(phrase, [term for term, _, _ in placed[i : i + len(phrase.terms)]])
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return joined


def _stands(phrase: Phrase, here: list[str]) -> bool:
    *first, last = phrase.terms
    return here[:-1] == first and (here[-1].startswith(last) if phrase.prefix else here[-1] == last)


Snippet = list[tuple[str, bool]]
"""Pieces of text in order, each with whether it is a hit."""


def snippet(text: str, query: Query, width: int = 160) -> Snippet:
    """The stretch of `text` that has the most hits, about `width` columns wide (a Chinese character takes two)."""
    places = hits(text, query)
    if not places:
        return []
    best = max(places, key=lambda place: (sum(place[0] <= other[0] < place[0] + width for other in places), -place[0]))
    start = _back(text, best[0], width // 4)
    end = _forth(text, start, width)
    within = [(first - start, last - start) for first, last in places if start <= first and last <= end]
    before, after = [("…", False)] if start else [], [("…", False)] if end < len(text) else []
    return [*before, *marked(text[start:end], within), *after]


def marked(text: str, hits: Sequence[tuple[int, int]]) -> Snippet:
    """`text` in pieces, each with whether it is a hit."""
    pieces: Snippet = []
    at = 0
    for start, end in hits:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(piece, hit) for piece, hit in [*pieces, (text[at:], False)] if piece]


def _back(text: str, at: int, columns: int) -> int:
    while at > 0 and columns > 0:
        at -= 1
        columns -= _columns(text[at])
    while at > 0 and text[at - 1 : at].isalnum() and text[at].isalnum() and not _RUN.match(text[at]):
        at -= 1  # not in the middle of a word
    return at


def _forth(text: str, at: int, columns: int) -> int:
    while at < len(text) and columns > 0:
        columns -= _columns(text[at])
        at += 1
    while at < len(text) and text[at - 1].isalnum() and text[at].isalnum() and not _RUN.match(text[at]):
        at += 1
    return at


def _columns(character: str) -> int:
    return 2 if _RUN.match(character) else 1
