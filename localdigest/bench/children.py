"""The contenders, each in a child process of its own: fresh memory, and a peak that is its own.

A child reads one JSON object from standard input, does its job and writes one JSON object to standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localdigest.messages.errors import EngineFailed


def call(contender: str, **wish: Any) -> dict[str, Any]:
    """Run one contender in a child process: `ours`, `rates` or `single`. Raises EngineFailed."""
    code = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from localdigest.bench import children"
    child = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", f"{code}; children.main()", json.dumps(sys.path)],
        input=json.dumps({"contender": contender, **wish}),
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        words = child.stderr.strip().splitlines()
        raise EngineFailed(
            "the bench's {contender} ended with code {code}: {said}",
            contender,
            child.returncode,
            words[-1] if words else "",
        )
    answer: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return answer


def main() -> None:
    wish = json.loads(sys.stdin.read())
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints
    contenders: dict[str, Callable[..., dict[str, Any]]] = {
        "ours": _ours,
        "rates": _rates,
        "single": _single,
    }
    print(json.dumps(contenders[wish.pop("contender")](**wish)), file=answers, flush=True)
    os._exit(0)  # native libraries may hang or complain while they are taken down


def _rates(model: str, settings: dict[str, Any], contexts: list[tuple[int, int]], steps: int = 8) -> dict[str, Any]:
    """Tokens a second: of a prompt's first 512 tokens, and of one and of n sequences at each (n, context).

    One slot is filled and copied: how long a step takes does not depend on what the tokens are.
    """
    import numpy as np

    from localdigest.engine.settings import bound_spin

    bound_spin(os.environ)
    from localdigest.engine.llama import LlamaBackend
    from localdigest.engine.scheduler import slot_length

    backend = LlamaBackend(model, settings)
    tokens = np.random.default_rng(0).integers(1000, 50_000, 1 << 14).tolist()

    def decode(slots: int, first: int, count: int) -> float:
        began = time.perf_counter()
        rows = [
            (tokens[at], at, slot, at == first + count - 1)
            for slot in range(slots)
            for at in range(first, first + count)
        ]
        if not backend.decode(rows):
            raise EngineFailed("llama.cpp found no room for the bench")
        return time.perf_counter() - began

    found: dict[str, Any] = {"description": backend.description, "decode": []}
    prefill: list[float] = []
    for slots, context in contexts:
        room = backend.open(slot_length(context + 2 * steps + 2))
        filled = 0
        while filled < context:
            chunk = min(backend.batch, context - filled)
            seconds = decode(1, filled, chunk)
            if not filled:
                prefill.append(chunk / seconds)
            filled += chunk
        one = [decode(1, context + step, 1) for step in range(steps)]
        together = min(slots, room)
        for slot in range(1, together):
            backend.copy(0, slot, context + steps)
        many = [decode(together, context + steps + step, 1) for step in range(steps + 1)][1:]  # the first one copies
        found["decode"].append(
            {
                "context": context,
                "slots": together,
                "single": 1 / float(np.median(one)),
                "together": together / float(np.median(many)),
            }
        )
    found["prefill"] = float(np.median(prefill))
    found["peak"] = _peak()
    return found


def _peak(children: bool = False) -> int:
    """Bytes of the largest resident set so far; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss
    return kilobytes if sys.platform == "darwin" else kilobytes << 10


def _ours(model: str, settings: dict[str, Any], job: str) -> dict[str, Any]:
    """This project's engine, with the child process that it has in a run."""
    import msgspec

    from localdigest.bench import jobs
    from localdigest.engine import open_engine
    from localdigest.engine.settings import Settings
    from localdigest.records import Message, Request

    engine = open_engine(Path(model), msgspec.convert(settings, Settings))
    try:
        requests = getattr(jobs, job)()
        # A short answer with the memory of the longest one: the others have theirs before the clock runs, too.
        limit = max(sum(len(message.text) for message in r.messages) // 6 + r.max_tokens for r in requests)
        _drive(engine, [Request((Message("user", "Say yes."),), max_tokens=limit)])
        before = engine.stats
        began = time.perf_counter()
        answers = _drive(engine, requests)
        seconds = time.perf_counter() - began
        while engine.stats.output_tokens - before.output_tokens < sum(answer.output_tokens for answer in answers):
            engine.step()  # the last figures come a moment after the last answer
    finally:
        engine.close()
    stats = engine.stats
    stepped = stats.step_seconds - before.step_seconds
    return {
        "description": engine.description,
        "peak": _peak(children=True),
        "seconds": seconds,
        "output_tokens": sum(answer.output_tokens for answer in answers),
        "prompt_tokens": sum(answer.prompt_tokens for answer in answers),
        "evaluated_tokens": stats.evaluated_tokens - before.evaluated_tokens,
        "outside": 1 - (stats.decode_seconds - before.decode_seconds) / stepped,
    }


def _drive(engine: Any, requests: list[Any]) -> list[Any]:
    tickets = [engine.submit(request) for request in requests]
    answers: dict[int, Any] = {}
    while len(answers) < len(tickets):
        answers.update(engine.step())
    return [answers[ticket] for ticket in tickets]


def _single(model: str, threads: int, jobs: list[str]) -> dict[str, Any]:
    """llama-cpp-python's `Llama`, one call at a time: all cores, prompts in tokens, its own prefix used again."""
    import llama_cpp

    import localdigest.engine.llama  # noqa: F401 (loads what a portable build has for this processor)
    from localdigest.bench import jobs as texts
    from localdigest.engine.chat import segments

    llama = llama_cpp.Llama(
        model, n_ctx=4096, n_batch=512, n_threads=threads, n_threads_batch=threads, flash_attn=False, verbose=False
    )
    template = llama.metadata.get("tokenizer.chat_template", "")
    llama.create_completion(prompt="Say yes.", max_tokens=4)
    outcomes = {}
    for job in jobs:
        requests = getattr(texts, job)()
        prompts = [
            [
                token
                for piece in segments(template, request.messages)
                for token in llama.tokenize(piece.text.encode(), add_bos=False, special=piece.special)
            ]
            for request in requests
        ]
        outputs = evaluated = 0
        held: list[int] = []
        began = time.perf_counter()
        for request, prompt in zip(requests, prompts, strict=True):
            same = next((i for i, (a, b) in enumerate(zip(prompt, held, strict=False)) if a != b), len(held))
            evaluated += len(prompt) - min(same, len(prompt) - 1)
            answer: Any = llama.create_completion(prompt=prompt, max_tokens=request.max_tokens, temperature=0.0)
            outputs += answer["usage"]["completion_tokens"]
            held = prompt
        outcomes[job] = {
            "seconds": time.perf_counter() - began,
            "output_tokens": outputs,
            "prompt_tokens": sum(map(len, prompts)),
            "evaluated_tokens": evaluated,
        }
    return {"peak": _peak(), "jobs": outcomes}
