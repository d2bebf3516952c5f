"""What this machine has, and which model of the catalogue suits it. Reading and deciding are apart."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localdigest.models import Catalogue, ModelSpec

GIB = 1 << 30
APPLE_SHARE = 0.7
"""Of an Apple machine's memory, what Metal lets its GPU use: two thirds to three quarters."""
CPU_RATE = 32.0
"""Tokens per second x thousand million active parameters / cores, 16 sequences decoded together. Measured: 42
tokens/s for Qwen2.5-1.5B Q4_K_M on 2 cores. Good for an order only: processors differ by a factor of two, and models
much smaller are not as fast as this has it (54 tokens/s for 0.5B)."""
QUICK, USABLE = 25.0, 10.0
"""Output tokens per second. At about 1,500 for a paper, 10 a second make some 24 papers an hour."""


@dataclass(frozen=True, slots=True)
class Gpu:
    name: str
    total: int
    """Bytes of memory."""
    free: int


@dataclass(frozen=True, slots=True)
class Machine:
    memory: int
    """Bytes this process may use: installed memory, or a container's limit."""
    cores: int
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    spec: ModelSpec
    device: Literal["gpu", "cpu", "none"]
    """`none`: it does not fit."""
    sequences: int
    """How many to decode together."""
    reason: str
    rate: float = 0.0
    """Output tokens per second to be expected of a CPU, by CPU_RATE."""


def recommend(machine: Machine, catalogue: Catalogue) -> list[Recommendation]:
    """Every model of the catalogue, the best choice first, each with the reason for its place.

    Larger is better as long as it fits and is quick enough; one that fits on a GPU is. A fifth of the memory
    (at least 1 GiB) or a tenth of a GPU's stays for others. Of equal size, the later in the catalogue.
    """
    ranked = []
    for place, spec in enumerate(catalogue.models):
        choice, rate = _choose(spec, machine)
        quick_enough = choice.device == "gpu" or rate >= USABLE
        # What is too slow comes after, the fastest first; what does not fit comes last, the smallest first.
        order: tuple[int, float, int] = (0, -spec.memory(), place)
        if choice.device != "none":
            order = (2, spec.parameters, place) if quick_enough else (1, rate, place)
        ranked.append((order, choice))
    return [choice for _, choice in sorted(ranked, key=lambda pair: pair[0], reverse=True)]


def _choose(spec: ModelSpec, machine: Machine) -> tuple[Recommendation, float]:
    """The best way to run it, and the expected tokens per second on the CPU."""
    rate = CPU_RATE * machine.cores / (spec.active or spec.parameters or spec.size / 0.7e9)
    gpu = max(machine.gpus, key=lambda g: g.free, default=None)
    for sequences in (16, 4):
        need = spec.memory(sequences)
        if gpu and need <= gpu.free * 9 // 10:
            reason = f"fits on {gpu.name}: {_gib(need)} of {_gib(gpu.free)} free, {sequences} texts at once"
            return Recommendation(spec, "gpu", sequences, reason), rate
    spare = machine.memory - max(GIB, machine.memory // 5)
    pace = "quick" if rate >= QUICK else "enough for a day's papers" if rate >= USABLE else "slow: overnight"
    for sequences in (16, 4):
        need = spec.memory(sequences)
        if need <= spare:
            reason = (
                f"needs {_gib(need)} of {_gib(machine.memory)}, {sequences} texts at once; "
                f"on {machine.cores} cores probably {pace}"
            )
            return Recommendation(spec, "cpu", sequences, reason, rate), rate
    reason = f"needs {_gib(spec.memory(4))}; {_gib(max(0, spare))} can be spared here"
    return Recommendation(spec, "none", 0, reason), rate


def _gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"


# ---------------------------------------------------------------- reading the machine


def this_machine() -> Machine:
    """Memory, cores and GPUs of this machine; a GPU that cannot be asked about is left out."""
    memory = min([_installed_memory(), *_container_limits()])
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(memory, cores, tuple(_nvidia() or _apple(memory)))


def _installed_memory() -> int:
    if os.name != "nt":
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    import ctypes

    kibibytes = ctypes.c_ulonglong()
    ctypes.WinDLL("kernel32").GetPhysicallyInstalledSystemMemory(ctypes.byref(kibibytes))  # type: ignore[attr-defined,unused-ignore]
    return kibibytes.value << 10


def _container_limits(root: Path = Path("/sys/fs/cgroup")) -> Iterator[int]:
    """Memory limits of this process's control groups (Linux, both versions), from its own up to the root."""
    own = Path()
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                own = Path(line.removeprefix("0::").strip("/"))
    for group in (own, *own.parents):
        for name in ("memory.max", "memory/memory.limit_in_bytes"):
            with contextlib.suppress(OSError, ValueError):  # absent, or `max`: no limit
                yield int((root / group / name).read_text())


def _nvidia() -> Iterator[Gpu]:
    if program := shutil.which("nvidia-smi"):
        query = [program, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):  # a driver out of step
            answer = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True)
            yield from parse_nvidia(answer.stdout)


def parse_nvidia(table: str) -> Iterator[Gpu]:
    """GPUs of nvidia-smi's answer: a line each of name, MiB in all, MiB free; `[N/A]` lines are left out."""
    for line in table.splitlines():
        with contextlib.suppress(ValueError):
            name, total, free = (part.strip() for part in line.rsplit(",", 2))
            yield Gpu(name, int(total) << 20, int(free) << 20)


def _apple(memory: int) -> Iterator[Gpu]:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        share = int(memory * APPLE_SHARE)
        yield Gpu("Apple GPU", share, share)


def has_gpu_device() -> bool:
    """Whether Linux shows a GPU's device here, used or not. Starts no program."""
    names = ("nvidia[0-9]*", "kfd", "dri/renderD*")
    return any(next(Path("/dev").glob(name), None) for name in names)
