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
from localdigest.messages.errors import ConfigError, LocaldigestError
from localdigest.workspace import config, schedule
from tests.kit.places import SAMPLE
from tests.kit.workspaces import changed

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


COLLECT = ("collect", "--from", str(SAMPLE / "atom.xml"), "--date", "2026-01-30")


@pytest.mark.parametrize(
    ("old", "new", "words", "said"),
    [
        ('zone = "Asia/Shanghai"', 'zone = "Asia"', COLLECT, "zone 'Asia' is not a time zone"),
        ('anchor = "08:50"', 'anchor = "25:00"', COLLECT, "anchor '25:00' is not a time of day"),
        ('model = "starter"', 'model = "startre"', COLLECT, "unknown model 'startre'; did you mean starter"),
        ('translate = ""', 'translate = "startre"', COLLECT, "unknown model 'startre'"),
        ('kind = "local"', 'kind = "endpoint"', COLLECT, "engine.url and engine.model must say"),
        ('contact = ""', 'contact = "\u00e9"', ("collect",), "cannot stand in a User-Agent"),
        ("include = []", "include = ['noise', '\"open']", ("select",), "rule '\"open': a quote is not closed"),
        ("interests = []", "interests = ['mine.txt']", ("select",), "name another in select.interests"),
        ('smtp = ""', 'smtp = "mail"', ("deliver",), "deliver.smtp: write it as"),
        ("channels = []", 'channels = ["mail"]', ("deliver",), "`mail` is the name of smtp's own"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, words: tuple[str, ...], said: str
) -> None:
    config.create(tmp_path)
    cli.main(["-C", str(tmp_path), *COLLECT], standalone_mode=False)
    changed(tmp_path, ('mode = "announced"', 'mode = "submitted"'), (old, new))
    line = (tmp_path / config.FILE).read_text("utf-8").splitlines().index(new) + 1
    with pytest.raises(LocaldigestError) as caught:
        cli.main(["-C", str(tmp_path), *words], standalone_mode=False)
    assert str(caught.value).startswith(f"{tmp_path / config.FILE}, line {line}: ")
    assert said in str(caught.value)


def test_a_value_of_an_option_has_no_line(tmp_path: Path) -> None:
    config.create(tmp_path)
    with pytest.raises(LocaldigestError) as caught:
        cli.main(["-C", str(tmp_path), "run", "--model", "startre"], standalone_mode=False)
    assert str(caught.value).startswith("unknown model 'startre'")


def test_a_secret_that_is_no_text_is_told_with_its_line_and_not_with_its_value(tmp_path: Path) -> None:
    path = tmp_path / secrets.FILE
    path.write_text('lab = "json://key"\n\nphone = 424242\n', encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"line 3, phone: a text in quotes is expected") as told:
        secrets.password(tmp_path, {})
    assert "424242" not in str(told.value)
