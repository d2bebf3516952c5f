"""Days for the forms of a page: an ordinary one, and one of hostile texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from localdigest.records import Digest, Evidence, Finding, Point
from tests.kit import payloads
from tests.kit.digests import digest, explained, paper, translated

TEXTS = (*payloads.PAYLOADS, *payloads.LINES)


def day() -> Digest:
    """A paper that is done, one whose breakdown is not, one that waits."""
    first, second, third = paper(1, "A fast vocoder"), paper(2, "Half"), paper(3, "Nothing yet")
    points = Point("点一", (Evidence(3, "One."), Evidence(5, "Two."))), Point("点二", (), False, 1)
    results = (
        translated(first, "译文一。\n第二段。", Finding("english", "foo")),
        explained(first, *points, hidden=2),
        translated(second, "译文二。"),
    )
    return replace(digest([first, second, third], *results), updated=datetime(2025, 12, 17, 3, 4, 5, 6, tzinfo=UTC))


def hostile() -> Digest:
    papers, results = [], []
    for number, text in enumerate(TEXTS):
        one = replace(paper(number, text, (text, "Ann Author")), categories=("cs.SD", text))
        papers.append(one)
        results.append(translated(one, text, Finding("english", text), title=text))
        points = Point(text, (Evidence(3, text),), False), Point(text, (), True, 2)
        results.append(explained(one, *points, hidden=1))
    return replace(digest(papers, *results), categories=("cs.SD", *TEXTS))
