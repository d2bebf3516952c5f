"""Writing files so that they are there whole or not at all, whatever happens to the process or the power.

The only module that opens files for writing (a test over the syntax trees keeps it so). A result is written in one
piece by `write_atomic`; what comes in over hours grows in a `.part` (`open_part`) and gets its name by `finish`;
the ledger gets its lines by `append`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import platformdirs

from localdigest.messages.errors import ConfigError

_OLD = 86400.0
"""Seconds after which a temporary file is nobody's, even where a process has its number: numbers come again."""


def told(name: str) -> str:
    """A file's name as text that can be written: bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def write_atomic(path: Path, data: str | bytes) -> None:
    """Puts `data` (text as UTF-8) at `path`, in place of what was there; durable when this returns.

    Raises ConfigError where the folder cannot be written to; the old file is then untouched.
    """
    # In the same folder, so that the rename is atomic; with the process id, so that no two write into one.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        try:
            with temporary.open("wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
            finish(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def check_writable(path: Path) -> None:
    """Raises ConfigError, as `write_atomic` would, where no file can be put at `path`: asked before hours of work."""
    with writing(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with tempfile.TemporaryFile(dir=path.parent):
            pass


def open_part(path: Path) -> BinaryIO:
    """A file that grows, over several runs if need be: written at its end, read anywhere. Raises OSError."""
    return path.open("a+b")


def finish(part: Path, target: Path) -> None:
    """Gives a file that is written to its end its name, in one folder; durable when this returns. Raises OSError."""
    # Only Windows asks for the right to write; a part may be a hard link to a file that is another user's.
    with part.open("rb+" if os.name == "nt" else "rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    sync_folder(target.parent)


def append(path: Path, line: bytes) -> None:
    """Adds a line, which ends with a line feed, in one write; durable when this returns. Raises OSError."""
    with path.open("a+b", buffering=0) as file:
        # What a power cut left of a line must not swallow ours.
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        file.write(b"\n" + line if end and file.read(1) != b"\n" else line)
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` durable. Windows cannot open a folder, and needs no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes `folder`, unless it is there, and finds out whether it can be written to. Raises ConfigError."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Without a name on Linux, so that nothing is left of it whatever happens.
        with tempfile.TemporaryFile(dir=folder):
            pass


def sweep(folder: Path) -> None:
    """Deletes what killed processes left of `write_atomic`, in `folder` and two folders deep (`site/days`)."""
    for path in (*folder.glob(".*.tmp"), *folder.glob("*/.*.tmp"), *folder.glob("*/*/.*.tmp")):
        with contextlib.suppress(OSError):
            if (match := re.fullmatch(r"\..*\.([0-9]+)\.tmp", path.name)) and _abandoned(path, int(match[1])):
                path.unlink()


def _abandoned(path: Path, pid: int) -> bool:
    """Whether no process writes it any more: one with its number may be `render`, which asks for no lock."""
    if time.time() - path.stat().st_mtime > _OLD or pid == os.getpid():
        return True
    if os.name == "nt":  # there, signal 0 is no question but Ctrl-C
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises ConfigError where the system does not let us write at `path`."""
    try:
        yield
    except OSError as error:
        raise ConfigError(
            "{path}: cannot be written ({why}); free space there or choose another folder", path, error.strerror
        ) from error


def to_install(extra: str) -> str:
    """The line that brings one of localdigest's extras into the environment that runs now."""
    root = Path(__file__).resolve().parents[1]
    clone = ("-e", f"{root}[{extra}]") if (root / "pyproject.toml").is_file() else (f"localdigest[{extra}]",)
    return shlex.join([sys.executable, "-m", "pip", "install", *clone])


def state_folder() -> Path:
    """What processes of this user remember over workspaces: LOCALDIGEST_STATE, else this system's place for it."""
    chosen = os.environ.get("LOCALDIGEST_STATE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_state_path("localdigest")
