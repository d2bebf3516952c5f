"""A toy backend for worker children that dies in a chosen way, at a chosen moment.

The request whose prompt begins with `q` is the one at fault; `mark` is a file that remembers, over children, how often
the fault has struck.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.kit.toy_backend import Toy

BAD = ord("q") - ord("a") + 1
PROMPT = 12
"""Tokens of the prompt at fault."""


def _raise() -> None:
    raise RuntimeError("a defect in the child")


FAULTS: dict[str, Callable[[], object]] = {
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "out of memory": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": lambda: time.sleep(3600),
    "silent exit": lambda: os._exit(0),
    "exception": _raise,
}


class Faulty(Toy):
    def __init__(self, fault: str, moment: str, times: int, mark: str) -> None:
        super().__init__()
        self._fault, self._moment, self._times, self._mark = fault, moment, times, Path(mark)
        self._bad: set[int] = set()
        if moment == "load":
            self._strike()

    def _strike(self) -> None:
        struck = self._mark.stat().st_size if self._mark.exists() else 0
        if struck < self._times:
            with self._mark.open("a") as file:
                file.write(".")
            FAULTS[self._fault]()

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> bool:
        for token, position, sequence, _ in rows:
            if position == 0:
                (self._bad.add if token == BAD else self._bad.discard)(sequence)
            if sequence in self._bad and self._moment == ("prefill" if position < PROMPT else "decode"):
                self._strike()
        return super().decode(rows)


class Slow(Toy):
    """Takes `row` seconds for each row. Where `mark` is there already, it never loads."""

    def __init__(self, row: float, mark: str) -> None:
        super().__init__(batch=512)
        self._row = row
        if Path(mark).exists():
            time.sleep(3600)
        Path(mark).touch()

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> bool:
        time.sleep(self._row * len(rows))
        return super().decode(rows)


def refusing() -> None:
    from localdigest.messages.errors import ModelError

    raise ModelError("this file is no model")
