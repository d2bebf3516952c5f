"""What a check is asked and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from localdigest.engine import Engine
from localdigest.engine.settings import Settings
from localdigest.messages import Notice
from localdigest.models.catalogue import ModelSpec
from localdigest.workspace.config import Workspace

State = Literal["well", "note", "wrong"]
"""`note`: it works, but not as well as it could, or nothing can be said."""


@dataclass(frozen=True, slots=True)
class Asked:
    space: Workspace
    there: bool
    """Whether there is a workspace; else `space` holds the defaults."""
    spec: ModelSpec
    settings: Settings
    opener: Callable[[Path, Settings], Engine]
    online: bool = False
    unknown: Notice | None = None
    """Why there is no model of the name that is configured; `spec` is then the default's."""
    others: tuple[tuple[ModelSpec, Settings], ...] = ()
    """Where another task has another model."""

    def each_model(self) -> Iterator[Asked]:
        yield self
        yield from (replace(self, spec=spec, settings=settings) for spec, settings in self.others)


@dataclass(frozen=True, slots=True)
class Found:
    state: State
    says: Notice | str
    mend: str = ""
    """What to do about it, where that is not in what it says."""

    @property
    def ok(self) -> bool:
        return self.state != "wrong"


def well(says: str) -> Found:
    return Found("well", says)


def note(says: str, mend: str = "") -> Found:
    return Found("note", says, mend)


def wrong(says: Notice | str, mend: str = "") -> Found:
    return Found("wrong", says, mend)
