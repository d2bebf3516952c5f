"""The real 0.5B model, loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdigest.engine.llama import LlamaBackend
from localdigest.engine.settings import Settings


@pytest.fixture(scope="session")
def backend(small_model: Path) -> Iterator[LlamaBackend]:
    """That model, loaded once for all tests. Each Scheduler opens a fresh context in it."""
    # One thread: two wait for each other by spinning, which takes minutes where something else wants a processor.
    opened = LlamaBackend(small_model, Settings(slots=6, batch=512, threads=1))
    opened.longest = 2048
    yield opened
    opened.close()
