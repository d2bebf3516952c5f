"""The library's file: opened, brought to today's tables, and whatever can be wrong with it told in a sentence."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, LibraryDamaged
from localdigest.records import Page, Paper, Result
from localdigest.store import index

_T = TypeVar("_T")

MIGRATIONS = tuple(sorted((Path(__file__).parent / "migrations").glob("*.sql")))
"""The steps by which the tables came about. Each is one transaction; `PRAGMA user_version` counts those done. Only
append."""
SEARCH = 4
"""The number of the step after which `store.index` takes in the papers that there are."""
_OTHER_TABLES = re.compile(r"no such (table|column)|(table|index|trigger) \S+ already exists|table \S+ has ")
"""What SQLite says of a file whose tables are not of the format that it tells; our own SQL gives it no other reason."""
_BUSY_SECONDS = 30.0
"""Readers (`render`, `status`) hold the file for milliseconds; a wait longer than this is worth a message."""


class Database:
    """The connection, its transactions and its troubles; `Store` says what is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._troubles():
            # Autocommit: every transaction below is opened and closed by our own statements.
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            with self._troubles():
                for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON"):
                    self._db.execute(f"PRAGMA {pragma}")
                self._migrate()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def verify(self) -> None:
        """Reads all of the file, and every record in it. Raises LibraryDamaged."""
        kinds = {"papers": Paper, "superseded": Paper, "results": Result, "pages": Page}
        with self._troubles():
            ((first, *_), *_) = self._db.execute("PRAGMA integrity_check(1)").fetchall()
            if first != "ok":
                raise LibraryDamaged(damaged(self._path, first))
            for table, kind in kinds.items():
                for (record,) in self._db.execute(f"SELECT record FROM {table}"):
                    msgspec.json.decode(record, type=kind)
            self._db.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")
            (lost,) = self._db.execute(
                "SELECT count(*) FROM papers WHERE id NOT IN (SELECT paper_id FROM documents)"
            ).fetchone()
            if lost:
                raise LibraryDamaged(damaged(self._path, Notice("the search knows nothing of {lost} papers", lost)))

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version < 0:
            raise LibraryDamaged(damaged(self._path, Notice("format {version}", version)))
        if version > len(MIGRATIONS):
            raise ConfigError(
                "{path}: was written by a newer localdigest (format {version}, this one knows {known}); update"
                " localdigest, or use another workspace",
                self._path,
                version,
                len(MIGRATIONS),
            )
        for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
            with self._writing() as db:
                run(db, step)
                if number == SEARCH:
                    index.fill(db)
                db.execute(f"PRAGMA user_version = {number}")

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is told within is one transaction: all of it, or nothing where an error leaves the block."""
        with self._writing():
            yield

    def _rows(self, question: str, *values: object) -> list[Any]:
        """All that there is to a question, read at once: no reader keeps the file from whoever writes."""
        with self._troubles():
            return self._db.execute(question, values).fetchall()

    def _records(self, kind: type[_T], question: str, *values: object) -> tuple[_T, ...]:
        """Of a question for one column, with records of that kind."""
        return tuple(self._record(kind, record) for (record,) in self._rows(question, *values))

    def _record(self, kind: type[_T], stored: str) -> _T:
        with self._troubles():
            return msgspec.json.decode(stored, type=kind)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._troubles():
            if self._db.in_transaction:  # of `together`
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                yield self._db

    @contextlib.contextmanager
    def _troubles(self) -> Iterator[None]:
        """Turns what can go wrong with a file into a sentence; an error of our own SQL stays a defect."""
        try:
            yield
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # SQLite's own words quote the file
            raise LibraryDamaged(damaged(self._path, error)) from error
        except sqlite3.DatabaseError as error:
            # The low byte is the plain code; the rest only refines it.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            undecodable = str(error).startswith("Could not decode to UTF-8")  # has no code, but all of the text
            other = _OTHER_TABLES.match(str(error))
            if undecodable or other or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise LibraryDamaged(damaged(self._path, Notice("bad text") if undecodable else error)) from error
            if notice := _trouble(code, self._path, error):
                raise ConfigError(notice) from error
            raise


def run(db: sqlite3.Connection, step: Path) -> None:
    """A step's statements, in the transaction that is open: `executescript` would end it."""
    statement = ""
    for line in step.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


def json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def utc(moment: datetime) -> str:
    """Of fixed width, so that the order of texts is that of times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def damaged(path: Path, error: object) -> Notice:
    if not isinstance(error, Notice):
        error = str(error)[:200]  # SQLite quotes the file, as far as its text goes
    return Notice(
        "{path}: is damaged or not a localdigest library ({error}); restore a copy of it, or let `localdigest -C {root}"
        " status --rebuild` put it aside and make a new one of what is left",
        path,
        error,
        path.parent,
    )


def _trouble(code: int, path: Path, error: Exception) -> Notice | None:
    match code:
        case sqlite3.SQLITE_FULL:
            return Notice("{path}: the disk is full; free some space and run again, finished work is kept", path)
        case sqlite3.SQLITE_IOERR:
            return Notice(
                "{path}: the disk does not answer as it should ({error}); check it and run again", path, error
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return Notice("{path}: cannot be written to; change its permissions or use another workspace", path)
        case sqlite3.SQLITE_CANTOPEN:
            return Notice("{path}: cannot be opened; check that its folder is there and yours to write to", path)
        case sqlite3.SQLITE_BUSY:
            return Notice("{path}: another program keeps it busy; close that program and run again", path)
    return None
