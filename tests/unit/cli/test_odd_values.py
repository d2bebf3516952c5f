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
from localdigest.deliver import secrets
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


@pytest.mark.parametrize(
    "words",
    [("explain", "draft.pdf"), ("eval", "pairs.jsonl"), ("bench",), ("package", "verify", "stick", "--unsigned")],
)
def test_a_mistyped_folder_is_no_workspace_with_settings_of_its_own(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Also where a command needs none: else it would go by the defaults in silence."""
    config.create(tmp_path / "digest")
    with pytest.raises(ConfigError, match=r"did you mean .*digest"):
        cli.main(["-C", str(tmp_path / "digset"), *words], standalone_mode=False)


def test_a_secret_that_is_no_text_is_told_with_its_line_and_not_with_its_value(tmp_path: Path) -> None:
    path = tmp_path / secrets.FILE
    path.write_text('lab = "json://key"\n\nphone = 424242\n', encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"line 3, phone: a text in quotes is expected") as told:
        secrets.password(tmp_path, {})
    assert "424242" not in str(told.value)
