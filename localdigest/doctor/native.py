"""llama.cpp as it is installed: for this processor, for this GPU, and able to run the model.

Native code may end its process, by an illegal instruction above all. So it is asked in a child process, and what it
can do with the model is tried by the engine, whose process survives its child's.
"""

from __future__ import annotations

import json
import platform
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localdigest.doctor.report import Asked, Found, note, well, wrong
from localdigest.messages import Notice, _
from localdigest.messages.errors import LocaldigestError, ModelError
from localdigest.models import catalogue, machine
from localdigest.records import Message, Request

PATIENCE = 60.0
"""Seconds for llama.cpp to say what it is: CUDA builds take some to look at their devices."""
TRIAL = Request(
    (Message("system", "You translate."), Message("user", "Translate into Chinese: " + "The model is small. " * 12)),
    max_tokens=8,
)
"""Enough tokens for the matrix kernels that a processor with AMX uses."""

_PROBE = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
import llama_cpp
import localdigest.engine.llama  # loads what a portable build has for this processor
text = llama_cpp.llama_print_system_info().decode("utf-8", "replace")
gpu = bool(llama_cpp.llama_supports_gpu_offload())
print("PROBE" + json.dumps({"version": llama_cpp.__version__, "info": text, "gpu": gpu}))
"""

FEATURES: Mapping[str, str] = {
    "avx": "AVX", "avx2": "AVX2", "f16c": "F16C", "fma": "FMA", "avx512f": "AVX512", "avx512_vnni": "AVX512_VNNI",
    "amx_int8": "AMX_INT8", "asimddp": "DOTPROD", "i8mm": "MATMUL_INT8", "sve": "SVE",
}  # fmt: skip
"""What makes llama.cpp fast: as Linux names it in /proc/cpuinfo, and as llama.cpp does."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What llama.cpp says of itself; `trouble` where it could not be asked."""

    version: str = ""
    features: frozenset[str] = frozenset()
    gpu: bool = False
    """Built for one."""
    trouble: str = ""


def probe() -> Probe:
    """Asks llama.cpp in a child process."""
    command = [sys.executable, "-X", "utf8", "-c", _PROBE, json.dumps(sys.path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Probe(trouble=_("did not answer within {seconds:.0f} s", PATIENCE))
    answers = re.findall(rb"^PROBE(.*)$", done.stdout, re.MULTILINE)
    if done.returncode == 0 and answers:
        found = json.loads(answers[-1])
        return Probe(found["version"], features(found["info"]), found["gpu"])
    if done.returncode == -getattr(signal, "SIGILL", 0):
        return Probe(trouble=_("ends with an illegal instruction: it was built for another processor"))
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"code {done.returncode}"]
    return Probe(trouble=last[0][:400])


def features(info: str) -> frozenset[str]:
    """The features that llama.cpp says it was built with: `AVX2 = 1 | F16C = 1`."""
    return frozenset(re.findall(r"(\w+) = 1\b", info))


def cpu_flags(cpuinfo: str) -> frozenset[str]:
    """The processor's own, from the text of Linux's /proc/cpuinfo; none elsewhere."""
    match = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    return frozenset(match[1].split()) if match else frozenset()


def judge(found: Probe, flags: frozenset[str]) -> Found:
    """Whether llama.cpp is built for a processor with these flags."""
    if found.trouble:
        lacking = re.search(r"(\S+\.so\S*): cannot open shared object file", found.trouble)
        return wrong(_("llama.cpp {trouble}", found.trouble), _library(lacking[1]) if lacking else rebuild())
    has = {name for flag, name in FEATURES.items() if flag in flags}
    missing = sorted(has - found.features)
    if excess := sorted(name for name in set(FEATURES.values()) & found.features if flags and name not in has):
        says = _("llama-cpp-python {version} uses {names}, which this processor does not have: it will crash")
        return wrong(says.format(version=found.version, names=", ".join(excess)), rebuild())
    if missing == ["AMX_INT8"]:  # a way round GCC 12's fault that we tell of ourselves
        says = _("llama-cpp-python {version} is built without this processor's AMX: about a fifth slower")
        return note(says.format(version=found.version), rebuild())
    if missing:
        says = _("llama-cpp-python {version} is built without {names}, which this processor has: it is slow")
        return note(says.format(version=found.version, names=", ".join(missing)), rebuild())
    used = ", ".join(sorted(has)) or platform.machine()
    return well(_("llama-cpp-python {version}, built for this processor ({names})", found.version, used))  # fmt: skip


def _library(name: str) -> str:
    """What a build from another machine needs of this one; GCC's OpenMP comes with compilers, and seldom without."""
    return _(
        "install the package that has {library} (libgomp.so.1: libgomp1 or libgomp), or a portable wheel of llama.cpp",
        name,
    )


def rebuild() -> str:
    words = "-m pip install --force-reinstall --no-cache-dir --no-deps --no-binary llama-cpp-python llama-cpp-python"
    return _(
        "build it here: {command} (docs/models.md has the flags); without a compiler, install a portable wheel of it",
        shlex.join([sys.executable, *words.split()]),
    )


def build(_asked: Asked) -> Found:
    cpuinfo = Path("/proc/cpuinfo")
    return judge(probe(), cpu_flags(cpuinfo.read_text("utf-8", "replace") if cpuinfo.exists() else ""))


def gpu(asked: Asked) -> Found:
    return judge_gpu(machine.this_machine().gpus, probe(), asked.space.config.engine.device)


def judge_gpu(gpus: tuple[machine.Gpu, ...], found: Probe, wish: str) -> Found:
    """Whether the GPUs that are there will be used; `wish` is the configured device."""
    command = 'CMAKE_ARGS="-DGGML_CUDA=ON" pip install --force-reinstall --no-cache-dir --no-deps llama-cpp-python'
    mend = _("build it for the GPU, as docs/models.md says: {command}", command)
    names = ", ".join(card.name for card in gpus)
    if not gpus:
        says = _("none that can be asked about (nvidia-smi, Apple silicon); the model runs on the processor")
        if wish == "gpu":
            return wrong(says, _('set device = "auto" under [engine] in {file}', "localdigest.toml"))
        return well(says)
    if wish == "cpu":
        return note(_('{names}: not used, as device = "cpu" has it', names))
    if not found.gpu:
        says = _("{names} is there, but llama.cpp is built for the processor only: the GPU is not used")
        return (wrong if wish == "gpu" else note)(says.format(names=names), mend)
    return well(_("{names}; llama.cpp is built for it", names))


def engine(asked: Asked) -> Found:
    """Loads the model and has it write a few tokens: what is built wrongly dies here, in a child process."""
    if asked.space.config.engine.kind == "endpoint":
        return well(_("not tried: the server's engine is used"))
    if asked.unknown:
        return note(_("not tried: there is no model to try it with"))
    try:  # only a file with the right bytes is opened by a parser; the check of the model says what is wrong
        path = catalogue.locate(asked.spec, catalogue.models_folder())
    except ModelError:
        return note(_("not tried: there is no model to try it with"))
    began = time.monotonic()
    try:
        running = asked.opener(path, asked.settings)
    except LocaldigestError as error:
        return _dead(error.notice, error.notice.value("signal") == "SIGILL")
    try:
        loaded = time.monotonic() - began
        running.submit(TRIAL)
        ended = list(running.step())
        while not ended:
            ended += running.step()
    except LocaldigestError as error:
        return _dead(error.notice, error.notice.value("signal") == "SIGILL")
    finally:
        running.close()
    answer = ended[0][1]
    if answer.finish == "refused":
        return _dead(answer.detail, "SIGILL" in answer.detail)
    says = _("{engine}: loads in {load:.1f} s, reads {tokens} tokens and writes {written} in {seconds:.1f} s")
    shown = says.format(
        engine=running.description, load=loaded, tokens=answer.prompt_tokens, written=answer.output_tokens,
        seconds=answer.seconds,
    )  # fmt: skip
    if machine.this_machine().gpus and "GPU" not in running.description and asked.settings.device != "cpu":
        return note(shown + _("; on the processor, though a GPU is there"))
    return well(shown)


def _dead(why: Notice | str, illegal: bool) -> Found:
    """`illegal`: it ended at an instruction that this processor does not have."""
    if illegal:
        mend = _(
            "GCC 12 builds llama.cpp's AMX code so that it dies like this: build again with scripts/amx_gcc.h, or with"
            " CFLAGS and CXXFLAGS of -mno-amx-tile -mno-amx-int8 -mno-amx-bf16 (docs/models.md); else it was built"
            " for another processor: build it on this machine"
        )
        return wrong(why, mend)
    return wrong(why, _("`localdigest models verify` checks the file, `localdigest models recommend` what fits"))
