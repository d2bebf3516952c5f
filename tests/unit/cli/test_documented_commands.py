"""Every `localdigest` line that README and docs show is one that the program takes: command, options and values."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from localdigest.cli import cli
from tests.kit import documented
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


# ---------------------------------------------------------------- who runs the others

SYSTEM = "tests/system/"
RUN = {
    "localdigest": SYSTEM + "cli/test_documented_lines.py",
    "./scripts/quickstart": SYSTEM + "test_setup.py",
    "./scripts/test": ".ci/run",
    "scripts/setup": ".ci/run",
    "scripts/llama_wheel portable": ".github/workflows/portable.yml",
    "mkdocs build --strict": ".ci/run",
    "pipx install": ".ci/run",
    "python3 -m venv": SYSTEM + "transfer/test_airgap.py",
    "python $(echo": SYSTEM + "transfer/test_airgap.py",
    "openssl pkeyutl": SYSTEM + "transfer/test_package_day.py",
    "base64 -d": SYSTEM + "transfer/test_package_day.py",
    "sha256sum -c": SYSTEM + "transfer/test_package_day.py",
}
"""By its words: the file in which it stands and is run."""
NOT_RUN = {
    "git clone": "there is no address to clone from yet; the rest of the way is run in a copy",
    "export": "sets a variable",
    "cd": "goes to a folder",
    ".": "goes into an environment",
    "pre-commit install": "writes into the clone's own hooks; what they run is run",
    "python scripts/make_docs.py": "a test calls it and compares, without writing",
    "pip install": "of the extra `docs`, which `dev` has",
    "pip install --no-index": "as the air gap's line, which is run, with an extra of 60 MiB",
    "scripts/coverage": "a quarter longer than the tests, which it runs",
    "scripts/mutate": "minutes; changes the sources",
    "sudo": "root's, on a lab's machines; systemd-analyze reads the units in a test",
    "podman": "needs an engine of containers; what the file names is tested",
    "ray start": "Ray's own; tests start the same nodes by its library",
    "jq -r": "another program; the export that it asks is held by its schema",
}
"""By its words: why nobody does."""


def test_every_documented_command_is_run_by_something_or_says_why_not() -> None:
    shown = [piece.split() for page in documented.PAGES for piece in documented.pieces(page)]
    entries = {entry: entry.split() for entry in RUN | NOT_RUN}

    def is_of(piece: list[str], words: list[str]) -> bool:
        return piece[0] == words[0] and {*words} <= {*piece}

    unknown = [" ".join(piece) for piece in shown if not any(is_of(piece, words) for words in entries.values())]
    assert unknown == []
    assert [entry for entry, words in entries.items() if not any(is_of(piece, words) for piece in shown)] == []
    lacking = []
    for entry, place in RUN.items():
        text = (ROOT / place).read_text("utf-8")
        # The air gap's test takes its lines from the page.
        if not all(word in text for word in entry.removeprefix("./").split()) and '"docs" / "airgap.md"' not in text:
            lacking.append(f"{entry}: is not in {place}")
    assert lacking == []
