"""What is written of the program agrees with it, in both languages; the site made of it asks nothing of anyone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest

from localdigest import __version__
from localdigest.cli import cli
from localdigest.workspace import config
from tests.kit.places import ROOT
from tests.kit.program import localdigest

sys.path.insert(0, str(ROOT / "scripts"))
import make_docs

ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the table of settings


def test_every_file_of_the_project_that_a_page_names_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {
        (page.name, path)
        for page in pages
        for path in re.findall(
            r"(?<![\w/.-])((?:tests|scripts|localdigest|prompts)/[\w/.-]+\.(?:py|toml|md|tsv))", page.read_text("utf-8")
        )
    }
    assert len(named) > 30
    assert sorted((page, path) for page, path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("path", make_docs.PAGES)
def test_the_tables_are_current(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page == make_docs.current(page, make_docs.PAGES[path]), "run scripts/make_docs.py"


def test_every_setting_is_in_the_table_with_the_default_that_a_new_workspace_has() -> None:
    rows = {key: (kind, json.loads(default)) for key, kind, default in make_docs.settings()}
    fresh: dict[str, object] = {}
    for key, value in tomllib.loads(config.TEMPLATE.read_text("utf-8")).items():
        fresh |= {f"{key}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value}
    assert {key: default for key, (_, default) in rows.items()} == fresh
    assert set(make_docs.meanings()) == set(rows)
    assert rows["window.mode"][0] == '`"announced"`, `"submitted"`'
    assert rows["window.look_back"][0] == "integer from 0 to 60"
    assert rows["select.include"][0] == "list of strings"


def test_a_table_that_is_not_current_is_noticed(tmp_path: Path) -> None:
    page = make_docs.PAGE.read_text(encoding="utf-8")
    stale = page.replace("| `model` | string |", "| `model` | integer |")
    assert stale != page
    assert make_docs.current(stale) == page
    with pytest.raises(ValueError, match="has lost the marks"):
        make_docs.current(page.replace(make_docs.END, ""))


def test_meanings_are_the_comments_above_the_keys() -> None:
    template = (
        "# What it is.\n\n# First,\n# of two:\n# one = ['example']\none = 1\ntwo = 2\n\n"
        "[part]\n# Third | part.\nthree = 3\n"
    )
    first = "First, of two."
    assert make_docs.meanings(template) == {"one": first, "two": first, "part.three": "Third | part."}
    assert make_docs.literal("a* <b> `c*` d_e") == r"a\* \<b> `c*` d\_e"


# ---------------------------------------------------------------- the commands


def commands(group: click.Group, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*prefix, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


ALL = dict(commands(cli))


def test_every_command_helps() -> None:
    done = localdigest("--help")
    assert done.code == 0
    for path in ALL:
        if len(path) == 1:
            assert re.search(rf"^  {path[0]} ", done.out, re.MULTILINE)
    # One process for all the others: each has a sentence of its own and says what each option does.
    for path, command in ALL.items():
        context = click.Context(command, info_name=" ".join(path))
        text = command.get_help(context)
        assert (command.help or "").strip(), path
        assert "Usage: " in text
        for option in command.params:
            assert not isinstance(option, click.Option) or (option.help or "").strip(), (path, option.name)


def test_every_command_and_option_is_documented() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    reference = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for path, command in {**ALL, (): cli}.items():
        if path and not isinstance(command, click.Group):
            assert " ".join(path) in reference, f"docs/commands.md is silent about {' '.join(path)}"
        for option in command.params:
            if isinstance(option, click.Option):
                for name in option.opts:
                    assert re.search(rf"(?<![\w-]){name}(?![\w-])", text), f"{name} of {path} is not documented"


def test_every_documented_option_and_command_exists() -> None:
    reference = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    known = {name for command in (cli, *ALL.values()) for option in command.params for name in option.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", reference)) <= known | {"--help"}
    for name in re.findall(r"^## `localdigest ([a-z ]+)", reference, re.MULTILINE):
        assert tuple(name.split()) in ALL


# ---------------------------------------------------------------- both READMEs


def headings(text: str) -> list[str]:
    return re.findall(r"^(#+) ", text, re.MULTILINE)


def commands_shown(text: str) -> list[str]:
    """Lines of its code blocks, without their comments."""
    return [line.partition("  #")[0].strip() for line in re.findall(r"^    (\S.*)$", text, re.MULTILINE)]


def rows(text: str) -> list[int]:
    """Columns of each row of its tables."""
    return [line.count("|") for line in re.findall(r"^\|.*$", text, re.MULTILINE)]


def figures(text: str) -> list[str]:
    """Numbers in its tables, in their order."""
    return [n for line in re.findall(r"^\|.*$", text, re.MULTILINE) for n in re.findall(r"\d+(?:\.\d+)?", line)]


def links(text: str) -> set[str]:
    return set(re.findall(r"\]\(([^)]+)\)", text)) | set(re.findall(r'src="([^"]+)"', text))


@pytest.mark.parametrize("of", [headings, commands_shown, rows, figures], ids=lambda function: function.__name__)
@pytest.mark.parametrize("name", ["README", "docs/quickstart"])
def test_the_chinese_pages_say_what_the_english_ones_do(of: object, name: str) -> None:
    assert callable(of)
    chinese, english = ((ROOT / f"{name}{end}").read_text("utf-8") for end in (".zh-CN.md", ".md"))
    assert of(chinese) == of(english)
    assert of(english)


def test_the_readmes_link_to_the_same_pages_and_to_each_other() -> None:
    assert links(ENGLISH) - links(CHINESE) == {"README.zh-CN.md"}
    assert links(CHINESE) - links(ENGLISH) == {"README.md"}
    for target in links(ENGLISH):
        assert urlsplit(target).scheme or (ROOT / target.partition("#")[0]).exists(), target


def test_every_library_is_in_the_table_of_both_readmes() -> None:
    """But for those that only make or test localdigest, and what an extra needs beside the library it is for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(line for name in extras.keys() - {"dev", "docs"} for line in extras[name])]
    names = {re.split(r"[<>=;\[ ]", line)[0] for line in needed} - {"localdigest", "tzdata"}
    for text in (ENGLISH, CHINESE):
        table = "\n".join(re.findall(r"^\|.*$", text, re.MULTILINE))
        assert [name for name in sorted(names) if name not in table] == []


# ---------------------------------------------------------------- release


def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [__version__]
    titles = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert titles[0] == "Unreleased" or titles[0].startswith(f"{__version__} - ")
    for title in titles[1:]:
        assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", title), title


def test_the_changelog_keeps_its_form() -> None:
    """Keep a Changelog: kinds of change under each version, one line of a list each."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    kinds = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert kinds
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    body = text.partition("## Unreleased")[2]
    for line in filter(None, body.splitlines()):
        assert re.match(r"## |### |- \S|  \S", line), line


def test_what_is_bundled_has_its_notice() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "prompts/zh-CN/terms/machine-learning.tsv" in notice
    for pdf in (ROOT / "localdigest" / "sample" / "pdfs").iterdir():
        assert f"sample/pdfs/{pdf.name}" in notice
    for name in ("sample/atom.xml", "bench/abstracts.jsonl"):
        assert name in notice
        assert (ROOT / "localdigest" / name).is_file()


def test_the_workflows_run_what_there_is_and_a_release_has_the_portable_wheels() -> None:
    """As far as can be told here, where no forge runs them."""
    yaml = pytest.importorskip("yaml", reason="needs the extra `dev`: mkdocs brings PyYAML")
    flows = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github/workflows").glob("*.yml")}
    for flow in flows.values():
        for job in flow["jobs"].values():
            needs = job.get("needs", [])
            assert {*([needs] if isinstance(needs, str) else needs)} <= {*flow["jobs"]}
            assert job.get("uses", "./.github/workflows/ci.yml").removeprefix("./.github/workflows/") in flows
            run = "\n".join(step.get("run", "") for step in job.get("steps", []))
            for named in re.findall(r"(?<![\w/])(?:scripts|tests)/[\w./]+", run):
                assert (ROOT / named).exists(), named
    attach, portable = flows["release.yml"]["jobs"]["attach"], flows["portable.yml"]["jobs"]["wheel"]
    assert {*attach["needs"]} == {"dist", "portable"}
    assert "gh release upload" in attach["steps"][-1]["run"]
    assert {each["machine"] for each in portable["strategy"]["matrix"]["include"]} == {"x86_64", "aarch64"}
    tried = "\n".join(step.get("run", "") for step in portable["steps"])
    assert tried.index("scripts/llama_wheel portable") < tried.index("tests/system/engine/test_portable.py")


def test_hooks_and_container_run_what_there_is() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ *- repo: (.+)$", hooks, re.MULTILINE) == ["local"]
    for script in re.findall(r"scripts/[\w.]+", hooks.replace(r"\.", ".")):
        assert (ROOT / script).is_file(), script
    container = (ROOT / "Containerfile").read_text(encoding="utf-8")
    kept = re.findall(r"^!(.+)$", (ROOT / ".containerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in kept if not (ROOT / name).exists() and name != "wheels/*.whl"] == []
    for script in re.findall(r"scripts/[\w./]+", container):
        assert (ROOT / script).exists(), script
        assert any(script.startswith(name) for name in kept), script
    assert re.findall(r"^USER (.+)$", container, re.MULTILINE)[-1] == "10001"


# ---------------------------------------------------------------- the site


class Loads(HTMLParser):
    """Addresses that a browser fetches by itself when it opens the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag in {"script", "img", "iframe", "source", "video", "audio", "embed"}:
            self.found.append(named.get("src") or "")
        elif tag == "link" and named.get("rel") not in {"canonical", "next", "prev"}:
            self.found.append(named.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="needs the extra `docs`")
    folder = tmp_path_factory.mktemp("site") / "site"
    line = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_is_built_without_a_warning_and_has_every_page(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"security", "changelog", "contributing", "zh-CN"}
    menu = (site / "index.html").read_text(encoding="utf-8")
    for page in sorted(pages):
        assert (site / f"{page}.html").is_file(), page
        assert f'href="{page}.html"' in menu, f"{page} is not in the menu"
    schema = ROOT / "docs" / "schema" / "localdigest-1.schema.json"
    assert (site / "schema" / schema.name).read_bytes() == schema.read_bytes()


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """No fonts, no scripts, no counters: whoever reads it tells nobody."""
    for page in site.rglob("*.html"):
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert loads.found
        for address in loads.found:
            assert not urlsplit(address).netloc, f"{page.name} loads {address}"
            if address and not address.startswith(("data:", "/")):
                assert (page.parent / unquote(urlsplit(address).path)).is_file(), f"{page.name} lacks {address}"
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_a_list_after_a_line_of_text_stays_a_list(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "<li>在挑战中" in page
