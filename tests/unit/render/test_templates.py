"""Page templates: documented, overridable, and told with file and line where they are broken."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import jinja2
import pytest

from localdigest.messages.errors import ConfigError
from localdigest.records import Point
from localdigest.render import archive, atom, epub, html, jekyll, markdown, templates, xml
from localdigest.workspace.config import create, open_workspace
from tests.kit.digests import digest, explained, paper, translated
from tests.kit.places import ROOT

DOCS = ROOT / "docs" / "templates.md"
ONE = digest([paper(1)], translated(paper(1), "译文。"), explained(paper(1), Point("一", ())))


def documented(section: str, table: str) -> set[str]:
    """The names in the first column of a section's tables whose head is `table`, those of `as above` included."""
    text = DOCS.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.search(rf"^\| {re.escape(table)} \|.*\n\| --- .*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"{section}: no table {table}"
    return {name for row in found[1].splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def own_filters(made: jinja2.Environment) -> set[str]:
    return set(made.filters) - set(jinja2.Environment(autoescape=True).filters)


def test_every_variable_and_filter_is_documented_and_no_other() -> None:
    page = jekyll.environment("zh-CN", None)
    assert documented("jekyll.md.j2", "variable") == set(jekyll.values(ONE, True))
    assert documented("jekyll.md.j2", "filter") == own_filters(page)

    browser = html.environment("zh-CN", None)
    given = html.values(ONE, True, "") | html.assets(browser, html.ASSETS)
    assert documented("html/day.html.j2", "variable") == set(given)
    assert documented("html/day.html.j2", "filter") == own_filters(browser)
    assert documented("html/day.html.j2", "of a `Card`") == {field.name for field in fields(html.Card)}

    days = archive.values([archive.record(ONE)], "zh-CN", "", "") | html.assets(browser, archive.ASSETS)
    assert documented("html/index.html.j2", "variable") == set(days)

    assert documented("markdown.md.j2", "variable") == set(markdown.values(ONE, True))
    assert documented("markdown.md.j2", "filter") == own_filters(markdown.environment_for(None))
    assert documented("epub/", "variable") | {"paper"} == set(epub.values(ONE, True)) | {"paper"}
    assert documented("atom.xml.j2", "variable") == set(atom.values([ONE], True, ""))
    assert documented("atom.xml.j2", "of a day in `days`") == set(atom.values([ONE], True, "")["days"][0])
    assert documented("atom.xml.j2", "filter") == own_filters(xml.templates(None))
    assert documented("atom.xml.j2", "of an `Entry`") == {field.name for field in fields(xml.Entry)}


def test_all_shipped_templates_are_documented() -> None:
    shipped = {
        path.relative_to(templates.SHIPPED).as_posix()
        for path in templates.SHIPPED.rglob("*")
        if path.suffix in (".j2", ".css", ".js")
    }
    text = DOCS.read_text(encoding="utf-8").split("\n## ")[0]
    assert set(re.findall(r"`((?:html/|epub/)?[\w.]+\.(?:j2|css|js))`", text)) - {"page.css"} == shipped


def test_a_workspaces_template_stands_in_for_ours(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "jekyll.md.j2").write_text("{{ day }}: {{ entries | length }}, {{ entries[0][0].title | md }}\n")
    (tmp_path / "html" / "page.css").write_text("body { color: red }")
    assert jekyll.to_jekyll(ONE, templates=tmp_path) == "2025-12-17: 1, A title\n"
    page = html.to_html(ONE, templates=tmp_path)
    assert "<style>body { color: red }</style>" in page
    assert "light-dark(" not in page
    assert 'id="p2512.00001"' in page  # the rest is ours


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\n{% for x %}\n", 2, "expected token 'in'"),
        ("a\n\n{{ dya }}\n", 3, "'dya' is undefined"),
        ("{{ digest.window.dya }}", 1, "no attribute 'dya'"),
        ("\n{{ words.complete.format(1) }}", 2, ""),
        ("\n\n\n{{ 1 // 0 }}", 4, "division"),
    ],
)
def test_a_broken_template_is_one_sentence_with_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "jekyll.md.j2"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        jekyll.to_jekyll(ONE, templates=tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{path}, line {line}: ")
    assert said in told
    assert "\n" not in told


def test_syntax_errors_are_told_before_any_work(tmp_path: Path) -> None:
    create(tmp_path)
    space = open_workspace(tmp_path)
    templates.check(space.templates)  # no such folder: nothing to check
    (space.templates / "html").mkdir(parents=True)
    path = space.templates / "html" / "day.html.j2"
    path.write_text("{{ day }}\n{% endfor %}")
    with pytest.raises(ConfigError, match=rf"{re.escape(str(path))}, line 2: .*docs/templates\.md"):
        templates.check(space.templates)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=re.escape(str(path))):
        templates.check(space.templates)


@pytest.mark.parametrize("text", ["a </style> b", "<!-- a"])
def test_a_style_that_would_end_its_element_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "page.css").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(str(tmp_path / "html" / "page.css"))):
        html.to_html(ONE, templates=tmp_path)


def test_a_defect_of_a_shipped_template_is_no_fault_of_the_users(tmp_path: Path) -> None:
    made = html.environment("zh-CN", tmp_path)
    with pytest.raises(jinja2.UndefinedError):
        templates.fill(made, "html/day.html.j2", {"day": date(2026, 1, 30)})
