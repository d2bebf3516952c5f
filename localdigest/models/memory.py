"""What a model takes of memory: one account for the engine, which has asked the file, and for `models recommend`,
which has only the catalogue. And what of this machine's memory is free now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localdigest.models.processors import control_groups

PROCESSES = 200 << 20
"""Bytes beside weights, caches and compute buffers: the Python processes (90 MiB the child, more its parent)."""
COMPUTE = 200 << 20
"""Bytes of compute buffers where nobody has asked llama.cpp: slots of 2,048 tokens of a model of 32 heads."""
USABLE = 0.75
"""Of the memory that is free once the weights are there, what caches may take: others want some, and it may shrink."""
PROBE = 1024
"""Tokens of the slot at which compute buffers are told, and for which there is room in any case."""
AT_ONCE: dict[str, int] = {"cpu": 16, "gpu": 64}
"""Most sequences decoded together, by what decodes them."""


def fours(slots: int) -> int:
    """So many slots in full fours, as llama.cpp's kernels take rows; fewer than four as they are."""
    return slots - slots % 4 if slots > 4 else slots


def states(slots: int, state: int) -> int:
    """How many states of a recurrent model, of `state` bytes each, are kept beside those of `slots` sequences."""
    return min(2 * slots, 16) if state else 0


@dataclass(frozen=True, slots=True)
class Costs:
    """What a model takes beside its weights, in bytes."""

    token: int
    """KV cache of one."""
    state: int = 0
    """What a recurrent model remembers of a sequence."""
    compute: int = COMPUTE
    """Compute buffers of llama.cpp with slots of PROBE tokens, however many."""
    wider: int = 0
    """By how much these grow with each token more in a slot: scores of attention for all rows of a pass."""

    def of(self, slots: int, length: int) -> int:
        """For `slots` sequences of `length` tokens."""
        caches = slots * (length * self.token + self.state) + states(slots, self.state) * self.state
        return caches + self.compute + max(0, length - PROBE) * self.wider

    def longest(self, budget: int) -> int:
        """The length of a slot that takes `budget` bytes; PROBE at least."""
        return PROBE + max(0, budget - self.of(1, PROBE)) // (self.token + self.wider)

    def affordable(self, budget: float, length: int, most: int) -> int:
        """How many sequences of `length` tokens fit into `budget` bytes: 0, or in fours, at most `most`."""
        return fours(next((slots for slots in range(most, 0, -1) if self.of(slots, length) <= budget), 0))


def budget(free: int) -> int:
    """How much of what is `free` once the weights are there may be taken for all else."""
    return max(0, int(free * USABLE))


# ---------------------------------------------------------------- what is free


def free_memory() -> int:
    """Bytes that this process could still take: of the machine's memory, and within a container's limit."""
    return max(0, min([_machines_free(), *(free for _, free in container_limits())]))


def installed_memory() -> int:
    if os.name != "nt":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    import ctypes

    kibibytes = ctypes.c_ulonglong()
    ctypes.WinDLL("kernel32").GetPhysicallyInstalledSystemMemory(ctypes.byref(kibibytes))  # type: ignore[attr-defined,unused-ignore]
    return kibibytes.value << 10


def _machines_free() -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    return installed_memory() // 2  # macOS and Windows give what they use for files back in time


_FILES = {
    "": ("memory.max", "memory.current", "inactive_file "),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "),
}
"""Of Linux's control groups, second and first version: the limit, what is used, and what of that caches files."""


def container_limits(
    root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> Iterator[tuple[int, int]]:
    """Memory limits of this process's control groups, from its own up to the root: bytes in all, and bytes left."""
    groups = {"": Path(), "memory": Path()}
    with contextlib.suppress(OSError):
        groups |= {"memory" if names else "": path for names, path in control_groups(own.read_text(), "memory").items()}
    for version, path in groups.items():
        limit, used, cache = _FILES[version]
        for group in dict.fromkeys((path, *path.parents)):
            folder = root / version / group
            with contextlib.suppress(OSError, ValueError):  # absent, or `max`: no limit
                most = taken = int((folder / limit).read_text())
                with contextlib.suppress(OSError, ValueError):
                    taken = int((folder / used).read_text())
                    told = (folder / "memory.stat").read_text().splitlines()
                    taken -= sum(int(line.removeprefix(cache)) for line in told if line.startswith(cache))
                yield most, most - taken
