"""From a piece of work to its flow, and from what the flow ends with to the result that is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from localdigest import __version__, pdf
from localdigest.errors import LocaldigestError
from localdigest.flows.cite import cite
from localdigest.flows.condense import explain
from localdigest.flows.translate import translate
from localdigest.messages import Notice, Reason
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import plan
from localdigest.pages.contents import Texts
from localdigest.records import Document, Paper, Provenance, Result, Translation
from localdigest.run.drive import Draft, Flow
from localdigest.workspace.config import Config

AHEAD = 3
"""PDFs read before their turn by each reader, while the engine works; each is a few hundred KiB of text."""


def flows(
    due: Sequence[plan.Work], texts: Texts, spec: ModelSpec, conf: Config, readers: int = 1
) -> Iterator[tuple[plan.Work, Flow | LocaldigestError]]:
    """A flow for each piece of work, in order; PDFs are read a few ahead, in child processes, `readers` at a time."""
    means = {task: texts.means(task, spec.sampling, conf.quality) for task in texts.tasks}
    pool = ThreadPoolExecutor(readers)
    try:
        explained = [work for work in due if work.pdf is not None]
        reading: deque[Future[Document]] = deque()
        unread = iter(explained)

        def read_ahead() -> None:
            while len(reading) < AHEAD * readers and (work := next(unread, None)) is not None and work.pdf is not None:
                reading.append(pool.submit(pdf.read, work.pdf.path))

        read_ahead()
        for work in due:
            if work.task == "translate":
                yield work, translate(work.paper, means["translate"], texts.title)
                continue
            try:
                document = reading.popleft().result()
            except LocaldigestError as error:
                yield work, error
            else:
                yield work, explaining(work.paper, document, texts, spec, conf)
            read_ahead()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # at a deadline the page must not wait for a PDF


def explaining(paper: Paper, document: Document, texts: Texts, spec: ModelSpec, conf: Config) -> Flow:
    """The flow that explains a paper, as this model can."""
    means = texts.means("explain", spec.sampling, conf.quality)
    if part := texts.cites(spec):
        return cite(paper, document, part, means, conf.breakdown.lengths)
    return explain(paper, document, means, conf.breakdown.lengths)


def result(work: plan.Work, outcome: Draft | Exception, texts: Texts, spec: ModelSpec, engine: str) -> Result:
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
    provenance = Provenance(
        model=spec.name,
        model_sha256=spec.sha256,
        prompt=texts.fingerprint(work.task, spec),
        sampling=spec.sampling,
        prompt_tokens=usage.prompt_tokens,
        output_tokens=usage.output_tokens,
        seconds=round(usage.seconds, 2),
        localdigest=__version__,
        engine=engine,
    )
    if isinstance(draft, Translation):
        if not draft.text.strip():
            return Result(*about, "failed", Reason("empty", Notice("the model wrote nothing")))
        return Result(*about, "done", translation=draft, provenance=provenance)
    if not any(part.points for part in draft.parts):
        return Result(*about, "failed", Reason("empty", Notice("nothing in the PDF could be explained")))
    return Result(*about, "done", breakdown=draft, provenance=provenance)
