"""Hostile packages: each is refused in one sentence, and nothing outside a staging folder is any different after it."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from pathlib import Path

import msgspec
import pytest

from localdigest.cli import cli
from localdigest.messages.errors import InputRefused
from localdigest.render import jekyll
from localdigest.transfer import content, keys
from tests.kit.digests import translated
from tests.kit.hostile_packages import DAY, Case
from tests.kit.hostile_records import FOLDERS
from tests.kit.hostile_zips import ZIPS, plain
from tests.kit.packages_under_fire import prepared
from tests.kit.places import SAMPLE_DAY


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("good"))


@pytest.fixture
def case(good: Path, tmp_path: Path) -> Case:
    for name in ("package", "lab"):
        shutil.copytree(good / name, tmp_path / name)
    for name in ("box.key", "box.pub"):
        shutil.copy(good / name, tmp_path / name)
    return Case(tmp_path / "package", keys.load_private(tmp_path / "box.key"))


def tree(root: Path) -> dict[str, object]:
    """Every name below `root`, with what it is and, of a plain file, its bytes; the package itself is left out."""
    found: dict[str, object] = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if name.startswith(("package", "hostile.zip", "elsewhere")):
            continue
        kind = stat.S_IFMT(path.lstat().st_mode)
        found[name] = (kind, hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(kind) else "")
    return found


def refused(path: Path, base: Path, unsigned: bool) -> None:
    trust = ("--unsigned",) if unsigned else ("--trust", str(base / "box.pub"))
    before = tree(base)
    for command in ("verify", "open"):
        with pytest.raises(InputRefused) as told:
            cli.main(["-C", str(base / "lab"), "package", command, str(path), *trust], standalone_mode=False)
        assert told.value.exit_code == 4
        text = str(told.value)
        assert text.startswith(str(path))
        assert text.isprintable()
        assert len(text) < len(str(path)) + 400
        assert tree(base) == before


SIGNATURES = {name for name in FOLDERS if "signature" in name or "stranger" in name}


def test_the_package_that_the_hostile_ones_are_made_of_is_accepted(case: Case) -> None:
    """Or the others would prove nothing."""
    base = case.folder.parent
    path = base / "hostile.zip"
    path.write_bytes(plain(case))
    case.add("data/software/a.whl")  # so that `Case` is known to sign what is true
    for command, good in (("verify", path), ("verify", case.folder), ("open", case.folder)):
        trust = ("--trust", str(base / "box.pub"))
        cli.main(["-C", str(base / "lab"), "package", command, str(good), *trust], standalone_mode=False)
    assert len(list((base / "lab").rglob("*.pdf"))) == 2


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_a_hostile_folder_is_refused_and_touches_nothing(case: Case, name: str) -> None:
    FOLDERS[name](case)
    refused(case.folder, case.folder.parent, unsigned=False)
    if name not in SIGNATURES:
        refused(case.folder, case.folder.parent, unsigned=True)


@pytest.mark.parametrize("name", sorted(ZIPS))
def test_a_hostile_zip_is_refused_and_touches_nothing(case: Case, name: str) -> None:
    path = case.folder.parent / "hostile.zip"
    path.write_bytes(ZIPS[name](plain(case), case))
    for unsigned in (False, True):
        refused(path, case.folder.parent, unsigned)


def test_there_are_sixty_hostile_packages() -> None:
    assert len(FOLDERS) + len(ZIPS) >= 60


def test_a_page_that_comes_back_is_text_and_this_machine_writes_its_own(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signer gone bad: what it wrote reaches no site, and what it says a model has said is shown as text."""
    base, evil = case.folder.parent, "<script>x()</script> {% include secret %}"
    day = msgspec.json.decode(case.read(f"data/days/{SAMPLE_DAY}.json"), type=content.Day)
    finished = content.Finished(SAMPLE_DAY, (("a" * 64, translated(day.papers[0], evil)),))
    case.add(f"data/results/{SAMPLE_DAY}-arxiv.md", evil.encode())
    case.add(f"data/results/{SAMPLE_DAY}.json", evil.encode())
    case.add(f"data/results/{SAMPLE_DAY}.results.json", msgspec.json.encode(finished))
    lab, trust = base / "lab", ("--trust", str(base / "box.pub"))
    cli.main(["-C", str(lab), "package", "open", str(case.folder), *trust], standalone_mode=False)
    assert "not the same as the page that came" in capsys.readouterr().err
    (received,) = (lab / "received").iterdir()
    assert {path.name: path.read_text() for path in received.iterdir()} == {
        f"{SAMPLE_DAY}-arxiv.md": evil, f"{SAMPLE_DAY}.json": evil,
    }  # fmt: skip
    page = (lab / "posts" / f"{SAMPLE_DAY}-arxiv.md").read_text(encoding="utf-8")
    assert jekyll.escape(evil) in page
    assert evil not in page
    assert json.loads((lab / "exports" / f"{SAMPLE_DAY}.json").read_bytes())["day"] == str(SAMPLE_DAY)


def test_a_package_that_was_refused_is_opened_once_it_is_mended(case: Case) -> None:
    """With the same number: nothing was noted of it."""
    base, good = case.folder.parent, case.read(DAY)
    case.add(DAY, good.replace(b'"version":1', b'"version":' + b"9" * 30, 1))
    refused(case.folder, base, unsigned=False)
    case.add(DAY, good)
    trust = ("--trust", str(base / "box.pub"))
    cli.main(["-C", str(base / "lab"), "package", "open", str(case.folder), *trust], standalone_mode=False)
    assert len(list((base / "lab").rglob("*.pdf"))) == 2
