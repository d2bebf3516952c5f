"""arXiv's answers kept for a while, one file each, so that a rerun asks for nothing it has.

Only answers that their reader believed come here; a false empty page or an error page never does. That, and
that a second question in one run must reach arXiv, is why this is no general HTTP cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from localdigest.files import write_atomic
from localdigest.messages.errors import ConfigError

KEPT_S = 7 * 86400.0
"""Seconds after which an answer is deleted: by then its window has long been read."""


class Kept(msgspec.Struct, frozen=True):
    """An answer (status 200) that came, or was confirmed, at `at` (seconds since 1970)."""

    url: str
    at: float
    headers: dict[str, str]
    body: bytes = b""

    def conditions(self) -> dict[str, str]:
        """Request headers that ask for the answer only if it is another one now; none without a validator."""
        names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        return {ours: self.headers[theirs] for theirs, ours in names.items() if self.headers.get(theirs)}

    def fresh(self, seconds: float) -> bool:
        """Whether it is younger than that; never where the clock was set back."""
        return 0 <= time.time() - self.at < seconds


def load(folder: Path | None, url: str) -> Kept | None:
    if folder is None:
        return None
    try:
        head, _, body = _path(folder, url).read_bytes().partition(b"\n")
        kept = msgspec.json.decode(head, type=Kept)
    except (OSError, msgspec.MsgspecError):  # not there, or not ours: it is asked for
        return None
    return msgspec.structs.replace(kept, body=body) if kept.url == url else None


def keep(folder: Path | None, url: str, headers: Mapping[str, str], body: bytes) -> None:
    """Keeps an answer of now. Where it cannot be written, the next run asks again: no reason to stop this one."""
    if folder is None:
        return
    validators = {name: headers[name] for name in ("etag", "last-modified") if name in headers}
    with contextlib.suppress(ConfigError, OSError):
        folder.mkdir(exist_ok=True)
        # JSON has no line feed outside its escapes: the first one ends the head.
        write_atomic(_path(folder, url), msgspec.json.encode(Kept(url, time.time(), validators)) + b"\n" + body)


def tidy(folder: Path | None) -> None:
    """Deletes what is older than KEPT_S."""
    for path in folder.glob("*.answer") if folder else ():
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_S:
                path.unlink()


def _path(folder: Path, url: str) -> Path:
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.answer"
