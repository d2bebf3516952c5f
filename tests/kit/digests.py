"""Small digests for the tests of the page and the export."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from localdigest.messages import Reason
from localdigest.records import (
    Breakdown,
    Digest,
    Evidence,
    Finding,
    Paper,
    Part,
    Point,
    Provenance,
    Replacement,
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


def png(width: int, height: int) -> bytes:
    """A white picture."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress((b"\0" + b"\xff" * width) * height)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def every_place(texts: list[str]) -> Digest:
    """A day with every text in every place."""
    papers, results = [], []
    for number, text in enumerate(texts):
        one = replace(
            paper(number, text, (text, "Ann") * 6), abstract=f"{text} End.", categories=(text, "cs.SD"), comment=text
        )
        papers.append(replace(one, primary_category=text))
        pairs, doubt = ((text, text), ("End.", text)), Finding("english", text, sentence=1)
        translation = Translation(f"{text}\n{text}", pairs, (doubt,), text)
        results.append(
            Result(one.id, 1, "translate", "zh-CN", "done", "", translation, None, replace(MADE, model=text))
        )
        results.append(explained(one, Point(text, (Evidence(3, text),)), Point(text, (), verified=False, depth=1)))
    papers.append(paper(99999))
    why = Reason("error", texts[0])
    results += [Result(papers[-1].id, 1, task, "zh-CN", "failed", why) for task in ("translate", "explain")]
    replaced = [Replacement(replace(one, version=2, abstract=f"{one.title} New."), one) for one in papers[:-1]]
    return replace(digest(papers, *results), replacements=tuple(replaced), sources=tuple(texts))


def day() -> tuple[Paper, Digest]:
    one, two = paper(1, "A fast vocoder"), paper(2, "Half")
    done = translated(one, "译文一。", title="快速<b>声码器</b>*")
    return one, digest([one, two], done, explained(one), translated(two, "译文二。"))
