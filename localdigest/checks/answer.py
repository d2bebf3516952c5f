"""What the engine said of its answer."""

from __future__ import annotations

from collections.abc import Iterator

from localdigest.checks.registry import ANY, NOTHING, Case, check


@check("refused", of=ANY, weight=NOTHING, order=10)
def refused(case: Case) -> Iterator[str]:
    """The engine did not answer, and why."""
    if case.finish == "refused":
        yield case.why or "the engine did not answer"


@check("cut", of=ANY, ask="unfinished", order=20)
def cut(case: Case) -> Iterator[str]:
    """The answer ended at its token limit."""
    if case.finish == "length":
        yield "the answer reached its token limit"


@check("empty", of=ANY, weight=NOTHING, ask="unfinished", order=30)
def empty(case: Case) -> Iterator[str]:
    """An answer without a word."""
    if case.finish != "refused" and not case.draft.strip():
        yield "no text"
