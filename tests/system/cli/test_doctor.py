"""`localdigest doctor`: what it finds wrong, what it says to do, and that nothing it tries takes it along."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localdigest import doctor, engine
from localdigest.doctor import host, native, proof
from localdigest.doctor.report import Asked, Found
from localdigest.engine.settings import DEFAULTS, Settings
from localdigest.engine.worker import Worker
from localdigest.messages.errors import ModelError
from localdigest.models import catalogue, machine
from localdigest.workspace import config, lock
from tests.kit import killing
from tests.kit.places import ROOT, with_tests
from tests.kit.tracing import traceable

XEON = "processor: 0\nflags\t\t: fpu sse3 avx avx2 f16c fma avx512f avx512_vnni amx_int8 amx_tile\nbugs\t: none\n"
BUILT = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | F16C = 1 | FMA = 1 | AVX512 = 1 | AVX512_VNNI = 1 | AMX_INT8 = 1 | "
CARD = machine.Gpu("NVIDIA H100", 80 << 30, 78 << 30)


def doctored(root: Path, *words: str, **more: str) -> tuple[int, dict[str, dict[str, str]], str]:
    """Exit code, the checks by name, and the rest, of the real command with the scripted engine."""
    command = [*killing.program(), "-C", str(root), "doctor", "--json", *words]
    done = subprocess.run(command, env=with_tests(**more), capture_output=True, text=True, cwd=root.parent)
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout or "[]")}, done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return killing.workspace(tmp_path / "digest")


def test_all_is_well_where_it_is_and_every_check_says_something(root: Path) -> None:
    code, checks, _ = doctored(root)
    assert set(checks) == set(doctor.CHECKS)
    assert all(check["says"] for check in checks.values())
    assert code == (1 if any(check["state"] == "wrong" for check in checks.values()) else 0)
    for name in ("model", "disk", "zones", "texts", "lock", "library", "engine", "output", "clock"):
        assert checks[name]["state"] == "well", checks[name]
    assert "scripted" in checks["engine"]["says"]
    assert "--online" in checks["arxiv"]["says"]
    assert not (root / "library.db").exists()


def test_without_a_workspace_the_machine_is_looked_at(tmp_path: Path) -> None:
    _, checks, _ = doctored(tmp_path / "nowhere", LOCALDIGEST_MODELS=str(tmp_path))
    assert (checks["library"]["state"], checks["model"]["state"]) == ("note", "wrong")
    assert "localdigest init" in checks["library"]["mend"]
    assert "models pull" in checks["model"]["says"]
    assert not (tmp_path / "nowhere").exists()


def test_what_a_user_gets_wrong_ends_with_1_and_the_mend(root: Path) -> None:
    (root / "prompts" / "zh-CN").mkdir(parents=True)
    toml = (root / config.FILE).read_text("utf-8")
    wrongs = {
        "model": (root.with_suffix(".gguf"), b"GGUF, but NOT really"),
        "library": (root / "library.db", b"no database at all, whatever the name says" * 99),
        "texts": (root / "prompts" / "zh-CN" / "translate.md", b"a prompt without its two parts\n"),
        "zones": (root / config.FILE, toml.replace('zone = "Asia/Shanghai"', 'zone = "Asia/Nowhere"').encode()),
    }
    for name, (path, content) in wrongs.items():
        path.write_bytes(content)
        code, checks, trouble = doctored(root)
        assert code == 1, (name, trouble)
        assert checks[name]["state"] == "wrong", checks[name]
    text = subprocess.run(
        [*killing.program(), "-C", str(root), "doctor"], env=with_tests(), capture_output=True, text=True
    )
    assert text.stdout.count("WRONG") == sum(check["state"] == "wrong" for check in checks.values()) == 4
    assert "status --rebuild" in text.stdout
    assert "tzdata" in text.stdout


def test_who_holds_the_workspace_is_told(root: Path) -> None:
    with lock.hold(root, "localdigest run"):
        code, checks, _ = doctored(root)
    assert (code, checks["lock"]["state"]) == (0, "note")
    assert "`localdigest run`, process" in checks["lock"]["says"]


# ---------------------------------------------------------------- native code


@pytest.mark.parametrize(
    ("built", "flags", "state", "said"),
    [
        (BUILT, XEON, "well", "AVX512_VNNI"),
        (BUILT.replace("AMX_INT8 = 1", "AMX_INT8 = 0"), XEON, "note", "AMX"),
        ("CPU : SSE3 = 1 | AVX = 1 | F16C = 1 | FMA = 1 | ", XEON, "note", "AMX_INT8, AVX2, AVX512, AVX512_VNNI"),
        (BUILT, XEON.replace(" avx512f", "").replace(" amx_int8", ""), "wrong", "AMX_INT8, AVX512,"),
        (BUILT, "", "well", ""),  # no Linux: nothing to compare with
        ("CPU : NEON = 1 | DOTPROD = 1 | ", "Features\t: fp asimd asimddp i8mm\n", "note", "MATMUL_INT8"),
    ],
)
def test_a_build_is_held_against_the_processor(built: str, flags: str, state: str, said: str) -> None:
    if said.endswith(","):
        said = "AMX_INT8, AVX512"
    found = native.judge(native.Probe("0.3.36", native.features(built), False), native.cpu_flags(flags))
    assert found.state == state, found
    assert said in str(found.says)
    assert ("pip install" in found.mend) == (state != "well")


def test_llama_cpp_is_asked_in_a_process_that_may_die(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of that name which executes an instruction that no processor has: the child's end, and not ours."""
    (tmp_path / "llama_cpp.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = native.probe()
    assert "illegal instruction" in found.trouble
    assert native.judge(found, frozenset()).state == "wrong"
    (tmp_path / "llama_cpp.py").write_text("raise OSError('libllama.so: not found')", encoding="utf-8")
    assert "libllama.so: not found" in native.probe().trouble


def test_a_library_that_llama_cpp_is_linked_to_and_that_is_not_here_is_named(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine without a compiler, for a build from one that has it: no libgomp is there."""
    why = "Failed to load 'libllama.so': libgomp.so.1: cannot open shared object file: No such file or directory"
    (tmp_path / "llama_cpp.py").write_text(f"raise RuntimeError({why!r})", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = native.judge(native.probe(), frozenset())
    assert (found.state, "libgomp.so.1 (libgomp.so.1: libgomp1" in found.mend) == ("wrong", True)
    with pytest.raises(ModelError, match=r"llama\.cpp cannot be loaded .*libgomp\.so\.1: cannot open shared object"):
        engine.open_engine(root.parent / "tiny.gguf", Settings())


def test_the_real_llama_cpp_says_what_it_is() -> None:
    found = native.probe()
    assert not found.trouble
    assert found.version
    assert found.features


def test_a_model_that_kills_its_process_is_told_with_the_known_fault(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    spec = catalogue.load_catalogue((root / "models.toml",)).find("tiny")
    space = config.open_workspace(root)
    asked = Asked(space, True, spec, DEFAULTS, lambda _path, _settings: Worker("tests.kit.dying_backend:Dying", []))
    found = native.engine(asked)
    assert found.state == "wrong"
    assert "SIGILL" in str(found.says)
    assert "amx_gcc.h" in found.mend


@pytest.mark.parametrize(
    ("cards", "gpu_build", "wish", "state"),
    [
        ((), False, "auto", "well"),
        ((), False, "gpu", "wrong"),
        ((CARD,), False, "auto", "note"),
        ((CARD,), False, "gpu", "wrong"),
        ((CARD,), False, "cpu", "note"),
        ((CARD,), True, "auto", "well"),
    ],
)
def test_a_gpu_that_is_not_used_is_told(cards: tuple[machine.Gpu, ...], gpu_build: bool, wish: str, state: str) -> None:
    found = native.judge_gpu(cards, native.Probe("0.3.36", frozenset(), gpu_build), wish)
    assert found.state == state
    assert ("GGML_CUDA" in found.mend) == (bool(cards) and not gpu_build and wish != "cpu")


# ---------------------------------------------------------------- the machine


def test_memory_is_held_against_what_is_there_and_what_is_free() -> None:
    spec = catalogue.load_catalogue(()).find("starter")
    small, large = machine.Machine(1 << 30, 2), machine.Machine(16 << 30, 8)
    assert host.judge_memory(spec, small, None).state == "wrong"
    assert host.judge_memory(spec, large, 12 << 30).state == "well"
    assert host.judge_memory(spec, large, 1 << 30).state == "note"
    assert host.judge_memory(spec, machine.Machine(1 << 30, 2, (CARD,)), None).state == "well"
    proposed = str(machine.suits(spec, large).reason).partition(",")[0]
    assert proposed in str(host.judge_memory(spec, large, None).says)  # one figure for one model


def test_a_clock_is_held_against_what_was_written() -> None:
    now = datetime(2026, 3, 4, 12, tzinfo=UTC)

    def found(*written: timedelta, library: timedelta | None = None) -> Found:
        return host.judge_clock(now, [now + each for each in written], now + library if library else None)

    assert found().state == found(timedelta(days=-3)).state == "well"
    assert found(timedelta(minutes=2)).state == "well"
    behind = found(timedelta(days=-1), timedelta(hours=3))
    assert (behind.state, "2026-03-04 15:00" in str(behind.says)) == ("wrong", True)
    assert found(library=timedelta(days=-400)).state == "note"
    assert "2026-03-04" in str(found().says)  # the newest announcement's


@pytest.mark.parametrize(
    ("encoding", "fonts", "state"),
    [
        ("utf-8", 3, "well"),
        ("utf-8", None, "well"),
        ("utf-8", 0, "note"),
        ("gb18030", 3, "well"),
        ("ascii", 3, "wrong"),
        ("latin-1", 3, "wrong"),
        ("", 3, "wrong"),
    ],
)
def test_output_must_have_room_for_chinese(encoding: str, fonts: int | None, state: str) -> None:
    found = host.judge_output(encoding, "UTF-8", fonts)
    assert found.state == state
    assert bool(found.mend) == (state != "well")


def test_a_title_that_the_locale_lacks_ends_no_command(root: Path) -> None:
    more = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "latin-1"}
    command = [*killing.program(), "-C", str(root), "doctor", "--json"]
    done = subprocess.run(command, env=with_tests(**more), capture_output=True)
    (check,) = [check for check in json.loads(done.stdout) if check["name"] == "output"]
    assert (check["state"], b"Traceback" in done.stderr) == ("wrong", False)


# ---------------------------------------------------------------- arXiv


def test_arxiv_is_asked_only_with_online(root: Path) -> None:
    from tests.kit.arxiv_server import running, status

    with running(["2512.00012v1"]) as arxiv:
        path = root / config.FILE
        path.write_text(path.read_text("utf-8").replace("https://export.arxiv.org/api/query", f"{arxiv.url}/api/query"))
        _, checks, _ = doctored(root)
        assert (checks["arxiv"]["state"], arxiv.requests) == ("well", [])
        _, checks, _ = doctored(root, "--online")
        assert checks["arxiv"]["state"] == "note"  # without a contact
        assert len(arxiv.requests) == 1
        arxiv.faults = [status(403)]
        code, checks, _ = doctored(root, "--online")
        assert (code, checks["arxiv"]["state"]) == (1, "wrong")
    assert (root / "ledger.jsonl").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs strace")
def test_a_doctor_that_is_not_asked_for_arxiv_opens_no_socket(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    traceable()
    found = proof.prove([[*killing.program(), "-C", str(root), "doctor"]])
    assert found.proved, found.verdict
    assert [run.inet for run in found.runs] == [0]
