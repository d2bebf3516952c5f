"""What is asked, found, mended and written is what it was; tests/kit/golden.py says how to change it."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from tests.kit import golden


@pytest.mark.parametrize("name", golden.ALL)
def test_nothing_has_changed(name: str) -> None:
    written = dict(golden.ALL[name]())
    kept = {path.relative_to(golden.GOLDEN).as_posix() for path in (golden.GOLDEN / name).rglob("*.*")}
    assert written.keys() >= kept, "some are no longer written"
    changed = [
        line[:300]
        for file, text in written.items()
        for line in difflib.unified_diff(
            golden.read(file).splitlines(), text.splitlines(), file, "now", n=0, lineterm=""
        )
    ]
    assert not changed, "\n".join(
        [*changed[:60], f"{len(changed)} lines; if it is meant: python -m tests.kit.golden --write"]
    )


def test_a_library_that_localdigest_0_1_has_left_is_read(tmp_path: Path) -> None:
    root = golden.workspace(tmp_path, stored=True)
    golden.run(root, "render", f"--date={golden.DAY}")
    assert [page.name for page in (root / "posts").iterdir()] == [f"{golden.DAY}-arxiv.md"]
    status = json.loads(golden.run(root, "status", "--json"))
    assert status["days"] == [golden.DAY, "2026-02-03"]  # the latter can be rendered again, though its files are gone
    assert (status["listed"], status["last_collect"]["papers"]) == (9, 2)
    assert status["counts"] == {
        "translate": {"done": 6, "pending": 0, "failed": 1, "skipped": 0},
        "explain": {"done": 2, "pending": 3, "failed": 1, "skipped": 1},
    }
    assert status["marks"] == {"starred": 1, "read": 1, "hidden": 1, "noted": 1}
    shown = json.loads(golden.run(root, "show", "2009.06122", "--language=ja", "--json"))
    assert [shown[made]["status"] for made in ("translation", "breakdown")] == ["done", "done"]
    found = json.loads(golden.run(root, "search", "--json", "降噪"))
    assert [row["id"] for row in found["rows"]] == ["2202.13288", "2009.06122", "2601.00003"]
    assert found["rows"][1]["marks"] == {"star": True, "read": False, "hide": False, "note": 'to be read: 1 < 2 & "so"'}
