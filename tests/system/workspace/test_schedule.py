"""Schedules: each system reads back the very paths that were put in, and a late run makes the page of its time."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, time
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from localdigest.messages.errors import ConfigError
from localdigest.pages import window
from localdigest.workspace import schedule
from tests.kit.units import AT, ODD, parse, split

TAIL = ["run", "--at", "07:05"]


def made(kind: schedule.Kind, folder: Path, *program: str) -> dict[str, bytes]:
    found = schedule.make(kind, program or (f"{folder}/localdigest",), folder, AT, {"X": f"{folder}/models"})
    for path in found.files:
        assert path.parent == folder / "schedule"
        assert re.fullmatch(r"localdigest-[\w-]+\.[a-z]+", path.name, re.ASCII)
        assert kind == "launchd" or path.name.partition(".")[0] in found.install
    return {path.suffix: content for path, content in found.files.items()}


@pytest.mark.parametrize("name", ODD)
def test_systemd_reads_back_what_was_put_in(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    files = made("systemd", folder)
    service = parse(files[".service"].decode())
    values = dict(service["Service"])
    through = ["/bin/sh", "-c", 'exec "$0" "$@"'] if {"'", '"'} & set(name) else []
    assert split(values["ExecStart"], True) == [*through, f"{folder}/localdigest", "-C", str(folder), *TAIL]
    assert split(values["Environment"], False) == [f"X={folder}/models"]
    timer = dict(parse(files[".timer"].decode())["Timer"])
    assert timer == {"OnCalendar": "*-*-* 07:05:00", "Persistent": "true"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
@pytest.mark.parametrize("name", ODD)
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    (folder / "schedule").mkdir(parents=True)
    program = folder / "localdigest"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = tmp_path / "units"  # verify takes no path with a colon or an equals sign, and needs none of ours
    units.mkdir()
    for suffix, content in made("systemd", folder).items():
        (units / f"x{suffix}").write_bytes(content)
    (tmp_path / "runtime").mkdir()
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(units / "x.timer")],
        capture_output=True, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "runtime")},
    )  # fmt: skip
    if "manager" in done.stderr:
        pytest.skip(f"systemd-analyze cannot work here: {done.stderr}")
    assert (done.returncode, done.stderr) == (0, "")


def cron_command(line: str) -> str:
    """What cron hands to sh: it drops the backslash of an escaped `%`; a bare one would end the command."""
    fields = line.split(" ", 5)
    assert fields[:5] == ["5", "7", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", fields[5])
    return fields[5].replace("\\%", "%").removesuffix("\n")


@pytest.mark.parametrize("name", ODD)
def test_cron_and_sh_read_back_what_was_put_in(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    program = folder / "localdigest"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$X" "$@"\n')
    program.chmod(0o755)
    line = made("cron", folder)[".cron"].decode()
    assert line.count("\n") == 1
    done = subprocess.run(["/bin/sh", "-c", cron_command(line)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(program), f"{folder}/models", "-C", str(folder), *TAIL]


@pytest.mark.parametrize("name", ODD)
def test_launchd_reads_back_what_was_put_in(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    job = plistlib.loads(made("launchd", folder)[".plist"])
    assert job["ProgramArguments"] == [f"{folder}/localdigest", "-C", str(folder), *TAIL]
    assert job["EnvironmentVariables"] == {"X": f"{folder}/models"}
    assert job["StartCalendarInterval"] == {"Hour": 7, "Minute": 5}


def arguments(line: str) -> list[str]:
    """As the C runtime splits it: quotes group, a backslash escapes only before a quote."""
    found = re.findall(r'(?:[^\s"\\]|\\+(?!["\\])|\\"|"(?:[^"\\]|\\+(?!["\\])|(?:\\\\)*\\"|\\\\)*")+', line)
    return [re.sub(r'(?<!\\)"', "", word).replace('\\"', '"').replace("\\\\", "\\") for word in found]


@pytest.mark.parametrize("name", [name for name in ODD if '"' not in name])
def test_windows_reads_back_what_was_put_in(name: str) -> None:
    folder = f"C:\\Users\\me\\{name}"
    content = made("windows", Path(folder), f"{folder}\\localdigest.exe")[".xml"]
    assert content[:2] in (b"\xff\xfe", b"\xfe\xff")
    task = ElementTree.fromstring(content)  # noqa: S314
    ns = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    assert task.findtext(f".//{ns}Command") == f"{folder}\\localdigest.exe"
    line = task.findtext(f".//{ns}Arguments")
    assert line is not None
    assert arguments(line) == ["-C", str(PureWindowsPath(folder)), *TAIL]
    assert task.findtext(f".//{ns}StartBoundary") == "2026-01-01T07:05:00"
    assert task.findtext(f".//{ns}StartWhenAvailable") == "true"


def test_on_request_a_run_waits_for_mains(tmp_path: Path) -> None:
    program = (f"{tmp_path}/localdigest",)
    for mains in (True, False):
        files = schedule.make("systemd", program, tmp_path, AT, {}, mains=mains).files
        unit = dict(parse(next(c for p, c in files.items() if p.suffix == ".service").decode())["Unit"])
        assert unit.get("ConditionACPower") == ("true" if mains else None)
        files = schedule.make_offline(program, tmp_path, AT, {}, [], False, mains=mains).files
        services = {p.stem.rpartition("-")[2]: c.decode() for p, c in files.items() if p.suffix == ".service"}
        assert [("ConditionACPower=true" in services[name]) for name in ("collect", "digest")] == [False, mains]
        (task,) = schedule.make("windows", ("C:\\l.exe",), tmp_path, AT, {}, mains=mains).files.values()
        assert f"OnBatteries>{str(mains).lower()}</Disallow" in task.decode("utf-16")


def test_a_path_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    for kind in ("systemd", "cron", "launchd", "windows"):
        with pytest.raises(ConfigError, match="control character"):
            made(kind, tmp_path / "a\nb")


def test_this_program_is_there() -> None:
    program = schedule.this_program()
    assert Path(program[0]).is_absolute()
    done = subprocess.run([*program, "--version"], capture_output=True, text=True, cwd="/")
    assert done.returncode == 0 or "No module named localdigest" in done.stderr  # a checkout that is not installed
    assert shlex.join(program)


# ---------------------------------------------------------------- the day of a run that starts late

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("at", "starts", "day"),
    [
        # At 07:00 the window that closed last is the one of the day before: late or not, the same page.
        ("07:00", "2026-01-30T07:00:01", "2026-01-29"),
        ("07:00", "2026-01-30T06:59:58", "2026-01-29"),  # a clock a little behind
        ("07:00", "2026-01-30T08:49", "2026-01-29"),
        ("07:00", "2026-01-30T08:51", "2026-01-29"),  # by the moment, this would be the 30th
        ("07:00", "2026-01-30T23:59", "2026-01-29"),
        ("07:00", "2026-01-31T06:30", "2026-01-29"),
        ("07:00", "2026-01-31T07:00", "2026-01-30"),
        ("09:00", "2026-01-30T09:00", "2026-01-30"),
        ("09:00", "2026-01-31T08:00", "2026-01-30"),
        ("09:00", "2026-01-31T08:51", "2026-01-30"),
        ("23:30", "2026-01-31T00:10", "2026-01-30"),
    ],
)
def test_a_late_run_makes_the_page_of_its_time(at: str, starts: str, day: str) -> None:
    now = datetime.fromisoformat(starts).replace(tzinfo=SHANGHAI)
    start = schedule.nominal_start(time.fromisoformat(at), now, SHANGHAI)
    assert window.today("Asia/Shanghai", "08:50", start).isoformat() == day


def test_a_schedule_stays_on_the_wall_clock_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for late, expected in (("2026-03-29T09:00", "05:00"), ("2026-03-28T09:00", "06:00")):  # summer begins on the 29th
        now = datetime.fromisoformat(late).replace(tzinfo=berlin)
        start = schedule.nominal_start(time(7), now, berlin)
        assert start.astimezone(UTC).strftime("%H:%M") == expected
    now = datetime.now(UTC)
    assert now.timestamp() - 86400 * 1.05 < schedule.nominal_start(time(7), now).timestamp() < now.timestamp() + 301
