"""What is asked often starts at once: by what it loads, since times depend on the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localdigest.workspace import config
from tests.kit.places import SAMPLE_DAY
from tests.kit.scripted_engine import Scripted, whole_day

HEAVY = (
    "bibtexparser bm25s cryptography feedparser httpx huggingface_hub latex2mathml llama_cpp numpy opencc pypdf"
    " requests ssl tenacity waitress"
)
"""Libraries that take tens of milliseconds each, or could reach a network."""

WORKING = (
    "localdigest.run localdigest.run.work localdigest.engine localdigest.pdf localdigest.checks localdigest.text.query"
)
"""Modules of ours that only making or looking for something needs: their patterns alone take as long to compile as a
short page takes to write."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digest")
    config.create(folder)
    whole_day(config.open_workspace(folder), Scripted(), pdf_dir=None)
    return folder


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], f"{HEAVY} jinja2 sqlite3 rich"),
        (["status"], f"{HEAVY} jinja2"),
        (["search", "noise"], f"{HEAVY} jinja2 rich"),
        (
            ["render", "--date", str(SAMPLE_DAY), "-o", "-"],
            f"{HEAVY} rich {WORKING} localdigest.render.html localdigest.render.epub",
        ),
    ],
)
def test_a_command_loads_only_what_it_uses(root: Path, arguments: list[str], absent: str) -> None:
    code = (
        "import sys, json; from localdigest.cli import main\n"
        f"sys.argv = ['localdigest', '-C', {str(root)!r}, *{arguments!r}]\n"
        "try: main()\n"
        f"finally: print(json.dumps([n for n in {absent.split()!r} if n in sys.modules]), file=sys.stderr)\n"
    )
    # A run under coverage has its children load coverage, and that sqlite3.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert json.loads(done.stderr.splitlines()[-1]) == []


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("localdigest.cli", "llama_cpp numpy pypdf httpx huggingface_hub sqlite3 jinja2 feedparser rich babel"),
        # An offline run must not so much as load an HTTP library; a run with nothing due loads no engine.
        ("localdigest.pages.standing", "llama_cpp numpy pypdf httpx huggingface_hub"),
        ("localdigest.cli.progress", "llama_cpp numpy pypdf httpx huggingface_hub requests bm25s bibtexparser"),
        ("localdigest.engine", "llama_cpp numpy jinja2 httpx"),
        ("localdigest.run", "llama_cpp pypdf httpx ray tenacity requests"),
        ("localdigest.engine.team", "llama_cpp numpy httpx ray"),
        ("localdigest.pdf", "pypdf"),
        # Opening a package is offline work too, and the first thing that happens to a stranger's bytes.
        ("localdigest.transfer.opening", "llama_cpp numpy pypdf httpx huggingface_hub feedparser requests jinja2"),
        ("localdigest.transfer.check", "llama_cpp numpy pypdf httpx huggingface_hub feedparser requests http.client"),
    ],
)
def test_importing_loads_only_what_is_used(module: str, absent: str) -> None:
    code = f"import sys, {module}; print(*[n for n in {absent.split()!r} if n in sys.modules])"
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.split() == []
