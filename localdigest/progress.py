"""What a person sees of long work: a live bar on a terminal, plain lines in a log. All of it on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from localdigest.engine import Stats
from localdigest.events import Finished, Planned, Said, Stepped
from localdigest.pace import EFFORT
from localdigest.terminal import plain

_DONE = {"translate": "translated", "explain": "explained"}


def console() -> Console:
    return Console(stderr=True)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def show_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output, a terminal; all columns but the first and the last hold figures."""
    table = Table(title=title, title_justify="left", title_style="bold", show_header=any(head), box=SIMPLE)
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if 0 < number < len(head) - 1 else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


class Watch:
    """An `events.Tell` that shows what it is told. Use as a context manager."""

    def __init__(self, to: Console | None = None, quiet: bool = False) -> None:
        self._console, self._quiet = to or console(), quiet
        self._live: Progress | None = None
        self._stats = Stats()
        self._due = self._finished = 0
        self._effort = self._spent = 0
        self._began = time.monotonic()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: Said | Planned | Stepped | Finished) -> None:
        match event:
            case Said(text):
                self._line(text)
            case Planned(due):
                self._plan(len(due), sum(EFFORT[task] for _, task in due))
            case Stepped(stats):
                self._stats = stats
                if self._live is not None:
                    self._live.update(self._live.task_ids[0], rate=self._rate())
            case Finished(result):
                self._finished += 1
                self._spent += EFFORT[result.task]
                outcome = _DONE[result.task] if result.status == "done" else result.reason
                aside = "" if self._console.is_terminal else f" ({self._rate()}, {self._left()})"
                self._line(f"[{self._finished}/{self._due}] {result.paper_id} {outcome}{aside}")
                if self._live is not None:
                    done = f"{self._finished}/{self._due}"
                    self._live.update(self._live.task_ids[0], completed=self._spent, done=done, left=self._left())

    def _plan(self, due: int, effort: int) -> None:
        self._due, self._effort, self._began = due, effort, time.monotonic()
        if not due:
            self._line("nothing to do: all of it is finished already")
            return
        self._line(f"{due} pieces of work; loading the model")
        if self._console.is_terminal and not self._quiet:
            self._live = Progress(
                TextColumn("[bold]digest"),
                BarColumn(bar_width=None),
                TextColumn("{task.fields[done]}"),
                TextColumn("{task.fields[rate]}", style="cyan"),
                TextColumn("{task.fields[left]}"),
                console=self._console,
                transient=True,
            )
            self._live.start()
            self._live.add_task("digest", total=effort, done=f"0/{due}", rate="", left="")

    def _rate(self) -> str:
        each = [f"{name} {one.rate:.1f}" for name, one in self._stats.members.items()]
        aside = f" ({', '.join(each)})" if len(each) < 5 else f" on {len(each)} nodes"
        return f"{self._stats.rate:.1f} tokens/s" + (aside if each else "")

    def _left(self) -> str:
        # All of a run counts: a paper takes a minute or more, and the last one says little of the next.
        left = (time.monotonic() - self._began) / self._spent * (self._effort - self._spent)
        return f"about {duration(left)} left"

    def _line(self, text: str) -> None:
        if not self._quiet:
            self._console.print(plain(text), highlight=False, markup=False, soft_wrap=True)


class Transfer:
    """Progress of bytes (a download, a hash): a bar on a terminal, a line at each tenth in a log."""

    def __init__(self, console: Console, what: str) -> None:
        self._console, self._what = console, what
        self._tenth = -1
        self._live = Progress(
            TextColumn(what), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip

    def __enter__(self) -> Callable[[int, int], None]:
        self._live.start()
        self._task = self._live.add_task(self._what)
        return self._show

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def _show(self, done: int, total: int) -> None:
        self._live.update(self._task, completed=done, total=total)
        tenth = done * 10 // max(total, 1)
        if tenth != self._tenth and not self._console.is_terminal:
            self._tenth = tenth
            self._console.print(f"{self._what} {tenth * 10}% of {total / 2**20:.0f} MiB", highlight=False)
