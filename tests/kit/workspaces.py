"""Workspaces made for a test."""

from __future__ import annotations

from pathlib import Path

from localdigest.workspace import config
from localdigest.workspace.config import Workspace


def space_of(folder: Path, *changes: tuple[str, str]) -> Workspace:
    config.create(folder)
    path = folder / config.FILE
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return config.open_workspace(folder)


ASKED = ("titles = false", "titles = true")
