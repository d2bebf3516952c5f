"""Every request that leaves for arXiv, in `ledger.jsonl`: one line before it goes, one when it is over.

JSON Lines and not a table of the library: `tail`, `grep` and `jq` read it, it outlives a damaged or deleted
library, and each line is one append, so that a killed process or two at once cost no line of another.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from localdigest.files import append
from localdigest.messages.errors import ConfigError


class Asked(msgspec.Struct, frozen=True, tag_field="line", tag="asked"):
    id: str
    at: datetime
    url: str
    why: str


class Over(msgspec.Struct, frozen=True, tag_field="line", tag="over"):
    """`status` 0: no answer at all."""

    id: str
    status: int
    bytes: int
    seconds: float
    problem: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One request. `status` is None where no end is on record: the process was stopped while it waited."""

    at: datetime
    url: str
    why: str
    status: int | None = None
    bytes: int = 0
    """Received, as they came over the wire."""
    seconds: float = 0.0
    problem: str = ""


class Ledger:
    """Appends to `path`; None keeps no ledger. Raises ConfigError: nothing is asked that cannot be entered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def asked(self, url: str, why: str) -> str:
        """Enters a request about to be made; the id is for `over`."""
        number = secrets.token_hex(6)
        self._append(Asked(number, datetime.now(UTC), url, why))
        return number

    def over(self, number: str, status: int, received: int, seconds: float, problem: str = "") -> None:
        self._append(Over(number, status, received, round(seconds, 3), problem))

    def _append(self, line: Asked | Over) -> None:
        if self._path is None:
            return
        data = msgspec.json.encode(line) + b"\n"
        try:
            append(self._path, data)
        except OSError as error:
            raise ConfigError(
                "{path}: cannot be written ({why}), and nothing is asked of arXiv that is not entered there; free"
                " some space, or make it writable",
                self._path,
                error.strerror,
            ) from error


def read(path: Path) -> tuple[Entry, ...]:
    """All requests in the order in which they were made; none where there is no ledger. Raises ConfigError.

    A line that cannot be read (a power cut) is left out.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError("{path}: cannot be read ({why})", path, error.strerror) from error
    entries: dict[str, Entry] = {}
    decoder = msgspec.json.Decoder(Asked | Over)
    for text in lines:
        try:
            line = decoder.decode(text)
        except msgspec.MsgspecError:
            continue
        if isinstance(line, Asked):
            entries[line.id] = Entry(line.at, line.url, line.why)
        elif line.id in entries:
            asked = entries[line.id]
            entries[line.id] = Entry(asked.at, asked.url, asked.why, *msgspec.structs.astuple(line)[1:])
    return tuple(entries.values())
