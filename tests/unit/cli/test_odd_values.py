"""What a command line may be given that nobody means: days beyond the calendar, names that are no UTF-8."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import time
from pathlib import Path

import click
import pytest

from localdigest.cli import cli
from localdigest.messages.errors import ConfigError
from localdigest.workspace import config, schedule
from tests.kit.places import SAMPLE

ODD = os.fsdecode(b"\xff\xfe odd")


@pytest.mark.parametrize("day", ["0001-01-01", "1600-02-29", "9999-12-31"])
@pytest.mark.parametrize(
    "command", [["run", "--date"], ["render", "--date"], ["search", "--to-day"], ["search", "--from-day"]]
)
def test_a_day_beyond_arxivs_is_told_so(tmp_path: Path, command: list[str], day: str) -> None:
    with pytest.raises(click.BadParameter, match="began in 1991"):
        cli.main(["-C", str(tmp_path), *command, day], standalone_mode=False)


@pytest.mark.parametrize("days", ["0001-01-01", "2026-01-30..9999-12-31", "2026-01-30..never"])
def test_days_of_results_are_days_of_arxivs(tmp_path: Path, days: str) -> None:
    config.create(tmp_path)
    with pytest.raises(ConfigError, match="write a day"):
        cli.main(
            ["-C", str(tmp_path), "package", "make", "--results", days, "--unsigned", "-o", str(tmp_path)],
            standalone_mode=False,
        )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are Unicode")
def test_names_that_are_no_utf8_are_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ODD
    shutil.copytree(SAMPLE / "pdfs", folder / "pdfs")
    listing = shutil.copy(SAMPLE / "atom.xml", folder / f"{ODD}.xml")
    root = folder / "digest"
    config.create(root)
    command = [
        "-C",
        str(root),
        "collect",
        "--from",
        str(listing),
        "--pdf-dir",
        str(folder / "pdfs"),
        "--date",
        "2026-01-30",
    ]
    monkeypatch.setattr(sys, "argv", ["localdigest", *command])  # who holds the workspace is told by it
    assert cli.main(command, standalone_mode=False) == 0
    assert "2 of 2 PDFs found" in capsys.readouterr().err
    cli.main(["-C", str(root), "search", "noise", ODD, "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["rows"] == []
    cli.main(["-C", str(root), "render", "--date", "2026-01-30", "--format", "html", "--json"], standalone_mode=False)
    assert Path(json.loads(capsys.readouterr().out)["file"]).is_file()


@pytest.mark.parametrize("kind", ["systemd", "cron", "launchd", "windows"])
def test_a_folder_whose_name_is_no_utf8_is_not_scheduled(kind: schedule.Kind) -> None:
    with pytest.raises(ConfigError, match="no UTF-8"):
        schedule.make(kind, ("/usr/bin/localdigest",), Path("/", ODD), time(7), {})
