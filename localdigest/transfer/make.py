"""A package out of the workspace: what it is to hold is chosen, hashed while it is written, listed, and signed last.

It is written beside its place and renamed there when it is whole: a stick never holds half a package by that name.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO

import msgspec

from localdigest.files import sync_folder, write_atomic
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError
from localdigest.models import catalogue
from localdigest.store import Store
from localdigest.transfer import bag, content
from localdigest.transfer.keys import PrivateKey
from localdigest.transfer.source import MAX_ZIP
from localdigest.workspace.config import Workspace

PART = 2000 << 20
"""Bytes of a model's parts: below the 4 GiB of FAT32, and few."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the payload: `size` bytes of `path` from `offset` on, or `data`."""

    name: str
    data: bytes = b""
    path: Path | None = None
    offset: int = 0
    length: int = 0

    @property
    def size(self) -> int:
        return self.length if self.path else len(self.data)

    def pieces(self) -> Iterator[bytes]:
        if self.path is None:
            yield self.data
            return
        with self.path.open("rb") as file:
            file.seek(self.offset)
            left = self.length
            while left:
                piece = file.read(min(1 << 20, left))
                if not piece:
                    raise ConfigError("{path}: became shorter while it was read; make the package again", self.path)
                left -= len(piece)
                yield piece


def of_file(name: str, path: Path) -> Item:
    return Item(name, path=path, length=path.stat().st_size)


# ---------------------------------------------------------------- what goes in


def days(space: Workspace, store: Store, wanted: Sequence[date], say: Say) -> Iterator[Item]:
    """What the store knows of each day's page, and its PDFs. Raises ConfigError where it knows of none."""
    pdfs: dict[str, Path] = {}
    found = 0
    for which in wanted:
        day = content.day(space.config, store, which)
        if day is None:
            continue
        found += 1
        yield Item(f"data/days/{which}.json", msgspec.json.encode(day))
        files = {paper.file_stem: space.pdfs / f"{paper.file_stem}.pdf" for paper in day.papers}
        here = {stem: path for stem, path in files.items() if path.is_file()}
        say(Notice("{day}: {papers} papers, {pdfs} PDFs", which, len(day.papers), len(here)))
        pdfs |= here
    if not found:
        raise ConfigError(
            "{root}: nothing was collected for {days}; `localdigest collect` first, or name other days",
            space.root,
            _span(wanted),
        )
    for stem, path in pdfs.items():
        yield of_file(f"data/pdfs/{stem}.pdf", path)


def _span(wanted: Sequence[date]) -> str:
    return f"{wanted[0]} to {wanted[-1]}" if len(wanted) > 1 else str(wanted[0])


def model(
    spec: catalogue.ModelSpec, folder: Path, part: int = PART, say: Say = lambda _text: None, *, further: bool = False
) -> Iterator[Item]:
    """The model's file in parts, its bytes verified; a `further` one beside another. Raises ModelError."""
    path = catalogue.locate(spec, folder, say=say)
    yield Item(
        f"data/model/{spec.file}.json" if further else content.MODEL,
        msgspec.json.encode(content.Model(spec.name, spec.file, spec.size, spec.sha256)),
    )
    for number, offset in enumerate(range(0, spec.size, part), start=1):
        length = min(part, spec.size - offset)
        yield Item(f"data/model/{spec.file}.{number:03}", path=path, offset=offset, length=length)


def results(space: Workspace, store: Store, wanted: Sequence[date]) -> Iterator[Item]:
    """Finished pages, their exports, and what the store holds of their papers: text, no PDFs. Raises ConfigError."""
    for which in wanted:
        page, export = space.posts / f"{which}-arxiv.md", space.exports / f"{which}.json"
        for path in (page, export):
            if not path.is_file():
                raise ConfigError("{path}: is not there; `localdigest digest --date {which}` makes it", path, which)
        day = content.day(space.config, store, which)
        papers = day.papers if day else ()
        yield Item(f"data/results/{page.name}", page.read_bytes())
        yield Item(f"data/results/{export.name}", export.read_bytes())
        finished = content.Finished(which, store.done(papers))
        yield Item(f"data/results/{which}.results.json", msgspec.json.encode(finished))


def folder_items(folder: Path) -> Iterator[Item]:
    """All that `software.gather` put there."""
    for path in sorted(folder.iterdir()):
        yield of_file(f"data/software/{path.name}", path)


# ---------------------------------------------------------------- the bag


def next_number(key: PrivateKey | None, now: datetime) -> int:
    """A number that rises from package to package of a key, whatever the clock does: seconds since 1970, or one more.

    The last one is kept beside the private key.
    """
    path = key.path.with_name(key.path.name + ".last") if key else None
    last = 0
    if path and path.is_file():
        try:
            last = int(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            raise ConfigError(
                "{path}: does not hold a number; remove it if this machine's clock is right", path
            ) from None
    number = max(last + 1, int(now.timestamp()))
    if path:
        write_atomic(path, f"{number}\n")
    return number


def write(
    items: Sequence[Item], into: Path, told: str, key: PrivateKey | None, valid: timedelta, as_zip: bool, now: datetime,
    settings: content.Settings | None = None,
) -> Path:  # fmt: skip
    """Writes the package into the folder `into`, which is made, and returns its path. `told`: what is in it.

    Raises ConfigError where it cannot be written.
    """
    total = sum(item.size for item in items)
    if as_zip and total + (64 << 20) > MAX_ZIP:
        raise ConfigError(
            "{into}: {total} MiB are too much for a ZIP that FAT32 can hold; leave --zip out", into, total >> 20
        )
    if big := [item.name for item in items if item.size > 2**31]:
        raise ConfigError("{path}: is over 2 GiB; leave it out", big[0])
    try:
        content.room({item.name: item.size for item in items})
    except bag.BrokenBag as error:
        raise ConfigError("{into}: {error}; {way_out}", into, error, error.way_out) from error
    number = next_number(key, now)
    suffix = ".zip" if as_zip else ""
    # Only a key remembers its numbers; without one, two packages of a second would have the same.
    while key is None and (into / f"localdigest-{number}{suffix}").exists():
        number += 1
    final = into / f"localdigest-{number}{suffix}"
    temporary = into / f".{final.name}.part"
    try:
        into.mkdir(parents=True, exist_ok=True)
        if final.exists():
            raise ConfigError("{path}: is there already; remove it, or write elsewhere", final)
        if (free := shutil.disk_usage(into).free) < total:
            raise ConfigError(
                "{into} has {free} MiB free and the package needs {total}; make room there",
                into,
                free >> 20,
                total >> 20,
            )
        try:
            with _zip(temporary) if as_zip else _folder(temporary) as create:
                payload = {item.name: _write(create, item) for item in items}
                set_to = msgspec.json.encode(settings).decode() if settings else ""
                info = bag.Info(number, now, now + valid, told, set_to)
                tags = bag.tag_files(payload, info)
                if key:
                    tags[bag.SIGNATURE] = key.sign(tags[bag.TAGMANIFEST])
                for name, data in tags.items():
                    _write(create, Item(name, data))
            temporary.replace(final)
            sync_folder(into)
        finally:
            if temporary.is_dir():
                shutil.rmtree(temporary, ignore_errors=True)
            temporary.unlink(missing_ok=True)
    except bag.BrokenBag as error:
        raise ConfigError("{into}: {error}; rename the file", into, error) from error
    except OSError as error:
        raise ConfigError(
            "{path}: cannot be written ({why}); free space there or write elsewhere", final, error.strerror
        ) from (error)
    return final


def _write(create: Create, item: Item) -> bag.Member:
    digest = hashlib.sha256()
    with create(item.name) as file:
        for piece in item.pieces():
            digest.update(piece)
            file.write(piece)
    return bag.Member(item.size, digest.hexdigest())


class _Durable(io.FileIO):
    """A new file that is on the disk when closed: sticks are pulled early."""

    def close(self) -> None:
        if not self.closed:
            os.fsync(self.fileno())
        super().close()


Create = Callable[[str], IO[bytes]]
"""Opens a new file of the package, by its name there."""


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[Create]:
    def create(name: str) -> IO[bytes]:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        return io.BufferedWriter(_Durable(path / name, "xb"))

    if path.is_dir():
        shutil.rmtree(path)
    path.mkdir()
    yield create


@contextlib.contextmanager
def _zip(path: Path) -> Iterator[Create]:
    """Stored, one after the other, nothing but names and sizes: what `source.Zip` reads."""

    def create(name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, time.gmtime()[:6])
        info.external_attr = 0o100644 << 16
        return archive.open(info, "w")

    with (
        io.BufferedRandom(_Durable(path, "w+b")) as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED, allowZip64=False) as archive,
    ):
        yield create
