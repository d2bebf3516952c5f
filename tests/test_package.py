"""Transfer packages between two workspaces: days over, results back, a model, keys, numbers, dates."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import bagit
import digests
import msgspec
import pytest
from scripted_engine import ROOT, SAMPLE, SAMPLE_DAY, Scripted, whole_day
from simulated_arxiv import Simulated, Version, World, running

from localdigest import config, models, pages, run, store
from localdigest.cli import cli
from localdigest.client import Client
from localdigest.errors import ConfigError, InputRefused, ModelError
from localdigest.package import content, keys, make, opening, software, source
from localdigest.records import Page, Replacement

DAY = str(SAMPLE_DAY)
MODEL = b"GGUF, but not really" * 100
NOW = datetime.now(UTC).replace(microsecond=0)


def localdigest(root: Path, *arguments: str | Path) -> int:
    return int(cli.main(["-C", str(root), *map(str, arguments)], standalone_mode=False) or 0)


@pytest.fixture
def sender(tmp_path: Path) -> config.Workspace:
    """The connected box, the sample day collected and nothing done on it."""
    root = tmp_path / "connected"
    config.create(root)
    space = config.open_workspace(root)
    _collect(space)
    return space


def _collect(space: config.Workspace) -> None:
    with store.Store(space.library) as library:
        run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    root = tmp_path / "lab"
    config.create(root)
    return root


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    keys.generate(tmp_path / "box")
    keys.generate(tmp_path / "other")
    return tmp_path / "stick"


def make_package(sender: Path, stick: Path, *more: str, key: str = "box") -> Path:
    home = stick.parent if key == "box" else stick.parent.parent
    signed = () if "--unsigned" in more else ("--sign", home / f"{key}.key")
    before = set(stick.iterdir()) if stick.is_dir() else set()
    assert localdigest(sender, "package", "make", "-o", stick, *signed, *more) == 0
    (made,) = set(stick.iterdir()) - before
    return made


def works(space: config.Workspace, day: date) -> list[tuple[str, str, str]]:
    with store.Store(space.library) as library:
        looked = pages.look(space, library, day, run.find_model(space))
        return [(work.key, work.paper.id, work.task) for work in looked.works]


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.suffix not in {".lock", ".db-wal", ".db-shm"}
    }


@pytest.mark.parametrize("form", [(), ("--zip",)])
def test_a_day_goes_over_and_its_pages_come_back(
    sender: config.Workspace, lab: Path, stick: Path, form: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    package = make_package(sender.root, stick, "--date", DAY, *form)
    folder = package
    if form:
        folder = stick / "unpacked"
        with zipfile.ZipFile(package) as archive:
            assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
            archive.extractall(folder)
    bagit.Bag(str(folder)).validate()
    trust = ("--trust", stick.parent / "box.pub")
    before = tree(lab)
    assert localdigest(lab, "package", "verify", package, *trust) == 0
    assert tree(lab) == before
    capsys.readouterr()
    assert localdigest(lab, "package", "open", package, *trust, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["days"], told["new_papers"], told["pdfs"]) == ([DAY], 2, 2)
    space = config.open_workspace(lab)
    assert works(space, SAMPLE_DAY) == works(sender, SAMPLE_DAY)
    assert len(works(space, SAMPLE_DAY)) == 4
    assert not list(lab.glob(".package-*"))

    # The work is done at the lab, and the pages go back: the sender's page is the lab's, and it has nothing to do.
    _finish(space)
    back = make_package(lab, stick / "back", "--results", DAY, *form, key="other")
    assert not [name for name in _names(back) if name.endswith((".pdf", ".html"))]
    assert localdigest(sender.root, "package", "open", back, "--trust", stick.parent / "other.pub") == 0
    for page in (f"posts/{DAY}-arxiv.md", f"exports/{DAY}.json"):
        here = next(path for path in sender.root.rglob(Path(page).name))
        there = next(path for path in lab.rglob(Path(page).name))
        assert here.read_bytes() == there.read_bytes()
    # The page for the browser is no text: it did not come, it was written here.
    assert (sender.site / f"{DAY}.html").read_bytes() == (lab / "site" / f"{DAY}.html").read_bytes()
    assert (sender.site / "index.html").exists()
    whole_day(sender, None)


def _finish(space: config.Workspace) -> None:
    with store.Store(space.library) as library:
        spec = run.find_model(space)
        run.make(space, library, [SAMPLE_DAY], spec, Path("none.gguf"), lambda _: None, lambda *_: Scripted())


def _names(package: Path) -> list[str]:
    opened = source.at(package)
    try:
        return list(opened.entries())
    finally:
        opened.close()


def test_opening_again_is_refused_as_a_replay(sender: config.Workspace, lab: Path, stick: Path) -> None:
    first = make_package(sender.root, stick, "--date", DAY)
    second = make_package(sender.root, stick, "--date", DAY)
    trust = ("--trust", stick.parent / "box.pub")
    assert localdigest(lab, "package", "open", second, *trust) == 0
    before = tree(lab)
    for package in (first, second):
        for command in ("verify", "open"):
            with pytest.raises(InputRefused, match="is not above"):
                localdigest(lab, "package", command, package, *trust)
    assert tree(lab) == before


def test_an_expired_package_is_refused(sender: config.Workspace, lab: Path, stick: Path) -> None:
    with store.Store(sender.library) as library:
        items = list(make.days(sender, library, [SAMPLE_DAY], lambda _: None))
    key, made = keys.load_private(stick.parent / "box.key"), NOW - timedelta(days=2)
    package = make.write(items, stick, "late", key, timedelta(days=1), False, made)
    for command in ("verify", "open"):
        with pytest.raises(InputRefused, match="it was to be opened by"):
            localdigest(lab, "package", command, package, "--trust", stick.parent / "box.pub")


def test_another_key_or_none_is_refused(sender: config.Workspace, lab: Path, stick: Path) -> None:
    signed = make_package(sender.root, stick, "--date", DAY)
    unsigned = make_package(sender.root, stick, "--date", DAY, "--unsigned")
    for command in ("verify", "open"):
        with pytest.raises(InputRefused, match="not a signature by the trusted key"):
            localdigest(lab, "package", command, signed, "--trust", stick.parent / "other.pub")
        with pytest.raises(InputRefused, match="it is not signed"):
            localdigest(lab, "package", command, unsigned, "--trust", stick.parent / "box.pub")
        with pytest.raises(ConfigError, match="say whom to trust"):
            localdigest(lab, "package", command, unsigned)
    with pytest.raises(ConfigError, match="--unsigned"):
        localdigest(sender.root, "package", "make", "--date", DAY, "-o", stick)


def test_unsigned_is_said_aloud_each_time(
    sender: config.Workspace, lab: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = make_package(sender.root, stick, "--date", DAY, "--unsigned")
    assert "UNSIGNED" in capsys.readouterr().err
    for command in ("verify", "open", "open"):
        assert localdigest(lab, "package", command, package, "--unsigned") == 0
        assert "UNSIGNED" in capsys.readouterr().err
    assert works(config.open_workspace(lab), SAMPLE_DAY) == works(sender, SAMPLE_DAY)


def test_keys_are_never_overwritten_and_private(stick: Path) -> None:
    assert (stick.parent / "box.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="never overwritten"):
        keys.generate(stick.parent / "box")
    with pytest.raises(ConfigError, match="not a public key"):
        keys.load_public(stick.parent / "box.key")


# ---------------------------------------------------------------- a model


def _catalogue(root: Path, file: Path) -> None:
    (root / "models.toml").write_text(
        f'[[model]]\nname = "tiny"\nfile = "tiny.gguf"\nsize = {len(MODEL)}\n'
        f'sha256 = "{hashlib.sha256(MODEL).hexdigest()}"\n'
        f'sources = [{{ kind = "local", path = "{file.as_posix()}" }}]\n',
        encoding="utf-8",
    )


def test_a_model_goes_over_in_parts(
    sender: config.Workspace, lab: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, taken = stick.parent / "kept", stick.parent / "taken"
    kept.mkdir()
    (kept / "tiny.gguf").write_bytes(MODEL)
    _catalogue(sender.root, kept / "tiny.gguf")
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(kept))
    spec = models.load_catalogue((sender.root / "models.toml",)).find("tiny")
    items = list(make.model(spec, kept, part=700))
    assert [item.size for item in items[1:]] == [700, 700, 600]
    key = keys.load_private(stick.parent / "box.key")
    package = make.write(items, stick, "model", key, timedelta(days=1), False, NOW)
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(taken))
    before = tree(lab)
    with pytest.raises(ModelError, match="not in the catalogue"):
        localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub")
    assert {name: sha for name, sha in tree(lab).items() if name not in {"library.db", ".lock"}} == before
    assert not taken.exists()
    _catalogue(lab, Path("/nowhere/tiny.gguf"))
    assert localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub") == 0
    assert (taken / "tiny.gguf").read_bytes() == MODEL


# ---------------------------------------------------------------- an announced day

ANNOUNCED = date(2025, 10, 28)
ET = ZoneInfo("America/New_York")


@pytest.fixture
def arxiv() -> Iterator[World]:
    papers = [
        Simulated(
            f"2510.{number:05}",
            (Version(1, datetime(2025, 10, 25, 9, number, tzinfo=ET).astimezone(UTC), ANNOUNCED, "We study codecs."),),
        )
        for number in (1, 2, 3)
    ]
    made = {ANNOUNCED: datetime(2025, 10, 27, 20, tzinfo=ET)}
    with running(World(datetime(2025, 10, 28, 8, tzinfo=UTC), made, papers)) as world:
        yield world


def test_an_announced_day_goes_over(arxiv: World, lab: Path, stick: Path) -> None:
    root = stick.parent / "announced"
    config.create(root)
    arxiv.pdfs = {"2510.00001v1": next((SAMPLE / "pdfs").glob("*.pdf")).read_bytes()}
    path = root / config.FILE
    text = path.read_text(encoding="utf-8")
    for key, value in {"api_url": "/api/query", "rss_url": "/rss", "oai_url": "/oai", "pdf_url": "/pdf"}.items():
        lines = [f'{key} = "{arxiv.url}{value}"' if line.startswith(f"{key} =") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    space = config.open_workspace(root)
    with store.Store(space.library) as library:
        run.collect(space, library, ANNOUNCED, [], None, lambda _: None, arxiv.now, partial(Client, interval=0.01))
    package = make_package(root, stick, "--date", f"{ANNOUNCED}")
    assert localdigest(lab, "package", "open", package, "--trust", stick.parent / "box.pub") == 0
    other = config.open_workspace(lab)
    assert works(other, ANNOUNCED) == works(space, ANNOUNCED)
    assert len(works(other, ANNOUNCED)) == 4  # three abstracts and the one PDF that arXiv had
    with store.Store(space.library) as mine, store.Store(other.library) as theirs:
        assert mine.page_papers(ANNOUNCED) == theirs.page_papers(ANNOUNCED)
        here, there = mine.page(ANNOUNCED), theirs.page(ANNOUNCED)
    assert here is not None
    assert there is not None
    assert (here.window, here.closed, here.since) == (there.window, there.closed, there.since)


# ---------------------------------------------------------------- trouble on this side


@pytest.mark.parametrize(
    ("where", "placed", "told"),
    [("check.receive", 0, 0), ("_move_pdfs", 0, 0), ("_tell", 2, 0), ("write_atomic", 2, 2)],
)
def test_a_kill_leaves_verified_files_only(
    sender: config.Workspace, lab: Path, stick: Path, where: str, placed: int, told: int
) -> None:
    """Before placing, between placing and telling, before the number is noted. The next open goes through."""
    package = make_package(sender.root, stick, "--date", DAY)
    trust = ("--trust", stick.parent / "box.pub")
    code = (
        "import os, sys; from localdigest.cli import main; from localdigest.package import opening;"
        f" opening.{where} = lambda *_: os.kill(os.getpid(), 9); main()"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, "-C", str(lab), "package", "open", str(package), *map(str, trust)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert killed.returncode == -9
    (left,) = lab.glob(opening.STAGING + "*")
    space = config.open_workspace(lab)
    good = {path.name: path.read_bytes() for path in sender.pdfs.glob("*.pdf")}
    here = {path.name: path.read_bytes() for path in space.pdfs.glob("*.pdf")}
    assert len(here) == placed
    assert here.items() <= good.items()
    assert _papers(space) == told
    assert not (lab / opening.OPENED).exists()
    assert localdigest(lab, "package", "open", package, *trust) == 0
    assert not left.exists()
    assert works(space, SAMPLE_DAY) == works(sender, SAMPLE_DAY)


def _papers(space: config.Workspace) -> int:
    with store.Store(space.library) as library:
        return len(list(library.papers()))


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


@pytest.mark.skipif(not shutil.which("openssl") or not shutil.which("sha256sum"), reason="needs openssl and sha256sum")
def test_a_machine_without_localdigest_can_check_a_package(sender: config.Workspace, stick: Path) -> None:
    """As docs/airgap.md says, for the package that brings localdigest itself."""
    package = make_package(sender.root, stick, "--date", DAY)
    script = """set -e
        base64 -d tagmanifest-sha256.txt.sig > "$1/sig"
        openssl pkeyutl -verify -pubin -inkey "$1/$2" -rawin -in tagmanifest-sha256.txt -sigfile "$1/sig"
        sha256sum -c --quiet tagmanifest-sha256.txt manifest-sha256.txt"""

    def checked(key: str) -> bool:
        line = ["sh", "-c", script, "sh", str(stick.parent), key]
        return not subprocess.run(line, cwd=package, capture_output=True).returncode

    assert checked("box.pub")
    assert not checked("other.pub")
    pdf = next((package / "data" / "pdfs").iterdir())
    pdf.write_bytes(pdf.read_bytes()[:-1] + b"x")
    assert not checked("box.pub")


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
