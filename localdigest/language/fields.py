"""Which field a text is of, by the terms it has: of a file there is no category to tell. Pure but for reading tables.

Each table of terms stands for a field. A term counts the more the fewer tables have it, the more words it has and the
oftener it occurs (by the root of that); a large table, which has something of every text, counts less.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from localdigest.language.folding import words

FIELDS = 3
"""Tables that a text is given at most, as a category is (`prompts/fields.toml`)."""
NEAR = 0.4
"""How much of the likeliest one's weight another must have. Of 45 papers, the likeliest is the field of 44; of 132
abstracts by themselves the category's first table is among three for 120."""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Fields:
    """The tables by the folded words of their terms."""

    tables: Mapping[Key, Sequence[str]]
    sizes: Mapping[str, int]
    """Terms of each table."""
    longest: Mapping[str, int]
    """Words of the longest term that begins with a word."""

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> Fields:
        """From each table's name with each of its English terms."""
        tables: dict[Key, list[str]] = defaultdict(list)
        for name, english in rows:
            tables[tuple(word.folded for word in words(english))].append(name)
        longest: dict[str, int] = {}
        for key in tables:
            longest[key[0]] = max(len(key), longest.get(key[0], 0))
        return cls(tables, Counter(name for names in tables.values() for name in names), longest)

    def likeliest(self, text: str) -> tuple[str, ...]:
        """The names of the tables that fit, the likeliest first; none for a text without a term."""
        weights: Counter[str] = Counter()
        for key, times in self._terms(text).items():
            names = self.tables[key]
            weight = math.log(len(self.sizes) / len(names)) * len(key) * math.sqrt(times) / len(names)
            for name in names:
                weights[name] += weight / math.sqrt(self.sizes[name])  # type: ignore[assignment]
        best = weights.most_common(FIELDS)
        return tuple(name for name, weight in best if weight and weight >= NEAR * best[0][1])

    def _terms(self, text: str) -> Counter[Key]:
        """The terms in `text`, the longest where they overlap, with how often each occurs."""
        said = [word.folded for word in words(text)]
        found: Counter[Key] = Counter()
        at = 0
        while at < len(said):
            lengths = range(self.longest.get(said[at], 0), 0, -1)
            key = next((key for n in lengths if (key := tuple(said[at : at + n])) in self.tables), None)
            if key:
                found[key] += 1
            at += len(key) if key else 1
        return found
