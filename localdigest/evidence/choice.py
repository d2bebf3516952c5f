"""Which sentences of a paper speak for which part of its breakdown. Pure: a Document in, groups of sentences out.

A small model cannot choose from a long paper (docs/models.md), so the program does: each sentence is scored for each
part by its section, cue phrases, figures and its closeness to the paper's title and abstract; the best are taken with
an eye on variety, joined with the neighbour they lean on, and kept in the paper's order.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from localdigest.evidence import captions
from localdigest.evidence.cues import ANY, CUES, STOP, WEIGHTS
from localdigest.evidence.sections import roles
from localdigest.records import PARTS, Document, Paper, PartName, Sentence

GROUP_CHARS = 520
"""Longest group, about 120 tokens: what a 1.5B model still condenses into one sentence without losing half."""
SHORTEST, LONGEST = 45, 480
"""Characters of a sentence worth choosing: below, headings and fragments; above, enumerations and formulas."""
SHORT_GROUP = 130
"""Characters below which a group takes the next sentence too: alone it would make a bullet of little content."""
ENOUGH, GOOD = 2, 2.0
"""Groups that a part gets whatever their score, and the score that any more must have."""
ALIKE = 0.5
"""Share of common words from which two groups say the same (an abstract and its introduction often do)."""

_FIGURE = re.compile(r'(?<![\w.“”"-])(?!(?:19|20)\d\d\b)\d+(?:,\d{3})*(?:\.\d+)?(?![\d.]*[BMKk]\b|-?[a-z]*-[A-Z])')
"""A figure a reader would want: not a year, nor the size in a model's name (1.7B)."""
_REFERENCE = re.compile(
    r"\[[\d, –-]+\]|\([^()]*\b(?:19|20)\d\d[a-z]?\)"
    r"|\b(?:Section|Table|Figure|Fig\.|Eq\.|[Ss]tage)s? ?\(?\d[\d.]*"
)
"""What has digits but no figures: `[12, 13]`, `(Conneau et al., 2023)`, `Table 5`, `Gemini 2.5 Pro`."""
_UNREAL = re.compile(
    r"^if\b|, if (?:an?|the|one|you|we)\b|\b(?:(?:will|would|should) (?:be|have|not|provide)|may|must)\b"
    r"|\bwe (?:then )?present\b|\b(?:is|are) (?:calculated|computed|weighted|intended|required)\b"
    r"|\b(?:in order to be|aims? to|(?:is|are) to)\b|^[a-z]+ \d{1,2}, \d{4}: ",
    re.IGNORECASE,
)
"""Said of what is planned, asked for, only announced (an entry of a timetable: `October 9, 2020: Deadline for ...`), or
of how it is counted: no result."""
_ABOUT_THE_TEXT = re.compile(rf"{ANY['text'].pattern}|[:;]$", re.IGNORECASE)
_LEANS = re.compile(
    rf"^(?!\w+ this (?:paper|work|report|study|section|article)\b)(?:{ANY['leans'].pattern}"
    r"|[^,]{0,60}, (?:this|these|it|they)\b|(?:[\w'-]+ ){1,6}(?:these|this)\b)",
    re.IGNORECASE,
)
"""A sentence that says little without the one before it."""
_SYMBOLS = re.compile(r"[=∈∑∏√≤≥→←↑↓∥⊙⊕θλμσαβγδε{}|\\^_~]")
_JOINING = re.compile(rf"{ANY['joining'].pattern}|[a-z]s\b", re.IGNORECASE)
"""What a sentence has among its first words; the labels of a figure that ran into one have not."""
_UNSAID = re.compile(r"\b(?:is|was|were|of|to|by|at|than|about) [.,;)]")
"""`the average was .`: the figure is a formula that the text does not have, and a model would make one up."""
LABELS = 8
"""Words in which a joining one comes."""
_NAME = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z]|\w*[a-z]\w*[A-Z]|[\w-]*\d)(?!\d+\b)[\w-]{3,}")
"""In a title, what looks like the name of a system: `Kimi-Audio` by its hyphen, `GLM-TTS`, `Qwen3`."""


@dataclass(frozen=True, slots=True)
class Group:
    """One to three neighbouring sentences that become one point."""

    part: PartName
    sentences: tuple[Sentence, ...]
    score: float

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)


def words(text: str) -> list[str]:
    """Content words, lower case and without a plural's s."""
    return [w.rstrip("s") for w in re.findall(r"[a-z][a-z0-9]+", text.lower()) if w not in STOP]


def figures(text: str) -> list[str]:
    """What figures of `text` a reader would want, as written; neither years nor references nor sizes of models."""
    return _FIGURE.findall(_REFERENCE.sub("", text))


def select(document: Document, paper: Paper, counts: Mapping[PartName, int]) -> dict[PartName, list[Group]]:
    """Up to `counts[part]` groups for each part, in the order of the paper; no sentence serves two parts."""
    sentences = document.sentences
    tokens = [words(s.text) for s in sentences]
    frequency = Counter(w for ws in tokens for w in set(ws))
    rarity = {w: math.log(1 + len(sentences) / n) for w, n in frequency.items()}
    topic = Counter(words(paper.title) * 3 + words(paper.abstract))
    closeness = [_closeness(ws, topic, rarity) for ws in tokens]
    role = roles(document)
    names = _NAME.findall(paper.title)
    # A family's other members are its own too: of `Qwen3-ASR`, `Qwen3-ForcedAligner`.
    names += [stem for name in names if _NAME.fullmatch(stem := name.partition("-")[0])]
    place: Counter[str] = Counter()
    signs = []
    for i, sentence in enumerate(sentences):
        place[sentence.section] += 1
        signs.append({"closeness": closeness[i], **_signs(sentence.text, role[i], place[sentence.section], names)})
    chosen: dict[PartName, list[Group]] = {}
    used: set[int] = set()
    # Results first: they are the rarest; the field and its problems are said more than once.
    order: tuple[PartName, ...] = ("results", "method", "background")
    for part in order:
        scores = [_score(part, *each) for each in zip(sentences, role, signs, strict=True)]
        chosen[part] = _pick(part, counts.get(part, 0), sentences, tokens, scores, used)
    return {part: chosen[part] for part in PARTS}


def _closeness(tokens: Sequence[str], topic: Mapping[str, int], rarity: Mapping[str, float]) -> float:
    weight = sum(rarity[w] for w in tokens)
    return sum(rarity[w] for w in tokens if w in topic) / weight if weight else 0.0


def _score(part: PartName, sentence: Sentence, role: str, signs: Mapping[str, float]) -> float:
    text = sentence.text
    # What a caption leans on is not known.
    if sentence.kind == "caption" and (
        part != "results" or signs["leans"] or not captions.reports(text, int(signs["figures"]))
    ):
        return -math.inf
    if role == "skip" or not SHORTEST <= len(text) <= LONGEST or text[0].islower():
        return -math.inf
    return sum(weight * signs.get(sign, 0) for sign, weight in WEIGHTS[part].items())


def _signs(text: str, role: str, place: int, names: Collection[str]) -> dict[str, float]:
    """What speaks for a sentence and against it, by the names in cues.toml; `place` is that in its section."""
    known = len(figures(text))
    own = any(name in text for name in names)
    own_work = bool(own or ANY["own"].search(text))
    return {
        f"role {role}": 1,
        **{name: bool(cue.search(text)) for name, cue in CUES.items()},
        "own": own,
        "own work in background": role == "background" and own_work,
        "other in abstract": role == "abstract" and not own_work,
        "others' system": not own and _system_of_others(text),
        "problems": len(set(map(str.lower, ANY["problem"].findall(text)))) > 1,
        "figures": known,
        "some figures": min(known, 4),
        "no figures": not known,
        "early": max(0.0, 1.5 - 0.25 * place) if role in ("abstract", "background") else 0,
        "unreal": bool(_UNREAL.search(text)),
        "labels": bool(_labels(text) or _UNSAID.search(text)),
        "text": bool(_ABOUT_THE_TEXT.search(text)),
        "leans": bool(_LEANS.match(text)),
        "backward": bool(ANY["backward"].match(text)),
        "reference": bool(re.search(r"\b(Figure|Fig\.|Table|Section|Eq\.) ?\(?\d", text)),
        "symbols": len(_SYMBOLS.findall(text)),
        "citations": max(0, text.count("[") - 2),
    }


def _system_of_others(text: str) -> bool:
    """Whether what a named system of others achieves is said: the first name stands before the first such verb."""
    verb = ANY["verdict"].search(text)
    return bool(verb and _NAME.search(re.sub(r"^(?:On|For|In|Across|At) [^,]*,", "", text[: verb.start()])))


def _labels(text: str) -> bool:
    """Whether it begins with labels of a figure or table: many words and none that joins them."""
    return not _JOINING.search(" ".join(text.split()[:LABELS]))


def _pick(
    part: PartName,
    count: int,
    sentences: Sequence[Sentence],
    tokens: Sequence[Sequence[str]],
    scores: Sequence[float],
    used: set[int],
) -> list[Group]:
    """The best seeds one by one; a section already heard from, and words already said, count against a seed."""
    groups: dict[int, tuple[int, ...]] = {}
    heard: Counter[str] = Counter()
    said: list[set[str]] = []
    while len(groups) < count:
        # A part is filled with something; after that, fewer bullets are better than beside the point.
        best, best_score = -1, 0.0 if len(groups) < ENOUGH else GOOD
        for i, score in enumerate(scores):
            if i in used or score == -math.inf:
                continue
            score -= 0.45 * heard[sentences[i].section]
            if score > best_score and not any(_overlap(set(tokens[i]), other) > ALIKE for other in said):
                best, best_score = i, score
        if best < 0:
            break
        members = _with_neighbours(best, sentences, scores, used)
        used.update(members)
        heard[sentences[best].section] += 1
        said.append({w for i in members for w in tokens[i]})
        groups[members[0]] = members
    found = [
        Group(part, tuple(sentences[i] for i in members), scores[members[0]]) for _, members in sorted(groups.items())
    ]
    if part == "background":
        found.sort(key=lambda group: bool(ANY["problem"].search(group.text)))  # first the field, then what fails in it
    return found


def _overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


def _with_neighbours(
    seed: int, sentences: Sequence[Sentence], scores: Sequence[float], used: set[int]
) -> tuple[int, ...]:
    """The seed, what it leans on before it, and what leans on it after it, within one section and GROUP_CHARS."""
    members = [seed]
    size = len(sentences[seed].text)

    def joins(i: int) -> bool:
        return (
            0 <= i < len(sentences)
            and i not in used
            and sentences[i].section == sentences[seed].section
            and sentences[i].kind == sentences[seed].kind == "text"  # beside a caption stands what is of elsewhere
            and scores[i] > -math.inf
            and not (_ABOUT_THE_TEXT.search(sentences[i].text) or _UNSAID.search(sentences[i].text))
            and size + len(sentences[i].text) <= GROUP_CHARS
        )

    if _LEANS.match(sentences[seed].text) and joins(seed - 1):
        members.insert(0, seed - 1)
        size += len(sentences[seed - 1].text)
    leaning = joins(seed + 1) and _LEANS.match(sentences[seed + 1].text) and scores[seed + 1] > 0
    if leaning or (size < SHORT_GROUP and joins(seed + 1) and scores[seed + 1] > -0.5):
        members.append(seed + 1)
    return tuple(members)
