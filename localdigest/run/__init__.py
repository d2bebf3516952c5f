"""The main path, from listings to the pages:

    collect: clock -> announcements due -> listings -> papers -> pages in the store;  PDFs -> workspace
    make:    papers of a page -> those selected, by rank -> wanted work - stored results = due work
    digest:  due work -> flows (translate, explain) -> drive(flows, engine) -> results -> store
    publish: papers + results -> Digest -> page and export, as soon as a page's work is done (publish.py)

Collecting says which days there are pages of; their due work is done together. Each result is stored the moment it
is finished, so a run may be killed anywhere and repeated at no loss.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from localdigest.engine import Engine, open_engine
from localdigest.engine.settings import Device, Settings, recall, remember
from localdigest.errors import ArxivUnreachable, ConfigError, EngineFailed, LocaldigestError
from localdigest.files import make_folder, state_folder
from localdigest.messages import Notice
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import contents, plan, standing
from localdigest.pages.contents import Collected
from localdigest.pages.contents import find_model as find_model
from localdigest.pages.publish import Published as Published
from localdigest.pages.publish import note
from localdigest.pages.publish import publish as publish
from localdigest.render import templates
from localdigest.render.entries import WAITING
from localdigest.run import pace, work
from localdigest.run.drive import Flow, drive
from localdigest.run.events import Finished, Planned, Read, Said, Stepped, Tell
from localdigest.select import selection
from localdigest.store import Store
from localdigest.workspace.config import Config, Workspace

if TYPE_CHECKING:
    from localdigest.arxiv.client import Client

Opener = Callable[[Path, Settings], Engine]
"""Opens an engine with a model's file; see `way`."""

# ---------------------------------------------------------------- collect


def collect(
    space: Workspace,
    store: Store,
    day: date | None,
    files: Sequence[Path],
    pdf_dir: Path | None,
    tell: Tell,
    now: datetime | None = None,
    connect: Callable[..., Client] | None = None,
) -> Collected:
    """Bring the listings of `day`, or of what is due at `now`, into the store, and their PDFs into the workspace.

    Raises InputRefused for a listing that cannot be believed, ArxivUnreachable when there is none to be had; then
    what is due stays due. `connect` makes the client, for tests.
    """
    # Here and not above: what only digests and renders must not so much as load code that could reach a network.
    from localdigest.arxiv.client import Client
    from localdigest.run import harvest
    from localdigest.run.pdfs import adopt_pdfs, fetch_pdfs

    conf, now = space.config, now or datetime.now(UTC)
    choose = contents.chooser(space)
    make_folder(space.pdfs)

    def say(text: Notice | str) -> None:
        tell(Said(text))

    if day and contents.by_announcement(conf, store, day, files) and (refusal := contents.not_out(day, now)):
        note(space, day, refusal.outcome, refusal.reason)
        return refusal
    if files:
        papers = harvest.from_files(conf, store, files, day, now, say)
        if pdf_dir is not None:
            missing = adopt_pdfs(pdf_dir, papers, space.pdfs, on_event=say)
            counts = len(papers) - len(missing), len(papers)
            say(Notice("{found} of {papers} PDFs found in {folder}", *counts, pdf_dir))
        return contents.ready(conf, store, day, now)
    with (connect or Client)(
        conf.arxiv.contact,
        api_url=conf.arxiv.api_url,
        pdf_url=conf.arxiv.pdf_url,
        on_event=say,
        ledger=space.ledger,
        answers=space.cache,
        fresh=harvest.fresh(conf, day, now),
    ) as client:
        try:
            stale = harvest.from_arxiv(conf, store, client, day, now, say)
        except ArxivUnreachable as error:
            for each in harvest.due(conf, store, day, now):
                note(space, each, "failed", error.notice)
            raise
        for each in stale:
            note(space, each, "stale", _not_yet(each))
        found = contents.ready(conf, store, day, now)
        found = replace(found, days=tuple(each for each in found.days if each not in stale))
        if conf.arxiv.pdfs:
            latest_first = (choose(contents.contents(conf, store, each).papers) for each in reversed(found.days))
            papers = tuple(paper for selected in latest_first for paper in selected.ranked)
            fetch_pdfs(client, store, papers, space.pdfs, say)
    return replace(found, outcome="stale", reason=_not_yet(stale[-1])) if stale else found


def _not_yet(day: date) -> Notice:
    return Notice("arXiv does not show the announcement of {day} yet; its window stays open for the next run", day)


# ---------------------------------------------------------------- digest


def make(
    space: Workspace,
    store: Store,
    days: Sequence[date],
    spec: ModelSpec,
    model: Path,
    tell: Tell,
    opener: Opener = open_engine,
    deadline: datetime | None = None,
    clock: pace.Clock = pace.now,
) -> list[Published]:
    """Do the due work of the pages of `days` and write them, each as soon as its work is done.

    Of all pages translations come first, then breakdowns; of each the latest page's first, and a page's by rank.
    Nothing is begun that would not be done by `deadline` (zone aware); then all ends, and what is left is pending.
    """
    if not days:
        return []
    for folder in (space.posts, space.exports, *((space.site,) if "html" in space.config.page.formats else ())):
        make_folder(folder)  # one that cannot be written to is told before hours of work, not after
    templates.check(space.templates)
    latest_first = {day: contents.look(space, store, day, spec) for day in sorted(days, reverse=True)}
    for day, looked in latest_first.items():
        if left_out := looked.selected.left_out:
            count, reasons = len(looked.selected.papers), selection.told(left_out)
            tell(Said(Notice("{day}: {count} papers selected; left out: {reasons}", day, count, reasons)))
    works = plan.in_order(looked.works for looked in latest_first.values())
    due = plan.due(works, store.stored([piece.key for piece in works]))
    tell(Planned(tuple((piece.paper.id, piece.task) for piece in due)))
    keys = {piece.key for piece in due}
    left = {day: keys & {piece.key for piece in looked.works} for day, looked in latest_first.items()}
    published = {day: publish(space, store, day, spec) for day in left if not left[day]}
    waiting = WAITING
    try:
        if due and (deadline is None or clock() < deadline):
            for piece in digest(space, store, due, spec, model, tell, opener, deadline, clock):
                keys.remove(piece.key)
                for day in left:
                    left[day].discard(piece.key)
                    if not left[day] and day not in published:
                        published[day] = publish(space, store, day, spec)
        if keys and deadline is not None:
            waiting = plan.late(deadline, space.config.window.zone)
            counts = waiting, len(keys), len(due)
            tell(Said(Notice("{waiting}; {left} of {due} pieces of work are left for the next run", *counts)))
    except EngineFailed as error:
        tell(Said(error.notice))  # what is finished makes a page; the rest is pending
    except KeyboardInterrupt:
        # The same; a second Ctrl-C does not wait for it.
        tell(Said(Notice("stopping: what is finished is stored, and goes on the pages")))
        for day in days:
            if day not in published:
                publish(space, store, day, spec, plan.STOPPED)
        raise
    return [published.get(day) or publish(space, store, day, spec, waiting) for day in days]


def digest(
    space: Workspace,
    store: Store,
    due: Sequence[plan.Work],
    spec: ModelSpec,
    model: Path,
    tell: Tell,
    opener: Opener,
    deadline: datetime | None,
    clock: pace.Clock,
) -> Iterator[plan.Work]:
    """Do the work and store each result; yields what has been stored. Raises EngineFailed."""
    texts = contents.texts(space)
    engine = opener(model, engine_settings(space.config, spec))
    try:
        gate = pace.Pace(deadline, engine.slots, store.cost(spec.sha256), clock) if deadline else None
        # Several nodes take what one process cannot read fast enough.
        readers = min(max(1, len(engine.stats.members)), os.cpu_count() or 1)
        flows = work.flows(due, texts, spec, space.config, readers)
        log = standing.NodeLog(space.nodes)

        def stepped() -> None:
            tell(Stepped(engine.stats))
            log.note(engine.stats)

        for piece, outcome in drive(_reads(flows, due, tell), engine, stepped, gate):
            result = work.result(piece, outcome, texts, spec, engine.description)
            store.save(piece.key, result)
            tell(Finished(result))
            yield piece
    finally:
        engine.close()
        standing.write_nodes(space.nodes, engine.stats)


def _reads(
    flows: Iterator[tuple[plan.Work, Flow | LocaldigestError]], due: Sequence[plan.Work], tell: Tell
) -> Iterator[tuple[plan.Work, Flow | LocaldigestError]]:
    """The flows, telling of each PDF that has been read for one."""
    total = sum(piece.task == "explain" for piece in due)
    for piece, flow in flows:
        if piece.task == "explain":
            tell(Read(piece.paper.id, total))
        yield piece, flow


def way(space: Workspace, spec: ModelSpec, cluster: str | None, local: Opener, tell: Tell) -> tuple[Path, Opener]:
    """The model's file and what opens an engine with it: a lab's own server, a cluster, or this machine (`local`).

    The first two do so whatever the path, which then means nothing. Raises ConfigError, ModelError.
    """
    wish = space.config.engine

    def say(text: Notice | str) -> None:
        tell(Said(text))

    if wish.kind == "endpoint":
        if cluster is not None:
            raise ConfigError('--cluster runs the model on its nodes; set engine.kind to "local", or leave it out')
        from localdigest.engine.endpoint import Endpoint

        return Path(), lambda _path, _settings: Endpoint(wish.url, wish.model, wish.slots, say)
    if cluster is None:
        return catalogue.locate(spec, catalogue.models_folder()), local
    from localdigest.engine.cluster.nodes import open_cluster

    address, folder = cluster, catalogue.models_folder()
    # The nodes may have it where this machine does not.
    here = catalogue.locate(spec, folder) if catalogue.find_file(spec, folder) else None
    return Path(), lambda _path, _settings: open_cluster(address, spec, here, wish.device, say)


def engine_settings(conf: Config, spec: ModelSpec, device: Device | None = None) -> Settings:
    """What `localdigest bench --tune` found best for the device (default: the configured one), else sound defaults."""
    return recall(state_folder() / "engine.json", spec.sha256, device or conf.engine.device)


def remember_engine(spec: ModelSpec, best: Settings) -> None:
    """For later runs with this model, on this machine. Raises ConfigError where it cannot be written."""
    remember(state_folder() / "engine.json", spec.sha256, best)
