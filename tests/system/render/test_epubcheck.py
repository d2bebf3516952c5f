"""EPUBs as epubcheck judges them, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from localdigest.records import Digest
from localdigest.render.epub import to_epub
from tests.kit.digests import digest
from tests.kit.forms import hostile
from tests.kit.sixty import sixty


def with_figures() -> Digest:
    """Four papers with gist, leads, addresses and pictures, and the last without results."""
    made = sixty(4)
    return replace(made, results={key: result for key, result in made.results.items() if key[0] != made.papers[-1].id})


@pytest.mark.parametrize("made", [with_figures(), hostile(), digest([])])
def test_epubcheck_finds_nothing(made: Digest, tmp_path: Path) -> None:
    jar = Path(shutil.which("epubcheck") or "no-epubcheck")
    if not jar.exists() or not shutil.which("java"):
        pytest.skip("needs epubcheck and java")
    path = tmp_path / "day.epub"
    path.write_bytes(to_epub(made))
    done = subprocess.run(["java", "-jar", jar.resolve(), path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "0 fatals / 0 errors / 0 warnings" in done.stdout + done.stderr
