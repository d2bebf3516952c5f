"""`render --all`: every day that has a page, once more, and the archive and the feed over them once."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import zlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from localdigest import store
from localdigest.arxiv import calendar
from localdigest.cli import cli
from localdigest.pages import site
from localdigest.pages.publish import publish
from localdigest.records import Page
from localdigest.records.figures import Figure
from localdigest.workspace import config
from localdigest.workspace.config import Workspace
from tests.kit.digests import paper, png, translated
from tests.kit.pages import parse
from tests.kit.scripted_engine import planner

DAYS = (date(2026, 1, 12), date(2026, 1, 13), date(2026, 1, 14))


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """Three days with pages for Jekyll, from before there was an archive."""
    config.create(tmp_path / "digest")
    made = config.open_workspace(tmp_path / "digest")
    with store.Store(made.library) as library:
        for number, day in enumerate(DAYS):
            window = calendar.window(day)
            new = replace(paper(number, f"Title {number}"), published=window.start + timedelta(hours=1))
            library.add_papers([new])
            library.place(Page(window, closed=True), [new])
            publish(made, library, day, planner(made, library), names=("jekyll",))
    return made


def render(space: Workspace, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(space.root), "render", *arguments], standalone_mode=False)


def rows(space: Workspace) -> list[str]:
    index = parse((space.site / "index.html").read_text(encoding="utf-8"))
    return [row.attributes["data-day"] or "" for row in index.all("li.day-row")]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_days_from_before_the_archive_join_it_together(space: Workspace) -> None:
    (space.posts / f"{DAYS[0]}-arxiv.md").unlink()  # what has been moved away can be written again too
    done = render(space, "--all", "--format", "html", "--format", "bibtex", "--format", "html")
    assert (done.return_value, done.stdout) == (0, "3 of 3 days written: html, bibtex\n")
    assert done.stderr.splitlines() == ["1 of 3 days", "2 of 3 days", "3 of 3 days"]
    assert rows(space) == [f"{day}" for day in reversed(DAYS)]
    assert sorted(path.name for path in space.exports.glob("*.bib")) == [f"{day}.bib" for day in DAYS]
    together = files(space.site)
    for day in DAYS:
        assert render(space, "--date", f"{day}", "--format", "html").return_value == 0
    assert files(space.site) == together  # as one by one
    assert not list(space.exports.glob("*.json"))


def test_a_day_that_cannot_be_written_stops_no_other(space: Workspace) -> None:
    with sqlite3.connect(space.library) as db:
        db.execute("UPDATE papers SET record = '{' WHERE id = '2512.00001'")
    db.close()
    done = render(space, "--all", "--format", "html", "--format", "atom")
    assert (done.return_value, done.stdout) == (3, "2 of 3 days written: html, atom\n")
    (trouble,) = [line for line in done.stderr.splitlines() if "of 3 days" not in line]
    assert trouble.startswith(f"{DAYS[1]}: {space.library}: is damaged")
    assert rows(space) == [f"{DAYS[2]}", f"{DAYS[0]}"]


def test_render_all_tells_its_days_and_failures_as_json(space: Workspace) -> None:
    (space.posts / "2026-01-10-arxiv.md").write_text("not one of ours", encoding="utf-8")
    done = render(space, "--all", "--json")
    assert done.return_value == 3
    told = json.loads(done.stdout)
    assert (told["formats"], told["days"]) == (["jekyll"], [f"{day}" for day in DAYS])
    assert told["failed"] == {
        "2026-01-10": "there is no page of 2026-01-10; `localdigest collect --date 2026-01-10` asks arXiv for it"
    }
    assert (space.posts / "2026-01-10-arxiv.md").read_text(encoding="utf-8") == "not one of ours"


def test_the_feed_of_all_days_is_written_once_and_whole(space: Workspace) -> None:
    assert render(space, "--all", "--format", "atom").return_value == 0
    feed = (space.site / "feed.xml").read_text(encoding="utf-8")
    assert [title in feed for title in ("Title 0", "Title 1", "Title 2")] == [True] * 3
    assert files(space.site).keys() == {"feed.xml"}


def test_several_formats_are_written_in_one_go(space: Workspace) -> None:
    done = render(space, "--date", f"{DAYS[0]}", "--format", "json", "--format", "markdown")
    written = [space.exports / f"{DAYS[0]}.json", space.exports / f"{DAYS[0]}.md"]
    assert done.stdout.splitlines() == list(map(str, written))
    told = json.loads(render(space, "--date", f"{DAYS[0]}", "--format", "json", "--format", "epub", "--json").stdout)
    assert told["file"] == told["files"]["json"] == str(written[0])
    assert Path(told["files"]["epub"]).read_bytes().startswith(b"PK")
    shown = render(space, "--date", f"{DAYS[0]}", "--format", "epub", "-o", "-")
    assert shown.stdout_bytes == Path(told["files"]["epub"]).read_bytes()  # binary forms too


def test_a_page_leads_to_the_days_other_forms_where_they_are(space: Workspace) -> None:
    def led_to() -> list[str]:
        page = space.site / f"{DAYS[0]}.html"
        links = parse(page.read_text(encoding="utf-8")).one("nav.days").all("a")
        found = [f"{link.attributes['href']}" for link in links if "rel" not in link.attributes]
        assert all((page.parent / each).is_file() for each in found)
        return found

    render(space, "--date", f"{DAYS[0]}", "--format", "html")
    assert led_to() == []
    render(space, "--date", f"{DAYS[0]}", "--format", "html", "--format", "epub", "--format", "atom")
    assert led_to() == [f"../exports/{DAYS[0]}.epub", "feed.xml"]
    render(space, "--date", f"{DAYS[0]}", "--format", "html", "--format", "markdown")
    assert led_to() == [f"../exports/{DAYS[0]}.epub", "feed.xml", f"../exports/{DAYS[0]}.md"]


def test_what_the_archive_looks_through_is_set_as_on_the_page(space: Workspace) -> None:
    with store.Store(space.library) as library:
        library.save("t", translated(replace(paper(0, "Title 0")), "用CNN的译文。"))
    render(space, "--date", f"{DAYS[0]}", "--format", "html")
    (record,) = site.read_records(space.site)
    assert "用 CNN 的译文。" in zlib.decompress(base64.b64decode(record.texts), -zlib.MAX_WBITS).decode()


def test_figures_lie_beside_the_users_own_markdown_alone(space: Workspace) -> None:
    kept = space.figures / "2512.00000v1.json"
    kept.parent.mkdir()
    kept.write_bytes(msgspec.json.encode([Figure("Figure 2", "Figure 2: It.", 3, "method", 4, 3, png(4, 3))]))
    render(space, "--date", f"{DAYS[0]}", "--format", "jekyll", "--format", "markdown")
    assert "![Figure 2: It.](figures/2512.00000v1-1.png)" in (space.exports / f"{DAYS[0]}.md").read_text(
        encoding="utf-8"
    )
    assert files(space.exports / "figures") == {"2512.00000v1-1.png": png(4, 3)}
    assert not (space.posts / "figures").exists()


@pytest.mark.parametrize(
    "arguments",
    [["--all", "--date", "2026-01-12"], ["--all", "-o", "-"], ["--format", "json", "--format", "csl", "-o", "x"]],
)
def test_options_that_exclude_each_other_are_refused(space: Workspace, arguments: list[str]) -> None:
    done = render(space, *arguments)
    assert isinstance(done.exception, click.UsageError)
    assert re.search(r"--output takes one day|--all and --date exclude", done.exception.message)


def test_without_a_page_there_is_nothing_to_write(tmp_path: Path) -> None:
    config.create(tmp_path)
    done = CliRunner().invoke(cli, ["-C", str(tmp_path), "render", "--all"])
    assert str(done.exception) == "there is no page yet; `localdigest run` makes one"
