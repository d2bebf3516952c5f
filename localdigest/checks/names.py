"""Names of models, data sets and metrics in a draft against those of its source: lost, unsupported, invented.

Case, hyphens, spaces and a plural's s do not count. A figure counts with what it stands behind: GPT-3.5 on 4 GPUs makes
no GPT-4.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from localdigest.checks.registry import BULLET, MARK, TEXT, Case, check
from localdigest.language.profile import SOURCE, Language
from localdigest.text import spans, words

_OWN_WORK = re.compile(
    r"\b(?:we|our|ours|us)\b|\bthe proposed\b|\bthis (?:paper|work|report|study|model|system|framework|method|approach)"
    r"|^(?:it|its|the (?:model|system|method|framework|approach))\b",
    re.IGNORECASE,
)
"""How a sentence speaks of the paper's own work."""
_STOP_WORDS = frozenset(
    "a an the of to in on at by for from with into as and or nor but if so than then is are was were be been being "  # noqa: SIM905
    "it its this that these those we our they their which who not no can may will would has have had".split()
)
_COMMON = frozenset("AI API APP CO2 CPU GPU ID IT OK PC SNS TV UI URL".split())  # noqa: SIM905
"""What Chinese, Japanese and Korean say for words that are not written so in English."""
_MODALITY = "text|speech|audio|music|image|video|sequence|end"
_EXPANSION = re.compile(r"[（(]((?:[A-Za-z]{2,}[ -]){1,6}[A-Za-z]{2,})[)）]")
_TAIL = re.compile(r"(?<=[A-Z]{2})[a-z]{3,}$")
_NUMBER = r"\d++(?:\.\d++)*+"
_MODALITIES = re.compile(rf"\b({_MODALITY}) to ({_MODALITY})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a text has of names, folded, and the initials of its phrases."""

    words: frozenset[str]
    initials: frozenset[str] = frozenset()

    def has(self, part: str) -> bool:
        folded = _folded(part)
        return bool(folded & self.words) or bool(folded & self.initials) or part.removesuffix("s") in self.initials

    def has_all(self, name: str, parts: Sequence[str]) -> bool:
        """Whether it has the name, or else each of its parts."""
        return self.has(name) or (bool(parts) and all(map(self.has, parts)))


@check("name-missing", of=TEXT, ask="keep", order=250)
def missing(case: Case) -> list[str]:
    """A proper name that a translation lost or altered."""
    wanted = spans.proper_names(case.source_names)
    known = _Known(_joined(unicodedata.normalize("NFKC", case.draft), case.language) if wanted else frozenset())
    # ATPase may be ATP酶, and what the glossary renders (IoT) is no name.
    lost = [name for name in wanted if not known.has(name) and not known.has(_TAIL.sub("", name))]
    return [name for name in lost if not ((rendered := case.rendered(name)) and re.search(rendered, case.draft))]


@check("name-unsupported", of=BULLET, weight=MARK, ask="invented", order=285)
def unsupported(case: Case) -> list[str]:
    """A name in a bullet that its evidence does not have; initials of words there will do (WER)."""
    # The system that the paper's title names before its colon needs no evidence where the evidence speaks of the
    # paper's own work without naming it; where it tells of others, the model may have taken one for the other.
    head, colon, _ = case.title.partition(":")
    own = head if colon and len(head) <= 40 and _OWN_WORK.search(case.source) else ""
    found = list(case.names)
    if not case.language.latin:  # a capital alone makes a name, where nothing else is in Latin letters
        found += [t for t in spans.NAME.findall(case.prose) if t[0].isupper() and len(t) > 2 and t not in found]
    return _unknown(found, f"{case.source} . {own}", case.language)


@check("name-invented", of=TEXT, ask="invented", order=260)
def invented(case: Case) -> list[str]:
    """A name in a translation that neither its source has nor what else was given for it: title, terms' renderings."""
    heads = {_TAIL.sub("", name) for name in case.source_names}
    found = [name for name in case.names if name.removesuffix("s") not in _COMMON and name not in heads]
    if not found:
        return []
    # What is translated is said in other words often: TTS, for Text to Speech.
    source = unicodedata.normalize("NFKC", case.source)
    said = re.sub(rf" ({'|'.join(_STOP_WORDS)}) (?=[A-Za-z])", r"-\1-", source, flags=re.IGNORECASE)
    given = " . ".join((source, said, case.title, *itertools.chain(*case.terms.values())))
    unknown = _unknown(found, given, case.language)
    if not case.language.latin:
        return unknown
    # A language in Latin letters has initials of its own (KI, IA): there, capitals alone count only if they are a
    # letter off the source's, TIMID for TIMIT.
    own = [part for name in spans.names(source) for part in _parts(name)]
    return [name for name in unknown if any(_is_odd(part, own) for part in _parts(name) if spans.is_name(part))]


@check("name-invented", of=TEXT, ask="invented", order=265)
def expanded(case: Case) -> Iterator[str]:
    """Initials spelled out in brackets where the source does not: BLR（Broad Line Region）."""
    given = set(words.words(" ".join((case.source, case.title, *itertools.chain(*case.terms.values())))))
    for phrase in _EXPANSION.findall(case.prose) if not case.language.latin else ():
        if len(set(words.words(phrase)) - given) > 1:
            yield phrase


def _is_odd(part: str, own: Sequence[str]) -> bool:
    return not re.fullmatch("[A-Z]+s?", part) or (part not in own and any(words.is_near(part, name) for name in own))


def _unknown(found: Sequence[str], text: str, language: Language) -> list[str]:
    if not found:
        return []
    text = unicodedata.normalize("NFKC", text)
    known = _Known(_joined(text, SOURCE), _initials(text))
    # Of DNS-Challenge-Sitzung, in a German text, the parts that are names must be known, not the German one.
    return [
        name
        for name in found
        if not known.has_all(name, [p for p in _parts(name) if not language.latin or spans.is_name(p)])
    ]


def _folded(name: str) -> set[str]:
    bare = re.sub(r"[^a-z0-9]", "", name.casefold())
    return {bare, bare.removesuffix("s")}


def _parts(name: str) -> list[str]:
    """Of `Qwen2.5-Audio-based`: Qwen25, Audio and based, each of which the evidence may have by itself."""
    parts: list[str] = []
    for part in re.split(r"[-_./+]", name):
        if part.isdigit() and parts:
            parts[-1] += part
        elif part:
            parts.append(part)
    return parts or [name]


def _joined(text: str, language: Language) -> frozenset[str]:
    """Up to five neighbouring tokens of `text` run together, with and without a plural's s."""
    joined = {re.sub("[^a-z0-9]", "", stem + number) for stem, number in _series(text.casefold(), language)}
    tokens = [(match[0].casefold(), match.start(), match.end()) for match in re.finditer(r"[A-Za-z0-9]+", text)]
    for first, (word, _, end) in enumerate(tokens):
        joined.add(word)
        for token, start, after in tokens[first + 1 : first + 5]:
            if token.isdigit() and re.search(r"[^\s.]|\.\s", re.sub(r"[-–_/+'’^{}$\\~]", "", text[end:start])):
                break  # `Qwen2. 5 days`, `Qwen, 2 sets`
            word, end = word + token, after
            joined.add(word)
    return frozenset(joined | {word.removesuffix("s") for word in joined})


@functools.cache
def _listed(language: Language) -> re.Pattern[str]:
    words = "|".join(dict.fromkeys((*SOURCE.conjunctions.split(), *language.conjunctions.split())))
    link, stops = rf"\s?(?:,|、|，|&|{words})\s?(?:and |or )?", "|".join(_STOP_WORDS)
    return re.compile(
        rf"(?<![A-Za-z-])([A-Za-z]+(?:-[A-Za-z]+)*)[-– ]?{_NUMBER}"
        rf"((?:(?:\s?/\s?|{link}[-–]){_NUMBER})+|(?:{link}{_NUMBER})+(?!\s?(?!(?:{stops})\b)[A-Za-z%个個种種]))"
    )


def _series(text: str, language: Language) -> Iterator[tuple[str, str]]:
    """AISHELL-1/2, AISHELL-1 and -2, AISHELL-1 and 2; not AISHELL-1 and 2 other sets."""
    for match in _listed(language).finditer(text):
        for number in re.findall(_NUMBER, match[2]):
            yield match[1], number
            yield match[1].rpartition("-")[2], number


def _initials(text: str) -> frozenset[str]:
    """Initials of two to six neighbouring words: `wer`, of word error rate, in small letters.

    A word like `of` stands in them in hyphened words only (`tts`, `snr`), or small as the name has it: `MoE`.
    """
    found = set[str]()
    text = re.sub(r"state of the art", "state-of-the-art", text, flags=re.IGNORECASE)
    text = _MODALITIES.sub(r"\1-to-\2", text)
    for phrase in re.findall(r"[A-Za-z][\w'’-]*(?: +[A-Za-z][\w'’-]*)*", text):
        words = phrase.split()
        for first in range(len(words)):
            ways = [("", True)]
            for count, word in enumerate(words[first : first + 6]):
                stop = word.casefold() in _STOP_WORDS
                if stop and not count:
                    break
                ways = [(way + more, plain and not stop) for way, plain in ways for more in _letters(word, stop)]
                if not stop:
                    found |= {way.casefold() if plain else way for way, plain in ways if len(way) > 1}
    return frozenset(found)


def _letters(word: str, stop: bool) -> set[str]:
    if stop:
        return {word[0].lower()}
    pieces = [piece for piece in word.split("-") if piece]
    plain = [piece for piece in pieces if piece.casefold() not in _STOP_WORDS]
    return {"".join(piece[0].upper() for piece in each) for each in (pieces, plain or pieces)}
