"""Terms with their renderings: which of them a text holds. Pure but for reading the files.

The shipped ones are `prompts/<language>/terms/*.tsv`, a table a field, a workspace's own `glossary/<language>.tsv`: an
English term, a tab, its renderings parted by `/` (the first is offered to the model, all are accepted; one with `!`
before it is a mistake, which the first takes the place of), `#` starts a comment. Of a term in several tables the first
of these counts: the workspace's own, those of the paper's categories (`prompts/fields.toml`), `general.tsv`; what
none of these has is borrowed from the other fields' where it means the same in all of them. A term without a
rendering takes those of the tables behind it out: a word of many senses in that field, or one that the workspace will
not have. A language made of another has the other's terms, converted, where it has no tables of its own.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from localdigest.language import han
from localdigest.language.english import is_common
from localdigest.language.fields import Fields
from localdigest.language.folding import Word, words
from localdigest.language.profile import PROMPTS, Language, find
from localdigest.messages.errors import ConfigError

Renderings = tuple[str, ...]
FIELDS = PROMPTS / "fields.toml"
GENERAL = "general"
"""The table of what means the same in every field."""
LONG_NAME = 6
"""Letters from which on a name is known without its capital, `gaussian`; a shorter one is a word, too (Born, Lie)."""

_SMALL = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "of", "on", "or", "than", "the", "to", "with")
)
_SCIENCES = re.compile("(?:dynam|econom|electron|genet|kinet|logist|mathemat|mechan|phys|robot)ics$")
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_INITIALS = re.compile(r"\b[A-Z]{2,}\b")
_APART = re.compile(r"[\s~${}^\-‐-–]+")
"""What may stand between the words of a term in any form."""
_GOES_ON = re.compile(r"[\w/]|-(?![a-z]{3,}(?![\w/.-]))")
"""Behind a word that is a part of a name: `token_ids`, `token-X1`; not so `attention-based`."""
_GOES_BEFORE = re.compile(
    r"(?:[\w/.]|\b(?:[\w.]*[A-Z\d_.][\w.]*|[a-z]{1,3}|anti|auto|fore|half|meta|micro|multi|over|self|semi|super)-)$"
)
"""The same before it: `mT5-encoder`; and prefixes, with which it is another word."""


@dataclass(frozen=True, slots=True)
class _Term:
    english: str
    renderings: Renderings
    words: tuple[str, ...]
    apart: tuple[str, ...]
    """What stands between its words beside spaces and hyphens: the star of `C*-algebra`."""

    @classmethod
    def of(cls, english: str, renderings: Renderings) -> _Term:
        parts = list(words(english))
        between = tuple(_APART.sub("", english[a.end : b.start]) for a, b in pairwise(parts))
        return cls(english, renderings, tuple(part.folded for part in parts), between)

    @property
    def key(self) -> tuple[str, ...]:
        return (*self.words, *self.apart)


@dataclass(frozen=True)
class Glossary:
    """The terms of one table, and `below` them those of others, of which the first that has a term counts."""

    terms: Mapping[str, Renderings]
    below: tuple[Glossary, ...] = ()
    convert_to: Language | None = None
    """What its own renderings are converted to as they are found."""

    @functools.cached_property
    def fingerprint(self) -> str:
        """sha256 of the terms: a changed glossary makes new work. Empty without terms."""
        lines = [f"{english}\t{'/'.join(renderings)}" for english, renderings in sorted(self.terms.items())]
        lines += [lower.fingerprint for lower in self.below if lower.fingerprint]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else ""

    def find(self, text: str) -> dict[str, Renderings]:
        """The terms in `text`, each as it is first written there, longest first where they overlap: of
        `speech recognition model`, not `model`. Case, hyphens, accents and a plural's ending do not matter, but where
        `futures` would be a future."""
        found: dict[str, Renderings] = {}
        known: set[Renderings] = set()
        for term, to, start, end in self._matches(text):
            if term.renderings not in known and not _is_name(term, text, start, end):
                known.add(term.renderings)
                renderings = term.renderings
                found[text[start:end]] = tuple(han.converted(one, to) for one in renderings) if to else renderings
        return found

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where `text` has terms, names that are written like one included."""
        return [(start, end) for _, _, start, end in self._matches(text)]

    def _matches(self, text: str) -> Iterator[tuple[_Term, Language | None, int, int]]:
        said = list(words(text))
        end = -1
        for i, word in enumerate(said):
            if word.start < end or _GOES_BEFORE.search(text, max(0, word.start - 24), word.start):
                continue
            best: _Term | None = None
            convert_to = None
            gone: set[tuple[str, ...]] = set()
            for layer in (self, *self.below):
                for term in layer._beginning(word.folded):
                    longer = not best or len(term.words) > len(best.words)
                    if not longer or term.key in gone or not _is_at(term, said, i, text):
                        continue
                    if term.renderings:
                        best, convert_to = term, layer.convert_to
                    else:
                        gone.add(term.key)
            if best:
                end = said[i + len(best.words) - 1].end
                yield best, convert_to, word.start, end

    def _beginning(self, word: str) -> Sequence[_Term]:
        """The terms with this first word, the longest first."""
        if (rows := self._rows.get(word)) is None:
            return ()
        if word not in self._terms:
            terms = [_Term.of(english, self.terms[english]) for english in rows]
            self._terms[word] = sorted(terms, key=lambda term: -len(term.words))
        return self._terms[word]

    @functools.cached_property
    def _rows(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for english in self.terms:
            for first in words(english):
                found[first.folded].append(english)
                break
        return found

    @functools.cached_property
    def _terms(self) -> dict[str, Sequence[_Term]]:
        return {}  # made as they are looked for: of thousands a text needs some dozens


NONE = Glossary({})


@dataclass(frozen=True)
class Termbase:
    """All tables of one language."""

    own: Glossary = NONE
    tables: Mapping[str, Path] = field(default_factory=dict)
    """By their names; read when a paper asks for them."""
    convert_to: Language | None = None
    _made: dict[tuple[bool, tuple[str, ...]], Glossary] = field(default_factory=dict, compare=False, repr=False)

    def rows(self) -> Iterator[tuple[str, str]]:
        """Each table's name with each of its English terms that it renders; the own ones are no table's."""
        for name, path in self.tables.items():
            terms = _table(path, self.convert_to).terms.items()
            yield from ((name, english) for english, renderings in terms if renderings)

    def of(self, categories: Sequence[str], text: str = "", *, borrowing: bool = True) -> Glossary:
        """What counts for a paper of these categories, its primary one first; without any by what its `text` tells.

        Without `borrowing` only some tables are read, which takes a tenth of the time.
        """
        if categories or not text:
            names = tuple(dict.fromkeys(name for one in categories for name in tables_of(one)))
        else:
            names = self._fields.likeliest(text)
        if (borrowing, names) not in self._made:
            layers = [_table(self.tables[name], self.convert_to) for name in (*names, GENERAL) if name in self.tables]
            if borrowing:
                layers.append(_borrowed(tuple(self.tables.values()), self.convert_to))
            self._made[borrowing, names] = replace(self.own, below=tuple(layers))
        return self._made[borrowing, names]

    @functools.cached_property
    def _fields(self) -> Fields:
        return Fields.of((name, english) for name, english in self.rows() if name != GENERAL)


NO_TERMS = Termbase()


def tables_of(category: str) -> tuple[str, ...]:
    """The names of the tables for an arXiv category: its own, or its archive's."""
    fields = _fields()
    archive = category.partition(".")[0]
    return tuple(fields.get(category) or fields.get(archive) or ())


@functools.cache
def _fields() -> Mapping[str, Sequence[str]]:
    return tomllib.loads(FIELDS.read_text(encoding="utf-8"))


def offered(terms: Mapping[str, Renderings]) -> dict[str, str]:
    """Of each term the rendering that the model is offered: the first."""
    return {english: renderings[0] for english, renderings in terms.items()}


def put_right(terms: Mapping[str, Renderings]) -> dict[str, str]:
    """What to replace in a draft, by what: a term left in English, and a mistake (`!变压器` for `transformer`) that no
    hint keeps a small model from, unless it is a part of what another term of the text is called."""
    accepted = [(rendering, english) for english, those in terms.items() for rendering in those if rendering[0] != "!"]
    mistakes = {
        wrong[1:]: those[0]
        for english, those in terms.items()
        for wrong in those
        if wrong[0] == "!" and not any(wrong[1:] in one for one, of in accepted if of != english)
    }
    return offered(terms) | mistakes


def with_renderings(text: str, terms: Mapping[str, str]) -> str:
    """An English text with these of its terms, as they are written there, in the other language."""
    for term in sorted(terms, key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(term)}(?!\w)", terms[term], text, flags=re.IGNORECASE)
    return text


def with_one_rendering(drafts: Sequence[str], terms: Sequence[Mapping[str, Renderings]]) -> list[str]:
    """The drafts of a text's pieces, each with its terms, where a term that is called by several of its renderings gets
    the first everywhere. One of one character, or that other terms have, may be another word: it stays."""
    texts = list(drafts)
    for renderings in dict.fromkeys(those for each in terms for those in each.values()):
        right = sorted((one for one in renderings if one[0] != "!"), key=len, reverse=True)
        places = [i for i, each in enumerate(terms) if renderings in each.values()]
        said = {i: next((one for one in right if one in texts[i]), "") for i in places}
        if len({one for one in said.values() if one}) < 2:
            continue
        for i, one in said.items():
            others = [other for those in terms[i].values() if those != renderings for other in those]
            if len(one) > 1 and renderings[0] not in texts[i] and not any(one in other for other in others):
                texts[i] = texts[i].replace(one, renderings[0])
    return texts


def load(language: str, own: Path | None = None) -> Termbase:
    """The terms of `language`: the shipped tables, and before them that of the folder `own`.

    Raises ConfigError, naming file and line, for a line that is not a term and its renderings.
    """
    profile = find(language)
    code, files = _first([profile.code, profile.made_of], lambda code: sorted((PROMPTS / code / "terms").glob("*.tsv")))
    tables, convert_to = {path.stem: path for path in files}, None if code == profile.code else profile
    mine = NONE
    if own:
        code, files = _first([profile.code, profile.made_of], lambda code: list(own.glob(f"{code}.tsv")))
        for path in files:
            mine = Glossary(_read(path), (), None if code == profile.code else profile)
    return Termbase(mine, tables, convert_to)


def _first(codes: Sequence[str], files: Callable[[str], list[Path]]) -> tuple[str, list[Path]]:
    """The first of these languages that has files."""
    return next(((code, found) for code in codes if code and (found := files(code))), (codes[0], []))


@functools.cache
def _table(path: Path, convert_to: Language | None) -> Glossary:
    return Glossary(_read(path), (), convert_to)


@functools.cache
def _borrowed(tables: tuple[Path, ...], convert_to: Language | None) -> Glossary:
    """The terms that every one of these tables which has them calls the same, but for words by themselves and pairs of
    ordinary ones that one table alone has: of these a reader of another field found one in four, and one in ten, to
    mean something else there (2,400 looked at); of the others one in thirty."""
    known: dict[tuple[str, ...], list[tuple[str, Renderings]]] = defaultdict(list)
    for path in tables:
        for english, renderings in _table(path, convert_to).terms.items():
            if not renderings:
                continue  # of many senses there
            known[tuple(word.folded for word in words(english))].append((english, renderings))
    agreed = {}
    for rows in known.values():
        english = rows[0][0]
        if len({renderings[0] for _, renderings in rows}) == 1 and _is_unmistakable(english, len(rows)):
            agreed[english] = tuple(dict.fromkeys(one for _, renderings in rows for one in renderings))
    return Glossary(agreed, (), convert_to)


def _read(path: Path) -> dict[str, Renderings]:
    terms: dict[str, Renderings] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "{path}: not UTF-8 text ({reason} at byte {start})", path, error.reason, error.start
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        english, *rest = (cell.strip() for cell in line.split("\t"))
        if not english or len(rest) > 1:
            raise ConfigError(
                "{path}, line {number}: a term, a tab and its renderings (parted by /) are expected", path, number
            )
        renderings = rest[0].split("/") if rest else []
        terms[english] = tuple(r.strip() for r in renderings if r.strip(" !"))
        if terms[english][:1] and terms[english][0].startswith("!"):
            raise ConfigError(
                "{path}, line {number}: the first rendering is the right one and has no ! before it", path, number
            )
    return terms


def _is_at(term: _Term, said: Sequence[Word], i: int, text: str) -> bool:
    """Whether the words from `said[i]` on are this term."""
    here = said[i : i + len(term.words)]
    return (
        tuple(word.folded for word in here) == term.words
        and all(
            _APART.sub("", text[a.end : b.start]) == between
            for (a, b), between in zip(pairwise(here), term.apart, strict=True)
        )
        and not _GOES_ON.match(text, here[-1].end)
        and _is_numbered(term, text[here[-1].start : here[-1].end].casefold())
        and _is_cased(term, text[here[0].start : here[-1].end])
    )


def _is_numbered(term: _Term, last: str) -> bool:
    """Whether the last word is in a number that means the term: `futures` are no future, nor is logistics logistic.
    What a science is called is no plural: `kinetics` is not in a kinetic model, nor `generics` in a generic one."""
    if term.english.endswith("ics"):
        return last.endswith("ics")
    if _SCIENCES.search(last):
        return False
    return not (len(term.words) == 1 and term.english.endswith("s") and is_common(last) and not last.endswith("s"))


def _is_cased(term: _Term, written: str) -> bool:
    """Whether it is written as a name where it is one: `SAT` is not `sat`, nor `Lie` a lie; `gaussian` may be."""
    if len(term.words) > 1:
        return all(initials in written for initials in _INITIALS.findall(term.english))
    capitals = len(term.english) - len(term.english.lstrip(_CAPITALS))
    return (len(written) >= LONG_NAME and capitals == 1) or written[:capitals] == term.english[:capitals]


def _is_name(term: _Term, text: str, start: int, end: int) -> bool:
    """Whether a word is written as a name within a sentence: `Fan et al.` has no fan, and of `Transformers`, the
    library, `Transformer` is no rendering. A sentence may begin so, and so does every word of a title."""
    written = text[start:end]
    if written[0] == "\\" and written[1:].isalpha():
        return True  # `\\subset` by itself is a sign of a formula
    if len(term.words) > 1 or term.english[0].isupper() or not written[0].isupper() or written[:-1].isupper():
        return False
    if not re.search(r"[^\s.!?:]\s+$", text[:start]):
        return False
    return written[:-1] in term.renderings or not (written in term.renderings or _is_title(text))


def _is_unmistakable(english: str, tables: int) -> bool:
    """Whether a term that so many tables have means the same in any field: by its length or by a word that is no
    ordinary English."""
    parts = english.split()
    if parts[0].lower() in _SMALL or parts[-1].lower() in _SMALL:
        return False  # a phrase of any text, `prior to`
    rare = tables > 1 or any(not is_common(part.lower()) for part in parts)
    return "-" not in english and (len(parts) > 2 or (len(parts) == 2 and rare))


def _is_title(text: str) -> bool:
    long = [word for word in text.split() if len(word) > 3]
    return sum(word[0].isupper() for word in long) > len(long) / 2
