"""Which of a day's papers are worth their cost, and in which order: rules, then a rank, then the cut. Pure.

A paper is judged by the first of these that applies: an `exclude` rule leaves it out; a followed author takes it in;
`primary_only` and `include` leave out what does not fulfil them. What remains is ranked (followed authors, then the
score against the user's interests, then the page's order) and cut at `max_papers`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten

from localdigest.messages import Notice, Reason, joined
from localdigest.messages.errors import ConfigError
from localdigest.records import Paper, taxonomy
from localdigest.records.chosen import Match
from localdigest.text.words import inflected, same_person, words

FIELDS = ("title", "abstract", "author", "category")


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    """One of FIELDS; empty for title or abstract."""
    text: str
    """An author's name or a category as written; for text, its words with single spaces."""
    prefix: bool = False
    """The last word, or the category, may go on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Terms that a paper must all fulfil."""

    text: str
    """As written, for explanations."""
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    include: tuple[Rule, ...] = ()
    exclude: tuple[Rule, ...] = ()
    authors: tuple[str, ...] = ()
    """Followed: their papers are in, and first."""
    primary: frozenset[str] = frozenset()
    """Where not empty, the primary category must be one of these."""
    max_papers: int = 0
    """0: no limit."""
    by_rank: bool = False
    """Whether the page is in the order of the rank."""


@dataclass(frozen=True, slots=True)
class Interest:
    """How near a paper is to the user's interests, and to which."""

    score: float
    matched: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What became of one paper, and why."""

    paper: Paper
    rank: int
    """From 1; 0 for a paper that a rule left out."""
    score: float
    matched: tuple[Match, ...]
    """The include rules, followed authors and interests that speak for it."""
    reason: Reason | None = None
    """Why it was left out: `excluded`, `not-primary`, `not-included` or `cut`, and by what."""


@dataclass(frozen=True, slots=True)
class Selection:
    choices: tuple[Choice, ...]
    """By rank; after them what the rules left out, in the page's order."""
    papers: tuple[Paper, ...]
    """Those selected, in the page's order."""

    @property
    def ranked(self) -> tuple[Paper, ...]:
        return tuple(choice.paper for choice in self.choices if not choice.reason)

    @property
    def left_out(self) -> dict[str, int]:
        """Papers left out, by the code of the reason."""
        return dict(sorted(Counter(choice.reason.code for choice in self.choices if choice.reason).items()))


def told(left_out: Mapping[str, int]) -> Notice:
    return joined((Notice("{count} {why}", count, TOLD[code]) for code, count in left_out.items()), ", ")


TOLD = {
    "excluded": Notice("by an exclude rule"),
    "not-primary": Notice("for their primary category"),
    "not-included": Notice("that no include rule matches"),
    "cut": Notice("ranked below the cut"),
}


def parse_rule(text: str) -> Rule:
    """A rule from its words: `vocoder`, `"speech enhancement"`, `title:diffus*`, `author:"Y. LeCun" category:cs.SD`.

    Words side by side must all be there. Raises ConfigError.
    """
    plain = re.sub("[“”„]", '"', text)
    if plain.count('"') % 2:
        raise ConfigError('rule {text!r}: a quote is not closed; write a phrase as "speech enhancement"', text)
    terms = tuple(_term(text, *found) for found in re.findall(r'(?:([A-Za-z]+):(?=\S))?(?:"([^"]*)"|([^\s"]+))', plain))
    if not terms:
        raise ConfigError("rule {text!r}: is empty; write a word, a phrase in quotes, or remove it", text)
    return Rule(text, terms)


def _term(rule: str, field: str, phrase: str, word: str) -> Term:
    field, text = field.lower(), (phrase or word).strip()
    if field and field not in FIELDS:
        near = difflib.get_close_matches(field, FIELDS, n=1, cutoff=0.5)
        fields = ", ".join(f"{known}:" for known in FIELDS)
        meant = Notice("did you mean {near}?", f"{near[0]}:") if near else Notice("there are {fields}", fields)
        raise ConfigError(
            "rule {rule!r}: unknown field {field}:; {meant} (text with a colon goes in quotes)", rule, field, meant
        )
    prefix = text.endswith("*")
    if field in ("", "title", "abstract"):
        found = words(text)
        if prefix and found:
            found[-1] = inflected(text)[-1]
        text = " ".join(found)
    elif field == "category":
        text = text.rstrip("*")
        text = text if prefix else " ".join(taxonomy.known([text], Notice("rule {rule!r}", rule)))
    if not text.strip(" *"):
        raise ConfigError("rule {rule!r}: has a part without any word; write letters or digits, or remove it", rule)
    return Term(field, text, prefix)


# ---------------------------------------------------------------- the choice


def choose(papers: Sequence[Paper], rules: Rules, interests: Mapping[str, Interest]) -> Selection:
    """Judge `papers`, in the page's order, and explain it; `interests` are by paper id, and may lack any."""
    judged = []
    for paper in papers:
        followed, matched, reason = _judge(paper, rules)
        near = interests.get(paper.id, Interest(0.0))
        interests_met = (replace(each, text=shorten(each.text, 60)) for each in near.matched)
        choice = Choice(paper, 0, near.score, (*matched, *interests_met), reason)
        judged.append((followed, choice))
    kept = sorted((pair for pair in judged if not pair[1].reason), key=lambda pair: (not pair[0], -pair[1].score))
    ranked = []
    for rank, (_, choice) in enumerate(kept, 1):
        most = rules.max_papers
        cut = Reason("cut", Notice("below the first {most}", most)) if most and rank > most else None
        ranked.append(replace(choice, rank=rank, reason=cut))
    choices = (*ranked, *(choice for _, choice in judged if choice.reason))
    chosen = [choice.paper for choice in ranked if not choice.reason]
    if not rules.by_rank:
        ids = {paper.id for paper in chosen}
        chosen = [paper for paper in papers if paper.id in ids]
    return Selection(choices, tuple(chosen))


def _judge(paper: Paper, rules: Rules) -> tuple[bool, tuple[Match, ...], Reason | None]:
    """Whether an author is followed, what speaks for the paper, and why it is left out."""
    asked = rules.include or rules.exclude
    texts = {"title": _line(paper.title), "abstract": _line(paper.abstract)} if asked else {}
    followed = tuple(name for name in rules.authors if any(same_person(name, author) for author in paper.authors))
    matched = tuple(Match("rule", rule.text) for rule in rules.include if _matches(rule, paper, texts))
    for rule in rules.exclude:
        if _matches(rule, paper, texts):
            return bool(followed), matched, Reason("excluded", rule.text)
    if followed:
        return True, (*(Match("author", name) for name in followed), *matched), None
    if rules.primary and not taxonomy.within(paper.primary_category, rules.primary):
        return False, matched, Reason("not-primary", paper.primary_category)
    if rules.include and not matched:
        return False, (), Reason("not-included", Notice("no include rule matches"))
    return False, matched, None


def _matches(rule: Rule, paper: Paper, texts: Mapping[str, str]) -> bool:
    return all(_fulfils(term, paper, texts) for term in rule.terms)


def _fulfils(term: Term, paper: Paper, texts: Mapping[str, str]) -> bool:
    if term.field == "author":
        return any(same_person(term.text, author) for author in paper.authors)
    if term.field == "category":
        if term.prefix:
            return any(category.casefold().startswith(term.text.casefold()) for category in paper.categories)
        return any(taxonomy.within(category, term.text.split()) for category in paper.categories)
    wanted = f" {term.text}" if term.prefix else f" {term.text} "
    return any(wanted in texts[field] for field in ((term.field,) if term.field else texts))


def _line(text: str) -> str:
    return f" {' '.join(words(text))} "
