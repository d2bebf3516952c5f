"""The flows over what is to be measured, on one engine, as a run of the product drives them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from localdigest import __version__, pdf
from localdigest.engine import Engine
from localdigest.evaluate import Cost, Explained, Pair, Run, Translated, gaps, inputs, plain
from localdigest.flows import brief as briefs
from localdigest.flows.brief import Models
from localdigest.messages import Reason
from localdigest.messages.errors import LocaldigestError
from localdigest.pages.plan import Work
from localdigest.records import Breakdown, Result, Status, Translation, Usage
from localdigest.run import work
from localdigest.run.drive import Draft, Flow, drive
from localdigest.run.events import Counted, Finished, Planned, Said, Stepped, Tell
from localdigest.run.opener import Opener
from localdigest.workspace.config import Workspace


@dataclass(frozen=True, slots=True)
class Job:
    """What is measured, and how. Everything that the flows take is in the workspace's configuration and the model."""

    space: Workspace
    models: Models
    pairs: Sequence[Pair] = ()
    papers: Sequence[Work] = ()
    """To explain."""
    plain: bool = False


def measure(job: Job, open_engine: Opener, tell: Tell) -> Run:
    """Run the job. Raises EngineFailed, ConfigError.

    A text that fails is in the run with its reason.
    """
    brief, language = briefs.load(job.space, job.models, titles=False), job.space.config.language
    translating = inputs.to_translate(job.pairs, language)
    tell(Planned.of((*translating, *job.papers)))
    first: Iterable[tuple[Work, Flow | LocaldigestError]] = work.flows(translating, brief)
    if job.plain:
        first = ((piece, plain.plain(piece.paper)) for piece in translating)
    explainer = job.models["explain"]
    translator = job.models.get("translate", explainer)
    engine = open_engine(translator if translating else explainer)
    engines = {engine.description: None}
    try:
        drafts, translation_cost = _drive(first, engine, tell)
        if translating and job.papers and translator.sha256 != explainer.sha256:
            engine.close()
            engine = open_engine(explainer)
            engines[engine.description] = None
        breakdowns, breakdown_cost = _drive(work.flows(job.papers, brief), engine, tell)
    finally:
        engine.close()
    if job.papers:
        tell(Said("reading the PDFs again, to look the evidence up"))
    used = dict.fromkeys(job.models[piece.task].name for piece in (*translating, *job.papers))
    return Run(
        " and ".join(used),
        language,
        "plain" if job.plain else "flow",
        ", ".join(engines),
        __version__,
        {task: brief.fingerprint(task) for task in brief.roles},
        tuple(
            replace(_translated(pair, drafts[pair.id]), terms=brief.terms.of(pair.categories, pair.en).find(pair.en))
            for pair in job.pairs
        ),
        tuple(_explained(piece, breakdowns[piece.paper.id]) for piece in job.papers),
        translation_cost,
        breakdown_cost,
        gaps.find(job.pairs, brief.terms),
    )


def _drive(
    flows: Iterable[tuple[Work, Flow | LocaldigestError]], engine: Engine, tell: Tell
) -> tuple[dict[str, Draft | Exception], Cost]:
    outcomes: dict[str, Draft | Exception] = {}
    began = time.monotonic()
    names = ("output_tokens", "prompt_tokens", "evaluated_tokens")
    before = [getattr(engine.stats, name) for name in names]

    def counted(piece: Work, asked: int, answered: int) -> None:
        tell(Counted(piece.task, asked, answered))

    for piece, outcome in drive(flows, engine, lambda: tell(Stepped(engine.stats)), counted=counted):
        outcomes[piece.paper.id] = outcome
        reason: Reason | Literal[""] = Reason("error", str(outcome)) if isinstance(outcome, Exception) else ""
        status: Status = "failed" if reason else "done"
        tell(Finished(Result(piece.paper.id, 1, piece.task, piece.language, status, reason)))
    spent = sum((draft[1] for draft in outcomes.values() if not isinstance(draft, Exception)), Usage())
    # A scripted engine keeps no totals; a real one's count what failed texts cost, too.
    tokens = [
        getattr(engine.stats, name) - was or getattr(spent, name) for name, was in zip(names, before, strict=True)
    ]
    return outcomes, Cost(round(time.monotonic() - began, 2), *tokens)


def _translated(pair: Pair, outcome: Draft | Exception) -> Translated:
    if isinstance(outcome, Exception):
        return Translated(pair, failed=str(outcome))
    draft, usage = outcome
    assert isinstance(draft, Translation)
    return Translated(pair, draft.text, draft.findings, usage, "" if draft.text.strip() else "the model wrote nothing")


def _explained(piece: Work, outcome: Draft | Exception) -> Explained:
    if isinstance(outcome, Exception):
        return Explained(piece.paper.id, failed=str(outcome))
    draft, usage = outcome
    assert isinstance(draft, Breakdown)
    assert piece.pdf is not None
    try:
        contents = pdf.page_texts(piece.pdf.path)
    except pdf.PdfUnreadable as error:  # then no evidence is found, which the figures show
        return Explained(piece.paper.id, (), draft, usage, str(error))
    return Explained(piece.paper.id, contents, draft, usage)
