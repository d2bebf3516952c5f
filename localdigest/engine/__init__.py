"""The engine: one GGUF model, one context, many sequences decoded together.

`chat.py` turns messages into segments, `scheduler.py` decides what each decode holds, `sampling.py` draws from it,
`llama.py` is the only module that touches llama.cpp, `worker.py` keeps them in a child process, `team.py` makes one of
several: a child for each GPU, or the nodes of a cluster. `open_engine` puts them together, as `settings.py` says.
`endpoint.py` is the engine that asks a server of the lab's own instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Protocol

from localdigest.engine.settings import DEFAULTS, Settings
from localdigest.records import Completion, Request


@dataclass(slots=True)
class Stats:
    """Totals since the engine opened; seconds inside native decode against seconds of all steps tell its efficiency."""

    prompt_tokens: int = 0
    evaluated_tokens: int = 0
    """Prompt tokens decoded; the others came from a shared prefix."""
    output_tokens: int = 0
    decode_seconds: float = 0.0
    step_seconds: float = 0.0
    memory: int = 0
    """Bytes that the engine's processes hold now; 0 where that cannot be known."""
    members: Mapping[str, Stats] = field(default_factory=dict)
    """Of an engine that is made of several: each one's own, by its name."""

    @property
    def rate(self) -> float:
        """Tokens of answers a second."""
        return self.output_tokens / max(self.step_seconds, 1e-9)

    @classmethod
    def total(cls, parts: Iterable[Stats]) -> Stats:
        """Of engines that ran one after the other."""
        parts = list(parts)
        return cls(*(sum(getattr(part, each.name) for part in parts) for each in fields(cls) if each.name != "members"))

    @classmethod
    def together(cls, members: Mapping[str, Stats]) -> Stats:
        """Of engines that run side by side: their seconds are the same ones, so the longest count."""
        total = cls.total(members.values())
        total.decode_seconds = max((part.decode_seconds for part in members.values()), default=0.0)
        total.step_seconds = max((part.step_seconds for part in members.values()), default=0.0)
        total.members = members
        return total


class Engine(Protocol):
    """What a driver needs. A test's scripted engine has these and nothing else."""

    slots: int
    """Sequences decoded together; keeping about twice as many requests submitted keeps it full."""
    description: str
    """For provenance: library, version and the settings that matter."""
    stats: Stats

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        """Queue a request, before all that wait if it is to be `first`, and return its ticket.

        Requests of one `flow` (0: of none) begin alike: an engine made of several gives them to the same one.
        """
        ...

    def step(self) -> Sequence[tuple[int, Completion]]:
        """Run one decode for all admitted sequences; return the requests that ended with it."""
        ...

    def close(self) -> None: ...


def open_engine(path: Path, settings: Settings = DEFAULTS) -> Engine:
    """Load the model at `path` in a child process, or in one for each GPU that has room for all of it.

    Raises ModelError when it cannot be loaded, or when a GPU was asked for and is not used.
    """
    from localdigest.engine.team import Team
    from localdigest.engine.worker import Worker

    def worker(wish: Settings) -> Worker:
        return Worker("localdigest.engine.llama:LlamaBackend", [str(path), asdict(wish)])

    # How many GPUs there are is known only once llama.cpp runs.
    alone = worker(settings)
    if alone.gpus < 2 or settings.gpu is not None:
        return alone
    alone.close()
    workers: dict[str, Engine] = {}
    try:
        for gpu in range(alone.gpus):
            workers[f"GPU {gpu}"] = worker(replace(settings, gpu=gpu))
    except BaseException:
        for opened in workers.values():
            opened.close()
        raise
    return Team(workers)
