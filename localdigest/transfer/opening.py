"""A package into the workspace: staged, read to the last byte, moved in by renames; then the store is told, at once.

Until all of it has been read and believed, nothing is touched but a staging folder. PDFs, wheels and a model then go to
their places, each whole; what the store is told is one transaction; the package's number is noted last. Each of these
steps may be done again, so whoever was killed anywhere opens the same package again: it is known by its hash.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import msgspec

from localdigest.files import sweep, sync_folder, write_atomic
from localdigest.language import profile
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError, ModelError
from localdigest.models import catalogue
from localdigest.records import taxonomy
from localdigest.store import Store
from localdigest.transfer import check
from localdigest.transfer.bag import Bag, Info
from localdigest.transfer.content import Contents, Day, Model, Settings
from localdigest.transfer.keys import PublicKey
from localdigest.transfer.source import Source
from localdigest.workspace import config
from localdigest.workspace.config import Workspace

STAGING = ".package-"
RECEIVED = "received"
OPENED = "packages.json"
"""In the workspace: of each key that packages were opened from, by fingerprint, the last (`check.Opened`)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a package brought. Paths are where things are now."""

    bag: Bag
    days: tuple[str, ...] = ()
    papers: int = 0
    pdfs: int = 0
    models: tuple[Path, ...] = ()
    software: Path | None = None
    received: tuple[Path, ...] = ()
    """Pages and exports as their maker wrote them: to look at, never to publish."""
    finished: tuple[date, ...] = ()
    """Days of which results came: this machine's own pages of them are to be written."""
    results: int = 0


def last_opened(space: Workspace, key: PublicKey | None) -> check.Opened:
    """The last package that was opened from this key.

    Raises ConfigError where the file is damaged: to take it for empty would let an old package in.
    """
    return _opened(space).get(key.fingerprint, check.NOTHING) if key else check.NOTHING


def _opened(space: Workspace) -> dict[str, check.Opened]:
    path = space.root / OPENED
    try:
        # A number alone: written by version 0.1.
        noted = msgspec.json.decode(path.read_bytes(), type=dict[str, int | check.Opened])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(
            "{path}: cannot be read ({error}); restore it, or remove it: then a package that was opened before is too",
            path,
            error,
        ) from error
    return {key: check.Opened(each) if isinstance(each, int) else each for key, each in noted.items()}


def clean(root: Path) -> None:
    """Removes what an open that was killed left in its staging folder. Call it while holding the workspace.

    Raises ConfigError where it cannot be removed.
    """
    for left in root.glob(STAGING + "*"):
        if left.is_dir() and not left.is_symlink():
            with ConfigError.for_os_error(
                "{path}: cannot be removed ({why}); remove this folder, which an open that was killed left, and"
                " open the package again",
                left,
            ):
                shutil.rmtree(left)


def open_package(
    space: Workspace, store: Store, source: Source, trust: PublicKey | None, now: datetime, say: Say, folder: Path
) -> Opened:
    """Takes the package in; `folder` is where models are kept. The workspace must be held.

    Raises InputRefused for a package that is not believed, ModelError for a model that the catalogue does not know,
    ConfigError where there is no room.
    """
    clean(space.root)
    last = last_opened(space, trust)
    with check.refusing(source.path):
        bag = check.look(source, trust, now, last)
    _room(space.root, bag.size)
    with ConfigError.for_os_error("{root}: cannot be written ({why}); give its owner the right to", space.root):
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=space.root))
    try:
        with check.refusing(source.path):
            contents = check.receive(source, bag, staging)
        specs = [_known(space, model) for model in contents.models]
        for day in contents.days:
            _remark(space, day, say)
        pdfs = _move_pdfs(space, contents, staging, say)
        models = tuple(_move_model(*pair, staging, folder) for pair in zip(specs, contents.models, strict=True))
        software = _move_software(space, bag, contents, staging)
        received = _move_texts(space, bag, contents, staging)
        papers, results = _tell(store, contents, say)
        if trust:
            now_last = {trust.fingerprint: check.Opened(bag.info.sequence, bag.digest)}
            write_atomic(space.root / OPENED, msgspec.json.encode(_opened(space) | now_last))
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    days = tuple(str(day.day) for day in contents.days)
    finished = tuple(done.day for done in contents.finished)
    return Opened(bag, days, papers, pdfs, models, software, received, finished, results)


def settings(root: Path, info: Info) -> dict[str, tuple[str, ...] | str | bool]:
    """What a new workspace takes over from the maker's, for `config.create`; nothing that is not known here."""
    try:
        theirs = msgspec.json.decode(info.settings, type=Settings)
        taken = msgspec.structs.asdict(theirs) | {"categories": taxonomy.known(theirs.categories, info.sequence)}
    except (msgspec.MsgspecError, ConfigError):
        return {}
    if theirs.language not in profile.usable(root / config.Config().prompts):
        del taken["language"]
    with contextlib.suppress(ModelError):
        catalogue.load_catalogue((root / "models.toml",)).find(theirs.model)
        return taken
    del taken["model"]
    return taken


def _room(root: Path, size: int) -> None:
    if (free := shutil.disk_usage(root).free) < size + (16 << 20):
        raise ConfigError(
            "{root} has {free} MiB free and the package holds {size}; make room and open it again",
            root,
            free >> 20,
            size >> 20,
        )


def _known(space: Workspace, model: Model) -> catalogue.ModelSpec:
    """The catalogue's entry for these bytes: a package cannot name a model of its own. Raises ModelError."""
    for spec in catalogue.load_catalogue((space.root / "models.toml",)).models:
        if (spec.sha256, spec.size) == (model.sha256, model.size):
            return spec
    raise ModelError(
        "the package's model (sha256 {sha256}…) is not in the catalogue of this workspace; nothing was taken in: if"
        " it is to be used, write its table into {path} and open the package again",
        model.sha256[:12],
        space.root / "models.toml",
    )


def _remark(space: Workspace, day: Day, say: Say) -> None:
    if set(day.categories) != set(space.config.categories):
        theirs, ours = (", ".join(names) or Notice("all") for names in (day.categories, space.config.categories))
        say(
            Notice(
                "{day} was collected for {theirs}, and this workspace shows {ours}: make `categories` the same on both"
                " machines",
                day.day,
                theirs,
                ours,
            )
        )
    if bool(day.page) != (space.config.window.mode == "announced"):
        say(
            Notice(
                "{day} was collected in another window.mode than this workspace has: make it the same on both machines",
                day.day,
            )
        )


# ---------------------------------------------------------------- into place


def _move(source: Path, target: Path) -> None:
    with ConfigError.for_os_error(
        "{target}: cannot be written ({why}); free space there and open the package again", target
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.replace(target)
        except OSError:  # the models folder may be on another file system
            sweep(target.parent)  # of an open that was killed here
            near = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            try:
                shutil.copyfile(source, near)
                with near.open("rb") as file:
                    os.fsync(file.fileno())
                near.replace(target)
            finally:
                near.unlink(missing_ok=True)
        sync_folder(target.parent)


def _move_pdfs(space: Workspace, contents: Contents, staging: Path, say: Say) -> int:
    """PDFs that are here already stay: work was done on their bytes."""
    moved = 0
    for name in contents.pdfs:
        target = space.pdfs / Path(name).name
        if target.exists():
            if target.read_bytes() != (staging / name).read_bytes():
                say(Notice("{path} is here already, with other bytes, and stays", target))
        else:
            _move(staging / name, target)
            moved += 1
    return moved


def _move_model(spec: catalogue.ModelSpec, model: Model, staging: Path, folder: Path) -> Path:
    target = folder / spec.file
    try:
        return catalogue.locate(spec, folder)
    except ModelError:  # absent, or damaged
        _move(staging / "data" / "model" / model.file, target)
        catalogue.write_stamp(spec, folder)
        return target


def _move_software(space: Workspace, bag: Bag, contents: Contents, staging: Path) -> Path | None:
    if not contents.software:
        return None
    target = space.root / "software" / bag.name
    if target.is_dir():  # of an open of the same package that was killed
        shutil.rmtree(target)
    _move(staging / "data" / "software", target)
    return target


def _move_texts(space: Workspace, bag: Bag, contents: Contents, staging: Path) -> tuple[Path, ...]:
    """Pages and exports as their maker wrote them, to a place of their own, which no site is built from."""
    folder = space.root / RECEIVED / bag.name
    targets = {name: folder / Path(name).name for name in contents.texts}
    for name, target in targets.items():
        _move(staging / name, target)
    return tuple(targets.values())


# ---------------------------------------------------------------- the store


def _tell(store: Store, contents: Contents, say: Say) -> tuple[int, int]:
    """Papers that were not known, and results taken, in one transaction."""
    new = taken = 0
    with store.together():
        for day in contents.days:
            new += store.add_papers(day.everything())
            _place(store, day, say)
            for paper in day.papers:
                store.note_pdf(paper, day.reason(paper))
            store.note_collect(day.day, "package", len(day.papers))
        for finished in contents.finished:
            known = store.having({result.paper_id for _, result in finished.results})
            kept = [(key, result) for key, result in finished.results if result.paper_id in known]
            store.save_all(kept)
            taken += len(kept)
            if len(kept) < len(finished.results):
                lost = Notice(
                    "{day}: results of papers that were never collected here are on its page alone", finished.day
                )
                say(lost)
    return new, taken


def _place(store: Store, day: Day, say: Say) -> None:
    if day.page is None:
        return
    here = store.page(day.day)
    if here is not None and here.closed and not day.page.closed:
        return
    if day.page.window.mode != "announced":
        store.place(day.page)
        return
    changed = [r.paper for r in day.replaced]
    placed = store.placed([paper.id for paper in (*day.papers, *day.before)])
    on_page = {p.id: p.version for p in store.page_papers(day.day)[0]} if here else {}
    elsewhere = {name for name, where in placed.items() if where.day and name not in on_page}
    new = [p for p in day.papers if p.id not in elsewhere and p.id not in on_page]
    before = [p for p in day.before if p.id not in placed]
    shown = store.replaced([paper.id for paper in changed])
    if elsewhere & {p.id for p in day.papers}:
        say(Notice("{day}: {count} papers are on other pages here already, and stay there", day.day, len(elsewhere)))
    page = replace(day.page, left=here.left) if here else day.page
    store.place(page, new, before, [p for p in changed if (p.id, p.version) not in shown])
