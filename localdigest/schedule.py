"""Files that make a system run localdigest each day: systemd, cron, launchd, Windows. Pure but for its templates.

Each runs `localdigest -C WORKSPACE run --at TIME`, and each has quoting rules of its own, which are applied here.
"""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from html import escape
from pathlib import Path
from string import Template
from typing import Literal

from localdigest.errors import ConfigError

Kind = Literal["systemd", "cron", "launchd", "windows"]

_TEMPLATES = Path(__file__).parent / "templates" / "schedule"
_EARLY = timedelta(minutes=5)
"""By so much a clock that was just set may be behind; no scheduler starts that early on purpose."""


@dataclass(frozen=True, slots=True)
class Schedule:
    files: Mapping[Path, bytes]
    install: str
    """The command that puts them to use, for the system's own shell."""


def nominal_start(at: time, now: datetime, zone: tzinfo | None = None) -> datetime:
    """When a run scheduled for `at` each day should have started that starts `now`: the last `at` before it.

    So a run that starts late, after a night asleep, does what it would have done in time. `zone` is that of the
    schedule; None is this machine's.
    """
    latest = now + _EARLY
    today = latest.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in (0, 1))
    starts = (datetime.combine(day, at, zone).astimezone(UTC) for day in days)
    return next(start for start in starts if start <= latest)


def this_program() -> tuple[str, ...]:
    """The command that runs localdigest with this interpreter, from any folder and without a PATH."""
    script = Path(sys.executable).with_name("localdigest.exe" if os.name == "nt" else "localdigest")
    return (str(script),) if script.is_file() else (sys.executable, "-P", "-m", "localdigest")


def make(kind: Kind, program: Sequence[str], workspace: Path, at: time, environment: Mapping[str, str]) -> Schedule:
    """The files for `kind` of system, in `workspace` (absolute), that run `program` (absolute) for it daily at `at`.

    `environment` is set for the run, except by Windows, whose tasks have the user's. Raises ConfigError for a path
    that such a file cannot hold.
    """
    command = [*program, "-C", str(workspace), "run", "--at", f"{at:%H:%M}"]
    for text in (*command, *environment.values()):
        if re.search(r"[\x00-\x1f\x7f]", text):
            raise ConfigError(f"{text!r}: a path with a control character cannot be scheduled; rename the folder")
    name = "localdigest-" + (re.sub(r"[^A-Za-z0-9_]+", "-", workspace.name).strip("-") or "digest")
    return _MAKERS[kind](workspace / "schedule" / name, command, at, environment)


def _systemd(stem: Path, command: Sequence[str], at: time, environment: Mapping[str, str]) -> Schedule:
    # https://www.freedesktop.org/software/systemd/man/systemd.service.html#Command%20lines: `%` is doubled
    # everywhere, `$` only in arguments, since the program's own path knows no variables.
    def quoted(text: str) -> str:
        return '"' + re.sub(r'(["\\])', r"\\\1", text).replace("%", "%%") + '"'

    if re.search(r"""['"\\]""", command[0]):  # systemd runs no program of such a name, sh does
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    first, *rest = map(quoted, command)
    line = " ".join((first, *(word.replace("$", "$$") for word in rest)))
    variables = "".join(f"Environment={quoted(f'{key}={value}')}\n" for key, value in environment.items())
    service, timer = stem.with_suffix(".service"), stem.with_suffix(".timer")
    files = {
        service: _fill("service", name=stem.name, environment=variables, command=line).encode(),
        timer: _fill("timer", name=stem.name, time=f"{at:%H:%M}").encode(),
    }
    link, enable = shlex.join(("link", str(service))), shlex.join(("enable", "--now", str(timer)))
    return Schedule(files, f"systemctl --user {link} && systemctl --user {enable}")


def _cron(stem: Path, command: Sequence[str], at: time, environment: Mapping[str, str]) -> Schedule:
    # crontab(5): the rest of the line goes to sh, but before that an unescaped `%` ends it, even in quotes.
    words = (*(f"{key}={shlex.quote(value)}" for key, value in environment.items()), *map(shlex.quote, command))
    line = f"{at.minute} {at.hour} * * * {' '.join(words)}".replace("%", r"\%")
    file = stem.with_suffix(".cron")
    return Schedule({file: f"{line}\n".encode()}, f"(crontab -l; cat {shlex.quote(str(file))}) | crontab -")


def _launchd(stem: Path, command: Sequence[str], at: time, environment: Mapping[str, str]) -> Schedule:
    log = str(Path.home() / "Library" / "Logs" / f"{stem.name}.log")
    job = {
        "Label": stem.name,
        "ProgramArguments": list(command),
        "EnvironmentVariables": dict(environment),
        "StartCalendarInterval": {"Hour": at.hour, "Minute": at.minute},
        "StandardOutPath": log,
        "StandardErrorPath": log,
        "ProcessType": "Background",
    }
    file, agents = stem.with_suffix(".plist"), "~/Library/LaunchAgents"
    copy = f"cp {shlex.quote(str(file))} {agents}/"
    return Schedule({file: plistlib.dumps(job)}, f"{copy} && launchctl bootstrap gui/$(id -u) {agents}/{file.name}")


def _windows(stem: Path, command: Sequence[str], at: time, environment: Mapping[str, str]) -> Schedule:
    # The command line is taken apart by the program as list2cmdline puts it together; schtasks wants UTF-16.
    program, arguments = command[0], subprocess.list2cmdline(command[1:])
    values = {"name": stem.name, "time": f"{at:%H:%M}", "program": program, "arguments": arguments}
    task = _fill("windows.xml", **{key: escape(value, quote=False) for key, value in values.items()})
    file = stem.with_suffix(".xml")
    return Schedule({file: task.encode("utf-16")}, f'schtasks /Create /TN {stem.name} /XML "{file}"')


_MAKERS = {"systemd": _systemd, "cron": _cron, "launchd": _launchd, "windows": _windows}
KINDS: tuple[Kind, ...] = ("systemd", "cron", "launchd", "windows")


def _fill(template: str, **values: str) -> str:
    return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)
