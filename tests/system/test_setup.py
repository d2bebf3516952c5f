"""`scripts/setup` looks first: what is missing is said with the line that mends it, before anything is made.
`scripts/quickstart` ends with what one wants to see."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit import killing
from tests.kit.empty_wheels import wheel
from tests.kit.places import ROOT, with_tests

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


def test_an_indexs_own_wheel_is_taken_where_one_wishes_it_and_the_processor_has_avx2(clone: Path) -> None:
    """As far as pip again, which has llama.cpp of a local folder and then finds no project to install."""
    version = re.findall(r"^llama-cpp-python==(\S+)", (ROOT / "scripts/requirements/llama.txt").read_text(), re.M)[0]
    wheel(clone, "llama-cpp-python", version)
    (clone / "old").write_text("flags : fpu sse4_2 avx\n")
    (clone / "new").write_text("flags : fpu sse4_2 avx avx2\n")
    machine = clone / "tools" / "uname"
    machine.unlink()
    machine.write_text("#!/bin/sh\necho x86_64\n")
    machine.chmod(0o755)
    wishes = {"LLAMA_WHEEL": "index", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(clone)}
    assert "made for AVX2" in setup(clone, CPUINFO=str(clone / "old"), **wishes)
    done = subprocess.run(
        [shutil.which("bash") or "bash", "scripts/setup"],
        cwd=clone, env={"PATH": str(clone / "tools"), "CPUINFO": str(clone / "new"), **wishes},
        capture_output=True, text=True,
    )  # fmt: skip
    assert "compiler" not in done.stderr
    assert list((clone / ".venv").rglob(f"llama_cpp_python-{version}.dist-info"))


def test_quickstart_ends_with_a_line_a_paper_and_the_address_of_the_page(tmp_path: Path) -> None:
    """The script as it is, with an engine that answers by a script and nothing to install or to fetch."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "quickstart", tmp_path / "scripts")
    (tmp_path / "localdigest").mkdir()
    (tmp_path / "localdigest" / "sample").symlink_to(ROOT / "localdigest" / "sample")
    killing.workspace(tmp_path / "sample-digest")  # with the model that the scripted engine stands for
    for name, words in {
        "scripts/setup": "true",
        ".venv/bin/python": f'exec "{sys.executable}" "$@"',
        ".venv/bin/localdigest": f'[ "$1" = models ] || exec "{sys.executable}" -m tests.kit.scripted_program "$@"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(["scripts/quickstart"], cwd=tmp_path, env=with_tests(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *above, address = done.stdout.splitlines()
    assert address == (tmp_path / "sample-digest" / "site" / "2026-01-30.html").as_uri()
    assert Path(address.removeprefix("file://")).is_file()
    assert "ICASSP 2021 Deep Noise Suppression Challenge" in above
