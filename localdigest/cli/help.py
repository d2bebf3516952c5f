"""Help in the user's language: the texts of commands and options looked up, and set by what they take on a terminal."""

from __future__ import annotations

import inspect
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

import click
from click.formatting import iter_rows, measure_table

from localdigest.cli.out import Styled, echo
from localdigest.messages import Notice, _, chinese
from localdigest.messages import told as in_words
from localdigest.messages.terminal import columns


def texts(command: click.Command) -> Iterator[str]:
    """Every text of `command` and of those below it that a person is shown, as the catalogue has them."""
    if command.help:
        yield inspect.cleandoc(command.help)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help
    if isinstance(command, click.Group):
        for name in command.commands:
            yield from texts(command.commands[name])


def localize(command: click.Command) -> None:
    """Puts the texts of a tree of commands into the user's language; for English there is nothing to do."""
    if not chinese():
        return
    if command.help:
        command.help = _(inspect.cleandoc(command.help))
        command.short_help = re.split(r"[。\n]", command.help)[0]
    command.context_class = _Context
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = _(parameter.help)
    if isinstance(command, click.Group):
        for name in command.commands:
            localize(command.commands[name])


class _Formatter(click.HelpFormatter):
    """As click's, but a Han character takes two columns, and a line may break after any."""

    def write_text(self, text: str) -> None:
        for line in wrapped(text, max(self.width - self.current_indent, 11)):
            self.write((" " * self.current_indent + line).rstrip() + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        table = list(rows)
        first = min(measure_table(table)[0], col_max) + col_spacing
        for name, told in iter_rows(table, 2):
            lines = wrapped(told, max(self.width - self.current_indent - first, 10)) or [""]
            lead = " " * self.current_indent + name
            if len(name) > first - col_spacing:
                self.write(lead + "\n")
                lead = " " * self.current_indent
            self.write(lead.ljust(self.current_indent + first) + lines[0] + "\n")
            for line in lines[1:]:
                self.write(" " * (self.current_indent + first) + line + "\n")


class _Context(click.Context):
    formatter_class = _Formatter


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns; its paragraphs stay apart. Closing punctuation begins no line."""
    lines = []
    for place, paragraph in enumerate(text.split("\n\n")):
        if place:
            lines.append("")
        line = ""
        for piece in re.findall(r"(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。；：、！？）」”]*|\s+", paragraph):
            word = " " if piece.isspace() else piece
            if columns(line + word) > width and line.strip():
                lines.append(line.rstrip())
                line = ""
            line += word if line or word != " " else ""
        if line.strip():
            lines.append(line.rstrip())
    return lines


def say(text: str, *, err: bool = True, lead: Sequence[str | Styled] = (), indent: int = 0) -> None:
    """A text for people, on a terminal broken between words; `lead` stands before it, further lines `indent` in."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        width = shutil.get_terminal_size().columns - indent - 1
        broken = [piece for line in text.split("\n") for piece in wrapped(line, width) or [""]]
        text = ("\n" + " " * indent).join(broken)
    echo(*lead, text, err=err)


def tell(text: Notice | str) -> None:
    """`messages.Say`, on standard error."""
    say(in_words(text))
