"""The program as a process of its own: its exit code, its results, its messages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from tests.kit.places import ROOT


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def trouble(self) -> str:
        """The one line that says what is wrong."""
        assert "Traceback" not in self.err
        (line,) = [line for line in self.err.splitlines() if line.startswith("localdigest: ")]
        assert self.err.endswith(line + "\n")
        assert self.out == ""
        return line


def localdigest(*arguments: str | Path, cwd: Path | None = None, models: Path | None = None, **more: str) -> Done:
    code = "from localdigest.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "COLUMNS": "200"}
    environment["LOCALDIGEST_MODELS"] = str(models or "no-such-folder")
    environment.update(more)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return Done(done.returncode, done.stdout, done.stderr)


def commands(group: click.Group, path: str = "localdigest") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
