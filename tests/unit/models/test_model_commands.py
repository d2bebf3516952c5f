"""`localdigest models` around a hub on this machine: listed, pulled, verified, recommended, taken in from a disk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from localdigest.cli import cli
from localdigest.messages.errors import LocaldigestError
from tests.kit.hub_server import Hub

CONTENT = b"GGUF, but not really"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
REPO, REVISION, FILE = "maker/tiny", "0123456789abcdef0123456789abcdef01234567", "tiny.gguf"


def command(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> tuple[int, str]:
    """`localdigest models` as it is, in this process; its exit code and what it prints."""
    code = 0
    try:
        cli.main(["-C", str(root), "models", *words], standalone_mode=False)
    except LocaldigestError as error:
        return error.exit_code, str(error)
    return code, capsys.readouterr().out


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Hub(REPO, REVISION, FILE, CONTENT) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield
        huggingface_hub.close_session()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that knows the model of the local hub, with nothing fetched yet."""
    (tmp_path / "models.toml").write_text(
        f'[[model]]\nname = "tiny"\nsize = {len(CONTENT)}\nsha256 = "{SHA256}"\ngood_for = "tests"\n'
        f'sources = [{{ kind = "huggingface", repo = "{REPO}", revision = "{REVISION}", file = "{FILE}" }}]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(tmp_path / "models"))
    return tmp_path


def test_a_model_is_listed_pulled_and_verified(hub: None, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, listed = command(capsys, workspace, "list")
    assert (code, "* tiny" in listed) == (0, False)
    assert re.search(r"^  tiny +0\.0 GiB  tests \(", listed, re.MULTILINE)
    code, place = command(capsys, workspace, "pull", "tiny")
    assert (code, Path(place.strip()).read_bytes() == CONTENT) == (0, True)
    code, said = command(capsys, workspace, "verify", "tiny")
    assert (code, said) == (0, f"{place.strip()}: sha256 {SHA256} as it should be\n")
    assert "* tiny" in command(capsys, workspace, "list")[1]


def test_a_model_that_was_changed_since_is_told_by_verify(
    hub: None, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Path(command(capsys, workspace, "pull", "tiny")[1].strip())
    place.write_bytes(CONTENT[:-1] + b"?")
    code, said = command(capsys, workspace, "verify", "tiny")
    assert code == 5
    assert place.name in said


def test_the_recommendation_is_a_line_a_model(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = command(capsys, workspace, "recommend")
    assert code == 0
    *lines, starter, others = said.splitlines()
    names = [line.split()[0] for line in lines]
    assert {"tiny", "qwen2.5-coder-1.5b"} <= set(names)
    assert starter.startswith("qwen2.5-coder-1.5b: 8.8–10.4 critical and 33 major errors in a hundred sentences")
    assert others == "How well the other models translate was not measured"
    code, told = command(capsys, workspace, "recommend", "--json")
    rows = json.loads(told)
    assert [entry["name"] for entry in rows] == names
    assert [entry["name"] for entry in rows if entry["measured"]] == ["qwen2.5-coder-1.5b"]


def test_a_gguf_from_a_disk_is_taken_in_by_its_bytes(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "stick.gguf").write_bytes(CONTENT)
    code, said = command(capsys, workspace, "import", str(workspace / "stick.gguf"))
    assert (code, said) == (0, f"tiny: sha256 {SHA256}\n")
    assert "* tiny" in command(capsys, workspace, "list")[1]
