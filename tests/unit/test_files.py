"""Small things about files and this environment."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from localdigest import files
from localdigest.doctor import native
from tests.kit.places import ROOT


def test_an_extra_is_installed_into_the_environment_that_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That of a clone from the clone: localdigest is on no index. Installed, its own metadata tells what is wanted."""
    pip = [sys.executable, "-m", "pip", "install"]
    assert shlex.split(files.to_install("deliver")) == [*pip, "-e", f"{ROOT}[deliver]"]
    monkeypatch.setattr(files, "__file__", str(tmp_path / "localdigest" / "files.py"))
    assert shlex.split(files.to_install("eval")) == [*pip, "localdigest[eval]"]
    assert shlex.split(native.rebuild().partition(": ")[2])[:4] == pip
    assert "portable wheel" in native.rebuild()
