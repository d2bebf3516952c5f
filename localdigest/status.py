"""How a workspace stands, from what is stored and what lies on the disk."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from localdigest import plan
from localdigest.ledger import Entry
from localdigest.records import Paper, Status, Task
from localdigest.store import Collect, Store


@dataclass(frozen=True, slots=True)
class Standing:
    """`listed` counts the papers known, `shown` those of the configured categories; the rest is about these."""

    days: tuple[date, ...]
    """Days with a page."""
    listed: int
    shown: int
    counts: dict[Task, dict[Status, int]]
    reasons: dict[str, int]
    """Why something is pending, failed or skipped, and how often: the commonest first."""
    disk: dict[str, int]
    """Bytes by what they are for."""
    last_collect: Collect | None


def standing(root: Path, posts: Path, pdfs: Path, store: Store, categories: tuple[str, ...], language: str) -> Standing:
    """Of the workspace at `root`, for the pages in `language`. Raises ConfigError as the store does."""
    papers = store.papers()
    shown = [paper for paper in papers if not categories or not set(categories).isdisjoint(paper.categories)]
    ids = [paper.id for paper in shown]
    latest, absent = store.latest(ids, language), store.absent_pdfs(ids)
    counts: dict[Task, dict[Status, int]] = {}
    reasons: Counter[str] = Counter()
    for task in plan.TASKS:
        counts[task] = dict.fromkeys(("done", "pending", "failed", "skipped"), 0)
        for paper in shown:
            made = latest.get((paper.id, task))
            state, why = (made.status, made.reason) if made else _unmade(paper, task, absent.get(paper.id, ""), pdfs)
            counts[task][state] += 1
            if state != "done":
                reasons[why] += 1
    days = [match[1] for path in posts.glob("*-arxiv.md") if (match := re.fullmatch(_PAGE, path.name))]
    return Standing(
        tuple(sorted(map(date.fromisoformat, days))),
        len(papers),
        len(shown),
        counts,
        dict(reasons.most_common()),
        _disk(root),
        store.last_collect(),
    )


_PAGE = r"([0-9]{4}-[0-9]{2}-[0-9]{2})-arxiv\.md"


def _unmade(paper: Paper, task: Task, absent: str, pdfs: Path) -> tuple[Status, str]:
    has_pdf = task == "explain" and (pdfs / f"{paper.file_stem}.pdf").is_file()
    return plan.obstacle(paper, task, has_pdf, absent) or ("pending", plan.WAITING)


def _disk(root: Path) -> dict[str, int]:
    """By the first name below `root`; one walk over all, so that nothing of the workspace is left out."""
    sizes: Counter[str] = Counter()
    for path in root.rglob("*"):
        if path.is_file():
            sizes[path.relative_to(root).parts[0]] += path.stat().st_size
    return dict(sizes.most_common())


_LABELS: dict[Task, str] = {"translate": "translations", "explain": "breakdowns  "}


def words(found: Standing) -> str:
    """For a person, a line for each thing."""
    days, last = found.days, found.last_collect
    lines = [
        f"pages         {len(days)}" + (f", {days[0]} to {days[-1]}" if days else ""),
        f"papers        {found.listed} listed, {found.shown} in your categories",
    ]
    for task, counts in found.counts.items():
        states = [f"{count} {state}" for state, count in counts.items() if state == "done" or count]
        lines.append(f"{_LABELS[task]}  {', '.join(states)}")
    lines += [f"{count:13} {reason}" for reason, count in found.reasons.items()]
    sizes = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in found.disk.items() if size > 2**16)
    lines.append(f"disk          {sum(found.disk.values()) / 2**20:.1f} MiB" + (f" ({sizes})" if sizes else ""))
    lines.append(
        f"last collect  {last.at:%Y-%m-%d %H:%M} UTC from {last.source}: {last.papers} papers for {last.day}"
        if last
        else "last collect  none yet"
    )
    return "\n".join(lines)


def ledger_line(entry: Entry) -> str:
    """When (UTC), status, bytes, seconds, URL, and why it was asked; what went wrong stands at the end."""
    answer = "stopped" if entry.status is None else entry.status or "none"
    wrong = f": {entry.problem}" if entry.problem else ""
    return (
        f"{entry.at:%Y-%m-%d %H:%M:%S}  {answer:>7} {entry.bytes:10}  {entry.seconds:7.2f} s"
        f"  {entry.url}  {entry.why}{wrong}"
    )
