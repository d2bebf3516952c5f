"""The export of a run keeps its schema."""

from __future__ import annotations

import json
from pathlib import Path

from localdigest.workspace import config
from tests.kit.schema import faults
from tests.kit.scripted_engine import Scripted, whole_day


def test_a_runs_export_fits_the_schema(tmp_path: Path) -> None:
    """The sample day through the main path: real PDFs, a scripted engine whose answers have findings."""
    config.create(tmp_path)
    space = config.open_workspace(tmp_path)
    page = whole_day(space, Scripted())
    written = json.loads(page.export.read_bytes())
    assert faults(written) == []
    assert {p[task]["status"] for p in written["papers"] for task in ("translation", "breakdown")} == {"done"}
    assert any("sentence" in finding for p in written["papers"] for finding in p["translation"]["findings"])


def test_a_runs_export_without_pdfs_fits_the_schema(tmp_path: Path) -> None:
    config.create(tmp_path)
    page = whole_day(config.open_workspace(tmp_path), Scripted(), pdf_dir=None)
    written = json.loads(page.export.read_bytes())
    assert faults(written) == []
    assert {p["breakdown"]["status"] for p in written["papers"]} == {"pending"}
