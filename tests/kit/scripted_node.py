"""Openers for nodes without a model (`localdigest.cluster.node.Opener`), and a Ray cluster to put them in."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localdigest.engine import Stats
from localdigest.engine.settings import Settings
from localdigest.messages.errors import ModelError
from localdigest.models.catalogue import ModelSpec
from localdigest.records import Completion, Request
from tests.kit.places import ROOT
from tests.kit.scripted_engine import some_chinese

SPEC = ModelSpec("scripted", 0, "0" * 64, ())


class Paced:
    """An engine whose every request takes the same time in a slot, as on a machine of its own: it sleeps meanwhile."""

    description = "paced"

    def __init__(self, slots: int, seconds: float) -> None:
        self.slots, self.stats, self._seconds = slots, Stats(), seconds
        self._waiting: deque[tuple[int, Request]] = deque()
        self._active: list[tuple[float, int, Request]] = []
        self._tickets = 0

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        self._tickets += 1
        (self._waiting.appendleft if first else self._waiting.append)((self._tickets, request))
        return self._tickets

    def step(self) -> list[tuple[int, Completion]]:
        began = time.monotonic()
        while self._waiting and len(self._active) < self.slots:
            self._active.append((began + self._seconds, *self._waiting.popleft()))
        if not self._active:
            return []
        time.sleep(max(0.0, min(min(self._active)[0] - began, 0.1)))
        now = time.monotonic()
        over = [entry for entry in self._active if entry[0] <= now]
        self._active = [entry for entry in self._active if entry[0] > now]
        ended = [(ticket, some_chinese(request)) for _, ticket, request in over]
        self.stats.output_tokens += sum(completion.output_tokens for _, completion in ended)
        # Slot seconds in use, so that whoever adds them up sees what stood empty.
        self.stats.decode_seconds += len(over) * self._seconds
        self.stats.step_seconds += now - began
        return ended

    def close(self) -> None:
        pass


def paced(spec: ModelSpec, path: Path | None, settings: Settings) -> Paced:
    """PACED_SLOTS and PACED_SECONDS, of the node's own environment, say how many at a time and how long each takes."""
    return Paced(int(os.environ.get("PACED_SLOTS", "4")), float(os.environ.get("PACED_SECONDS", "0.02")))


def refusing(spec: ModelSpec, path: Path | None, settings: Settings) -> Paced:
    raise ModelError("this node will not")


@contextmanager
def ray_cluster(nodes: int, cpus: int = 1) -> Iterator[Any]:
    """A Ray cluster on this machine: a head that works on nothing, and `nodes` others."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    from ray.cluster_utils import Cluster

    small: dict[str, Any] = {"object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **small})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=cpus, object_store_memory=100 << 20)
        yield cluster
    finally:
        cluster.shutdown()
