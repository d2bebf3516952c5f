"""Every architecture of the catalogue, as a tiny model with random weights, run by llama.cpp itself."""

from __future__ import annotations

import math
import os
import platform
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from localdigest.engine import llama, open_engine
from localdigest.engine.llama import LlamaBackend
from localdigest.engine.settings import Settings
from localdigest.engine.worker import Worker
from localdigest.models.catalogue import SHIPPED, load_catalogue
from localdigest.records import Message, Request
from tests.kit import tiny_models
from tests.kit.ties import Recording, own_answer, parts_at_a_tie, run
from tests.kit.tiny_models import (
    ARCHITECTURES,
    CONTEXT,
    HALF,
    HEAD,
    HYBRID,
    KERNEL,
    KEY_HEADS,
    KV_HEADS,
    Q4_K,
    STATE,
    VALUE_HEADS,
    Shape,
    model,
)

llama_cpp = pytest.importorskip("llama_cpp")
TIE = 0.05
"""Logits. Tokens of these models are several apart; what rounding does to them is thousandths."""


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def words(rng: Random, count: int) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrst ", k=count))


def job(rng: Random, papers: int = 4, parts: int = 3, each: int = 4) -> list[Request]:
    """System prompt -> a paper -> a part -> a question, 48 of them, in no order."""
    system = words(rng, 60)
    heads = [part + words(rng, 20) for part in [system + words(rng, 100) for _ in range(papers)] for _ in range(parts)]
    asked = [Request((Message("user", head + words(rng, 12)),), 8) for head in heads for _ in range(each)]
    rng.shuffle(asked)
    return asked


def nodes(prompts: list[list[int]]) -> int:
    return len({tuple(prompt[:size]) for prompt in prompts for size in range(1, len(prompt) + 1)})


def test_what_the_catalogue_says_was_run_is_run_here() -> None:
    for spec in load_catalogue().models:
        assert (spec.architecture in ARCHITECTURES) == (spec.ran != "nothing"), spec.name


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tiny")
    found = {name: folder / f"{name}.gguf" for name in ARCHITECTURES}
    for name, path in found.items():
        path.write_bytes(model(name))
    return found


@pytest.fixture(scope="module", params=ARCHITECTURES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def backend(files: dict[str, Path], name: str) -> Iterator[LlamaBackend]:
    opened = LlamaBackend(files[name], Settings("cpu", threads=1))
    yield opened
    opened.close()


def test_one_alone_answers_as_llama_cpp_pythons_own_and_sixteen_as_one(
    backend: LlamaBackend, files: dict[str, Path], name: str
) -> None:
    requests = [Request((Message("user", words(dice(seed), 5 + 3 * seed)),), 12) for seed in range(16)]
    company = Recording(backend)
    run(company, requests)
    llama: Any = llama_cpp.Llama(str(files[name]), n_ctx=512, n_threads=1, n_threads_batch=1, verbose=False)
    for ticket, request in list(enumerate(requests))[::2]:
        engine = Recording(backend)
        run(engine, [request])
        assert parts_at_a_tie(backend, request, engine.answers[0], company.answers[ticket], TIE)
        if ticket % 4 == 0:
            theirs = own_answer(llama, backend.tokenize(request), 12, (llama.token_eos(),))
            assert parts_at_a_tie(backend, request, engine.answers[0], theirs, TIE)
    llama.close()


def test_what_an_architecture_asks_for_is_known(backend: LlamaBackend, name: str) -> None:
    assert (backend.states > 0) == (name in HYBRID)
    assert backend.fills == (name in ("qwen2", "qwen3"))
    assert backend.longest == CONTEXT
    # 2 bytes each for a key and a value of every layer with attention; 4 for each number of a state.
    layers = 1 if name in HYBRID else 4
    assert abs(backend.costs.token - 2 * 2 * layers * KV_HEADS * HEAD) < 16
    states = STATE * STATE * VALUE_HEADS + (KERNEL - 1) * STATE * (VALUE_HEADS + 2 * KEY_HEADS)
    assert (
        abs(backend.costs.state - (4 * 3 * states if name in HYBRID else 0)) < 16_000
    )  # llama.cpp tells hundredths of MiB


def test_compute_buffers_are_counted_as_llama_cpp_tells_them(backend: LlamaBackend) -> None:
    for slots, length in ((16, 512), (4, 2048), (1, 8192)):
        backend._params.n_seq_max, backend._params.n_ctx = slots, slots * length
        llama._log.clear()
        llama_cpp.llama_free(llama_cpp.llama_init_from_model(backend._model, backend._params))
        told = sum(map(float, re.findall(r"compute buffer size = +([\d.]+) MiB", "".join(llama._log)))) * 2**20
        costs = backend.costs
        counted = costs.of(slots, length) - replace(costs, compute=0, wider=0).of(slots, length)
        assert told > 0
        assert -16_000 < counted - told < max(told / 10, 6 << 20)


def shapes() -> list[tuple[str, str, dict[str, int], int]]:
    """Of each model of the catalogue that has an architecture: what the remarks beside its bytes say of its layers."""
    found: dict[tuple[str, str], tuple[str, str, dict[str, int], int]] = {}
    for table in SHIPPED.read_text(encoding="utf-8").split("[[model]]")[1:]:
        name, kind = (re.search(rf'^{key} = "(.+)"', table, re.MULTILINE) for key in ("name", "architecture"))
        cache = re.search(r"kv_bytes.+# (?:\d+ of )?(\d+) layers, (\d+) heads of (\d+)", table)
        state = re.search(r"state_bytes.+# \d+ layers, (\d+) heads", table)
        if name and kind and cache:
            parts = {"KV_HEADS": int(cache[2]), "HEADS": int(cache[2]), "HEAD": int(cache[3]), "EXPERT": 32}
            if state:
                parts |= {"STATE": 128, "VALUE_HEADS": int(state[1]), "KEY_HEADS": 16}
            found.setdefault((kind[1], cache[0]), (name[1], kind[1], parts, int(cache[1])))
    return list(found.values())


@pytest.mark.parametrize(("name", "kind", "parts", "layers"), shapes())
def test_the_catalogue_counts_a_token_and_a_state_as_the_engine_measures_them(
    name: str, kind: str, parts: dict[str, int], layers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, number in parts.items():
        monkeypatch.setattr(tiny_models, part, number)
    monkeypatch.setattr(tiny_models, "_numbers", lambda _, sides, kind, rng: bytes(2 * math.prod(sides) << (not kind)))
    path = tmp_path / "shaped.gguf"
    width = parts["HEADS"] * parts["HEAD"] if kind == "qwen2" else 32
    path.write_bytes(model(kind, Shape(layers=layers, width=width, inner=32, kind=HALF)))
    backend = LlamaBackend(path, Settings("cpu", threads=1))
    backend.close()
    spec = load_catalogue(folder=tmp_path).find(name)
    assert abs(backend.costs.token - spec.kv_bytes) < 64
    # A fourteenth more at most: the few tokens that a convolution sees.
    assert spec.state_bytes <= backend.costs.state <= spec.state_bytes * 1.075


def test_a_text_may_have_more_tokens_than_bytes(backend: LlamaBackend) -> None:
    """Here a space is three, as the tokenizer writes it as one character of three bytes, which it has no token for."""
    one, many = (len(backend.tokenize(Request((Message("user", " " * count),), 1))) for count in (1, 60))
    assert many - one == 3 * 59


def test_a_job_decodes_each_node_of_its_tree_once_and_answers_as_each_request_alone(backend: LlamaBackend) -> None:
    requests = job(dice(3))
    engine = Recording(backend)
    run(engine, requests)
    assert engine.stats.evaluated_tokens <= 1.1 * nodes([backend.tokenize(request) for request in requests])
    for ticket in range(0, len(requests), 12):
        alone = Recording(backend)
        run(alone, [requests[ticket]])
        assert parts_at_a_tie(backend, requests[ticket], alone.answers[0], engine.answers[ticket], TIE)


def test_every_architecture_answers_long_prompts_as_if_alone(backend: LlamaBackend) -> None:
    rng = dice(5)
    requests = [Request((Message("user", words(rng, rng.choice([9, 80]))),), rng.choice([3, 16])) for _ in range(40)]
    requests[7] = requests[30] = Request((Message("user", words(rng, 300)),), 8)
    engine = Recording(backend)
    answers = run(engine, requests)
    assert {answer.finish for answer in answers} <= {"length", "repetition", "stop"}
    for ticket in (7, 39):
        alone = Recording(backend)
        (answer,) = run(alone, [requests[ticket]])
        assert parts_at_a_tie(backend, requests[ticket], alone.answers[0], engine.answers[ticket], TIE)
        stop = backend.piece(alone.answers[0][-1]).decode("utf-8", "ignore")
        (cut,) = run(Recording(backend), [replace(requests[ticket], stop=(stop,))]) if stop else (answer,)
        assert not stop or (cut.finish, cut.text) == ("stop", answer.text[: answer.text.index(stop)])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="measured with x86-64's kernels")
@pytest.mark.parametrize("kind", [Q4_K, HALF])
def test_a_dense_model_answers_alike_in_any_company_of_more_than_four(kind: int, tmp_path: Path) -> None:
    """Kernels take rows in full fours, and what is left otherwise: passes are filled up."""
    path = tmp_path / "packed.gguf"
    path.write_bytes(model("qwen3", Shape(layers=3, width=256, inner=512, kind=kind)))
    backend = LlamaBackend(path, Settings("cpu", threads=1))
    requests = [Request((Message("user", words(dice(seed), 3 + seed)),), 6) for seed in range(16)]
    likely = [[answer.confidence for answer in run(Recording(backend), requests[:count])] for count in (16, 13, 9, 6)]
    backend.close()
    assert all(fewer == likely[0][: len(fewer)] for fewer in likely)


@pytest.mark.parametrize("name", ["qwen3", HYBRID[0]])
def test_a_killed_child_costs_no_answer(files: dict[str, Path], name: str) -> None:
    requests = job(dice(2), papers=2)
    engine = open_engine(files[name], Settings("cpu", threads=1))
    assert isinstance(engine, Worker)
    tickets = [engine.submit(request) for request in requests]
    done = dict(engine.step())
    os.kill(engine._child.process.pid, signal.SIGKILL)
    while len(done) < len(tickets):
        done.update(engine.step())
    engine.close()
    assert {answer.finish for answer in done.values()} <= {"length", "repetition", "stop"}
