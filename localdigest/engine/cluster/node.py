"""What runs on each node of a cluster: the engine that a single machine has, and the model's way onto this one."""

from __future__ import annotations

import importlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from localdigest import __version__
from localdigest.engine import Engine, Stats, open_engine
from localdigest.engine.settings import Device, Settings, recall
from localdigest.files import finish, state_folder
from localdigest.messages.errors import ModelError
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.models.processors import usable_cores
from localdigest.models.pull import Partial
from localdigest.records import Completion, Request

TURN = 0.25
"""Seconds that a turn gathers answers: with 100 nodes the driver has 400 turns a second to hear of."""

Opener = Callable[[ModelSpec, Path | None, Settings], Engine]


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of requests since the turn before."""

    ended: tuple[tuple[int, Completion], ...]
    stats: Stats


def open_here(spec: ModelSpec, path: Path | None, settings: Settings) -> Engine:
    """This machine's engine. Raises ModelError."""
    assert path is not None, spec.name
    return open_engine(path, settings)


class Node:
    """One engine of a cluster. Its methods are called one at a time; `opener` is `module:callable`, see `Opener`."""

    def __init__(self, opener: str = "localdigest.engine.cluster.node:open_here") -> None:
        module, _, name = opener.partition(":")
        self._opener: Opener = getattr(importlib.import_module(module), name)
        self._flight: dict[int, int] = {}
        """The driver's tickets by the engine's."""
        self._engine: Engine | None = None
        self._part: Partial | None = None

    def greet(self, spec: ModelSpec) -> tuple[str, bool]:
        """This node's version of localdigest, and whether it has the model: with the right bytes, or not at all."""
        if self._opener is not open_here:
            return __version__, True
        try:
            catalogue.locate(spec, catalogue.models_folder())
        except ModelError:
            return __version__, False
        return __version__, True

    def take(self, spec: ModelSpec, data: bytes) -> None:
        """The model's next bytes, in order. Raises ModelError where there is no room for all of them."""
        folder = catalogue.models_folder()
        if self._part is None:
            folder.mkdir(parents=True, exist_ok=True)
            if (free := shutil.disk_usage(folder).free) < spec.size:
                raise ModelError(
                    "{folder} has {free} MiB free, {name} needs {size}", folder, free >> 20, spec.name, spec.size >> 20
                )
            # Nodes may share the folder: each writes a file of its own, and the last one to finish gives it its name.
            self._part = Partial(spec, folder / f".cluster-{os.getpid()}-{time.time_ns()}.part")
        self._part.write(data)

    def taken(self, spec: ModelSpec) -> None:
        """All bytes have come: keeps the file if it is the model, before anything parses it. Raises ModelError."""
        assert self._part is not None
        part, self._part = self._part, None
        part.close()
        try:
            if part.sha256 != spec.sha256:
                raise ModelError("what came as {name} has other bytes (sha256 {sha256}…)", spec.name, part.sha256[:12])
            finish(part.path, catalogue.models_folder() / spec.file)
        finally:
            part.path.unlink(missing_ok=True)
        catalogue.write_stamp(spec, catalogue.models_folder())

    def open(self, spec: ModelSpec, device: Device, threads: int) -> tuple[int, str]:
        """Load the model; the engine's slots and description. Raises ModelError.

        `threads`: as many as this node gives us; 0 for all.
        """
        path = None
        settings = Settings(device)
        if self._opener is open_here:
            path = catalogue.locate(spec, catalogue.models_folder())
            settings = recall(state_folder() / "engine.json", spec.sha256, device)
        if threads and threads < usable_cores():
            settings = replace(settings, threads=threads)
        self._engine = self._opener(spec, path, settings)
        return self._engine.slots, self._engine.description

    def turn(self, asked: Sequence[tuple[int, Request, bool]]) -> Turn:
        """Take these in and work; what ended within the turn. A turn ends early when nothing is left to do."""
        assert self._engine is not None
        for ticket, request, first in asked:
            self._flight[self._engine.submit(request, first=first)] = ticket
        ended: list[tuple[int, Completion]] = []
        until = time.monotonic() + TURN
        while self._flight and time.monotonic() < until:
            ended += [(self._flight.pop(own), completion) for own, completion in self._engine.step()]
        return Turn(tuple(ended), self._engine.stats)
