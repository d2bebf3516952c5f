"""The proof that digests use no network.

It runs commands under strace in a network namespace of their own and counts the sockets that they create.
"""

from __future__ import annotations

import collections
import json
import platform
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError

SAMPLE = Path(__file__).parents[1] / "sample"
SAMPLE_DAY = date(2026, 1, 30)
SAMPLE_WORK = 4
"""Two translations and two breakdowns."""

CONTROL = (
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'], check=True)",
)
"""Opens one internet socket, in a child process: what the counting must see to be believed."""

Doing = Callable[[Notice], AbstractContextManager[None]]
Tracing = Callable[[Sequence[str], Path], list[str]]


def _traced(command: Sequence[str], log: Path) -> list[str]:
    # seccomp-bpf: only the calls that are counted stop, so that the engine's threads run at their own speed.
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=network", "-o", str(log), *command]


def _shut_in_and_traced(command: Sequence[str], log: Path) -> list[str]:
    return ["unshare", "-rn", *_traced(command, log)]


def _shut_in(command: Sequence[str], log: Path) -> list[str]:
    return ["unshare", "-rn", *command]


@dataclass(frozen=True, slots=True)
class Counted:
    """A command that was run, how it ended, and the sockets that it and its children created, by family."""

    command: str
    code: int
    sockets: dict[str, int]
    said: str
    """The end of what it printed."""

    @property
    def inet(self) -> int:
        """Those that could reach another machine: all but AF_UNIX (this machine) and AF_NETLINK (its kernel)."""
        return sum(count for family, count in self.sockets.items() if family not in ("AF_UNIX", "AF_NETLINK"))


@dataclass(frozen=True, slots=True)
class Proof:
    """`control` is None where nothing could be counted."""

    control: Counted | None
    runs: tuple[Counted, ...]
    proved: bool
    verdict: Notice


def prove(
    commands: Sequence[Sequence[str]],
    finished: Callable[[], Notice | None] = lambda: None,
    doing: Doing = lambda _what: nullcontext(),
) -> Proof:
    """Runs the commands, each in a network namespace with no way out, and counts the sockets they create.

    `finished` says why what they made is not what they should have made, if so: a run that did nothing proves nothing.
    `doing` shows each step while it lasts.
    Where this machine can do only a part (no namespaces, no strace), the verdict says what is weaker. Raises
    ConfigError where it can do nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        with doing(Notice("counting the socket of a control")):
            tracing, control = _way(Path(folder))
        made = []
        for number, command in enumerate(commands):
            with doing(Notice("running `{command}`, watched; a digest takes a minute or more", shlex.join(command))):
                made.append(_count(tracing, command, Path(folder) / f"{number}"))
        runs = tuple(made)
    failed = next((run for run in runs if run.code not in (0, 3)), None)
    ended = (
        Notice("`{command}` ended with {code}: {said}", failed.command, failed.code, failed.said) if failed else None
    )
    trouble = ended or finished()
    if any(run.inet for run in runs):
        total = sum(run.inet for run in runs)
        loud = Notice("NOT SILENT: {total} sockets for other machines were created; report this", total)
        return Proof(control, runs, False, loud)
    if trouble:
        return Proof(control, runs, False, Notice("not proved: {trouble}", trouble))
    if tracing is _shut_in:
        likely = Notice("not proved, only likely: all works where there is no network, but {no_strace}", _NO_STRACE)
        return Proof(None, runs, False, likely)
    if tracing is _traced:
        return Proof(control, runs, True, _WEAKER)
    return Proof(control, runs, True, _PROVED)


_PROVED = Notice("proved: no socket for another machine was created, and there was no network")
_WEAKER = Notice(
    "proved: no socket for another machine was created. Weaker by half: this system allows no network namespaces, so"
    " nothing but the count stood in the way of one"
)


_NO_STRACE = Notice(
    "what was tried could not be counted: install strace (Debian, Ubuntu: apt install strace), and allow"
    " ptrace if this is a container (--cap-add SYS_PTRACE)"
)


def _way(folder: Path) -> tuple[Tracing, Counted | None]:
    """The strongest way of watching that works here, found by its control."""
    if platform.system() != "Linux":
        raise ConfigError("this proof needs Linux, whose kernel can be asked; run it there, on the same files")
    for number, way in enumerate((_shut_in_and_traced, _traced)):
        control = _count(way, CONTROL, folder / f"control{number}")
        if control.inet:
            return way, control
    alone = _count(_shut_in, [sys.executable, "-c", ""], folder / "none")
    if alone.code == 0:
        return _shut_in, None
    raise ConfigError(
        "no program can be watched here: this system allows no network namespaces, and {no_strace}", _NO_STRACE
    )


def _count(tracing: Tracing, command: Sequence[str], log: Path) -> Counted:
    words = tracing(command, log)
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        code, said = done.returncode, (done.stderr + done.stdout).strip().splitlines()
    except OSError as error:  # no strace or no unshare
        code, said = 127, [str(error)]
    return Counted(shlex.join(words), code, sockets(log.read_text("utf-8", "replace") if log.exists() else ""),
                   " ".join(said[-1:])[:300])  # fmt: skip


def sockets(trace: str) -> dict[str, int]:
    """Sockets by family in strace's words; a call that another thread interrupted stands there once with its family."""
    return dict(collections.Counter(re.findall(r"\bsocket\((\w+)", trace)))


def sample_made(root: Path) -> Notice | None:
    """Why the sample day's export in `root` is not a finished one; None where it is."""
    export = root / "exports" / f"{SAMPLE_DAY}.json"
    try:
        done = json.loads(export.read_bytes())["counts"]["done"]
    except (OSError, ValueError, KeyError) as error:
        return Notice("the sample day was not made ({error})", error)
    few = Notice("only {done} of {all} pieces of the sample day were done", done, SAMPLE_WORK)
    return None if done == SAMPLE_WORK else few
