"""The contenders, each in a child process of its own: fresh memory, and a peak that is its own.

A child reads one JSON object from standard input, does its job and writes one JSON object to standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, TypedDict

from localdigest.errors import EngineFailed

Prompt = list[int]


class Outcome(TypedDict):
    """What one contender needed for one job."""

    seconds: float
    output_tokens: int
    prompt_tokens: int
    evaluated_tokens: int
    """Of the prompts; the others came from a shared or kept beginning."""
    outside: float
    """Share of the time outside native decode; not known of others: 0."""
    prompts: list[Prompt]


def call(contender: str, **wish: Any) -> dict[str, Any]:
    """Run one contender in a child process: `ours`, `rates`, `single` or `server`. Raises EngineFailed."""
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
        "server": _server,
    }
    print(json.dumps(contenders[wish.pop("contender")](**wish)), file=answers, flush=True)
    os._exit(0)  # native libraries may hang or complain while they are taken down


def _rates(model: str, settings: dict[str, Any], contexts: list[tuple[int, int]], steps: int = 8) -> dict[str, Any]:
    """Tokens a second: of a prompt's first 512 tokens, and of one and of n sequences at each (n, context).

    One slot is filled and copied: how long a step takes does not depend on what the tokens are.
    """
    import numpy as np

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

    from localdigest.bench import jobs as texts
    from localdigest.engine.chat import segments

    llama = llama_cpp.Llama(
        model, n_ctx=4096, n_batch=512, n_threads=threads, n_threads_batch=threads, flash_attn=False, verbose=False
    )
    template = llama.metadata.get("tokenizer.chat_template", "")
    llama.create_completion(prompt="Say yes.", max_tokens=4)
    outcomes: dict[str, Outcome] = {}
    for job in jobs:
        requests = getattr(texts, job)()
        prompts: list[Prompt] = []
        for request in requests:
            prompt: Prompt = []
            for piece in segments(template, request.messages):
                prompt += llama.tokenize(piece.text.encode(), add_bos=False, special=piece.special)
            prompts.append(prompt)
        outputs = evaluated = 0
        held: Prompt = []
        began = time.perf_counter()
        for request, prompt in zip(requests, prompts, strict=True):
            same = next((i for i, (a, b) in enumerate(zip(prompt, held, strict=False)) if a != b), len(held))
            evaluated += len(prompt) - min(same, len(prompt) - 1)
            answer: Any = llama.create_completion(prompt=prompt, max_tokens=request.max_tokens, temperature=0.0)
            outputs += answer["usage"]["completion_tokens"]
            held = prompt
        seconds = time.perf_counter() - began
        outcomes[job] = Outcome(
            seconds=seconds,
            output_tokens=outputs,
            prompt_tokens=sum(map(len, prompts)),
            evaluated_tokens=evaluated,
            outside=0.0,
            prompts=prompts,
        )
    return {"peak": _peak(), "description": f"llama-cpp-python {llama_cpp.__version__}, Llama", "jobs": outcomes}


def _server(
    model: str, threads: int, slots: int, flash: bool | None, length: int, prompts: list[Prompt], limits: list[int]
) -> dict[str, Any]:
    """llama-server's engine in xllamacpp, without HTTP: all requests at once, and `slots` of them decoded together."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_parallel = slots
    params.n_ctx = slots * length
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.n_gpu_layers = 0
    params.warmup = False
    params.verbosity = -1
    if flash is not None:
        kinds = xllamacpp.llama_flash_attn_type
        params.flash_attn_type = kinds.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash else kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED
    server = xllamacpp.Server(params)

    def ask(prompt: Prompt, limit: int) -> dict[str, Any]:
        answer: Any = server.handle_completions(
            {"prompt": prompt, "n_predict": limit, "temperature": 0.0, "top_k": 1, "cache_prompt": True}
        )
        return dict(answer)

    ask(prompts[0][-8:], 4)
    answers: list[dict[str, Any]] = [{} for _ in prompts]

    def work(place: int) -> None:
        answers[place] = ask(prompts[place], limits[place])

    threads_ = [threading.Thread(target=work, args=(place,)) for place in range(len(prompts))]
    began = time.perf_counter()
    for thread in threads_:
        thread.start()
    for thread in threads_:
        thread.join()
    seconds = time.perf_counter() - began
    return {
        "description": f"xllamacpp {metadata.version('xllamacpp')}",
        "peak": _peak(),
        "seconds": seconds,
        "output_tokens": sum(answer["usage"]["completion_tokens"] for answer in answers),
        "prompt_tokens": sum(map(len, prompts)),
        "evaluated_tokens": sum(answer["timings"]["prompt_n"] for answer in answers),
        "outside": 0.0,
    }
