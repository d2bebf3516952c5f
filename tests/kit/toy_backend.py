"""A toy in place of llama.cpp, exact where the scheduler could go wrong: slots, positions, copies, room.

Its next token depends on all that a slot holds, by position; a wrong copy, cut or position changes every later token.
"""

from __future__ import annotations

import itertools
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from localdigest.engine.sampling import sample
from localdigest.records import Completion, FinishReason, Request

END = 0
PIECES = [
    b"",
    *(bytes([c]) for c in range(ord("a"), ord("z") + 1)),
    "中".encode(),
    "文".encode(),
    b"\n",
    b" - ",
    b".\n- ",
]
"""What each token stands for; some hold several characters, as a model's do."""


def logits_after(tokens: Sequence[int]) -> NDArray[np.float32]:
    """The toy model itself: any 32 numbers, fixed by the tokens so far."""
    seed = zlib.crc32(bytes(tokens))
    scores = np.random.default_rng(seed).standard_normal(len(PIECES)).astype(np.float32)
    scores[END] -= 0.5  # answers of a dozen tokens rather than of three
    return scores


def tokens_of(request: Request) -> list[int]:
    """Letters only: `a` is 1."""
    return [ord(c) - ord("a") + 1 for m in request.messages for c in m.text]


def alone(request: Request) -> Completion:
    """What the toy answers to a request that has it all to itself, computed without any scheduler."""
    tokens = tokens_of(request)
    prompt, text = len(tokens), b""
    rng = np.random.default_rng(request.sampling.seed) if request.sampling.temperature else None
    finish: FinishReason = "length"
    outputs = 0
    while outputs < request.max_tokens:
        token = sample(logits_after(tokens), request.sampling, rng)
        outputs += 1
        if token == END:
            finish = "stop"
            break
        tokens.append(token)
        text += PIECES[token]
        found = [at for stop in request.stop if (at := text.find(stop.encode())) >= 0]
        if found:
            finish, text = "stop", text[: min(found)]
            break
    return Completion(text.decode(), finish, prompt_tokens=prompt, output_tokens=outputs)


@dataclass
class Toy:
    """Implements scheduler.Backend. `refusals` are the numbers of the decodes (from 0) that find no room.

    Where only one slot holds tokens there is room, as in llama.cpp, unless `full`. With `states` it is a model with a
    recurrent state: what it says hangs on that, which can be kept and put back, but not cut.
    """

    slots: int = 4
    cells: int = 4096
    """Of all slots together."""
    longest: int = 2048
    batch: int = 64
    states: int = 0
    fills: bool = False
    crowd: int = 99
    """Slots with tokens, beyond which there is no room."""
    gpus: int = 0
    refusals: frozenset[int] = frozenset()
    full: bool = False
    description: str = "toy"
    decodes: int = 0
    reads: int = 0
    """Decodes of prompts."""
    passes: int = 0
    """Over the weights, for answers: llama.cpp takes one for each run of neighbouring slots."""
    fullest: int = 0
    """Most rows of one decode."""
    opened: list[tuple[int, int]] = field(default_factory=list)
    """Slots and their length, of each context."""
    closed: bool = False

    def __post_init__(self) -> None:
        self.ubatch = self.batch
        self._held: list[list[int]] = []
        self._remembered: list[list[int]] = []
        self._logits: dict[int, NDArray[np.float32]] = {}

    def room(self, length: int) -> int:
        return max(1, min(self.slots, self.cells // length))

    def open(self, length: int) -> int:
        assert length <= self.longest
        slots = self.room(length)
        self.opened.append((slots, length))
        self._held = [[] for _ in range(slots)]
        self._remembered = [[] for _ in range(slots)]
        return slots

    def tokenize(self, request: Request) -> list[int]:
        return tokens_of(request)

    def piece(self, token: int) -> bytes:
        return PIECES[token]

    def ends(self, token: int) -> bool:
        return token == END

    def save(self, slot: int) -> object:
        assert self.states
        return tuple(self._remembered[slot])

    def copy(self, source: int, target: int, length: int, state: object = None) -> None:
        assert source != target
        assert 0 < length <= len(self._held[source]), "what is not decoded yet cannot be shared"
        self._held[target], self._remembered[target] = self._held[source].copy(), self._remembered[source].copy()
        self.cut(target, length, state)

    def cut(self, slot: int, length: int, state: object = None) -> None:
        assert length <= len(self._held[slot])
        del self._held[slot][length:]
        if state is not None or not length:
            self._remembered[slot] = list(state or ())  # type: ignore[call-overload]
        if self.states:
            assert self._remembered[slot] == self._held[slot], "a recurrent state cannot be cut"

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> bool:
        assert 0 < len(rows) <= self.batch
        self.decodes += 1
        self._logits = {}
        slots = [slot for _, _, slot, _ in rows]
        assert slots == sorted(slots), "llama.cpp joins neighbours only where they come in order"
        holding = {slot for slot, held in enumerate(self._held) if held} | set(slots)
        crowded = len(holding) > self.crowd
        if self.full or crowded or (self.decodes - 1 in self.refusals and len(holding) > 1):
            return False
        for number, (token, position, slot, wants) in enumerate(rows):
            held = self._held[slot]
            assert position == len(held), "a position is decoded twice, or too early"
            held.append(token)
            self._remembered[slot].append(token)
            assert len(held) <= self.opened[-1][1], "a slot has overflowed"
            if wants:
                self._logits[number] = logits_after(self._remembered[slot] if self.states else held)
        counts = Counter(slots)
        (size,) = set(counts.values())  # alike: else llama.cpp takes what is left in passes of its own
        runs = 1 + sum(b - a > 1 for a, b in itertools.pairwise(counts))
        if any(wants for *_, wants in rows) and size == 1:
            self.passes += runs
        else:
            assert runs == 1
            self.reads += 1
        if self.fills and size > 1:
            wanting = sum(wants for *_, wants in rows)
            assert size % 8 == 0
            assert not wanting or (wanting >= 8 and wanting % 4 == 0)
        elif self.fills:
            assert runs == 1
            few = len(rows) <= 4  # which are left as they are
            assert few or len(rows) == len(self._held) or (len(rows) >= 8 and len(rows) % 4 == 0)
        self.fullest = max(self.fullest, len(rows))
        return True

    def logits(self, row: int) -> NDArray[np.float32]:
        return self._logits[row]

    def close(self) -> None:
        self.closed = True


def two_gpus() -> Toy:
    return Toy(gpus=2)
