"""Pages: which there is something to do for, what is on one, and the work that it consists of."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from localdigest.arxiv import calendar
from localdigest.errors import ConfigError
from localdigest.language import glossary, profile, prompts
from localdigest.language.glossary import Glossary
from localdigest.language.prompts import Prompt
from localdigest.messages import Notice
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import placing, plan, window
from localdigest.records import PARTS, Outcome, Paper, Quality, Replacement, Result, Sampling, Task, Window
from localdigest.select import interests, selection
from localdigest.store import Store
from localdigest.workspace.config import Config, Workspace

if TYPE_CHECKING:
    from localdigest.flows.rounds import Means

# ---------------------------------------------------------------- which pages

_NONE_YET = Notice("there is no page yet; `localdigest run` makes one")


@dataclass(frozen=True, slots=True)
class Collected:
    """The days whose pages there is something to do for, and what became of the day that was asked about."""

    days: tuple[date, ...]
    """Ascending."""
    outcome: Outcome = "papers"
    reason: Notice | None = None


def newest(conf: Config, now: datetime) -> date:
    """The day of the newest page that there can be at `now`."""
    if conf.window.mode == "announced":
        return calendar.latest(now)
    return window.today(conf.window.zone, conf.window.anchor, now)


def by_announcement(conf: Config, store: Store, day: date | None, files: Sequence[Path]) -> bool:
    """Whether the page of `day` is one of an announcement.

    Files given for a day make a page of what was submitted in its window, in either mode: nobody can tell from a
    file whether it is a whole announcement. They add to one of an announcement that there is.
    """
    if conf.window.mode == "submitted" or not (files and day):
        return conf.window.mode == "announced"
    page = store.page(day)
    return page is not None and page.window.mode == "announced"


def not_out(day: date, now: datetime) -> Collected | None:
    """Why there can be no announcement of `day` at `now`; None where there can."""
    if none := calendar.why_none(day):
        return Collected((), "no-announcement", Notice("no announcement on {day}: {why}", day, none))
    if day > calendar.latest(now):
        made = f"{calendar.made_at(day).astimezone(UTC):%Y-%m-%d %H:%M}"
        why = Notice("the announcement of {day} is made at {time} UTC; run again then", day, made)
        return Collected((), "stale", why)
    return None


def ready(conf: Config, store: Store, day: date | None, now: datetime) -> Collected:
    """What there is to do without asking arXiv: the page of `day`, or the unfinished ones, or the last."""
    if day or conf.window.mode == "submitted":
        return Collected((day or newest(conf, now),))
    known, today = store.pages(), calendar.listing_day(now)
    made = [each for each, page in known.items() if page.closed and page.window.mode == "announced"]
    days = placing.unfinished(known, calendar.latest(now)) or tuple(made[-1:])
    none = calendar.why_none(today)
    reason = Notice("no announcement on {day}: {why}", today, none) if none else None
    unwritten = any(known[each].left is None for each in days)
    return Collected(days, "no-announcement" if none and not unwritten else "papers", reason)


def made(conf: Config, store: Store, day: date | None, now: datetime) -> Collected:
    """As `ready`. Raises ConfigError where there is no page."""
    found = ready(conf, store, day, now)
    if not found.days:
        raise ConfigError(_NONE_YET)
    return found


def by_time(conf: Config, store: Store) -> Callable[[datetime], date | None]:
    """The day of the page of a paper that is on no announcement's, from when it was submitted; None for no page."""
    if conf.window.mode == "submitted":
        return lambda when: window.today(conf.window.zone, conf.window.anchor, when) + timedelta(days=1)
    days = [day for day, page in store.pages().items() if page.window.mode == "submitted"]  # made of files for a date
    spans = [window.submitted(day, conf.window.zone, conf.window.anchor) for day in days]
    return lambda when: next((span.day for span in spans if span.start <= when < span.end), None)


def ever_written(space: Workspace, store: Store) -> tuple[date, ...]:
    """The days that have a page, or had one that can be written again, ascending. Raises ConfigError for none."""
    announced = {day for day, page in store.pages().items() if page.left is not None}
    if not (found := announced.union(written(space))):
        raise ConfigError(_NONE_YET)
    return tuple(sorted(found))


def written(space: Workspace) -> tuple[date, ...]:
    """The days that have a page, ascending."""
    names = (re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-arxiv\.md", path.name) for path in space.posts.glob("*.md"))
    return tuple(sorted(date.fromisoformat(match[1]) for match in names if match))


# ---------------------------------------------------------------- what is on one


@dataclass(frozen=True, slots=True)
class Contents:
    window: Window
    listed: int
    papers: tuple[Paper, ...]
    """Those in the categories, in the page's order."""
    replacements: tuple[Replacement, ...] = ()


def contents(conf: Config, store: Store, day: date) -> Contents:
    """Of the page of `day`, as what it was made: of an announcement, or of files for a date. Raises ConfigError."""
    page = store.page(day) if conf.window.mode == "announced" else None
    if page is not None and page.window.mode == "announced":
        new, replaced = store.page_papers(day)
        listed, shown = window.select(new, page.window, conf.categories)
        changed = {paper.id for paper in window.select([r.paper for r in replaced], page.window, conf.categories)[1]}
        return Contents(page.window, len(listed), shown, tuple(r for r in replaced if r.paper.id in changed))
    if page is None and conf.window.mode == "announced":
        raise ConfigError("there is no page of {day}; `localdigest collect --date {day}` asks arXiv for it", day)
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    listed, shown = window.select(store.papers_between(span.start, span.end), span, conf.categories)
    return Contents(span, len(listed), shown)


def of_its_window(space: Workspace, paper: Paper) -> date | None:
    """The page of what was submitted when the paper was, where it has been written."""
    zone, anchor = space.config.window.zone, space.config.window.anchor
    day = window.today(zone, anchor, paper.published) + timedelta(days=1)
    return day if (space.posts / f"{day}-arxiv.md").is_file() else None


def rules(conf: Config) -> selection.Rules:
    """Raises ConfigError."""
    settings = conf.select
    include, exclude = (tuple(map(selection.parse_rule, texts)) for texts in (settings.include, settings.exclude))
    primary = frozenset(conf.categories if settings.primary_only else ())
    by_rank = settings.order == "rank"
    return selection.Rules(include, exclude, settings.authors, primary, settings.max_papers, by_rank)


def chooser(space: Workspace) -> Callable[[Sequence[Paper]], selection.Selection]:
    """What selects among a page's papers, as configured; made before any work, since it may raise ConfigError."""
    configured = rules(space.config)
    known = interests.read([space.root / name for name in space.config.select.interests])

    def choose(papers: Sequence[Paper]) -> selection.Selection:
        near = interests.nearest(known, [f"{paper.title}. {paper.abstract}" for paper in papers]) if known else []
        scores = {paper.id: selection.Interest(*found) for paper, found in zip(papers, near, strict=False)}
        return selection.choose(papers, configured, scores)

    return choose


# ---------------------------------------------------------------- its work


def find_model(space: Workspace) -> ModelSpec:
    """The configured model's entry, from the catalogue and the workspace's own models.toml.

    Of a model on a server no bytes are known: its name there is what its results are told apart by. Raises ConfigError
    where no name or address is configured.
    """
    served = space.config.engine
    if served.kind == "endpoint":
        if not served.model or not served.url:
            raise ConfigError('engine.kind is "endpoint": engine.url and engine.model must say where and which model')
        return ModelSpec(served.model, 0, f"endpoint:{served.model}", ())
    return catalogue.load_catalogue((space.root / "models.toml",)).find(space.config.model)


@dataclass(frozen=True, slots=True)
class Texts:
    """What the tasks of one language are told: prompts and terms."""

    prompts: Mapping[str, Prompt]
    """By name: those that the language needs (`Language.prompts`), `part`, with citations, where it has one, and
    `title` where titles are translated."""
    glossary: Glossary

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is asked of the model: for a reader of English nothing is translated."""
        return tuple(task for task in plan.TASKS if task in self.prompts)

    @property
    def title(self) -> Prompt | None:
        """What titles are translated with; None where they are left in English."""
        return self.prompts.get("title")

    def cites(self, spec: ModelSpec) -> Prompt | None:
        """What a model that cites writes a part from; None for one whose breakdowns are condensed."""
        return self.prompts.get("part") if spec.breakdown == "cite" else None

    def fingerprint(self, task: Task, spec: ModelSpec) -> str:
        used = [self.prompts[name] for name in (task, "gloss") if name in self.prompts]
        if task == "explain" and (part := self.cites(spec)):
            used.append(part)
        if task == "translate" and self.title:
            used.append(self.title)
        return prompts.fingerprint(*used)

    def means(self, task: Task, sampling: Sampling, quality: Quality) -> Means:
        from localdigest.flows.rounds import EFFORTS, Means  # here, since a page is shown without any work

        return Means(self.prompts[task], self.prompts.get("gloss"), self.glossary, sampling, EFFORTS[quality])


@dataclass(frozen=True, slots=True)
class Day:
    """A day's papers and the work that its page consists of."""

    contents: Contents
    selected: selection.Selection
    works: tuple[plan.Work, ...]
    """Translations before breakdowns, each by rank."""
    held: tuple[Result, ...]


def texts(space: Workspace, *, titles: bool = True) -> Texts:
    """Of the workspace's language; with `titles=False` titles stay in English, whatever is configured (`eval`)."""
    language, folders = space.config.language, (space.prompts, prompts.SHIPPED)
    loaded = {name: prompts.load(name, language, folders) for name in profile.find(language).prompts}
    if profile.find_prompt("part", language, folders):
        loaded["part"] = prompts.load("part", language, folders)
    if titles and space.config.page.titles and profile.translated(language):
        loaded["title"] = prompts.load("title", language, folders)
    return Texts(loaded, glossary.load(language, (space.glossary, glossary.SHIPPED)))


def look(space: Workspace, store: Store, day: date, spec: ModelSpec) -> Day:
    """What is wanted for `day`: nothing is read but the store, the prompts and the PDFs' bytes."""
    conf, used = space.config, texts(space)
    found = contents(conf, store, day)
    selected = chooser(space)(found.papers)
    options: dict[Task, dict[str, plan.Option]] = {
        "translate": {"quality": conf.quality, **({"titles": True} if used.title else {})},
        "explain": {"quality": conf.quality, **{part: conf.breakdown.lengths[part] for part in PARTS}},
    }
    recipes = {
        task: plan.Recipe(used.fingerprint(task, spec), spec.sha256, spec.sampling, options[task], used.glossary)
        for task in used.tasks
    }
    absent = store.absent_pdfs(selected.papers)
    works, held = plan.wanted(selected.ranked, recipes, conf.language, _pdfs(space, selected.papers), absent)
    return Day(found, selected, works, held)


def _pdfs(space: Workspace, papers: Iterable[Paper]) -> dict[str, plan.Pdf]:
    named = {paper.id: space.pdfs / f"{paper.file_stem}.pdf" for paper in papers}
    found = {paper_id: path for paper_id, path in named.items() if path.is_file()}
    if not found:
        return {}
    from concurrent.futures import ThreadPoolExecutor

    # A day's PDFs are hundreds of megabytes; hashing holds no lock, so threads share it.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(found, pool.map(_pdf, found.values()), strict=True))


def _pdf(path: Path) -> plan.Pdf:
    with path.open("rb") as file:
        return plan.Pdf(path, hashlib.file_digest(file, "sha256").hexdigest())
