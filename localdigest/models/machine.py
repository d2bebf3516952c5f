"""What this machine has, and which model of the catalogue suits it. Reading and deciding are apart."""

from __future__ import annotations

import contextlib
import math
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from localdigest.messages import Notice
from localdigest.models.catalogue import TOKENS_PER_SEQUENCE, Catalogue, ModelSpec
from localdigest.models.memory import AT_ONCE, PROCESSES, budget, container_limits, installed_memory
from localdigest.models.processors import usable_cores

GIB = 1 << 30
APPLE_SHARE = 0.7
"""Of an Apple machine's memory, what Metal lets its GPU use: two thirds to three quarters."""
CPU_RATE = 32.0
"""Tokens per second x thousand million parameters / cores, 16 sequences decoded together. Measured: 42 tokens/s for
Qwen2.5-1.5B Q4_K_M on 2 cores. Good for an order only: processors differ by a factor of two, and models much smaller
are not as fast as this has it (54 tokens/s for 0.5B)."""
MIXTURE_RATE = 43.0
"""The same of a mixture of experts, by the parameters that a token uses: 48 layers of 30B-A3B's shape take a core
22.5 ms each for 16 tokens (docs/engine.md), and its output layer what CPU_RATE says."""
FEW = 0.6
"""Of these rates, what four sequences decoded together come to (0.5B: 43 of 54 tokens/s; 1.5B: less; 30B-A3B: 0.57)."""
LEAST = 4
"""Sequences for which there must be room: with fewer a day takes too long."""
MOST_CORES = 8
"""More are not counted: from about there on, memory is what decoding waits for."""
TOKENS_A_PAPER = 1500
"""Output tokens of a translation and a breakdown, about."""
DAY, HOUR = 20, 3600
"""Papers of a day, and the seconds in which a model that is proposed must have done them."""


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


Fit = Literal["easy", "tight", "slow", "none"]
"""On a GPU, or in half of the memory with four sequences and a day within the hour; as quick, but little memory is left
for the system, its file cache and other programs; slower; does not fit."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    spec: ModelSpec
    device: Literal["gpu", "cpu", "none"]
    """`none`: it does not fit."""
    fit: Fit
    sequences: int
    """How many to decode together."""
    reason: Notice
    seconds: float = 0.0
    """To be expected of a CPU for a paper, by CPU_RATE; 0 on a GPU."""

    @property
    def pace(self) -> Notice:
        """`47 s` or `3 min`."""
        brief = self.seconds < 100
        return Notice("{time:.0f} s", self.seconds) if brief else Notice("{time:.0f} min", self.seconds / 60)


def recommend(machine: Machine, catalogue: Catalogue) -> list[Recommendation]:
    """Every model of the catalogue, the best choice first, each with the reason for its place.

    Larger is better as long as it fits with ease; then come those that fit tightly, then those that are slow. A fifth
    of the memory (at least 1 GiB) or a tenth of a GPU's stays for others in any case. Of equal size, the later in the
    catalogue.
    """
    ranked = []
    for place, spec in enumerate(catalogue.models):
        choice = suits(spec, machine)
        # Of what is slow the fastest comes first; of what does not fit, the smallest.
        orders: dict[Fit, tuple[int, float, int]] = {
            "easy": (3, spec.parameters, place),
            "tight": (2, spec.parameters, place),
            "slow": (1, -choice.seconds, place),
            "none": (0, -spec.memory(), place),
        }
        ranked.append((orders[choice.fit], choice))
    return [choice for _, choice in sorted(ranked, key=lambda pair: pair[0], reverse=True)]


def suits(spec: ModelSpec, machine: Machine) -> Recommendation:
    """How a model would run on a machine: in as many sequences as the engine takes where nothing else is large."""
    gpu = max(machine.gpus, key=lambda g: g.free, default=None)
    if gpu and (sequences := _sequences(spec, gpu.free * 9 // 10, "gpu")):
        sizes = _gib(spec.memory(sequences)), _gib(gpu.free)
        reason = Notice("fits on {gpu}: {need} of {free} free, {sequences} texts at once", gpu.name, *sizes, sequences)
        return Recommendation(spec, "gpu", "easy", sequences, reason)
    spare = machine.memory - max(GIB, machine.memory // 5)
    if sequences := _sequences(spec, spare, "cpu"):
        seconds = TOKENS_A_PAPER / _rate(spec, machine.cores, sequences)
        slow, tight = seconds * DAY > HOUR, spec.memory(LEAST) > machine.memory // 2
        fit: Fit = "slow" if slow else "tight" if tight else "easy"
        choice = Recommendation(spec, "cpu", fit, sequences, Notice(""), seconds)
        reason = Notice(
            "needs {need} of {memory}, {sequences} texts at once{little}; on {cores} cores about {pace} a paper{slow}",
            _gib(spec.memory(sequences)),
            _gib(machine.memory),
            sequences,
            Notice(", so little is left") if tight else "",
            machine.cores,
            choice.pace,
            Notice(" (slow: overnight)") if slow else "",
        )
        return replace(choice, reason=reason)
    reason = Notice("needs {need}; {spare} can be spared here", _gib(spec.memory(4)), _gib(max(0, spare)))
    return Recommendation(spec, "none", "none", 0, reason)


def _sequences(spec: ModelSpec, free: int, device: Literal["cpu", "gpu"]) -> int:
    """Sequences where so much is free before the model is loaded: 0, or four and more."""
    left = budget(free - spec.size - (PROCESSES if device == "cpu" else 0))
    found = spec.costs.affordable(left, TOKENS_PER_SEQUENCE, AT_ONCE[device])
    return found if found >= LEAST else 0


def _rate(spec: ModelSpec, cores: int, sequences: int) -> float:
    """Tokens per second to be expected of a CPU."""
    whole = MIXTURE_RATE / spec.active if spec.active else CPU_RATE / (spec.parameters or spec.size / 0.7e9)
    fewer = math.log(AT_ONCE["cpu"] / sequences, AT_ONCE["cpu"] / LEAST)
    return whole * min(cores, MOST_CORES) * math.pow(FEW, fewer)


def _gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"


# ---------------------------------------------------------------- reading the machine


def this_machine() -> Machine:
    """Memory, cores and GPUs of this machine; a GPU that cannot be asked about is left out."""
    memory = min([installed_memory(), *(limit for limit, _ in container_limits())])
    return Machine(memory, usable_cores(), tuple(_nvidia() or _apple(memory)))


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
