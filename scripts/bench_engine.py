#!/usr/bin/env python
"""The figures of docs/engine.md and docs/performance.md, taken again: `bench_engine.py WHAT [--model NAME or FILE]`.

company  how many of 64 greedy answers differ alone, in fours and in sixes from those of all together
rows     CPU time of a pass of 1 to 16 rows, and of 80 requests that run down to the last one
busy     8 answers at once, alone and beside a process that takes a processor; as shipped, and with fixed settings
experts  CPU time of a layer of 30B-A3B's shape, by what of its weights is rearranged, and what `recommend` expects
buffers  what llama.cpp takes for compute buffers and caches, by the length of slots
hybrids  prompt tokens and passes of a job of 48 requests; what a state of Qwen3.5-4B's size costs to keep

On a machine with nothing else running; --small is a look whether it works. Without --model: the 0.5B.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from localdigest.engine.settings import Settings, bound_spin
from localdigest.engine.worker import HUGE_PAGES

if __name__ == "__main__" and not HUGE_PAGES.keys() <= os.environ.keys():  # read once, when a process begins
    bound_spin(os.environ)
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | HUGE_PAGES)

from localdigest.bench import jobs
from localdigest.engine import llama, prompts
from localdigest.engine.llama import LlamaBackend
from localdigest.models.catalogue import load_catalogue, locate, models_folder
from localdigest.models.machine import GIB, Machine, suits
from localdigest.models.machine import TOKENS_A_PAPER as A_PAPER
from localdigest.models.processors import Look, Room
from localdigest.records import Message, Request
from tests.kit import tiny_models
from tests.kit.ties import Recording, run
from tests.kit.tiny_models import HYBRID, Q4_K, Shape


@dataclass(frozen=True)
class Wish:
    model: Path
    small: bool
    threads: int
    folder: Path

    def tiny(self, architecture: str, shape: Shape, **parts: int) -> Path:
        """A file with random weights; `parts` are numbers of tests/kit/tiny_models.py that are other ones here."""
        before = {name: getattr(tiny_models, name) for name in parts}
        path = self.folder / f"{architecture}.gguf"
        try:
            for name, number in parts.items():
                setattr(tiny_models, name, number)
            path.write_bytes(tiny_models.model(architecture, shape))
        finally:
            for name, number in before.items():
                setattr(tiny_models, name, number)
        return path


def show(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    cells = [[str(each) for each in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)
    print()


def cpu(work: Callable[[], object], times: int) -> float:
    """Milliseconds of CPU time, of all threads: the median, the first not counted."""
    found = []
    for _ in range(times + 1):
        began = time.process_time()
        work()
        found.append(1000 * (time.process_time() - began))
    return statistics.median(found[1:])


def texts(rng: Random, count: int, least: int, most: int) -> list[str]:
    return ["".join(rng.choices("abcdefghijklmnopqrst ", k=rng.randint(least, most))) for _ in range(count)]


def decode(backend: LlamaBackend, rows: Sequence[tuple[int, int, int, bool]]) -> None:
    if not backend.decode(rows):
        sys.exit("llama.cpp found no room")


def fill(backend: LlamaBackend, slots: int, context: int) -> None:
    """`slots` sequences of `context` tokens."""
    for at in range(0, context, backend.batch):
        decode(backend, [(50 + n % 200, n, 0, False) for n in range(at, min(at + backend.batch, context))])
    for slot in range(1, slots):
        backend.copy(0, slot, context)


def answers(backend: LlamaBackend, slots: int, context: int) -> None:
    """One pass, a row for each of the first `slots`, forgotten at once."""
    decode(backend, [(60, context, slot, True) for slot in range(slots)])
    for slot in range(slots):
        backend.cut(slot, context)


# ---------------------------------------------------------------- what is measured


def company(wish: Wish) -> None:
    sentences = [s for r in jobs.abstracts() for s in r.messages[1].text.split(". ") if len(s) > 60]
    count, tokens = (16, 6) if wish.small else (64, 64)
    real = [Request((Message("system", jobs.TRANSLATOR), Message("user", each)), tokens) for each in sentences[:count]]
    rng = Random(1)  # noqa: S311
    made = [Request((Message("user", each),), rng.randint(6, 39)) for each in texts(rng, count, 3, 60)]
    files = [(wish.model.name, wish.model, real)]
    for kind in ("Q4_K", "Q6_K", "HALF"):
        if number := getattr(tiny_models, kind, 0):
            folder = wish.folder / kind
            folder.mkdir()
            shape = Shape(layers=3, width=256, inner=512, kind=number)
            files.append((f"random {kind}", replace(wish, folder=folder).tiny("qwen3", shape), made))
    rows = []
    for name, path, requests in files:
        for fills in (True, False):
            backend = LlamaBackend(path, Settings("cpu", threads=wish.threads, fills=fills))

            def told(some: Sequence[Request], backend: LlamaBackend = backend) -> list[tuple[list[int], float | None]]:
                engine = Recording(backend)
                ended = run(engine, some)
                return [(engine.answers[ticket], each.confidence) for ticket, each in enumerate(ended)]

            whole = told(requests)
            row: list[object] = [name, "yes" if fills else "no", backend.slots]
            for size in (1, 4, 6):
                apart = [one for at in range(0, count, size) for one in told(requests[at : at + size])]
                both = list(zip(apart, whole, strict=True))
                row.append(f"{sum(a[0] != b[0] for a, b in both)} / {sum(a != b for a, b in both)}")
            rows.append(row)
            backend.close()
    print(f"of {count} answers: texts that differ from those of all together / scores that do")
    show(("weights", "filled", "slots", "alone", "in fours", "in sixes"), rows)


def rows(wish: Wish) -> None:
    context, times = (16, 2) if wish.small else (64, 15)
    backend = LlamaBackend(wish.model, Settings("cpu", threads=1))
    backend.open(512)
    fill(backend, 16, context)
    sizes = (1, 4, 16) if wish.small else range(1, 17)
    print(f"CPU time of a pass over {wish.model.name}, one thread, {context} tokens in each sequence")
    show(("rows", "ms"), [(n, f"{cpu(lambda n=n: answers(backend, n, context), times):.0f}") for n in sizes])  # type: ignore[misc]
    backend.close()
    rng = Random(2)  # noqa: S311
    small = wish.tiny("qwen3", Shape(layers=6, width=256, inner=512, kind=Q4_K))
    requests = [Request((Message("user", each),), rng.randint(20, 60)) for each in texts(rng, 80, 20, 60)]
    found = []
    for fills in (True, False, True, False):
        backend = LlamaBackend(small, Settings("cpu", threads=1, fills=fills))
        began = time.process_time()
        run(Recording(backend), requests)
        found.append(("yes" if fills else "no", f"{time.process_time() - began:.2f}"))
        backend.close()
    print("80 requests run down to the last one, six small layers, seconds of CPU time")
    show(("filled", "s"), found)


def _blind() -> Look:
    raise OSError("fixed settings look at nothing")


def eight(wish: Wish) -> None:
    """Of `busy`, in a process of its own: prints the tokens a second of 8 answers at once."""
    backend = LlamaBackend(wish.model, Settings("cpu", threads=int(os.environ["THREADS"])))
    if "FIXED" in os.environ:
        backend._room = Room(backend._params.n_threads, look=_blind)
    count = 16 if wish.small else 120
    asked = [Request(r.messages, count) for r in jobs.abstracts()[:8]]
    engine = Recording(backend)
    run(engine, [Request(asked[0].messages, 1)])
    before, began = engine.stats.output_tokens, time.perf_counter()
    for request in asked:
        engine.submit(request)
    while len(engine.answers) < 9:
        engine.step()
    print(json.dumps((engine.stats.output_tokens - before) / (time.perf_counter() - began)), flush=True)


WAYS: dict[str, dict[str, str]] = {
    "as shipped": {},
    "as libgomp has it": {"FIXED": "1", "GOMP_SPINCOUNT": "300000"},
    "GOMP_SPINCOUNT=1000": {"FIXED": "1", "GOMP_SPINCOUNT": "1000"},
    "GOMP_SPINCOUNT=20000": {"FIXED": "1"},
    "OMP_WAIT_POLICY=passive": {"FIXED": "1", "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"},
    "one thread": {"FIXED": "1", "THREADS": "1"},
}


def busy(wish: Wish) -> None:
    def once(name: str) -> float:
        command = [sys.executable, __file__, "eight", "--model", str(wish.model), *["--small"] * wish.small]
        told = subprocess.run(
            command, env=os.environ | {"THREADS": "0"} | WAYS[name], stdout=subprocess.PIPE, text=True, check=True
        )
        return float(told.stdout.splitlines()[-1])

    turns = 1 if wish.small else 3
    found: dict[tuple[str, bool], list[float]] = {(name, beside): [] for name in WAYS for beside in (False, True)}
    for _ in range(turns):
        for (name, beside), rates in found.items():
            other = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if beside else None
            try:
                rates.append(once(name))
            finally:
                if other:
                    other.kill()
                    other.wait()
    rate = {key: statistics.median(rates) for key, rates in found.items()}
    most = rate["as libgomp has it", False]
    cells = [(n, rate[n, False], rate[n, True], rate[n, True] / rate[n, False], rate[n, True] / most) for n in WAYS]
    print(f"{wish.model.name}, 8 answers at once, tokens/s, the median of {turns}; a neighbour is one spinning process")
    head = ("", "alone", "beside one", "of alone", "of alone as libgomp has it")
    show(head, [(name, *(f"{each:.2f}" for each in numbers)) for name, *numbers in cells])


def experts(wish: Wish) -> None:
    layers, context = 2, 64
    shape = Shape(layers=layers, width=2048, inner=768, kind=Q4_K)
    parts = {"EXPERTS": 16 if wish.small else 128, "USED": 8, "EXPERT": 768, "HEAD": 128, "HEADS": 32, "KV_HEADS": 4}
    path = wish.tiny("qwen3moe", shape, **parts)
    found, counted = [], llama._experts
    for name, whole in (("as shipped", False), ("all", True)):
        llama._experts = (lambda path: 0) if whole else counted
        backend = LlamaBackend(path, Settings("cpu", threads=1))
        backend.open(512)
        times = 1 if wish.small else 15

        def read(backend: LlamaBackend = backend) -> None:
            backend.cut(0, 0)
            fill(backend, 1, 256)

        row = [cpu(read, times)]
        backend.cut(0, 0)
        fill(backend, 16, context)
        row += [cpu(lambda n=n, b=backend: answers(b, n, context), times) for n in (1, 4, 16)]  # type: ignore[misc]
        found.append((name, [ms / layers for ms in row]))
        backend.close()
    llama._experts = counted
    print("a layer of 30B-A3B's shape, one thread, ms of CPU time; and 48 of them, tokens/s a core")
    head = ("rearranged", "256 of a prompt", "1", "4", "16", "tokens/s, 1", "4", "16")
    body = [
        (
            name,
            *(f"{ms:.1f}" for ms in row),
            *(f"{1000 * n / (48 * ms):.1f}" for n, ms in zip((1, 4, 16), row[1:], strict=True)),
        )
        for name, row in found
    ]
    show(head, body)
    expected = suits(load_catalogue().find("qwen3-30b-a3b-2507"), Machine(64 * GIB, 1)).seconds
    print(f"`recommend` expects {A_PAPER / expected:.1f} tokens/s a core of 16 together")


def buffers(wish: Wish) -> None:
    backend = LlamaBackend(wish.model, Settings("cpu"))
    body = []
    for length in (512, 2048) if wish.small else (512, 1024, 2048, 4096, 8192, 16384):
        llama._log.clear()
        with contextlib.suppress(Exception):
            slots = backend.open(length)
            sizes = {
                kind: sum(map(float, re.findall(rf"{kind} buffer size = +([\d.]+) MiB", "".join(llama._log))))
                for kind in ("compute", "KV", "RS", "output")
            }
            body.append((length, slots, *(f"{size:.1f}" for size in sizes.values())))
    print(f"{wish.model.name}, {wish.model.stat().st_size / 2**20:.0f} MiB; MiB as llama.cpp tells them")
    show(("length", "slots", "compute", "KV", "RS", "output"), body)


def hybrids(wish: Wish) -> None:
    rng = Random(3)  # noqa: S311
    (system,) = texts(rng, 1, 100, 100)
    papers = [system + each for each in texts(rng, 4, 100, 100)]
    parts = [paper + each for paper in papers for each in texts(rng, 3, 150, 150)]
    asked = [Request((Message("user", part + each),), 8) for part in parts for each in texts(rng, 4, 30, 60)]
    rng.shuffle(asked)
    body = []
    for architecture in HYBRID:
        path = wish.tiny(architecture, Shape())
        for kept in (False, True):
            worth, prompts.WORTH_A_STATE = prompts.WORTH_A_STATE, prompts.WORTH_A_STATE if kept else 1 << 30
            backend = LlamaBackend(path, Settings("cpu", threads=1))
            engine = Recording(backend)
            if not kept:
                engine._close_gaps = lambda: None  # type: ignore[method-assign]
            began = time.process_time()
            passes = 0
            tickets = [engine.submit(request) for request in asked]
            while len(engine.answers) < len(tickets):
                engine.step()
                passes += 1
            seconds = time.process_time() - began
            prompts.WORTH_A_STATE = worth
            tokens = [tuple(backend.tokenize(request)) for request in asked]
            nodes = len({each[:size] for each in tokens for size in range(1, len(each) + 1)})
            told = "states kept, gaps closed" if kept else "every prompt whole, gaps open"
            body.append((f"{architecture}, {told}", nodes, engine.stats.evaluated_tokens, passes, f"{seconds:.2f}"))
            backend.close()
    show(("", "nodes", "prompt tokens decoded", "decodes", "CPU s"), body)
    # Four layers of Qwen3.5-4B's shape, of which three have a state.
    shape = Shape() if wish.small else Shape(layers=4, width=2560, inner=9216, kind=Q4_K)
    sizes = {"STATE": 128, "KEY_HEADS": 16, "VALUE_HEADS": 32, "HEAD": 256, "HEADS": 16, "KV_HEADS": 4}
    backend = LlamaBackend(wish.tiny("qwen35", shape, **({} if wish.small else sizes)), Settings("cpu", threads=1))
    backend.open(512)
    fill(backend, 1, 256)
    state: Any = backend.save(0)

    def twelve() -> None:
        decode(backend, [(60, 256 + n, 0, False) for n in range(12)])
        backend.cut(0, 256, state)

    costs: dict[str, Callable[[], object]] = {
        "saving a state": lambda: backend.save(0),
        "loading it": lambda: backend.cut(0, 256, state),
        "a donor's copy, 256 tokens": lambda: backend.copy(0, 1, 256, state),
        "12 rows of a prompt": twelve,
    }
    print(f"four layers, a state of {len(state) / 2**20:.1f} MiB; ms of CPU time (rows: the state's loading too)")
    show(("", "ms"), [(name, f"{cpu(work, 9):.2f}") for name, work in costs.items()])


COMMANDS = {each.__name__: each for each in (company, rows, busy, experts, buffers, hybrids, eight)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b", help="a name of the catalogue, or a file")
    parser.add_argument("--threads", type=int, default=0, help="of company, where it changes no answer; 0: all cores")
    parser.add_argument("--small", action="store_true", help="few and short: only whether it works")
    chosen = parser.parse_args()
    file = Path(chosen.model)
    if file.suffix != ".gguf":
        file = locate(load_catalogue().find(chosen.model), models_folder())
    with tempfile.TemporaryDirectory() as folder:
        COMMANDS[chosen.what](Wish(file, chosen.small, chosen.threads, Path(folder)))


if __name__ == "__main__":
    main()
