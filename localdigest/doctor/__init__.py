"""What is right and wrong with this machine and a workspace, and the mend for each.

A check is a function from what is `Asked` to a `Found`; `CHECKS` lists them in the order of a report: the machine's
(`host`, `native`), then the workspace's (`space`). What one of them raises for the user to act on is what it found.
None opens a socket but `arxiv`, which asks only with `online`. `proof` is the proof of that for digests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from localdigest.doctor import host, native, space
from localdigest.doctor.report import Asked, Found, wrong
from localdigest.messages.errors import LocaldigestError

CHECKS: Mapping[str, Callable[[Asked], Found]] = {
    "llama.cpp": native.build,
    "gpu": native.gpu,
    "mode": space.mode,
    "model": space.model,
    "memory": host.memory,
    "engine": native.engine,
    "disk": space.disk,
    "clock": host.clock,
    "zones": host.zones,
    "output": host.output,
    "arxiv": host.arxiv,
    "strace": host.strace,
    "library": space.library,
    "texts": space.texts,
    "lock": space.lock,
}
OF_A_MODEL = ("model", "memory", "engine")
"""Made of each where the tasks have models of their own."""


def examine(asked: Asked) -> Iterator[tuple[str, Found]]:
    """Name and outcome of each check as it is made: some take seconds."""
    for name, check in CHECKS.items():
        for one in asked.each_model() if name in OF_A_MODEL else (asked,):
            try:
                found = check(one)
            except LocaldigestError as error:
                found = wrong(error.notice)
            yield name, found
