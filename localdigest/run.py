"""The main path, from listings to the page:

    collect: listings -> papers -> store;  PDFs -> workspace
    digest:  papers of the day -> wanted work - stored results = due work
             due work -> flows (translate, explain) -> drive(flows, engine) -> results -> store
             (of these papers only those that the selection takes in; its rank is the order of the work)
    publish: papers + results -> Digest -> page and export

Each result is stored the moment it is finished, so a run may be killed anywhere and repeated at no loss.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from localdigest import (
    __version__,
    config,
    feed,
    interests,
    models,
    pace,
    pdf,
    plan,
    prompts,
    render,
    selection,
    window,
)
from localdigest.client import Client, fresh_for
from localdigest.collect import fetch_listing, read_listings
from localdigest.drive import Draft, Flow, drive
from localdigest.engine import Engine, Stats, open_engine
from localdigest.errors import ArxivUnreachable, EngineFailed, LocaldigestError
from localdigest.explain import explain
from localdigest.files import write_atomic
from localdigest.models import ModelSpec
from localdigest.pdfs import adopt_pdfs, fetch_pdf
from localdigest.records import (
    PARTS,
    Digest,
    Document,
    Listing,
    Paper,
    Provenance,
    Result,
    Task,
    Translation,
    Window,
)
from localdigest.store import Store
from localdigest.translate import translate

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
    space: config.Workspace,
    store: Store,
    day: date,
    files: Sequence[Path],
    pdf_dir: Path | None,
    tell: Tell,
    connect: Callable[..., Client] = Client,
) -> None:
    """Bring the day's listing into the store and its PDFs into the workspace, from files or from arXiv.

    Raises InputRefused for a listing that cannot be believed, ArxivUnreachable when there is none to be had.
    """
    conf = space.config
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    choose = chooser(space)
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
        store.note_collect(day, "files" if files else "arXiv", len(shown))
        say(f"{len(papers)} papers listed, {new} new; {len(listed)} in the window of {day}, {matched}")
        if papers and not listed:
            first, last = (pick(paper.published for paper in papers).date() for pick in (min, max))
            say(f"they were submitted from {first} to {last}: choose a day with --date")
        return choose(shown).ranked

    if files:
        papers = take(read_listings(files, feed.parse))
        if pdf_dir is not None:
            missing = adopt_pdfs(pdf_dir, papers, space.pdfs, on_event=say)
            say(f"{len(papers) - len(missing)} of {len(papers)} PDFs found in {pdf_dir}")
        return
    with connect(
        conf.arxiv.contact,
        api_url=conf.arxiv.api_url,
        pdf_url=conf.arxiv.pdf_url,
        on_event=say,
        ledger=space.ledger,
        answers=space.cache,
        fresh=fresh_for(span.end),
    ) as client:
        papers = take(fetch_listing(client, conf.categories, span.start, span.end, feed.parse))
        if not conf.arxiv.pdfs:
            return
        known = store.absent_pdfs([paper.id for paper in papers])
        for number, paper in enumerate(papers, 1):
            if known.get(paper.id, "").partition(":")[0] in plan.FINAL:
                continue
            try:
                reason = plan.WITHDRAWN if plan.withdrawn(paper) else fetch_pdf(client, paper, space.pdfs)
            except ArxivUnreachable as error:
                # The listing is in: the rest can be translated today and explained when arXiv answers again.
                say(f"{error}; the PDFs still missing are asked for by the next run")
                return
            if reason != known.get(paper.id, ""):
                store.note_pdf(paper, reason)
            say(f"PDF {number}/{len(papers)} {paper.id}" + (f": {reason}" if reason else ""))


# ---------------------------------------------------------------- select


def chooser(space: config.Workspace) -> Callable[[Sequence[Paper]], selection.Selection]:
    """What selects among a day's papers, as configured; made before any work, since it may raise ConfigError."""
    settings = space.config.select
    include, exclude = (tuple(map(selection.parse_rule, texts)) for texts in (settings.include, settings.exclude))
    primary = frozenset(space.config.categories if settings.primary_only else ())
    by_rank = settings.order == "rank"
    rules = selection.Rules(include, exclude, settings.authors, primary, settings.max_papers, by_rank)
    known = interests.read([space.root / name for name in settings.interests])

    def choose(papers: Sequence[Paper]) -> selection.Selection:
        near = interests.nearest(known, [f"{paper.title}. {paper.abstract}" for paper in papers]) if known else []
        scores = {paper.id: selection.Interest(*found) for paper, found in zip(papers, near, strict=False)}
        return selection.choose(papers, rules, scores)

    return choose


def select(space: config.Workspace, store: Store, day: date) -> selection.Selection:
    """What becomes of each of the day's papers that have been collected, and why."""
    span = window.submitted(day, space.config.window.zone, space.config.window.anchor)
    papers = store.papers_between(span.start, span.end)
    return chooser(space)(window.select(papers, span, space.config.categories)[1])


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
    selected: selection.Selection
    works: tuple[plan.Work, ...]
    """Translations before breakdowns, each by rank."""
    held: tuple[Result, ...]
    prompts: Prompts


def look(space: config.Workspace, store: Store, day: date, spec: ModelSpec) -> Day:
    """What is wanted for `day`: nothing is read but the store, the prompts and the PDFs' bytes."""
    conf = space.config
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    listed, matched = window.select(store.papers_between(span.start, span.end), span, conf.categories)
    selected = chooser(space)(matched)
    folders = (space.prompts, SHIPPED_PROMPTS)
    texts = Prompts(
        *(prompts.load(name, conf.language, folders) for name in ("translate", "explain", "gloss")),
    )
    lengths: dict[str, plan.Option] = {part: conf.breakdown.lengths[part] for part in PARTS}
    recipes = {
        task: plan.Recipe(texts.fingerprint(task), spec.sha256, spec.sampling, lengths if task == "explain" else {})
        for task in plan.TASKS
    }
    absent = store.absent_pdfs([paper.id for paper in selected.papers])
    works, held = plan.wanted(selected.ranked, recipes, conf.language, _pdfs(space, selected.papers), absent)
    return Day(span, len(listed), selected, works, held, texts)


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
    opener: Callable[[Path], Engine] = open_engine,
    deadline: datetime | None = None,
    clock: pace.Clock = pace.now,
) -> str:
    """Do the day's due work and store each result. Loads no model where nothing is due.

    Begins nothing that would not be done by `deadline` (zone aware), and ends then. Returns the reason that the page
    gives for work that is left.
    """
    today = look(space, store, day, spec)
    if left_out := today.selected.left_out:
        tell(Said(f"{len(today.selected.papers)} papers selected; left out: {selection.told(left_out)}"))
    due = plan.due(today.works, store.stored([work.key for work in today.works]))
    tell(Planned(tuple((work.paper.id, work.task) for work in due)))
    left = len(due)
    if due and (deadline is None or clock() < deadline):
        engine = opener(model)
        try:
            gate = pace.Pace(deadline, engine.slots, store.cost(spec.sha256), clock) if deadline else None
            flows = _flows(due, today.prompts, spec, space.config)
            for work, outcome in drive(flows, engine, lambda: tell(Stepped(engine.stats)), gate):
                result = _result(work, outcome, today.prompts.fingerprint(work.task), spec, engine)
                store.save(work.key, result)
                left -= 1
                tell(Finished(result))
        except EngineFailed as error:
            tell(Said(str(error)))  # what is finished makes a page; the rest is pending
            return plan.WAITING
        finally:
            engine.close()
    if not left or deadline is None:
        return plan.WAITING
    late = f"{plan.DEADLINE}: not done by {deadline.astimezone(ZoneInfo(today.window.zone)):%Y-%m-%d %H:%M}"
    tell(Said(f"{late}; {left} of {len(due)} pieces of work are left for the next run"))
    return late


def _flows(
    due: Sequence[plan.Work], texts: Prompts, spec: ModelSpec, conf: config.Config
) -> Iterator[tuple[plan.Work, Flow | LocaldigestError]]:
    """A flow for each piece of work, in order; PDFs are read a few ahead, in child processes."""
    pool = ThreadPoolExecutor(1)
    try:
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
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # at a deadline the page must not wait for a PDF


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


def publish(
    space: config.Workspace, store: Store, day: date, spec: ModelSpec, waiting: str = plan.WAITING
) -> Published:
    """Write the day's page and its JSON export from what is stored; the same results give the same bytes.

    `waiting` is the reason why work that is due is not done.
    """
    conf = space.config
    today = look(space, store, day, spec)
    papers = today.selected.papers
    latest = store.latest([paper.id for paper in papers], conf.language, [work.key for work in today.works])
    record = Digest(
        today.window,
        conf.language,
        conf.categories,
        today.listed,
        papers,
        plan.shown(today.works, today.held, latest, waiting),
        today.selected.left_out,
    )
    page, export = space.posts / f"{day}-arxiv.md", space.exports / f"{day}.json"
    for path, content in ((page, render.to_jekyll(record)), (export, render.to_json(record))):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    return Published(record, page, export)


def find_model(space: config.Workspace) -> ModelSpec:
    """The configured model's entry, from the catalogue and the workspace's own models.toml."""
    return models.load_catalogue((space.root / "models.toml",)).find(space.config.model)
