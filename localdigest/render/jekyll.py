"""A digest as a page for Jekyll (`templates/`). Pure: records in, text out.

Nothing that arXiv or a model wrote may act as code on the page: whatever comes from there goes through
`escape`; Liquid, kramdown and HTML then show it as it is. Nothing of it reaches the YAML front matter.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import jinja2

from localdigest.records import Breakdown, Digest, PartName, Replacement, Translation
from localdigest.render import told
from localdigest.render.entries import (
    abstract_itself,
    changes,
    counts,
    entries,
    gist_line,
    late,
    line,
    pages,
    pictures,
    points,
    translated_title,
)
from localdigest.render.templates import environment as make_environment
from localdigest.render.templates import fill
from localdigest.render.words import Words, words_for
from localdigest.text.tex import Token, formula, tokens

NAME = "jekyll.md.j2"
ASSETS = "assets/arxiv/{}.png"
"""Where a site has the figures of its posts: of what lies beside a post Jekyll takes nothing."""
_ADDRESS = f"{{{{{{{{ '/{ASSETS}' | relative_url }}}}}}}}"


def to_jekyll(digest: Digest, coverage: bool = True, templates: Path | None = None, figures: bool = False) -> str:
    """The page for Jekyll (Liquid, then kramdown). ConfigError where we have no words for its language.

    With `coverage`, a line under each breakdown says how much of the paper was read, by which model. A template in
    the folder `templates` stands in for ours. With `figures` it shows the files of `pictures`.
    """
    return fill(environment(digest.language, templates), NAME, values(digest, coverage, figures))


def values(digest: Digest, coverage: bool, figures: bool = False) -> dict[str, object]:
    """What the template is given; docs/templates.md explains each."""
    words = words_for(digest.language)
    return told.page(digest, words, escape) | {
        "digest": digest,
        "entries": tuple(entries(digest)),
        "abstract_itself": abstract_itself,
        "gist": gist_line,
        "late": functools.partial(late, digest),
        "coverage": coverage,
        "pictures": functools.partial(pictures, digest, place=_ADDRESS) if figures else lambda _: (),
        "complete": words.complete.format(**counts(digest)),
    }


def environment(language: str, templates: Path | None) -> jinja2.Environment:
    words = words_for(language)
    made = make_environment(templates, autoescape=False)  # the page is Markdown: `md` escapes more than HTML
    made.filters |= {"md": escape, "tex": tex, "translated_title": translated_title, "changes": _marked_changes}
    made.filters |= {"link": _link, "tag": _tag, "paragraphs": functools.partial(_paragraphs, words)}
    made.filters |= {"bullets": functools.partial(_bullets, words)} | told.filters(words, escape)
    return made


_NEAR = 10_000
"""Characters within which the next sentence of a translation begins: whoever wrote the pairs, they cost no more."""


def _paragraphs(words: Words, translation: Translation) -> Iterator[str]:
    """Its lines; behind each sentence that the notes are about stands a mark."""
    doubtful = {f.sentence for f in translation.findings if not f.resolved and f.code in words.findings}
    text = translation.text.replace("\0", "")  # which the page would drop in any case; here it marks
    pieces, start, cut = [], 0, 0
    for i, (_, draft) in enumerate(translation.pairs):
        shown = draft.replace("\0", "")
        place = text.find(shown, start, start + len(shown) + _NEAR)
        start = start if place < 0 else place + len(shown)
        if i in doubtful and place >= 0:
            pieces.append(text[cut:start])
            cut = start
    for paragraph in "\0".join([*pieces, text[cut:]]).splitlines():
        if marked := words.doubtful.join(tex(piece) for piece in paragraph.split("\0")):
            yield marked.rstrip()


def _bullets(words: Words, breakdown: Breakdown, name: PartName) -> Iterator[tuple[int, str]]:
    """Depth and text of a part's bullets."""
    for depth, point in points(breakdown, name):
        found = words.pages.format(pages=where) if (where := pages(point)) else ""
        lead = words.lead.format(lead=f"**{escape(point.lead)}**") if point.lead else ""
        yield depth, lead + escape(point.text) + found + ("" if point.verified else words.unverified)


def _marked_changes(replacement: Replacement) -> str:
    """The new abstract with what changed marked in it; "" where nothing did."""
    assert replacement.previous is not None
    found = changes(replacement.previous.abstract, replacement.paper.abstract)
    marks = {"same": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}
    text = " ".join(marks[kind].format(escape(words)) for kind, words in found)
    return text if any(kind != "same" for kind, _ in found) else ""


def tex(text: str) -> str:
    """A title or a part of an abstract: what LaTeX there is as people see it, in its fonts, and escaped."""
    drawn = "".join(map(_in_its_font, tokens(_FONT.sub("", text))))
    # The dash between words is kramdown's to make, as the pages of others have it.
    return _FONT.sub(lambda mark: _TAGS[mark[0]], escape(drawn.replace(" – ", " -- ").replace(" — ", " --- ")))


def _in_its_font(part: Token) -> str:
    if part.kind == "math":
        return formula(part.raw) or part.raw
    return f"{_OPEN[part.font]}{part.shown}{_CLOSE[part.font]}" if part.font and part.shown else part.shown


_FONTS = ("em", "strong", "code")
_OPEN = dict(zip(_FONTS, "\ufdd2\ufdd3\ufdd4", strict=True))
_CLOSE = dict(zip(_FONTS, "\ufdd5\ufdd6\ufdd7", strict=True))
_TAGS = {_OPEN[font]: f"<{font}>" for font in _FONTS} | {_CLOSE[font]: f"</{font}>" for font in _FONTS}
_FONT = re.compile("[\ufdd2-\ufdd7]")
"""No characters (Unicode keeps them for uses like this) that stand for tags while a text is escaped."""


# ---------------------------------------------------------------- escaping

_CODE = re.compile(
    r"""
    [-<>&{}|\\~^`*_\[\]\#"'$.]              # a set first: what is in none is passed over at a glance
    (?: (?<=[<>&{}|])                       # HTML, Liquid, attributes, tables
      | (?<=[\\`*_\[\]\#"'])               # code, emphasis, links, headings; quotes would be curled
      | (?<=\A[~^])                         # fence, end of block
      | (?<=~)(?=~) | (?<=~~)               # strikethrough
      | (?<=\$)(?=\$) | (?<=\$\$)           # kramdown's mathematics; a single $ is for the reader's own eyes
      | (?<=\ -)-{1,2}(?=\ )                # TeX's dash between words: kramdown makes it a dash, as TeX does
      | (?<=-)(?=-) | (?<=\.)(?=\.\.)       # would become a dash and an ellipsis
    )
    """,
    re.VERBOSE,
)

_MARKER = re.compile(r"\A(\d*)([-+:.)])(?= |\Z)")
"""What starts a list, numbered or not, or a definition."""


def escape(text: str) -> str:
    """`text` as one line of Markdown that shows it literally, wherever on the page it stands.

    Escapes: https://kramdown.gettalong.org/syntax.html#automatic-and-manual-escaping. White space
    is collapsed; control characters and bidirectional overrides are dropped.
    """
    escaped = _CODE.sub(_escape_one, line(text))
    marker = _MARKER.match(escaped)
    return f"{marker[1]}\\{escaped[marker.end(1) :]}" if marker else escaped


def _escape_one(match: re.Match[str]) -> str:
    found = match[0]
    if found == "\\" and match.end() == len(match.string):
        return "&#92;"  # two at the end of a line are a line break
    return _ESCAPES.get(found, found)


_ESCAPES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_ESCAPES |= {char: f"&#{ord(char)};" for char in "{}|~^"}  # which act even behind a backslash
_ESCAPES |= {char: f"\\{char}" for char in "\\`*_[]#\"'$-."}


def _link(url: str) -> str:
    return f"[{escape(url)}]({quote(url, safe=':/')})"


def _tag(category: str) -> str:
    """A plain YAML word where it is one beyond doubt; JSON's strings are YAML's double-quoted ones."""
    plain = re.fullmatch(r"[a-z]+[.-][A-Za-z-]+", category)
    return category if plain else json.dumps(category, ensure_ascii=False)
