"""`localdigest` with an engine whose child process answers by a script: all of the program but llama.cpp.

SCRIPTED_PAUSE: seconds that each decode takes, as time to be killed in.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localdigest.engine import Engine
from localdigest.engine.settings import Settings
from localdigest.engine.worker import Worker
from localdigest.records import Request

END = 0
TEXT = 20
"""Characters of an answer."""


class Speaker:
    """Implements scheduler.Backend: twenty Han characters that hang on the prompt alone.

    A token is a byte of the prompt, by its number above 2; after the prompt, the characters in their order.
    """

    slots, longest, batch, ubatch, shares, gpus = 4, 60_000, 512, 512, False, 0
    description, template = "scripted", ""

    def __init__(self) -> None:
        self._pause = float(os.environ.get("SCRIPTED_PAUSE", "0"))
        self._held: list[list[int]] = []
        self._rows: list[int] = []

    def open(self, length: int) -> int:
        self._held = [[] for _ in range(self.slots)]
        return self.slots

    def tokenize(self, request: Request) -> list[int]:
        digest = hashlib.sha256(repr((request.messages, request.prefill)).encode()).digest()
        return [1 + byte for byte in digest[:TEXT]]

    def piece(self, token: int) -> bytes:
        byte = token - 1  # simplified characters: others would be a finding
        return bytes((0xB0 + byte % 39, 0xA1 + byte % 94)).decode("gb2312").encode() if token else b""

    def ends(self, token: int) -> bool:
        return token == END

    def copy(self, source: int, target: int, length: int) -> None:
        raise AssertionError("nothing is shared")

    def cut(self, slot: int, length: int) -> None:
        del self._held[slot][length:]

    def decode(self, rows: list[tuple[int, int, int, bool]]) -> bool:
        time.sleep(self._pause)
        self._rows = []
        for token, position, slot, _ in rows:
            assert position == len(self._held[slot])
            self._held[slot].append(token)
            self._rows.append(slot)
        return True

    def logits(self, row: int) -> NDArray[np.float32]:
        held = self._held[self._rows[row]]
        # The prompt's own tokens over again, and then the end.
        answered = len(held) - TEXT
        scores = np.zeros(258, np.float32)
        scores[held[answered] if answered < TEXT else END] = 1e6  # at any temperature
        return scores

    def close(self) -> None:
        pass


def opener(_: Path, settings: Settings) -> Engine:
    return Worker("tests.kit.scripted_program:Speaker", [])


if __name__ == "__main__":
    from localdigest import cli

    cli.main((None, opener))
