"""How a workspace stands, from what is stored and what lies on the disk."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from localdigest import pages, plan, selection, window
from localdigest.config import Config, Workspace
from localdigest.engine import Stats
from localdigest.files import write_atomic
from localdigest.ledger import Entry
from localdigest.records import Paper, Result, Status, Task
from localdigest.store import Collect, Store
from localdigest.terminal import plain


@dataclass(frozen=True, slots=True)
class NodeRate:
    name: str
    output_tokens: int
    rate: float
    """Tokens of answers a second while it worked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`listed` counts the papers known, `shown` those for the pages; `counts` and `reasons` are about these."""

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
    nodes: tuple[NodeRate, ...] = ()
    """Of the last run on several GPUs or nodes."""


def standing(space: Workspace, store: Store) -> Standing:
    """Raises ConfigError as the store does."""
    rules = pages.rules(space.config)
    chosen: dict[str, Paper] = {}
    latest: dict[tuple[str, Task], Result] = {}
    for papers in _by_page(space.config, store):
        results = store.latest(papers, space.config.language)
        # Of the papers of a page those were chosen that something has been made of; who else was, need not be known
        # to count them, so that nobody waits for a rank.
        begun = {paper_id: selection.Interest(1.0) for paper_id, _ in results}
        chosen |= {paper.id: paper for paper in selection.choose(papers, rules, begun).papers}
        latest |= results
    shown = tuple(chosen.values())
    absent = store.absent_pdfs(shown)
    counts: dict[Task, dict[Status, int]] = {}
    reasons: Counter[str] = Counter()
    for task in plan.TASKS:
        counts[task] = dict.fromkeys(("done", "pending", "failed", "skipped"), 0)
        for paper in shown:
            made = latest.get((paper.id, task))
            missing = absent.get(paper.id, "")
            state, why = (made.status, made.reason) if made else _unmade(paper, task, missing, space.pdfs)
            counts[task][state] += 1
            if state != "done":
                reasons[why] += 1
    days = [match[1] for path in space.posts.glob("*-arxiv.md") if (match := re.fullmatch(_PAGE, path.name))]
    return Standing(
        tuple(sorted(map(date.fromisoformat, days))),
        len(store.papers()),
        len(shown),
        counts,
        dict(reasons.most_common()),
        _disk(space.root),
        store.last_collect(),
        _nodes(space.nodes),
    )


def _by_page(conf: Config, store: Store) -> list[tuple[Paper, ...]]:
    """The papers in the categories, by the page that they are for."""
    if conf.window.mode == "announced":
        return [pages.contents(conf, store, day).papers for day, page in store.pages().items() if page.closed]
    by_window: dict[date, list[Paper]] = {}
    for paper in store.papers():
        if not conf.categories or not set(conf.categories).isdisjoint(paper.categories):
            day = window.today(conf.window.zone, conf.window.anchor, paper.published)
            by_window.setdefault(day, []).append(paper)
    return [tuple(papers) for papers in by_window.values()]


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
        f"papers        {found.listed} listed, {found.shown} for your pages",
    ]
    for task, counts in found.counts.items():
        states = [f"{count} {state}" for state, count in counts.items() if state == "done" or count]
        lines.append(f"{_LABELS[task]}  {', '.join(states)}")
    lines += [f"{count:13} {plain(reason)}" for reason, count in found.reasons.items()]
    sizes = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in found.disk.items() if size > 2**16)
    lines.append(f"disk          {sum(found.disk.values()) / 2**20:.1f} MiB" + (f" ({sizes})" if sizes else ""))
    lines.append(
        f"last collect  {last.at:%Y-%m-%d %H:%M} UTC from {last.source}: {last.papers} papers for {last.day}"
        if last
        else "last collect  none yet"
    )
    lines += [
        f"node          {plain(node.name)}: {node.rate:.1f} tokens/s, {node.output_tokens} tokens in its last run"
        for node in found.nodes
    ]
    return "\n".join(lines)


NOTED_EVERY = 10.0
"""Seconds between two notes of how fast the nodes are."""


class NodeLog:
    """Keeps `nodes.json` near the truth while a run on several GPUs or nodes goes on."""

    def __init__(self, path: Path) -> None:
        self._path, self._noted = path, time.monotonic()

    def note(self, stats: Stats) -> None:
        if time.monotonic() - self._noted > NOTED_EVERY:
            self._noted = time.monotonic()
            write_nodes(self._path, stats)


def write_nodes(path: Path, stats: Stats) -> None:
    """Nothing where the engine is not made of several. Raises ConfigError where it cannot be written."""
    if stats.members:
        rates = [NodeRate(name, one.output_tokens, round(one.rate, 2)) for name, one in stats.members.items()]
        write_atomic(path, msgspec.json.format(msgspec.json.encode(rates)))


def _nodes(path: Path) -> tuple[NodeRate, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[NodeRate, ...])
    except (OSError, msgspec.DecodeError):  # figures only; the next run writes them again
        return ()


def ledger_line(entry: Entry) -> str:
    """When (UTC), status, bytes, seconds, URL, and why it was asked; what went wrong stands at the end."""
    answer = "stopped" if entry.status is None else entry.status or "none"
    wrong = f": {entry.problem}" if entry.problem else ""
    return (
        f"{entry.at:%Y-%m-%d %H:%M:%S}  {answer:>7} {entry.bytes:10}  {entry.seconds:7.2f} s"
        f"  {entry.url}  {entry.why}{wrong}"
    )
