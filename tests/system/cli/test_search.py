"""`search` as a person and as a program meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localdigest.records import Paper
from localdigest.store import Store
from localdigest.workspace import config
from tests.kit.digests import paper
from tests.kit.program import localdigest
from tests.kit.results import NOISE, TEXTS, VOCODER


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "digest"
    config.create(folder)
    with Store(folder / "library.db") as store:
        store.add_papers([VOCODER, NOISE, _hostile()])
        for name, result in TEXTS.items():
            store.save(f"t-{name}", result)
        store.mark(NOISE.id, star=True)
    return folder


def _hostile() -> Paper:
    return paper(3, "\x1b[2J\u202egnihtyna\x07 hostile")


def test_search_prints_papers_and_marks_its_hits(root: Path) -> None:
    done = localdigest("-C", root, "search", "语音增强", "enhancement")
    assert done.code == 0
    assert done.err == "1 of 1 papers\n"
    first, *more = done.out.splitlines()
    assert first == f"{NOISE.id}    2025-12-20  Speech [enhancement] with diffusion models *"
    assert [line.strip() for line in more] == ["用扩散模型做[语音增强]，抑制噪声。"]
    assert localdigest("-C", root, "search", "--starred").out.split()[0] == NOISE.id
    assert localdigest("-C", root, "search", "vocoder", "--to-day", "2025-12-17").err == "1 of 1 papers\n"
    assert localdigest("-C", root, "search", "--limit", "1", "--category", "cs").err == "1 of 3 papers\n"
    none = localdigest("-C", root, "search", "--", "-vocoder", "nowhere")
    assert (none.code, none.out, "no paper found" in none.err) == (0, "", True)
    hostile = localdigest("-C", root, "search", "hostile")
    assert "[2Jgnihtyna [hostile]" in hostile.out
    assert "\x1b" not in hostile.out


def test_search_tells_rows_and_total_as_json(root: Path) -> None:
    done = localdigest("-C", root, "search", "语音增强", "--json")
    answer = json.loads(done.out)
    (row,) = answer["rows"]
    assert (answer["total"], answer["more"]) == (1, False)
    assert (row["id"], row["marks"]["star"]) == (NOISE.id, True)
    assert row["snippets"]["translation"][1] == ["语音增强", True]


def test_a_search_for_nothing_is_usage(root: Path) -> None:
    done = localdigest("-C", root, "search")
    assert done.code == 2
    assert "say what to look for" in done.err
