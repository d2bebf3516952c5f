"""Continuous batching over one context: admit, decode, sample, finish, and again.

A step decodes pieces of the prompts that are not read to their end or, where all are, one token for every sequence.
The context is divided into slots of equal length, one sequence each; a slot keeps what was decoded in it until another
request needs the room. The prompts that wait, run and are kept form a tree, and a beginning that any slot holds is
copied, never decoded again. A request is admitted only to a slot that is long enough for its longest answer too.

No answer depends on its company, so that an interrupted run ends in the words of one that was not (docs/safety.md):
llama.cpp rounds alike in all of it but where a token is the only one of its sequence in a pass. So answers and prompts
share no decode, no piece of a prompt is or leaves one token, and an answer's tokens, which came singly, are not shared.
"""

from __future__ import annotations

import bisect
import itertools
import time
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from localdigest.engine import Stats
from localdigest.engine.sampling import LOOK_FOR_LOOPS, confidence, log_probability, loops, sample
from localdigest.errors import EngineFailed
from localdigest.records import Completion, FinishReason, Request

SHARE_AT_LEAST = 2
"""Tokens. Copying a slot, or waiting for a beginning that is just being decoded, costs more than a single one does."""

CANDIDATES = 16
"""Waiting requests that are looked at for one that overwrites nothing: a bound for the time that choosing takes."""

Tokens = NDArray[np.int32]


class Backend(Protocol):
    """What the scheduler asks of llama.cpp; see engine/llama.py."""

    slots: int
    """Most sequences at once."""
    longest: int
    """Most tokens of one sequence, alone if need be."""
    batch: int
    """Most rows of one decode; at least `slots`."""
    ubatch: int
    """Most rows of one pass over the weights; a decode of more is taken apart."""
    shares: bool
    """Whether a beginning of a sequence can be copied or kept: not in models with a recurrent state."""
    gpus: int
    """GPUs with room for all of the model, used or not."""
    description: str

    def tokenize(self, request: Request) -> list[int]: ...
    def piece(self, token: int) -> bytes: ...
    def ends(self, token: int) -> bool: ...
    def open(self, length: int) -> int: ...
    def copy(self, source: int, target: int, length: int) -> None: ...
    def cut(self, slot: int, length: int) -> None: ...
    def decode(self, rows: SequenceOf[tuple[int, int, int, bool]]) -> bool: ...
    def logits(self, row: int) -> NDArray[np.float32]: ...
    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class Sequence:
    """A request under way: `tokens` are the prompt and the answer so far, of which `decoded` are in the KV cache;
    `length` is that of the slots that it asks for, `likely` are the log probabilities of the answer's tokens."""

    ticket: int
    request: Request
    tokens: list[int]
    first: bool
    prompt: Tokens
    length: int
    slot: int = -1
    decoded: int = 0
    shared: int = 0
    text: bytearray = field(default_factory=bytearray)
    rng: np.random.Generator | None = None
    likely: list[float] = field(default_factory=list)
    started: float = 0.0

    @property
    def outputs(self) -> int:
        return len(self.tokens) - len(self.prompt)


@dataclass(slots=True, eq=False)
class Slot:
    """A place for one sequence. `held` is the prompt that is or was decoded in it, `used` the number of the admission
    that used it last."""

    held: Tokens = field(default_factory=lambda: np.empty(0, np.int32))
    sequence: Sequence | None = None
    used: int = 0

    @property
    def decoded(self) -> int:
        return len(self.held) if self.sequence is None else self.sequence.decoded


def slot_length(tokens: int) -> int:
    """The length of the slots that a request of `tokens` asks for: 512, 1024, 1536, 2048, 3072, 4096, 6144, ...

    Few lengths, so that requests of much the same size run together.
    """
    size = 512
    while tokens > size:
        size += max(512, 1 << (size.bit_length() - 2))
    return size


def common_prefix(a: Tokens, b: Tokens) -> int:
    size = min(len(a), len(b))
    if not size:
        return 0
    differs = a[:size] != b[:size]
    at = int(differs.argmax())
    return at if differs[at] else size


def pieces(left: SequenceOf[int], room: int) -> list[int]:
    """How many of the tokens that are `left` of each prompt to decode now, in `room` rows shared evenly; some none.

    No piece is, or leaves, one token, and no two differ by one: llama.cpp takes as many of each as the shortest has,
    and then the rest.
    """
    sizes: list[int] = []
    for place, tokens in enumerate(left):
        share = max(2, -(-room // (len(left) - place)))
        size = tokens if tokens <= min(room, max(share, 3)) else min(share, room, tokens - 2)
        together = all(size == other or (min(size, other) > 1 and abs(size - other) > 1) for other in sizes if other)
        sizes.append(size if together and (size > 1 or tokens == 1) else 0)
        room -= sizes[-1]
    if left and not any(sizes):  # fewer rows than two for anyone: rather rounded than never
        sizes[0] = 1
    return sizes


class Scheduler:
    """The engine of one model. `submit` queues, `step` decodes once and returns what ended."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._waiting: list[Sequence] = []  # those to be first, then the others, each in order of submission
        self._slots: list[Slot] = []
        self._length = 0
        self._common: NDArray[np.int32] = np.empty((0, 0), np.int32)
        """Waiting requests x slots: how many first tokens of the prompt the slot's `held` has too."""
        self._ended: list[tuple[int, Completion]] = []
        self._tickets = itertools.count()
        self._admissions = itertools.count(1)
        self.slots = backend.slots
        self.description = backend.description
        self.stats = Stats()

    def submit(self, request: Request, *, first: bool = False) -> int:
        ticket = next(self._tickets)
        tokens = self._backend.tokenize(request)
        need, longest = len(tokens) + request.max_tokens, self._backend.longest
        if need > longest:
            most = f"{len(tokens)} tokens and its answer up to {request.max_tokens}"
            detail = f"the prompt has {most}, but there is room for {longest}"
            self._ended.append((ticket, Completion("", "refused", prompt_tokens=len(tokens), detail=detail)))
        else:
            length = min(slot_length(need), longest)
            self._queue(Sequence(ticket, request, tokens, first, np.array(tokens, np.int32), length))
        return ticket

    def step(self) -> list[tuple[int, Completion]]:
        began = time.perf_counter()
        self._admit()
        self._close_gaps()
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

    @property
    def _active(self) -> list[Sequence]:
        """In the order of their slots."""
        return [slot.sequence for slot in self._slots if slot.sequence is not None]

    # ------------------------------------------------------------ the tree of prompts

    def _queue(self, sequence: Sequence) -> None:
        place = bisect.bisect(
            self._waiting, (not sequence.first, sequence.ticket), key=lambda s: (not s.first, s.ticket)
        )
        self._waiting.insert(place, sequence)
        row = [self._shareable(sequence, slot.held) for slot in self._slots]
        self._common = np.insert(self._common, place, row, axis=0)

    def _hold(self, place: int, tokens: Tokens) -> None:
        self._slots[place].held = tokens
        self._common[:, place] = [self._shareable(sequence, tokens) for sequence in self._waiting]

    def _shareable(self, sequence: Sequence, held: Tokens) -> int:
        """The last token of a prompt is always decoded, for its logits, and never as the only one."""
        most = max(0, len(sequence.prompt) - 2)
        return min(common_prefix(sequence.prompt, held), most) if self._backend.shares else 0

    # ------------------------------------------------------------ admission

    def _admit(self) -> None:
        if self._waiting and not self._active:
            self._reshape(self._waiting[0].length)
        while self._waiting and (choice := self._choose()):
            self._start(*choice)

    def _reshape(self, length: int) -> None:
        """Slots as the first waiting request needs them: longer ones are fewer."""
        if length > self._length or (length < self._length and len(self._slots) < self._backend.slots):
            self._length = length
            self._slots = [Slot() for _ in range(self._backend.open(self._length))]
            self._common = np.zeros((len(self._waiting), len(self._slots)), np.int32)

    def _choose(self) -> tuple[int, int] | None:
        """Which waiting request to start next, and in which slot.

        Those to be first go first, then those of which most is decoded already: but rather one for which nothing is
        overwritten that others wait for. Not one whose beginning is just being decoded, nor one that needs longer
        slots; and once no request needs slots as long as these, they run empty to be exchanged for more of them.
        """
        free = [place for place, slot in enumerate(self._slots) if slot.sequence is None]
        fits = np.array([sequence.length <= self._length for sequence in self._waiting])
        if len(self._slots) < self._backend.slots:
            fits &= any(sequence.length == self._length for sequence in (*self._waiting, *self._active))
        if not free:
            return None
        held = np.minimum(self._common, [slot.decoded for slot in self._slots])
        # What a free slot holds can be gone on with in place. Beginnings that hardly differ must not change the order.
        here, most = held[:, free].max(axis=1) // 32, held.max(axis=1)
        ready = np.flatnonzero(fits & (self._common.max(axis=1) - most < SHARE_AT_LEAST))
        order = sorted(ready.tolist(), key=lambda i: (not self._waiting[i].first, -here[i], -(most[i] // 32)))
        best: tuple[int, int, int] | None = None
        for index in order[:CANDIDATES]:
            missed, place = self._place(index, held, free)
            if best is None or missed < best[0]:
                best = missed, index, place
            if best[0] < SHARE_AT_LEAST:
                break
        return best[1:] if best else None

    def _place(self, index: int, held: NDArray[np.int32], free: SequenceOf[int]) -> tuple[int, int]:
        """The free slot whose content is missed least if this request takes it; of equals the one used longest ago.

        Missed are the tokens that those who wait would have to decode again.
        """
        prompt = self._waiting[index].prompt
        soon = np.array([self._shareable(other, prompt) for other in self._waiting], np.int32)
        soon[index] = len(prompt)

        def missed(place: int) -> int:
            elsewhere = np.maximum(np.delete(held, place, axis=1).max(axis=1, initial=0), soon)
            return int((held[:, place] - elsewhere).clip(0).sum())

        cost, _, _, place = min((missed(p), -int(held[index, p]), self._slots[p].used, p) for p in free)
        return cost, place

    def _start(self, index: int, place: int) -> None:
        """Begin a waiting request in a free slot, with as much of its prompt as some slot has decoded."""
        row = np.minimum(self._common[index], [slot.decoded for slot in self._slots])
        sequence = self._waiting.pop(index)
        self._common = np.delete(self._common, index, axis=0)
        donor = int(row.argmax())
        shared = int(row[donor])
        if place == donor:
            self._backend.cut(place, shared)
        elif shared >= SHARE_AT_LEAST:
            self._backend.copy(donor, place, shared)
        else:
            shared = 0
            self._backend.cut(place, 0)
        sequence.slot, sequence.decoded, sequence.shared = place, shared, shared
        sequence.started = time.perf_counter()
        if sequence.request.sampling.temperature > 0:
            sequence.rng = np.random.default_rng(sequence.request.sampling.seed)
        self._slots[place].sequence = sequence
        self._hold(place, sequence.prompt)
        self._slots[place].used = next(self._admissions)
        if shared:
            self._slots[donor].used = self._slots[place].used

    def _close_gaps(self) -> None:
        """llama.cpp decodes neighbouring slots in one pass over the weights: move the last ones into the gaps."""
        active = self._active if self._backend.shares else []
        while active and active[-1].slot - active[0].slot >= len(active):
            sequence, start = active[-1], active[0].slot
            place = next(p for p in range(start, sequence.slot) if self._slots[p].sequence is None)
            if sequence.decoded:
                self._backend.copy(sequence.slot, place, sequence.decoded)
            else:
                self._backend.cut(place, 0)
            left, taken = self._slots[sequence.slot], self._slots[place]
            left.sequence, taken.sequence, taken.used = None, sequence, left.used
            self._hold(sequence.slot, sequence.prompt[: sequence.decoded])
            self._hold(place, sequence.prompt)
            sequence.slot = place
            active = self._active

    # ------------------------------------------------------------ one decode

    def _rows(self) -> tuple[list[tuple[int, int, int, bool]], list[tuple[int, Sequence]]]:
        """The batch as (token, position, slot, wants logits), and which row's logits belong to which sequence.

        Prompts go first: then all answers go on together, in neighbouring slots and one pass over the weights.
        """
        active = self._active
        reading = [sequence for sequence in active if not sequence.outputs]
        left = [len(sequence.tokens) - sequence.decoded for sequence in reading]
        sizes = pieces(left, min(self._backend.batch, self._backend.ubatch))
        rows: list[tuple[int, int, int, bool]] = []
        wanting: list[tuple[int, Sequence]] = []
        for sequence, size in zip(reading, sizes, strict=True) if reading else ((each, 1) for each in active):
            last = sequence.decoded + size
            for position in range(sequence.decoded, last):
                rows.append((sequence.tokens[position], position, sequence.slot, position == len(sequence.tokens) - 1))
            if size and last == len(sequence.tokens):
                wanting.append((len(rows) - 1, sequence))
        return rows, wanting

    def _advance(self, rows: SequenceOf[tuple[int, int, int, bool]]) -> None:
        for _, position, place, _ in rows:
            sequence = self._slots[place].sequence
            assert sequence is not None
            sequence.decoded += 1
            self.stats.evaluated_tokens += position < len(sequence.prompt)

    def _take(self, sequence: Sequence, logits: NDArray[np.float32]) -> None:
        """Sample one token for a sequence and end it where it should end."""
        request = sequence.request
        token = sample(logits, request.sampling, sequence.rng, sequence.tokens[len(sequence.prompt) :])
        self.stats.output_tokens += 1
        if self._backend.ends(token):
            self._finish(sequence, "stop", sequence.outputs + 1)
            return
        sequence.tokens.append(token)
        sequence.likely.append(log_probability(logits, token))
        sequence.text += self._backend.piece(token)
        stops = [at for stop in request.stop if (at := sequence.text.find(stop.encode())) >= 0]
        if stops:
            del sequence.text[min(stops) :]
            self._finish(sequence, "stop", sequence.outputs)
        elif sequence.outputs >= request.max_tokens:
            self._finish(sequence, "length", sequence.outputs)
        elif sequence.outputs % LOOK_FOR_LOOPS == 0 and loops(sequence.tokens[len(sequence.prompt) :]):
            self._finish(sequence, "repetition", sequence.outputs)

    def _finish(self, sequence: Sequence, reason: FinishReason, outputs: int) -> None:
        completion = Completion(
            # An answer cut at its limit may end inside a character.
            text=sequence.text.decode("utf-8", "ignore"),
            finish=reason,
            prompt_tokens=len(sequence.prompt),
            evaluated_tokens=len(sequence.prompt) - sequence.shared,
            output_tokens=outputs,
            seconds=time.perf_counter() - sequence.started,
            confidence=confidence(sequence.likely),
        )
        self._ended.append((sequence.ticket, completion))
        self.stats.prompt_tokens += len(sequence.prompt)
        self._slots[sequence.slot].sequence = None
        self._hold(sequence.slot, sequence.prompt)

    def _make_room(self) -> None:
        """llama.cpp had no room after all: forget what is kept, or else send the newest request back to wait."""
        kept = [place for place, slot in enumerate(self._slots) if slot.sequence is None and len(slot.held)]
        for place in kept:
            self._empty(place)
        if kept:
            return
        active = self._active
        if len(active) == 1:
            raise EngineFailed("llama.cpp has no room for a single request, against its own count; run again to go on")
        newest = max(active, key=lambda sequence: sequence.ticket)
        self._empty(newest.slot)
        tokens = newest.prompt.tolist()
        self._queue(Sequence(newest.ticket, newest.request, tokens, newest.first, newest.prompt, newest.length))

    def _empty(self, place: int) -> None:
        self._backend.cut(place, 0)
        self._slots[place].sequence = None
        self._hold(place, np.empty(0, np.int32))
