"""The engine: one GGUF model, one context, many sequences decoded together.

`chat.py` turns messages into segments, `scheduler.py` decides what each decode holds, `sampling.py` draws from it,
`llama.py` is the only module that touches llama.cpp, `worker.py` keeps them in a child process, `team.py` has one such
child for each GPU. `open_engine` puts them together, as `settings.py` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, replace
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

    @classmethod
    def total(cls, parts: Iterable[Stats]) -> Stats:
        return cls(*(sum(values) for values in zip(*map(astuple, parts), strict=True)))


class Engine(Protocol):
    """What a driver needs. A test's scripted engine has these and nothing else."""

    slots: int
    """Sequences decoded together; keeping about twice as many requests submitted keeps it full."""
    description: str
    """For provenance: library, version and the settings that matter."""
    stats: Stats

    def submit(self, request: Request, *, first: bool = False) -> int:
        """Queue a request, before all that wait if it is to be `first`, and return its ticket."""
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
    return Team([worker(replace(settings, gpu=gpu)) for gpu in range(alone.gpus)])
