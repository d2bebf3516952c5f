"""Titles on the main path."""

from __future__ import annotations

import json
from pathlib import Path

from localdigest.records import Completion, Request
from tests.kit.scripted_engine import Scripted, some_chinese, whole_day
from tests.kit.workspaces import ASKED, space_of


def test_a_run_translates_titles_and_a_second_one_does_nothing(tmp_path: Path) -> None:
    def answer(request: Request) -> Completion:
        is_title = "标题" in request.messages[0].text
        return Completion("深度噪声抑制挑战赛 ICASSP 2021 2022", "stop") if is_title else some_chinese(request)

    space = space_of(tmp_path / "digest", ASKED)
    made = whole_day(space, Scripted(answer))
    data = json.loads(made.export.read_bytes())
    shown = [each["translation"]["title"] for each in data["papers"]]
    assert len(shown) == 2
    assert all({"title", "title_findings"} <= each["translation"].keys() for each in data["papers"])
    whole_day(space, None)
    # Off again, the page shows what there was: nothing done is taken away, nothing is asked.
    plain = space_of(tmp_path / "plain")
    before = json.loads(whole_day(plain, Scripted(answer)).export.read_bytes())
    assert not {"title", "title_findings"} & before["papers"][0]["translation"].keys()
