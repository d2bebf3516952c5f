"""Nothing in a title, a name, an abstract or an answer acts on the page for the browser; all of it is shown."""

from __future__ import annotations

import json
import re

import pytest

from localdigest.render import archive, chart, html
from localdigest.render.facts import place
from tests.kit.digests import digest, every_place
from tests.kit.pages import Element, hashes, parse, policy
from tests.kit.payloads import LINES, PAYLOADS, seen, titled

TEXTS = [text for text in (*PAYLOADS, *LINES) if seen(text)]
TEX = re.compile(r"[$\\]")
"""What may be drawn instead of shown; `test_html` and the tags below have that."""


@pytest.fixture(scope="module")
def page() -> str:
    return html.to_html(every_place(TEXTS))


@pytest.fixture(scope="module")
def tree(page: str) -> Element:
    return parse(page)


DRAWN = {
    "math",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "msub",
    "msup",
    "msubsup",
    "mstyle",
    "mspace",
    "em",
    "sub",
    "sup",
    "strong",
    "code",
}
"""What a text can be, at most: a formula, or a word set apart."""


def test_no_text_makes_an_element_or_an_attribute(page: str, tree: Element) -> None:
    tame = parse(html.to_html(every_place(["Tame"])))
    assert {each.tag for each in tree.walk()} - DRAWN == {each.tag for each in tame.walk()}
    names = {name for each in tree.walk() for name in each.attributes if each.tag not in DRAWN}
    assert names == {name for each in tame.walk() for name in each.attributes}
    drawn = {name for each in tree.walk() for name in each.attributes if each.tag in DRAWN}
    assert drawn <= {"alttext", "stretchy", "mathvariant", "width", "fence", "form"}
    assert not {name for name in names if name.startswith("on")}
    assert page.count("<script") == 3
    assert [policy(tree)["script-src"]] == hashes(page, "script")


def test_addresses_lead_to_arxiv_and_the_page_itself_only(tree: Element) -> None:
    links = {each.attributes["href"] for each in tree.all("a")}
    own = {"index.html", "index.html#before-2025-12-17", "index.html#after-2025-12-17"}
    outside = {link for link in links - own if not link.startswith("#")}
    papers = {
        link for link in outside if re.fullmatch(r"https://arxiv\.org/(abs|pdf)/2512\.\d{5}v[12](#page=3)?", link)
    }
    assert all(place(link)[1] == link for link in outside - papers), "addresses of hosts that we know"
    ids = [each.attributes["id"] for each in tree.walk() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def literal(text: str) -> str:
    """As `seen`, where TeX's dashes stay as they are."""
    return " ".join(seen(text.replace("-", "\ue0ff")).replace("\ue0ff", "-").split())


def test_every_text_is_shown_as_it_is(tree: Element) -> None:
    articles, replaced = tree.all("article.paper"), tree.all("article.replacement")
    assert len(articles) == len(TEXTS) + 1
    for text, article, replacement in zip(TEXTS, articles[:-1], replaced, strict=True):
        bullets = [each for each in article.one("details.breakdown").all("li") if "empty" not in each.classes]
        assert article.one("div.authors").text.replace(" , ", ", ").startswith(f"{literal(text)}, Ann"), text
        assert article.all("blockquote")[0].one("p").text == literal(text), text
        assert article.all("span.category")[0].text == literal(text), text
        assert replacement.one("p.changes").text == f"{literal(text)} End. New.".replace("  ", " "), text
        if not TEX.search(text):
            shown = titled(text)
            assert article.one("h2").text == article.one("p.original-title").text == shown, text
            assert bullets[0].all("span")[0].text == shown, text
            assert article.one("details.original").one("p").text == f"{shown} End.", text
            assert replacement.one("h3").text == shown, text


def test_the_archive_and_its_chart_hold_no_markup_of_a_strangers() -> None:
    record = archive.record(every_place(TEXTS))
    page = archive.to_html([record], "zh-CN")
    tree = parse(page)
    assert {each.tag for each in tree.walk()} <= (
        {
            "html",
            "head",
            "meta",
            "title",
            "link",
            "style",
            "script",
            "body",
            "a",
            "svg",
            "symbol",
            "path",
            "circle",
            "use",
        }
        | {
            "header",
            "b",
            "span",
            "div",
            "label",
            "input",
            "kbd",
            "details",
            "summary",
            "button",
            "nav",
            "h1",
            "h2",
            "ol",
            "li",
            "i",
            "main",
            "p",
        }
        | {"figure", "figcaption", "g", "rect", "line", "text", "section", "time", "dialog", "dl", "dt", "dd", "form"}
    )
    names = {name for each in tree.walk() for name in each.attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "style"}
    assert {each.attributes["href"] for each in tree.all("a")} <= {
        "index.html",
        "#main",
        "#m2025-12",
        "2025-12-17.html",
    }
    (row,) = tree.all("li.day-row")
    assert json.loads(row.attributes["data-categories"])["cs.SD"] == len(TEXTS) + 1
    assert [policy(tree)["script-src"]] == hashes(page, "script")


@pytest.mark.parametrize("text", TEXTS)
def test_a_chart_shows_a_category_as_text(text: str) -> None:
    drawn = parse(chart.svg([(digest([]).window.day, {text: 3})], text, text))
    assert {each.tag for each in drawn.walk()} == {"svg", "g", "title", "rect", "line", "text"}
