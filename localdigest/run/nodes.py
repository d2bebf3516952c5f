"""How fast each node of a run on several GPUs or nodes is, kept where `status` finds it."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from localdigest.engine import Stats
from localdigest.files import write_atomic
from localdigest.pages.standing import NodeRate

NOTED_EVERY = 10.0
"""Seconds between two notes of how fast the nodes are."""


class NodeLog:
    """Keeps `nodes.json` near the truth while a run on several GPUs or nodes goes on."""

    def __init__(self, path: Path) -> None:
        self._path, self._noted = path, time.monotonic()

    def note(self, stats: Stats) -> None:
        if time.monotonic() - self._noted > NOTED_EVERY:
            self._noted = time.monotonic()
            write(self._path, stats)


def write(path: Path, stats: Stats) -> None:
    """Nothing where the engine is not made of several. Raises ConfigError where it cannot be written."""
    if stats.members:
        rates = [NodeRate(name, one.output_tokens, round(one.rate, 2)) for name, one in stats.members.items()]
        write_atomic(path, msgspec.json.format(msgspec.json.encode(rates)))
