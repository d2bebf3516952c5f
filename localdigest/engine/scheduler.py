"""Continuous batching over one context: admit, decode, sample, finish, and again.

Each step decodes one token for every sequence that is answering, and fills the rest of the batch with prompt tokens
of those that are not yet. A prompt's beginning that some sequence already holds is shared, not decoded again: finished
prompts are kept for that until their room is needed. A request is admitted only when all of it, its longest answer
included, fits beside what the others may still need.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from localdigest.engine import Stats
from localdigest.errors import EngineFailed
from localdigest.records import Completion, FinishReason, Request, Sampling

SHARE_AT_LEAST = 8
"""Tokens. Waiting for a shorter common beginning than this costs more than decoding it."""


LOOK_FOR_LOOPS = 16
"""Tokens between looks: a loop goes on to the limit, so it need not be caught at once."""


class Limits(Protocol):
    """See Settings in engine/llama.py."""

    @property
    def slots(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def cells(self) -> int: ...
    @property
    def batch(self) -> int: ...


class Backend(Protocol):
    """What the scheduler asks of llama.cpp; see engine/llama.py."""

    @property
    def settings(self) -> Limits: ...
    @property
    def description(self) -> str: ...
    def tokenize(self, request: Request) -> list[int]: ...
    def piece(self, token: int) -> bytes: ...
    def ends(self, token: int) -> bool: ...
    def copy(self, source: int, target: int, length: int) -> None: ...
    def cut(self, sequence: int, length: int) -> None: ...
    def decode(self, rows: SequenceOf[tuple[int, int, int, bool]]) -> bool: ...
    def logits(self, row: int) -> NDArray[np.float32]: ...
    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class Sequence:
    """A request in the KV cache: `tokens` are the prompt and the answer so far, of which `decoded` are in cells."""

    ticket: int
    request: Request
    tokens: list[int]
    prompt: int
    id: int = -1
    decoded: int = 0
    shared: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)
    """Which cells it holds, in order: (run, tokens held of it). Sequences that share a prefix name the same runs."""
    text: bytearray = field(default_factory=bytearray)
    rng: np.random.Generator | None = None
    started: float = 0.0

    @property
    def outputs(self) -> int:
        return len(self.tokens) - self.prompt

    @property
    def still_needs(self) -> int:
        """Cells that it may yet take: the rest of its prompt and of its longest answer."""
        return self.prompt + self.request.max_tokens - self.decoded


def common_prefix(a: SequenceOf[int], b: SequenceOf[int]) -> int:
    """Length of the longest common beginning of two token lists."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


def loops(tokens: SequenceOf[int]) -> bool:
    """Whether an answer ends in a stretch of up to 48 tokens said four times over (at least 24 tokens in all)."""
    for period in range(1, 49):
        length = max(4 * period, 24)
        if length > len(tokens):
            return False
        if tokens[-length:-period] == tokens[-length + period :]:
            return True
    return False


def sample(logits: NDArray[np.float32], sampling: Sampling, rng: np.random.Generator | None) -> int:
    """The next token. Never sorts the vocabulary: top-k is a partition, and only those k are sorted."""
    if sampling.temperature <= 0 or rng is None:
        return int(np.argmax(logits))
    k = min(sampling.top_k or len(logits), len(logits))
    best = np.argpartition(logits, -k)[-k:]
    best = best[np.argsort(-logits[best], kind="stable")]
    weights = np.exp((logits[best] - logits[best[0]]).astype(np.float64) / sampling.temperature)
    weights /= weights.sum()
    nucleus = int(np.searchsorted(np.cumsum(weights), sampling.top_p)) + 1
    weights = weights[:nucleus] / weights[:nucleus].sum()
    return int(rng.choice(best[:nucleus], p=weights))


class Scheduler:
    """The engine of one model. `submit` queues, `step` decodes once and returns what ended."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limits = backend.settings
        self._waiting: deque[Sequence] = deque()
        self._active: list[Sequence] = []
        self._kept: list[Sequence] = []  # least recently useful first
        self._free = list(range(self._limits.slots + self._limits.kept))
        self._ended: list[tuple[int, Completion]] = []
        self._tickets = itertools.count()
        self._runs = itertools.count()
        self.slots = self._limits.slots
        self.description = backend.description
        self.stats = Stats()

    def submit(self, request: Request, *, first: bool = False) -> int:
        ticket = next(self._tickets)
        tokens = self._backend.tokenize(request)
        if len(tokens) + request.max_tokens > self._limits.cells:
            detail = (
                f"the prompt has {len(tokens)} tokens and its answer up to {request.max_tokens}, "
                f"but the context holds {self._limits.cells}"
            )
            self._ended.append((ticket, Completion("", "refused", prompt_tokens=len(tokens), detail=detail)))
            return ticket
        sequence = Sequence(ticket, request, tokens, prompt=len(tokens))
        self._waiting.appendleft(sequence) if first else self._waiting.append(sequence)
        return ticket

    def step(self) -> list[tuple[int, Completion]]:
        began = time.perf_counter()
        self._admit()
        rows, wanting = self._rows()
        if rows:
            decoding = time.perf_counter()
            fits = self._backend.decode(rows)
            self.stats.decode_seconds += time.perf_counter() - decoding
            if fits:
                self._advance(rows)
                for row, sequence in wanting:
                    self._take(sequence, self._backend.logits(row))
            else:
                self._make_room()
        self.stats.step_seconds += time.perf_counter() - began
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        self._backend.close()

    # ------------------------------------------------------------ admission

    def _admit(self) -> None:
        """Start waiting requests in their order; one whose beginning is just being decoded lets others pass."""
        for sequence in list(self._waiting):
            if len(self._active) == self._limits.slots:
                return
            donor, shared = self._donor(sequence)
            if donor is not None and donor.decoded < shared:
                continue
            if not self._fits(sequence, donor, shared):
                if self._active:
                    return
                donor, shared = None, 0  # alone, it fits once nothing is kept
                while self._kept:
                    self._drop(self._kept[0])
            self._waiting.remove(sequence)
            self._start(sequence, donor, shared)

    def _donor(self, sequence: Sequence) -> tuple[Sequence | None, int]:
        """Who holds, or is about to hold, the longest beginning of this prompt; its last token is always decoded."""
        best: Sequence | None = None
        longest = SHARE_AT_LEAST - 1
        for other in itertools.chain(self._active, self._kept):
            length = min(common_prefix(sequence.tokens, other.tokens[: other.prompt]), sequence.prompt - 1)
            if length > longest or (length == longest and best is not None and other.decoded > best.decoded):
                best, longest = other, length
        return best, longest if best is not None else 0

    def _fits(self, sequence: Sequence, donor: Sequence | None, shared: int) -> bool:
        """Whether all of it has room, after dropping kept prompts as far as that needs."""
        promised = sum(s.still_needs for s in self._active)
        need = sequence.still_needs - shared
        while self._cells() + promised + need > self._limits.cells:
            victim = next((k for k in self._kept if k is not donor), None)
            if victim is None:
                return False
            self._drop(victim)
        return True

    def _cells(self) -> int:
        """KV cells in use: each run counts once, as far as its longest holder goes."""
        runs: dict[int, int] = {}
        for sequence in itertools.chain(self._active, self._kept):
            for run, length in sequence.runs:
                runs[run] = max(runs.get(run, 0), length)
        return sum(runs.values())

    def _start(self, sequence: Sequence, donor: Sequence | None, shared: int) -> None:
        if not self._free:
            self._drop(next(k for k in self._kept if k is not donor))
        sequence.id = min(self._free)  # dense and low: llama.cpp walks the ids up to the highest in use
        self._free.remove(sequence.id)
        sequence.started = time.perf_counter()
        if sequence.request.sampling.temperature > 0:
            sequence.rng = np.random.default_rng(sequence.request.sampling.seed)
        if donor is not None and shared:
            self._backend.copy(donor.id, sequence.id, shared)
            sequence.runs = _first(donor.runs, shared)
            if donor in self._kept:
                self._kept.remove(donor)
                self._kept.append(donor)
        sequence.decoded = sequence.shared = shared
        sequence.runs.append((next(self._runs), 0))
        self._active.append(sequence)
        self.stats.prompt_tokens += sequence.prompt

    # ------------------------------------------------------------ one decode

    def _rows(self) -> tuple[list[tuple[int, int, int, bool]], list[tuple[int, Sequence]]]:
        """The batch as (token, position, sequence id, wants logits), answering sequences first."""
        rows: list[tuple[int, int, int, bool]] = []
        wanting: list[tuple[int, Sequence]] = []
        self._active.sort(key=lambda s: s.outputs == 0)
        for sequence in self._active:
            room = self._limits.batch - len(rows)
            if not room:
                break
            first = sequence.decoded
            last = min(len(sequence.tokens), first + room)
            for position in range(first, last):
                rows.append((sequence.tokens[position], position, sequence.id, position == len(sequence.tokens) - 1))
            if last == len(sequence.tokens):
                wanting.append((len(rows) - 1, sequence))
        return rows, wanting

    def _advance(self, rows: SequenceOf[tuple[int, int, int, bool]]) -> None:
        by_id = {s.id: s for s in self._active}
        for _, position, identity, _ in rows:
            sequence = by_id[identity]
            sequence.decoded += 1
            run, length = sequence.runs[-1]
            sequence.runs[-1] = (run, length + 1)
            self.stats.evaluated_tokens += position < sequence.prompt

    def _take(self, sequence: Sequence, logits: NDArray[np.float32]) -> None:
        """Sample one token for a sequence and end it where it should end."""
        request = sequence.request
        token = sample(logits, request.sampling, sequence.rng)
        self.stats.output_tokens += 1
        if self._backend.ends(token):
            self._finish(sequence, "stop", sequence.outputs + 1)
            return
        sequence.tokens.append(token)
        sequence.text += self._backend.piece(token)
        stops = [at for stop in request.stop if (at := sequence.text.find(stop.encode())) >= 0]
        if stops:
            del sequence.text[min(stops) :]
            self._finish(sequence, "stop", sequence.outputs)
            return
        if sequence.outputs >= request.max_tokens:
            self._finish(sequence, "length", sequence.outputs)
        elif sequence.outputs % LOOK_FOR_LOOPS == 0 and loops(sequence.tokens[sequence.prompt :]):
            self._finish(sequence, "repetition", sequence.outputs)

    def _finish(self, sequence: Sequence, reason: FinishReason, outputs: int) -> None:
        completion = Completion(
            # An answer cut at its limit may end inside a character.
            text=sequence.text.decode("utf-8", "ignore"),
            finish=reason,
            prompt_tokens=sequence.prompt,
            evaluated_tokens=sequence.prompt - sequence.shared,
            output_tokens=outputs,
            seconds=time.perf_counter() - sequence.started,
        )
        self._ended.append((sequence.ticket, completion))
        self._active.remove(sequence)
        self._backend.cut(sequence.id, sequence.prompt)
        del sequence.tokens[sequence.prompt :]
        sequence.decoded = sequence.prompt
        sequence.runs = _first(sequence.runs, sequence.prompt)
        self._kept.append(sequence)
        if len(self._kept) > self._limits.kept:
            self._drop(self._kept[0])

    # ------------------------------------------------------------ room

    def _drop(self, sequence: Sequence) -> None:
        self._kept.remove(sequence)
        self._release(sequence)

    def _release(self, sequence: Sequence) -> None:
        self._backend.cut(sequence.id, 0)
        self._free.append(sequence.id)

    def _make_room(self) -> None:
        """llama.cpp had no room after all: forget a kept prompt, or else send the newest request back to wait."""
        if self._kept:
            self._drop(self._kept[0])
            return
        if len(self._active) == 1:
            raise EngineFailed("llama.cpp has no room for a single request, against its own count; run again to go on")
        newest = max(self._active, key=lambda s: s.ticket)
        self._active.remove(newest)
        self._release(newest)
        self._waiting.appendleft(Sequence(newest.ticket, newest.request, newest.tokens[: newest.prompt], newest.prompt))


def _first(runs: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """The part of `runs` that covers the first `length` tokens."""
    held: list[tuple[int, int]] = []
    for run, size in runs:
        if length <= 0:
            break
        held.append((run, min(size, length)))
        length -= size
    return held
