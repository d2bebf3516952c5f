"""What is said on a terminal of 80 columns breaks between words, in English and in Chinese."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from localdigest import run, store
from localdigest.cli import cli
from localdigest.cli.help import tell
from localdigest.messages.errors import LocaldigestError
from localdigest.messages.terminal import columns
from localdigest.workspace import config
from tests.kit.places import SAMPLE, SAMPLE_DAY

COMMANDS = (
    "-C d package make --date 2026-01-30 --sign box.key -o stick",
    "-C d package verify stick/PACKAGE --trust box.pub",
    "-C lab package open stick/PACKAGE --trust box.pub",
    "-C d package verify stick/PACKAGE --unsigned",
    "-C d models list",
    "-C d models recommend",
    "-C d models pull no-such-model",
    "-C d search zebra",
    "-C d select --date 2026-01-30",
    "-C d deliver --date 2026-01-30",
    "-C d eval --evidence",
    "-C elsewhere status",
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_the_terminal(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    config.create(Path("d"))
    space = config.open_workspace(Path("d"))
    with store.Store(space.library) as library:
        run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LANGUAGE", language)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    said = {}
    for line in ("package keygen box", *COMMANDS):
        words = [word.replace("PACKAGE", _made(tmp_path)) for word in line.split()]
        try:
            cli.main(words, standalone_mode=False)
        except LocaldigestError as error:
            tell(error.notice)
        shown = capsys.readouterr()
        said[line] = shown.out + shown.err
    # A path is in one piece, however long.
    wide = [line for text in said.values() for line in text.splitlines() if columns(line) > 80 and " " in line.strip()]
    assert wide == []
    assert all(said.values())
    translated = {"en": "as it was made, signed by", "zh": "与制作时一致"}[language]
    assert translated in " ".join("".join(said.values()).split("\n"))


def _made(folder: Path) -> str:
    return next((path.name for path in folder.glob("stick/*")), "")
