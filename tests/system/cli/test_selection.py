"""The command line: selection, deadlines, schedules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from localdigest.workspace import config
from tests.kit.places import SAMPLE
from tests.kit.program import localdigest
from tests.kit.scripted_engine import Scripted, whole_day
from tests.kit.settings import edit

SAMPLE_RUN = ("run", "--from", str(SAMPLE / "atom.xml"), "--date", "2026-01-30")


def test_select_explains_each_paper_without_a_model(root: Path) -> None:
    edit(root, "exclude = []", "exclude = ['singing']")
    edit(root, 'model = "tiny"', 'model = "starter"')
    assert localdigest("-C", root, "collect", *SAMPLE_RUN[1:]).code == 0
    asked = ("-C", root, "select", "--date", "2026-01-30")
    rows = json.loads(localdigest(*asked, "--json").out)
    assert [(row["id"], row["rank"], row["selected"], row["reason"]) for row in rows] == [
        ("2202.13288", 1, True, ""),
        ("2009.06122", 0, False, "excluded: singing"),
    ]
    table = localdigest(*asked)
    assert [line.split()[2] for line in table.out.splitlines()] == ["2202.13288", "2009.06122"]
    assert "1 of 2 papers selected" in table.err
    other = localdigest("-C", root, "select", "--date", "2026-02-03")
    assert (other.code, "there is no page of 2026-02-03" in other.trouble) == (2, True)
    edit(root, 'mode = "announced"', 'mode = "submitted"')
    other = localdigest("-C", root, "select", "--date", "2026-02-01")
    assert (other.code, other.out) == (0, "")
    assert "none are there of 2026-02-01" in other.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_papers = 0", "max_paper = 0", "did you mean select.max_papers?"),
        ("max_papers = 0", "max_papers = -1", "max_papers"),
        ('order = "submitted"', 'order = "score"', "order"),
        ("include = []", "include = ['titel:x']", "did you mean title:?"),
        ("interests = []", "interests = ['my.bib']", "my.bib"),
    ],
)
def test_a_selection_that_cannot_be_used_is_said_before_any_work(root: Path, old: str, new: str, said: str) -> None:
    path = root / config.FILE  # `include = []` also stands in a comment of its own
    path.write_text(re.sub(f"(?m)^{re.escape(old)}", new, path.read_text("utf-8")), encoding="utf-8")
    done = localdigest("-C", root, *SAMPLE_RUN)
    assert done.code == 2
    assert said in done.trouble


def test_a_deadline_must_be_a_time_and_a_budget_minutes(root: Path) -> None:
    for option in (("--deadline", "8"), ("--deadline", "25:00"), ("--budget", "-1"), ("--budget", "soon")):
        assert localdigest("-C", root, "digest", *option).code == 2
    whole_day(config.open_workspace(root), Scripted())
    in_time = localdigest("-C", root, *SAMPLE_RUN, "--deadline", "08:00", "--budget", "1.5", "--at", "07:00")
    assert in_time.code == 0


@pytest.mark.parametrize(("kind", "known"), [("systemd", True), ("windows", True), ("cron", False), ("launchd", False)])
def test_a_schedule_waits_for_mains_where_the_scheduler_can_tell(tmp_path: Path, kind: str, known: bool) -> None:
    words = ("init", "--categories", "cs.SD", "--schedule", kind, "--at", "06:45", "--on-mains")
    done = localdigest("-C", tmp_path / "digest", *words)
    assert done.code == (0 if known else 2)
    if not known:
        assert "the others cannot tell" in done.err
        return
    texts = [path.read_bytes().decode("utf-16" if kind == "windows" else "utf-8") for path in written(tmp_path)]
    assert any("ConditionACPower=true" in text or "OnBatteries>true</Disallow" in text for text in texts)


def written(folder: Path) -> list[Path]:
    return sorted((folder / "digest" / "schedule").iterdir())


@pytest.mark.parametrize("kind", ["systemd", "cron", "launchd", "windows"])
def test_init_schedules_and_says_how_to_install(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "my digest"
    words = ("init", "--categories", "astro-ph", "--schedule", kind, "--at", "06:45")
    done = localdigest("-C", "my digest", *words, cwd=tmp_path, TZ="UTC")
    assert done.code == 0
    written = [Path(line.removesuffix(" written")) for line in done.out.splitlines()[1:]]
    assert written
    assert sorted(written) == sorted((root / "schedule").iterdir())
    day, install, _, *following = done.err.splitlines()
    assert [line.strip() for line in following] == [
        "localdigest -C 'my digest' models pull qwen2.5-coder-1.5b",
        "localdigest -C 'my digest' run",
    ]
    assert install.startswith("Install it with: ")
    assert re.fullmatch(r"A run at 06:45 \(UTC\) on \d{4}-\d\d-\d\d makes the page of \d{4}-\d\d-\d\d\.", day)
    text = written[0].read_text("utf-16" if kind == "windows" else "utf-8")
    assert str(root) in text
    assert kind == "windows" or str(tmp_path / "no-such-folder") in text
