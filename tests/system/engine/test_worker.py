"""The engine's child process: whatever happens to it, the run goes on. All children are real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localdigest.engine import Engine, open_engine
from localdigest.engine.settings import Settings, recall, remember
from localdigest.engine.team import Team
from localdigest.engine.worker import Worker
from localdigest.messages.errors import EngineFailed, ModelError
from localdigest.records import Completion, Message, Request, Sampling
from tests.kit.faulty_backend import FAULTS, PROMPT
from tests.kit.toy_backend import alone

GOOD = [Request((Message("user", f"{a}{b}hello"),), max_tokens=20) for a in "abcde" for b in "xyz"]
BAD = Request((Message("user", "q" * PROMPT),), max_tokens=20, sampling=Sampling(temperature=1.0, seed=3))
MOMENTS = ("load", "prefill", "decode")


def worker(fault: str, moment: str, times: int, folder: Path) -> Worker:
    return Worker(
        "tests.kit.faulty_backend:Faulty", [fault, moment, times, str(folder / "mark")], loading=5, starting=2, least=2
    )


def answers(engine: Engine, requests: list[Request]) -> list[Completion]:
    tickets = [engine.submit(request) for request in requests]
    done: dict[int, Completion] = {}
    while len(done) < len(tickets):
        for ticket, completion in engine.step():
            assert ticket not in done, "answered twice"
            done[ticket] = completion
    return [done[ticket] for ticket in tickets]


def texts(completions: list[Completion]) -> list[str]:
    return [completion.text for completion in completions]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_strikes_once_costs_nothing(fault: str, moment: str, tmp_path: Path) -> None:
    engine = worker(fault, moment, 1, tmp_path)
    try:
        assert texts(answers(engine, [*GOOD[:8], BAD, *GOOD[8:]])) == texts(
            [alone(r) for r in [*GOOD[:8], BAD, *GOOD[8:]]]
        )
    finally:
        engine.close()
    assert (tmp_path / "mark").stat().st_size == 1, "the fault never struck"


@pytest.mark.parametrize("moment", ["prefill", "decode"])
@pytest.mark.parametrize("fault", ["segfault", "hang"])
def test_a_request_that_kills_again_is_put_aside_and_the_rest_finished(fault: str, moment: str, tmp_path: Path) -> None:
    engine = worker(fault, moment, 99, tmp_path)
    try:
        *good, bad = answers(engine, [*GOOD, BAD])
        assert texts(good) == texts([alone(r) for r in GOOD])
        assert bad.finish == "refused"
        assert "put aside" in bad.detail
        assert ("SIGSEGV" if fault == "segfault" else "hung") in bad.detail
        # And the engine is as good as new.
        assert texts(answers(engine, GOOD[:3])) == texts([alone(r) for r in GOOD[:3]])
    finally:
        engine.close()


@pytest.mark.parametrize("fault", ["abort", "silent exit", "hang"])
def test_a_model_that_never_loads_is_an_error_that_says_how_it_ended(fault: str, tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"could not be loaded: its process (was ended by SIGABRT|ended with code 0|hung)"
    ):
        Worker("tests.kit.faulty_backend:Faulty", [fault, "load", 99, str(tmp_path / "mark")], loading=2)


def test_a_refused_model_is_refused_in_its_own_words_and_once() -> None:
    with pytest.raises(ModelError, match="this file is no model"):
        Worker("tests.kit.faulty_backend:refusing", [])


def test_children_that_die_over_everything_end_the_run(tmp_path: Path) -> None:
    engine = worker("abort", "prefill", 99, tmp_path)
    requests = [Request((Message("user", "q" * PROMPT + c),), max_tokens=5) for c in "abcdefgh"]
    try:
        with pytest.raises(EngineFailed, match="again and again"):
            answers(engine, requests)
    finally:
        engine.close()


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys; from localdigest.engine.worker import Worker\n"
        f"w = Worker('tests.kit.faulty_backend:Faulty', ['abort', 'never', 0, {str(tmp_path / 'mark')!r}])\n"
        "print(w._child.process.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        # Where nobody reaps orphans, a dead one stays behind as a zombie.
        if Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")


def test_two_workers_are_one_engine_and_each_answer_finds_its_request() -> None:
    class Counting(Worker):
        given = 0

        def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
            self.given += 1
            return super().submit(request, first=first)

    workers = [Counting("tests.kit.toy_backend:Toy", []), Counting("tests.kit.toy_backend:Toy", [2])]
    team = Team(dict(zip("ab", workers, strict=True)))
    try:
        assert team.slots == 6
        assert team.description == "2 x toy"
        assert texts(answers(team, GOOD)) == texts([alone(request) for request in GOOD])
        assert sum(one.given for one in workers) == len(GOOD)
        assert all(one.given >= 3 for one in workers)
        # A later round, as a driver's repairs are, works just the same.
        assert texts(answers(team, GOOD[:3])) == texts([alone(request) for request in GOOD[:3]])
    finally:
        team.close()


def test_a_gpu_that_was_asked_for_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    if llama_cpp.llama_supports_gpu_offload():
        pytest.skip("this llama.cpp was built for a GPU")
    with pytest.raises(ModelError, match=r"a GPU was asked for.*docs/models.md"):
        open_engine(tmp_path / "never-opened.gguf", Settings("gpu"))


def test_what_was_measured_is_remembered_for_this_model_and_device_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "engine.json"
    best = Settings("cpu", slots=8, threads=2, flash=False)
    assert recall(file, "a" * 64, "cpu") == Settings("cpu")
    remember(file, "a" * 64, best)
    remember(file, "b" * 64, Settings(unified=True))
    assert recall(file, "a" * 64, "cpu") == best
    assert recall(file, "b" * 64) == Settings(unified=True)
    assert recall(file, "a" * 64) == Settings()
    file.write_text("{")
    assert recall(file, "a" * 64, "cpu") == Settings("cpu")
