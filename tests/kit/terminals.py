"""Programs on a terminal of their own: a pseudo-terminal that controls them, so that Ctrl-C is a key and no signal of
ours. Linux and macOS."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pytest

needs_terminals = pytest.mark.skipif(shutil.which("setsid") is None, reason="needs setsid (util-linux)")
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>()][A-Z0-9]?|\r")


class Terminal:
    """One program on its terminal. A context manager: what still runs at the end is killed."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, columns: int = 120
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        # setsid gives it this terminal as the one that controls it.
        words = ["env", "--default-signal=INT", "setsid", "-c", *command]
        terminal = {"TERM": "xterm-256color", "COLUMNS": str(columns)}
        self.process = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env={**environment, **terminal}
        )
        os.close(slave)
        self.raw = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """What was printed, without the controls."""
        return CONTROLS.sub("", self.raw)

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Until `text` has been printed after what was waited for before."""
        until = time.monotonic() + seconds
        self._seen = getattr(self, "_seen", 0)
        while text not in self.text[self._seen :]:
            assert self._read(until), f"no {text!r} in: {self.text[-2000:]}"
        self._seen = self.text.index(text, self._seen) + len(text)

    def end(self, seconds: float = 60) -> int:
        """Its exit code, once it has ended of itself."""
        until = time.monotonic() + seconds
        while self._read(until):
            pass
        return self.process.wait(max(0.1, until - time.monotonic()))

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux, when the last process of the terminal has ended
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
