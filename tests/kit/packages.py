"""Transfer packages made and opened by the commands themselves."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from localdigest import store
from localdigest.cli import cli
from localdigest.workspace import config
from tests.kit.places import SAMPLE_DAY
from tests.kit.scripted_engine import planner

DAY = str(SAMPLE_DAY)


def localdigest(root: Path, *arguments: str | Path) -> int:
    return int(cli.main(["-C", str(root), *map(str, arguments)], standalone_mode=False) or 0)


def make_package(sender: Path, stick: Path, *more: str, key: str = "box") -> Path:
    home = stick.parent if key == "box" else stick.parent.parent
    signed = () if "--unsigned" in more else ("--sign", home / f"{key}.key")
    before = set(stick.iterdir()) if stick.is_dir() else set()
    assert localdigest(sender, "package", "make", "-o", stick, *signed, *more) == 0
    (made,) = set(stick.iterdir()) - before
    return made


def works(space: config.Workspace, day: date) -> list[tuple[str, str, str]]:
    with store.Store(space.library) as library:
        return [(work.key, work.paper.id, work.task) for work in planner(space, library)(day).works]


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.suffix not in {".lock", ".db-wal", ".db-shm"}
    }


ANNOUNCED = date(2025, 10, 28)
