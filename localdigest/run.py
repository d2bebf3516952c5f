"""The main path, from listings to the page:

    collect: listings -> papers -> store;  PDFs -> workspace
    digest:  papers of the day -> wanted work - stored results = due work
             due work -> flows (translate, explain) -> drive(flows, engine) -> results -> store
    publish: papers + results -> Digest -> page and export

Each result is stored the moment it is finished, so a run may be killed anywhere and repeated at no loss.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from localdigest import __version__, config, feed, models, pdf, plan, prompts, render, window
from localdigest.collect import Client, adopt_pdfs, fetch_listing, fetch_pdf, read_listings
from localdigest.engine import Engine, Stats, open_engine
from localdigest.engine.settings import Device, Settings, recall, remember
from localdigest.errors import ArxivUnreachable, EngineFailed, LocaldigestError
from localdigest.explain import explain
from localdigest.files import state_folder, write_atomic
from localdigest.models import ModelSpec
from localdigest.records import (
    PARTS,
    Breakdown,
    Completion,
    Digest,
    Document,
    Listing,
    Paper,
    Provenance,
    Request,
    Result,
    Task,
    Translation,
    Usage,
    Window,
)
from localdigest.store import Store
from localdigest.translate import translate

log = logging.getLogger(__name__)

Draft = tuple[Translation, Usage] | tuple[Breakdown, Usage]
Flow = Generator[list[Request], list[Completion], Draft]
K = TypeVar("K")

SHIPPED_PROMPTS = next(
    p for p in (Path(__file__).parent / "prompts", Path(__file__).parents[1] / "prompts") if p.is_dir()
)
AHEAD = 3
"""PDFs read before their turn, while the engine works; each is a few hundred KiB of text."""


# ---------------------------------------------------------------- what a watcher is told


@dataclass(frozen=True, slots=True)
class Said:
    text: str


@dataclass(frozen=True, slots=True)
class Planned:
    """Due work by paper id and task, before any is done."""

    due: tuple[tuple[str, Task], ...]


@dataclass(frozen=True, slots=True)
class Stepped:
    stats: Stats


@dataclass(frozen=True, slots=True)
class Finished:
    result: Result


Tell = Callable[[Said | Planned | Stepped | Finished], None]


@dataclass(frozen=True, slots=True)
class Published:
    digest: Digest
    page: Path
    export: Path


# ---------------------------------------------------------------- collect


def collect(
    space: config.Workspace, store: Store, day: date, files: Sequence[Path], pdf_dir: Path | None, tell: Tell
) -> None:
    """Bring the day's listing into the store and its PDFs into the workspace, from files or from arXiv.

    Raises InputRefused for a listing that cannot be believed, ArxivUnreachable when there is none to be had.
    """
    conf = space.config
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    space.pdfs.mkdir(exist_ok=True)

    def say(text: str) -> None:
        tell(Said(text))

    def take(listings: Sequence[Listing]) -> tuple[Paper, ...]:
        for listing in listings:
            for skipped in listing.skipped:
                say(skipped)
        papers = feed.merge(listings)
        new = store.add_papers(papers)
        listed, shown = window.select(papers, span, conf.categories)
        matched = f"{len(shown)} in {', '.join(conf.categories) or 'all categories'}"
        say(f"{len(papers)} papers listed, {new} new; {len(listed)} in the window of {day}, {matched}")
        if papers and not listed:
            first, last = (pick(paper.published for paper in papers).date() for pick in (min, max))
            say(f"they were submitted from {first} to {last}: choose a day with --date")
        return shown

    if files:
        papers = take(read_listings(files, feed.parse))
        if pdf_dir is not None:
            missing = adopt_pdfs(pdf_dir, papers, space.pdfs, on_event=say)
            say(f"{len(papers) - len(missing)} of {len(papers)} PDFs found in {pdf_dir}")
        return
    with Client(conf.arxiv.contact, api_url=conf.arxiv.api_url, pdf_url=conf.arxiv.pdf_url, on_event=say) as client:
        papers = take(fetch_listing(client, conf.categories, span.start, span.end, feed.parse))
        if not conf.arxiv.pdfs:
            return
        for number, paper in enumerate(papers, 1):
            try:
                reason = fetch_pdf(client, paper, space.pdfs)
            except ArxivUnreachable as error:
                # The listing is in: the rest can be translated today and explained when arXiv answers again.
                say(f"{error}; the PDFs still missing are asked for by the next run")
                return
            say(f"PDF {number}/{len(papers)} {paper.id}" + (f": {reason}" if reason else ""))


# ---------------------------------------------------------------- digest


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts that the tasks of one language use."""

    translate: prompts.Prompt
    explain: prompts.Prompt
    gloss: prompts.Prompt

    def fingerprint(self, task: Task) -> str:
        return prompts.fingerprint(self.translate if task == "translate" else self.explain, self.gloss)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's papers and the work that its page consists of."""

    window: Window
    listed: int
    papers: tuple[Paper, ...]
    works: tuple[plan.Work, ...]
    held: tuple[Result, ...]
    prompts: Prompts


def look(space: config.Workspace, store: Store, day: date, spec: ModelSpec) -> Day:
    """What is wanted for `day`: nothing is read but the store, the prompts and the PDFs' bytes."""
    conf = space.config
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    listed, papers = window.select(store.papers_between(span.start, span.end), span, conf.categories)
    folders = (space.prompts, SHIPPED_PROMPTS)
    texts = Prompts(
        *(prompts.load(name, conf.language, folders) for name in ("translate", "explain", "gloss")),
    )
    lengths: dict[str, plan.Option] = {part: conf.breakdown.lengths[part] for part in PARTS}
    recipes = {
        task: plan.Recipe(texts.fingerprint(task), spec.sha256, spec.sampling, lengths if task == "explain" else {})
        for task in plan.TASKS
    }
    works, held = plan.wanted(papers, recipes, conf.language, _pdfs(space, papers))
    return Day(span, len(listed), papers, works, held, texts)


def _pdfs(space: config.Workspace, papers: Iterable[Paper]) -> dict[str, plan.Pdf]:
    found = {}
    for paper in papers:
        path = space.pdfs / f"{paper.file_stem}.pdf"
        if path.is_file():
            with path.open("rb") as file:
                found[paper.id] = plan.Pdf(path, hashlib.file_digest(file, "sha256").hexdigest())
    return found


def digest(
    space: config.Workspace,
    store: Store,
    day: date,
    spec: ModelSpec,
    model: Path,
    tell: Tell,
    opener: Callable[[Path, Settings], Engine] = open_engine,
) -> None:
    """Do the day's due work and store each result. Loads no model where nothing is due."""
    today = look(space, store, day, spec)
    due = plan.due(today.works, store.stored([work.key for work in today.works]))
    tell(Planned(tuple((work.paper.id, work.task) for work in due)))
    if not due:
        return
    engine = opener(model, engine_settings(space.config, spec))
    try:
        flows = _flows(due, today.prompts, spec, space.config)
        for work, outcome in drive(flows, engine, lambda: tell(Stepped(engine.stats))):
            result = _result(work, outcome, today.prompts.fingerprint(work.task), spec, engine)
            store.save(work.key, result)
            tell(Finished(result))
    except EngineFailed as error:
        tell(Said(str(error)))  # what is finished makes a page; the rest is pending
    finally:
        engine.close()


def engine_settings(conf: config.Config, spec: ModelSpec, device: Device | None = None) -> Settings:
    """What `localdigest bench --tune` found best for the device (default: the configured one), else sound defaults."""
    return recall(state_folder() / "engine.json", spec.sha256, device or conf.engine.device)


def remember_engine(spec: ModelSpec, best: Settings) -> None:
    """For later runs with this model, on this machine. Raises ConfigError where it cannot be written."""
    remember(state_folder() / "engine.json", spec.sha256, best)


def _flows(
    due: Sequence[plan.Work], texts: Prompts, spec: ModelSpec, conf: config.Config
) -> Iterator[tuple[plan.Work, Flow | LocaldigestError]]:
    """A flow for each piece of work, in order; PDFs are read a few ahead, in child processes."""
    with ThreadPoolExecutor(1) as pool:
        explained = [work for work in due if work.pdf is not None]
        reading: deque[Future[Document]] = deque()
        unread = iter(explained)

        def read_ahead() -> None:
            while len(reading) < AHEAD and (work := next(unread, None)) is not None and work.pdf is not None:
                reading.append(pool.submit(pdf.read, work.pdf.path))

        read_ahead()
        for work in due:
            if work.task == "translate":
                yield work, translate(work.paper, texts.translate, texts.gloss, spec.sampling)
                continue
            try:
                document = reading.popleft().result()
            except LocaldigestError as error:
                yield work, error
            else:
                flow = explain(work.paper, document, texts.explain, texts.gloss, spec.sampling, conf.breakdown.lengths)
                yield work, flow
            read_ahead()


def drive(
    flows: Iterable[tuple[K, Flow | LocaldigestError]], engine: Engine, stepped: Callable[[], None]
) -> Iterator[tuple[K, Draft | Exception]]:
    """Keep the engine full from many flows; yield each flow's draft, or what it failed with, as it ends.

    A flow that fails costs only itself.
    """
    source = iter(flows)
    exhausted = False
    waiting: dict[int, tuple[_Round[K], int]] = {}
    ended: deque[tuple[K, Draft | Exception]] = deque()

    def advance(key: K, flow: Flow, answers: list[Completion] | None) -> None:
        try:
            requests = next(flow) if answers is None else flow.send(answers)
        except StopIteration as stop:
            ended.append((key, stop.value))
        except Exception as error:  # one paper's trouble, even a defect of ours, must not take the day down
            log.debug("flow of %s failed", key, exc_info=True)
            ended.append((key, error))
        else:
            batch = _Round(key, flow, [None] * len(requests))
            for place, request in enumerate(requests):
                # A flow under way goes before new ones, so that papers are finished, and stored, one by one.
                waiting[engine.submit(request, first=answers is not None)] = (batch, place)
            if not requests:
                advance(key, flow, [])

    while True:
        while not exhausted and len(waiting) < 2 * engine.slots:
            try:
                key, flow = next(source)
            except StopIteration:
                exhausted = True
            else:
                if isinstance(flow, LocaldigestError):
                    ended.append((key, flow))
                else:
                    advance(key, flow, None)
        while ended:
            yield ended.popleft()
        if not waiting:
            if exhausted:
                return
            continue
        for ticket, completion in engine.step():
            batch, place = waiting.pop(ticket)
            batch.answers[place] = completion
            if None not in batch.answers:
                advance(batch.key, batch.flow, [a for a in batch.answers if a is not None])
        stepped()


@dataclass(slots=True)
class _Round(Generic[K]):
    """The requests that one flow waits for."""

    key: K
    flow: Flow
    answers: list[Completion | None]


def _result(work: plan.Work, outcome: Draft | Exception, fingerprint: str, spec: ModelSpec, engine: Engine) -> Result:
    about = (work.paper.id, work.paper.version, work.task, work.language)
    if isinstance(outcome, pdf.PdfUnreadable):
        return Result(*about, "failed", f"pdf-{outcome.reason}: {outcome}")
    if isinstance(outcome, Exception):
        kind = "" if isinstance(outcome, LocaldigestError) else f"a defect in localdigest ({type(outcome).__name__}): "
        return Result(*about, "failed", f"error: {kind}{outcome}")
    draft, usage = outcome
    provenance = Provenance(
        model=spec.name,
        model_sha256=spec.sha256,
        prompt=fingerprint,
        sampling=spec.sampling,
        prompt_tokens=usage.prompt_tokens,
        output_tokens=usage.output_tokens,
        seconds=round(usage.seconds, 2),
        localdigest=__version__,
        engine=engine.description,
    )
    if isinstance(draft, Translation):
        if not draft.text.strip():
            return Result(*about, "failed", "empty: the model wrote nothing")
        return Result(*about, "done", translation=draft, provenance=provenance)
    if not any(part.points for part in draft.parts):
        return Result(*about, "failed", "empty: nothing in the PDF could be explained")
    return Result(*about, "done", breakdown=draft, provenance=provenance)


# ---------------------------------------------------------------- publish


def publish(space: config.Workspace, store: Store, day: date, spec: ModelSpec) -> Published:
    """Write the day's page and its JSON export from what is stored; the same results give the same bytes."""
    conf = space.config
    today = look(space, store, day, spec)
    latest = store.latest([paper.id for paper in today.papers], conf.language, [work.key for work in today.works])
    record = Digest(
        today.window,
        conf.language,
        conf.categories,
        today.listed,
        today.papers,
        plan.shown(today.works, today.held, latest),
    )
    page, export = space.posts / f"{day}-arxiv.md", space.exports / f"{day}.json"
    for path, content in ((page, render.to_jekyll(record)), (export, render.to_json(record))):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    return Published(record, page, export)


def find_model(space: config.Workspace) -> ModelSpec:
    """The configured model's entry, from the catalogue and the workspace's own models.toml."""
    return models.load_catalogue((space.root / "models.toml",)).find(space.config.model)
