"""While a run works the system is asked to stay awake, and no longer."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from localdigest.run.awake import awake, command
from localdigest.workspace import config
from tests.kit import measurements
from tests.kit.places import SAMPLE
from tests.kit.workspaces import space_of

SCRIPT = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked by a call")
def test_the_inhibitor_runs_as_long_as_the_work_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = command(sys.platform)[0]
    script = tmp_path / program
    # As the real one does, it runs what it is told to, which waits for the end of its input.
    script.write_text(f'{SCRIPT}echo begun > "$(dirname "$0")/state"\ncat\necho ended > "$(dirname "$0")/state"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with awake(False):
        assert not (tmp_path / "asked").exists()
    with awake():
        pass
    assert (tmp_path / "state").read_text() == "ended\n"
    assert (tmp_path / "asked").read_text().split() == " ".join(command(sys.platform)[1:]).split()


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n"])
def test_a_system_that_cannot_be_asked_or_refuses_stops_no_run(
    script: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if script:
        (tmp_path / command(sys.platform)[0]).write_text(script)
        (tmp_path / command(sys.platform)[0]).chmod(0o755)
    with awake():
        pass


def test_each_system_is_asked_by_its_own_program() -> None:
    assert command("darwin")[:2] == ["caffeinate", "-i"]
    assert "--what=sleep:idle" in command("linux")


def test_windows_is_asked_by_a_call_and_told_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    kernel = SimpleNamespace(SetThreadExecutionState=calls.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    with awake():
        assert calls == [0x80000001]
    assert calls == [0x80000001, 0x80000000]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked by a call")
@pytest.mark.parametrize("way", ["run", "explain"])
def test_may_sleep_asks_nobody(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space: config.Workspace = space_of(tmp_path / "digest")
    script = tmp_path / command(sys.platform)[0]
    script.write_text(f"{SCRIPT}cat\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    words = {
        "run": ("run", "--from", SAMPLE / "atom.xml", "--date", "2026-01-30"),
        "explain": ("explain", SAMPLE / "pdfs" / "2009.06122v1.pdf", "--json"),
    }[way]
    for more in (("--may-sleep",), ()):
        done = measurements.command("-q", "-C", space.root, *words, *more)
        assert done.exit_code in (0, 3), done.output
        assert (tmp_path / "asked").exists() != bool(more)
