"""Answers of the engine in tokens, and whether two of them part only where two tokens were nearly as good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from localdigest.engine.llama import LlamaBackend
from localdigest.engine.prompts import Sequence as Running
from localdigest.engine.scheduler import Scheduler
from localdigest.records import Completion, FinishReason, Request


class Recording(Scheduler):
    """Keeps the tokens of each answer."""

    def __init__(self, backend: LlamaBackend) -> None:
        super().__init__(backend)
        self.answers: dict[int, list[int]] = {}

    def _finish(self, sequence: Running, reason: FinishReason, outputs: int) -> None:
        self.answers[sequence.ticket] = sequence.tokens[len(sequence.prompt) :]
        super()._finish(sequence, reason, outputs)


def run(engine: Scheduler, requests: Sequence[Request]) -> list[Completion]:
    tickets = [engine.submit(request) for request in requests]
    answers: dict[int, Completion] = {}
    while len(answers) < len(tickets):
        answers.update(engine.step())
    return [answers[ticket] for ticket in tickets]


def own_answer(llama: object, tokens: list[int], count: int, ends: tuple[int, ...]) -> list[int]:
    """The tokens of `Llama`'s greedy answer to `tokens`, at most `count`, from an empty cache."""
    llama.reset()  # type: ignore[attr-defined]
    generated: Iterator[int] = llama.generate(tokens, top_k=1, temp=0.0, repeat_penalty=1.0)  # type: ignore[attr-defined]
    answer: list[int] = []
    for token in generated:
        answer.append(token)
        if token in ends or len(answer) == count:
            break
    return [token for token in answer if token not in ends]


def scores(backend: LlamaBackend, tokens: Sequence[int]) -> NDArray[np.float32]:
    """Logits after `tokens`, decoded with nothing else around."""
    backend.open(-(-len(tokens) // 256) * 256)
    rows = [(token, position, 0, position == len(tokens) - 1) for position, token in enumerate(tokens)]
    for at in range(0, len(rows), backend.batch):
        piece = rows[at : at + backend.batch]
        assert backend.decode(piece)
    return backend.logits(len(piece) - 1)


def gap(backend: LlamaBackend, tokens: Sequence[int], chosen: int) -> float:
    """How much worse than the best token `chosen` is after `tokens`, as logits."""
    logits = scores(backend, tokens)
    return float(logits.max() - logits[chosen])


def texts_part_at_a_tie(backend: LlamaBackend, request: Request, tokens: list[int], text: str, most: float) -> bool:
    """As below, where of the other answer only its text is known: the second best token was nearly as good there."""
    mine = b""
    for at, token in enumerate(tokens):
        mine += backend.piece(token)
        if not text.startswith(mine.decode("utf-8", "ignore")):
            second, best = np.sort(scores(backend, [*backend.tokenize(request), *tokens[:at]]))[-2:]
            print(f"another turn after {at} tokens")
            return bool(best - second < most)
    return True


def parts_at_a_tie(
    backend: LlamaBackend, request: Request, tokens: list[int], other: list[int], most: float = 1.0
) -> bool:
    """Whether two greedy answers are one, up to where a token was nearly as good: some processors round batches of
    other shapes differently. Cells, positions or states gone wrong would be off by many times this."""
    at = next((i for i, (a, b) in enumerate(zip(tokens, other, strict=False)) if a != b), None)
    if at is None:
        return True
    print(f"another turn after {at} tokens")
    return gap(backend, [*backend.tokenize(request), *tokens[:at]], other[at]) < most
