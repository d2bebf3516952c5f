"""The library and its lock between processes, one of which is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from localdigest.messages.errors import ConfigError, WorkspaceLocked
from localdigest.store import Store
from localdigest.workspace.lock import hold
from tests.kit.places import ROOT, with_tests

WRITER = """
import sys
from pathlib import Path
from localdigest.store import Store
from tests.kit.results import PAPER, done
with Store(Path(sys.argv[1])) as store:
    store.add_papers([PAPER])
    for number in range(1000000):
        store.save(f"{sys.argv[2]}-{number}", done("x" * 9000))
        print(f"{sys.argv[2]}-{number}", flush=True)
"""

HOLDER = """
import sys, time
from pathlib import Path
from localdigest.workspace.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=with_tests())


def test_what_was_saved_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    acknowledged: list[str] = []
    for turn, saves in enumerate((1, 2, 7)):
        with start(WRITER, path, turn) as child:
            assert child.stdout is not None
            for _ in range(saves):
                acknowledged.append(child.stdout.readline().strip())
            child.send_signal(signal.SIGKILL)  # at whatever it is doing by now
            acknowledged += child.stdout.read().split("\n")[:-1]
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    db.close()
    with Store(path) as store:
        found = store.stored(acknowledged)
    assert len(acknowledged) >= 10
    assert set(found.values()) == {("done", 1, "")}
    assert found.keys() == set(acknowledged)


def test_the_second_run_learns_who_holds_the_workspace(tmp_path: Path) -> None:
    with start(HOLDER, tmp_path) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        try:
            with pytest.raises(WorkspaceLocked, match=rf"{tmp_path}.*process {child.pid} on .*stop it") as caught:
                hold(tmp_path).__enter__()
            assert caught.value.exit_code == 6
        finally:
            child.kill()
    assert (tmp_path / ".lock-owner").exists()  # a stale one is no obstacle:
    with hold(tmp_path):
        assert f'"pid":{os.getpid()}' in (tmp_path / ".lock-owner").read_text()
    assert not (tmp_path / ".lock-owner").exists()
    with hold(tmp_path):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be locked"):
        hold(tmp_path / "file").__enter__()
