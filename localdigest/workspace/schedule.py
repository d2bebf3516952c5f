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

from localdigest.messages.errors import ConfigError

Kind = Literal["systemd", "cron", "launchd", "windows"]

_TEMPLATES = Path(__file__).parents[1] / "templates" / "schedule"
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


def make(
    kind: Kind,
    program: Sequence[str],
    workspace: Path,
    at: time,
    environment: Mapping[str, str],
    *,
    mains: bool = False,
) -> Schedule:
    """The files for `kind` of system, in `workspace` (absolute), that run `program` (absolute) for it daily at `at`.

    `environment` is set for the run, except by Windows, whose tasks have the user's. With `mains` there is no run on
    battery; cron and launchd cannot tell. Raises ConfigError for a path that such a file cannot hold.
    """
    command = [*program, "-C", str(workspace), "run", "--at", f"{at:%H:%M}"]
    stem = _stem(workspace, (*command, *environment.values()))
    match kind:
        case "systemd":
            return _systemd(stem, command, at, environment, mains)
        case "cron":
            return _cron(stem, command, at, environment)
        case "launchd":
            return _launchd(stem, command, at, environment)
        case "windows":
            return _windows(stem, command, at, mains)


def make_offline(
    program: Sequence[str],
    workspace: Path,
    at: time,
    environment: Mapping[str, str],
    writable: Sequence[Path],
    gpu: bool,
    *,
    mains: bool = False,
) -> Schedule:
    """As `make` for systemd, but collecting and digesting are two services, of which the second has no network.

    `writable`: the folders (absolute) that it writes to beside the workspace. `gpu`: leave it the devices, and the
    memory that is written and then run, which a GPU's driver needs.
    """
    texts = (*program, str(workspace), *environment.values(), *map(str, writable))
    stem, clock = _stem(workspace, texts), f"{at:%H:%M}"
    variables = _variables(environment)
    values = {
        "collect": {},
        "digest": {
            "writable": " ".join(_quoted(str(path)) for path in dict.fromkeys((workspace, *writable))),
            "condition": _MAINS * mains,
            "processor": "" if gpu else "PrivateDevices=yes\nMemoryDenyWriteExecute=yes\n",
        },
    }
    files = {}
    for what, more in values.items():
        unit = stem.with_name(f"{stem.name}-{what}")
        command = _command_line([*program, "-C", str(workspace), what, "--at", clock])
        service = _fill(f"{what}.service", name=stem.name, environment=variables, command=command, **more)
        files[unit.with_suffix(".service")] = service.rstrip("\n").encode() + b"\n"
        files[unit.with_suffix(".timer")] = _fill("timer", name=unit.name, time=clock).encode()
    collect, _, digest, timer = map(str, files)
    link, start = shlex.join(("link", collect, digest)), f"{stem.name}-collect.timer"
    connected = f"systemctl --user {link} && systemctl --user enable --now {shlex.quote(str(stem.with_name(start)))}"
    alone = f"systemctl --user link {shlex.quote(digest)} && systemctl --user enable --now {shlex.quote(timer)}"
    return Schedule(files, f"{connected}\nOn a machine that has no network at all: {alone}")


def _stem(workspace: Path, texts: Sequence[str]) -> Path:
    for text in texts:
        if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text):
            raise ConfigError(
                "{text!r}: a path with a control character, or no UTF-8, cannot be scheduled; rename the folder",
                text,
            )
    name = "localdigest-" + (re.sub(r"[^A-Za-z0-9_]+", "-", workspace.name).strip("-") or "digest")
    return workspace / "schedule" / name


def _quoted(text: str) -> str:
    """A word of a unit file: https://www.freedesktop.org/software/systemd/man/systemd.syntax.html, `%` doubled."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text).replace("%", "%%") + '"'


def _command_line(command: Sequence[str]) -> str:
    # https://www.freedesktop.org/software/systemd/man/systemd.service.html#Command%20lines: `$` is doubled only in
    # arguments, since the program's own path knows no variables.
    if re.search(r"""['"\\]""", command[0]):  # systemd runs no program of such a name, sh does
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    first, *rest = map(_quoted, command)
    return " ".join((first, *(word.replace("$", "$$") for word in rest)))


def _variables(environment: Mapping[str, str]) -> str:
    return "".join(f"Environment={_quoted(f'{key}={value}')}\n" for key, value in environment.items())


_MAINS = "ConditionACPower=true\n"


def _systemd(stem: Path, command: Sequence[str], at: time, environment: Mapping[str, str], mains: bool) -> Schedule:
    line, variables = _command_line(command), _variables(environment)
    service, timer = stem.with_suffix(".service"), stem.with_suffix(".timer")
    files = {
        service: _fill(
            "service", name=stem.name, condition=_MAINS * mains, environment=variables, command=line
        ).encode(),
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


def _windows(stem: Path, command: Sequence[str], at: time, mains: bool) -> Schedule:
    # The command line is taken apart by the program as list2cmdline puts it together; schtasks wants UTF-16.
    program, arguments = command[0], subprocess.list2cmdline(command[1:])
    values = {"name": stem.name, "time": f"{at:%H:%M}", "program": program, "arguments": arguments}
    values["mains"] = "true" if mains else "false"
    task = _fill("windows.xml", **{key: escape(value, quote=False) for key, value in values.items()})
    file = stem.with_suffix(".xml")
    return Schedule({file: task.encode("utf-16")}, f'schtasks /Create /TN {stem.name} /XML "{file}"')


def _fill(template: str, **values: str) -> str:
    return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)
