"""A file that grows over broken connections and stopped runs, until it is whole and takes its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from localdigest.files import finish, open_part, write_atomic, writing

EDGE = 65536
"""Bytes at the start and the end that are looked at; an error page of arXiv's says its word within them."""


class Download:
    """`target` on its way: its beginning in `.NAME.part`, and beside it what the server knows these bytes by.

    Every method raises ConfigError where the folder cannot be written to.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._part = target.with_name(f".{target.name}.part")
        self._tag = target.with_name(f".{target.name}.tag")
        self.expected: int | None = None
        """Whole length as the server declared it with the last answer."""

    @property
    def size(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def headers(self) -> dict[str, str]:
        """Asks for the rest only, where the beginning is of bytes that the server can know again (RFC 9110, 13.1.5)."""
        with writing(self._part):
            tag = self._tag.read_text(encoding="ascii") if self._tag.exists() else ""
            rest = {"Range": f"bytes={self.size}-", "If-Range": tag} if tag and self.size else {}
        return {"Accept-Encoding": "identity", **rest}

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Readies the file for the answer's body: its end (206) or the whole (200). False: it cannot be used."""
        plain = headers.get("content-encoding", "identity") == "identity"
        with writing(self._part):
            if status == 206:
                span = re.fullmatch(r"bytes ([0-9]+)-[0-9]+/([0-9]+)", headers.get("content-range", ""))
                if not (plain and span and int(span[1]) == self.size):
                    self.discard()
                    return False
                self.expected = int(span[2])
                return True
            self.discard()
            length = headers.get("content-length", "")
            self.expected = int(length) if plain and re.fullmatch("[0-9]{1,15}", length) else None
            tag = headers.get("etag", "")
            tag = headers.get("last-modified", "") if not tag or tag.startswith("W/") else tag
            # Before the bytes that it stands for: a beginning without its tag is only fetched again.
            if plain and tag and tag.isascii():
                write_atomic(self._tag, tag)
            open_part(self._part).close()
        return True

    def write(self, piece: bytes) -> None:
        with writing(self._part), open_part(self._part) as file:
            file.write(piece)

    def edges(self) -> tuple[bytes, bytes]:
        """The first and the last EDGE bytes."""
        with writing(self._part), self._part.open("rb") as file:
            head = file.read(EDGE)
            file.seek(max(0, self.size - EDGE))
            return head, file.read(EDGE)

    def discard(self) -> None:
        with writing(self._part):
            self._part.unlink(missing_ok=True)
            self._tag.unlink(missing_ok=True)

    def finish(self) -> None:
        """Gives the file its name; durable when this returns."""
        with writing(self._part):
            finish(self._part, self.target)
            self._tag.unlink(missing_ok=True)
