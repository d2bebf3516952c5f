"""The nodes of a Ray cluster as one engine: how they join, work and leave.

Whoever comes is enlisted in a thread of its own (an actor there,
the model found by its hash or sent, the engine opened) and joins the team when it is ready; whoever is lost is left
out, and enlisted again if its node still stands.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import util
from pathlib import Path
from typing import Any

from localdigest import __version__, files
from localdigest.engine import Engine, Stats
from localdigest.engine.cluster import seats
from localdigest.engine.cluster.node import Node, Turn
from localdigest.engine.cluster.seats import Seat
from localdigest.engine.settings import Device
from localdigest.engine.team import Team
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError, EngineFailed, EngineLost, ModelError
from localdigest.models.catalogue import ModelSpec
from localdigest.records import Completion, Request

LOOK_EVERY = 2.0
"""Seconds between two looks at which nodes there are."""
STARTING = 900.0
"""Seconds to wait for the first node: a large model has to be sent, hashed and loaded."""
TRIES = 3
"""Times in a row that a node may fail before it has answered anything."""
SILENT = 1200.0
"""Seconds without an answer to a turn after which a node is lost; its engine's own child is watched more closely."""
LOOK_UP = 0.5
"""Seconds that a thread waits in Ray at a time. Where a process leaves the cluster Ray frees what a waiting thread
holds, and the process dies of it; so nobody leaves before all have looked up."""
LEAVING = 30.0
"""Seconds to wait for them."""
CHUNK = 16 << 20
"""Bytes of the model sent at a time, through Ray's object store: each is put there once and freed when all have it."""

WAY_OUT = Notice("start one with `ray start --head` (docs/cluster.md)")


class Cluster(Team):
    """The engines of a Ray cluster as one `Engine`. Closing it takes the actors down and leaves the cluster."""

    def __init__(self, first: dict[str, Engine], recruiter: Recruiter) -> None:
        super().__init__(first, recruiter.recruits)
        self._recruiter = recruiter

    def close(self) -> None:
        self._recruiter.stop()
        super().close()
        self._pool.shutdown()  # steps end at their next look, too
        self._recruiter.leave()


def open_cluster(
    address: str,
    spec: ModelSpec,
    model: Path | None,
    device: Device,
    say: Say,
    opener: str = "localdigest.engine.cluster.node:open_here",
) -> Cluster:
    """Join the cluster at `address` (`auto`: the one that this machine is part of) and wait for its first engine.

    `model` is this machine's file, for nodes that lack it. `opener` makes a node's engine, see `node.Opener`. Raises
    ConfigError without Ray or a cluster, ModelError where no node can run the model, EngineFailed where none is ready
    in time.
    """
    _join(address)
    recruiter = Recruiter(spec, model, device, say, opener)
    until = time.monotonic() + STARTING
    try:
        while not (first := recruiter.recruits()):
            if why := recruiter.hopeless:
                raise ModelError("no node can run {name}: {why}", spec.name, why)
            if time.monotonic() > until:
                raise EngineFailed(
                    "no node of the cluster at {address} was ready within {seconds:.0f} s; {way_out}",
                    address,
                    STARTING,
                    WAY_OUT,
                )
            time.sleep(0.1)
    except BaseException:
        recruiter.stop()
        recruiter.leave()
        raise
    return Cluster(first, recruiter)


def _join(address: str) -> None:
    # Ray reads these when it is imported. It tells its makers nothing, and a node without GPUs keeps what it can see.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    # Each try takes 40 s, and Ray would make twenty.
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")
    if util.find_spec("ray") is None:
        raise ConfigError("--cluster needs Ray: {command}", files.to_install("cluster"))
    if address != "auto":
        _knock(address)
    import ray

    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
    except (ConnectionError, ValueError, RuntimeError, AssertionError) as error:
        why = " ".join(str(error).split())[:200]
        raise ConfigError(
            "there is no Ray cluster at {address} that this machine is part of ({why}); {way_out}",
            address,
            why,
            WAY_OUT,
        ) from error


def _knock(address: str) -> None:
    """Raises ConfigError where nobody listens at HOST:PORT."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), 5.0).close()
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(
            "there is no Ray cluster at {address} ({error}); {way_out}", address, error, WAY_OUT
        ) from error


def _answer(call: Any, stopped: threading.Event, patience: float = math.inf) -> Any:
    """What a call to an actor came to. Raises EngineLost where we leave or `patience` ends, and whatever Ray raises."""
    import ray

    until = time.monotonic() + patience
    while not stopped.is_set() and time.monotonic() < until:
        if ray.wait([call], timeout=LOOK_UP)[0]:
            return ray.get(call)
    raise EngineLost("the node did not answer in time")


class Remote:
    """The engine of an actor, as an `Engine`."""

    def __init__(
        self, actor: Any, slots: int, description: str, stopped: threading.Event, lost: Callable[[str, bool], None]
    ) -> None:
        self.slots, self.description, self.stats = slots, description, Stats()
        self._actor, self._stopped, self._lost = actor, stopped, lost
        self._asked: list[tuple[int, Request, bool]] = []
        self._tickets = 0

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        self._tickets += 1
        self._asked.append((self._tickets, request, first))
        return self._tickets

    def step(self) -> Sequence[tuple[int, Completion]]:
        """One turn of the node. Raises EngineLost."""
        import ray

        asked, self._asked = self._asked, []
        try:
            turn: Turn = _answer(self._actor.turn.remote(asked), self._stopped, SILENT)
        # ValueError: an actor that this process has killed
        except (EngineLost, ray.exceptions.RayError, ValueError) as error:
            self._lost(reason := _why(error), bool(self.stats.output_tokens))
            raise EngineLost(reason) from error
        self.stats = turn.stats
        return turn.ended

    def close(self) -> None:
        import ray

        if ray.is_initialized():
            ray.kill(self._actor)


class Recruiter:
    """Looks for nodes, enlists them, and hands over the engines that are ready."""

    def __init__(self, spec: ModelSpec, model: Path | None, device: Device, say: Say, opener: str) -> None:
        self._spec, self._model, self._device, self._say, self._opener = spec, model, device, say, opener
        self._ready: queue.SimpleQueue[tuple[str, Engine]] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        """From other threads; told in the driver's own."""
        self._known: set[Seat] = set()
        """Those that are being enlisted, that work, and that were left out."""
        self._refused: dict[Seat, str] = {}
        """Why seats were left out for good."""
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._lacking: list[tuple[Any, threading.Event]] = []
        self._stopped = threading.Event()
        self._failures: Counter[Seat] = Counter()
        """In a row, without an answer."""
        self._threads: list[threading.Thread] = []
        self._in_a_thread(self._watch)

    @property
    def hopeless(self) -> str:
        """Why one of them was left out, where all that there are were; else empty."""
        with self._lock:
            seat = next(iter(self._known), None)
            return self._refused[seat] if seat and self._known == set(self._refused) else ""

    def recruits(self) -> dict[str, Engine]:
        """Engines that have become ready since the last call, by the names of their seats."""
        while not self._news.empty():
            self._say(self._news.get())
        found: dict[str, Engine] = {}
        while not self._ready.empty():
            name, engine = self._ready.get()
            while name in found:
                name += "'"
            found[name] = engine
            joined = Notice("{name} has joined: {slots} sequences ({engine})", name, engine.slots, engine.description)
            self._say(joined)
        return found

    def stop(self) -> None:
        self._stopped.set()

    def leave(self) -> None:
        """After `stop`: leave the cluster, when no thread waits in Ray any more."""
        import ray

        until = time.monotonic() + LEAVING
        while alive := [thread for thread in self._threads if thread.is_alive()]:
            if time.monotonic() > until:
                return
            alive[0].join(LOOK_UP)
        ray.shutdown()

    def _in_a_thread(self, work: Callable[..., None], *given: Seat) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            for seat in seats.all_seats():
                with self._lock:
                    if seat in self._known:
                        continue
                    self._known.add(seat)
                self._in_a_thread(self._enlist, seat)
            self._stopped.wait(LOOK_EVERY)

    def _enlist(self, seat: Seat) -> None:
        try:
            self._ready.put((seat.name, self._opened(seat)))
        except ModelError as error:  # the next try would end no better
            self._refuse(seat, str(error))
        except (Exception, SystemExit) as error:  # Ray raises whatever it likes while a node, or the cluster, goes down
            self._failed(seat, _why(error), answered=False)

    def _opened(self, seat: Seat) -> Engine:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        make: Any = ray.remote(Node)
        # All processors of the node: where another job has some, it joins when they are free.
        actor = make.options(
            num_cpus=0 if seat.gpu else seat.cpus,
            num_gpus=1 if seat.gpu else 0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(seat.node, soft=False),
        ).remote(self._opener)
        version, has_model = _answer(actor.greet.remote(self._spec), self._stopped)
        if version != __version__:
            raise ModelError("it has localdigest {version}, not {ours}", version, __version__)
        try:
            if not has_model:
                self._send(actor, seat)
            opened = actor.open.remote(self._spec, self._device, 0 if seat.gpu else seat.cpus)
            slots, description = _answer(opened, self._stopped)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ModelError):
                raise error.cause from None
            raise
        return Remote(
            actor, slots, description, self._stopped, lambda why, answered: self._failed(seat, why, answered=answered)
        )

    def _refuse(self, seat: Seat, why: str) -> None:
        with self._lock:
            self._refused[seat] = f"{seat.name}: {why}"
        self._news.put(f"{seat.name} is left out: {why}")

    def _failed(self, seat: Seat, why: str, *, answered: bool) -> None:
        """It is enlisted again if its node is still there, unless it fails again and again without an answer."""
        if self._stopped.is_set():
            return
        self._failures[seat] = 0 if answered else self._failures[seat] + 1
        if self._failures[seat] >= TRIES:
            self._refuse(seat, why)
            return
        self._news.put(f"{seat.name} is lost ({why}); what it had goes to the others")
        with self._lock:
            self._known.discard(seat)

    # ------------------------------------------------------------ the model, to nodes without it

    def _send(self, actor: Any, seat: Seat) -> None:
        """Send the model to this actor and to all that lack it at the same time: each chunk is read once for them."""
        if self._model is None:
            raise ModelError("{name} is neither there nor here; `localdigest models pull {name}`", self._spec.name)
        done = threading.Event()
        with self._lock:
            self._lacking.append((actor, done))
        self._news.put(f"{seat.name} lacks {self._spec.name}; it is sent there")
        with self._sending:
            if done.is_set():
                return
            time.sleep(1.0)  # nodes of one start come together
            with self._lock:
                group, self._lacking = self._lacking, []
            self._spread([one for one, _ in group])
            for _, sent in group:
                sent.set()

    def _spread(self, actors: Sequence[Any]) -> None:
        """Raises nothing for a node that fails: what is wrong shows when it opens the model."""
        import ray

        assert self._model is not None
        left = list(actors)
        for chunk in _chunks(self._model):
            reference = ray.put(chunk)
            left = self._answering([(actor, actor.take.remote(self._spec, reference)) for actor in left])
        self._answering([(actor, actor.taken.remote(self._spec)) for actor in left])

    def _answering(self, calls: Sequence[tuple[Any, Any]]) -> list[Any]:
        """The actors whose call came to a good end."""
        import ray

        good = []
        for actor, call in calls:
            with contextlib.suppress(ray.exceptions.RayError):
                _answer(call, self._stopped)
                good.append(actor)
        return good


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _why(error: BaseException) -> str:
    """Ray's messages are pages long: the kind, and the cause's own words where the node raised it."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException):
        return f"{type(cause).__name__}: {cause}"[:200]
    return type(error).__name__
