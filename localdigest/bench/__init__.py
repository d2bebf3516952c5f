"""`localdigest bench`: this engine beside one call at a time, on this machine, now.

Every contender runs in a child process of its own, one after the other, on the same prompts. Figures of one run may be
compared with each other; from run to run a machine is busy or not. `scripts/bench_servers.py` adds llama-server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from localdigest.bench import children
from localdigest.engine.settings import Settings
from localdigest.messages import Notice, Say, _, told
from localdigest.messages.terminal import aligned
from localdigest.models.processors import usable_cores, usable_processors

Job = Literal["decode", "abstracts", "explanations"]
JOBS: tuple[Job, ...] = ("decode", "abstracts", "explanations")
JOB_NAMES: Mapping[Job, Notice] = {"abstracts": Notice("abstracts"), "explanations": Notice("explanations")}
CONTEXTS = ((16, 900), (8, 2500))
"""Sequences, and the tokens that each of them holds."""
DECODING = ("decode_16_vs_single", "decode_8_long_vs_single")
"""What `ratios` calls them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender at one job. Rates are tokens a second of the whole job, prompts and answers each by themselves."""

    job: Job
    contender: str
    seconds: float
    output_tokens: int
    prompt_tokens: int
    evaluated_tokens: int
    peak: int
    """Bytes of memory at most."""
    outside: float = 0.0
    """Share of the time outside native decode, where it is known."""

    @property
    def output_rate(self) -> float:
        return self.output_tokens / self.seconds

    @property
    def prompt_rate(self) -> float:
        return self.prompt_tokens / self.seconds


@dataclass(frozen=True, slots=True)
class Report:
    model: str
    size: int
    """Bytes of the model's file."""
    engine: str
    rates: dict[str, Any] = field(default_factory=dict)
    """Of prefill and of decoding one and several sequences, in tokens a second; `bandwidth` in bytes a second."""
    rows: tuple[Row, ...] = ()

    @property
    def ratios(self) -> dict[str, float]:
        """How many times faster this engine is than one sequence, and than `Llama`; only what was measured."""
        found: dict[str, float] = {}
        for name, rate in zip(DECODING, self.rates.get("decode", []), strict=False):
            found[name] = rate["together"] / rate["single"]
        times = {f"{row.job} {row.contender}": row.seconds for row in self.rows}
        for name, job in (("abstracts_vs_single", "abstracts"), ("explain_vs_single", "explanations")):
            if f"{job} Llama" in times:
                found[name] = times[f"{job} Llama"] / times[f"{job} localdigest"]
        return {name: round(ratio, 2) for name, ratio in found.items()}


def _silent(_text: Notice | str) -> None:
    pass


def measure(model: Path, settings: Settings, wanted: Sequence[Job] = JOBS, say: Say = _silent) -> Report:
    """Run both contenders at the `wanted` jobs. Raises EngineFailed when one of them fails."""
    threads = settings.threads or usable_cores()
    wish = asdict(settings)
    rates: dict[str, Any] = {}
    rows: list[Row] = []
    engine = ""
    if "decode" in wanted:
        say(Notice("rates of prefill and decoding"))
        # Without flash attention both, as a CPU has it by default.
        rates = children.call("rates", model=str(model), settings=wish, contexts=CONTEXTS)
        rates["bandwidth"] = bandwidth(threads)
        engine = rates.pop("description")

    def done(row: Row) -> None:
        rows.append(row)
        say(Notice("  {seconds:.1f} s, {rate:.1f} tokens of answer a second", row.seconds, row.output_rate))

    both = [job for job in wanted if job != "decode"]
    singles: dict[str, Any] = {}
    if both:
        say(Notice("llama-cpp-python's Llama, one call at a time"))
        singles = children.call("single", model=str(model), threads=threads, jobs=both)
    for job in both:
        done(Row(job, "Llama", **singles["jobs"][job], peak=singles["peak"]))
        say(Notice("localdigest, {job}", JOB_NAMES[job]))
        answer = children.call("ours", model=str(model), settings=wish, job=job)
        engine = answer.pop("description")
        done(Row(job, "localdigest", **answer))
    return Report(model.name, model.stat().st_size, engine, rates, tuple(rows))


def bandwidth(threads: int) -> float:
    """Bytes a second at which memory is read by `threads` together: what a decoding step is bound by at least."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    size = 1 << 28
    parts = [np.ones(size // 8, np.float64) for _ in range(threads)]

    def read(part: Any) -> float:
        return float(part.max())  # in one pass, without a copy, and numpy lets the other threads run

    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            began = time.perf_counter()
            list(pool.map(read, parts))
            best = max(best, size * threads / (time.perf_counter() - began))
    return best


def table(report: Report) -> list[str]:
    """The report as lines of plain text."""
    lines = [f"{report.model}, {report.size / 2**30:.2f} GiB; {report.engine}"]
    if rates := report.rates:
        ceiling = rates["bandwidth"] / report.size
        lines += [
            _(
                "prefill {prefill:.0f} tokens/s; memory is read at {bandwidth:.1f} GB/s, so one sequence can have "
                "{ceiling:.0f} tokens/s at most, and any number of them {prefill:.0f}",
                rates["prefill"],
                rates["bandwidth"] / 1e9,
                ceiling,
            ),
        ]
        lines += [
            _(
                "decoding at context {context}: 1 sequence {single:.1f} tokens/s, {slots} sequences {together:.1f} "
                "({ratio:.1f}x; the roofline says at most {most:.0f})",
                rate["context"],
                rate["single"],
                rate["slots"],
                rate["together"],
                rate["together"] / rate["single"],
                min(rate["slots"] * ceiling, rates["prefill"]),
            )
            for rate in rates["decode"]
        ]
    for job, called in JOB_NAMES.items():
        rows = [row for row in report.rows if row.job == job]
        if not rows:
            continue
        head = (
            told(called), _("seconds"), _("answer tok/s"), _("prompt tok/s"), _("evaluated"), _("a token"),
            _("texts/h"), _("peak GiB"), _("outside"),
        )  # fmt: skip
        count = 13 if job == "abstracts" else 6
        body = [
            (
                row.contender, f"{row.seconds:.1f}", f"{row.output_rate:.1f}", f"{row.prompt_rate:.1f}",
                f"{row.evaluated_tokens}/{row.prompt_tokens}",
                f"{row.evaluated_tokens / max(1, row.output_tokens):.2f}", f"{3600 * count / row.seconds:.0f}",
                f"{row.peak / 2**30:.2f}", f"{row.outside:.1%}" if row.outside else "",
            )
            for row in rows
        ]  # fmt: skip
        lines += ["", *aligned([head, *body])]
    if report.ratios:
        lines += ["", *(f"{name:26} {ratio:5.2f}x" for name, ratio in report.ratios.items())]
    return lines


def as_json(report: Any) -> str:
    """A report with its `ratios`, or what tuning found."""
    data = msgspec.to_builtins(report)
    if isinstance(report, Report):
        data["ratios"] = report.ratios
    return msgspec.json.format(msgspec.json.encode(data)).decode()


# ---------------------------------------------------------------- tuning


@dataclass(frozen=True, slots=True)
class Trial:
    settings: Settings
    seconds: float
    """Expected for one abstract: 250 prompt tokens and 220 of answer, a full batch of them at a time."""


def tune(
    model: Path, start: Settings, trial: Callable[[Settings], float] | None = None, say: Say = _silent
) -> tuple[Settings, list[Trial]]:
    """Try one change after the other, keep each that is at least 5 % faster; the last word has a second measurement.

    About two minutes with a 1.5B model on two cores. Raises EngineFailed.
    """
    attempt = trial or (lambda settings: _abstract_seconds(model, settings))
    trials: list[Trial] = []

    def measured(settings: Settings) -> float:
        seconds = attempt(settings)
        trials.append(Trial(settings, seconds))
        changes = {key: value for key, value in asdict(settings).items() if value != asdict(start)[key]}
        names = ", ".join(f"{key} = {value}" for key, value in changes.items()) or Notice("as it is")
        say(Notice("{seconds:6.2f} s an abstract: {settings}", seconds, names))
        return seconds

    best, seconds = start, measured(start)
    for change in _changes(start):
        candidate = replace(best, **change)
        # Against a second look at the best so far: machines have quicker and slower minutes.
        if (found := measured(candidate)) < 0.95 * seconds and found < 0.95 * (seconds := measured(best)):
            best, seconds = candidate, found
    # What was faster by chance must not be remembered.
    if best != start and measured(best) > 0.95 * measured(start):
        best = start
    return best, trials


def tuned(start: Settings, best: Settings) -> str:
    changes = {key: value for key, value in asdict(best).items() if value != asdict(start)[key]}
    text = ", ".join(f"{key} = {value}" for key, value in changes.items())
    return _("faster here, and remembered for later runs: {settings}", text) if text else _("nothing is clearly faster")


def _changes(start: Settings) -> list[dict[str, Any]]:
    cores = usable_cores()
    fewer = [{"threads": cores // 2}] if cores > 2 else []
    more = [{"threads": processors}] if (processors := usable_processors()) > cores else []  # siblings on one core
    # Not `unified`: its slots would share the one that is filled, and look faster than they are.
    slots = [{"slots": 8}, {"slots": 24}]
    return [*fewer, *more, *slots, {"flash": True}, {"kv_type": "q8_0"}, {"batch": 1024, "ubatch": 1024}]


def _abstract_seconds(model: Path, settings: Settings) -> float:
    slots = settings.slots or 16
    found = children.call("rates", model=str(model), settings=asdict(settings), contexts=[(slots, 400)], steps=4)
    return 250 / float(found["prefill"]) + 220 / float(found["decode"][0]["together"])
