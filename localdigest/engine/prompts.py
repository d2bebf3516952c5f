"""The tree of prompts: what of it each slot holds, which waiting request goes where, and which states are kept.

The prompts that wait, run and are kept form a tree, and a beginning that any slot holds is copied, never decoded again.
A sequence of most models can be cut anywhere. That of a model with a recurrent state can not: there a beginning is of
use only where its state was kept just behind it, so states are kept where the prompts that are known branch. No I/O.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from localdigest.records import Request

SHARE_AT_LEAST = 2
"""Tokens. Copying a slot, or waiting for a beginning that is just being decoded, costs more than a single one does."""
WORTH_A_STATE = 12
"""Tokens that a kept state must save: keeping one takes as long as decoding a few."""
CANDIDATES = 16
"""Waiting requests that are looked at for one that overwrites nothing: a bound for the time that choosing takes."""

Tokens = NDArray[np.int32]


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
    stop: int = 0
    """Where its prompt's decoding pauses, for its state to be kept; 0: nowhere."""
    branches: list[int] = field(default_factory=list)
    """Lengths of the beginnings that it has in common with what the slots held when it was started."""
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


@dataclass(slots=True, eq=False)
class State:
    """What a recurrent model remembers of `tokens`, as the backend gave it."""

    tokens: Tokens
    data: object
    used: int
    begins: dict[int, bool] = field(default_factory=dict)
    """By ticket: whether a request's prompt begins with `tokens`."""


def common_prefix(a: Tokens, b: Tokens) -> int:
    size = min(len(a), len(b))
    if not size:
        return 0
    differs = a[:size] != b[:size]
    at = int(differs.argmax())
    return at if differs[at] else size


class Prompts:
    """`states` is how many may be kept at once; 0: sequences can be cut anywhere, and none is needed."""

    def __init__(self, states: int) -> None:
        self.waiting: list[Sequence] = []
        """Those to be first, then the others, each in order of submission."""
        self.slots: list[Slot] = []
        self.states: list[State] = []
        self._most = states
        self._common: NDArray[np.int32] = np.empty((0, 0), np.int32)
        """Waiting requests x slots: how many first tokens of the prompt the slot's `held` has too."""
        self._admissions = itertools.count(1)

    @property
    def active(self) -> list[Sequence]:
        """In the order of their slots."""
        return [slot.sequence for slot in self.slots if slot.sequence is not None]

    def open(self, slots: int) -> None:
        """New ones, which hold nothing."""
        self.slots = [Slot() for _ in range(slots)]
        self.states.clear()
        self._common = np.zeros((len(self.waiting), slots), np.int32)

    def queue(self, sequence: Sequence) -> None:
        place = bisect.bisect(
            self.waiting, (not sequence.first, sequence.ticket), key=lambda s: (not s.first, s.ticket)
        )
        self.waiting.insert(place, sequence)
        row = [self._shareable(sequence, slot.held) for slot in self.slots]
        self._common = np.insert(self._common, place, row, axis=0)

    def hold(self, place: int, tokens: Tokens, sequence: Sequence | None = None) -> None:
        self.slots[place].held, self.slots[place].sequence = tokens, sequence
        self._common[:, place] = [self._shareable(each, tokens) for each in self.waiting]

    @staticmethod
    def _shareable(sequence: Sequence, held: Tokens) -> int:
        """The last token of a prompt is always decoded, for its logits."""
        return min(common_prefix(sequence.prompt, held), max(0, len(sequence.prompt) - 1))

    # ------------------------------------------------------------ which next, and where

    def choose(self, fits: NDArray[np.bool_]) -> tuple[int, int] | None:
        """Which waiting request of those that fit to start next, and in which slot.

        Those to be first go first, then those of which most is decoded already: but rather one for which nothing is
        overwritten that others wait for. Not one whose beginning is just being decoded.
        """
        free = [place for place, slot in enumerate(self.slots) if slot.sequence is None]
        if not free or not fits.any():
            return None
        held = self._available()
        # What a free slot holds can be gone on with in place. Beginnings that hardly differ must not change the order.
        here, most = held[:, free].max(axis=1) // 32, held.max(axis=1)
        ready = np.flatnonzero(fits & (self._promised(held).max(axis=1) - most < SHARE_AT_LEAST))
        order = sorted(ready.tolist(), key=lambda i: (not self.waiting[i].first, -here[i], -(most[i] // 32)))
        best: tuple[int, int, int] | None = None
        for index in order[:CANDIDATES]:
            missed, place = self._place(index, held, free)
            if best is None or missed < best[0]:
                best = missed, index, place
            if best[0] < SHARE_AT_LEAST:
                break
        return best[1:] if best else None

    def start(self, index: int, place: int) -> tuple[Sequence, int, State | None]:
        """Take a waiting request to a slot: it, the slot with the longest beginning of it, and the state behind that.

        How long the beginning is stands in `shared` of the sequence; where that is 0 there is none.
        """
        row = self._available()[index]
        donor = int(row.argmax())
        sequence = self.waiting.pop(index)
        self._common = np.delete(self._common, index, axis=0)
        shared = int(row[donor])
        if place != donor and shared < SHARE_AT_LEAST:
            shared = 0
        now = next(self._admissions)
        state = None
        for each in self.states:
            if self._begins(each, sequence):
                each.used = now
                state = each if len(each.tokens) == shared else state
            each.begins.pop(sequence.ticket, None)
        sequence.slot, sequence.decoded, sequence.shared = place, shared, shared
        sequence.branches = [self._shareable(sequence, slot.held) for slot in self.slots]
        self.hold(place, sequence.prompt, sequence)
        self.slots[place].used = now
        if shared:
            self.slots[donor].used = now
        return sequence, donor, state

    def _available(self) -> NDArray[np.int32]:
        """Waiting requests x slots: how many first tokens of a prompt could be taken from a slot now."""
        held = np.minimum(self._common, np.array([slot.decoded for slot in self.slots], np.int32))
        if not self._most:
            return held
        best = np.zeros_like(held)
        for state in self.states:
            begins = np.array([self._begins(state, sequence) for sequence in self.waiting], bool)
            size = len(state.tokens)
            best = np.where(begins[:, None] & (held >= size), np.maximum(best, size), best)
        return best

    def _promised(self, available: NDArray[np.int32]) -> NDArray[np.int32]:
        """The same, once what is under way has been decoded."""
        if not self._most:
            return self._common
        promised = available.copy()
        for sequence in self.active:
            column = promised[:, sequence.slot]
            for stop in self.stops(sequence):
                np.maximum(column, stop, out=column, where=self._common[:, sequence.slot] >= stop)
        return promised

    def _place(self, index: int, held: NDArray[np.int32], free: SequenceOf[int]) -> tuple[int, int]:
        """The free slot whose content is missed least if this request takes it; of equals the one used longest ago.

        Missed are the tokens that those who wait would have to decode again.
        """
        prompt = self.waiting[index].prompt
        soon = np.array([self._shareable(other, prompt) for other in self.waiting], np.int32)
        soon[index] = len(prompt)

        def missed(place: int) -> int:
            elsewhere = np.maximum(np.delete(held, place, axis=1).max(axis=1, initial=0), soon)
            return int((held[:, place] - elsewhere).clip(0).sum())

        cost, _, _, place = min((missed(p), -int(held[index, p]), self.slots[p].used, p) for p in free)
        return cost, place

    # ------------------------------------------------------------ states of recurrent models

    def stops(self, sequence: Sequence) -> list[int]:
        """Lengths at which the state of a prompt that is being decoded is to be kept: where others branch off it."""
        if not self._most or sequence.outputs:
            return []
        kept = (len(state.tokens) for state in self.states if self._begins(state, sequence))
        last = max((size for size in kept if size <= sequence.decoded), default=0)
        lengths = np.concatenate([self._common[:, sequence.slot], np.array(sequence.branches, np.int32)])
        found: list[int] = []
        for stop in sorted({int(each) for each in lengths if each > max(sequence.decoded, last)}):
            if int((lengths >= stop).sum()) * (stop - last) >= WORTH_A_STATE:
                found.append(last := stop)
        return found

    def keep(self, sequence: Sequence, data: object) -> None:
        """Keep the state behind what is decoded of a prompt; of too many, the one goes that is needed least."""
        self.states.append(State(sequence.prompt[: sequence.decoded], data, next(self._admissions)))
        if len(self.states) > self._most:
            self.states.remove(min(self.states, key=lambda state: (self._loss(state), state.used)))

    def _loss(self, state: State) -> int:
        """Tokens that those who wait would have to decode again without this state."""
        size = len(state.tokens)
        if not any(slot.decoded >= size and common_prefix(slot.held, state.tokens) == size for slot in self.slots):
            return 0  # the rest of what belongs to it is gone
        others = [each for each in self.states if each is not state]
        lost = 0
        for sequence in self.waiting:
            if self._begins(state, sequence):
                lost += max(0, size - max((len(o.tokens) for o in others if self._begins(o, sequence)), default=0))
        return lost

    @staticmethod
    def _begins(state: State, sequence: Sequence) -> bool:
        known = state.begins.get(sequence.ticket)
        if known is None:
            size = len(state.tokens)
            known = size < len(sequence.prompt) and common_prefix(sequence.prompt, state.tokens) == size
            state.begins[sequence.ticket] = known
        return known
