"""Continuous batching over one context: admit, decode, sample, finish, and again.

A step decodes pieces of the prompts that are not read to their end or, where all are, one token for every sequence.
The context is divided into slots of equal length, one sequence each; a slot keeps what was decoded in it until another
request needs the room (`prompts.py`). A request is admitted only to a slot that is long enough for its longest answer.

No answer depends on its company, so that an interrupted run ends in the words of one that was not (docs/safety.md).
llama.cpp rounds alike in all of it but where a token is the only one of its sequence in a pass, or where a pass has few
rows or, beyond full fours, a rest. So answers and prompts share no decode, an answer's tokens, which came singly, are
not shared, and passes are filled up: prompts with tokens that are forgotten at once, answers with those of idle slots.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from collections.abc import Sequence as SequenceOf
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from localdigest.engine import Stats
from localdigest.engine.prompts import Prompts, Sequence
from localdigest.engine.sampling import LOOK_FOR_LOOPS, confidence, log_probability, loops, sample
from localdigest.messages.errors import EngineFailed
from localdigest.records import Completion, FinishReason, Request

FOUR = 4
"""Rows that llama.cpp's kernels take together."""
LEAST = 8
"""Rows from which on, in full fours, every row is rounded alike; with fewer, other kernels are chosen."""
PACE = 16
"""Rows from which on a decode takes as long as it has rows; one of fewer takes up to as long as one of these."""
FILLER = 0
"""The token of rows whose results are thrown away."""

Row = tuple[int, int, int, bool]
"""Token, position, slot, and whether its logits are wanted."""


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
    states: int
    """Of a recurrent model: how many states may be kept. 0: a sequence can be cut anywhere."""
    fills: bool
    """Whether passes are to be filled up, so that no answer depends on its company."""
    gpus: int
    """GPUs with room for all of the model, used or not."""
    description: str

    def tokenize(self, request: Request) -> list[int]: ...
    def piece(self, token: int) -> bytes: ...
    def ends(self, token: int) -> bool: ...
    def room(self, length: int) -> int: ...
    def open(self, length: int) -> int: ...
    def save(self, slot: int) -> object: ...
    def copy(self, source: int, target: int, length: int, state: object = None) -> None: ...
    def cut(self, slot: int, length: int, state: object = None) -> None: ...
    def decode(self, rows: SequenceOf[Row]) -> bool: ...
    def logits(self, row: int) -> NDArray[np.float32]: ...
    def close(self) -> None: ...


def slot_length(tokens: int) -> int:
    """The length of the slots that a request of `tokens` asks for: 512, 1024, 1536, 2048, 3072, 4096, 6144, ...

    Few lengths, so that requests of much the same size run together.
    """
    size = 512
    while tokens > size:
        size += max(512, 1 << (size.bit_length() - 2))
    return size


def pieces(left: SequenceOf[int], room: int, step: int = 1) -> list[int]:
    """How many rows of each prompt, of which so many tokens are `left`, to decode now in `room` rows: multiples of
    `step`, 0 for some.

    All that are not 0 are alike: llama.cpp takes as many tokens of each as the shortest has, and then the rest in
    passes of their own. Of the sizes that there are, the one that fills the most rows.
    """
    whole = [-(-tokens // step) * step for tokens in left]
    best, chosen = 0, 0
    for size in sorted(set(whole)):
        count = sum(each >= size for each in whole)
        share = min(size, max(room // count // step, 1) * step)
        if (rows := min(count, room // share) * share) >= best:
            best, chosen = rows, share
    sizes = []
    for each in whole:
        sizes.append(chosen if each >= chosen <= room else 0)
        room -= sizes[-1]
    return sizes


def _filled(rows: int) -> int:
    return max(LEAST, -(-rows // FOUR) * FOUR)


class Scheduler:
    """The engine of one model. `submit` queues, `step` decodes once and returns what ended."""

    def __init__(self, backend: Backend, beginning: Callable[[int], None] = lambda rows: None) -> None:
        """`beginning` is called before each decode with its number of rows."""
        self._backend, self._beginning = backend, beginning
        self._prompts = Prompts(backend.states)
        self._length = 0
        self._crowd = backend.slots
        """Sequences that may run at once: fewer, for a while, once llama.cpp had no room."""
        self._ended: list[tuple[int, Completion]] = []
        self._tickets = itertools.count()
        self._step = LEAST if backend.fills else 1
        self.slots = backend.slots
        self.description = backend.description
        self.stats = Stats()
        self.pace = 0.0
        """Seconds that a row took at most, in a decode of PACE rows or more; smaller ones count as one of these."""

    def submit(self, request: Request, *, first: bool = False) -> int:
        ticket = next(self._tickets)
        tokens = self._backend.tokenize(request)
        need, longest = len(tokens) + max(request.max_tokens, self._step - 1), self._backend.longest
        if need > longest:
            most = f"{len(tokens)} tokens and its answer up to {request.max_tokens}"
            detail = f"the prompt has {most}, but there is room for {longest}"
            self._ended.append((ticket, Completion("", "refused", prompt_tokens=len(tokens), detail=detail)))
        else:
            length = min(slot_length(need), longest)
            self._prompts.queue(Sequence(ticket, request, tokens, first, np.array(tokens, np.int32), length))
        return ticket

    def step(self) -> list[tuple[int, Completion]]:
        began = time.perf_counter()
        self._admit()
        self._close_gaps()
        rows = self._reading() or self._answering()
        if rows:
            self._beginning(len(rows))
            decoding = time.perf_counter()
            fits = self._backend.decode(rows)
            seconds = time.perf_counter() - decoding
            self.stats.decode_seconds += seconds
            self.pace = max(self.pace, seconds / max(len(rows), PACE))
            if fits:
                self._advance(rows)
            else:
                self._make_room()
        self.stats.step_seconds += time.perf_counter() - began
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        self._backend.close()

    # ------------------------------------------------------------ admission

    def _admit(self) -> None:
        prompts = self._prompts
        if prompts.waiting and not prompts.active:
            self._reshape()
        while prompts.waiting and len(prompts.active) < self._crowd:
            # A request that needs longer slots waits; and once none needs slots as long as these, they run empty to be
            # exchanged for more of them.
            fits = np.array([sequence.length <= self._length for sequence in prompts.waiting])
            if len(prompts.slots) < self._backend.slots:
                fits &= any(sequence.length == self._length for sequence in (*prompts.waiting, *prompts.active))
            if not (choice := prompts.choose(fits)):
                break
            self._start(*choice)

    def _reshape(self) -> None:
        """Slots as the first waiting request needs them: longer ones are fewer.

        Longer than that, where others need it and there is room for as many: they are exchanged less often.
        """
        first, most = self._prompts.waiting[0].length, self._backend.slots
        longer = {sequence.length for sequence in self._prompts.waiting}
        length = max([first, *(each for each in longer if self._backend.room(each) >= most)])
        if first > self._length or (length != self._length and len(self._prompts.slots) < most):
            self._length = length
            self._prompts.open(self._backend.open(length))

    def _start(self, index: int, place: int) -> None:
        """Begin a waiting request in a free slot, with as much of its prompt as some slot has decoded."""
        sequence, donor, state = self._prompts.start(index, place)
        data = state.data if state else None
        if sequence.shared and donor != place:
            self._backend.copy(donor, place, sequence.shared, data)
        else:
            self._backend.cut(place, sequence.shared, data)
        sequence.started = time.perf_counter()
        if sequence.request.sampling.temperature > 0:
            sequence.rng = np.random.default_rng(sequence.request.sampling.seed)

    def _close_gaps(self) -> None:
        """llama.cpp decodes neighbouring slots in one pass over the weights: move the last ones into the gaps."""
        prompts, active = self._prompts, self._prompts.active
        while active and active[-1].slot - active[0].slot >= len(active):
            sequence, start = active[-1], active[0].slot
            old = sequence.slot
            place = next(p for p in range(start, old) if prompts.slots[p].sequence is None)
            if sequence.decoded:
                self._backend.copy(old, place, sequence.decoded)
            else:
                self._backend.cut(place, 0)
            prompts.slots[place].used = prompts.slots[old].used
            self._leave(sequence, sequence.decoded)
            prompts.hold(place, sequence.prompt, sequence)
            sequence.slot = place
            active = prompts.active

    def _leave(self, sequence: Sequence, tokens: int) -> None:
        """Free a sequence's slot, which keeps so many `tokens` of its prompt."""
        held = sequence.prompt[:tokens]
        if not self._backend.states:
            self._backend.cut(sequence.slot, len(held))
        self._prompts.hold(sequence.slot, held)

    # ------------------------------------------------------------ one decode

    def _reading(self) -> list[Row]:
        """Rows of the prompts that are not read to their end. These go first: then all answers go on together."""
        reading = [sequence for sequence in self._prompts.active if not sequence.outputs]
        for sequence in reading:
            sequence.stop = next(iter(self._prompts.stops(sequence)), 0)
        left = [(sequence.stop or len(sequence.prompt)) - sequence.decoded for sequence in reading]
        sizes = pieces(left, min(self._backend.batch, self._backend.ubatch), self._step) if left else []
        # Only neighbours share a pass over the weights.
        runs: list[list[tuple[Sequence, int]]] = [[]]
        for sequence, size in zip(reading, sizes, strict=True):
            if size and runs[-1] and runs[-1][-1][0].slot + 1 != sequence.slot:
                runs.append([])
            if size:
                runs[-1].append((sequence, size))
        rows: list[Row] = []
        for sequence, size in max(runs, key=len):
            tokens, last = sequence.tokens, len(sequence.tokens) - 1
            for at in range(sequence.decoded, sequence.decoded + size):
                rows.append((tokens[at] if at <= last else FILLER, at, sequence.slot, at == last))
        wanting = sum(wants for *_, wants in rows)
        if wanting and self._backend.fills:  # the last layer is made for these rows alone
            others = [number for number, row in enumerate(rows) if not row[3]]
            for number in others[: _filled(wanting) - wanting]:
                rows[number] = (*rows[number][:3], True)
        return rows

    def _answering(self) -> list[Row]:
        """One row for each sequence, and for as many of the idle slots beside them as fill the pass up."""
        slots, active = self._prompts.slots, self._prompts.active
        rows = [(each.tokens[each.decoded], each.decoded, each.slot, True) for each in active]
        if len(rows) > FOUR and self._backend.fills:  # fewer, at a run's end, would take up to five times as long
            wanted = min(_filled(len(rows)), len(slots))
            first = max(0, min(rows[0][2], len(slots) - wanted))
            rows += [
                (FILLER, len(slot.held), place, True)
                for place, slot in enumerate(slots[first : first + wanted], first)
                if slot.sequence is None
            ]
            rows.sort(key=lambda row: row[2])
        return rows

    def _advance(self, rows: SequenceOf[Row]) -> None:
        """After a decode: count it, sample from it, and forget what only filled it up."""
        wanting: list[tuple[int, Sequence]] = []
        grown: dict[int, Sequence] = {}
        for number, (_, position, place, _) in enumerate(rows):
            sequence = self._prompts.slots[place].sequence
            if sequence is not None and position < len(sequence.tokens):
                sequence.decoded += 1
                self.stats.evaluated_tokens += position < len(sequence.prompt)
                grown[place] = sequence
                if position + 1 == len(sequence.tokens):
                    wanting.append((number, sequence))
            elif number + 1 == len(rows) or rows[number + 1][2] != place:
                self._backend.cut(place, self._prompts.slots[place].decoded)
        for sequence in grown.values():
            if sequence.decoded == sequence.stop:
                self._prompts.keep(sequence, self._backend.save(sequence.slot))
        for row, sequence in wanting:
            self._take(sequence, self._backend.logits(row))

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
        self._leave(sequence, len(sequence.prompt))
        self._crowd = self._backend.slots

    def _make_room(self) -> None:
        """llama.cpp had no room after all: forget what is kept, or else send the newest request back to wait."""
        prompts, active = self._prompts, self._prompts.active
        kept = [place for place, slot in enumerate(prompts.slots) if slot.sequence is None and len(slot.held)]
        for place in kept:
            self._empty(place)
        if kept:
            return
        if len(active) == 1:
            raise EngineFailed("llama.cpp has no room for a single request, against its own count; run again to go on")
        newest = max(active, key=lambda sequence: sequence.ticket)
        self._crowd = len(active) - 1  # until one of them has ended: else it would be back at once, and so on for ever
        self._empty(newest.slot)
        tokens = newest.prompt.tolist()
        prompts.queue(Sequence(newest.ticket, newest.request, tokens, newest.first, newest.prompt, newest.length))

    def _empty(self, place: int) -> None:
        self._backend.cut(place, 0)
        self._prompts.hold(place, np.empty(0, np.int32))
