"""A digest as a page for Jekyll (`templates/`). Pure: records in, text out.

Nothing that arXiv or a model wrote may act as code on the page: whatever comes from there goes through
`escape`; Liquid, kramdown and HTML then show it as it is. Nothing of it reaches the YAML front matter.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import jinja2

from localdigest.records import Breakdown, Digest, Finding, PartName, Replacement, Result, Translation
from localdigest.render.entries import abstract_itself, changes, counts, entries, late, local, words_for
from localdigest.render.words import Words


def to_jekyll(digest: Digest, coverage: bool = True) -> str:
    """The page for Jekyll (Liquid, then kramdown). ConfigError where we have no words for its language.

    With `coverage`, a line under each breakdown says how much of the paper was read, by which model.
    """
    words = words_for(digest.language)
    zone = digest.window.zone
    short, full = words.zones.get(zone, (zone, zone))
    start, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in local(digest))
    days = digest.window.days or (digest.window.day,)
    named = words.several.format(first=days[0], last=days[-1]) if len(days) > 1 else days[0].isoformat()
    return (
        _environment(digest.language)
        .get_template("jekyll.md.j2")
        .render(
            digest=digest,
            words=words,
            day=digest.window.day.isoformat(),
            header=[
                line.format(day=named, zone=label, anchor=digest.window.anchor, start=start, end=end)
                for line, label in zip(words.headers[digest.window.mode], (full, short), strict=True)
            ],
            left_out=_left_out(digest, words),
            entries=tuple(entries(digest)),
            abstract_itself=abstract_itself,
            late=functools.partial(late, digest),
            coverage=coverage,
            complete=words.complete.format(**counts(digest)),
            provenance=_provenance_line(digest, words),
        )
    )


def _left_out(digest: Digest, words: Words) -> str:
    reasons = words.separator.join(words.left_out_for[code].format(count=n) for code, n in digest.left_out.items())
    return words.left_out.format(total=sum(digest.left_out.values()), reasons=reasons) if reasons else ""


@functools.cache
def _environment(language: str) -> jinja2.Environment:
    words = words_for(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("localdigest"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # the page is Markdown: `md` below escapes more than HTML
    )
    environment.filters |= {
        "md": escape,
        "changes": _marked_changes,
        "link": _link,
        "tag": _tag,
        "paragraphs": functools.partial(_paragraphs, words),
        "note": functools.partial(_note, words),
        "unfinished": functools.partial(_unfinished, words),
        "bullets": functools.partial(_bullets, words),
        "coverage": functools.partial(_coverage, words),
    }
    return environment


def _unfinished(words: Words, result: Result) -> str:
    reason = words.reasons.get(result.reason.partition(":")[0], result.reason)
    told = words.reason.format(reason=escape(reason)) if reason else ""
    return words.unfinished[result.task, result.status].format(reason=told)


def _paragraphs(words: Words, translation: Translation) -> Iterator[str]:
    """Its lines; behind each sentence that the notes are about stands a mark."""
    doubtful = {f.sentence for f in translation.findings if not f.resolved and f.code in words.findings}
    text, start = translation.text.replace("\0", ""), 0  # which the page would drop in any case; here it marks
    for i, (_, draft) in enumerate(translation.pairs):
        shown = draft.replace("\0", "")
        place = text.find(shown, start)
        start = max(start, place + len(shown))
        if i in doubtful and place >= 0:
            text = f"{text[:start]}\0{text[start:]}"
    for line in text.splitlines():
        if marked := words.doubtful.join(escape(piece) for piece in line.split("\0")):
            yield marked.rstrip()


def _note(words: Words, findings: Iterable[Finding]) -> str:
    """What is left wrong with a translation and worth a reader's attention."""
    left = [f for f in findings if not f.resolved and f.code in words.findings]
    return words.separator.join(escape(f"{words.findings[f.code]} {f.detail}") for f in left)


def _bullets(words: Words, breakdown: Breakdown, name: PartName) -> Iterator[tuple[int, str]]:
    """Depth and text of a part's bullets; none over one deeper than the last, else it is code."""
    depth = -1
    for point in (point for part in breakdown.parts if part.name == name for point in part.points):
        depth = max(0, min(point.depth, depth + 1))
        pages = ", ".join(str(page) for page in sorted({evidence.page for evidence in point.evidence}))
        told = words.pages.format(pages=pages) if pages else ""
        yield depth, escape(point.text) + told + ("" if point.verified else words.unverified)


def _coverage(words: Words, result: Result) -> str:
    """How much of its paper a breakdown was made from; rounded down, so that 100 % is all of it."""
    if result.breakdown is None or result.provenance is None:
        return ""
    source, made = result.breakdown.source, result.provenance
    return words.coverage.format(
        pages=source.pages,
        with_text=source.pages_with_text,
        share=int(100 * source.read_share + 1e-6),  # 0.29 is a little less than that in binary
        model=escape(made.model),
        prompt=escape(made.prompt[:12]),
    )


def _marked_changes(replacement: Replacement) -> str:
    """The new abstract with what changed marked in it; "" where nothing did."""
    assert replacement.previous is not None
    found = changes(replacement.previous.abstract, replacement.paper.abstract)
    marks = {"same": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}
    text = " ".join(marks[kind].format(escape(words)) for kind, words in found)
    return text if any(kind != "same" for kind, _ in found) else ""


def _provenance_line(digest: Digest, words: Words) -> str:
    """Of the finished results only, so that a page does not change with the program that renders it again."""
    made_by = [
        result.provenance
        for _, *results in entries(digest)
        for result in results
        if result.status == "done" and result.provenance
    ]
    if not made_by:
        return ""

    def each(values: Iterable[str]) -> str:
        return ", ".join(dict.fromkeys(escape(value) for value in values))

    return words.provenance.format(
        version=each(made.localdigest for made in made_by),
        model=each(f"{made.model} ({made.model_sha256.partition(':')[0][:12]})" for made in made_by),
        prompt=each(made.prompt[:12] for made in made_by),
    )


# ---------------------------------------------------------------- escaping

_SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters (terminal escapes) and those that reorder what is read (bidirectional overrides)."""

_CODE = re.compile(
    r"""
      (?P<dash>    (?<=\ )-{2,3}(?=\ ) )    # TeX's dash between words: kramdown makes it a dash, as TeX does
    | (?P<entity>  [<>&{}|]                 # HTML, Liquid, attributes, tables: some act even when escaped
                 | \\\Z                     # two at the end of a line are a line break
                 | \A[~^]                   # fence, end of block
                 | ~(?=~) | (?<=~)~         # strikethrough
      )
    | (?P<escape>  [\\`*_\[\]\#"']          # code, emphasis, links, headings; quotes would be curled
                 | \$(?=\$) | (?<=\$)\$     # kramdown's mathematics; a single $ is for the reader's own eyes
                 | -(?=-) | \.(?=\.\.)      # would become a dash and an ellipsis
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
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text)).strip()
    return _MARKER.sub(r"\1\\\2", _CODE.sub(_escape_one, text))


def _escape_one(match: re.Match[str]) -> str:
    if match["dash"]:
        return match["dash"]
    if match["escape"]:
        return "\\" + match["escape"]
    return _ENTITIES.get(match["entity"]) or f"&#{ord(match['entity'])};"


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def _link(url: str) -> str:
    return f"[{escape(url)}]({quote(url, safe=':/')})"


def _tag(category: str) -> str:
    """A plain YAML word where it is one beyond doubt; JSON's strings are YAML's double-quoted ones."""
    plain = re.fullmatch(r"[a-z]+[.-][A-Za-z-]+", category)
    return category if plain else json.dumps(category, ensure_ascii=False)
