"""One run at a time in a workspace: the second is told who holds it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock
import msgspec

from localdigest.files import sweep, write_atomic
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, WorkspaceLocked


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a workspace, for the message to whoever comes second."""

    pid: int
    host: str
    since: datetime
    command: str = ""


@contextlib.contextmanager
def hold(workspace: Path, command: str = "") -> Iterator[None]:
    """Holds `workspace` for this process, which runs `command`, or raises WorkspaceLocked at once, naming who has it.

    The operating system's lock on `.lock` decides, and it ends with its process; `.lock-owner` only tells.
    """
    guard = filelock.FileLock(workspace / ".lock", timeout=0)
    owner_file = workspace / ".lock-owner"
    with ConfigError.for_os_error(
        "{workspace}: cannot be locked ({why}); check that the folder is there and yours to write to", workspace
    ):
        try:
            guard.acquire()
        except filelock.Timeout as error:
            raise WorkspaceLocked(
                "{workspace}: another run holds this workspace ({owner}); wait until it ends, or stop it",
                workspace,
                _owner(owner_file),
            ) from error
    try:
        sweep(workspace)
        command = command.encode(errors="backslashreplace").decode()  # a file's name need not be UTF-8
        owner = Owner(os.getpid(), socket.gethostname(), datetime.now(UTC).replace(microsecond=0), command)
        write_atomic(owner_file, msgspec.json.encode(owner))
        yield
    finally:
        owner_file.unlink(missing_ok=True)
        guard.release()


def holder(workspace: Path) -> Notice | str | None:
    """Who holds `workspace`, in words; None where nobody does. Changes nothing, and makes no file."""
    if not (workspace / ".lock").exists():
        return None
    guard = filelock.FileLock(workspace / ".lock", timeout=0)
    try:
        guard.acquire()
    except (filelock.Timeout, OSError):
        return _owner(workspace / ".lock-owner")
    guard.release()
    return None


def _owner(path: Path) -> Notice | str:
    try:
        owner = msgspec.json.decode(path.read_bytes(), type=Owner)
    except (OSError, msgspec.MsgspecError):  # it has only just started, or has only just ended
        return Notice("which one is not known")
    who = f"`{owner.command}`, process {owner.pid}" if owner.command else f"process {owner.pid}"
    return f"{who} on {owner.host}, since {owner.since:%Y-%m-%d %H:%M:%S} UTC"
