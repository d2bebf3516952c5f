"""Digests and pages are made without a network: counted by the kernel's own tracing, and by what is imported.

The whole program runs as its users run it; only the engine's child answers by a script, and where the 0.5B model
is at hand, not even that.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localdigest.doctor import proof as doctor
from tests.kit import killing
from tests.kit.places import ROOT, SAMPLE, SMALL_MODEL, program
from tests.kit.tracing import traceable
from tests.kit.workspaces import BRIEF, changed

DAY = "2026-01-30"
NETWORK = (
    "huggingface_hub", "hf_xet", "httpx", "httpcore", "h11", "requests", "urllib3", "aiohttp", "tenacity",
    "http.client", "urllib.request", "ssl",
    "smtplib", "apprise",
)  # fmt: skip
"""What could speak to another machine, the standard library's own among it."""


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return killing.workspace(tmp_path / "digest")


def scripted(*arguments: str | Path) -> list[str]:
    return [*program("scripted_program"), *map(str, arguments)]


def the_day(root: Path, model: str) -> list[list[str]]:
    tail = ["-C", str(root), "--date", DAY, "--model", model]
    listing = ["--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs")]
    return [["digest", *tail, *listing], ["render", *tail]]


needs_tracing = pytest.mark.skipif(
    not (shutil.which("strace") and shutil.which("unshare")), reason="needs strace and unshare (Debian: apt install)"
)


@needs_tracing
def test_a_whole_day_creates_no_internet_socket(root: Path) -> None:
    traceable()
    proof = doctor.prove([scripted(*words) for words in the_day(root, "tiny")], lambda: doctor.sample_made(root))
    assert proof.proved, proof.verdict
    assert proof.control is not None
    assert proof.control.inet >= 1
    assert [run.inet for run in proof.runs] == [0, 0]
    assert all("unshare -rn strace -f" in run.command and "trace=network" in run.command for run in proof.runs)
    assert (root / "posts" / f"{DAY}-arxiv.md").exists()


@needs_tracing
def test_an_explanation_creates_no_internet_socket(root: Path) -> None:
    traceable()
    words = ["explain", str(SAMPLE / "pdfs" / "2009.06122v1.pdf"), "-C", str(root), "--model", "tiny"]
    proof = doctor.prove([scripted(*words)])
    assert proof.proved, proof.verdict
    assert [run.inet for run in proof.runs] == [0]


@needs_tracing
@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket()",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "import threading, socket; t = threading.Thread(target=socket.socket); t.start(); t.join()",
        "import ctypes; ctypes.CDLL(None).socket(2, 1, 0)",  # native code, which no audit hook of Python's sees
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'])",
    ],
)
def test_a_process_that_opens_an_internet_socket_is_found_out(code: str) -> None:
    traceable()
    proof = doctor.prove([[sys.executable, "-c", code]])
    assert not proof.proved
    assert "NOT SILENT" in str(proof.verdict)


@needs_tracing
def test_a_run_that_did_not_get_through_proves_nothing(root: Path) -> None:
    traceable()
    failing = doctor.prove([[sys.executable, "-c", "import sys; sys.exit('no disk')"]])
    assert not failing.proved
    assert "no disk" in str(failing.verdict)
    idle = doctor.prove([[sys.executable, "-c", ""]], lambda: doctor.sample_made(root))
    assert not idle.proved
    assert "was not made" in str(idle.verdict)
    (run,) = doctor.prove([[sys.executable, "-c", "import socket; socket.socket(socket.AF_UNIX)"]]).runs
    assert (run.sockets, run.inet) == ({"AF_UNIX": 1}, 0)


@needs_tracing
@pytest.mark.model
def test_the_real_engine_creates_no_internet_socket(root: Path, small_model: Path) -> None:
    """As a user asks for it: `doctor --prove-offline`, for a day that is collected."""
    traceable()
    changed(root, *BRIEF)
    main = [sys.executable, "-c", "from localdigest.cli import main; main()", "-C", str(root)]
    collect = ["collect", "--date", DAY, "--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs")]
    subprocess.run([*main, *collect], check=True, capture_output=True)
    prove = [*main, "doctor", "--prove-offline", "--date", DAY, "--model", SMALL_MODEL, "--json"]
    done = subprocess.run(prove, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    proof = json.loads(done.stdout)
    assert proof["control"]["sockets"]["AF_INET"] >= 1
    assert [run["sockets"].get("AF_INET", 0) + run["sockets"].get("AF_INET6", 0) for run in proof["runs"]] == [0, 0]
    assert len(killing.stored(root / "library.db")) == 1


# ---------------------------------------------------------------- what is loaded

LISTS = """
import atexit, sys
wanted = {names!r}
atexit.register(lambda: print("LOADED", *[name for name in wanted if name in sys.modules], file=sys.stderr))
sys.argv[0:1] = []
import runpy; runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def loaded(*arguments: str | Path) -> list[str]:
    """Which modules of NETWORK the program has loaded by its end."""
    _, _, module, *rest = scripted(*arguments)
    code = LISTS.format(names=NETWORK)
    done = subprocess.run([sys.executable, "-c", code, module, *rest], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("LOADED")]
    return line.split()[1:]


def test_what_only_digests_and_renders_loads_no_code_for_networks(root: Path) -> None:
    digest, render = the_day(root, "tiny")
    # feedparser, which reads listing files, brings Python's own http.client along; no HTTP library of ours comes.
    assert set(loaded("collect", *[w for w in digest[1:] if w not in ("--model", "tiny")])) <= {
        "http.client", "urllib.request", "ssl", "tenacity",
    }  # fmt: skip
    assert loaded(*digest[: digest.index("--from")]) == []
    assert (root / "posts" / f"{DAY}-arxiv.md").exists()
    assert loaded(*render) == []
    assert loaded("select", "-C", root, "--date", DAY) == []
    assert loaded("status", "-C", root) == []
    assert loaded("explain", SAMPLE / "pdfs" / "2009.06122v1.pdf", "-C", root, "--model", "tiny") == []
    assert loaded("models", "list", "-C", root) == []
