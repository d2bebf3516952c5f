"""What the PDF reader's process can no longer do, tried in processes of their own: a cage cannot be left again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock are Linux's")

TRY = """
import ctypes, errno, json, os, platform, resource, signal, socket, subprocess, sys, threading
from pathlib import Path
from localdigest.pdf import cage
path = Path(sys.argv[1])
other = path.with_name("other.pdf")
libc, parent = ctypes.CDLL(None, use_errno=True), os.getppid()
x86 = platform.machine() == "x86_64"
filtered, walled = cage.close([path]) if sys.argv[2] == "closed" else (False, False)
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
def memory():
    with open(f"/proc/{parent}/mem", "rb", buffering=0) as file, open(f"/proc/{parent}/maps") as maps:
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
    "parent's memory": attempt(memory),
    "limits of the parent": attempt(lambda: resource.prlimit(parent, resource.RLIMIT_CORE)),
    "pidfd": attempt(lambda: os.close(os.pidfd_open(parent))),
    "unshare": attempt(lambda: call(272 if x86 else 97, 0x10000000)),
    "write": attempt(lambda: path.with_name("new").write_bytes(b"x")),
    "append": attempt(lambda: path.open("ab").close()),
    "rename": attempt(lambda: path.rename(path)),
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
    **({} if sys.argv[2] != "closed" else {
        "ptrace": attempt(lambda: call(101 if x86 else 117, 16, parent, 0, 0)),
        "process_vm_readv": attempt(lambda: call(310 if x86 else 270, parent, buffer, 1, buffer, 1, 0)),
        "userfaultfd": attempt(lambda: call(323 if x86 else 282, 0)),
        "io_uring": attempt(lambda: call(425, 1, buffer)),
        "openat2": attempt(lambda: call(437, -100, str(path).encode(), buffer, 24)),
    }),
    "filtered": filtered, "walled": walled,
}))
"""
STAYS = ("read", "library", "thread", "own limit", "answer")


def tried(how: str, folder: Path) -> dict[str, object]:
    path = folder / "some.pdf"
    for name in (path, folder / "other.pdf", folder / "gone"):
        name.write_bytes(b"%PDF-")
    done = subprocess.run([sys.executable, "-c", TRY, str(path), how], capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_in_the_cage_there_is_its_file_and_nothing_else(tmp_path: Path) -> None:
    found = tried("closed", tmp_path)
    filtered, walled = found.pop("filtered"), found.pop("walled")
    if not filtered or not walled:
        pytest.skip("this kernel or processor has no filter, or no Landlock")
    assert {name: said for name, said in found.items() if name in STAYS} == dict.fromkeys(STAYS, "done")
    assert {name: said for name, said in found.items() if name not in STAYS and said not in ("EPERM", "EACCES")} == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone", "other.pdf", "some.pdf"]


def test_outside_of_it_the_same_attempts_succeed(tmp_path: Path) -> None:
    found = tried("open", tmp_path)
    assert (found.pop("filtered"), found.pop("walled")) == (False, False)
    for name in ("parent's memory", "unshare", "limits of the parent"):  # as the system's own rules have it
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


def cage_works() -> bool:
    code = "from localdigest.pdf import cage; raise SystemExit(not any(cage.close([])))"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("entry", ["child", "child_pages"])
def test_every_reader_ends_with_its_parent(entry: str, tmp_path: Path) -> None:
    """The parent is killed while the reader waits for its file, a pipe that nobody writes to."""
    pipe = tmp_path / "paper.pdf"
    os.mkfifo(pipe)
    code = (
        "import sys; from pathlib import Path; from localdigest import pdf;"
        f"pdf.ask_child(Path(sys.argv[1]), 60.0, 1 << 30, 'child.{entry}', dict)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(pipe)])
    reader = _until(lambda: next(iter(_children(parent.pid)), None))
    _until(lambda: "fifo" in Path(f"/proc/{reader}/wchan").read_text() or _waits(reader))
    parent.kill()
    parent.wait()
    _until(lambda: not Path(f"/proc/{reader}").exists() or None)


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
