"""What the PDF reader's process can no longer do, tried in processes of their own: a cage cannot be left again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")

TRY = """
import errno, json, os, socket, subprocess, sys
from localdigest.pdf import cage
closed = cage.close() if sys.argv[2] == "closed" else False
def attempt(what):
    try:
        what()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
def fork_and_run():
    child = os.fork()
    if not child:
        try:
            os.execv("/bin/true", ["true"])
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise OSError(code, "in the child")
print(json.dumps({
    "inet": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()),
    "inet6": attempt(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()),
    "unix": attempt(lambda: socket.socket(socket.AF_UNIX).close()),
    "pair": attempt(lambda: [end.close() for end in socket.socketpair()]),
    "exec": attempt(fork_and_run),
    "program": attempt(lambda: subprocess.run(["/bin/true"], check=True)),
    "read": attempt(lambda: open(sys.argv[1], "rb").read()),
    "thread": attempt(lambda: __import__("threading").Thread(target=int).start()),
    "closed": closed,
}))
"""


def tried(how: str, path: Path) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", TRY, str(path), how], capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_in_the_cage_no_socket_opens_and_no_program_starts_but_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "some.pdf"
    path.write_bytes(b"%PDF-")
    found = tried("closed", path)
    if not found.pop("closed"):
        pytest.skip("this kernel or processor takes no filter")
    refused = dict.fromkeys(("inet", "inet6", "unix", "pair", "exec", "program"), "EPERM")
    assert found == {**refused, "read": "done", "thread": "done"}


def test_outside_of_it_the_same_attempts_succeed(tmp_path: Path) -> None:
    path = tmp_path / "some.pdf"
    path.write_bytes(b"%PDF-")
    found = tried("open", path)
    assert found.pop("closed") is False
    found.pop("inet6")  # a machine may have none
    assert set(found.values()) == {"done"}


def test_the_pdf_reader_is_in_the_cage() -> None:
    """What the child does before it opens the file, and then a socket."""
    code = (
        "import socket; from localdigest.pdf import child; socket.socket().close(); child._limit(1 << 30, 60.0);"
        "socket.socket()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if not cage_works():
        pytest.skip("this kernel or processor takes no filter")
    assert "PermissionError" in done.stderr


def cage_works() -> bool:
    code = "from localdigest.pdf import cage; raise SystemExit(not cage.close())"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
