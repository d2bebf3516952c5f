"""From the store to the pages: papers and results become a Digest, and that the files of a day.

`run` writes pages when their work is done, `render` again at any time; the latter loads no more than this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from localdigest.arxiv import calendar
from localdigest.errors import LocaldigestError
from localdigest.files import make_folder, write_atomic
from localdigest.messages import Notice, Reason
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import contents, plan
from localdigest.records import Digest, FormName, Outcome
from localdigest.render import forms, templates
from localdigest.render.entries import WAITING
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


def publish(
    space: Workspace,
    store: Store,
    day: date,
    spec: ModelSpec,
    waiting: Reason = WAITING,
    names: Sequence[FormName] = (),
) -> Published:
    """Write the day from what is stored, in the forms of these names; the same results give the same bytes.

    Without names, in those that every run writes and the configured ones. A new HTML page brings the index along.

    `waiting` is the reason why work that is due is not done.
    """
    names = tuple(names or dict.fromkeys((*forms.ALWAYS, *space.config.page.formats)))
    record, files = _write(space, store, day, spec, waiting, names)
    files |= _over_days(space, store, record, spec, names)
    return Published(record, {name: files[name] for name in names})


def publish_all(
    space: Workspace, store: Store, days: Sequence[date], spec: ModelSpec, names: Sequence[FormName]
) -> Iterator[tuple[date, LocaldigestError | None]]:
    """Write each of the days as `publish` does, yielding it with what kept it from being written.

    What is over all days, the archive and the feed, is written once, after the last. Raises ConfigError where nothing
    could be written at all, or one of these not.
    """
    templates.check(space.templates)
    for folder in {getattr(space, (forms.SERIES.get(name) or forms.FORMS[name]).folder) for name in names}:
        make_folder(folder)
    last, bad = None, set()
    for day in days:
        trouble = None
        try:
            last, _ = _write(space, store, day, spec, WAITING, names)
        except LocaldigestError as error:
            trouble = error
            bad.add(day)
        yield day, trouble
    if last is not None:
        _over_days(space, store, last, spec, names, bad)


def _write(
    space: Workspace, store: Store, day: date, spec: ModelSpec, waiting: Reason, names: Sequence[FormName]
) -> tuple[Digest, dict[FormName, Path]]:
    """The day's own files, its small record for the archive, and how much of its work is left."""
    record, today = compose(space, store, day, spec, waiting)
    files: dict[FormName, Path] = {}
    for name in (name for name in names if name in forms.FORMS):
        form = forms.FORMS[name]
        files[name] = getattr(space, form.folder) / form.name.format(day=day)
        make_folder(files[name].parent)
        write_atomic(files[name], form.write(record, wishes(space)))
    if "html" in files:
        from localdigest.pages import site  # here, since nothing but the browser's pages needs it

        site.keep(space.site, record)
    known = store.page(day) if record.window.mode == "announced" else None
    if known:
        again = plan.due(today.works, store.stored([piece.key for piece in today.works]))
        now = replace(known, left=len(again) + sum(result.status == "pending" for result in today.held))
        if now != known:  # a transaction waits for the disk
            store.place(now)
    return record, files


def _over_days(
    space: Workspace,
    store: Store,
    record: Digest,
    spec: ModelSpec,
    names: Sequence[FormName],
    without: Collection[date] = (),
) -> dict[FormName, Path]:
    """What is written of several days, once `record`, one of them, has its own files; not of the days `without`."""
    day, files = record.window.day, {}
    for name in (name for name in names if name in forms.SERIES):
        series = forms.SERIES[name]
        files[name] = getattr(space, series.folder) / series.name
        make_folder(files[name].parent)
        latest = sorted({*contents.written(space), day}.difference(without))[-series.days :]
        digests = [record if each == day else compose(space, store, each, spec)[0] for each in latest]
        write_atomic(files[name], series.write(digests, wishes(space)))
    if "html" in names:
        from localdigest.pages import site

        site.write_index(space.site, record.language, wishes(space))
    return files


def compose(
    space: Workspace, store: Store, day: date, spec: ModelSpec, waiting: Reason = WAITING
) -> tuple[Digest, contents.Day]:
    """What the page of `day` shows, from what is stored, and the work that it consists of."""
    conf = space.config
    today = contents.look(space, store, day, spec)
    found, papers, keys = today.contents, today.selected.papers, [piece.key for piece in today.works]
    latest = store.latest(papers, conf.language, keys)
    known = store.page(day) if found.window.mode == "announced" else None
    digest = Digest(
        found.window,
        conf.language,
        conf.categories,
        found.listed,
        papers,
        plan.shown(today.works, today.held, latest, waiting),
        today.selected.left_out,
        sources=known.sources if known else (),
        remarks=known.remarks if known else (),
        replacements=found.replacements,
        updated=store.last_stored(papers, conf.language),
    )
    return digest, today


def wishes(space: Workspace, marks: str = "") -> forms.Wishes:
    """How the pages of a workspace are to look; `marks` as in `forms.Wishes`."""
    return forms.Wishes(space.config.page.coverage, space.templates, marks, space.config.page.url)


def note(space: Workspace, day: date, outcome: Outcome, reason: Notice | None) -> None:
    """Leaves an export that says why there is no page of `day`, unless there is one."""
    if (space.posts / f"{day}-arxiv.md").exists():
        return
    conf, path = space.config, space.exports / f"{day}.json"
    make_folder(path.parent)
    empty = Digest(calendar.window(day), conf.language, conf.categories, 0, (), outcome=outcome, reason=reason)
    write_atomic(path, forms.FORMS["json"].write(empty, forms.Wishes()))
