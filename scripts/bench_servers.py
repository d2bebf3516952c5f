"""`localdigest bench` with llama-server's engine beside it: `bench_servers.py MODEL.gguf [--job NAME] [--plot FILE]`.

Needs the extra `bench`: xllamacpp, which is llama-server's engine without HTTP, and matplotlib for the picture. Prints
the table of `bench` with a row for each setting of the server, and how many times faster this engine is than the best.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from localdigest import bench
from localdigest.bench import Job, Report, Row, jobs
from localdigest.engine.chat import segments
from localdigest.engine.settings import Settings
from localdigest.files import write_atomic
from localdigest.messages import Notice

SERVERS: dict[Job, tuple[tuple[int, bool | None], ...]] = {
    "abstracts": ((8, None), (16, None), (8, False), (16, False)),
    "explanations": ((8, None), (8, False)),
}
"""Slots, and flash attention: None is the server's default, False is what a careful user would try."""
LENGTHS = {"abstracts": 1024, "explanations": 3072}
TITLES = {
    "abstracts": "13 abstracts, translated",
    "explanations": "2 texts of 2,500 tokens, 3 questions about each",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--job", choices=list(SERVERS), action="append", help="only this one; may be repeated")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--plot", type=Path, help="draw the comparison as SVG into this file")
    chosen = parser.parse_args()
    wanted = chosen.job or list(SERVERS)
    found = bench.measure(chosen.model, Settings("cpu", threads=chosen.threads), wanted, say)
    rows = list(found.rows)
    for job in wanted:
        for slots, flash in SERVERS[job]:
            say(f"{name(slots, flash)}, {job}")
            rows.append(served(chosen.model, job, slots, flash, chosen.threads))
            say(f"  {rows[-1].seconds:.1f} s, {rows[-1].output_rate:.1f} tokens of answer a second")
    report = Report(found.model, found.size, found.engine, found.rates, tuple(rows))
    print("\n".join(bench.table(report)))
    for job in wanted:
        default, best = (faster(rows, job, tuned=tuned) for tuned in (False, True))
        print(f"{job}: {default:.2f}x llama-server as it comes, {best:.2f}x its best setting")
    if chosen.plot:
        draw(report, chosen.plot)


def say(text: Notice | str) -> None:
    print(text, file=sys.stderr, flush=True)


def name(slots: int, flash: bool | None) -> str:
    return f"llama-server, {slots} slots" + ("" if flash is None else ", flash attention off")


def faster(rows: list[Row], job: Job, *, tuned: bool) -> float:
    """How many times faster this engine is than the server's best setting of its own, or of all that were tried."""
    times = {row.contender: row.seconds for row in rows if row.job == job}
    servers = [name(slots, flash) for slots, flash in SERVERS[job] if tuned or flash is None]
    return min(times[server] for server in servers) / times["localdigest"]


# ---------------------------------------------------------------- the server, in a child process of its own


def served(model: Path, job: Job, slots: int, flash: bool | None, threads: int) -> Row:
    wish = {"model": str(model), "job": job, "slots": slots, "flash": flash, "threads": threads}
    command = [sys.executable, "-c", "import bench_servers; bench_servers.child()"]
    path = os.pathsep.join((str(Path(__file__).parent), *sys.path))
    # Native code prints to standard output and may complain while it is taken down; the answer is the last line.
    done = subprocess.run(
        command, input=json.dumps(wish | {"prompts": prompts(model, job)}), stdout=subprocess.PIPE, text=True,
        check=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    return Row(job, name(slots, flash), **json.loads(done.stdout.splitlines()[-1]))


def prompts(model: Path, job: Job) -> list[list[int]]:
    """In tokens, as the other contenders have them."""
    import llama_cpp

    llama = llama_cpp.Llama(str(model), vocab_only=True, verbose=False)
    template = llama.metadata.get("tokenizer.chat_template", "")
    found = []
    for request in getattr(jobs, job)():
        pieces = segments(template, request.messages)
        tokens = (llama.tokenize(piece.text.encode(), add_bos=False, special=piece.special) for piece in pieces)
        found.append([token for some in tokens for token in some])
    return found


def child() -> None:
    """All requests at once, of which the server decodes `slots` together."""
    import resource

    import xllamacpp

    wish = json.loads(sys.stdin.read())
    asked = list(zip(wish["prompts"], getattr(jobs, wish["job"])(), strict=True))
    params = xllamacpp.CommonParams()
    params.model.path = wish["model"]
    params.n_parallel = wish["slots"]
    params.n_ctx = wish["slots"] * LENGTHS[wish["job"]]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = wish["threads"]
    params.n_gpu_layers = 0
    params.warmup = False
    params.verbosity = -1
    if wish["flash"] is not None:
        kinds = xllamacpp.llama_flash_attn_type
        params.flash_attn_type = (
            kinds.LLAMA_FLASH_ATTN_TYPE_ENABLED if wish["flash"] else kinds.LLAMA_FLASH_ATTN_TYPE_DISABLED
        )
    server = xllamacpp.Server(params)

    def ask(prompt: list[int], limit: int) -> Any:
        fields = {"prompt": prompt, "n_predict": limit, "temperature": 0.0, "top_k": 1, "cache_prompt": True}
        return server.handle_completions(fields)

    ask(asked[0][0][-8:], 4)
    answers: list[Any] = [None] * len(asked)

    def work(place: int) -> None:
        prompt, request = asked[place]
        answers[place] = ask(prompt, request.max_tokens)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(asked))]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = {
        "seconds": time.perf_counter() - began,
        "output_tokens": sum(answer["usage"]["completion_tokens"] for answer in answers),
        "prompt_tokens": sum(len(prompt) for prompt, _ in asked),
        "evaluated_tokens": sum(answer["timings"]["prompt_n"] for answer in answers),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
    }
    print(f"\n{json.dumps(row)}", flush=True)
    os._exit(0)


# ---------------------------------------------------------------- the picture


def draw(report: Report, path: Path) -> None:
    """Bars of seconds a job, shorter is better, as SVG."""
    import matplotlib

    matplotlib.use("svg")
    # Text stays text, and the same figures make the same bytes.
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "localdigest", "font.size": 10})
    from matplotlib.figure import Figure

    done = [job for job in TITLES if any(row.job == job for row in report.rows)]
    counts = [sum(row.job == job for row in report.rows) for job in done]
    figure = Figure(figsize=(8, 0.9 * len(done) + 0.38 * sum(counts)), layout="constrained")
    for axes, job in zip(figure.subplots(len(done), squeeze=False, height_ratios=counts)[:, 0], done, strict=True):
        rows = sorted((row for row in report.rows if row.job == job), key=lambda row: -row.seconds)
        colours = ["#1a7f5a" if row.contender == "localdigest" else "#9aa5b1" for row in rows]
        bars = axes.barh([row.contender for row in rows], [row.seconds for row in rows], color=colours, height=0.65)
        axes.bar_label(bars, [f"{row.seconds:.0f} s" for row in rows], padding=4)
        axes.set_title(TITLES[job], loc="left", fontsize=11)
        axes.margins(x=0.12)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.tick_params(bottom=False, labelbottom=False, left=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="svg", metadata={"Date": None})
    write_atomic(path, picture.getvalue())


if __name__ == "__main__":
    main()
