"""`doctor --prove-offline` on machines that lack a tool: a verdict that says what is weaker, or why there is none."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from localdigest.doctor import proof
from localdigest.messages import told
from localdigest.messages.errors import ConfigError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
NOTHING = [[sys.executable, "-c", ""]]


def having(monkeypatch: pytest.MonkeyPatch, folder: Path, *tools: str) -> None:
    for tool in tools:
        if not (found := shutil.which(tool)):
            pytest.skip(f"needs {tool}")
        (folder / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))


def test_without_strace_nothing_is_proved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    having(monkeypatch, tmp_path, "unshare")
    try:
        found = proof.prove(NOTHING)
    except ConfigError:
        pytest.skip("this system allows no network namespaces")
    assert (found.control, found.proved) == (None, False)
    assert told(found.verdict).startswith("not proved, only likely")
    assert "install strace" in told(found.verdict)


def test_without_namespaces_the_count_stands_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    having(monkeypatch, tmp_path, "strace")
    try:
        found = proof.prove(NOTHING)
    except ConfigError:
        pytest.skip("this system allows no tracing")
    assert found.control is not None
    assert found.proved
    assert "Weaker by half" in told(found.verdict)


def test_with_neither_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    having(monkeypatch, tmp_path)
    with pytest.raises(ConfigError, match="no program can be watched here"):
        proof.prove(NOTHING)
