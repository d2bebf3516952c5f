"""How often a greedy answer depends on its company: each request alone, then all of them together.

    .venv/bin/python scripts/ties.py [MODEL NAME]

Prints how many answers differ and, where they part, how much worse the other token was (difference of logits).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from localdigest.bench import jobs
from localdigest.engine.llama import LlamaBackend
from localdigest.engine.prompts import Sequence as Running
from localdigest.engine.scheduler import Scheduler
from localdigest.models.catalogue import load_catalogue, locate, models_folder
from localdigest.records import FinishReason, Message, Request

SENTENCES, TOKENS = 32, 64


class Recording(Scheduler):
    """Keeps the tokens of each answer."""

    def __init__(self, backend: LlamaBackend) -> None:
        super().__init__(backend)
        self.answers: dict[int, list[int]] = {}

    def _finish(self, sequence: Running, reason: FinishReason, outputs: int) -> None:
        self.answers[sequence.ticket] = sequence.tokens[len(sequence.prompt) :]
        super()._finish(sequence, reason, outputs)


def together(backend: LlamaBackend, requests: Sequence[Request]) -> list[list[int]]:
    engine = Recording(backend)
    for request in requests:
        engine.submit(request)
    while len(engine.answers) < len(requests):
        engine.step()
    return [engine.answers[ticket] for ticket in range(len(requests))]


def gap(backend: LlamaBackend, tokens: Sequence[int], a: int, b: int) -> float:
    """How far the logits of two tokens lie apart after `tokens`, decoded alone."""
    backend.open(512)
    rows = [(token, position, 0, position == len(tokens) - 1) for position, token in enumerate(tokens)]
    backend.decode(rows)
    logits = backend.logits(len(rows) - 1)
    return float(abs(logits[a] - logits[b]))


def main() -> None:
    spec = load_catalogue().find(sys.argv[1] if len(sys.argv) > 1 else "qwen2.5-coder-0.5b")
    backend = LlamaBackend(locate(spec, models_folder()))
    texts = [s for r in jobs.abstracts() for s in r.messages[1].text.split(". ")[:3] if len(s) > 60][:SENTENCES]
    requests = [Request((Message("system", jobs.TRANSLATOR), Message("user", text)), TOKENS) for text in texts]
    alone = [together(backend, [request])[0] for request in requests]
    company = together(backend, requests)
    gaps = []
    for request, a, b in zip(requests, alone, company, strict=True):
        at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
        if at is not None:
            gaps.append(gap(backend, [*backend.tokenize(request), *a[:at]], a[at], b[at]))
    tokens = sum(map(len, alone))
    print(f"{spec.name}: {len(gaps)} of {len(requests)} answers ({tokens} tokens) differ in company of {backend.slots}")
    if gaps:
        print("difference of the logits where they part: " + ", ".join(f"{value:.3f}" for value in sorted(gaps)))


if __name__ == "__main__":
    main()
