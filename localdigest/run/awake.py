"""A machine that falls asleep when nobody touches it is kept awake while a run works. Closing the lid still counts."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator

WHY = "papers are being translated and explained"
_WINDOWS = 0x80000000, 0x00000001
"""winbase.h: ES_CONTINUOUS, until it is called anew; ES_SYSTEM_REQUIRED."""


def command(system: str) -> list[str]:
    """What keeps a `system` (as sys.platform) awake for as long as it runs; it ends with its standard input."""
    if system == "darwin":
        return ["caffeinate", "-i", "cat"]
    return ["systemd-inhibit", "--what=sleep:idle", "--who=localdigest", f"--why={WHY}", "--mode=block", "cat"]


@contextlib.contextmanager
def awake(wanted: bool = True) -> Iterator[None]:
    """Where the system cannot be asked, or refuses, it sleeps as it always does. Opens no internet socket."""
    if not wanted:
        yield
    elif sys.platform == "win32":
        import ctypes

        continuous, required = _WINDOWS
        ctypes.windll.kernel32.SetThreadExecutionState(continuous | required)
        try:
            yield
        finally:
            ctypes.windll.kernel32.SetThreadExecutionState(continuous)
    else:
        with _running(command(sys.platform)):
            yield


@contextlib.contextmanager
def _running(words: list[str]) -> Iterator[None]:
    if shutil.which(words[0]) is None:
        yield
        return
    # Its standard input is ours: however this process ends, so does it. Ctrl-C is not for it.
    keeper = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            keeper.communicate(timeout=10)
