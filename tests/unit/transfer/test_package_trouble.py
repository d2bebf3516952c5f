"""Packages in trouble, by kills, pulled sticks and errors half-way; and what is in one, read by others."""

from __future__ import annotations

import io
import shutil
import sqlite3
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from localdigest import store
from localdigest.messages.errors import ConfigError, InputRefused
from localdigest.records import Page, Replacement
from localdigest.transfer import content, opening, software, source
from localdigest.workspace import config
from tests.kit import digests
from tests.kit.packages import ANNOUNCED, DAY, localdigest, make_package, tree
from tests.kit.places import SAMPLE_DAY


class Pulled(io.RawIOBase):
    """A file on a stick that is pulled after its first bytes."""

    def __init__(self) -> None:
        self._first = b"%PDF-"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._first:
            raise OSError(5, "Input/output error")
        first, self._first = self._first, b""
        return first


@pytest.mark.parametrize("form", [(), ("--zip",)])
def test_a_stick_that_is_pulled_half_way_changes_nothing(
    sender: config.Workspace, lab: Path, stick: Path, form: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(sender.root, stick, "--date", DAY, *form)
    trust = ("--trust", stick.parent / "box.pub")
    with store.Store(lab / "library.db"):
        pass
    (lab / ".lock").touch()
    before = tree(lab)
    with monkeypatch.context() as patched:
        for kind in (source.Folder, source.Zip):
            real: Any = kind.open
            patched.setattr(
                kind, "open", lambda self, name, real=real: Pulled() if "2202" in name else real(self, name)
            )
        with pytest.raises(InputRefused, match="Input/output error"):
            localdigest(lab, "package", "open", package, *trust)
    assert tree(lab) == before
    assert localdigest(lab, "package", "open", package, *trust) == 0


def test_a_staging_folder_that_stays_is_one_sentence(
    sender: config.Workspace, lab: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(sender.root, stick, "--date", DAY)
    (lab / (opening.STAGING + "left")).mkdir()

    def rmtree(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    with pytest.raises(ConfigError, match=r"\.package-left: cannot be removed"):
        localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub")


def test_an_error_while_telling_tells_nothing(
    sender: config.Workspace, lab: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(sender.root, stick, "--date", DAY)

    def fails(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(store.Store, "note_collect", fails)
        with pytest.raises(RuntimeError):
            localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub")
    with sqlite3.connect(config.open_workspace(lab).library) as db:
        assert db.execute("SELECT count(*) FROM papers").fetchone() == (0,)
    db.close()


def test_records_are_read_as_they_were_written(sender: config.Workspace) -> None:
    with store.Store(sender.library) as library:
        day = content.day(sender.config, library, SAMPLE_DAY)
    assert day is not None
    assert msgspec.json.decode(msgspec.json.encode(day), type=content.Day) == day


def test_a_replacement_that_another_page_has_shown_is_not_placed_again(lab: Path) -> None:
    paper, before = replace(digests.paper(1), version=2), digests.paper(1)
    told: list[content.Day] = []
    for which in (ANNOUNCED, ANNOUNCED + timedelta(days=1)):
        page = Page(replace(digests.window(), day=which, mode="announced"), closed=True)
        told.append(content.Day(which, (), (), page, (Replacement(paper, before),)))
    with store.Store(lab / "library.db") as library:
        for day in told:
            opening._tell(library, content.Contents((day,)), lambda _: None)
        assert [r.paper.version for r in library.page_papers(ANNOUNCED)[1]] == [2]
        assert library.page_papers(ANNOUNCED + timedelta(days=1)) == ((), ())


def test_software_takes_an_extras_requirements_along(tmp_path: Path) -> None:
    wheel = tmp_path / "localdigest-1.0-py3-none-any.whl"
    lines = (
        "Name: localdigest",
        "Provides-Extra: cluster",
        "Requires-Dist: click>=8",
        "Requires-Dist: ray>=2; extra == 'cluster'",
    )
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("localdigest-1.0.dist-info/METADATA", "\n".join(lines))
    assert software.requires(wheel) == ["click>=8"]
    assert software.requires(wheel, ["cluster"]) == ["click>=8", "ray>=2"]
    with pytest.raises(ConfigError, match="no extra 'clutser'"):
        software.requires(wheel, ["clutser"])
