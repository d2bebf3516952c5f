"""What `nvidia-smi` tells of this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from localdigest.models.machine import (
    Gpu,
    this_machine,
)


def program(folder: Path, text: str) -> None:
    """An `nvidia-smi` of our own, first on the path."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="a shell script stands in for nvidia-smi")
@pytest.mark.parametrize(
    ("script", "gpus"),
    [
        ('echo "NVIDIA H100, 81559, 81000"', (Gpu("NVIDIA H100", 81559 << 20, 81000 << 20),)),
        ('echo "NVIDIA H100, 81559, 81000"; exit 9', ()),  # a driver out of step
        ("echo NVIDIA-SMI has failed because it could not communicate with the driver", ()),
    ],
)
def test_gpus_are_those_that_nvidia_smi_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, gpus: tuple[Gpu, ...]
) -> None:
    program(tmp_path, script)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert this_machine().gpus == gpus
