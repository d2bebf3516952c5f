"""The other forms of a day (Markdown, EPUB, Atom): whole, valid, the same bytes each time, proof against any text."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import feedparser
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from localdigest.records import Digest, Point
from localdigest.render import markdown
from localdigest.render.atom import to_atom
from localdigest.render.epub import to_epub
from localdigest.text.tex import seen
from tests.kit import digests, payloads
from tests.kit.feed_rules import ATOM, XHTML, faults
from tests.kit.forms import day, hostile
from tests.kit.sixty import sixty

TEXTS = (*payloads.PAYLOADS, *payloads.LINES)


def line(text: str) -> str:
    """What a reader sees of a text, in a form that changes nothing about dashes."""
    return re.sub(payloads._DROPPED, "", re.sub(payloads._SPACES, " ", text)).strip()


def parsed(xml: str) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 (our own)


# ---------------------------------------------------------------- Markdown


def test_a_day_is_one_markdown_file() -> None:
    text = markdown.to_markdown(day())
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    assert head.splitlines() == [
        'title: "arXiv Daily – 2025-12-17"',
        "date: 2025-12-17",
        'language: "zh-CN"',
        'tags: [arxiv, "arxiv/cs-SD", "arxiv/eess-AS"]',
        "papers: 3",
        "translated: 2",
        "explained: 1",
    ]
    assert "## A fast vocoder\n\n- **Authors**: Ann Author\n- **Categories**: cs.SD\n" in body
    assert "[2512.00001](<https://arxiv.org/abs/2512.00001v1>) · [PDF](<https://arxiv.org/pdf/2512.00001v1>)" in body
    assert "\n\n译文一。\n\n第二段。\n\n> [!warning]\n> 译文校对提示：残留英文 foo\n" in body
    assert (
        "> [!abstract]- 详细解读\n> **研究背景与既有方法的问题**\n>\n> - 点一（第 3, 5 页）\n>     - 点二（未核实）\n"
        in body
    )
    assert "（详细解读待生成：尚未处理）" in body
    assert "依据：" in body
    assert "依据：" not in markdown.to_markdown(day(), coverage=False)
    assert text.endswith("\n")
    assert "\n\n\n" not in text


def tokens(text: str) -> list[Token]:
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    return [token for block in parsed for token in (block, *(block.children or ()))]


def shown(text: str) -> str:
    """What a line of Markdown shows; only text may be in it."""
    found = tokens(text)
    kinds = {token.type for token in found}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}, (text, kinds)
    return "".join(token.content for token in found if token.type in ("text", "text_special"))


@pytest.mark.parametrize("text", [text for text in TEXTS if line(text)])
def test_escaped_text_shows_as_it_is(text: str) -> None:
    assert shown(markdown.escape(text)) == line(text)
    assert shown(f"a {markdown.escape(text)} b") == f"a {line(text)} b"


def test_what_obsidian_adds_is_escaped_too() -> None:
    for text in ("[[link]] ![[embed]]", "#tag", "%%gone%%", "==marked==", "$x$ $$y$$", "key:: value", "[key:: value]",
                 "<% tp.file.title %>", "^block", "- [ ] task", "`= this.file`", "`$= dv.x()`", "http://x.example a@b",
                 "~~~", "{{title}}", "::", "a%%%b"):  # fmt: skip
        written = markdown.escape(text)
        assert shown(written) == text
        raw = re.sub(r"\\.", "", written)
        for code in ("[[", "%%", "==", "$", "::", "<", "^", "`", "://", "@", "~", "{", "[", "#tag"):
            assert code not in raw, (text, written)


def test_no_text_changes_the_shape_of_the_markdown() -> None:
    text = markdown.to_markdown(hostile())
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    tags = next(row for row in head.splitlines() if row.startswith("tags: "))
    assert len(head.splitlines()) == 7
    assert all(
        re.fullmatch(r"arxiv(/[\w-]*)?", tag, re.ASCII) for tag in json.loads(tags[6:].replace("arxiv,", '"arxiv",', 1))
    )
    found = tokens(body)
    code = {
        "html_inline",
        "html_block",
        "image",
        "code_inline",
        "fence",
        "code_block",
        "table_open",
        "s_open",
        "em_open",
    }
    assert not {token.type for token in found} & code
    links = {str(token.attrs["href"]) for token in found if token.type == "link_open"}
    assert len(links) == 2 * len(TEXTS)
    assert all(re.fullmatch(r"https://arxiv\.org/(abs|pdf)/2512\.\d{5}v1", link) for link in links)
    headings = [found[i + 1].content for i, token in enumerate(found) if token.type == "heading_open"]
    assert len(headings) == 1 + len(TEXTS)
    assert sum(token.type == "hr" for token in found) == 1  # above the provenance


# ---------------------------------------------------------------- EPUB


def unpacked(book: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(book)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode() for name in packed.namelist()}


def test_a_day_is_a_book() -> None:
    book = to_epub(day())
    assert book == to_epub(day())
    assert book[30:58] == b"mimetypeapplication/epub+zip"  # as its readers look for it
    files = unpacked(book)
    package = parsed(files["EPUB/package.opf"])
    opf = "{http://www.idpf.org/2007/opf}"
    listed = {item.attrib["href"] for item in package.iter(f"{opf}item")}
    assert {f"EPUB/{name}" for name in listed} == files.keys() - {
        "mimetype",
        "META-INF/container.xml",
        "EPUB/package.opf",
    }
    assert [ref.attrib["idref"] for ref in package.iter(f"{opf}itemref")] == ["front", "paper-1", "paper-2", "paper-3"]
    assert '<meta property="dcterms:modified">2025-12-17T03:04:05Z</meta>' in files["EPUB/package.opf"]
    chapter = files["EPUB/paper-1.xhtml"]
    for piece in (
        "A fast vocoder",
        "<p>译文一。</p>",
        "<li>点一（第 3, 5 页）</li>",
        "<li>– 点二（未核实）</li>",
        "隐藏文字",
    ):
        assert piece in chapter
    assert "详细解读待生成" in files["EPUB/paper-2.xhtml"]
    other = unpacked(to_epub(replace(day(), categories=("math.CO",))))
    assert other["EPUB/package.opf"] != files["EPUB/package.opf"]


def test_no_text_changes_the_shape_of_a_book() -> None:
    files = unpacked(to_epub(hostile()))
    for name, content in files.items():
        if name.endswith((".opf", ".ncx", ".xhtml")):
            parsed(content)
    for number, text in enumerate(TEXTS, 1):
        root = parsed(files[f"EPUB/paper-{number}.xhtml"])
        kinds = {element.tag.removeprefix(XHTML) for element in root.iter()}
        assert kinds <= {"html", "head", "title", "link", "body", "h1", "p", "br", "a", "small", "strong", "ul", "li"}
        assert root.findtext(f".//{XHTML}h1") == (line(seen(text)) or f"2512.{number - 1:05}")
        if line(text):
            assert root.findtext(f".//{XHTML}p/{XHTML}strong") == line(seen(line(text)))
        for link in root.iter(f"{XHTML}a"):
            assert re.fullmatch(r"https://arxiv\.org/(abs|pdf)/2512\.\d{5}v1", link.attrib["href"])


# ---------------------------------------------------------------- Atom


def before(days: int) -> Digest:
    one = day()
    earlier = timedelta(days=days)
    window = replace(
        one.window, day=one.window.day - earlier, start=one.window.start - earlier, end=one.window.end - earlier
    )
    return replace(one, window=window, updated=one.updated and one.updated - earlier)


def test_the_feed_keeps_the_rules_of_the_feed_validator() -> None:
    full = sixty(4)
    for days in (
        [before(2), day(), before(1)],
        [replace(hostile(), categories=("cs.SD",))],
        [full],
        [replace(day(), updated=None)],
    ):
        for url in ("", "https://lab.example/digests/"):
            assert faults(to_atom(days, url=url)) == []
    entry = to_atom([full])
    for piece in ("分层编码器", "https://github.com/someone/something", "ICASSP 2026", "第1点"):
        assert piece in entry


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<author><name>localdigest</name></author>", "", "MissingElement author"),
        ("<name>localdigest</name>", "<name> </name>", "MissingElement name"),
        ("T00:50:00Z</published>", " 00:50</published>", "InvalidRFC3339Date 2025-12-17 00:50"),
        ("tag:lab.example,2025:", "/", "InvalidFullLink /localdigest"),
        ("https://arxiv.org/abs", "/abs", "ContainsRelRef /abs/2512.00001v1"),
        ("<strong>", '<strong onclick="x">', "SecurityRiskAttr onclick"),
        ('<div xmlns="http://www.w3.org/1999/xhtml">', '<div xmlns="urn:x">', "MissingXhtmlDiv"),
        ("<summary>", "<rights/><summary>&lt;b&gt;", "ContainsHTML summary"),
        ('href="https://lab.example/digests/feed.xml"', 'href="feed.xml"', "InvalidURI feed.xml"),
        ('rel="self"', 'rel="alternate"', None),
        ('xml:lang="zh-CN"', "", "InvalidLanguage"),
    ],
)  # fmt: skip
def test_a_feed_that_breaks_one_is_told_so(old: str, new: str, fault: str | None) -> None:
    feed = to_atom([day()], url="https://lab.example/digests/")
    assert old in feed
    found = faults(feed.replace(old, new))
    assert any(each.startswith(fault) for each in found) if fault else found == []


def test_the_feed_has_an_entry_a_day_the_newest_first() -> None:
    feed = to_atom([before(2), day(), before(1)], url="https://lab.example/digests/")
    read = feedparser.parse(feed)
    assert not read.bozo
    assert [entry.title for entry in read.entries] == [f"arXiv Daily – 2025-12-{number}" for number in (17, 16, 15)]
    assert read.entries[0].link == "https://lab.example/digests/2025-12-17.html"
    assert read.entries[0].id == "tag:lab.example,2025:localdigest/digests/zh-CN/2025-12-17"
    assert read.feed.updated == read.entries[0].updated == "2025-12-17T03:04:05Z"
    assert [link["href"] for link in read.feed.links if link.rel == "self"] == ["https://lab.example/digests/feed.xml"]
    content = read.entries[0].content[0].value
    for piece in ("A fast vocoder", "译文一。", "点一（第 3, 5 页）", "https://arxiv.org/abs/2512.00001v1"):
        assert piece in content
    assert feed == to_atom([day(), before(1), before(2)], url="https://lab.example/digests/")


def test_a_feed_without_a_site_links_to_no_page() -> None:
    feed = to_atom([replace(day(), updated=None)])
    root = parsed(feed)
    assert not root.findall(f".//{ATOM}link")
    assert feedparser.parse(feed).entries[0].updated == "2025-12-17T00:50:00Z"
    other = feedparser.parse(to_atom([replace(day(), categories=("math.CO",))]))
    assert other.feed.id != feedparser.parse(feed).feed.id


def test_no_text_changes_the_shape_of_a_feed() -> None:
    root = parsed(to_atom([hostile()]))
    (entry,) = root.iter(f"{ATOM}entry")
    content = entry.find(f"{ATOM}content")
    assert content is not None
    kinds = {element.tag for element in content.iter()} - {f"{ATOM}content"}
    assert kinds <= {XHTML + name for name in ("div", "h2", "p", "br", "a", "small", "strong", "ul", "li")}
    titles = [element.text for element in content.iter(f"{XHTML}h2")]
    assert titles == [line(seen(text)) or f"2512.{number:05}" for number, text in enumerate(TEXTS)]


def test_what_a_bullet_is_about_stands_before_it_in_every_form() -> None:
    one = digests.paper(1)
    told = digests.digest([one], digests.explained(one, Point("快十倍。", (), lead="效率")))
    with zipfile.ZipFile(io.BytesIO(to_epub(told))) as book:
        assert "<b>效率：</b>快十倍。" in book.read("EPUB/paper-1.xhtml").decode()
    assert "&lt;b" not in to_atom([told])
    assert "<b>效率：</b>快十倍。" in to_atom([told])
    assert "**效率**：快十倍。" in markdown.to_markdown(told)


def test_a_book_lists_its_papers_in_the_readers_language() -> None:
    with zipfile.ZipFile(io.BytesIO(to_epub(digests.day()[1]))) as book:
        for name in ("front.xhtml", "nav.xhtml", "toc.ncx"):
            listed = book.read(f"EPUB/{name}").decode()
            assert "快速&lt;b&gt;声码器&lt;/b&gt;*" in listed, name
            assert "A fast vocoder" not in listed
            assert "Half" in listed  # it has no other title
