"""What a page holds and owes: its papers, those selected, and the work that it consists of.

Each is worked out once and handed on as a record; what is stored of the work is all that is read anew.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from localdigest.flows.brief import Brief
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, of_setting
from localdigest.pages import plan, window
from localdigest.records import PARTS, Page, Paper, Replacement, Result, Task, Window
from localdigest.records.chosen import Match
from localdigest.select import interests, selection
from localdigest.select.selection import Selection
from localdigest.store import Store
from localdigest.workspace.config import FILE, Config, Workspace


@dataclass(frozen=True, slots=True)
class Contents:
    window: Window
    listed: int
    papers: tuple[Paper, ...]
    """Those in the categories, in the page's order."""
    replacements: tuple[Replacement, ...] = ()
    page: Page | None = None
    """What is remembered of a page of an announcement."""
    elsewhere: tuple[str, ...] = ()
    """Where papers are listed, and none in the categories: those that they are in, the commonest first."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A page's contents, and which of its papers are worth their cost."""

    contents: Contents
    selection: Selection

    @property
    def day(self) -> date:
        return self.contents.window.day


@dataclass(frozen=True, slots=True)
class DayPlan(Selected):
    """What a page holds, and the work that it consists of."""

    works: tuple[plan.Work, ...]
    """Translations before breakdowns, each by rank."""
    held: tuple[Result, ...]
    """What cannot be worked on, and why."""

    @property
    def keys(self) -> list[str]:
        return [work.key for work in self.works]


Chooser = Callable[[Sequence[Paper]], Selection]
"""Selects among the papers of a page."""
Planner = Callable[[date], DayPlan]
"""Works out what the page of a day holds and owes. Raises ConfigError."""


def read(conf: Config, store: Store, day: date) -> Contents:
    """Of the page of `day`, as what it was made: of an announcement, or of files for a date. Raises ConfigError."""
    page = store.page(day) if conf.window.mode == "announced" else None
    if page is not None and page.window.mode == "announced":
        new, replaced = store.page_papers(day)
        listed, shown = window.select(new, page.window, conf.categories)
        changed = {paper.id for paper in window.select([r.paper for r in replaced], page.window, conf.categories)[1]}
        kept = tuple(r for r in replaced if r.paper.id in changed)
        return Contents(page.window, len(listed), shown, kept, page, () if shown else _categories(listed))
    if page is None and conf.window.mode == "announced":
        raise ConfigError("there is no page of {day}; `localdigest collect --date {day}` asks arXiv for it", day)
    span = window.submitted(day, conf.window.zone, conf.window.anchor)
    listed, shown = window.select(store.papers_between(span.start, span.end), span, conf.categories)
    return Contents(span, len(listed), shown, elsewhere=() if shown else _categories(listed))


def _categories(papers: Iterable[Paper]) -> tuple[str, ...]:
    return tuple(name for name, _count in Counter(name for paper in papers for name in paper.categories).most_common())


def missed(conf: Config, store: Store, day: date) -> Notice | None:
    """Why the page of `day` is empty, where papers were listed for it: none is in the categories."""
    found = read(conf, store, day)
    if not found.elsewhere:
        return None
    mine, theirs = ", ".join(conf.categories), ", ".join(found.elsewhere[:6])
    return Notice(
        "none of the papers listed for {day} ({listed}) is in {mine}; they are in {theirs}: set `categories` in {file}",
        day,
        found.listed,
        mine,
        theirs,
        FILE,
    )


def select(conf: Config, store: Store, day: date, choose: Chooser) -> Selected:
    """Raises ConfigError as `read`."""
    found = read(conf, store, day)
    return Selected(found, choose(found.papers))


def rules(conf: Config) -> selection.Rules:
    """Raises ConfigError."""
    settings = conf.select

    def parsed(name: str, texts: Iterable[str]) -> Iterator[selection.Rule]:
        for text in texts:
            with of_setting(f"select.{name}", text):
                yield selection.parse_rule(text)

    include, exclude = (tuple(parsed(name, getattr(settings, name))) for name in ("include", "exclude"))
    primary = frozenset(conf.categories if settings.primary_only else ())
    by_rank = settings.order == "rank"
    return selection.Rules(include, exclude, settings.authors, primary, settings.max_papers, by_rank)


LEARNT = 200
"""Starred papers that are learnt from at most, the last marked."""


def chooser(space: Workspace, store: Store | None = None) -> Chooser:
    """As configured; made before any work, since it may raise ConfigError. It learns from the stars in `store`."""
    configured, settings = rules(space.config), space.config.select
    named: dict[str, Match] = {}
    for name in settings.interests:
        with of_setting("select.interests", name):
            named |= {text: Match("interest", text) for text in interests.read(space.root / name)}
    marks = store.marks() if store and settings.learn else {}
    ids = [name for name, mark in marks.items() if mark.star][-LEARNT:]
    starred = [paper for name in ids if store and (paper := store.paper(name))]

    def choose(papers: Sequence[Paper]) -> Selection:
        today = {paper.id for paper in papers}  # a paper says nothing of itself
        learnt = {_text(paper): Match("starred", paper.title) for paper in starred if paper.id not in today}
        known = learnt | named
        near = interests.nearest(tuple(known), [_text(paper) for paper in papers]) if known else []
        scores = {
            paper.id: selection.Interest(score, tuple(known[text] for text in met))
            for paper, (score, met) in zip(papers, near, strict=False)
        }
        return selection.choose(papers, configured, scores)

    return choose


def _text(paper: Paper) -> str:
    return f"{paper.title}. {paper.abstract}"


def planner(space: Workspace, store: Store, brief: Brief, selected: Iterable[Selected] = ()) -> Planner:
    """For work that is done as `brief` says. Of `selected` pages the papers are not selected again.

    Nothing is read but the store, the interests and the PDFs' bytes.
    """
    conf, known = space.config, {each.day: each for each in selected}
    options: dict[Task, dict[str, plan.Option]] = {
        "translate": {"quality": brief.quality, **({"titles": True} if brief.title else {})},
        "explain": {"quality": brief.quality, **{part: brief.lengths[part] for part in PARTS}},
    }
    choose = functools.cache(lambda: chooser(space, store))
    recipes = {
        task: plan.Recipe(brief.fingerprint(task), role.model.sha256, role.model.sampling, options[task], brief.terms)
        for task, role in brief.roles.items()
    }

    def plan_day(day: date) -> DayPlan:
        found = known.get(day) or select(conf, store, day, choose())
        papers, absent = found.selection.papers, store.absent_pdfs(found.selection.papers)
        works, held = plan.wanted(found.selection.ranked, recipes, conf.language, _pdfs(space, papers), absent)
        return DayPlan(found.contents, found.selection, works, held)

    return plan_day


def _pdfs(space: Workspace, papers: Iterable[Paper]) -> dict[str, plan.Pdf]:
    named = {paper.id: space.pdfs / f"{paper.file_stem}.pdf" for paper in papers}
    found = {paper_id: path for paper_id, path in named.items() if path.is_file()}
    if not found:
        return {}
    from concurrent.futures import ThreadPoolExecutor

    # A day's PDFs are hundreds of megabytes; hashing holds no lock, so threads share it.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(found, pool.map(hash_pdf, found.values()), strict=True))


def hash_pdf(path: Path) -> plan.Pdf:
    with path.open("rb") as file:
        return plan.Pdf(path, hashlib.file_digest(file, "sha256").hexdigest())
