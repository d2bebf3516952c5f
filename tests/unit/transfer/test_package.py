"""Transfer packages between two workspaces: days over, results back, a model, keys, numbers, dates."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import bagit
import pytest

from localdigest import run, store
from localdigest.arxiv.client import Client
from localdigest.cli import cli
from localdigest.errors import ConfigError, InputRefused, ModelError
from localdigest.flows.brief import find_model
from localdigest.models import catalogue
from localdigest.pages.days import Agenda
from localdigest.transfer import keys, make, source
from localdigest.workspace import config
from tests.kit.scripted_engine import SAMPLE, SAMPLE_DAY, Scripted, planner, whole_day
from tests.kit.simulated_arxiv import Simulated, Version, World, running

DAY = str(SAMPLE_DAY)
MODEL = b"GGUF, but not really" * 100
NOW = datetime.now(UTC).replace(microsecond=0)


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
        run.make(space, library, Agenda((SAMPLE_DAY,)), find_model(space), Scripted, lambda _: None)


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
    spec = catalogue.load_catalogue((sender.root / "models.toml",)).find("tiny")
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
