"""`localdigest` with an engine whose child process answers by a script: all of the program but llama.cpp.

SCRIPTED_PAUSE: seconds that each decode takes, as time to be killed in.
SCRIPTED_GATE: a file. Until it exists none but the first paper's translation is answered; then all waits for it.
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
from localdigest.records import Completion, Request

END = 0
TEXT = 20
"""Characters of an answer."""


class Speaker:
    """Implements scheduler.Backend: twenty Han characters that hang on the prompt alone.

    A token is a byte of the prompt, by its number above 2; after the prompt, the characters in their order.
    """

    slots, longest, batch, ubatch, states, fills, gpus = 4, 60_000, 512, 512, 0, False, 0
    description, template = "scripted", ""

    def __init__(self) -> None:
        self._pause = float(os.environ.get("SCRIPTED_PAUSE", "0"))
        self._held: list[list[int]] = []
        self._rows: list[int] = []

    def room(self, length: int) -> int:
        return self.slots

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

    def copy(self, source: int, target: int, length: int, state: object = None) -> None:
        self._held[target] = self._held[source][:length]

    def cut(self, slot: int, length: int, state: object = None) -> None:
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


class Gated(Worker):
    """Keeps the answers that all flows but the first wait for until the gate is there."""

    gate = Path(os.environ.get("SCRIPTED_GATE", os.devnull))

    def __init__(self, name: str, arguments: list[object]) -> None:
        super().__init__(name, arguments)
        self._asked: set[int] = set()
        self._first = 0
        self._others: set[int] = set()
        self._kept: list[tuple[int, Completion]] = []

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        ticket = super().submit(request, first=first, flow=flow)
        self._asked.add(ticket)
        self._first = self._first or flow
        if flow != self._first:
            self._others.add(ticket)
        return ticket

    def step(self) -> list[tuple[int, Completion]]:
        while not self._asked and not self.gate.exists():
            time.sleep(0.01)
        ended = super().step() if self._asked else []
        self._asked -= {ticket for ticket, _ in ended}
        self._kept += ended
        given = [each for each in self._kept if self.gate.exists() or each[0] not in self._others]
        self._kept = [each for each in self._kept if each not in given]
        return given


def opener(_: Path, settings: Settings) -> Engine:
    return Gated("tests.kit.scripted_program:Speaker", [])


if __name__ == "__main__":
    from localdigest import cli

    cli.main((None, opener))
