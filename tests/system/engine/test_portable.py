"""The portable build of llama.cpp on processors of other generations, which qemu stands in for. It is run where such a
wheel is made (the release's workflow)."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.kit.hostile_models import tiny
from tests.kit.places import ROOT

CODE = r"""
import re, sys
sys.path[0:0] = sys.argv[1:2]
from localdigest.engine.llama import LlamaBackend
from localdigest.engine.scheduler import Scheduler
from localdigest.engine.settings import Settings
from localdigest.records import Message, Request
engine = Scheduler(LlamaBackend(sys.argv[2], Settings(threads=2, slots=1, batch=32, device="cpu")))
engine.submit(Request((Message("user", "Say yes."),), 2))
answers = []
while not answers:
    answers = engine.step()
loaded = set(re.findall(r"libggml-cpu-(\w+)\.so", open("/proc/self/maps").read()))
print("ANSWER", answers[0][1].output_tokens, *sorted(loaded))
"""


def portable() -> Path:
    machine = platform.machine()
    folders = (Path(sys.prefix, "wheels"), ROOT / "wheels", Path(os.environ.get("LOCALDIGEST_WHEELS", "/nonexistent")))
    found = [path for folder in folders for path in folder.glob(f"llama_cpp_python-*-1portable-*{machine}.whl")]
    if not found:
        pytest.skip("needs a portable wheel: scripts/llama_wheel portable wheels")
    return found[0]


def test_the_wheel_has_the_code_of_all_generations_and_what_it_needs() -> None:
    with zipfile.ZipFile(portable()) as archive:
        names = archive.namelist()
    variants = [name for name in names if re.fullmatch(r"llama_cpp/lib/libggml-cpu-\w+\.so", name)]
    assert len(variants) >= {"x86_64": 14}.get(platform.machine(), 5)
    assert [name for name in names if name.startswith("llama_cpp/lib/libgomp")]
    assert [name for name in names if re.fullmatch(r"llama_cpp/lib/libllama\.so[.0-9]*", name)]
    assert [name for name in names if not name.startswith(("llama_cpp/", "llama_cpp_python-"))] == []


GENERATIONS = [("", r"\w+"), ("Haswell", "haswell"), ("Nehalem", "sse42")]
"""Processors that qemu stands in for, and the code that each gets; first this machine's own, of whatever kind."""


@pytest.mark.parametrize(("processor", "variant"), GENERATIONS)
def test_a_processor_gets_the_code_of_its_generation(processor: str, variant: str, tmp_path: Path) -> None:
    wheel, qemu = portable(), shutil.which("qemu-x86_64")
    if processor and (not qemu or platform.machine() != "x86_64"):
        pytest.skip("needs qemu-user (Debian: apt install qemu-user) on x86_64")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    # As small as a model can be; LOCALDIGEST_TRIED names a real one, which takes qemu minutes.
    model = Path(os.environ.get("LOCALDIGEST_TRIED", tmp_path / "tiny.gguf"))
    (tmp_path / "tiny.gguf").write_bytes(tiny().data())
    # numpy's own code wants to know the processor, too: it chooses at run time.
    emulated = [str(qemu), "-cpu", processor] if processor else []
    words = [*emulated, sys.executable, "-c", CODE, str(tmp_path), str(model)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, errors="replace")
    assert re.search(rf"^ANSWER 2 {variant}$", done.stdout, re.MULTILINE), done.stderr[-2000:]
