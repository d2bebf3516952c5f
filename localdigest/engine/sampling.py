"""Choosing the next token, and noticing that an answer has begun to go in circles. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from localdigest.records import Sampling

LOOK_FOR_LOOPS = 16
"""Tokens between looks: a loop goes on to the limit, so it need not be caught at once."""


def loops(tokens: Sequence[int]) -> bool:
    """Whether an answer ends in a stretch of up to 48 tokens said four times over (at least 24 tokens in all)."""
    for period in range(1, 49):
        length = max(4 * period, 24)
        if length > len(tokens):
            return False
        if tokens[-length:-period] == tokens[-length + period :]:
            return True
    return False


LEAST_LIKELY = 5
"""Tokens that an answer's confidence is the mean of: where a model guesses, it does so in few places."""


def log_probability(logits: NDArray[np.float32], token: int) -> float:
    """Natural logarithm of a token's probability at temperature 1."""
    highest = logits.max()
    return float(logits[token] - highest - np.log(np.exp(logits - highest).sum()))


def confidence(log_probabilities: Sequence[float]) -> float | None:
    """Mean of the least likely tokens of an answer; None where it has none."""
    least = sorted(log_probabilities)[:LEAST_LIKELY]
    return sum(least) / len(least) if least else None


def sample(
    logits: NDArray[np.float32], sampling: Sampling, rng: np.random.Generator | None, written: Sequence[int] = ()
) -> int:
    """The next token, `written` being those of the answer so far. Never sorts the vocabulary: top-k is a partition,
    and only those k are sorted."""
    if sampling.presence_penalty and written:
        logits = logits.copy()  # the model's own are asked for confidence
        logits[list(set(written))] -= sampling.presence_penalty
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
