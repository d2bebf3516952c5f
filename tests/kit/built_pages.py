"""Pages as a real Jekyll builds them, taken apart: their blocks, tags and attributes."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

TAGS = {"em", "h2", "ul", "li", "strong", "a", "p", "details", "summary", "div", "hr", "small"}
TAGS |= {"table", "tbody", "tr", "td"}  # which Jekyll makes of the `|` in the third header line
OWN_LINK = re.compile(r"https://arxiv\.org/(abs|pdf)/(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d{1,3})?", re.ASCII)


@dataclass
class Block:
    tag: str
    text: str = ""


class Blocks(HTMLParser):
    """The blocks of a built page with their text, and every attribute."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[Block] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag in ("h2", "h3", "p", "li", "td", "summary", "div"):
            self._open.append(Block(tag))
            self.blocks.append(self._open[-1])

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data

    def handle_comment(self, data: str) -> None:
        self.tags.add("comment")

    def harmful(self) -> list[str]:
        """Tags and attributes that no page of ours has, addresses that are not arXiv's; [] where there are none."""
        found = sorted(self.tags - TAGS - {"code", "h3", "del", "ins"})
        for name, value in self.attributes:
            if name not in ("id", "href") or (name == "href" and not OWN_LINK.fullmatch(value or "")):
                found.append(f"{name}={value}")
        return found


def build(page: str, folder: Path, *others: str) -> Blocks:
    """What Jekyll makes of a page as it comes; skips where there is no Jekyll. `folder` is an empty one, but for what
    makes the `others`: paths in the built site."""
    jekyll = shutil.which("jekyll")
    if jekyll is None:
        pytest.skip("needs jekyll on the PATH (Debian: apt-get install jekyll)")
    (folder / "_posts").mkdir(parents=True)
    (folder / "_posts" / "2025-12-17-arxiv.md").write_text(page, encoding="utf-8")
    command = [jekyll, "build", "--future", "--quiet", "--source", ".", "--destination", "site"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    made = {path.relative_to(folder / "site").as_posix() for path in (folder / "site").rglob("*") if path.is_file()}
    (name,) = made.difference(others)
    assert made == {name, *others}
    assert name.endswith("/arxiv.html"), "a page has made more than itself"
    return Blocks((folder / "site" / name).read_text(encoding="utf-8"))
