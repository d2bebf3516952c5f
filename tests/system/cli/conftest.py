"""A workspace for commands that need none of a model but its bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from localdigest.workspace import config
from tests.kit.settings import edit


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose model is a file with the right bytes that nothing could load."""
    folder = tmp_path / "digest"
    config.create(folder)
    content = b"GGUF, but not really"
    (tmp_path / "tiny.gguf").write_bytes(content)
    (folder / "models.toml").write_text(
        f'[[model]]\nname = "tiny"\nsize = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f'sources = [{{ kind = "local", path = "{(tmp_path / "tiny.gguf").as_posix()}" }}]\n',
        encoding="utf-8",
    )
    edit(folder, 'model = "starter"', 'model = "tiny"')
    return folder
