"""Terms with their renderings: which of them a text holds. Pure but for reading the files.

The shipped ones are `prompts/<language>/terms/*.tsv`, a workspace's own `glossary/<language>.tsv`: an English term, a
tab, its renderings parted by `/` (the first is offered to the model, all are accepted; one with `!` before it is a
mistake, which the first takes the place of), `#` starts a comment. A workspace's terms go before the shipped ones, and
one without a rendering takes the shipped term out. A language made of another has the other's terms, converted, where
it has no file of its own.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localdigest.errors import ConfigError
from localdigest.language import han
from localdigest.language.profile import PROMPTS, Language, find

Renderings = tuple[str, ...]


@dataclass(frozen=True)
class Glossary:
    """The terms of one language, by their normal form (lower case, spaces for hyphens)."""

    terms: Mapping[str, Renderings]

    @functools.cached_property
    def fingerprint(self) -> str:
        """sha256 of the terms: a changed glossary makes new work. Empty without terms."""
        lines = "\n".join(f"{english}\t{'/'.join(renderings)}" for english, renderings in sorted(self.terms.items()))
        return hashlib.sha256(lines.encode()).hexdigest()[:16] if lines else ""

    def find(self, text: str) -> dict[str, Renderings]:
        """The terms in `text`, each as it is first written there, longest first where they overlap: of
        `speech recognition model`, not `model`. Case, hyphens and a plural's ending do not matter."""
        found: dict[str, Renderings] = {}
        for match in self._pattern.finditer(_folded(text)) if self.terms else ():
            renderings = self.terms[_normal(match[1])]
            term = text[match.start() : match.end()]
            if renderings not in found.values() and not _is_name(term, renderings, text[: match.start()]):
                found[term] = renderings
        return found

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        either = _either(sorted(self.terms, key=len, reverse=True), 2)
        # Not a part of a longer name: `token` in `token_ids`, `encoder` in `mT5-encoder`, `Codec` in `Codec-SUPERB`.
        return re.compile(rf"(?<![\w/.-])({either})(?:e?s)?(?![\w/]|-[a-z\d])")


NONE = Glossary({})


def offered(terms: Mapping[str, Renderings]) -> dict[str, str]:
    """Of each term the rendering that the model is offered: the first."""
    return {english: renderings[0] for english, renderings in terms.items()}


def put_right(terms: Mapping[str, Renderings]) -> dict[str, str]:
    """What to replace in a draft, by what: a term left in English, and a mistake (`!变压器` for `transformer`) that no
    hint keeps a small model from, unless another term of the text is called so."""
    right = {rendering for renderings in terms.values() for rendering in renderings}
    mistakes = {wrong[1:]: renderings[0] for renderings in terms.values() for wrong in renderings if wrong[0] == "!"}
    return offered(terms) | {wrong: first for wrong, first in mistakes.items() if wrong not in right}


def load(language: str, own: Path | None = None) -> Glossary:
    """The glossary of `language`: the shipped terms, and before them those of the folder `own`.

    Raises ConfigError, naming file and line, for a line that is not a term and its renderings.
    """
    profile = find(language)
    terms = _terms(profile, lambda code: sorted((PROMPTS / code / "terms").glob("*.tsv")))
    if own:
        terms |= _terms(profile, lambda code: [path for path in [own / f"{code}.tsv"] if path.is_file()])
    return Glossary({english: renderings for english, renderings in terms.items() if renderings})


def _terms(language: Language, files: Callable[[str], Sequence[Path]]) -> dict[str, Renderings]:
    paths, convert_to = files(language.code), None
    if not paths and language.made_of:
        paths, convert_to = files(language.made_of), language
    return {english: renderings for path in paths for english, renderings in _parse(path, convert_to).items()}


def _parse(path: Path, convert_to: Language | None) -> dict[str, Renderings]:
    terms: dict[str, Renderings] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            "{path}: not UTF-8 text ({reason} at byte {start})", path, error.reason, error.start
        ) from error
    if convert_to:
        text = han.converted(text, convert_to)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        english, *rest = (cell.strip() for cell in line.split("\t"))
        if not english or len(rest) > 1:
            raise ConfigError(
                "{path}, line {number}: a term, a tab and its renderings (parted by /) are expected", path, number
            )
        renderings = rest[0].split("/") if rest else []
        terms[_normal(english)] = tuple(r.strip() for r in renderings if r.strip(" !"))
        if terms[_normal(english)][:1] and terms[_normal(english)][0].startswith("!"):
            raise ConfigError(
                "{path}, line {number}: the first rendering is the right one and has no ! before it", path, number
            )
    return terms


def _is_name(term: str, renderings: Renderings, before: str) -> bool:
    """Whether it is `Transformers`, the library, for which `Transformer` is no rendering; a sentence may begin so, and
    initials have a plural, GPUs."""
    return term[:-1] in renderings and not term[:-1].isupper() and bool(re.search(r"[^\s.!?:]\s+$", before))


def _either(terms: Sequence[str], shared: int) -> str:
    """A pattern for `terms`, of those that begin alike the first before the others. As many letters as `shared` are
    written once for all of them, so that a word is compared with few."""
    if not shared:
        return "|".join(r"[\s-]+".join(map(re.escape, term.split(" "))) for term in terms)
    by_letter: dict[str, list[str]] = {}
    for term in terms:
        by_letter.setdefault(term[:1], []).append(term[1:])
    return "|".join(
        f"{_either([letter], 0)}(?:{_either(rest, shared - 1)})" if letter else "" for letter, rest in by_letter.items()
    )


_FOLDS = str.maketrans({"İ": "i", "ı": "i", "ſ": "s"})


def _folded(text: str) -> str:
    """`text` in lower case, letter for letter, so that places in it are places in the text: a pattern that minds case
    is twice as fast."""
    return text.lower() if text.isascii() else text.translate(_FOLDS).lower()


def _normal(term: str) -> str:
    return re.sub(r"[\s-]+", " ", term.lower())
