"""A file's sha256, and whether it stayed as it was meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from localdigest.messages.errors import ModelError

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

CHUNK = 1 << 20


def hash_of(
    file: BinaryIO, path: Path, progress: Progress | None, copy: BinaryIO | None = None
) -> tuple[str, os.stat_result]:
    """The sha256 of an open file from where it stands, which is written to `copy`, too; and how it lay there at last.

    Raises ModelError where the file changes meanwhile: what was hashed first is then not what lies there at last.
    """
    before = os.fstat(file.fileno())
    digest, done = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        done += len(chunk)
        if copy:
            copy.write(chunk)
        if progress:
            progress(done, before.st_size)
    after = os.fstat(file.fileno())
    if not same_bytes(before, after) or done != before.st_size:
        raise ModelError("{path}: changed while it was read; wait until it is written, and try again", path)
    return digest.hexdigest(), after


def same_bytes(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether nothing was written to a file between two looks. A rename or a link changes neither of these."""
    return all(getattr(before, name) == getattr(after, name) for name in ("st_ino", "st_dev", "st_size", "st_mtime_ns"))
