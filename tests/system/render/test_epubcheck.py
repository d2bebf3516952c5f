"""A day as a book, read by the checker of the format's own makers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from localdigest.records import Digest
from localdigest.render.epub import to_epub
from tests.kit.digests import every_place
from tests.kit.payloads import LINES, PAYLOADS, seen
from tests.kit.sixty import sixty

HOSTILE = every_place([text for text in (*PAYLOADS, *LINES) if seen(text)])


@pytest.mark.parametrize("made", [sixty(6), HOSTILE], ids=["a day", "hostile"])
def test_epubcheck_finds_nothing(made: Digest, tmp_path: Path) -> None:
    jar = Path(shutil.which("epubcheck") or "no-epubcheck")
    if not jar.exists() or not shutil.which("java"):
        pytest.skip("needs epubcheck and java")
    path = tmp_path / "day.epub"
    path.write_bytes(to_epub(made))
    done = subprocess.run(["java", "-jar", jar.resolve(), path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "0 fatals / 0 errors / 0 warnings" in done.stdout + done.stderr
