"""PDFs made to hang, to flood or to break out: each ends with a typed reason or is read, and others do not notice.

The few that take seconds are left to scripts/torture_inputs.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import pytest

from localdigest import pdf
from localdigest.pdf.child import Reason
from localdigest.workspace import config
from tests.kit.hostile_pdfs import MADE
from tests.kit.places import SAMPLE
from tests.kit.scripted_engine import Scripted, whole_day

SLOW = {"header-and-zeros", "two-thousand-fonts", "states", "open-hex", "ten-times-packed", "everywhere", "many-clips",
        "one-word", "hyphens", "citations", "digits", "brackets", "long-path"}  # fmt: skip
REASONS = {
    "nothing": "empty",
    "html": "not-a-pdf",
    "encryption-of-itself": "encrypted",
    "ten-gigabytes": "broken",
    "million-pages": "broken",
    "deep-arrays": "broken",
    "map-of-long-texts": "memory",
}
"""Of some, what must be said; the others may be read, too."""


def ended(path: Path) -> tuple[str, str]:
    """The reason and its message, or `read`."""
    try:
        return ("read" if pdf.read(path, timeout=30).sentences else "nothing"), ""
    except pdf.PdfUnreadable as error:
        return error.reason, str(error)


@pytest.mark.parametrize("name", [name for name in MADE if name not in SLOW])
def test_a_hostile_pdf_is_read_or_gets_a_typed_reason(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    path.write_bytes(MADE[name]())
    reason, told = ended(path)
    assert reason in {*get_args(Reason), "read"} - {"crashed"}, told
    assert reason == REASONS.get(name, reason)
    assert "\n" not in told


def test_a_time_limit_ends_what_does_not_end(tmp_path: Path) -> None:
    path = tmp_path / "states.pdf"
    path.write_bytes(MADE["states"]())
    with pytest.raises(pdf.PdfUnreadable) as caught:
        pdf.read(path, timeout=1)
    assert caught.value.reason == "timeout"


@pytest.mark.parametrize("name", ["million-pages", "map-of-long-texts", "html", "nothing"])
def test_good_neighbours_of_a_hostile_pdf_are_read_and_explained(name: str, tmp_path: Path) -> None:
    config.create(tmp_path / "clean")
    clean = whole_day(config.open_workspace(tmp_path / "clean"), Scripted())
    folder = tmp_path / "pdfs"
    shutil.copytree(SAMPLE / "pdfs", folder)
    bad = min(folder.iterdir())
    bad.write_bytes(MADE[name]())
    config.create(tmp_path / "digest")
    made = whole_day(config.open_workspace(tmp_path / "digest"), Scripted(), pdf_dir=folder)
    hostile = bad.stem.partition("v")[0]
    for key, result in made.digest.results.items():
        if key == (hostile, "explain"):
            assert result.status != "done"
        else:
            assert result == clean.digest.results[key]
