"""What mkdocs.yml asks of mkdocs beyond its settings: pages made of files that stand outside docs/.

README.md and its like are one text with two readers, on the code host and on the site. Their links are turned into the
site's; one to a file that is no page of it (the licence, a test) loses its target and keeps its text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh-CN.md",
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    listed = str(config.nav)
    more = [file.src_uri for file in files.documentation_pages() if f"'{file.src_uri}'" not in listed]
    if more and config.nav is not None:
        config.nav.append({"More": sorted(more)})
    return files


def with_gaps(markdown: str) -> str:
    """A blank line before a list that follows a line of text: code hosts need none, Python's Markdown does."""
    lines: list[str] = []
    fenced = False
    for line in markdown.split("\n"):
        fenced ^= line.startswith("```")
        quote, item = re.match(r"((?:> ?)*)(- )?", line).groups()  # type: ignore[union-attr]
        before = lines[-1].removeprefix(quote) if lines else ""
        if item and not fenced and before.strip() and not re.match(r"- | ", before):
            lines.append(quote.rstrip())
        lines.append(line)
    return "\n".join(lines)


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    known = {file.src_uri for file in files}
    page_of = {page: name for name, page in OUTSIDE.items()}
    home = ROOT if page.file.src_uri in page_of else Path(config.docs_dir)

    def target(path: str) -> str | None:
        """What stands for `path` on the site; nothing where the site has no such file but the repository has."""
        place = (home / path).resolve()
        if not place.is_relative_to(ROOT):
            return path
        name = place.relative_to(ROOT).as_posix()
        uri = OUTSIDE.get(name, name.removeprefix("docs/"))
        return uri if uri in known else None if place.exists() else path

    def inline(match: re.Match[str]) -> str:
        text, path, anchor = match["text"], match["path"], match["anchor"] or ""
        found = target(path)
        return text if found is None else f"[{text}]({found}{anchor})"

    def attribute(match: re.Match[str]) -> str:
        return f'{match["name"]}="{target(match["path"]) or match["path"]}"'

    markdown = with_gaps(markdown)
    outside = r"(?![a-z][a-z+.-]*:|#|/)"
    markdown = re.sub(
        rf"(?<!\!)\[(?P<text>[^][]*)\]\({outside}(?P<path>[^()\s#]+)(?P<anchor>#[^()\s]*)?\)", inline, markdown
    )
    markdown = re.sub(
        rf"!\[(?P<text>[^][]*)\]\({outside}(?P<path>[^()\s#]+)(?P<anchor>#[^()\s]*)?\)",
        lambda match: "!" + inline(match),
        markdown,
    )
    return re.sub(rf'(?P<name>src|srcset|href)="{outside}(?P<path>[^"\s#]+)"', attribute, markdown)


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """The version beside the name, so that a printed or copied page says what it is of."""
    text = (ROOT / "localdigest" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "(.+)"', text)
    assert version, "localdigest/__init__.py has no version"
    config.copyright = f"localdigest {version[1]}, Apache-2.0"
    return config
