"""A day's papers on a stick to a machine that has no network, and its pages back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest

from localdigest import run, store
from localdigest.flows.brief import find_models
from localdigest.pages.days import Agenda
from localdigest.transfer import opening, source
from localdigest.workspace import config
from tests.kit.packages import DAY, localdigest, make_package, tree, works
from tests.kit.places import ROOT, SAMPLE_DAY
from tests.kit.scripted_engine import scripted, whole_day


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
    # The page for the browser is no text: it did not come, it was written here; figures stay where the PDFs were read.
    shutil.rmtree(space.figures)
    assert localdigest(lab, "render", "--date", DAY, "--format", "html") == 0
    assert (sender.site / f"{DAY}.html").read_bytes() == (lab / "site" / f"{DAY}.html").read_bytes()
    assert (sender.site / "index.html").exists()
    whole_day(sender, None)


def _finish(space: config.Workspace) -> None:
    with store.Store(space.library) as library:
        run.make(space, library, Agenda((SAMPLE_DAY,)), find_models(space), scripted, lambda _: None)


def _names(package: Path) -> list[str]:
    opened = source.at(package)
    try:
        return list(opened.entries())
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("where", "placed", "told"),
    [
        ("check.receive", 0, 0),
        ("_move_pdfs", 0, 0),
        ("_move_software", 2, 0),
        ("_move_texts", 2, 0),
        ("_tell", 2, 0),
        ("write_atomic", 2, 2),
    ],
)
def test_a_kill_leaves_verified_files_only(
    sender: config.Workspace, lab: Path, stick: Path, where: str, placed: int, told: int
) -> None:
    """Before placing, between placing and telling, before the number is noted. The next open goes through."""
    package = make_package(sender.root, stick, "--date", DAY)
    trust = ("--trust", stick.parent / "box.pub")
    code = (
        "import os, sys; from localdigest.cli import main; from localdigest.transfer import opening;"
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
