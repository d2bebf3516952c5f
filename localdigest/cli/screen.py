"""Results on a terminal: colour, wrapped text, tables. Piped, the same comes as plain lines. All on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from localdigest.cli.console import console
from localdigest.cli.out import echo
from localdigest.render.paper import Line, Role, as_text, indent

WIDEST = 100
"""Columns of running text: longer lines are hard to follow."""
_STYLES: dict[Role, str] = {
    "title": "bold",
    "meta": "dim",
    "head": "bold cyan",
    "aside": "dim",
    "evidence": "dim italic",
    "warning": "yellow",
}


def show_paper(lines: Iterable[Line]) -> None:
    if not sys.stdout.isatty():
        echo(as_text(iter(lines)), nl=False)
        return
    screen = console()
    width = min(screen.width, WIDEST)
    for line in lines:
        lead = indent(line)
        text = Text(line.text, style=_STYLES.get(line.role, ""))
        if not lead.strip():
            screen.print(Padding(text, (0, 0, 0, len(lead))), width=width)
            continue
        grid = Table.grid(padding=0)
        grid.add_column(width=len(lead), no_wrap=True)
        grid.add_column()
        grid.add_row(Text(lead), text)
        screen.print(grid, width=width)


def show_facts(rows: Sequence[tuple[str, str, str]]) -> None:
    """A table of (name, what is so, style)."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact, style in rows:
        table.add_row(Text(name), Text(fact, style=style))
    console().print(table)


def show_choices(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard error, beside a question: nothing that is asked there is a result."""
    table = Table(box=SIMPLE, pad_edge=False)
    for name in head[:-1]:
        table.add_column(name, no_wrap=True)
    table.add_column(head[-1])
    for row in rows:
        table.add_row(*map(Text, row))
    console(stderr=True).print(table)
