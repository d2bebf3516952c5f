"""Pages that a real Jekyll has built: what a text says is shown, whatever it is."""

from __future__ import annotations

import random
import string
from dataclasses import replace
from pathlib import Path

from localdigest.messages import Reason
from localdigest.pages import figures
from localdigest.records import (
    Evidence,
    Finding,
    Point,
    Replacement,
    Result,
)
from localdigest.records.figures import Figure
from localdigest.render import jekyll
from tests.kit.built_pages import TAGS, Block, build
from tests.kit.digests import day, digest, explained, paper, translated
from tests.kit.payloads import PAYLOADS, seen, titled


def test_a_real_jekyll_keeps_the_line_and_the_list_apart(tmp_path: Path) -> None:
    one, today = day()
    figure = Figure("Figure 2", "Figure 2: {{ site }} (a) ]", 3, "method", 640, 300, b"PNG")
    today = replace(today, figures={one.id: (figure,)})
    figures.write(figures.site(tmp_path / "_posts" / "arxiv"), today, jekyll.ASSETS)
    (tmp_path / "_config.yml").write_text("baseurl: /lab\n", encoding="utf-8")
    address = f"/assets/arxiv/{one.file_stem}-1.png"
    page = build(jekyll.to_jekyll(today, figures=True), tmp_path, address[1:])
    blocks = [(block.tag, block.text.strip()) for block in page.blocks]
    assert ("src", f"/lab{address}") in page.attributes  # wherever the post lies
    assert ("alt", "Figure 2: {{ site }} (a) ]") in page.attributes
    start = blocks.index(("h2", "A fast vocoder"))
    assert blocks[start + 1 : start + 3] == [("p", "快速<b>声码器</b>*"), ("li", "Authors: Ann Author")]


def random_text(count: int, seed: int = 7) -> list[str]:
    draw = random.Random(seed)  # noqa: S311
    letters = [*string.punctuation, *"{{<|-*_$\\ .", " ", " ", "a", "b", "1", "中"]
    return ["".join(draw.choices(letters, k=draw.randint(1, 14))) for _ in range(count)]


def test_a_real_jekyll_shows_what_a_replacement_changed_literally(tmp_path: Path) -> None:
    texts = [" ".join(text.split()) for text in [*PAYLOADS, *random_text(50)] if seen(text)]
    replacements = []
    for number, text in enumerate(texts):
        before = paper(number, text)
        replacements.append(Replacement(replace(before, version=2, abstract=text, comment=text), before))
    day = replace(digest([]), replacements=tuple(replacements))
    html = build(jekyll.to_jekyll(day), tmp_path)
    assert html.tags <= TAGS | {"h3", "del", "ins"}
    blocks = [Block(block.tag, block.text.strip()) for block in html.blocks]
    starts = [place for place, block in enumerate(blocks) if block.tag == "h3"]
    assert len(starts) == len(texts)
    for text, start in zip(texts, starts, strict=True):
        title, _, comment, changed = (block.text for block in blocks[start : start + 4])
        assert (title, comment) == (titled(text), f"Comment: {seen(text)}"), text
        assert changed == f"Abstract. {seen(text)}", text


def test_a_real_jekyll_shows_hostile_text_literally(tmp_path: Path) -> None:
    """Every text in every place of a page."""
    texts = [text for text in [*PAYLOADS, *random_text(150)] if seen(text)]
    papers = [paper(number, text, (text, "Ann")) for number, text in enumerate(texts)]
    results = [translated(paper, text, title=text) for paper, text in zip(papers, texts, strict=True)]
    results += [
        explained(paper, Point(text, (), depth=0), Point(text, (Evidence(3, text),), depth=1))
        for paper, text in zip(papers, texts, strict=True)
    ]
    papers.append(paper(99999))
    results.append(translated(papers[-1], "译文", *(Finding("url-invented", text) for text in texts)))
    results.append(Result(papers[-1].id, 1, "explain", "zh-CN", "failed", Reason("error", texts[0])))

    page_blocks = build(jekyll.to_jekyll(digest(papers, *results)), tmp_path)
    blocks = [Block(block.tag, block.text.strip()) for block in page_blocks.blocks]
    starts = [place for place, block in enumerate(blocks) if block.tag == "h2"]
    found = [blocks[start:end] for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True)]
    assert len(found) == len(papers)
    for text, section in zip(texts, found[:-1], strict=True):
        url = section[4].text.removeprefix("arXiv: ")
        assert [block.text for block in section] == [
            titled(text),
            titled(text),
            f"Authors: {seen(text)}, Ann",
            "Categories: cs.SD",
            f"arXiv: {url}",
            f"PDF: {url.replace('abs', 'pdf')}",
            titled(text),
            "详细解读",
            "",
            "1) 研究背景与既有方法的问题",
            seen(text),
            f"{seen(text)}（第 3 页）",
            "2) 论文核心方法如何解决上述问题",
            "论文中未找到相关内容。",
            "3) 在哪些任务上取得了怎样的效果",
            seen(text),
            "依据：论文 12 页，12 页有文字，读取正文的 83% · 模型 qwen · 提示词 0123456789ab",
        ], text
    notes, failed, _, _ = (block.text for block in found[-1][-4:])
    assert notes == "译文校对提示：" + "；".join(seen(f"原文中没有的链接 {text}") for text in dict.fromkeys(texts))
    assert failed == f"（详细解读生成失败：error: {seen(texts[0])}）"
    assert page_blocks.tags == TAGS
    assert page_blocks.harmful() == []
    assert sum(name == "href" for name, _ in page_blocks.attributes) == 2 * len(papers)
