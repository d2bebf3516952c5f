"""The command line as a user meets it: exit codes, one line for each trouble, results on standard output alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localdigest import run, store
from localdigest.serve.app import App
from localdigest.workspace import config, lock
from tests.kit.arxiv_server import Arxiv, running, status
from tests.kit.places import SAMPLE
from tests.kit.program import localdigest
from tests.kit.scripted_engine import Scripted, whole_day
from tests.kit.settings import edit

SAMPLE_RUN = ("run", "--from", str(SAMPLE / "atom.xml"), "--date", "2026-01-30")


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with running(["2512.00012v1", "2512.00011v1"]) as server:
        yield server


def use(root: Path, arxiv: Arxiv) -> None:
    edit(root, 'mode = "announced"', 'mode = "submitted"')
    edit(root, "https://export.arxiv.org/api/query", f"{arxiv.url}/api/query")
    edit(root, "https://export.arxiv.org/pdf", f"{arxiv.url}/pdf")


# ---------------------------------------------------------------- workspaces


def test_init_writes_a_configuration_once_and_c_may_stand_on_either_side(tmp_path: Path) -> None:
    before, after, here = tmp_path / "before", tmp_path / "after", tmp_path / "here"
    here.mkdir()
    assert localdigest("-C", before, "init").code == localdigest("init", "-C", after).code == 0
    assert localdigest("init", cwd=here).code == 0
    texts = {(folder / config.FILE).read_text(encoding="utf-8") for folder in (before, after, here)}
    assert texts == {config.TEMPLATE.read_text(encoding="utf-8").replace("titles = false", "titles = true")}
    edit(before, "anchor", "# anchor")
    mine = (before / config.FILE).read_text(encoding="utf-8")
    again = localdigest("-C", before, "init")
    assert again.code == 0
    assert "already" in again.out
    assert (before / config.FILE).read_text(encoding="utf-8") == mine


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("categories =", "categoriez =", "did you mean categories?"),
        ('anchor = "08:50"', 'ancor = "08:50"', "did you mean window.anchor?"),
        ("method = 375", "method = 6", "breakdown"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Nowhere"', "Asia/Nowhere"),
        ('language = "zh-CN"', 'language = "xx"', "there are: de, en"),
        ("pdfs = true", "pdfs = perhaps", "localdigest.toml"),
    ],
)
def test_a_configuration_that_cannot_be_used_ends_with_2(root: Path, old: str, new: str, said: str) -> None:
    edit(root, old, new)
    done = localdigest("-C", root, *SAMPLE_RUN)
    assert done.code == 2
    assert said in done.trouble


def test_a_mistyped_folder_is_not_made_a_workspace(root: Path) -> None:
    for command in ("run", "collect", "digest", "status", "render"):
        done = localdigest("-C", root.with_name("digset"), command)
        assert (done.code, f"did you mean {root}?" in done.trouble) == (2, True)
        far = localdigest("-C", root.with_name("elsewhere"), command)
        assert (far.code, "init` makes it one" in far.trouble) == (2, True)
    assert sorted(path.name for path in root.parent.iterdir()) == ["digest", "tiny.gguf"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--at", "25:00"), "'25:00' is no time of day; write it as HH:MM"),
        (("run", "--date", "30.1.2026"), "'30.1.2026' is no day; write it as 2026-01-30"),
        (("search", "nowhere"), "no paper found; all words must be there"),
        (("search", "noise", "--category", "cs.XX"), "'cs.XX' is no arXiv category"),
    ],
)
def test_what_is_said_of_an_option_or_a_search_says_the_way_out(root: Path, words: tuple[str, ...], said: str) -> None:
    assert said in localdigest("-C", root, *words).err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("look_back = 5", 'look_back = "x"', "line {}, window.look_back: Expected `int`"),
        ("max_papers = 0", "max_papers = -1", "line {}, select.max_papers: Expected `int` >= 0"),
        ('formats = ["html"]', 'formats = ["html", "pdfx"]', "line {}, page.formats: Invalid enum value 'pdfx'"),
        ('output = "posts"', "output = posts", "(at line {}, column 10)"),
        ("look_back = 5", "lookback = 5", "line {}: unknown key window.lookback; did you mean window.look_back?"),
        ('categories = ["cs.SD", "eess.AS"]', 'categories = ["cs.XX"]', "line {}: 'cs.XX' is no arXiv category"),
        ('language = "zh-CN"', 'language = "xx"', "line {}: no language 'xx'"),
    ],
)
def test_a_broken_setting_is_told_with_its_line(root: Path, old: str, new: str, said: str) -> None:
    edit(root, old, new)
    lines = (root / config.FILE).read_text("utf-8").splitlines()
    assert said.format(lines.index(new) + 1) in localdigest("-C", root, "status").trouble


def test_a_model_that_does_not_exist_is_one_finding_of_doctor_and_a_line_of_status(root: Path) -> None:
    edit(root, 'model = "tiny"', 'model = "tinny"')
    status = localdigest("-C", root, "status")
    assert (status.code, "unknown model 'tinny'; did you mean tiny?" in status.out) == (0, True)
    found = {row["name"]: row for row in json.loads(localdigest("-C", root, "doctor", "--json").out)}
    assert (found["model"]["state"], found["library"]["state"]) == ("wrong", "well")
    assert "did you mean tiny?" in found["model"]["says"]


def test_pdfs_are_counted_where_they_were_found(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    given = ("collect", "--from", SAMPLE / "atom.xml")
    assert "2 of 2 PDFs found in" in localdigest("-C", root, *given, "--pdf-dir", SAMPLE / "pdfs").err
    again = localdigest("-C", root, *given, "--pdf-dir", tmp_path / "empty")
    assert "0 of 2 PDFs found in" in again.err
    assert "2 more are in the workspace already" in again.err
    assert "announcement on" not in again.err  # nobody asked about today


def test_a_wrong_use_exits_with_2_and_no_traceback(root: Path) -> None:
    for arguments in (("run", "--date", "yesterday"), ("no-such-command",), ("run", "--no-such-option")):
        done = localdigest("-C", root, *arguments)
        assert done.code == 2
        assert "Traceback" not in done.err
        assert done.out == ""


# ---------------------------------------------------------------- exit codes


def test_a_missing_model_is_said_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    done = localdigest("-C", tmp_path / "new", *SAMPLE_RUN, models=tmp_path)
    assert done.code == 5
    assert "`localdigest models pull qwen2.5-coder-1.5b`" in done.trouble
    assert not (tmp_path / "new" / "library.db").exists()
    done = localdigest("-C", tmp_path / "new", *SAMPLE_RUN, "--model", "qwen2.5-coder-1.5", models=tmp_path)
    assert done.code == 5
    assert "qwen2.5-coder-1.5b" in done.trouble


def test_a_model_with_other_bytes_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF, but NOT really")
    done = localdigest("-C", root, *SAMPLE_RUN)
    assert done.code == 5
    assert "tiny.gguf" in done.trouble
    assert not (root / "library.db").exists()


def test_a_listing_that_is_none_is_refused(root: Path, tmp_path: Path) -> None:
    listing = tmp_path / "listing.xml"
    listing.write_text("<html><body>Please wait</body></html>", encoding="utf-8")
    done = localdigest("-C", root, "run", "--from", listing)
    assert done.code == 4
    assert "listing.xml" in done.trouble


def test_a_workspace_in_use_is_left_alone(root: Path) -> None:
    with lock.hold(root, "localdigest run --at 07:00"):
        done = localdigest("-C", root, *SAMPLE_RUN)
    assert done.code == 6
    who = rf"\(`localdigest run --at 07:00`, process {os.getpid()} on \S+, since \d{{4}}-\d\d-\d\d [\d:]+ UTC\)"
    assert re.search(who, done.trouble)


def test_an_arxiv_that_refuses_ends_with_7(root: Path, arxiv: Arxiv) -> None:
    use(root, arxiv)
    arxiv.faults = [status(403)]
    done = localdigest("-C", root, "collect", "--date", "2025-12-17")
    assert done.code == 7
    assert "--from" in done.trouble
    assert len(arxiv.requests) == 1


def test_an_arxiv_that_is_not_there_ends_with_7(root: Path) -> None:
    edit(root, "https://export.arxiv.org/api/query", "http://127.0.0.1:9/api/query")
    done = localdigest("-C", root, "run", "--date", "2025-12-17")
    assert done.code == 7
    assert "try again later, or work from files" in done.trouble


def test_collect_from_arxiv_needs_no_model(root: Path, arxiv: Arxiv) -> None:
    use(root, arxiv)
    edit(root, "pdfs = true", "pdfs = false")
    edit(root, 'model = "tiny"', 'model = "starter"')
    done = localdigest("-C", root, "collect", "--date", "2025-12-17")
    assert (done.code, done.out) == (0, "")
    assert "2 papers listed, 2 new" in done.err
    assert [request.path for request in arxiv.requests] == ["/api/query"]


def test_only_what_is_selected_is_downloaded_the_best_first(root: Path) -> None:
    edit(root, "max_papers = 0", "max_papers = 2")
    edit(root, "interests = []", 'interests = ["my.txt"]')
    (root / "my.txt").write_text("00011v1\n00012v1, less so\n", encoding="utf-8")
    with running(["2512.00013v1", "2512.00012v1", "2512.00011v1"]) as arxiv:
        use(root, arxiv)
        assert localdigest("-C", root, "collect", "--date", "2025-12-17").code == 0
    assert [request.path for request in arxiv.requests] == ["/api/query", "/pdf/2512.00011v1", "/pdf/2512.00012v1"]


def test_done_is_0_in_part_is_3_and_results_alone_are_on_standard_output(root: Path, tmp_path: Path) -> None:
    space = config.open_workspace(root)
    published = whole_day(space, Scripted(), pdf_dir=None)
    arguments = ("-C", root, *SAMPLE_RUN)
    part = localdigest(*arguments)
    assert (part.code, part.out) == (3, f"{published.page}\n{published.address}\n")
    assert "2 papers: 2 translated, 0 explained, 2 pending, 0 failed" in part.err
    whole_day(space, Scripted())
    page = published.page.read_bytes()
    done = localdigest(*arguments, "--json")
    assert done.code == 0
    answer = json.loads(done.out)
    assert Path(answer["page"]) == published.page
    assert answer["address"] == answer["pages"][0]["address"] == (root / "site" / "2026-01-30.html").as_uri()
    assert answer["counts"]["explained"] == 2
    assert published.page.read_bytes() == page
    quiet = localdigest("-q", *arguments)
    assert (quiet.code, quiet.out) == (0, f"{published.page}\n{published.address}\n")
    assert len(quiet.err.splitlines()) <= 1


@pytest.mark.parametrize("day", [("--date", "2026-01-30"), ()], ids=["window", "announcement"])
def test_a_day_all_of_whose_papers_are_in_other_categories_is_told_so_and_ends_with_3(
    root: Path, day: tuple[str, ...]
) -> None:
    edit(root, '["cs.SD", "eess.AS"]', '"hep-PH astro-ph"')
    done = localdigest("-C", root, "run", "--from", SAMPLE / "atom.xml", *day, "--json")
    said = "none of the papers listed for 2026-01-30 (2) is in hep-ph, astro-ph; they are in eess.AS, cs.SD"
    assert (done.code, said in json.loads(done.out)["reason"]) == (3, True)
    edit(root, "hep-PH astro-ph", "hep-ph, eess.XX")
    for command in ("run", "render", "status"):
        refused = localdigest("-C", root, command)
        assert (refused.code, "'eess.XX' is no arXiv category; eess has eess.AS" in refused.trouble) == (2, True)
    assert str(root / config.FILE) in refused.trouble


def test_a_day_without_papers_is_done_and_said(root: Path) -> None:
    done = localdigest("-C", root, "run", "--from", SAMPLE / "atom.xml", "--date", "2026-01-31")
    assert done.code == 0
    assert "No papers for 2026-01-31" in done.err


def test_a_day_without_an_announcement_is_done_and_one_to_come_is_not(root: Path) -> None:
    edit(root, "https://export.arxiv.org/api/query", "http://127.0.0.1:9/api/query")
    done = localdigest("-C", root, "run", "--date", "2025-12-20")
    assert (done.code, done.out, done.err) == (0, "", "No announcement on 2025-12-20: Saturday.\n")
    holiday = localdigest("-C", root, "run", "--date", "2025-12-26", "--json")
    answer = json.loads(holiday.out)
    assert (holiday.code, answer["outcome"], answer["page"]) == (0, "no-announcement", None)
    assert answer["reason"] == "no announcement on 2025-12-26: arXiv holiday on 2025-12-25"
    export = json.loads((root / "exports" / "2025-12-26.json").read_text(encoding="utf-8"))
    assert (export["outcome"], export["papers"], export["window"]["mode"]) == ("no-announcement", [], "announced")
    to_come = localdigest("-C", root, "run", "--date", "2099-06-02", "--json")
    assert (to_come.code, json.loads(to_come.out)["outcome"]) == (7, "stale")
    failed = localdigest("-C", root, "run", "--date", "2025-12-17")
    assert failed.code == 7
    assert "cannot be connected" in failed.trouble
    assert json.loads((root / "exports" / "2025-12-17.json").read_text(encoding="utf-8"))["outcome"] == "failed"
    for command in ("digest", "render"):
        none = localdigest("-C", root, command)
        assert (none.code, "localdigest run" in none.trouble) == (2, True)


def test_files_without_a_date_are_the_announcement_that_they_tell_of(root: Path) -> None:
    published = whole_day(config.open_workspace(root), Scripted(), day=None)
    assert published.page.name == "2026-01-30-arxiv.md"
    with store.Store(root / "library.db") as library:
        saturday = datetime(2026, 1, 31, 12, tzinfo=UTC)
        files = [SAMPLE / "atom.xml"]
        agenda = run.collect(config.open_workspace(root), library, None, files, None, lambda _: None, saturday)
    assert (agenda.outcome, agenda.reason) == ("papers", None)  # nobody asked for an announcement of today
    page = published.page.read_text(encoding="utf-8")
    assert "- 投稿时段（截止 14:00 ET，美国东部时间）：2026-01-28 14:00 — 2026-01-29 14:00\n" in page
    assert page.count("\n## ") == 2
    shown = localdigest("-C", root, "render")
    assert (shown.code, shown.out) == (0, f"{published.page}\n")


def test_what_is_a_page_is_the_same_to_render_status_show_and_open(root: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" >> "$0.opened"\n', encoding="utf-8")
    browser.chmod(0o755)
    none = localdigest("-C", root, "open")
    assert (none.code, "`localdigest run` makes one" in none.trouble) == (2, True)
    published = whole_day(config.open_workspace(root), Scripted())  # from files for a date: of no announcement
    for path in (published.page, published.export):
        path.unlink()
    assert json.loads(localdigest("-C", root, "status", "--json").out)["days"] == ["2026-01-30"]
    assert json.loads(localdigest("-C", root, "show", "2009.06122", "--json").out)["page"] == "2026-01-30"
    unasked: Any = None
    assert App(config.open_workspace(root), unasked).day(unasked, "2026-01-30").status == "200 OK"
    opened = localdigest("-C", root, "open", BROWSER=str(browser))
    assert (opened.code, opened.out) == (0, f"{published.address}\n")
    assert browser.with_name("browser.opened").read_text("utf-8") == opened.out
    assert localdigest("-C", root, "render").out == f"{published.page}\n"
    Path(published.files["html"]).unlink()
    gone = localdigest("-C", root, "open", "--date", "2026-01-30", BROWSER=str(browser))
    assert (gone.code, "render --format html --date 2026-01-30" in gone.trouble) == (2, True)


def test_render_needs_no_model_and_writes_where_it_is_told(root: Path, tmp_path: Path) -> None:
    published = whole_day(config.open_workspace(root), Scripted())
    (tmp_path / "tiny.gguf").unlink()
    day = ("--date", "2026-01-30")
    assert localdigest("-C", root, "render", *day).out == f"{published.page}\n"
    export = localdigest("-C", root, "render", *day, "--format", "json", "-o", "-")
    assert (export.code, export.out) == (0, published.export.read_text(encoding="utf-8"))
    assert json.loads(export.out)["schema"] == "localdigest/1"
    assert localdigest("-C", root, "render", *day, "-o", tmp_path / "page.md").code == 0
    assert (tmp_path / "page.md").read_bytes() == published.page.read_bytes()


def test_status_and_ledger_tell_people_and_programs_the_same(root: Path, arxiv: Arxiv) -> None:
    whole_day(config.open_workspace(root), Scripted())
    text = localdigest("-C", root, "status").out
    assert "2 listed, 2 for your pages" in text
    found = json.loads(localdigest("-C", root, "status", "--json").out)
    assert found["counts"]["explain"]["done"] == 2
    assert found["days"] == ["2026-01-30"]
    assert localdigest("-C", root, "status", "--ledger").out.startswith("nothing was asked of arXiv")
    use(root, arxiv)
    edit(root, "pdfs = true", "pdfs = false")
    assert localdigest("-C", root, "collect", "--date", "2025-12-17").code == 0
    assert f"{arxiv.url}/api/query?" in localdigest("-C", root, "status", "--ledger").out
    (entry,) = json.loads(localdigest("-C", root, "status", "--ledger", "--json").out)
    assert (entry["status"], entry["why"]) == (200, "listing")


# ---------------------------------------------------------------- models


def test_models_tell_what_is_here(root: Path, tmp_path: Path) -> None:
    rows = json.loads(localdigest("-C", root, "models", "list", "--json", models=tmp_path).out)
    assert {row["name"]: row["here"] for row in rows}["tiny"] is True
    ran = {row["name"]: row["ran"] for row in rows}
    assert (ran["qwen2.5-coder-1.5b"], ran["qwen3.5-4b"], ran["tiny"]) == ("file", "architecture", "nothing")
    lines = localdigest("-C", root, "models", "list", models=tmp_path).out.splitlines()
    assert next(line for line in lines if line.startswith("* tiny")).endswith("(not tested)")
    assert sum(row["here"] for row in rows) == 1
    assert localdigest("-C", root, "models", "verify", "tiny", models=tmp_path).code == 0
    missing = localdigest("-C", root, "models", "verify", "starter", models=tmp_path)
    assert missing.code == 5
    assert "models pull" in missing.trouble
    best = json.loads(localdigest("models", "recommend", "--json", models=tmp_path).out)
    assert all(row["reason"] for row in best)


def test_a_model_from_a_disk_is_taken_in(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(b"GGUF mine")
    (tmp_path / "models").mkdir()
    done = localdigest("models", "import", tmp_path / "mine.gguf", "--name", "mine", models=tmp_path / "models")
    assert (done.code, done.out[:5]) == (0, "mine:")
    listed = json.loads(localdigest("models", "list", "--json", models=tmp_path / "models").out)
    assert {row["name"]: row["here"] for row in listed}["mine"] is True
