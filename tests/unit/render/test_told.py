"""What a page tells in whole sentences: why it is empty, what quality to expect, where a page of a paper is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from localdigest.language.profile import codes
from localdigest.render import html, told
from localdigest.render.words import words_for
from tests.kit.digests import digest, explained, paper, translated
from tests.kit.pages import parse

EMPTY = replace(digest([]), listed=0)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (replace(EMPTY, closed=""), "星期三没有论文：arXiv 周末不公布。"),
        (replace(EMPTY, closed="Thanksgiving, 2025-11-27"), "当日没有论文：arXiv 放假（Thanksgiving, 2025-11-27）。"),
        (EMPTY, "arXiv 当日没有列出论文：周末和节假日不公布。"),
        (replace(EMPTY, listed=9, closed="", left_out={"cut": 9}), "所选分类中的 9 篇论文都被筛选规则排除。"),
        (
            replace(EMPTY, listed=9, elsewhere=("hep-th",)),
            "当日列出的 9 篇论文都不在所选分类（cs.SD, eess.AS）中，它们属于 hep-th。",
        ),
        (digest([paper(1)]), ""),
    ],
)
def test_an_empty_day_says_which(day: object, text: str) -> None:
    page = parse(html.to_html(day))  # type: ignore[arg-type]
    assert [each.text for each in page.all("p.nothing")] == ([text] if text else [])


def test_the_head_tells_what_quality_to_expect_and_leads_to_the_foot() -> None:
    page = parse(html.to_html(digest([paper(1)], translated(paper(1), "译文。"))))
    link = page.one("li.quality").one("a")
    assert link.text == "此模型的译文质量未经测量"
    (foot,) = [each for each in page.all("p") if each.attributes.get("id") == link.attributes["href"][1:]]
    assert link.text in foot.text
    without = html.to_html(digest([paper(1)], explained(paper(1))))
    assert 'class="quality"' not in without
    assert told.quality_told(digest([]), words_for("zh-CN")) == ""


@pytest.mark.parametrize("language", codes())
def test_a_page_number_is_worded_alike_beside_a_bullet_and_behind_it(language: str) -> None:
    words = words_for(language)
    assert re.sub(r"^ ?[(（]|[)）]$", "", words.pages.format(pages=3)) == words.page(3)
