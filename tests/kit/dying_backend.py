"""A backend that loads and then dies of an illegal instruction at its first decode, as llama.cpp built wrongly does."""

from __future__ import annotations

import os
import signal

from tests.kit.scripted_program import Speaker


class Dying(Speaker):
    def decode(self, rows: list[tuple[int, int, int, bool]]) -> bool:
        os.kill(os.getpid(), signal.SIGILL)
        return True
