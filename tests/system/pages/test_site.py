"""A run writes the page for the browser and takes the day into the archive; `render` does so again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from localdigest import store
from localdigest.cli import cli
from localdigest.messages.errors import ConfigError
from localdigest.pages.publish import publish
from localdigest.workspace import config
from localdigest.workspace.config import Workspace
from tests.kit.pages import parse
from tests.kit.places import SAMPLE_DAY
from tests.kit.scripted_engine import Scripted, planner, whole_day


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    config.create(tmp_path / "digest")
    return config.open_workspace(tmp_path / "digest")


def changed(space: Workspace, old: str, new: str) -> Workspace:
    path = space.root / config.FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return config.open_workspace(space.root)


def files(space: Workspace) -> dict[str, bytes]:
    found = [path for path in space.site.rglob("*") if path.is_file()]
    return {path.relative_to(space.site).as_posix(): path.read_bytes() for path in found}


def test_a_run_writes_the_page_and_the_archive_and_render_writes_the_same(space: Workspace) -> None:
    published = whole_day(space, Scripted())
    assert published.files["html"] == space.site / f"{SAMPLE_DAY}.html"
    written = files(space)
    assert set(written) == {f"{SAMPLE_DAY}.html", "index.html", f"days/{SAMPLE_DAY}.json"}
    page, archive = (parse(written[name].decode()) for name in (f"{SAMPLE_DAY}.html", "index.html"))
    assert len(page.all("details.breakdown")) == len(page.all("div.translation")) == 2
    (row,) = archive.all("li.day-row")
    assert row.one("span.count").text == "2 篇"
    assert not row.all("span.badge")

    for name in written:
        (space.site / name).unlink()
    command = ["-C", str(space.root), "render", "--date", f"{SAMPLE_DAY}", "--format", "html"]
    done = CliRunner().invoke(cli, command)
    assert (done.exit_code, done.output) == (0, f"{space.site / f'{SAMPLE_DAY}.html'}\n")
    assert files(space) == written
    shown = CliRunner().invoke(cli, [*command, "-o", "-"])
    assert shown.output.encode() == written[f"{SAMPLE_DAY}.html"]


def test_pages_for_the_browser_can_be_left_out(space: Workspace) -> None:
    space = changed(space, 'formats = ["html"]', "formats = []")
    published = whole_day(space, Scripted())
    assert set(published.files) == {"jekyll", "json"}
    assert not space.site.exists()


def test_work_that_is_left_shows_in_the_archive(space: Workspace) -> None:
    whole_day(space, Scripted(), pdf_dir=None)
    archive = parse(files(space)["index.html"].decode())
    assert archive.one("li.day-row").one("span.badge").text == "2 项待处理"
    assert len(parse(files(space)[f"{SAMPLE_DAY}.html"].decode()).all("details.breakdown")) == 0


def test_a_template_of_the_workspace_is_used_and_a_broken_one_costs_no_work(space: Workspace) -> None:
    (space.templates / "html").mkdir(parents=True)
    style, page = (space.templates / "html" / name for name in ("page.css", "day.html.j2"))
    style.write_text("body { margin: 3em }")
    page.write_text("{{ day }}\n{% if %}")
    with pytest.raises(ConfigError, match=r"day\.html\.j2, line 2: "):
        whole_day(space, None)  # no engine is opened
    page.write_text("{{ day }} <style>{{ style }}</style>")
    whole_day(space, Scripted())
    assert (space.site / f"{SAMPLE_DAY}.html").read_text() == f"{SAMPLE_DAY} <style>body {{ margin: 3em }}</style>"


def test_a_template_that_fails_in_the_end_leaves_the_other_forms_and_all_results(space: Workspace) -> None:
    (space.templates / "html").mkdir(parents=True)
    (space.templates / "html" / "day.html.j2").write_text("{{ nothing }}")
    with pytest.raises(ConfigError, match=r"day\.html\.j2, line 1: 'nothing' is undefined"):
        whole_day(space, Scripted())
    assert (space.posts / f"{SAMPLE_DAY}-arxiv.md").exists()
    (space.templates / "html" / "day.html.j2").unlink()
    published = whole_day(space, None)  # nothing is done twice
    assert published.files["html"].exists()


def test_a_site_that_cannot_be_written_is_told_before_the_work(space: Workspace) -> None:
    space.site.write_text("a file")
    with pytest.raises(ConfigError, match="site"):
        whole_day(space, None)


def test_a_day_without_papers_has_its_place(space: Workspace) -> None:
    space = changed(space, 'categories = ["cs.SD", "eess.AS"]', 'categories = ["math.GT"]')
    whole_day(space, None)
    assert parse(files(space)["index.html"].decode()).one("li.day-row").one("span.count").text == "0 篇"


def test_a_page_in_english_has_the_abstracts_themselves(space: Workspace) -> None:
    whole_day(space, Scripted())
    with store.Store(space.library) as library:
        english = config.open_workspace(space.root, language="en")
        publish(english, library, SAMPLE_DAY, planner(english, library), names=("html",))
    page = parse(files(space)[f"{SAMPLE_DAY}.html"].decode())
    assert page.one("html").attributes["lang"] == "en"
    assert [each.text for each in page.all("summary")] == ["and 2 more"]  # nothing is explained in English yet
    assert page.all("div.english")[0].one("p").text.startswith("The Deep Noise Suppression (DNS) challenge")
