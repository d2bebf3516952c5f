"""What can be seen of each sentence of a paper that tells whether it carries a key fact, and of which part. Pure.

Everything here is a plain count or share: where it stands, how close it is to the abstract's claims and to the title,
what kinds of words it has. What each counts for is fitted (weights.toml), not decided here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from localdigest.evidence.cues import ASIDE, CLAIMS, CUES, OTHERS, ROADMAP, STOP
from localdigest.evidence.sections import roles
from localdigest.records import Paper
from localdigest.records.reading import Document, Mark, Sentence
from localdigest.text.marks import marks, unmarked
from localdigest.text.spans import contacts

OPENING = 6
"""Sentences that stand for an abstract where none can be told from the body (letters without headings)."""
MOST_CLAIMS = 16
"""Sentences of an abstract; what is longer is a body without headings."""
LISTED = 0.8
"""Share of a sentence's words that the listing's abstract has, where it is of the abstract."""
_WORD = re.compile(r"[a-z]+(?:[-.'’][a-z0-9]+)*|\d+")
_FIGURE = re.compile(r'(?<![\w.“”"-])(?!(?:19|20)\d\d\b)\d+(?:,\d{3})*(?:\.\d+)?(?![\d.]*[BMKk]\b|-?[a-z]*-[A-Z])')
"""A figure a reader would want: not a year, nor the size in a model's name (1.7B)."""
_SYMBOLS = re.compile(r"[=∈∑∏√≤≥→←↑↓∥⊙⊕θλμαβγδε{}|\\^_∫∂∞⟨⟩]")
_PRECISE = re.compile(r"±|\d ?%|σ\b|\bp ?[<=>]|\d\.\d")
_MEASURED = re.compile(r"=\s*[−-]?\d[\d.]*\s*±\s*\d|\d\s*\(?stat\b")
_LEANS = re.compile(
    r"(?:(?:however|but|moreover|also|then|thus|hence|therefore|finally|furthermore|in addition|consequently),? )?"
    r"(?:this|these|those|it|they|its|their|such|both|he|she|the (?:former|latter))\b"
    r"(?! (?:paper|work|study|report|letter|article|section|review)\b)",
    re.IGNORECASE,
)

_STANDS_FOR = re.compile(
    r"(?:(?:however|but|moreover|also|then|thus|hence|therefore|finally|furthermore|in addition|consequently),? )?"
    r"(?:(?:it|they|he|she|both of (?:them|these)|the (?:former|latter)|its|their)\b"
    r"|th(?:is|ese) (?:also |can |could |may |will |would |has |have |is|are|was|were|allows?|leads?|enables?|makes?"
    r"|means|requires?|gives?|provides?|results? in)\b)",
    re.IGNORECASE,
)
"""`It relies on`, `This allows`: a subject that is told before. `This result shows` names its own. Nothing is told
before `It is known that`."""
_TELLS_ITSELF = re.compile(
    r"\bit (?:is|was|has been|can be|turns out|remains|appears|seems|follows)\b[^.]*\b(?:that|to|whether|how)\b",
    re.IGNORECASE,
)


_OWNER = re.compile(r"[A-Z][A-Za-z0-9-]*\.(?:ai|AI|NET)")
"""`Z.ai` is whose a model is, `ASP.NET` what a program is made with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A paper's sentences with what the choice looks at."""

    sentences: tuple[Sentence, ...]
    roles: tuple[str, ...]
    claims: tuple[int, ...]
    """Places of the abstract's sentences, or of those that stand for them."""
    signs: tuple[Mapping[str, float], ...]
    bags: tuple[frozenset[str], ...]
    """The content words of each sentence."""
    rarity: Mapping[str, float]
    weight: tuple[float, ...]
    """Of each sentence's words together, the rare ones counting more."""

    def alike(self, a: int, b: int) -> float:
        """Share of common words, 0 to 1."""
        common = sum(map(self.rarity.__getitem__, self.bags[a] & self.bags[b]))
        return common / math.sqrt(self.weight[a] * self.weight[b])


def words(text: str) -> list[str]:
    """Content words, lower case and without a plural's s."""
    return [w.rstrip("s") for w in re.findall(r"[a-z][a-z0-9]+", text.lower()) if w not in STOP]


def figures(text: str, marked: Collection[Mark] | None = None) -> list[str]:
    """What figures of `text` a reader would want, as written; neither years nor sizes of models, nor what its marks
    name, which are looked for where nobody has."""
    named = marks(text) if marked is None else [mark for mark in marked if mark.kind != "formula"]
    return _FIGURE.findall(unmarked(text, named))


def leans(text: str) -> bool:
    """Whether a sentence says little without the one before it."""
    return bool(_LEANS.match(text))


def stands_for(text: str) -> bool:
    """Whether a sentence's subject is a pronoun for what is told before it."""
    return bool(_STANDS_FOR.match(text)) and not _TELLS_ITSELF.match(text)


def see(document: Document, paper: Paper) -> Seen:
    read = [(s, role) for s, role in zip(document.sentences, roles(document), strict=True) if s.kind != "footnote"]
    sentences, found = tuple(s for s, _ in read), tuple(role for _, role in read)
    bags = tuple(frozenset(words(s.text)) for s in sentences)
    frequency = Counter(word for bag in bags for word in bag)
    rarity = {word: math.log(1 + len(sentences) / n) for word, n in frequency.items()}
    weight = tuple(sum(map(rarity.__getitem__, bag)) or 1.0 for bag in bags)
    seen = Seen(sentences, found, tuple(_claims(sentences, found, bags, paper.abstract)), (), bags, rarity, weight)
    placed, told = _places(seen), _closeness(seen, paper)
    known: dict[str, frozenset[str]] = {}
    return replace(
        seen,
        signs=tuple(
            {**placed[i], **told[i], **_looks(s), **dict.fromkeys(_cues(s.text, known), 1.0)}
            for i, s in enumerate(sentences)
        ),
    )


def aside(text: str) -> bool:
    """Whether it tells where files are, plans, thanks or how the text goes on: no fact of the paper."""
    return ASIDE.fits(_WORD.findall(text.lower())) or any(way.search(text) for way in ROADMAP) or boasts(text)


def measures(text: str) -> bool:
    """Whether it gives a value with its uncertainty: a result wherever it stands."""
    return bool(_MEASURED.search(text))


def tells_of_others(text: str) -> bool:
    """Whether its subject is somebody else's work."""
    return bool(OTHERS.match(text))


def boasts(text: str) -> bool:
    """Whether it praises itself, tells its reader what to do, or advertises an address: a claim, and no fact."""
    return any(claim.search(text) for claim in CLAIMS) or any(
        not _OWNER.fullmatch(text, start, end) for start, end in contacts(text)
    )


def _claims(
    sentences: Sequence[Sentence], found: Sequence[str], bags: Sequence[frozenset[str]], abstract: str
) -> list[int]:
    """Places of the abstract's sentences: by their heading, else by the words of the one that the listing has. Where
    there is none, those of the conclusion of a paper that begins with a heading, or the opening ones of a letter."""
    text = [i for i, sentence in enumerate(sentences) if sentence.is_body and found[i] != "skip"]
    listed = frozenset(words(abstract))
    early = text[: 2 * MOST_CLAIMS]
    for places in (
        [i for i in text if found[i] == "abstract" and i < max(20, len(sentences) // 4)],
        [i for i in early if len(bags[i] & listed) > LISTED * len(bags[i])],
        [i for i in text if found[i] == "conclusion" and found[0] != "abstract" and sentences[0].section][:MOST_CLAIMS],
    ):
        if 2 <= len(places) <= MOST_CLAIMS:
            return places
    return text[:OPENING]


def _places(seen: Seen) -> list[dict[str, float]]:
    """Where each sentence stands: in the paper, in its section, and what its heading says."""
    count, after = len(seen.sentences), 0
    if seen.claims and seen.claims[0] < count // 2:
        after = seen.claims[-1] + 1
    so_far: Counter[str] = Counter()
    places = []
    for i, sentence in enumerate(seen.sentences):
        so_far[sentence.section] += 1
        role = "abstract" if i in seen.claims else seen.roles[i]
        places.append(
            {
                f"role {role}": 1.0,
                "place": i / count,
                "intro": math.exp((after - i) / 15) if i >= after else 0.0,
                "opens": 1 / so_far[sentence.section],
            }
        )
    return places


def _closeness(seen: Seen, paper: Paper) -> list[dict[str, float]]:
    """How close each sentence is to the claims and the title."""
    title = frozenset(words(paper.title))
    outlined = frozenset(word for i in seen.claims for word in seen.bags[i])
    last, own = max(1, len(seen.claims) - 1), {i: place for place, i in enumerate(seen.claims)}
    found = []
    for i, bag in enumerate(seen.bags):
        others = ((seen.alike(i, claim), place) for claim, place in own.items() if claim != i)
        nearest, place = max(others, default=(0.0, last / 2))
        told = {"claim": nearest, "title": sum(map(seen.rarity.__getitem__, bag & title)) / seen.weight[i]}
        if i in own:
            told["abstract place"] = own[i] / last - 0.5
        else:
            told["claim place"] = (place / last - 0.5) * nearest
            told["outline"] = sum(map(seen.rarity.__getitem__, bag & outlined)) / seen.weight[i]
        found.append(told)
    return found


def _looks(sentence: Sentence) -> dict[str, float]:
    """What can be told from the sentence alone, beside its words."""
    text = sentence.text
    return {
        "length": math.log(1 + len(text)),
        "figures": min(len(figures(text, sentence.marks)), 4) / 2,
        "precise": float(bool(_PRECISE.search(text))),
        "symbols": min(len(_SYMBOLS.findall(text)), 6) / 3,
        "citations": min(sum(mark.kind == "reference" for mark in sentence.marks), 4) / 2,
        "leans": float(leans(text)),
        "caption": float(sentence.kind == "caption"),
    }


def _cues(text: str, known: dict[str, frozenset[str]]) -> set[str]:
    """The kinds of words that it has; `known` are the words seen so far."""
    tokens = _WORD.findall(text.lower())
    found = CUES.phrased(tokens)
    for token in tokens:
        if token not in known:
            known[token] = CUES.kinds(token)
        found |= known[token]
    return found
