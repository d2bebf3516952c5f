"""The main path, from listings to the page:

    collect: clock -> announcements due -> listings -> papers -> pages in the store;  PDFs -> workspace
    digest:  papers of the page -> wanted work - stored results = due work
             due work -> flows (translate, explain) -> drive(flows, engine) -> results -> store
    publish: papers + results -> Digest -> page and export

Collecting says which days there are pages of; digest and publish then work on one day each.
Each result is stored the moment it is finished, so a run may be killed anywhere and repeated at no loss.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from localdigest import (
    __version__,
    announcements,
    batch,
    config,
    feed,
    harvest,
    models,
    pdf,
    plan,
    prompts,
    render,
    window,
)
from localdigest.ask import fetch_listing
from localdigest.collect import Client, adopt_pdfs, fetch_pdf, read_listings
from localdigest.drive import Draft, Flow, drive
from localdigest.engine import Engine, Stats, open_engine
from localdigest.errors import ArxivUnreachable, EngineFailed, LocaldigestError
from localdigest.explain import explain
from localdigest.files import write_atomic
from localdigest.harvest import Collected, not_out, ready
from localdigest.models import ModelSpec
from localdigest.records import (
    PARTS,
    Digest,
    Document,
    Listing,
    Outcome,
    Page,
    Paper,
    Provenance,
    Replacement,
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
    day: date | None,
    files: Sequence[Path],
    pdf_dir: Path | None,
    tell: Tell,
    now: datetime | None = None,
    connect: Callable[..., Client] = Client,
) -> Collected:
    """Bring the listings of `day`, or of what is due, into the store and their PDFs into the workspace.

    Files given for a day make a page of what was submitted in its window, in either mode: nobody can tell from a
    file whether it is a whole announcement. Raises InputRefused for a listing that cannot be believed,
    ArxivUnreachable when there is none to be had; then what is due stays due.
    """
    conf, now = space.config, now or datetime.now(UTC)
    space.pdfs.mkdir(exist_ok=True)

    def say(text: str) -> None:
        tell(Said(text))

    announced = conf.window.mode == "announced" and not (files and day and not _is_announced(store, day))
    if announced and day and (refusal := not_out(day, now)):
        note(space, day, refusal.outcome, refusal.reason)
        return refusal
    asked = day or window.today(conf.window.zone, conf.window.anchor, now)
    if files:
        listings = read_listings(files, feed.parse)
        if announced:
            harvest.from_files(conf, store, listings, day, now, say)
        else:
            _take(space, store, asked, listings, say)
        if pdf_dir is not None:
            known = feed.merge(listings)
            missing = adopt_pdfs(pdf_dir, known, space.pdfs, on_event=say)
            say(f"{len(known) - len(missing)} of {len(known)} PDFs found in {pdf_dir}")
        return ready(conf, store, day, now)
    with connect(conf.arxiv.contact, api_url=conf.arxiv.api_url, pdf_url=conf.arxiv.pdf_url, on_event=say) as client:
        stale: tuple[date, ...] = ()
        if announced:
            stale = _announcements(space, store, client, day, now, say)
        else:
            span = window.submitted(asked, conf.window.zone, conf.window.anchor)
            _take(space, store, asked, fetch_listing(client, conf.categories, span.start, span.end, feed.parse), say)
        found = ready(conf, store, day, now)
        found = replace(found, days=tuple(each for each in found.days if each not in stale))
        if conf.arxiv.pdfs:
            papers = [paper for each in found.days for paper in harvest.contents(conf, store, each)[2]]
            _fetch_pdfs(client, papers, space, say)
    if stale:
        return replace(found, outcome="stale", reason=_NOT_YET.format(day=stale[-1]))
    return found


_NOT_YET = "arXiv does not show the announcement of {day} yet; its window stays open for the next run"


def _announcements(
    space: config.Workspace, store: Store, client: Client, day: date | None, now: datetime, say: harvest.Say
) -> tuple[date, ...]:
    """The days that stay open, each with a note of why; whatever else was due is placed."""
    try:
        stale = harvest.from_arxiv(space.config, store, client, day, now, say)
    except ArxivUnreachable as error:
        for each in (day,) if day else batch.due(store.pages(), announcements.latest(now)):
            note(space, each, "failed", str(error))
        raise
    for each in stale:
        note(space, each, "stale", _NOT_YET.format(day=each))
    return stale


def _is_announced(store: Store, day: date) -> bool:
    page = store.pages().get(day)
    return page is not None and page.window.mode == "announced"


def _take(space: config.Workspace, store: Store, day: date, listings: Sequence[Listing], say: harvest.Say) -> None:
    """Papers of a day's window of submission."""
    conf = space.config
    for skipped in (sentence for listing in listings for sentence in listing.skipped):
        say(skipped)
    papers = feed.merge(listings)
    new = store.add_papers(papers)
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    if conf.window.mode == "announced":
        store.place(Page(span, closed=True, asked=True))  # what `digest` and `render` go by later
    listed, shown = window.select(papers, span, conf.categories)
    matched = f"{len(shown)} in {', '.join(conf.categories) or 'all categories'}"
    say(f"{len(papers)} papers listed, {new} new; {len(listed)} in the window of {day}, {matched}")
    if papers and not listed:
        first, last = (pick(paper.published for paper in papers).date() for pick in (min, max))
        say(f"they were submitted from {first} to {last}: choose a day with --date")


def _fetch_pdfs(client: Client, papers: Sequence[Paper], space: config.Workspace, say: harvest.Say) -> None:
    for number, paper in enumerate(papers, 1):
        try:
            reason = fetch_pdf(client, paper, space.pdfs)
        except ArxivUnreachable as error:
            # The listing is in: the rest can be translated today and explained when arXiv answers again.
            say(f"{error}; the PDFs still missing are asked for by the next run")
            return
        say(f"PDF {number}/{len(papers)} {paper.id}" + (f": {reason}" if reason else ""))


def note(space: config.Workspace, day: date, outcome: Outcome, reason: str) -> None:
    """Leaves an export that says why there is no page of `day`, unless there is one."""
    path = space.exports / f"{day}.json"
    if (space.posts / f"{day}-arxiv.md").exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    conf = space.config
    empty = Digest(announcements.window(day), conf.language, conf.categories, 0, (), outcome=outcome, reason=reason)
    write_atomic(path, render.to_json(empty))


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
    replacements: tuple[Replacement, ...]
    works: tuple[plan.Work, ...]
    held: tuple[Result, ...]
    prompts: Prompts


def look(space: config.Workspace, store: Store, day: date, spec: ModelSpec) -> Day:
    """What is wanted for `day`: nothing is read but the store, the prompts and the PDFs' bytes."""
    conf = space.config
    span, listed, papers, replacements = harvest.contents(conf, store, day)
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
    return Day(span, listed, papers, replacements, works, held, texts)


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
) -> None:
    """Do the day's due work and store each result. Loads no model where nothing is due."""
    today = look(space, store, day, spec)
    due = plan.due(today.works, store.stored([work.key for work in today.works]))
    tell(Planned(tuple((work.paper.id, work.task) for work in due)))
    if not due:
        return
    engine = opener(model)
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
    latest = store.latest(today.papers, conf.language, [work.key for work in today.works])
    known = store.pages().get(day) if today.window.mode == "announced" else None
    record = Digest(
        today.window,
        conf.language,
        conf.categories,
        today.listed,
        today.papers,
        plan.shown(today.works, today.held, latest),
        sources=known.sources if known else (),
        remarks=known.remarks if known else (),
        replacements=today.replacements,
    )
    page, export = space.posts / f"{day}-arxiv.md", space.exports / f"{day}.json"
    for path, content in ((page, render.to_jekyll(record)), (export, render.to_json(record))):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    if known:
        again = plan.due(today.works, store.stored([work.key for work in today.works]))
        waiting = sum(result.status == "pending" for result in today.held)
        store.place(replace(known, left=len(again) + waiting))
    return Published(record, page, export)


def find_model(space: config.Workspace) -> ModelSpec:
    """The configured model's entry, from the catalogue and the workspace's own models.toml."""
    return models.load_catalogue((space.root / "models.toml",)).find(space.config.model)
