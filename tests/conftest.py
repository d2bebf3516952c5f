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
