"""From a piece of work to its flow, and from what the flow ends with to the result that is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Semaphore, Timer
from typing import TypeVar

from localdigest import __version__, pdf
from localdigest.flows.brief import Brief
from localdigest.flows.cite import cite
from localdigest.flows.condense import explain
from localdigest.flows.translate import translate
from localdigest.messages import Notice, Reason
from localdigest.messages.errors import LocaldigestError
from localdigest.pages import plan
from localdigest.records import Paper, Provenance, Result, Translation
from localdigest.records.figures import Figure
from localdigest.records.reading import Document
from localdigest.run import figures
from localdigest.run.drive import Draft, Flow
from localdigest.run.events import Read, Tell

Reading = deque[tuple[plan.Work, "Future[figures.Illustrated]"]]
"""What is being read, in the order of the page."""
T = TypeVar("T")
PATIENCE = 15.0
"""Seconds that the engine, and a reader, may be kept from the next PDF: most are read in two."""
BESIDE = 2
"""PDFs that may take longer without keeping a reader from the next; more would take too much memory."""
AHEAD = 3
"""PDFs read before their turn by each reader, while the engine works; each is a few hundred KiB of text."""


def flows(
    due: Sequence[plan.Work],
    brief: Brief,
    tell: Tell = lambda _: None,
    readers: int = 1,
    folder: Path | None = None,
) -> Iterator[tuple[plan.Work, Flow | LocaldigestError]]:
    """A flow for each piece of work, in order; PDFs are read a few ahead, in child processes, `readers` at a time. One
    that takes long lets others go before it, so that a book among the papers costs them no more than PATIENCE.

    `tell` hears of each PDF that has been read, or is known not to be had; its figures are kept in `folder`.
    """
    pool, lanes = ThreadPoolExecutor(AHEAD * readers), Lanes(readers)
    try:
        explained = [work for work in due if work.pdf is not None]
        reading: Reading = deque()
        unread = iter(explained)

        def read_ahead() -> None:
            while len(reading) < AHEAD * readers and (work := next(unread, None)) is not None and work.pdf is not None:
                read = pool.submit(lanes.run, figures.read, work.pdf.path, work.pdf.sha256, work.paper, folder)
                reading.append((work, read))

        read_ahead()
        for work in due:
            if work.task == "translate":
                yield work, translate(work.paper, brief.means("translate", work.paper), brief.title)
                continue
            work, read = next_read(reading)
            try:
                flow: Flow | LocaldigestError = explaining(work.paper, *read.result(), brief)
            except LocaldigestError as error:
                flow = error
            tell(Read(work.paper.id, len(explained)))
            yield work, flow
            read_ahead()
    finally:
        lanes.closed = True
        pool.shutdown(wait=False, cancel_futures=True)  # at a deadline the page must not wait for a PDF


class Lanes:
    """Who reads at a time: `count`, and beside them BESIDE that have taken longer than `patience` seconds."""

    def __init__(self, count: int, patience: float = PATIENCE) -> None:
        self._lane, self._beside, self._patience = Semaphore(count), Semaphore(BESIDE), patience
        self.closed = False
        """Whoever still waits for a lane is to give up."""

    def run(self, read: Callable[..., T], *arguments: object) -> T:
        """Waits for a lane. Whoever takes long leaves it to the next, where there is room beside."""
        self._lane.acquire()
        if self.closed:
            self._lane.release()
            raise CancelledError
        lane, aside = [self._lane], list[Semaphore]()  # what is to be given back: taken from a list by one thread only

        def step_aside() -> None:
            if self._beside.acquire(blocking=False):
                aside.append(self._beside)
                lane.pop().release()

        timer = Timer(self._patience, step_aside)
        timer.daemon = True
        timer.start()
        try:
            return read(*arguments)
        finally:
            timer.cancel()
            timer.join()
            for held in (*lane, *aside):
                held.release()


def next_read(reading: Reading, patience: float = PATIENCE) -> tuple[plan.Work, Future[figures.Illustrated]]:
    """Takes out the first in order; where that is not read within `patience` seconds, the first that is."""
    if not wait([reading[0][1]], patience).done:
        reading.rotate(-1)
        wait([read for _, read in reading], return_when=FIRST_COMPLETED)
    found = next(each for each in reading if each[1].done())
    reading.remove(found)
    return found


def explaining(paper: Paper, document: Document, drawn: Sequence[Figure], brief: Brief) -> Flow:
    """The flow that explains a paper, as this model can, from the sentences that were surely read as they stand; with
    the captions of the figures that are shown, `drawn`."""
    means = brief.means("explain", paper, document)
    if part := brief.part:
        return cite(paper, document, part, means, brief.lengths, drawn)
    return explain(paper, document, means, brief.lengths, drawn)


def result(work: plan.Work, outcome: Draft | Exception, brief: Brief, engine: str) -> Result:
    """What is stored of a flow that ended with `outcome`; `engine` describes what it ran on."""
    about = (work.paper.id, work.paper.version, work.task, work.language)
    if isinstance(outcome, pdf.PdfUnreadable):
        return Result(*about, "failed", Reason(f"pdf-{outcome.reason}", outcome.notice))
    if isinstance(outcome, LocaldigestError):
        return Result(*about, "failed", Reason("error", outcome.notice))
    if isinstance(outcome, Exception):
        defect = Notice("a defect in localdigest ({kind}): {error}", type(outcome).__name__, outcome)
        return Result(*about, "failed", Reason("error", defect))
    draft, usage = outcome
    model = brief.roles[work.task].model
    provenance = Provenance(
        model=model.name,
        model_sha256=model.sha256,
        prompt=brief.fingerprint(work.task),
        sampling=model.sampling,
        prompt_tokens=usage.prompt_tokens,
        output_tokens=usage.output_tokens,
        seconds=round(usage.seconds, 2),
        localdigest=__version__,
        engine=engine,
        evaluated_tokens=usage.evaluated_tokens,
    )
    if isinstance(draft, Translation):
        if not draft.text.strip():
            return Result(*about, "failed", Reason("empty", Notice("the model wrote nothing")))
        return Result(*about, "done", translation=draft, provenance=provenance)
    if not any(part.points for part in draft.parts):
        return Result(*about, "failed", Reason("empty", Notice("nothing in the PDF could be explained")))
    return Result(*about, "done", breakdown=draft, provenance=provenance)
