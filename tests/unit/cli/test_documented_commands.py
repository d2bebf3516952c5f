"""Every `localdigest` line that README and docs show is one that the program takes: command, options and values."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from localdigest.cli import cli
from tests.kit.places import ROOT

PAGES = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "localdigest" / "templates").rglob("INSTALL*.txt"),
]
STANDS_FOR = {"DATE": "2026-01-30", "HH:MM": "08:00", "MINUTES": "5", "N": "1", "DAY": "2026-01-30", "NAME": "html"}


def shown() -> Iterator[tuple[str, list[str]]]:
    """Page, and the words after `localdigest` of each line of code and of each command in a sentence."""
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
        lines += re.findall(r"`((?:[A-Z_]+=\S+ )?(?:\.venv/bin/)?localdigest [^`]+)`", re.sub(r"\n", " ", text))
        for line in lines:
            for part in re.split(r"&&|\||;| > ", line.partition("  #")[0]):
                found = re.match(r"\s*(?:box\$ |lab\$ |[A-Z_]+=\S+ )*(?:\S*/)?localdigest(?= -| [a-z])(.*)$", part)
                if found:
                    yield page.name, shlex.split(found[1].replace("...", "").replace("…", ""))


def parse(words: list[str]) -> None:
    """As the program would, up to running it. Raises click.ClickException."""
    command: click.Command = cli
    parent: click.Context | None = None
    while True:
        context = command.make_context(command.name, list(words), parent=parent)
        if not isinstance(command, click.Group):
            return
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        _name, found, words = command.resolve_command(context, rest)
        assert found is not None
        command, parent = found, context


@pytest.mark.parametrize("page", sorted({page for page, _words in shown()}))
def test_every_documented_command_line_parses(page: str) -> None:
    wrong = []
    for name, words in shown():
        if name != page or any("|" in word or "[" in word for word in words):
            continue
        try:
            parse([STANDS_FOR.get(word, word) for word in words])
        except click.exceptions.Exit:
            pass  # --help, --version
        except (click.MissingParameter, click.exceptions.NoArgsIsHelpError):
            pass  # a command that is only spoken of
        except click.ClickException as error:
            wrong.append(f"localdigest {' '.join(words)}: {error.format_message()}")
    assert wrong == []


def test_over_a_hundred_command_lines_are_read_from_the_docs() -> None:
    assert len(list(shown())) > 100
    assert {Path(name).suffix for name, _ in shown()} == {".md", ".txt"}
