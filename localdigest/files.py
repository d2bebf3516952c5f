"""Writing files so that they are there whole or not at all, whatever happens to the process or the power."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import platformdirs

from localdigest.errors import ConfigError


def write_atomic(path: Path, data: str | bytes) -> None:
    """Puts `data` (text as UTF-8) at `path`, in place of what was there; durable when this returns.

    Raises ConfigError where the folder cannot be written to; the old file is then untouched.
    """
    # In the same folder, so that the rename is atomic; with the process id, so that no two write into one.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with temporary.open("wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written ({error.strerror}); free space there or choose another folder"
        ) from error


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` durable. Windows cannot open a folder, and needs no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def state_folder() -> Path:
    """What processes of this user remember over workspaces: LOCALDIGEST_STATE, else this system's place for it."""
    chosen = os.environ.get("LOCALDIGEST_STATE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_state_path("localdigest")
