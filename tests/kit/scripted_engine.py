"""An engine that answers at once what its requests alone decide, in a shuffled order. The one fake of the main path."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random

import msgspec

from localdigest import run, store
from localdigest.engine import Stats
from localdigest.flows.brief import find_models, load
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import contents
from localdigest.pages.contents import Planner
from localdigest.pages.publish import Published
from localdigest.records import Completion, Request
from localdigest.run import pace
from localdigest.run.events import Tell
from localdigest.workspace import config, lock
from tests.kit.places import SAMPLE, SAMPLE_DAY


def some_chinese(request: Request) -> Completion:
    """Twenty Han characters that hang on the request alone. Its numbers are missing: a round of repair follows."""
    seed = hashlib.sha256(repr(request.messages).encode()).digest()
    text = "".join(bytes((0xB0 + byte % 39, 0xA1 + byte % 94)).decode("gb2312") for byte in seed[:20]) + "。"
    return Completion(text, "stop", prompt_tokens=7, output_tokens=20, seconds=0.25)


class Scripted:
    """Implements engine.Engine. `order` shuffles which of the waiting requests end with a step, and how many."""

    description = "scripted"

    def __init__(
        self,
        answer: Callable[[Request], Completion] = some_chinese,
        order: int = 0,
        slots: int = 4,
        pause: float = 0.0,
    ) -> None:
        self.slots, self.stats = slots, Stats()
        self.submitted = 0
        self.waiting_at_step: list[int] = []
        self.closed = False
        self._answer, self._pause = answer, pause
        self._dice = Random(order)  # noqa: S311
        self._waiting: dict[int, Request] = {}

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        assert not self.closed
        self.submitted += 1
        new = {self.submitted: request}
        self._waiting = new | self._waiting if first else self._waiting | new
        return self.submitted

    def step(self) -> list[tuple[int, Completion]]:
        time.sleep(self._pause)
        active = list(self._waiting)[: self.slots]
        assert active, "stepped with nothing to do"
        self.waiting_at_step.append(self.waiting)
        ended = self._dice.sample(active, self._dice.randint(0, len(active)))
        return [(ticket, self._answer(self._waiting.pop(ticket))) for ticket in ended]

    def close(self) -> None:
        self.closed = True


def scripted(_model: ModelSpec) -> Scripted:
    """A `run.opener.Opener`."""
    return Scripted()


def whole_day(
    space: config.Workspace,
    engine: Scripted | None,
    *,
    day: date | None = SAMPLE_DAY,
    listing: Path = SAMPLE / "atom.xml",
    pdf_dir: Path | None = SAMPLE / "pdfs",
    tell: Tell = lambda _: None,
    deadline: datetime | None = None,
    clock: pace.Clock = pace.now,
    figures: bool = False,
) -> Published:
    """What the `run` command does. Without an engine, none may be opened. Few tests need the papers' figures."""
    if not figures:
        without = msgspec.structs.replace(space.config.page, figures="none")
        space = replace(space, config=msgspec.structs.replace(space.config, page=without))

    def open_engine(_model: ModelSpec) -> Scripted:
        assert engine is not None, "an engine was opened for nothing"
        return engine

    with lock.hold(space.root), store.Store(space.library) as library:
        agenda = run.collect(space, library, day, [listing], pdf_dir, tell)
        (page,) = run.make(space, library, agenda, find_models(space), open_engine, tell, deadline, clock)
        return page


def planner(space: config.Workspace, library: store.Store) -> Planner:
    """What the pages of a workspace hold and owe, with its configured model."""
    return contents.planner(space, library, load(space, find_models(space)))
