"""Pages for the browser, read as a browser's parser reads them."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "use", "img"}
BLOCKS = {
    "p",
    "div",
    "details",
    "ul",
    "ol",
    "dl",
    "section",
    "article",
    "h1",
    "h2",
    "h3",
    "blockquote",
    "figure",
    "form",
}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    """Text and children's text, in order."""

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def all(self, selector: str) -> list[Element]:
        """`tag`, `.class` or `tag.class`, anywhere below."""
        tag, _, name = selector.partition(".")
        return [each for each in self.walk() if tag in ("", each.tag) and (not name or name in each.classes)]

    def one(self, selector: str) -> Element:
        (found,) = self.all(selector)
        return found

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def above(self) -> list[Element]:
        return [self.parent, *self.parent.above()] if self.parent else []

    def walk(self) -> list[Element]:
        return [each for child in self.children for each in (child, *child.walk())]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, None)
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        assert len(element.attributes) == len(attrs), f"<{tag}> has an attribute twice"
        assert tag not in BLOCKS or "p" not in [each.tag for each in element.above()], f"<{tag}> would close a <p>"
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.children.append(Element(tag, {name: value or "" for name, value in attrs}, self._open))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.tag == tag, f"</{tag}> closes <{self._open.tag}>"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        above: Element | None = self._open
        while above is not None:
            above.pieces.append(data)
            above = above.parent

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def parse(page: str) -> Element:
    """The page's tree. AssertionError where an element is not closed in its place, or there is a comment."""
    tree = _Tree()
    tree.feed(page)
    tree.close()
    assert tree._open is tree.root
    return tree.root


def policy(page: Element) -> dict[str, str]:
    """The page's Content-Security-Policy by directive."""
    (meta,) = [each for each in page.all("meta") if each.attributes.get("http-equiv") == "Content-Security-Policy"]
    parts = (part.strip().partition(" ") for part in meta.attributes["content"].split(";"))
    return {name: value for name, _, value in parts}


def hashes(page: str, tag: str) -> list[str]:
    """Of what stands in the page's `tag` elements that act, as the policy names them."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found]
