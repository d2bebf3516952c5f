"""`scripts/setup` looks first: what is missing is said with the line that mends it, before anything is made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.places import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script for sh")
TOOLS = ("bash", "dirname", "uname", "df", "awk", "env", "cat", "sed", "cp", "mkdir", "mktemp", "cmp", "rm")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout's scripts, and in `tools` all that is on PATH: no compiler, and a Python that can do everything."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))
    python(tmp_path, "")
    return tmp_path


def python(clone: Path, refuses: str) -> None:
    """A python3 that fails at whatever line holds `refuses`, and otherwise does what this one does."""
    script = clone / "tools" / "python3"
    test = f'case "$*" in *{refuses}*) exit 1 ;; esac\n' if refuses else ""
    script.write_text(f'#!/bin/sh\n{test}exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)


def setup(clone: Path, **environment: str) -> str:
    done = subprocess.run(
        [shutil.which("bash") or "bash", "scripts/setup"],
        cwd=clone, env={"PATH": str(clone / "tools"), **environment}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    assert not (clone / ".venv").exists()
    return done.stderr


@pytest.mark.parametrize(
    ("refuses", "says"),
    [
        ("version_info", "needs Python 3.11 or later"),
        ("ensurepip", "cannot make environments"),
        ("", "a C++ compiler"),
    ],
)
def test_what_is_missing_is_said_with_its_mend(clone: Path, refuses: str, says: str) -> None:
    python(clone, refuses)
    trouble, mend = setup(clone).splitlines()
    assert says in trouble
    assert mend.startswith(("  sudo apt-get install ", "  sudo dnf install ", "  brew install ", "  xcode-select"))


def test_a_full_disk_and_a_wheel_that_is_not_there_are_said(clone: Path) -> None:
    assert "/gone.whl: no such file" in setup(clone, LLAMA_WHEEL="gone.whl")
    (clone / "tools" / "df").unlink()
    (clone / "tools" / "df").write_text("#!/bin/sh\necho Available\necho / 1 1 102400 1 /\n")
    (clone / "tools" / "df").chmod(0o755)
    assert "takes 600 MiB" in setup(clone).splitlines()[0]
    assert "100 are free" in setup(clone)


def test_a_portable_wheel_that_lies_there_is_taken_instead_of_a_compiler(clone: Path) -> None:
    """As far as pip, which finds that it is none: no compiler was asked for."""
    (clone / "wheels").mkdir()
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
    (clone / "wheels" / f"llama_cpp_python-0.3.36-1portable-py3-none-linux_{machine}.whl").write_bytes(b"none")
    done = subprocess.run(
        [shutil.which("bash") or "bash", "scripts/setup"],
        cwd=clone, env={"PATH": str(clone / "tools")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("Making .venv")
    assert "1portable" in done.stderr
    assert "compiler" not in done.stderr
