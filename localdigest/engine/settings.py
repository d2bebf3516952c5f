"""How a model is run, and what `localdigest bench --tune` found best here. No llama.cpp in this module."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from localdigest.files import make_folder, write_atomic
from localdigest.models.processors import usable_cores

Device = Literal["auto", "cpu", "gpu"]


@dataclass(frozen=True, slots=True)
class Settings:
    """0 and None mean: what is sound for the device. docs/engine.md says what was measured."""

    device: Device = "auto"
    """`auto`: a GPU where llama.cpp was built for one and sees one. `gpu`: an error where it does not."""
    gpu: int | None = None
    """Which one alone; None: all that llama.cpp sees, a model's layers spread over them."""
    slots: int = 0
    """Most sequences decoded together: 16 on a CPU, 64 on a GPU."""
    batch: int = 0
    """Most tokens in one decode: 512 on a CPU, 2,048 on a GPU."""
    ubatch: int = 0
    """Most tokens in one pass over the weights: 512."""
    threads: int = 0
    """At most; fewer while other programs keep processors busy. 0: the cores that this process may use."""
    nice: int = 0
    """By how much the engine gives way to other programs: 0 to 19."""
    fills: bool = True
    """Whether passes are filled up, so that company of more than four changes no answer: dense models on a CPU."""
    flash: bool | None = None
    """Flash attention: off on a CPU, left to llama.cpp on a GPU."""
    unified: bool = False
    """One KV cache for all sequences, in which a shared beginning takes its room once, instead of one for each."""
    kv_type: Literal["f16", "q8_0"] = "f16"
    """Of the keys; of the values too where flash attention is on (llama.cpp quantizes them nowhere else)."""


DEFAULTS = Settings()

_SPIN = {"GOMP_SPINCOUNT": "20000"}
"""How long OpenMP's threads spin while they wait for each other, in turns of a loop: some 20 us. libgomp's own 300,000
take several milliseconds from whoever shares a processor with them; 1,000 cost an eighth alone (docs/engine.md)."""


def bound_spin(environment: MutableMapping[str, str]) -> None:
    """Before libgomp is loaded, which reads this once. What a user has set stays."""
    if not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & environment.keys():
        environment.update(_SPIN)


def give_way(nice: int) -> None:
    """Let other programs go before this process and the threads that it will have."""
    if nice and hasattr(os, "nice"):
        os.nice(nice)
        # Linux weighs sessions, not processes, against each other: in one of its own the wish counts.
        with contextlib.suppress(OSError):
            os.setsid()
            Path("/proc/self/autogroup").write_text(str(nice))


def key(model_sha256: str, device: Device) -> str:
    """What a measurement holds for: this processor, so many of them, this llama.cpp and this model."""
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
    from importlib import metadata  # here, since it loads twenty modules

    version = metadata.version("llama-cpp-python")
    return f"{processor}, {usable_cores()} cores, device {device}, llama-cpp-python {version}, model {model_sha256}"


def recall(file: Path, model_sha256: str, device: Device = "auto") -> Settings:
    """What was measured to be best here; the defaults where nothing was, or where `file` cannot be read."""
    return _read(file).get(key(model_sha256, device), Settings(device))


def remember(file: Path, model_sha256: str, settings: Settings) -> None:
    """Raises ConfigError where `file` cannot be written."""
    known = _read(file) | {key(model_sha256, settings.device): settings}
    make_folder(file.parent)
    write_atomic(file, msgspec.json.format(msgspec.json.encode(known, order="sorted")))


def _read(file: Path) -> dict[str, Settings]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Settings])
    except (OSError, msgspec.DecodeError):  # a cache: what is lost can be measured again
        return {}
