"""What a model takes of memory: one account for the engine, which has asked the file, and for `models recommend`,
which has only the catalogue. And what of this machine's memory is free now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

BUFFERS = 400 << 20
"""Bytes beside weights and caches: compute buffers of llama.cpp (35 to 70 MiB with 16 sequences of a 0.5B and a 1.5B
model) and the Python processes (90 MiB the child, more its parent)."""
USABLE = 0.75
"""Of the memory that is free once the weights are there, what caches may take: others want some, and it may shrink."""


def fours(slots: int) -> int:
    """So many slots in full fours, as llama.cpp's kernels take rows; fewer than four as they are."""
    return slots - slots % 4 if slots > 4 else slots


def states(slots: int, state: int) -> int:
    """How many states of a recurrent model, of `state` bytes each, are kept beside those of `slots` sequences."""
    return min(2 * slots, 16) if state else 0


def caches(slots: int, length: int, token: int, state: int) -> int:
    """Bytes for `slots` sequences of `length` tokens, of which each takes `token` bytes of KV cache, and `state` for
    what a recurrent model remembers of a sequence."""
    return slots * (length * token + state) + states(slots, state) * state


def affordable(budget: int, length: int, token: int, state: int, most: int) -> int:
    """How many sequences of `length` tokens fit into `budget` bytes; at least one, at most `most`."""
    fit = (slots for slots in range(most, 0, -1) if caches(slots, length, token, state) <= budget)
    return fours(next(fit, 1))


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


_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file "),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file ",
    ),
)
"""Of Linux's control groups, second and first version: the limit, what is used, and what of that caches files."""


def container_limits(root: Path = Path("/sys/fs/cgroup")) -> Iterator[tuple[int, int]]:
    """Memory limits of this process's control groups, from its own up to the root: bytes in all, and bytes left."""
    own = Path()
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                own = Path(line.removeprefix("0::").strip("/"))
    for group in (root / own, *(root / parent for parent in own.parents)):
        for limit, used, stat, cache in _FILES:
            with contextlib.suppress(OSError, ValueError):  # absent, or `max`: no limit
                most = taken = int((group / limit).read_text())
                with contextlib.suppress(OSError, ValueError):
                    taken = int((group / used).read_text())
                    told = (group / stat).read_text().splitlines()
                    taken -= sum(int(line.removeprefix(cache)) for line in told if line.startswith(cache))
                yield most, most - taken
