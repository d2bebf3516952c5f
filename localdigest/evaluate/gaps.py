"""Terms that texts have and the tables have not: what to add to them. Found without a model.

The English of the tables' own terms tells what a term is made of: which words go on in one, which end one. Adjacent
words that do so are a candidate where the tables do not have all of them, and so is a single word that is no ordinary
English. What a text's own tables lack another field's may have.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from localdigest.evaluate import Gap, Pair
from localdigest.language.english import is_common
from localdigest.language.folding import fold, words
from localdigest.language.glossary import GENERAL, Glossary, Termbase, tables_of
from localdigest.text import sentences, spans

LONGEST = 4
"""Words of a candidate."""
OFTEN = 3
"""In how many terms a word must stand to make one of what is beside it."""
_ADJOINING = re.compile(r"[ –-]")
_PLAIN = re.compile(r"[A-Za-z]{2,}(?:'s)?")
_NO_NOUN = re.compile(r"(?:[a-z]ly|ed|ing|ive|ical|ous|able|ible)$")
_NO_TERM = re.compile(r"(?:ly|ed|ing|'s|i[sz]es?|ify|ifies)$")
"""Of a single word."""


@functools.cache
def _ordinary() -> frozenset[str]:
    lines = Path(__file__).with_name("ordinary.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if not line.startswith("#") for word in line.split())


@dataclass(frozen=True, slots=True)
class Makings:
    """What the terms of all tables are made of. Words are folded."""

    within: Counter[str] = field(default_factory=Counter)
    """How many terms of several words have it, not last."""
    last: Counter[str] = field(default_factory=Counter)
    tables: Mapping[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By term: the tables that have it."""

    @classmethod
    def of(cls, terms: Termbase) -> Makings:
        made = cls()
        for table, english in terms.rows():
            parts = [word.folded for word in words(english)]
            made.tables[" ".join(parts)].append(table)
            if len(parts) > 1:
                made.within.update(parts[:-1])
                made.last[parts[-1]] += 1
        return made

    def may_be_in(self, word: _Said) -> bool:
        if word.folded in _ordinary():
            return False
        return not word.common or self.within[word.folded] + self.last[word.folded] >= OFTEN

    def may_begin(self, word: _Said) -> bool:
        return not word.joined_before and (word.known or not word.common or self.within[word.folded] >= OFTEN)

    def may_end(self, word: _Said) -> bool:
        noun = self.last[word.folded] >= OFTEN or not (word.common or _NO_NOUN.search(word.folded))
        return not word.joined_behind and word.folded not in _ordinary() and (word.known or noun)


@dataclass(frozen=True, slots=True)
class _Said:
    written: str
    folded: str
    start: int
    end: int
    known: bool
    """Within a term of the tables."""
    joined_before: bool
    """By a hyphen."""
    joined_behind: bool

    @property
    def common(self) -> bool:
        """Ordinary English; the list has no word under four letters."""
        return len(self.written) < 4 or is_common(self.written.lower())


def find(pairs: Iterable[Pair], terms: Termbase) -> tuple[Gap, ...]:
    """The candidates in titles and texts, a field after the other, in each those of the most texts first. None for a
    language without tables."""
    if not terms.tables:
        return ()
    by_field: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_field[pair.field].append(pair)
    makings = Makings.of(terms)
    return tuple(gap for name in sorted(by_field) for gap in _in_field(name, by_field[name], terms, makings))


def _in_field(name: str, pairs: Sequence[Pair], terms: Termbase, makings: Makings) -> list[Gap]:
    times: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    around: dict[str, Counter[str]] = defaultdict(Counter)
    written: dict[str, str] = {}
    for pair in pairs:
        seen = set()
        for term, key, whole in _candidates(f"{pair.title}\n{pair.en}", terms.of(pair.categories, pair.en), makings):
            seen.add(key)
            times[key] += 1
            if key != whole:
                around[key][whole] += 1
            written.setdefault(key, term)
        texts.update(seen)
    # As C-value has it (Frantzi et al. 2000, doi 10.1007/s007999900023): a part of one longer name only is none.
    for key, longer in around.items():
        times[key] -= round(longer.total() / len(longer))
    own = {GENERAL, *(table for pair in pairs for one in pair.categories for table in tables_of(one))}
    found = []
    for key, often in times.items():
        if often > 0 and not own & (elsewhere := dict.fromkeys(makings.tables.get(key, ()))).keys():
            found.append(Gap(name, written[key], texts[key], often, tuple(elsewhere)))
    return sorted(found, key=lambda gap: (-gap.texts, not gap.elsewhere, -gap.times, gap.term.casefold()))


def _candidates(text: str, terms: Glossary, makings: Makings) -> Iterator[tuple[str, str, str]]:
    """Each as it is written, by its folded words, and the longest that it is a part of."""
    for line in text.splitlines():
        for sentence in sentences.split(spans.without(line)):
            for run in _runs(sentence, terms, makings):
                whole = _cut(run, makings)
                for start, stop in combinations(range(len(whole) + 1), 2):
                    part = whole[start:stop]
                    if len(part) <= LONGEST and _is_term(part, makings):
                        yield sentence[part[0].start : part[-1].end], _key(part), _key(whole)


def _key(part: Sequence[_Said]) -> str:
    return " ".join(word.folded for word in part)


def _runs(sentence: str, terms: Glossary, makings: Makings) -> Iterator[list[_Said]]:
    """Stretches of adjacent words each of which stands in terms, or is no ordinary English."""
    places = terms.places(sentence)
    run: list[_Said] = []
    for word in words(sentence):
        known = any(begin <= word.start < end for begin, end in places)
        joined = (sentence[max(0, word.start - 1) : word.start] == "-", sentence[word.end : word.end + 1] == "-")
        said = _Said(sentence[word.start : word.end], word.folded, word.start, word.end, known, *joined)
        belongs = _PLAIN.fullmatch(said.written) and (
            makings.may_be_in(said) or (known and (word.start, word.end) not in places)
        )
        if not belongs or (run and not _ADJOINING.fullmatch(sentence, run[-1].end, word.start)):
            yield run
            run = []
        if belongs:
            run.append(said)
    yield run


def _cut(run: Sequence[_Said], makings: Makings) -> Sequence[_Said]:
    """Without what ends or begins no term."""
    while run and not makings.may_end(run[-1]):
        run = run[:-1]
    while run and not makings.may_begin(run[0]):
        run = run[1:]
    return run


def _is_term(part: Sequence[_Said], makings: Makings) -> bool:
    """A single word must be technical; several, no name."""
    first, last = part[0], part[-1]
    if all(word.known for word in part) or not (makings.may_begin(first) and makings.may_end(last)):
        return False
    if len(part) > 1:
        return any(word.common or word.known or word.written.islower() for word in part)
    odd = first.written.islower() and len(first.written) > 4 and not first.common
    return odd and not _NO_TERM.search(first.written)
