"""A new library in place of a damaged one: from what can still be read of it, then from the exports.

What comes back: every paper, result, page and mark in a readable part of the old file; else, from `exports/`, the
papers of each page and their results, which are current where model, prompt, sampling, PDF and localdigest's version
are the same as today's. What does not: papers that a page left out, failures, replacements, and what was announced
before the first page. A breakdown's configured length is in no export: one that was changed since goes unnoticed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from localdigest import __version__
from localdigest.arxiv import calendar
from localdigest.files import finish, sync_folder
from localdigest.flows import brief
from localdigest.flows.brief import Brief, Models
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, LibraryDamaged
from localdigest.pages import contents, plan, window
from localdigest.pages.contents import Planner
from localdigest.records import Breakdown, Marks, Page, Paper, Provenance, Result, Task, Translation, Window
from localdigest.store import Store
from localdigest.workspace.config import Workspace

_PARTS: tuple[tuple[Task, str, type[Translation] | type[Breakdown]], ...] = (
    ("translate", "translation", Translation),
    ("explain", "breakdown", Breakdown),
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    aside: Path | None
    """Where the damaged library is now; None where there was none at all."""
    papers: int
    read: int
    """Results that could be read of the damaged library."""
    exported: int
    """Results that came from exports alone."""
    pages: int
    unreadable: tuple[str, ...] = ()
    """Exports that could not be used, each with its reason."""


def rebuild(space: Workspace, models: Models) -> Rebuilt:
    """Raises ConfigError where the library is whole, or the new one cannot be written; then nothing has changed."""
    library, new = space.library, space.root / ".library.db.new"
    if library.exists() and _whole(library):
        raise ConfigError("{library}: is whole, so nothing is rebuilt; run without --rebuild", library)
    old = _salvage(library, space.root) if library.exists() else _Salvage()
    _remove(new)
    exported, unreadable, today = 0, [], brief.load(space, models)
    with Store(new) as store:
        plan_day = contents.planner(space, store, today)
        read = _put_back(store, old)
        for path in sorted(space.exports.glob("????-??-??.json")):
            try:
                export = msgspec.json.decode(path.read_bytes(), type=_Export)
            except (OSError, msgspec.MsgspecError) as error:
                unreadable.append(f"{path.name}: {error}")
                continue
            if export.outcome == "papers":
                exported += _take(space, store, export, today, plan_day)
        for name, marks in old.marks.items():
            store.mark(name, **msgspec.to_builtins(marks))
        papers, pages_made = len(store.papers()), len(store.pages())
    aside = _aside(library) if library.exists() else None
    try:
        finish(new, library)
    except OSError as error:
        raise ConfigError(
            "{library}: cannot be replaced ({why}); what it was is in {aside}", library, error.strerror, aside
        ) from error
    return Rebuilt(aside, papers, read, exported, pages_made, tuple(unreadable))


def report(made: Rebuilt) -> list[Notice]:
    """For the user, a sentence a line."""
    kept = (
        Notice("The damaged library is kept as {path}.", made.aside) if made.aside else Notice("There was no library.")
    )
    return [
        Notice(
            "{kept} The new one has {papers} papers and {pages} pages; {read} results were read of the old one,"
            " {exported} come from exports.",
            kept,
            made.papers,
            made.pages,
            made.read,
            made.exported,
        ),
        *(Notice("An export could not be used: {why}.", each) for each in made.unreadable),
        Notice("Run again to make anew what neither had."),
    ]


def _whole(library: Path) -> bool:
    try:
        with Store(library) as store:
            store.verify()
    except LibraryDamaged:
        return False
    return True


def _aside(library: Path) -> Path:
    """Keeps the damaged file under another name, first beside its own, so that at no moment there is none."""
    number = 1
    while (aside := library.with_name(f"{library.name}.damaged-{number}")).exists():
        number += 1
    try:
        try:
            os.link(library, aside)
        except OSError:  # a file system without hard links
            shutil.copyfile(library, aside)
        # Else SQLite would play the old journal back into the new library.
        journal = library.with_name(f"{library.name}-journal")
        if journal.exists():
            journal.replace(aside.with_name(f"{aside.name}-journal"))
        sync_folder(library.parent)
    except OSError as error:
        raise ConfigError(
            "{library}: cannot be kept aside ({why}); free some space there", library, error.strerror
        ) from error
    return aside


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)


# ---------------------------------------------------------------- what can be read of the damaged file


@dataclass
class _Salvage:
    superseded: list[Paper] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    """By key, in the order in which they were stored."""
    pages: list[Page] = field(default_factory=list)
    placed: list[tuple[str, int, str, str]] = field(default_factory=list)
    """Paper, version, kind, day."""
    marks: dict[str, Marks] = field(default_factory=dict)


def _salvage(library: Path, root: Path) -> _Salvage:
    """From a copy, since SQLite may write to what it opens (a journal that a killed run left)."""
    copy = root / ".library.db.copy"
    _remove(copy)
    try:
        for suffix in ("", "-journal"):
            if (source := library.with_name(library.name + suffix)).exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        return _read_all(copy)
    except OSError as error:
        raise ConfigError(
            "{library}: cannot be copied ({why}); free some space there", library, error.strerror
        ) from error
    finally:
        _remove(copy)


def _read_all(path: Path) -> _Salvage:
    found = _Salvage()
    for (record,) in _rows(path, "record", "superseded"):
        found.superseded += _decoded(record, Paper)
    for (record,) in _rows(path, "record", "papers"):
        found.papers += _decoded(record, Paper)
    for _, key, record in sorted(_rows(path, "serial, CAST(key AS BLOB), record", "results")):
        found.results |= {key.decode("ascii", "replace"): result for result in _decoded(record, Result)}
    for (record,) in _rows(path, "record", "pages"):
        found.pages += _decoded(record, Page)
    for name, version, kind, day in _rows(path, "paper_id, version, kind, day", "placed"):
        with contextlib.suppress(UnicodeDecodeError):
            found.placed.append((name.decode(), version, kind.decode(), day.decode()))
    for name, star, read, hide, note in _rows(path, "paper_id, star, read, hide, note", "marks"):
        with contextlib.suppress(UnicodeDecodeError):
            found.marks[name.decode()] = Marks(bool(star), bool(read), bool(hide), note.decode())
    return found


def _rows(path: Path, columns: str, table: str) -> list[Any]:
    """The rows of a table, from its beginning to where it cannot be read, and from its end back to there."""
    rows: dict[tuple[Any, ...], None] = {}
    for order in ("ASC", "DESC"):
        with contextlib.suppress(sqlite3.DatabaseError), contextlib.closing(sqlite3.connect(path)) as db:
            db.text_factory = bytes  # so that text which was overwritten is found out when it is decoded
            for row in db.execute(f"SELECT {columns} FROM {table} NOT INDEXED ORDER BY rowid {order}"):
                rows[row] = None
    return list(rows)


def _decoded(record: Any, kind: type[Any]) -> Iterator[Any]:
    with contextlib.suppress(msgspec.MsgspecError, TypeError):
        yield msgspec.json.decode(record, type=kind)


def _put_back(store: Store, old: _Salvage) -> int:
    """How many results."""
    store.add_papers(sorted(old.superseded, key=lambda paper: paper.version))
    store.add_papers(old.papers)
    known, count = {paper.id: paper for paper in store.papers()}, 0
    for key, result in old.results.items():
        if result.paper_id in known:  # else an export may have both
            store.save(key, result)
            count += 1
    on: dict[tuple[str, str], dict[tuple[str, int], Paper]] = {}
    new = {name for name, _, kind, _ in old.placed if kind == "new"}
    for name, version, kind, day in old.placed:
        if name in known and not (kind == "before" and name in new):
            # A paper is new once; of what a damaged file says twice, the last holds.
            which = (name, version if kind == "replaced" else 0)
            on.setdefault((kind, "" if kind == "before" else day), {})[which] = replace(known[name], version=version)
    placed: set[str] = set()
    for number, page in enumerate(sorted(old.pages, key=lambda page: page.window.day)):
        day = page.window.day.isoformat()
        fresh = [paper for paper in on.get(("new", day), {}).values() if paper.id not in placed]
        placed |= {paper.id for paper in fresh}
        before = on.get(("before", ""), {}).values() if not number else ()
        store.place(page, fresh, before, on.get(("replaced", day), {}).values())
    return count


# ---------------------------------------------------------------- what the exports have


class _Span(msgspec.Struct):
    mode: str
    start: datetime
    end: datetime
    announcements: tuple[date, ...] = ()


class _Export(msgspec.Struct):
    """As `export.to_json` writes it."""

    day: date
    language: str
    window: _Span
    papers: tuple[dict[str, Any], ...]
    outcome: str = "papers"
    sources: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def _take(space: Workspace, store: Store, export: _Export, today: Brief, plan_day: Planner) -> int:
    """Puts an export's page, papers and results into the store, where they are not yet; how many results."""
    entries = [(msgspec.convert(entry, Paper, strict=False), entry) for entry in export.papers]
    papers = tuple(paper for paper, _ in entries)
    store.add_papers(papers)
    placed = store.placed([paper.id for paper in papers])
    if store.page(export.day) is None:
        page = Page(_window(space, export), closed=True, asked=export.window.mode == "submitted",
                    sources=export.sources, remarks=export.remarks)  # fmt: skip
        new = [paper for paper in papers if paper.id not in placed] if export.window.mode == "announced" else []
        store.place(page, new)
    works = {(work.paper.id, work.paper.version, work.task): work for work in plan_day(export.day).works}
    known, count = store.latest(papers, export.language), 0
    for paper, entry in entries:
        for task, name, kind in _PARTS:
            part = entry.get(name, {})
            held = known.get((paper.id, task))
            if part.get("status") != "done" or (held and held.status == "done"):
                continue
            made = dict(part.get("provenance") or {})
            made["sampling"] = {**made.get("sampling", {}), "seed": made.pop("seed", 0)}
            provenance = msgspec.convert(made, Provenance, strict=False)
            content = msgspec.convert(part, kind, strict=False)
            result = Result(paper.id, paper.version, task, export.language, "done", provenance=provenance,
                            **{"translation" if task == "translate" else "breakdown": content})  # type: ignore[arg-type]  # fmt: skip
            work = works.get((paper.id, paper.version, task))
            current = work is not None and _same(work, provenance, content, today)
            key = work.key if work is not None and current else _other_key(result)
            store.save(key, result)
            count += 1
    return count


def _same(work: plan.Work, made: Provenance, content: Translation | Breakdown, today: Brief) -> bool:
    """Whether today the same work would be done in the same way."""
    model = today.roles[work.task].model
    now = (model.sha256, today.fingerprint(work.task), model.sampling, __version__)
    then = (made.model_sha256, made.prompt, made.sampling, made.localdigest)
    same_pdf = not isinstance(content, Breakdown) or (work.pdf is not None and work.pdf.sha256 == content.source.sha256)
    return now == then and same_pdf


def _other_key(result: Result) -> str:
    """For a result that is shown until it is made anew."""
    return "exported-" + sha256(msgspec.json.encode(result)).hexdigest()


def _window(space: Workspace, export: _Export) -> Window:
    if export.window.mode == "announced":
        span = calendar.window(export.day)
        return replace(span, start=export.window.start, end=export.window.end, days=export.window.announcements)
    return window.submitted(export.day, space.config.window.zone, space.config.window.anchor)
