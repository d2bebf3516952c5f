"""At most one request at a time and a pause after each, over all localdigest processes of this user.

A lock of the operating system decides whose turn it is; a small file beside it says since when, and for how
long, nobody may ask. The lock is held during a request only, so that waiting processes meet on equal terms.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import filelock
import msgspec

from localdigest.files import state_folder, sweep, write_atomic
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError, NoticeError

LONGEST = 86400.0
"""Seconds. A longer rest is taken for a day: a Retry-After in the year 2400 must not silence us for good."""


class RestingError(NoticeError):
    """Nobody may ask for longer than the caller would wait; the message says since when, and why."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nobody asks for `seconds` from `since` (seconds since 1970)."""

    since: float
    seconds: float
    why: str = ""
    """For the user, where a rest is longer than the ordinary pause."""

    @property
    def left(self) -> float:
        """Seconds. A clock that was set back makes it no longer than the whole rest."""
        return min(max(0.0, self.since + self.seconds - time.time()), self.seconds)


class Turn:
    """One request's time. What follows it may be made a longer rest while it lasts."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.why = seconds, ""

    def rest(self, seconds: float, why: str = "") -> None:
        if seconds > self.seconds:
            self.seconds, self.why = min(seconds, LONGEST), why


class Limiter:
    """Hands out turns. `interval` in seconds, from the end of one request to the start of the next.

    `on_event` is told when another process keeps us waiting.
    """

    def __init__(self, interval: float, on_event: Say) -> None:
        folder = state_folder()
        self.file = folder / "arxiv.json"
        self._interval, self._on_event = interval, on_event
        # Beside the file's wall clock: no clock that is set forward shortens our own pauses.
        self._free_at = 0.0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
        except OSError as error:
            raise self._trouble(error) from error
        self._lock = filelock.FileLock(folder / "arxiv.lock", thread_local=False)

    @contextlib.contextmanager
    def turn(self, patience: float) -> Iterator[Turn]:
        """Waits for this process's turn and holds it. Raises RestingError beyond `patience` seconds of rest."""
        self._enter(patience)
        turn = Turn(self._interval)
        try:
            yield turn
        finally:
            self._free_at = time.monotonic() + turn.seconds
            try:
                self._write(Rest(time.time(), turn.seconds, turn.why))
            finally:
                self._lock.release()

    def hold(self, seconds: float) -> None:
        """Nobody asks for the next `seconds`; ours wait for it in their next turn."""
        self._free_at = max(self._free_at, time.monotonic() + seconds)
        self._acquire()
        try:
            if self._read().left < seconds:
                self._write(Rest(time.time(), seconds))
        finally:
            self._lock.release()

    def _enter(self, patience: float) -> None:
        seen, over = Rest(0.0, 0.0), 0.0
        while True:
            self._acquire()
            try:
                if (rest := self._read()) != seen:
                    seen, over = rest, time.monotonic() + rest.left
                own = self._free_at - time.monotonic()
                # Once waited for it is over, though a clock that was set back says that it has not even begun.
                left = max(min(rest.left, over - time.monotonic()), own)
                if left <= 0:
                    # Until the turn ends: whoever finds this with the lock free knows of a process that died.
                    self._put(b"asking")
                    return
            except BaseException:
                self._lock.release()
                raise
            self._lock.release()
            if left > patience:
                until = time.strftime("%Y-%m-%d %H:%M", time.localtime(time.time() + left))
                raise RestingError(
                    "{why}: nothing is asked of it before {until}",
                    rest.why or Notice("arXiv is to be left alone"),
                    until,
                )
            if rest.left > max(0.0, own) + self._interval:
                self._on_event(
                    Notice("another localdigest was told to slow down; asking arXiv in {seconds:.0f} s", left)
                )
            time.sleep(left)

    def _acquire(self) -> None:
        try:
            try:
                self._lock.acquire(timeout=self._interval)
            except filelock.Timeout:
                self._on_event(Notice("another localdigest is asking arXiv; waiting for its answer"))
                self._lock.acquire(timeout=-1)
        except OSError as error:
            raise self._trouble(error) from error

    def _read(self) -> Rest:
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=Rest)
        except FileNotFoundError:
            return Rest(0.0, 0.0)
        except msgspec.MsgspecError:
            # A process died while it asked: when that ended is not known, so the pause begins now.
            rest = Rest(time.time(), self._interval)
            self._write(rest)
            return rest
        except OSError as error:
            raise self._trouble(error) from error

    def _write(self, rest: Rest) -> None:
        self._put(msgspec.json.encode(rest))

    def _put(self, data: bytes) -> None:
        try:
            write_atomic(self.file, data)
        except ConfigError as error:
            raise self._trouble(error.__cause__) from error

    def _trouble(self, error: BaseException | None) -> ConfigError:
        return ConfigError(
            "{folder}: cannot be used to take turns at arXiv ({error}); make it writable, or name another folder in"
            " LOCALDIGEST_STATE",
            self.file.parent,
            getattr(error, "strerror", error),
        )
