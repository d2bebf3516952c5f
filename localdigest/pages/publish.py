"""From the store to the pages: papers and results become a Digest, and that the files of a day.

`run` writes pages when their work is done, `render` again at any time; the latter loads no more than this.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

from localdigest.arxiv import calendar
from localdigest.files import make_folder, write_atomic
from localdigest.flows import brief
from localdigest.flows.brief import Models
from localdigest.messages import Notice, Reason
from localdigest.messages.errors import LocaldigestError
from localdigest.pages import contents, days, figures, plan
from localdigest.pages.contents import DayPlan, Planner
from localdigest.records import Digest, FormName, Outcome, Result
from localdigest.records.chosen import Chosen
from localdigest.render import forms, templates
from localdigest.render.entries import WAITING
from localdigest.render.jekyll import ASSETS
from localdigest.select.selection import Selection
from localdigest.store import Store
from localdigest.workspace.config import Workspace


@dataclass(frozen=True, slots=True)
class Published:
    digest: Digest
    files: Mapping[FormName, Path]
    """By the name of the form; `render.forms.ALWAYS` are among them."""

    @property
    def page(self) -> Path:
        return self.files["jekyll"]

    @property
    def export(self) -> Path:
        return self.files["json"]

    @property
    def address(self) -> str:
        """To be opened: the page for the browser, or where none is made the Markdown."""
        return self.files.get("html", self.page).resolve().as_uri()


def publish(
    space: Workspace,
    store: Store,
    day: date,
    plan_day: Planner,
    waiting: Reason = WAITING,
    names: Sequence[FormName] = (),
) -> Published:
    """Write the day from what is stored, in the forms of these names; the same results give the same bytes.

    Without names, in those that every run writes and the configured ones. A new HTML page brings the index along.
    `plan_day` says what the page holds, and the other days of the feed; `waiting` is why work that is due is not done.
    """
    names = tuple(names or dict.fromkeys((*forms.ALWAYS, *space.config.page.formats)))
    digest, files = _write_day(space, store, plan_day(day), waiting, names)
    files |= _write_series(space, store, digest, plan_day, names)
    return Published(digest, {name: files[name] for name in names})


def publish_all(
    space: Workspace, store: Store, when: Sequence[date], models: Models, names: Sequence[FormName]
) -> Iterator[tuple[date, LocaldigestError | None]]:
    """Write each of the days as `publish` does, yielding it with what kept it from being written.

    What is over all days, the archive and the feed, is written once, after the last. Raises ConfigError where nothing
    could be written at all, or one of these not.
    """
    templates.check(space.templates)
    for folder in {getattr(space, (forms.SERIES.get(name) or forms.FORMS[name]).folder) for name in names}:
        make_folder(folder)
    # An archive may have thousands of days: only those that a feed is made of are kept.
    longest = max(series.days for series in forms.SERIES.values())
    plan_day = functools.lru_cache(longest)(contents.planner(space, store, brief.load(space, models)))
    last, bad = None, set()
    for day in when:
        trouble = None
        try:
            last, _ = _write_day(space, store, plan_day(day), WAITING, names)
        except LocaldigestError as error:
            trouble = error
            bad.add(day)
        yield day, trouble
    if last is not None:
        _write_series(space, store, last, plan_day, names, bad)


def _write_day(
    space: Workspace, store: Store, planned: DayPlan, waiting: Reason, names: Sequence[FormName]
) -> tuple[Digest, dict[FormName, Path]]:
    """The day's own files, its small record for the archive, and how much of its work is left."""
    digest = compose(space, store, planned, waiting, figured=_figured(space, names))
    files: dict[FormName, Path] = {}
    for name in (name for name in names if name in forms.FORMS):
        form = forms.FORMS[name]
        files[name] = getattr(space, form.folder) / form.name.format(day=planned.day)
        make_folder(files[name].parent)
        own = replace(wishes(space), beside=bool(digest.figures), links=_links(space, planned.day, names))
        write_atomic(files[name], form.write(digest, own))
    if "jekyll" in files and space.config.page.figures == "all":
        figures.write(figures.site(space.posts), digest, ASSETS)
    if "markdown" in files:
        figures.write(files["markdown"].parent, digest)
    if "html" in files:
        from localdigest.pages import site  # here, since nothing but the browser's pages needs it

        site.write_record(space.site, forms.dressed(digest, wishes(space)))
    if known := planned.contents.page:
        due = plan.due(planned.works, store.stored(planned.keys))
        now = replace(known, left=len(due) + sum(result.status == "pending" for result in planned.held))
        if now != known:  # a transaction waits for the disk
            store.place(now)
    return digest, files


def _write_series(
    space: Workspace,
    store: Store,
    digest: Digest,
    plan_day: Planner,
    names: Sequence[FormName],
    without: Collection[date] = (),
) -> dict[FormName, Path]:
    """What is written of several days, once one of them, `digest`, has its own files; not of the days `without`."""
    day, files = digest.window.day, {}
    for name in (name for name in names if name in forms.SERIES):
        series = forms.SERIES[name]
        files[name] = getattr(space, series.folder) / series.name
        make_folder(files[name].parent)
        latest = sorted({*days.written(space, store), day}.difference(without))[-series.days :]
        digests = [digest if each == day else compose(space, store, plan_day(each), figured=False) for each in latest]
        write_atomic(files[name], series.write(digests, wishes(space)))
    if "html" in names:
        from localdigest.pages import site

        site.write_index(space.site, digest.language, wishes(space))
    return files


def _figured(space: Workspace, names: Sequence[FormName]) -> bool:
    """Whether one of these forms shows figures."""
    wanted = space.config.page.figures
    return wanted == "all" or (wanted == "own" and not {"html", "epub", "markdown"}.isdisjoint(names))


def compose(
    space: Workspace, store: Store, planned: DayPlan, waiting: Reason = WAITING, *, figured: bool = True
) -> Digest:
    """What a page shows: what was planned for it, with what is stored of that by now; `figured`: with its figures."""
    conf, found, papers = space.config, planned.contents, planned.selection.papers
    latest = store.latest(papers, conf.language, planned.keys)
    return Digest(
        found.window,
        conf.language,
        conf.categories,
        found.listed,
        papers,
        plan.shown(planned.works, planned.held, latest, waiting),
        planned.selection.left_out,
        sources=found.page.sources if found.page else (),
        remarks=found.page.remarks if found.page else (),
        replacements=found.replacements,
        figures=figures.read(space.figures, papers) if figured and conf.page.figures != "none" else {},
        updated=store.last_stored(papers, conf.language),
        chosen=_chosen(planned.selection),
        elsewhere=found.elsewhere,
        closed=calendar.closed(planned.day),
    )


def _chosen(selection: Selection) -> dict[str, Chosen]:
    """Why each paper is on the page; nothing where nothing speaks for any, so that all rank alike."""
    kept = [choice for choice in selection.choices if not choice.reason]
    told = {choice.paper.id: Chosen(choice.rank, choice.matched) for choice in kept}
    return told if any(choice.matched for choice in kept) else {}


def wishes(space: Workspace, marks: str = "") -> forms.Wishes:
    """How the pages of a workspace are to look; `marks` as in `forms.Wishes`."""
    page = space.config.page
    figures, links = page.figures == "all", _served_links() if marks else {}
    return forms.Wishes(
        page.coverage, space.templates, marks, figures, url=page.url, typography=page.typography, links=links
    )


def dresser(space: Workspace) -> Callable[[Result], Result] | None:
    """What makes of a result what its reader sees, for `store.search.look`; None where that is the same."""
    if not space.config.page.typography:
        return None
    from localdigest.render.typography import set_result

    return set_result


_LINKED: Mapping[FormName, str] = {
    "epub": "EPUB",
    "atom": "Atom",
    "markdown": "Markdown",
    "bibtex": "BibTeX",
    "csl": "CSL JSON",
}


def _served_links() -> dict[str, str]:
    """Where the day's other forms are on a server, which has all of them."""
    return {shown: "/feed.xml" if name in forms.SERIES else f"/{{day}}/{name}" for name, shown in _LINKED.items()}


def _links(space: Workspace, day: date, names: Collection[FormName]) -> dict[str, str]:
    """Where they are in the workspace: those that every run writes, that are written now, or were once."""
    found = {}
    for name, shown in _LINKED.items():
        form = forms.SERIES.get(name) or forms.FORMS[name]
        there = getattr(space, form.folder) / form.name.format(day=day)
        if name in (*space.config.page.formats, *names) or there.exists():
            folder = os.path.relpath(getattr(space, form.folder), space.site).replace(os.sep, "/")
            found[shown] = quote(f"{folder}/{form.name}".removeprefix("./"), safe="/{}.:-_")
    return found


def write_absence(space: Workspace, day: date, outcome: Outcome, reason: Notice | None) -> None:
    """An export that says why there is no page of `day`, unless there is one."""
    if (space.posts / f"{day}-arxiv.md").exists():
        return
    conf, path = space.config, space.exports / f"{day}.json"
    make_folder(path.parent)
    empty = Digest(calendar.window(day), conf.language, conf.categories, 0, (), outcome=outcome, reason=reason)
    write_atomic(path, forms.FORMS["json"].write(empty, forms.Wishes()))
