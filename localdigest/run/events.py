"""What a run tells whoever watches it (see `progress`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from localdigest.engine import Stats
from localdigest.messages import Notice
from localdigest.pages.plan import Work
from localdigest.records import Result, Task


@dataclass(frozen=True, slots=True)
class Said:
    text: Notice | str


@dataclass(frozen=True, slots=True)
class Planned:
    """Due work by paper id and task, before any is done."""

    due: tuple[tuple[str, Task], ...]

    @classmethod
    def of(cls, works: Iterable[Work]) -> Planned:
        return cls(tuple((piece.paper.id, piece.task) for piece in works))


@dataclass(frozen=True, slots=True)
class Read:
    """The text of a paper's PDF is there, or is known not to be had; `total` PDFs in all are read."""

    paper_id: str
    total: int


@dataclass(frozen=True, slots=True)
class Stepped:
    stats: Stats


@dataclass(frozen=True, slots=True)
class Counted:
    """First drafts of a piece of work, its sentences or bullets: so many were asked for now, so many came."""

    task: Task
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Finished:
    result: Result


Event = Said | Planned | Read | Stepped | Counted | Finished
Tell = Callable[[Event], None]
