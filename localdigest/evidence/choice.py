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


def _any(words: str) -> re.Pattern[str]:
    """Any of the alternatives in `words`, which white space parts; `_` stands for a space inside one."""
    either = "|".join(words.split()).replace("_", " ")
    return re.compile(rf"\b(?:{either})\b", re.IGNORECASE)


_PRIOR: Mapping[PartName, Mapping[str, float]] = {
    "background": {"background": 2.0, "abstract": 1.6, "conclusion": -2, "results": -2, "method": -1.5},
    "method": {"background": -1.0, "abstract": 1.2, "conclusion": -0.5, "results": -1.5, "method": 1.8},
    "results": {"background": -1.2, "abstract": 0.6, "conclusion": 0.8, "results": 2.0, "method": -1.0},
}

_CUES: Mapping[PartName, tuple[tuple[float, re.Pattern[str]], ...]] = {
    "background": (
        (1.6, _any("however despite although nevertheless yet unfortunately whereas")),
        (
            1.4,
            _any(
                r"challeng\w+ lack\w* limit(ed|s|ation)\w* struggl\w+ suffer\w* fail\w* difficult\w* insufficient "
                r"bottleneck degrad\w+ fall_short hard_to costly expensive only_focus problem issue gap remain\w*"
            ),
        ),
        (
            0.8,
            _any(
                "existing previous prior conventional traditional(ly)? classical(ly)? current recent(ly)? most widely "
                "essential important indispensable crucial increasing(ly)?"
            ),
        ),
        (-2.0, _any("we our ours the_proposed (in_)?this_(paper|work|report)")),
        (
            -2.5,
            _any(
                r"outperform\w* superior surpass\w* state-of-the-art sota competitive "
                "(experiments|results)_(show|reveal|demonstrate)"
            ),
        ),
    ),
    "method": (
        (
            1.5,
            _any(
                "we_(propose|introduce|present|design|develop|employ|adopt|use|utilize|train|construct|build|collect|"
                "curate|leverage|apply|initialize|provide|add)"
            ),
        ),
        (
            1.0,
            _any(
                "(our|the)_(proposed_)?(model|method|approach|system|framework|architecture|dataset|pipeline|encoder|"
                "decoder|tokenizer|network|training|module|baseline)"
            ),
        ),
        (
            1.0,
            _any(
                r"consists?_of compris\w+ is_(composed|based|trained|initialized|designed|built|divided|derived) "
                r"are_(trained|extracted|generated|concatenated|combined|sampled) based_on in_order_to enabl\w+ maps? "
                "predicts? converts? jointly stages? first then finally"
            ),
        ),
        (-1.5, re.compile(r"\bet al\b|\] (present|propose|use)|^they\b", re.IGNORECASE)),
        (
            -1.2,
            _any(
                r"outperform\w* state-of-the-art sota superior surpass\w* competitive experiments_show "
                "results_(show|demonstrate)"
            ),
        ),
    ),
    "results": (
        (
            1.6,
            _any(
                r"outperform\w* surpass\w* achiev\w+ attain\w* obtain\w* improv\w+ reduc\w+ best superior "
                r"state-of-the-art sota rank(s|ed)? gains? exceed\w* competitive comparable lowest highest"
            ),
        ),
        (
            1.0,
            _any(
                r"wer cer mos dmos pesq accuracy bleu f1 rouge\S* error_rates? scores? latency rtf throughput baseline "
                r"benchmark\w* test_set relative absolute hours"
            ),
        ),
        (0.8, _any(r"results? experiments? evaluat\w+ demonstrat\w+ show(s|n)? observ\w+ compared_(to|with) than")),
        (1.0, _any("(two|three|four|five|several)_(tasks|sub-?tasks|benchmarks)")),
        (-0.8, _any("we_(propose|introduce|design)")),
    ),
}
"""What a sentence says for a part, and how much that counts."""

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
    r"|\b(?:in order to be|aims? to|(?:is|are) to)\b",
    re.IGNORECASE,
)
"""Said of what is planned, asked for, only announced, or of how it is counted: no result."""
_PROBLEM = re.compile(
    r"\b(?:however|despite|although|nevertheless|unfortunately|challeng\w+|lack\w*|limit(?:ed|s|ation)\w*|struggl\w+"
    r"|suffer\w*|fail\w*|insufficient|bottleneck|degrad\w+|fall short|still|only|complicat\w+)\b",
    re.IGNORECASE,
)
_ABOUT_THE_TEXT = re.compile(
    _any(
        r"this_(section|paper_is) the_rest_of remainder is_organi[sz]ed overview_of we_present_the_results "
        r"next,?_we_\w+ we_(briefly|then|now)_(describe|present|discuss) "
        r"(in|see|refer_to)_(section|appendix|figure|fig\.|table) following_(sections?|paper) as_follows listed "
        "described_in will_(review|describe|discuss) footnote https?:"
    ).pattern
    + "|[:;]$",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^(?!\w+ this (?:paper|work|report|study|section|article)\b)(?:"
    + _any(
        "this these those it they its their such the_(former|latter|two|first|second|third|resulting) here both "
        "moreover furthermore also then thus hence therefore finally specifically additionally in_addition in_total "
        "for_example for_instance meanwhile similarly second(ly)? third(ly)? however but in_this_way "
        "to_(this|do_this|achieve_this) in_contrast by_contrast in_summary "
        "(under|with|in|for|by|on|at|from|during|among)_(this|these|those|such|both) (for|in)_the_(latter|former)"
    ).pattern
    + r"|[^,]{0,60}, (?:this|these|it|they)\b|(?:[\w'-]+ ){1,6}(?:these|this)\b)",
    re.IGNORECASE,
)
"""A sentence that says little without the one before it."""
_BACKWARD = re.compile(r"^(?:these|those|both|they|it|its|their)\b", re.IGNORECASE)
"""Speaks of what the sentence before it names; in an introduction that is mostly the paper's own work."""
_SYMBOLS = re.compile(r"[=∈∑∏√≤≥→←↑↓∥⊙⊕θλμσαβγδε{}|\\^_~]")
_OTHERS = re.compile(r"\b(?:achiev|obtain|attain|reach|scor|outperform|surpass|post|report)\w*\b", re.IGNORECASE)
_JOINING = re.compile(
    r"\b(?:the|an?|of|to|in|on|for|with|by|from|at|as|and|or|that|this|these|is|are|was|were|be|been|has|have|had|we"
    r"|our|its?|their|they|can|not|which|while|do|does|will|than)\b|[a-z]s\b",
    re.IGNORECASE,
)
"""What a sentence has among its first words; the labels of a figure that ran into one have not."""
_UNSAID = re.compile(r"\b(?:is|was|were|of|to|by|at|than|about) [.,;)]")
"""`the average was .`: the figure is a formula that the text does not have, and a model would make one up."""
LABELS = 8
"""Words in which a joining one comes."""
_OWN = _any("we our us (the|this|an?)_(proposed|novel|new|paper|work|report|method)")
_NAME = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z]|\w*[a-z]\w*[A-Z]|[\w-]*\d)(?!\d+\b)[\w-]{3,}")
"""In a title, what looks like the name of a system: `Kimi-Audio` by its hyphen, `GLM-TTS`, `Qwen3`."""
_STOP_WORDS = """
the of and to in a is for on with that by as are we be this from an which it can at or our these their has have was
were not also such both between into more than using used use based its each they other all will while
"""
_STOP = frozenset(_STOP_WORDS.split())


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
    return [w.rstrip("s") for w in re.findall(r"[a-z][a-z0-9]+", text.lower()) if w not in _STOP]


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
    chosen: dict[PartName, list[Group]] = {}
    used: set[int] = set()
    # Results first: they are the rarest; the field and its problems are said more than once.
    order: tuple[PartName, ...] = ("results", "method", "background")
    for part in order:
        place: Counter[str] = Counter()
        scores = []
        for i, sentence in enumerate(sentences):
            place[sentence.section] += 1
            scores.append(_score(part, sentence, role[i], closeness[i], place[sentence.section], names))
        chosen[part] = _pick(part, counts.get(part, 0), sentences, tokens, scores, used)
    return {part: chosen[part] for part in PARTS}


def _closeness(tokens: Sequence[str], topic: Mapping[str, int], rarity: Mapping[str, float]) -> float:
    weight = sum(rarity[w] for w in tokens)
    return sum(rarity[w] for w in tokens if w in topic) / weight if weight else 0.0


def _score(
    part: PartName, sentence: Sentence, role: str, closeness: float, place: int, names: Collection[str]
) -> float:
    text = sentence.text
    known, caption = len(figures(text)), sentence.kind == "caption"
    # What a caption leans on is not known.
    if caption and (part != "results" or _LEANS.match(text) or not captions.reports(text, known)):
        return -math.inf
    if role == "skip" or not SHORTEST <= len(text) <= LONGEST or text[0].islower():
        return -math.inf
    score = _PRIOR[part].get(role, 0.0) + 1.5 * closeness
    own = any(name in text for name in names)
    if part == "background" and own:
        score -= 4.0  # what it says of itself is not its background
    own_work = own or _OWN.search(text)
    if part == "method" and role == "background" and own_work:
        score += 1.6  # an introduction's account of the paper's own work
    if part == "method" and role == "abstract" and not own_work:
        score -= 1.5  # an abstract begins with the field
    score += sum(weight for weight, cue in _CUES[part] if cue.search(text))
    if part == "background" and len(set(map(str.lower, _PROBLEM.findall(text)))) > 1:
        score += 0.4  # what fails is what the reader looks for
    if part == "results" and not own and _system_of_others(text):
        score -= 2.0
    if _labels(text) or _UNSAID.search(text):
        score -= 4.0
    if part == "results":
        score += (min(known, 4) * 0.8 or -1.0) - (2.0 if _UNREAL.search(text) else 0.0)
    elif part == "background":
        score -= 0.4 * known
        if role in ("abstract", "background"):
            score += max(0.0, 1.5 - 0.25 * place)  # the field is introduced first
    if _ABOUT_THE_TEXT.search(text):
        score -= 3.5
    if _LEANS.match(text):
        score -= 0.6
    if re.search(r"\b(Figure|Fig\.|Table|Section|Eq\.) ?\(?\d", text):
        score -= 1.0  # it points at what the reader of a digest does not see
    if part == "background" and _BACKWARD.match(text):
        score -= 2.0
    score -= 0.6 * len(_SYMBOLS.findall(text)) + 0.25 * max(0, text.count("[") - 2)
    return score


def _system_of_others(text: str) -> bool:
    """Whether what a named system of others achieves is said: the first name stands before the first such verb."""
    verb = _OTHERS.search(text)
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
        found.sort(key=lambda group: bool(_PROBLEM.search(group.text)))  # first the field, then what fails in it
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
