"""A workspace's settings, changed as a user changes them."""

from __future__ import annotations

from pathlib import Path

from localdigest.workspace import config


def edit(root: Path, old: str, new: str) -> None:
    path = root / config.FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
