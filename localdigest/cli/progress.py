"""What a person sees of long work: a live bar on a terminal, plain lines in a log. All of it on standard error."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from localdigest.cli import console as out
from localdigest.cli.course import Course
from localdigest.engine import Stats
from localdigest.messages import _, told
from localdigest.messages.terminal import plain
from localdigest.records import Result, Task
from localdigest.run.events import Counted, Event, Finished, Planned, Read, Said, Stepped

REFRESH = 4
"""Times a second that what is live is drawn again."""
WIDTH = 100
"""Columns at most: a bar across a wide screen says no more."""


def console() -> Console:
    return out.console(stderr=True)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("{hours} h {minutes:02} min", hours, minutes)
    if minutes:
        return _("{minutes} min {seconds:02} s", minutes, rest)
    return _("{seconds} s", rest)


def show_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output, a terminal; all columns but the first and the last hold figures."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=any(head), box=SIMPLE)
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if 0 < number < len(head) - 1 else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out.console().print(table)


class Watch:
    """An `events.Tell` that shows what it is told. Use as a context manager."""

    def __init__(self, to: Console | None = None, quiet: bool = False) -> None:
        self._console, self._quiet = to or console(), quiet
        self._board: Live | None = None
        self._stats = Stats()
        self._course = Course()
        self._open: Counter[str] = Counter()
        """Pieces of work that each paper still waits for."""
        self._papers = self._read = 0
        self._planned = time.monotonic()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        if self._board is not None:
            self._board.stop()

    def __call__(self, event: Event) -> None:
        course = self._course
        match event:
            case Said(text):
                self._line(told(text))
            case Read(_name, total):
                self._read += 1
                if self._board is None and total > 1:
                    self._line(_("{count} of {total} PDFs read", self._read, total))
            case Planned(due):
                self._plan(due)
            case Stepped(stats):
                self._stats = stats
                course.rate(stats.output_tokens, time.monotonic())
            case Counted(task, asked, answered):
                course.count(task, asked, answered, time.monotonic())
            case Finished(result):
                course.done[result.task] += 1
                self._open[result.paper_id] -= 1
                count = f"[{course.done.total()}/{course.due.total()}]"
                aside = "" if self._console.is_terminal else f" ({', '.join((self._rate(), *self._left()))})"
                self._line(f"{count} {result.paper_id} {_outcome(result)}{aside}")

    def _plan(self, due: Sequence[tuple[str, Task]]) -> None:
        self._course = Course(Counter(task for _id, task in due))
        self._open = Counter(paper_id for paper_id, _task in due)
        self._papers, self._planned = len(self._open), time.monotonic()
        if not due:
            self._line(_("nothing to do: all of it is finished already"))
            return
        self._line(_("{count} translations and breakdowns to do; loading the model", len(due)))
        if self._console.is_terminal and not self._quiet:
            self._board = Live(
                get_renderable=self._shown, console=self._console, transient=True, refresh_per_second=REFRESH
            )
            self._board.start()

    def _shown(self) -> RenderableType:
        """What stays at the bottom of a terminal while work is under way: a row a stage, and a line for all of it."""
        due = self._course.due
        rows = Table.grid(padding=(0, 1), expand=True)
        rows.add_column(style="bold", no_wrap=True)
        rows.add_column(ratio=1)
        rows.add_column(justify="right", no_wrap=True)
        if due["explain"]:
            rows.add_row(_("PDFs read"), ProgressBar(due["explain"], self._read), f"{self._read}/{due['explain']}")
        names: dict[Task, tuple[str, str]] = {
            "translate": (_("translations"), _("{done}/{total} sentences")),
            "explain": (_("breakdowns"), _("{done}/{total} bullets")),
        }
        for task, (name, counted) in names.items():
            if due[task]:
                done, total = self._course.answered[task], self._course.total(task)
                rows.add_row(name, ProgressBar(max(total, 1), done), counted.format(done=done, total=total))
        foot = Text(" · ".join(self._foot()), style="cyan", overflow="ellipsis", no_wrap=True)
        return Constrain(Group(rows, foot), WIDTH)

    def _foot(self) -> Iterator[str]:
        if self._course.began is None:
            yield _("loading the model: {time}", duration(time.monotonic() - self._planned))
            return
        papers = sum(left <= 0 for left in self._open.values())
        yield _("{done} of {total} papers done", papers, self._papers)
        if self._stats.output_tokens:
            yield self._rate()
        yield from self._left()
        if self._stats.memory:
            yield _("engine {size:.1f} GiB", self._stats.memory / 2**30)

    def _rate(self) -> str:
        each = [f"{name} {one.rate:.1f}" for name, one in self._stats.members.items()]
        aside = f" ({', '.join(each)})" if len(each) < 5 else f" ({len(each)} x)"
        rate = self._course.rate(self._stats.output_tokens, time.monotonic())
        return _("{rate:.1f} tokens/s", self._stats.rate if rate is None else rate) + (aside if each else "")

    def _left(self) -> Iterator[str]:
        if (left := self._course.left(time.monotonic())) is not None:
            yield _("about {time} left", duration(left))

    def _line(self, text: str) -> None:
        if not self._quiet:
            self._console.print(plain(text), soft_wrap=not self._console.is_terminal)


def _outcome(result: Result) -> str:
    if result.status == "done":
        return _("translated") if result.task == "translate" else _("explained")
    return told(result.reason.notice) if result.reason else ""


@contextlib.contextmanager
def doing(to: Console, what: str, quiet: bool = False) -> Iterator[None]:
    """What may take seconds and tells nothing: its name with a sign of life on a terminal, a line in a log."""
    if quiet:
        yield
    elif to.is_terminal:
        with to.status(Text(plain(what))):
            yield
    else:
        to.print(plain(what), soft_wrap=True)
        yield


@contextlib.contextmanager
def days(to: Console, total: int, quiet: bool) -> Iterator[Callable[[date, str], None]]:
    """Progress of one day after the other: a bar on a terminal, a line at each tenth in a log; and what went wrong.

    It is told of a day that is done, with what kept it from being so: that is said in any case.
    """
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())

    def show(day: date, trouble: str) -> None:
        live.update(row, advance=1, description=str(day))
        done = int(live.tasks[row].completed)
        if trouble:
            to.print(plain(f"{day}: {trouble}"), soft_wrap=True)
        elif not quiet and not to.is_terminal and 10 * done % total < 10:
            to.print(_("{done} of {total} days", done, total))

    with Progress(*columns, console=to, transient=True, disable=quiet or not to.is_terminal) as live:
        row = live.add_task("", total=total)
        yield show


@contextlib.contextmanager
def transfer(to: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Progress of bytes (a download, a hash): a bar on a terminal, a line at each tenth in a log."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    last = -1

    def show(done: int, total: int) -> None:
        nonlocal last
        live.update(row, completed=done, total=total)
        tenth = done * 10 // max(total, 1)
        if tenth != last and not to.is_terminal:
            last = tenth
            to.print(_("{what} {percent}% of {size:.0f} MiB", what, tenth * 10, total / 2**20))

    with Progress(*columns, console=to, transient=True, disable=not to.is_terminal) as live:
        row = live.add_task(what)
        yield show
