"""What the PDF reader's process can no longer do, tried in processes of their own: a cage cannot be left again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock are Linux's")

TRY = """
import ctypes, errno, fcntl, json, os, platform, resource, signal, socket, subprocess, sys, threading
from pathlib import Path
from localdigest.pdf import cage
path = Path(sys.argv[1])
other = path.with_name("other.pdf")
libc, parent, neighbour = ctypes.CDLL(None, use_errno=True), os.getppid(), int(sys.argv[3])
x86 = platform.machine() == "x86_64"
if sys.argv[2] == "old":
    libc.prctl(38, 1, 0, 0, 0)
    unknown = cage._if((cage._EQUAL, cage._CREATE_RULESET), (cage._RETURN, 0, 0, cage._UNKNOWN))
    cage._filter(libc, [(cage._LOAD, 0, 0, 0), *unknown, (cage._RETURN, 0, 0, cage._ALLOW)])
filtered, walled = cage.close([path]) if sys.argv[2] != "open" else (False, False)
def attempt(what):
    try:
        what()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def fork():
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)
def memory(process):
    with open(f"/proc/{process}/mem", "rb", buffering=0) as file, open(f"/proc/{process}/maps") as maps:
        file.seek(int(maps.readline().partition("-")[0], 16))
        file.read(64)
def threads():
    one = threading.Thread(target=int)
    one.start()
    one.join()
buffer = ctypes.create_string_buffer(64)
print(json.dumps({
    "inet": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()),
    "unix": attempt(lambda: socket.socket(socket.AF_UNIX).close()),
    "pair": attempt(lambda: [end.close() for end in socket.socketpair()]),
    "program": attempt(lambda: subprocess.run(["/bin/true"], check=True)),
    "fork": attempt(fork),
    "signal to the parent": attempt(lambda: os.kill(parent, 0)),
    "signal to all": attempt(lambda: os.killpg(0, signal.SIGCONT)),
    "signal by a descriptor": attempt(lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, parent)),
    "signal of a descriptor": attempt(lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETSIG, signal.SIGCONT)),
    "parent's memory": attempt(lambda: memory(parent)),
    "a neighbour's memory": attempt(lambda: memory(neighbour)),
    "limits of the parent": attempt(lambda: resource.prlimit(parent, resource.RLIMIT_CORE)),
    "pidfd": attempt(lambda: os.close(os.pidfd_open(parent))),
    "unshare": attempt(lambda: call(272 if x86 else 97, 0x10000000)),
    "write": attempt(lambda: path.with_name("new").write_bytes(b"x")),
    "append": attempt(lambda: path.open("ab").close()),
    "rename": attempt(lambda: path.rename(path)),
    "rename over another": attempt(lambda: path.with_name("third").replace(other)),
    "remove": attempt(lambda: path.with_name("gone").unlink()),
    "folder": attempt(lambda: path.with_name("folder").mkdir()),
    "link": attempt(lambda: path.with_name("link").symlink_to(path)),
    "another file": attempt(lambda: other.read_bytes()),
    "home": attempt(lambda: os.listdir(path.parent)),
    "read": attempt(lambda: path.read_bytes()),
    "library": attempt(lambda: __import__("numpy")),
    "thread": attempt(threads),
    "own limit": attempt(lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))),
    "answer": attempt(lambda: os.write(1, b"")),
    # Not tried outside of it: what they would do there.
    **({} if sys.argv[2] == "open" else {
        "ptrace": attempt(lambda: call(101 if x86 else 117, 16, parent, 0, 0)),
        "process_vm_readv": attempt(lambda: call(310 if x86 else 270, parent, buffer, 1, buffer, 1, 0)),
        "bpf": attempt(lambda: call(321 if x86 else 280, 0, buffer, 64)),
        "setns": attempt(lambda: call(308 if x86 else 268, -1, 0)),
        "mount": attempt(lambda: call(165 if x86 else 40, None, None, None, 0, None)),
        "userfaultfd": attempt(lambda: call(323 if x86 else 282, 0)),
        "io_uring": attempt(lambda: call(425, 1, buffer)),
        "openat2": attempt(lambda: call(437, -100, str(path).encode(), buffer, 24)),
    }),
    "filtered": filtered, "walled": walled,
}))
"""
REFUSED = ("EPERM", "EACCES")
STAYS = ("read", "library", "thread", "own limit", "answer")


def tried(how: str, folder: Path) -> dict[str, object]:
    path = folder / "some.pdf"
    for name in (path, folder / "other.pdf", folder / "gone", folder / "third"):
        name.write_bytes(b"%PDF-")
    wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(wait, stdin=subprocess.PIPE) as neighbour:  # which ends with its input
        command = [sys.executable, "-c", TRY, str(path), how, str(neighbour.pid)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_in_the_cage_there_is_its_file_and_nothing_else(tmp_path: Path) -> None:
    found = tried("closed", tmp_path)
    filtered, walled = found.pop("filtered"), found.pop("walled")
    if not filtered or not walled:
        pytest.skip("this kernel or processor has no filter, or no Landlock")
    assert {name: said for name, said in found.items() if name in STAYS} == dict.fromkeys(STAYS, "done")
    assert {name: said for name, said in found.items() if name not in STAYS and said not in REFUSED} == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone", "other.pdf", "some.pdf", "third"]


def test_without_landlock_it_can_read_and_nothing_else(tmp_path: Path) -> None:
    """As on a kernel from before it; whose memory it may then read, the system's own rules and `shield` say."""
    found = tried("old", tmp_path)
    if not found.pop("filtered"):
        pytest.skip("this kernel or processor takes no filter")
    assert not found.pop("walled")
    for name in ("parent's memory", "a neighbour's memory"):
        found.pop(name)
    stays = (*STAYS, "another file", "home")
    assert {name: said for name, said in found.items() if name in stays} == dict.fromkeys(stays, "done")
    assert {name: said for name, said in found.items() if name not in stays and said not in REFUSED} == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone", "other.pdf", "some.pdf", "third"]


def test_outside_of_it_the_same_attempts_succeed(tmp_path: Path) -> None:
    found = tried("open", tmp_path)
    assert (found.pop("filtered"), found.pop("walled")) == (False, False)
    for name in (
        "parent's memory",
        "a neighbour's memory",
        "unshare",
        "limits of the parent",
    ):  # as the system's own rules have it
        found.pop(name)
    assert set(found.values()) == {"done"}


OLD_KERNEL = """
import ctypes, sys
from localdigest.pdf import cage
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
unknown = cage._if((cage._EQUAL, cage._CREATE_RULESET), (cage._RETURN, 0, 0, cage._UNKNOWN))
assert cage._filter(libc, [(cage._LOAD, 0, 0, 0), *unknown, (cage._RETURN, 0, 0, cage._ALLOW)])
dumpable = lambda: libc.prctl(3, 0, 0, 0, 0)
before = dumpable()
cage.shield()
parent = dumpable()
libc.prctl(4, 1, 0, 0, 0)
print(before, parent, *cage.close([]), dumpable())
try:
    open(sys.argv[1], "ab")
except PermissionError:
    print("not written")
"""


def test_without_landlock_memory_is_closed_and_nothing_is_written(tmp_path: Path) -> None:
    """As on a kernel from before it, which a filter that does not know its calls plays."""
    done = subprocess.run([sys.executable, "-c", OLD_KERNEL, str(tmp_path / "new")], capture_output=True, text=True)
    if "AssertionError" in done.stderr:
        pytest.skip("this kernel or processor takes no filter")
    assert done.stdout == "1 0 True False 0\nnot written\n"


def test_the_pdf_reader_is_in_the_cage(tmp_path: Path) -> None:
    """What the child does before it opens the file, and then a socket and a file."""
    path = tmp_path / "some.pdf"
    path.write_bytes(b"%PDF-")
    for after in ("__import__('socket').socket()", f"open({str(tmp_path / 'new')!r}, 'w')"):
        code = (
            "from pathlib import Path; from localdigest.pdf import child;"
            f"child._limit(Path({str(path)!r}), 1 << 30, 60.0); {after}"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        if not cage_works():
            pytest.skip("this kernel or processor takes no filter")
        assert "PermissionError" in done.stderr


def test_what_the_reader_says_is_bounded(tmp_path: Path) -> None:
    code = (
        "import os; from pathlib import Path; from localdigest.pdf import child; child._limit(Path(), 1 << 30, 60.0);"
        "os.write(2, b'%d' % (os.write(1, bytes(child.MAX_ANSWER)) - child.MAX_ANSWER)); os.write(1, b'1')"
    )
    with (tmp_path / "out").open("wb") as out:
        done = subprocess.run([sys.executable, "-c", code], stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr.startswith("0")
    assert "File too large" in done.stderr


def test_a_reader_that_works_too_long_is_told_from_one_that_somebody_killed() -> None:
    code = (
        "from pathlib import Path; from localdigest.pdf import child; child._limit(Path(), 1 << 30, 0.0)\nwhile True: 1"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGXCPU


def cage_works() -> bool:
    code = "from localdigest.pdf import cage; raise SystemExit(not any(cage.close([])))"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("entry", ["child.child", "child.child_pages", "figures.child"])
def test_every_reader_ends_with_its_parent(entry: str, tmp_path: Path) -> None:
    """The parent is killed while the reader waits for its file, a pipe that nobody writes to."""
    pipe = tmp_path / "paper.pdf"
    os.mkfifo(pipe)
    code = (
        "import sys; from pathlib import Path; from localdigest import pdf;"
        f"pdf.ask_child(Path(sys.argv[1]), 60.0, 1 << 30, '{entry}', dict, {ASKED!r})"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(pipe)])
    reader = _until(lambda: next(iter(_children(parent.pid)), None))
    _until(lambda: "fifo" in Path(f"/proc/{reader}/wchan").read_text() or _waits(reader))
    parent.kill()
    parent.wait()
    _until(lambda: not Path(f"/proc/{reader}").exists() or None)


ASKED = '{"captions":[],"wishes":[],"most":1}'


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _waits(pid: int) -> bool:
    """Whether it has got so far that its standard input is watched: a second thread."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())) > 1


def _until(found: object) -> int:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        if got := found():  # type: ignore[operator]
            return int(got)
        time.sleep(0.02)
    raise AssertionError("it did not come to that")
