"""The one way to a terminal: whatever is said goes through `plain`, so that no text of a stranger acts on it.

What is for a program (JSON, a page, a script) keeps what it says; its characters that act are written as JSON does.
A test over the syntax trees finds whoever goes past this module.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import unicodedata
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import click

from localdigest.messages.terminal import ACTS, plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Styled:
    text: str
    colour: str | None = None
    bold: bool = False


def echo(*pieces: str | Styled, err: bool = False, nl: bool = True) -> None:
    """A text for people, whole lines or one of several lines."""
    texts = (piece if isinstance(piece, str) else piece.text for piece in pieces)
    shown = [
        lines(text) if isinstance(piece, str) else click.style(lines(text), fg=piece.colour, bold=piece.bold)
        for text, piece in zip(texts, pieces, strict=True)
    ]
    click.echo("".join(shown), err=err, nl=nl)


def echo_json(text: str | bytes, *, nl: bool = True) -> None:
    """JSON: what acts on a terminal stands only within its strings, and says the same there as an escape."""
    text = text.decode() if isinstance(text, bytes) else text
    click.echo(text if text.isprintable() else "".join(map(_escaped, text)), nl=nl)


def echo_bytes(content: bytes) -> None:
    """A page or a script, byte by byte: for a file, whatever the command line calls it."""
    click.echo(content, nl=False)


def ask(text: str, default: T | None = None, **how: Any) -> T:
    """A question on standard error; what it proposes may be a stranger's, too."""
    proposed = plain(default) if isinstance(default, str) else default
    answer: T = click.prompt(lines(text), default=proposed, err=True, **how)
    return answer


def agree(text: str, default: bool) -> bool:
    return click.confirm(lines(text), default=default, err=True)


def lines(text: str) -> str:
    return "\n".join(map(plain, text.split("\n")))


def _escaped(char: str) -> str:
    if char in "\n" or unicodedata.category(char) not in ACTS:
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


class _Log(logging.StreamHandler[Any]):
    def format(self, record: logging.LogRecord) -> str:
        return lines(super().format(record))


def log(level: int) -> None:
    """What the libraries log, and we, goes to standard error in the same way."""
    logging.basicConfig(level=level, format="%(name)s: %(message)s", handlers=[_Log()])


def hear() -> None:
    """From now on all that Python itself says of errors and warnings is said here, in threads and finalizers, too."""
    sys.excepthook = defect
    threading.excepthook = _failed
    sys.unraisablehook = _failed
    logging.captureWarnings(True)


def _failed(told: Any) -> None:
    if not issubclass(told.exc_type, SystemExit):
        defect(told.exc_type, told.exc_value or told.exc_type(), told.exc_traceback)


def defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What failed may have a stranger's text in its message."""
    echo("".join(traceback.format_exception(kind, error, trace)), err=True, nl=False)
