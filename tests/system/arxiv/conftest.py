"""A local arXiv of one paper, and polite clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localdigest.arxiv.client import Client
from tests.kit.arxiv_server import Arxiv, running
from tests.kit.guest import connector


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with running(["2512.00012v1"]) as server:
        yield server


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def connect(arxiv: Arxiv, said: list[str], tmp_path: Path) -> Callable[..., Client]:
    return connector(arxiv, said, tmp_path)


@pytest.fixture
def client(connect: Callable[..., Client]) -> Iterator[Client]:
    with connect() as polite:
        yield polite
