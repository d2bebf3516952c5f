"""A digest as one self-contained page for the browser (`templates/html/`). Pure: records in, text out.

Nothing that arXiv or a model wrote acts as markup: Jinja2 escapes every value, and the only ones it does not are made
here and in `math`, of escaped pieces. Should something get through all the same, the page's Content-Security-Policy
runs no script but ours, whose hash it names. Addresses are made of validated identifiers, on arxiv.org, or lead to a
host that `facts.toml` names.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import jinja2
import msgspec
from markupsafe import Markup

from localdigest.messages.errors import ConfigError
from localdigest.records import Digest, Paper, Point, Result, Translation
from localdigest.records.figures import Figure
from localdigest.records.taxonomy import titles
from localdigest.render import citations, told
from localdigest.render.entries import (
    abstract_itself,
    brief,
    captioned,
    changes,
    counts,
    entries,
    figures,
    inline,
    late,
    pages,
    points,
    translated_title,
    unverified,
)
from localdigest.render.facts import Facts, facts
from localdigest.render.math import prose
from localdigest.render.templates import environment as make_environment
from localdigest.render.templates import fill
from localdigest.render.words import Words, labels_for, words_for

NAME = "html/day.html.j2"
PAPERS = "html/papers.html.j2"
ASSETS = ("html/page.css", ("html/common.js", "html/find.js", "html/view.js", "html/page.js"))

LISTED = 15
"""Papers from which on a day opens as a list."""
AUTHORS = 8
"""Shown at once; the rest of a longer list is folded."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: a sentence, or what stands between two."""

    text: str
    sentence: int | None
    """Its place among the translation's pairs, which ties it to its counterpart."""
    doubtful: bool = False
    """Whether the notes are about it."""


@dataclass(frozen=True, slots=True)
class Card:
    """A paper as the page shows it."""

    number: int
    """1-based, in the page's order."""
    anchor: str
    """The `id` of its element, by which the archive links to it."""
    paper: Paper
    title: str
    """Its title in the page's language; empty where there is none."""
    line: Point | None
    """The paper in one sentence; where there is none, the first bullet of its results, or its abstract's end."""
    unverified: bool
    """Whether this or one of its bullets has what its evidence does not have."""
    facts: Facts
    """What the listing says beside title and abstract: venue, links, withdrawn or not."""
    place: int
    """Its rank, from 1; 0 where nothing is asked for that ranks papers."""
    rank: str
    """The same in words; empty where nothing is asked for that ranks papers."""
    why: str
    """What speaks for the paper: rules, authors, interests."""
    hidden: int
    """Places with text that no reader sees, in the listing and in the PDF."""
    context: str
    """For reference managers that read pages (COinS)."""
    late: bool
    translated: Result
    explained: Result
    translation: tuple[tuple[Piece, ...], ...]
    """Paragraphs; empty where there is no translation."""
    abstract: tuple[Piece, ...]
    """The English original."""
    figures: tuple[Figure, ...]


def to_html(
    digest: Digest,
    coverage: bool = True,
    templates: Path | None = None,
    marks: str = "",
    links: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The page. Raises ConfigError where we have no words for its language, or one of the user's templates is broken.

    `marks`: where its server keeps the reader's marks, such as `/api/marks`; without, the browser does.
    `links`: addresses of the day's other forms by name, `{day}` in them filled in.
    """
    made = environment(digest.language, templates)
    return fill(made, NAME, values(digest, coverage, marks, links) | assets(made, ASSETS, marks))


def to_papers(
    rows: Sequence[tuple[str, str, Result]],
    language: str,
    templates: Path | None = None,
    drawn: Sequence[Sequence[Figure]] = (),
) -> str:
    """PDFs that were explained by themselves, as one page: file name, title and result of each. Raises as `to_html`.

    It has neither links nor a script. `drawn`: the figures of each row, where there are any.
    """
    made = environment(language, templates)
    texts = {"rows": rows, "language": language, "words": words_for(language), "labels": labels_for(language)}
    pictures = [captioned(found, result) for found, (_, _, result) in zip(drawn or [()] * len(rows), rows, strict=True)]
    return fill(made, PAPERS, texts | {"pictures": pictures} | assets(made, (ASSETS[0], ())))


def values(
    digest: Digest, coverage: bool, marks: str, links: Mapping[str, str] = MappingProxyType({})
) -> dict[str, object]:
    """What the template is given beside `assets`; docs/templates.md explains each."""
    words, labels = words_for(digest.language), labels_for(digest.language)
    kinds = {"code": labels.code, "data": labels.data, "model": labels.model, "page": labels.project}
    return told.page(digest, words, str) | {
        "digest": digest,
        "labels": labels,
        "cards": tuple(cards(digest, words)),
        "fields": titles(),
        "orders": tuple(_orders(digest, words)),
        "view": "list" if len(digest.papers) >= LISTED else "full",
        "date": told.date_in_words(digest.window.day, words),
        "empty": told.nothing(digest, words),
        "quality": told.quality_told(digest, words).removeprefix(" · "),
        "links": tuple((name, url.format(day=digest.window.day)) for name, url in links.items()),
        "kinds": kinds | {"video": labels.video},
        "explained_any": any(explained.breakdown for _, _, explained in entries(digest)),
        "citations": {paper.id: _citations(paper) for paper in digest.papers},
        "categories": Counter(name for paper in digest.papers for name in paper.categories).most_common(),
        "abstract_itself": abstract_itself,
        "coverage": coverage,
        "complete": words.complete.format(**counts(digest)),
        "changes": changes,
        "shown_authors": AUTHORS,
        "marks": marks,
        "texts": {
            name: getattr(labels, name)
            for name in (
                "found",
                "not_saved",
                "copied",
                "not_copied",
                "hid",
                "unhid",
                "list",
                "full",
                "none",
                "enlarge",
            )
        },
    }


def _orders(digest: Digest, words: Words) -> Iterator[tuple[str, str]]:
    """In which the list may stand, by the value that its script knows, with a name."""
    yield "number", words.labels["order_number"]
    ranks = [digest.chosen[paper.id].rank for paper in digest.papers if paper.id in digest.chosen]
    if ranks != sorted(ranks):
        yield "rank", words.labels["order_rank"]
    if len({paper.primary_category for paper in digest.papers}) > 1:
        yield "field", words.labels["order_field"]


def _citations(paper: Paper) -> dict[str, str]:
    """To be copied, each in a form of its own."""
    item = msgspec.json.format(msgspec.json.encode([citations.csl_item(paper)]), indent=2).decode()
    return {"bibtex": citations.bibtex([paper], without="abstract"), "csl": item, "plain": citations.plain(paper)}


def cards(digest: Digest, words: Words) -> Iterator[Card]:
    for number, (paper, translated, explained) in enumerate(entries(digest), start=1):
        translation = translated.translation if translated.status == "done" else None
        yield Card(
            number,
            anchor(paper.id),
            paper,
            translated_title(translated),
            brief(translated, explained),
            unverified(translated, explained),
            facts(paper),
            digest.chosen[paper.id].rank if paper.id in digest.chosen else 0,
            told.rank(digest, paper, words),
            told.why(digest, paper, words),
            paper.hidden_text + (explained.breakdown.source.hidden_text if explained.breakdown else 0),
            citations.context(paper),
            late(digest, paper),
            translated,
            explained,
            tuple(_paragraphs(translation, words)) if translation else (),
            tuple(_aligned(paper.abstract, [source for source, _ in translation.pairs] if translation else ())),
            figures(digest, paper),
        )


def anchor(paper_id: str) -> str:
    """`p2512.14687`; `phep-th_9901001` for old identifiers."""
    return "p" + paper_id.replace("/", "_")


def _aligned(text: str, sentences: Sequence[str], doubtful: frozenset[int] = frozenset()) -> Iterator[Piece]:
    """`text` cut where the sentences stand in it, each looked for behind the one before; none is lost."""
    start = 0
    for i, sentence in enumerate(sentences):
        place = text.find(sentence, start) if sentence else -1
        if place < 0:
            continue
        if place > start:
            yield Piece(text[start:place], None)
        start = place + len(sentence)
        yield Piece(sentence, i, i in doubtful)
    if start < len(text):
        yield Piece(text[start:], None)


def _paragraphs(translation: Translation, words: Words) -> Iterator[tuple[Piece, ...]]:
    doubtful = frozenset(
        f.sentence
        for f in translation.findings
        if not f.resolved and f.code in words.findings and f.sentence is not None
    )
    drafts = [draft for _, draft in translation.pairs]
    paragraph: list[Piece] = []
    for piece in _aligned(translation.text, drafts, doubtful):
        lines = piece.text.split("\n")
        for number, text in enumerate(lines):
            if number and paragraph:
                yield tuple(paragraph)
                paragraph = []
            if text:
                last = number == len(lines) - 1
                paragraph.append(Piece(text, piece.sentence, piece.doubtful and last))
    if paragraph:
        yield tuple(paragraph)


def environment(language: str, templates: Path | None) -> jinja2.Environment:
    made = make_environment(templates, autoescape=True)
    made.finalize = _shown
    made.filters |= {"prose": prose, "points": points, "pages": pages, "data": _data} | told.filters(
        words_for(language), str
    )
    return made


def _data(figure: Figure) -> Markup:
    """A picture as an address: in the page itself, so that nothing is fetched."""
    return Markup(f"data:image/png;base64,{base64.b64encode(figure.png).decode()}")  # no character to be escaped


def _shown(value: object) -> object:
    """Every value, before it is escaped: without what has no shape or reorders the line."""
    return inline(value) if isinstance(value, str) and not isinstance(value, Markup) else value


# ---------------------------------------------------------------- what stands inside the page


def assets(made: jinja2.Environment, names: tuple[str, tuple[str, ...]], marks: str = "") -> dict[str, object]:
    """`style` and `script` for the page itself, and `csp`, the policy that lets just these two act.

    Raises ConfigError where one of the user's would end its element early.
    """
    style, script = _asset(made, names[0]), "\n".join(_asset(made, name) for name in names[1])
    policy = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data:",
        "connect-src": "'self'" if marks else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    csp = "; ".join(f"{name} {value}" for name, value in policy.items())
    return {"style": Markup(style), "script": Markup(script), "csp": csp}


def _asset(made: jinja2.Environment, name: str) -> str:
    assert made.loader is not None
    text, path, _ = made.loader.get_source(made, name)
    # As the browser's parser will have it: the hash is of that.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "</" in text or "<!--" in text:
        raise ConfigError('{path}: "</" and "<!--" cannot stand in it, since it becomes part of a page', path)
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
