"""Shared fixtures. The seams that tests may fake: the engine (scripted) and the wire (a local HTTP server)."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's larger test material, kept beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the shared test material, not found at {folder}")
    return folder


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's processes take turns: a test must neither wait for the user's own runs nor hold them up."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("LOCALDIGEST_STATE", str(folder))
    # A proxy of the machine's has no business with 127.0.0.1, and a test has none with the world beyond it.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    return folder
