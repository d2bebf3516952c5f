"""How often a greedy answer depends on its company: all requests together, then a few at a time.

    .venv/bin/python scripts/ties.py [MODEL NAME]

Prints for 13, 9, 5, 4 and 1 at a time how many answers differ and, where they part, how much worse the other token was
(difference of logits). A few at a time run down to one, so what ends last is decoded in passes that nobody fills up.
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

SENTENCES, TOKENS = 64, 64
SIZES = (13, 9, 5, 4, 1)


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
    texts = [s for r in jobs.abstracts() for s in r.messages[1].text.split(". ")[:8] if len(s) > 60][:SENTENCES]
    requests = [Request((Message("system", jobs.TRANSLATOR), Message("user", text)), TOKENS) for text in texts]
    company = together(backend, requests)
    tokens = sum(map(len, company))
    print(
        f"{spec.name}: {len(requests)} answers, {tokens} tokens, against those in company of {backend.slots}",
        flush=True,
    )
    for size in SIZES:
        few = [one for at in range(0, len(requests), size) for one in together(backend, requests[at : at + size])]
        gaps = []
        for request, a, b in zip(requests, few, company, strict=True):
            at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
            if at is not None:
                gaps.append(gap(backend, [*backend.tokenize(request), *a[:at]], a[at], b[at]))
        told = "; logits apart: " + ", ".join(f"{value:.3f}" for value in sorted(gaps)) if gaps else ""
        print(f"{size:2} at a time: {len(gaps)} differ{told}", flush=True)


if __name__ == "__main__":
    main()
