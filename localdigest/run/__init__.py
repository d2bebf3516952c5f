"""The main path, from listings to the pages:

    agenda = collect(...)                  # clock -> announcements due -> listings -> papers -> pages in the store
                                           # papers -> those selected, by rank -> their PDFs in the workspace
    for day in agenda.days:
        planned = plan_day(day)            # papers, selection, wanted work with its keys: worked out once
        due += planned.works - stored
    for result in digest(due):             # flows (translate, explain) -> drive(flows, engine) -> results
        store.save(result)
        if a page's work is done:
            publish(day, plan_day)         # what was planned + results -> Digest -> page and export

Each result is stored the moment it is finished, so a run may be killed anywhere and repeated at no loss.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from localdigest.engine import Engine
from localdigest.files import make_folder
from localdigest.flows import brief as briefs
from localdigest.flows.brief import Brief, Models
from localdigest.messages import Notice
from localdigest.messages.errors import ArxivUnreachable, EngineFailed, ModelError
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import contents, days, plan, standing
from localdigest.pages.days import Agenda
from localdigest.pages.publish import Published, publish, write_absence
from localdigest.render import templates
from localdigest.render.entries import WAITING
from localdigest.run import pace, work
from localdigest.run.drive import drive
from localdigest.run.events import Counted, Finished, Planned, Said, Stepped, Tell
from localdigest.run.opener import Opener
from localdigest.select import selection
from localdigest.store import Store
from localdigest.workspace.config import Workspace

if TYPE_CHECKING:
    from localdigest.arxiv.client import Client


def collect(
    space: Workspace,
    store: Store,
    day: date | None,
    files: Sequence[Path],
    pdf_dir: Path | None,
    tell: Tell,
    now: datetime | None = None,
    connect: Callable[..., Client] | None = None,
) -> Agenda:
    """Bring the listings of `day`, or of what is due at `now`, into the store, and their PDFs into the workspace.

    Raises InputRefused for a listing that cannot be believed, ArxivUnreachable when there is none to be had; then
    what is due stays due. `connect` makes the client, for tests.
    """
    # Here and not above: what only digests and renders must not so much as load code that could reach a network.
    from localdigest.run import harvest, pdfs

    conf, now = space.config, now or datetime.now(UTC)
    choose = contents.chooser(space, store)
    make_folder(space.pdfs)

    def say(text: Notice | str) -> None:
        tell(Said(text))

    if day and days.is_announcement(conf, store, day, files) and (refusal := days.not_announced(day, now)):
        write_absence(space, day, refusal.outcome, refusal.reason)
        return refusal
    if files:
        papers = harvest.from_files(conf, store, files, day, now, say)
        if pdf_dir is not None:
            found, kept = pdfs.adopt_pdfs(pdf_dir, papers, space.pdfs, on_event=say)
            say(Notice("{found} of {papers} PDFs found in {folder}", found, len(papers), pdf_dir))
            if kept:
                say(Notice("{kept} more are in the workspace already", kept))
        agenda = days.agenda(conf, store, day, now)
        return replace(agenda, outcome="papers", reason=None) if agenda.days else agenda  # of arXiv today nobody asked
    with harvest.open_client(space, day, now, say, connect) as client:
        try:
            stale = harvest.from_arxiv(conf, store, client, day, now, say)
        except ArxivUnreachable as error:
            for each in harvest.due(conf, store, day, now):
                write_absence(space, each, "failed", error.notice)
            raise
        for each in stale:
            write_absence(space, each, "stale", _not_yet(each))
        agenda = days.agenda(conf, store, day, now)
        agenda = replace(agenda, days=tuple(each for each in agenda.days if each not in stale))
        if conf.arxiv.pdfs:
            latest_first = [contents.select(conf, store, each, choose) for each in reversed(agenda.days)]
            agenda = replace(agenda, selected=tuple(latest_first))
            ranked = [paper for each in latest_first for paper in each.selection.ranked]
            pdfs.fetch_pdfs(client, store, ranked, space.pdfs, say)
    return replace(agenda, outcome="stale", reason=_not_yet(stale[-1])) if stale else agenda


def _not_yet(day: date) -> Notice:
    return Notice("arXiv does not show the announcement of {day} yet; its window stays open for the next run", day)


def make(
    space: Workspace,
    store: Store,
    agenda: Agenda,
    models: Models,
    open_engine: Opener,
    tell: Tell,
    deadline: datetime | None = None,
    clock: pace.Clock = pace.now,
) -> list[Published]:
    """Do the due work of the pages of `agenda` and write them, each as soon as its work is done.

    Of all pages translations come first, then breakdowns; of each the latest page's first, and a page's by rank.
    Nothing is begun that would not be done by `deadline` (zone aware); then all ends, and what is left is pending.
    """
    if not agenda.days:
        return []
    for folder in (space.posts, space.exports, *((space.site,) if "html" in space.config.page.formats else ())):
        make_folder(folder)  # one that cannot be written to is told before hours of work, not after
    templates.check(space.templates)
    brief = briefs.load(space, models)
    plan_day = functools.cache(contents.planner(space, store, brief, agenda.selected))
    latest_first = [plan_day(day) for day in reversed(agenda.days)]
    for planned in latest_first:
        if left_out := planned.selection.left_out:
            count, reasons = len(planned.selection.papers), selection.told(left_out)
            tell(Said(Notice("{day}: {count} papers selected; left out: {reasons}", planned.day, count, reasons)))
    works = plan.in_order(planned.works for planned in latest_first)
    due = plan.due(works, store.stored([piece.key for piece in works]))
    tell(Planned.of(due))
    keys = {piece.key for piece in due}
    left = {planned.day: keys.intersection(planned.keys) for planned in latest_first}
    published = {day: publish(space, store, day, plan_day) for day in left if not left[day]}
    waiting = WAITING
    try:
        if due and (deadline is None or clock() < deadline):
            for piece in digest(space, store, due, brief, open_engine, tell, deadline, clock):
                keys.remove(piece.key)
                for day in left:
                    left[day].discard(piece.key)
                    if not left[day] and day not in published:
                        published[day] = publish(space, store, day, plan_day)
        if keys and deadline is not None:
            waiting = plan.late(deadline)
            counts = len(keys), len(due)
            text = Notice("{waiting}; {left} of {due} translations and breakdowns are pending", waiting, *counts)
            tell(Said(text))
    except (EngineFailed, ModelError) as error:
        if isinstance(error, ModelError) and len(keys) == len(due):  # the first one could not be loaded
            raise
        tell(Said(error.notice))  # what is finished makes a page; the rest is pending
    except KeyboardInterrupt:
        # The same; a second Ctrl-C does not wait for it.
        tell(Said(Notice("stopping: what is finished is stored, and goes on the pages")))
        for day in agenda.days:
            if day not in published:
                publish(space, store, day, plan_day, plan.STOPPED)
        raise
    return [published.get(day) or publish(space, store, day, plan_day, waiting) for day in agenda.days]


def digest(
    space: Workspace,
    store: Store,
    due: Sequence[plan.Work],
    brief: Brief,
    open_engine: Opener,
    tell: Tell,
    deadline: datetime | None,
    clock: pace.Clock,
) -> Iterator[plan.Work]:
    """Do the work and store each result; yields what has been stored. Raises EngineFailed.

    Of two models the second is loaded once the work of the first is done, and that one gone.
    """
    for model in briefs.distinct({task: role.model for task, role in brief.roles.items()}):
        works = [piece for piece in due if brief.roles[piece.task].model.sha256 == model.sha256]
        if works and (deadline is None or clock() < deadline):
            yield from _with(open_engine(model), model, space, store, works, brief, tell, deadline, clock)


def _with(
    engine: Engine, model: ModelSpec, space: Workspace, store: Store, due: Sequence[plan.Work], brief: Brief,
    tell: Tell, deadline: datetime | None, clock: pace.Clock,
) -> Iterator[plan.Work]:  # fmt: skip
    try:
        gate = pace.Pace(deadline, engine.slots, store.cost(model.sha256), clock) if deadline else None
        # Several nodes take what one process cannot read fast enough.
        readers = min(max(1, len(engine.stats.members)), os.cpu_count() or 1)
        log = standing.NodeLog(space.nodes)

        def stepped() -> None:
            tell(Stepped(engine.stats))
            log.note(engine.stats)

        def counted(piece: plan.Work, asked: int, answered: int) -> None:
            tell(Counted(piece.task, asked, answered))

        folder = None if space.config.page.figures == "none" else space.figures
        if folder:
            make_folder(folder)
        flows = work.flows(due, brief, tell, readers, folder)
        for piece, outcome in drive(flows, engine, stepped, gate, counted):
            result = work.result(piece, outcome, brief, engine.description)
            store.save(piece.key, result)
            tell(Finished(result))
            yield piece
    finally:
        engine.close()
        standing.write_nodes(space.nodes, engine.stats)
