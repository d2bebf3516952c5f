"""Workspaces made for a test."""

from __future__ import annotations

from pathlib import Path

from localdigest.workspace import config
from localdigest.workspace.config import Workspace


def changed(root: Path, *changes: tuple[str, str]) -> Workspace:
    """The workspace with other words in its settings."""
    path = root / config.FILE
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return config.open_workspace(root)


def space_of(root: Path, *changes: tuple[str, str]) -> Workspace:
    """A new workspace with other settings than the shipped ones."""
    config.create(root)
    return changed(root, *changes)


ASKED = ("titles = false", "titles = true")


BRIEF = (
    ('language = "zh-CN"', 'language = "en"'),
    ("max_papers = 0", "max_papers = 1"),
    *(
        (f"{part} = {length}", f"{part} = 50")
        for part, length in (("background", 165), ("method", 375), ("results", 240))
    ),
)
"""For a real model, whose words take time: one paper a day, in English (nothing is translated), two bullets a part."""
