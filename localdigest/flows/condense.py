"""The breakdown flow for models that condense: the program chooses and groups sentences, the model writes each bullet.

A bullet is bound to the sentences it was written from, so every number and name in it can be checked against them. More
are written than wanted, and the best stay: what rewriting does not mend loses its place (unreadable), is marked (a
number or a name that its evidence does not have) where a part has nothing better, and nothing is said twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from localdigest.checks import figures, mending
from localdigest.checks.registry import BULLET, CODES, MARK, gravest, outcome
from localdigest.evidence import leads, signs
from localdigest.evidence.choice import Group, select
from localdigest.flows import captions, gist, tables
from localdigest.flows.passages import Condensed, Passage
from localdigest.flows.rounds import Draft, Means, drafts
from localdigest.language.glossary import offered
from localdigest.language.profile import find
from localdigest.records import (
    PARTS,
    Breakdown,
    Completion,
    Evidence,
    Finding,
    Paper,
    Part,
    PartName,
    Point,
    Request,
    Sampling,
    Source,
    Usage,
)
from localdigest.records.figures import Figure
from localdigest.records.reading import Document, Sentence
from localdigest.render.words import words_for
from localdigest.text.abbreviations import definitions, expanded
from localdigest.text.spans import mask, unmask

BULLET_CHARS = {"background": 55, "method": 75, "results": 60}
"""Han characters that one group of sentences condenses to, as measured with the starter model."""
LEAD_CHARS = 8
"""Characters of a lead, at most; of Latin letters twice as many take as much room."""
SPARE = 2
"""Bullets written for each part beyond those wanted, for the worst to be left out."""
CARE = 4
"""How much more a bullet's likely rightness counts than what it tells: of 220 bullets of eleven papers that readers
judged, the best ten a paper were right oftenest so (docs/quality.md)."""
PLACED = 2
"""How much more its being of its part counts."""
OWN = 0.6
"""How likely a bullet must be of its part, where that has enough others: of 336 bullets of 20 papers that readers
judged, 46 % of those below stood in the wrong one, 13 % of the others (docs/quality.md)."""
ENOUGH = 2
"""Bullets that a part has before one that is not verified, or that may be another's, is left out."""
SAME = 0.5
"""Share in common (see `_alike`) from which two bullets say the same."""
OF_GIST = 0.8
"""Share of a bullet that the gist has, too, from which it says no more than that."""
OF_SAME = 0.5
"""The same where both were written from one sentence."""
SAME_EVIDENCE = 0.6
"""The same of the words that two were written from."""
SAID_TWICE = outcome("said-twice", "A bullet that says what another one does. It is left out.")
PART_EMPTY = outcome("part-empty", "A part without a bullet.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet(Condensed):
    """A group of sentences to be condensed into one."""

    group: Group
    lead: str = ""
    """Where a model that cites gave one."""
    under: bool = False
    """Whether it goes on with the one before it, and is nothing without that."""


class Translated(Bullet):
    """A group whose sentences are translated, nothing left out."""

    def request(self, sampling: Sampling, problems: Sequence[Finding], *, hints: bool = True) -> Request:
        return replace(self._passage.request(sampling, problems, hints=hints), stop=("\n",))

    def read(self, answer: Completion) -> str:
        text = unmask(answer.text, mask(self.shown)[1])
        return mending.bullet(text, self.shown, find(self.prompt.language))

    def findings(self, text: str, answer: Completion) -> list[Finding]:
        return self._passage.findings(text, answer)

    @property
    def _passage(self) -> Passage:
        return Passage(self.shown, self.title, self.prompt, self.terms)


_Written = tuple[Bullet, Draft]


def explain(
    paper: Paper,
    document: Document,
    means: Means,
    lengths: Mapping[PartName, int],
    drawn: Sequence[Figure] = (),
) -> Generator[list[Request], list[Completion], tuple[Breakdown, Usage]]:
    """Write the three parts of `paper` from `document`; `lengths` are Han characters of Chinese a part, about.

    The captions of the figures that are shown, `drawn`, are translated beside them.
    """
    wanted = counts(lengths)
    chosen = select(document, paper, {part: wanted[part] + SPARE for part in PARTS})
    own = own_terms(document, paper, means)
    bullets = [one for part in PARTS for group in chosen[part] for one in _bullets(group, paper, means, own)]
    halves = gist.of_document(document, paper, means, own)
    named = captions.beginnings(drawn, paper, means)
    written, usage = yield from drafts([*bullets, *named], means)
    shown = [sentence for bullet in bullets for sentence in bullet.group.sentences]
    judged = [draft.judged(means.doubt) for draft in written]
    found = breakdown(document, shown, zip(bullets, judged, strict=False), wanted, halves, means.doubt)
    whole = {one.group.text: draft for one, draft in zip(bullets, judged, strict=False)}
    said, more = yield from gist.of(halves, whole, means)
    usage += more
    found = without_the_gist(found, said, find(means.prompt.language).latin) if said else found
    return replace(found, gist=said, figures=captions.shown(drawn, named, judged[len(bullets) :])), usage


def without_the_gist(found: Breakdown, said: Point, latin: bool) -> Breakdown:
    """Without the bullets that the gist says already, where their part has enough others. A result stays, and so does
    what another goes on from."""
    parts, findings = [], list(found.findings)
    for part in found.parts:
        points = list(part.points)
        for place in reversed(range(len(points)) if part.name != "results" else ()):
            point, leans = points[place], any(each.depth for each in points[place : place + 2])
            own = _bits(point.text, latin)
            least = OF_SAME if set(point.evidence) <= set(said.evidence) else OF_GIST
            if len(points) > ENOUGH and not leans and len(own & _bits(said.text, latin)) > least * len(own):
                del points[place]
                findings.append(SAID_TWICE.finding(point.text[:40], resolved=True))
        parts.append(replace(part, points=tuple(points)))
    return replace(found, parts=tuple(parts), findings=tuple(findings))


def _with_figures(draft: Draft) -> Draft:
    """With the figures that no draft kept in brackets at its end, each behind the name that its evidence gives it to;
    what no name that the bullet speaks of has is left out, and its finding stays."""
    told: list[str] = []
    left: list[Finding] = []
    mended: list[Finding] = []
    for found in draft.left:
        lost = found.values if found.code == figures.missing.code else ()
        owned = [f"{name} {figure}" for name, figure in lost if name and name in draft.text]
        told += owned
        if lost and len(owned) == len(lost):
            mended.append(replace(found, resolved=True))
        else:
            left.append(found)
    if not told:
        return draft
    return Draft(mending.behind(draft.text, told), tuple(left), (*draft.mended, *mended))


def counts(lengths: Mapping[PartName, int]) -> dict[PartName, int]:
    """Bullets a part, for so many Han characters of it."""
    return {part: max(2, round(lengths[part] / BULLET_CHARS[part])) for part in PARTS}


def own_terms(document: Document, paper: Paper, means: Means) -> dict[str, str]:
    """The abbreviations that the paper defines, wherever it does, with their long forms; but those that the glossary
    knows."""
    texts = (paper.abstract, *(sentence.text for sentence in document.sentences))
    return {short: long for short, long in definitions(texts).items() if not means.glossary.find(short)}


def bullet(group: Group, paper: Paper, means: Means, own: Mapping[str, str]) -> Bullet:
    shown = expanded(leads.OPENER.sub("", group.bare), own)
    of = Translated if means.whole else Bullet
    return of(
        group=group, source=group.text, shown=shown, part=group.part, characters=BULLET_CHARS[group.part], limit=160,
        title=paper.title, prompt=means.whole or means.prompt, terms=means.glossary.find(shown),
        figures=group.figures if group.part == "results" else (),
    )  # fmt: skip


def _bullets(group: Group, paper: Paper, means: Means, own: Mapping[str, str]) -> Iterator[Bullet]:
    """Of a group that is condensed one, of one that is translated one a sentence, those that lean under the first."""
    if not means.whole:
        yield bullet(group, paper, means, own)
    else:
        for place, sentence in enumerate(group.sentences):
            yield replace(bullet(replace(group, sentences=(sentence,)), paper, means, own), under=place > 0)


def breakdown(
    document: Document,
    shown: Iterable[Sentence],
    written: Iterable[_Written],
    wanted: Mapping[PartName, int],
    halves: Sequence[gist.Half],
    doubt: float | None = None,
) -> Breakdown:
    """The bullets that may stay, by part, with their leads; findings tell what became of the others.

    Background and method keep the order given; of results the one that the gist, of these `halves`, tells comes first,
    then those that count most. `shown` are the sentences that the model was given, whatever it made of them.
    """
    pairs = [(bullet, _with_figures(draft)) for bullet, draft in written]
    findings = [found for _, draft in pairs for found in (*draft.mended, *draft.left)]
    kept: list[_Written] = []
    families = _families(pairs)
    for family in sorted(families, key=lambda family: _worth(family[0], doubt)):
        head, *under = family
        grave, same_part = (
            _gravest(head[1].left),
            sum(head[0].group.part == other.group.part and not other.under for other, _ in kept),
        )
        spare = grave == MARK or _may_be_of_another(head[0].group)
        if grave > MARK or same_part >= (ENOUGH if spare else wanted[head[0].group.part]):
            continue
        for pair in (head, *(pair for pair in under if _gravest(pair[1].left) < MARK)):
            if not any(_says_the_same(pair, other) for other in kept):
                kept.append(pair)
            else:
                findings.append(SAID_TWICE.finding(pair[1].text[:40], resolved=True))
                if pair is head:
                    break
    parts: dict[PartName, tuple[Point, ...]] = {}
    for part in PARTS:
        own = [family for family in families if family[0] in kept and family[0][0].group.part == part]
        if part == "results":
            told = {half.evidence.quote for half in halves}
            own.sort(key=lambda family: (told.isdisjoint(_quotes(family)), -family[0][0].group.score))
        parts[part] = tuple(_points(pair for family in own for pair in family if pair in kept))
    if pairs:
        first = pairs[0][0]
        said = tables.point(document, first.title, first.prompt.language, parts["results"])
        parts["results"] += (said,) if said else ()
    findings += [PART_EMPTY.finding(part) for part in PARTS if not parts[part]]
    source = Source(
        "pdf",
        document.sha256,
        document.pages,
        document.pages_with_text,
        document.read_share,
        document.hidden_text,
        len(document.sentences),
        len(set(shown)),
    )
    return Breakdown(tuple(Part(p, parts[p]) for p in PARTS), source, tuple(findings))


def _families(pairs: Iterable[_Written]) -> list[list[_Written]]:
    """Each with those that go on with it."""
    found: list[list[_Written]] = []
    for pair in pairs:
        if pair[0].under and found:
            found[-1].append(pair)
        else:
            found.append([pair])
    return found


def _quotes(family: Iterable[_Written]) -> list[str]:
    return [sentence.text for bullet, _ in family for sentence in bullet.group.sentences]


def _gravest(found: Iterable[Finding]) -> int:
    """As `gravest`; what only a translation must not do, such as losing a number, marks a bullet and no more."""
    found = list(found)
    of_bullets = [finding for finding in found if CODES[finding.code].of & BULLET]
    return max(gravest(of_bullets), min(MARK, gravest(found)))


def _worth(pair: _Written, doubt: float | None) -> tuple[bool, bool, float]:
    """What stays first: what is verified, of results those with figures, what counts most and is likely right: a
    bullet in doubt costs a reader more than one that tells less."""
    bullet, draft = pair
    vague = bullet.group.part == "results" and not signs.figures(draft.text)
    worth = bullet.group.score * bullet.group.fit**PLACED * draft.trust(doubt) ** CARE
    return _gravest(draft.left) >= MARK, vague, -worth


def _may_be_of_another(group: Group) -> bool:
    """Whether it rather tells of another part. A result with figures is one, wherever it stands."""
    return group.fit < OWN and not (group.part == "results" and group.figures)


def _points(pairs: Iterable[_Written]) -> Iterator[Point]:
    """Of a part's bullets; none has the lead of one before it where another kind fits as well."""
    used: list[str] = []
    for bullet, draft in pairs:
        group = bullet.group
        evidence = tuple(Evidence(s.page, s.text) for s in group.sentences)
        lead = bullet.lead or _lead(bullet, draft.text, used)
        used.append(lead)
        yield Point(draft.text, evidence, _gravest(draft.left) < MARK, int(bullet.under), lead)


def _lead(bullet: Bullet, draft: str, used: Collection[str]) -> str:
    """The term or the name that its evidence is about, where the bullet has it; else what kind of bullet it is."""
    group, words = bullet.group, words_for(bullet.prompt.language).leads
    about = leads.subject(group.part, group.sentences[0].text, offered(bullet.terms))
    width = find(bullet.prompt.language).width
    if about in draft and about not in used and 2 <= len(about) <= LEAD_CHARS * (2 if about.isascii() else width):
        return about
    kinds = [words[kind] for kind in leads.kinds(group.part, group.text)]
    return next((kind for kind in kinds if kind not in used), kinds[0])


def _says_the_same(pair: _Written, other: _Written) -> bool:
    latin = find(pair[0].prompt.language).latin
    of_evidence = _alike(pair[0].group.text, other[0].group.text, latin=True)
    return of_evidence > SAME_EVIDENCE or _alike(pair[1].text, other[1].text, latin) > SAME


def _alike(a: str, b: str, latin: bool) -> float:
    """Share that the shorter has in common with the other."""
    of_a, of_b = _bits(a, latin), _bits(b, latin)
    return len(of_a & of_b) / max(1, min(len(of_a), len(of_b)))


def _bits(text: str, latin: bool) -> set[str]:
    """Its pairs of characters; in Latin letters, which all texts have the same pairs of, its longer words."""
    if latin:
        return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}
    return {text[i : i + 2] for i in range(len(text) - 1)}
