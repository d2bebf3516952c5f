"""How far a run is and how long it will still take, from the pieces of text it asks its engine for. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from localdigest.records import Task
from localdigest.run.pace import EFFORT

WINDOW = 30.0
"""Seconds over which the rate is taken."""
SOON = 20.0
"""Seconds of work before anything is said of its end."""
PIECES: Mapping[Task, int] = {"translate": 8, "explain": 15}
"""Sentences of an abstract, bullets of a breakdown, before any has been seen."""
AFTER = 0.2
"""Share of a paper's time that is left when its first drafts are there: repairs, and its gist."""


@dataclass(slots=True)
class Course:
    due: Counter[Task] = field(default_factory=Counter)
    """Pieces of work: an abstract, a paper."""
    begun: Counter[Task] = field(default_factory=Counter)
    done: Counter[Task] = field(default_factory=Counter)
    asked: Counter[Task] = field(default_factory=Counter)
    """Sentences and bullets of what has begun."""
    answered: Counter[Task] = field(default_factory=Counter)
    began: float | None = None
    """When the engine was first asked; by whatever clock the caller has, in seconds."""
    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def count(self, task: Task, asked: int, answered: int, now: float) -> None:
        self.began = now if self.began is None else self.began
        self.begun[task] += asked > 0
        self.asked[task] += asked
        self.answered[task] += answered

    def total(self, task: Task) -> int:
        """Sentences or bullets in all: of what has begun as they are, of the rest as many each."""
        begun = self.begun[task]
        each = self.asked[task] / begun if begun else PIECES[task]
        return round(self.asked[task] + each * (self.due[task] - max(begun, self.done[task])))

    def left(self, now: float) -> float | None:
        """Seconds to go, at the pace of all of the run so far; None while that cannot be told."""
        if self.began is None or now - self.began < SOON:
            return None
        spent = sum(EFFORT[task] * count * self._share(task) for task, count in self.due.items())
        effort = sum(EFFORT[task] * count for task, count in self.due.items())
        return (now - self.began) / spent * (effort - spent) if spent else None

    def _share(self, task: Task) -> float:
        """How much of a task's work is done, 0 to 1."""
        pieces = self.answered[task] / max(self.total(task), 1)
        return (1 - AFTER) * min(pieces, 1) + AFTER * self.done[task] / self.due[task]

    def rate(self, tokens: int, now: float) -> float | None:
        """Tokens a second of late, told how many there have been by `now`; None before there are two such moments."""
        if not self._samples or now - self._samples[-1][0] >= 0.5:
            self._samples.append((now, tokens))
        while len(self._samples) > 2 and now - self._samples[1][0] >= WINDOW:
            self._samples.popleft()
        since, then = self._samples[0]
        return (tokens - then) / (now - since) if now > since else None
