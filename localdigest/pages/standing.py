"""How a workspace stands, from what is stored and what lies on the disk."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from localdigest import __version__
from localdigest.arxiv.ledger import Entry
from localdigest.messages import Reason
from localdigest.pages import contents, days, tally, window
from localdigest.pages.tally import Tally
from localdigest.records import Paper, Status, Task
from localdigest.store import Collect, Store
from localdigest.workspace.config import Config, Workspace


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
    reasons: dict[Reason, int]
    """Why something is pending, failed or skipped, and how often: the commonest first."""
    disk: dict[str, int]
    """Bytes by what they are for."""
    last_collect: Collect | None
    marks: dict[str, int]
    """How many papers have each of a user's marks."""
    nodes: tuple[NodeRate, ...] = ()
    """Of the last run on several GPUs or nodes."""


def standing(space: Workspace, store: Store) -> Standing:
    """Raises ConfigError as the store does."""
    pdfs = frozenset(entry.name[:-4] for entry in _entries(space.pdfs) if entry.name.endswith(".pdf"))
    total = tally.add(_tallies(space, store), pdfs)
    return Standing(
        days.written(space, store),
        store.known(),
        total.shown,
        total.counts,
        total.reasons,
        _disk(space.root),
        store.last_collect(),
        store.marked(),
        _nodes(space.nodes),
    )


_TOGETHER = 50
"""Pages counted in one transaction: a run that wants to store something waits no longer than for these."""

Span = tuple[datetime, datetime]


def _tallies(space: Workspace, store: Store) -> list[Tally]:
    """Of each page: as it was counted before where nothing has changed since, else counted now and kept."""
    conf = space.config
    settings = sha256(msgspec.json.encode((__version__, conf.categories, conf.language, conf.select, conf.window)))
    wanted = tuple(_announced(conf, store) if conf.window.mode == "announced" else _submitted(conf, store))
    known = store.tallies(settings.hexdigest())
    found = [msgspec.json.decode(known[day], type=Tally) for day, _ in wanted if day in known]
    missing = [pair for pair in wanted if pair[0] not in known]
    rules = contents.rules(conf)
    may_keep = os.access(space.library, os.W_OK)
    for start in range(0, len(missing), _TOGETHER):
        with store.together() if may_keep else contextlib.nullcontext():
            for day, span in missing[start : start + _TOGETHER]:
                papers = _papers(conf, store, day, span)
                made = store.states(papers, conf.language)
                counted = tally.count(papers, rules, conf.language, made, store.absent_pdfs(papers))
                if may_keep:
                    store.keep_tally(day, settings.hexdigest(), msgspec.json.encode(counted), span)
                found.append(counted)
    return found


def _announced(conf: Config, store: Store) -> Iterator[tuple[date, Span | None]]:
    for day, page in store.pages().items():
        if page.closed:
            yield day, None if page.window.mode == "announced" else _span(conf, day)


def _span(conf: Config, day: date) -> Span:
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    return span.start, span.end


def _submitted(conf: Config, store: Store) -> Iterator[tuple[date, Span]]:
    """The windows that papers were submitted in, whether they have a page or not."""
    moment = store.next_submission(datetime.min.replace(tzinfo=UTC))
    while moment is not None:
        day = window.page_of(moment, conf.window.zone, conf.window.anchor)
        span = _span(conf, day)
        yield day, span
        moment = store.next_submission(span[1])


def _papers(conf: Config, store: Store, day: date, span: Span | None) -> tuple[Paper, ...]:
    """Those in the categories, of one page; a paper is counted with the announcement that it is on."""
    papers = contents.read(conf, store, day).papers
    placed = store.placed(paper.id for paper in papers) if span and conf.window.mode == "announced" else {}
    return tuple(paper for paper in papers if paper.id not in placed or placed[paper.id].day is None)


def _disk(root: Path) -> dict[str, int]:
    """Bytes by the first name below `root`; one walk over all, so that nothing of the workspace is left out."""
    sizes: Counter[str] = Counter()
    for top in _entries(root):
        if top.is_file():
            sizes[top.name] += top.stat().st_size
        folders = [top.path] if top.is_dir(follow_symlinks=False) else []
        while folders:
            for entry in _entries(Path(folders.pop())):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file():
                    with contextlib.suppress(FileNotFoundError):  # a run may be at work
                        sizes[top.name] += entry.stat().st_size
    return dict(sizes.most_common())


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """None for a folder that is not there."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as found:
        yield from found


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
