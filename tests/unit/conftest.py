"""Unit tests start no process: one that does fails, and belongs into tests/system."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator

import pytest

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.spawn", "os.system"}

_started: list[str] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event in STARTS:
        _started.append(f"{event} {str(arguments)[:200]}")


platform.processor()  # Python asks `uname -p` for it once, in whichever test comes first
sys.addaudithook(_note)


@pytest.fixture(autouse=True)
def no_process() -> Iterator[None]:
    """By Python's own audit hook, which nothing that starts a process goes around."""
    _started.clear()
    yield
    assert not _started, f"a unit test starts a process, move it to tests/system: {_started[0]}"
