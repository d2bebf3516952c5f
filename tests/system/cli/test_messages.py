"""What the program says in English and Chinese, by the locale of its environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click
import pytest

from localdigest.cli import cli
from localdigest.messages.terminal import columns
from tests.kit.places import ROOT
from tests.kit.program import commands

VARIABLES = ("LOCALDIGEST_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.syspath_prepend(ROOT / "scripts")


def said(*words: str, **environment: str) -> str:
    """All that the program prints, with only these of the locale's variables."""
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    code = "import sys; sys.argv[0] = 'localdigest'; from localdigest.cli import main; main()"
    command, given = [sys.executable, "-c", code, *words], {**clean, **environment}
    done = subprocess.run(command, env=given, capture_output=True, text=True, cwd=ROOT / "tests")
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_TW.UTF-8"}, True),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_MESSAGES": "zh_CN"}, True),
        ({"LANG": "zh_CN.UTF-8", "LOCALDIGEST_LANG": "en"}, False),
        ({"LC_ALL": "C", "LOCALDIGEST_LANG": "zh"}, True),
    ],
)
def test_the_locale_decides(environment: dict[str, str], chinese: bool) -> None:
    text = said("init", "--help", PYTHONUTF8="1", **environment)
    assert ("新建工作区" in text, "Make a workspace" in text) == (chinese, not chinese)
    assert ("用法" in text, "Usage:" in text) == (chinese, not chinese)  # click's own words too


def test_an_error_is_told_in_the_language_of_the_locale() -> None:
    assert "不是 localdigest 工作区" in said("status", LANG="zh_CN.UTF-8", PYTHONUTF8="1")


def test_chinese_help_fits_the_terminal_and_says_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for path, command in commands(cli):
        if isinstance(command, click.Group) or path.split()[1] in ("package", "bench", "eval"):
            continue
        text = said(*path.split()[1:], "--help", LANG="zh_CN.UTF-8", PYTHONUTF8="1", COLUMNS="80")
        assert max(columns(line) for line in text.splitlines()) <= 80 or "Example" in text, path
        assert "示例：localdigest" in text
        break_free = [line for line in text.splitlines() if re.match(r"\s*[，。；：、）]", line)]
        assert not break_free, break_free
