"""What all forms of a page share: its papers with their results, counts, times in its zone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from localdigest.language.profile import find
from localdigest.messages import Notice, Reason
from localdigest.records import Breakdown, Digest, Evidence, Paper, PartName, Point, Result, Task
from localdigest.records.figures import Figure
from localdigest.render.words import words_for

DEEPEST = 4
"""Of bullets below bullets: what a record says of itself must not decide how wide or how deep a page grows."""
ASSETS = "assets/arxiv/{}.png"
"""Where a Jekyll site has the figures of its posts: of what lies beside a post it takes nothing."""
WAITING = Reason("waiting", Notice("not done yet"))
"""Why what is pending is, where nothing else is known."""


def entries(digest: Digest) -> Iterator[tuple[Paper, Result, Result]]:
    """Each paper with its two results, in the page's order; one that the digest lacks is pending."""

    def result(paper: Paper, task: Task) -> Result:
        known = digest.results.get((paper.id, task))
        return known or Result(paper.id, paper.version, task, digest.language, "pending", WAITING)

    for paper in digest.papers:
        yield paper, result(paper, "translate"), result(paper, "explain")


def abstract_itself(paper: Paper, translated: Result) -> str:
    """The abstract that stands where others have a translation: for readers of its own language."""
    own = translated.reason and translated.reason.code == "in-english"
    return paper.abstract if translated.status == "skipped" and own else ""


def translated_title(translated: Result) -> str:
    """The title in the page's language, one line; "" where there is none."""
    return line(translated.translation.title) if translated.translation else ""


def gist(translated: Result | None, explained: Result | None) -> Point | None:
    """The paper in one sentence: that of its breakdown, whose evidence has pages, else of its abstract."""
    made = (explained, explained and explained.breakdown), (translated, translated and translated.translation)
    return next((_opened(each.gist, result.language) for result, each in made if result and each and each.gist), None)


def _opened(point: Point, language: str) -> Point:
    return replace(point, text=find(language).alone(point.text))


def brief(translated: Result | None, explained: Result | None) -> Point | None:
    """What a list says of the paper: the gist, else the first bullet of its results, else its abstract's last sentence
    that no check has doubts about: it tells most often what came of the work."""
    breakdown = explained.breakdown if explained else None
    results = points(breakdown, "results") if breakdown else ()
    found = gist(translated, explained) or next((point for _, point in results), None)
    if found or not (translated and translated.translation):
        return found
    made = translated.translation
    doubted = {finding.sentence for finding in made.findings if not finding.resolved}
    told = ((i, *pair) for i, pair in enumerate(made.pairs) if i not in doubted and pair[1] and "://" not in pair[0])
    last = max(told, default=None)
    return _opened(Point(last[2], (Evidence(0, last[1]),)), translated.language) if last else None


def unverified(translated: Result, explained: Result) -> bool:
    """Whether anything that a model wrote of the paper is not found in its evidence."""
    breakdown, line = explained.breakdown, brief(translated, explained)
    bullets = [point for part in breakdown.parts for point in part.points] if breakdown else []
    return any(not point.verified for point in (*bullets, *([line] if line else [])))


def gist_line(translated: Result | None, explained: Result | None) -> str:
    """As one line; "" where there is none."""
    found = gist(translated, explained)
    return line(found.text) if found else ""


def figures(digest: Digest, paper: Paper) -> tuple[Figure, ...]:
    """A paper's figures, with their captions in the page's language where they were translated."""
    return captioned(digest.figures.get(paper.id, ()), digest.results.get((paper.id, "explain")))


def pictures(digest: Digest, paper: Paper, place: str = "figures/{}.png") -> Iterator[tuple[str, Figure]]:
    """The same, each with the name of its file beside a page that is no file by itself, or in another `place`."""
    for number, figure in enumerate(figures(digest, paper), 1):
        yield place.format(f"{paper.file_stem}-{number}"), figure


def captioned(found: Iterable[Figure], explained: Result | None) -> tuple[Figure, ...]:
    if not explained or not explained.breakdown:
        return tuple(found)
    words, known = words_for(explained.language), {each.label: each.text for each in explained.breakdown.figures}

    def told(label: str) -> str:
        kind, _, number = label.rpartition(" ")
        form = {"Figure": words.figure, "Table": words.table}.get(kind, label)
        return words.lead.format(lead=form.format(number=number)) + line(known[label])

    return tuple(replace(figure, told=told(figure.label)) if known.get(figure.label) else figure for figure in found)


def late(digest: Digest, paper: Paper) -> bool:
    """Submitted for an earlier announcement than the page's."""
    return digest.window.mode == "announced" and paper.published < digest.window.start


def local(digest: Digest) -> tuple[datetime, datetime]:
    zone = ZoneInfo(digest.window.zone)
    return digest.window.start.astimezone(zone), digest.window.end.astimezone(zone)


def counts(digest: Digest) -> dict[str, int]:
    """How many papers were listed and shown, and what became of them."""
    results = [result for _, *pair in entries(digest) for result in pair]
    statuses = [(result.task, result.status) for result in results]
    states = [result.status for result in results]
    return {
        "listed": digest.listed,
        "matched": len(digest.papers) + sum(digest.left_out.values()),
        "shown": len(digest.papers),
        "done": states.count("done"),
        "translated": statuses.count(("translate", "done")),
        "explained": statuses.count(("explain", "done")),
        "pending": states.count("pending"),
        "failed": states.count("failed"),
        "skipped": states.count("skipped"),
    }


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """A word diff: runs of words that are `same`, `removed` or `added`, in reading order."""
    before, after = old.split(), new.split()
    found = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(("same", " ".join(before[a:b])))
        else:
            found += [
                (kind, " ".join(part)) for kind, part in (("removed", before[a:b]), ("added", after[c:d])) if part
            ]
    return found


def points(breakdown: Breakdown, name: PartName) -> Iterator[tuple[int, Point]]:
    """A part's bullets with their depths."""
    return nested(point for part in breakdown.parts if part.name == name for point in part.points)


def nested(points: Iterable[Point]) -> Iterator[tuple[int, Point]]:
    """Bullets with their depths, DEEPEST at most; none over one deeper than the one before."""
    depth = -1
    for point in points:
        depth = max(0, min(point.depth, depth + 1, DEEPEST))
        yield depth, point


def pages(point: Point) -> str:
    """Where its evidence is: `3, 5`; "" for the listing's abstract alone."""
    return ", ".join(str(page) for page in sorted({evidence.page for evidence in point.evidence} - {0}))


_SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters (terminal escapes) and those that reorder what is read (bidirectional overrides)."""


def line(text: str) -> str:
    """`text` as one line of what has a shape: white space collapsed, control and reordering characters dropped."""
    return inline(text).strip()


def inline(text: str) -> str:
    """As `line`, of a part of a line: with the space at its ends."""
    if text.isprintable() and "  " not in text:
        return text  # most are so: nothing printable is dropped, and its only white space is the common space
    return _INVISIBLE.sub("", _SPACES.sub(" ", text))
