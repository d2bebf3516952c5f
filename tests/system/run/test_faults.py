"""Kills, full and read-only disks, damaged libraries, two at once: nothing is lost.

The whole program runs, with a scripted engine in its child process. scripts/torture.py does the same for long.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from localdigest import files
from localdigest.messages.errors import ConfigError
from tests.kit import faults, killing
from tests.kit.places import with_tests

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
needs_mounts = pytest.mark.skipif(not faults.can_mount(), reason="may not mount in a namespace of its own here")


@linux
def test_kills_of_any_process_lose_nothing_and_leave_nothing(tmp_path: Path) -> None:
    *_, tally = killing.torture(tmp_path, 5, Random(5))  # noqa: S311
    assert sum(tally.kills.values()) == 5


@linux
@pytest.mark.parametrize("kind", ["reader", "engine"])
def test_a_childs_death_costs_the_run_nothing(undisturbed: Path, kind: str) -> None:
    expected = faults.reference(undisturbed)
    root, mark = killing.workspace(undisturbed / "digest"), f"TORTURE=child-{os.getpid()}-{kind}"
    variables = with_tests(TORTURE=mark.partition("=")[2], SCRIPTED_PAUSE="0.01")
    with subprocess.Popen(killing.the_day(root), env=variables, stderr=subprocess.DEVNULL) as process:
        victims: list[int] = []
        while process.poll() is None and not victims:
            victims = [pid for pid, what in killing.alive(mark).items() if what == kind]
        os.kill(victims[0], signal.SIGKILL)
    assert process.returncode == 0
    assert (root / killing.PAGE).read_bytes() == expected


@linux
def test_a_reader_that_loops_dies_with_its_parent(tmp_path: Path) -> None:
    """Even where it never comes back to Python: a regular expression that takes for ever holds the interpreter."""
    loop = "import re; re.match(r'(a+)+$', 'a' * 64 + 'b')"
    child = f"from localdigest.pdf import child; child._end_with_parent(); print('looping', flush=True); {loop}"
    parent = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)\n"
        "print(p.pid, flush=True)\np.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True,
                          env=with_tests()) as process:  # fmt: skip
        assert process.stdout is not None
        first, second = process.stdout.readline().strip(), process.stdout.readline().strip()
        assert "looping" in (first, second)
        reader = Path("/proc") / (first if second == "looping" else second)
        process.kill()
    deadline = time.monotonic() + 10
    while reader.exists() and (reader / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline, "the reader outlived its parent"
        time.sleep(0.02)


@linux
@needs_mounts
def test_a_disk_that_fills_up_is_a_sentence_and_costs_nothing(undisturbed: Path) -> None:
    assert "full disks" in faults.full_disks(undisturbed, 5)


@linux
@needs_mounts
def test_a_folder_that_cannot_be_written_to_is_told_before_the_work(undisturbed: Path) -> None:
    posts, all_of_it = faults.inside("read_only", undisturbed).splitlines()
    assert "posts: cannot be written" in posts
    assert str(undisturbed / "digest") in all_of_it


def test_damaged_libraries_are_refused_kept_and_rebuilt(undisturbed: Path) -> None:
    told = faults.damaged(undisturbed, 4, Random(2))  # noqa: S311
    assert " 0 rebuilt" not in told


def test_a_rebuilt_library_makes_nothing_anew_where_the_exports_have_it(undisturbed: Path) -> None:
    expected = faults.reference(undisturbed)
    root = undisturbed / "undisturbed"
    whole = [*killing.program(), "status", "-C", str(root), "--rebuild"]
    code, said = faults.run(whole)
    assert (code, "is whole" in faults.trouble(said)) == (2, True)
    results = killing.stored(root / "library.db")
    (root / "library.db").write_bytes(b"not a database" * 999)
    code, said = faults.run(whole)
    assert code == 0
    assert "kept as" in said
    assert "0 results were read of the old one, 4 come from exports" in said
    assert killing.stored(root / "library.db") == results
    code, said = faults.run([*killing.program(), "digest", "-C", str(root), "--date", killing.DAY])
    assert code == 0
    assert "nothing to do" in said
    assert (root / killing.PAGE).read_bytes() == expected


def test_two_runs_at_once_do_not_mix(undisturbed: Path) -> None:
    expected, root = faults.reference(undisturbed), killing.workspace(undisturbed / "digest")
    # A stale owner's note, of a run that was killed, is no obstacle.
    (root / ".lock-owner").write_text('{"pid":1,"host":"x","since":"2020-01-01T00:00:00Z","command":"old"}')
    gate = undisturbed / "gate"
    held = with_tests(SCRIPTED_GATE=str(gate))
    with subprocess.Popen(killing.the_day(root), env=held, stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr is not None
        for line in first.stderr:
            if "translated" in line:
                break
        code, said = faults.run(killing.the_day(root))
        assert code == 6
        assert f"process {first.pid} " in faults.trouble(said)
        code, said = faults.run([*killing.program(), "status", "-C", str(root)])
        assert code == 0, said
        code, said = faults.run(
            [*killing.program(), "render", "-C", str(root), "--date", killing.DAY, "--model", "tiny"]
        )
        assert code == 0, said
        gate.touch()
        first.stderr.read()
    assert first.returncode == 0
    assert (root / killing.PAGE).read_bytes() == expected


# ---------------------------------------------------------------- files, whole or not at all

PACKAGE = Path(files.__file__).parent
NAMED = {"write_text", "write_bytes", "touch", "copy", "copyfile", "copy2", "copytree", "move", "savefig", "mkstemp",
         "NamedTemporaryFile"}  # fmt: skip
"""Names of calls that make a file, beside `open`."""
NO_RESULTS = {
    ("rebuild", "copyfile"),  # a damaged library's copies: for SQLite to look at, and kept aside
    ("picture", "savefig"),  # into memory
    ("settings", "write_text"),  # a wish to the scheduler, in /proc
    ("worker", "os.fdopen(os.dup(1), 'wb')"),  # the child's answers, a pipe
    ("children", "os.fdopen(os.dup(1), 'w')"),
    # Of a transfer package: into staging, which is renamed as a whole, synced, or under a name of its own first.
    ("check", "path.open('ab')"),
    ("opening", "copyfile"),
    ("software", "copyfile"),
    ("software", "write_text"),
    ("keys", "os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), 'wb')"),  # 0600 from the first byte
}


def writes(path: Path) -> list[str]:
    """Calls in a module that open a file for writing, or whose mode cannot be told."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in NAMED:
            # `model.copy(source, target)` and the like are no files: shutil's are.
            on = node.func.value if isinstance(node.func, ast.Attribute) else None
            if not name.startswith(("copy", "move")) or (isinstance(on, ast.Name) and on.id == "shutil"):
                found.append(name)
        if name in ("open", "fdopen"):
            given = [word.value for word in node.keywords if word.arg == "mode"]
            # Path.open(mode), and open(file, mode); a backend's open(length) has no mode.
            method = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") != "os"
            given += node.args[0 if method else 1 :][:1]
            modes = [mode.value for mode in given if isinstance(mode, ast.Constant)]
            found += [ast.unparse(node) for mode in modes if set(str(mode)) & set("wax+")]
    return found


def test_only_one_module_opens_files_for_writing() -> None:
    assert writes(PACKAGE / "files.py"), "the search finds nothing"
    found = {}
    for path in PACKAGE.rglob("*.py"):
        calls = [call for call in writes(path) if (path.stem, call) not in NO_RESULTS]
        if path.name != "files.py" and calls:
            found[path.relative_to(PACKAGE).as_posix()] = calls
    assert found == {}


def test_what_a_killed_write_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "site" / "days").mkdir(parents=True)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, own = tmp_path / "posts" / f".a.md.{ended.pid}.tmp", tmp_path / f".b.{os.getpid()}.tmp"
    deep = tmp_path / "site" / "days" / f".2026-01-30.json.{ended.pid}.tmp"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        living, old = tmp_path / f".c.{other.pid}.tmp", tmp_path / f".d.{other.pid}.tmp"
        mine = tmp_path / ".notes.tmp"
        for path in (dead, own, living, old, mine, deep):
            path.write_text("half")
        os.utime(old, (0, 0))
        files.sweep(tmp_path)
        assert {path for path in (dead, own, living, old, mine, deep) if path.exists()} == {living, mine}
        other.communicate(b"\n")


def test_a_folder_is_made_and_tried(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/b: cannot be written .*; free space there or choose another folder"):
        files.make_folder(tmp_path / "file" / "b")
