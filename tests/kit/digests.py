"""Small digests for the tests of the page and the export."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from localdigest.records import (
    Breakdown,
    Digest,
    Finding,
    Paper,
    Part,
    Point,
    Provenance,
    Result,
    Sampling,
    Source,
    Translation,
    Window,
)

MADE = Provenance("qwen", "abcdef0123456789", "0123456789abcdef", Sampling(0.5, seed=7), 10, 20, 1.5, "0.1", "x")


def window(zone: str = "Asia/Shanghai") -> Window:
    start = datetime(2025, 12, 16, 8, 50, tzinfo=ZoneInfo(zone))
    return Window(date(2025, 12, 17), "submitted", start, start + timedelta(days=1), "08:50", zone)


def paper(number: int, title: str = "A title", authors: tuple[str, ...] = ("Ann Author",)) -> Paper:
    when = datetime(2025, 12, 16, 12, tzinfo=UTC)
    return Paper(f"2512.{number:05}", 1, title, authors, "Abstract.", ("cs.SD",), "cs.SD", when, when)


def translated(paper: Paper, text: str, *findings: Finding, title: str = "") -> Result:
    translation = Translation(text, (("Abstract.", text),), findings, title)
    return Result(paper.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE)


def explained(paper: Paper, *points: Point, hidden: int = 0) -> Result:
    parts = (Part("results", points[:1]), Part("background", points))  # a part may be missing
    breakdown = Breakdown(parts, Source("pdf", "00" * 32, 12, 12, 0.83, hidden))
    return Result(paper.id, 1, "explain", "zh-CN", "done", "", None, breakdown, MADE)


def digest(papers: list[Paper], *results: Result) -> Digest:
    by_task = {(result.paper_id, result.task): result for result in results}
    return Digest(window(), "zh-CN", ("cs.SD", "eess.AS"), len(papers), tuple(papers), by_task)


def complete(papers: int, done: int, pending: int) -> str:
    return (
        f"<small>完整性：列出 {papers} 篇、符合 {papers} 篇、显示 {papers} 篇；"
        f"译文与解读：完成 {done}、待处理 {pending}、失败 0</small>"
    )
