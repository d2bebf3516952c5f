"""A toy in place of llama.cpp, exact where the scheduler could go wrong: cells, positions, sequences, room.

Its next token depends on all the cells that a sequence sees, by position; a wrong copy, cut or position changes every
later token. Cells are counted as a unified KV cache counts them: one that several sequences share is one.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from localdigest.engine.scheduler import sample
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


@dataclass(frozen=True)
class Limits:
    slots: int = 4
    kept: int = 4
    cells: int = 2000
    batch: int = 64


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


@dataclass(eq=False)
class Cell:
    token: int
    position: int
    sequences: set[int]


@dataclass
class Toy:
    """Implements scheduler.Backend. `refusals` are the numbers of the decodes (from 0) that find no room.

    Where only one sequence holds cells there is room, as in llama.cpp, unless `full`.
    """

    settings: Limits = field(default_factory=Limits)
    refusals: frozenset[int] = frozenset()
    full: bool = False
    description: str = "toy"
    most_cells: int = 0
    decodes: int = 0
    fullest: int = 0
    """Most rows of one decode."""
    closed: bool = False

    def __post_init__(self) -> None:
        self._cells: list[Cell] = []
        self._logits: dict[int, NDArray[np.float32]] = {}

    def _held(self, sequence: int) -> list[Cell]:
        assert 0 <= sequence < self.settings.slots + self.settings.kept, "a sequence beyond n_seq_max"
        held = sorted((c for c in self._cells if sequence in c.sequences), key=lambda c: c.position)
        assert [c.position for c in held] == list(range(len(held))), "positions have a gap"
        return held

    def tokenize(self, request: Request) -> list[int]:
        return tokens_of(request)

    def piece(self, token: int) -> bytes:
        return PIECES[token]

    def ends(self, token: int) -> bool:
        return token == END

    def copy(self, source: int, target: int, length: int) -> None:
        held = self._held(source)
        assert not self._held(target), "the target of a copy must be empty"
        assert 0 < length <= len(held), "what is not decoded yet cannot be shared"
        for cell in held[:length]:
            cell.sequences.add(target)

    def cut(self, sequence: int, length: int) -> None:
        for cell in self._held(sequence)[length:]:
            cell.sequences.discard(sequence)
        self._cells = [c for c in self._cells if c.sequences]

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> bool:
        assert 0 < len(rows) <= self.settings.batch
        self.decodes += 1
        self._logits = {}
        holders = {sequence for _, _, sequence, _ in rows}.union(*(c.sequences for c in self._cells))
        if self.full or (self.decodes - 1 in self.refusals and len(holders) > 1):
            return False
        for number, (token, position, sequence, wants) in enumerate(rows):
            held = self._held(sequence)
            assert position == len(held), "a position is decoded twice, or too early"
            self._cells.append(Cell(token, position, {sequence}))
            if wants:
                self._logits[number] = logits_after([*(c.token for c in held), token])
        self.most_cells = max(self.most_cells, len(self._cells))
        assert self.most_cells <= self.settings.cells, "more cells than the context has"
        self.fullest = max(self.fullest, len(rows))
        return True

    def logits(self, row: int) -> NDArray[np.float32]:
        return self._logits[row]

    def close(self) -> None:
        self.closed = True
