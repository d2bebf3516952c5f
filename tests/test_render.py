"""The page and the export: equal to the reference where they must be, and literal whatever the text is."""

from __future__ import annotations

import json
import random
import re
import shutil
import string
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from localdigest import feed, pdfchild, plan, render, selection, words
from localdigest.errors import ConfigError
from localdigest.records import (
    Breakdown,
    Digest,
    Evidence,
    Finding,
    Paper,
    Part,
    Point,
    Provenance,
    Replacement,
    Result,
    Sampling,
    Source,
    Translation,
    Window,
)

MADE = Provenance("qwen", "abcdef0123456789", "0123456789abcdef", Sampling(0.5, seed=7), 10, 20, 1.5, "0.1", "x")


def window(zone: str = "Asia/Shanghai") -> Window:
    start = datetime(2025, 12, 16, 8, 50, tzinfo=ZoneInfo(zone))
    return Window(date(2025, 12, 17), "submitted", start, start + timedelta(days=1), "08:50", zone)


def paper(number: int, title: str = "A title", authors: tuple[str, ...] = ("Ann Author",)) -> Paper:
    when = datetime(2025, 12, 16, 12, tzinfo=UTC)
    return Paper(f"2512.{number:05}", 1, title, authors, "Abstract.", ("cs.SD",), "cs.SD", when, when)


def translated(paper: Paper, text: str, *findings: Finding) -> Result:
    translation = Translation(text, (("Abstract.", text),), findings)
    return Result(paper.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE)


def explained(paper: Paper, *points: Point, hidden: int = 0) -> Result:
    parts = (Part("results", points[:1]), Part("background", points))  # a part may be missing
    breakdown = Breakdown(parts, Source("pdf", "00" * 32, 12, 12, 0.83, hidden))
    return Result(paper.id, 1, "explain", "zh-CN", "done", "", None, breakdown, MADE)


def digest(papers: list[Paper], *results: Result) -> Digest:
    by_task = {(result.paper_id, result.task): result for result in results}
    return Digest(window(), "zh-CN", ("cs.SD", "eess.AS"), len(papers), tuple(papers), by_task)


def complete(papers: int, done: int, pending: int) -> str:
    return (
        f"<small>完整性：列出 {papers} 篇、符合 {papers} 篇、显示 {papers} 篇；"
        f"译文与解读：完成 {done}、待处理 {pending}、失败 0</small>"
    )


# ---------------------------------------------------------------- the contracts


def test_seed_day_has_the_header_and_the_lines_of_the_reference(shared: Path) -> None:
    folder = shared / "data" / "seed-day"
    reference = (folder / "2025-12-17-arxiv.md").read_text(encoding="utf-8")
    known = feed.merge([feed.parse((folder / "atom.xml").read_bytes(), "atom.xml")])
    day = digest(sorted(known, key=lambda paper: paper.id, reverse=True))

    def lines(page: str) -> list[str]:
        return re.findall(r"^(?:## |- \*\*(?:Authors|Categories|arXiv|PDF)\*\*: ).*|^---$", page, re.MULTILINE)

    page = render.to_jekyll(day)
    assert page.split("\n## ")[0] == reference.split("\n## ")[0]
    assert lines(page) == lines(reference)
    assert len(lines(page)) == 2 + 13 * 6
    assert page.endswith(f"\n\n---\n\n{complete(13, done=0, pending=26)}\n")


def test_page_of_one_paper() -> None:
    one = paper(1)
    points = (
        Point("一", (Evidence(3, "Three."), Evidence(5, "Five."), Evidence(3, "Again."))),
        Point("二", (Evidence(12, "Twelve."),), verified=False, depth=3),
    )
    wrong = (
        Finding("number-missing", "28%"),
        Finding("number-missing", "12", resolved=True),
        Finding("not for the page", "x"),
    )
    page = render.to_jekyll(digest([one], translated(one, "译文。\n第二段。", *wrong), explained(one, *points)))
    assert page.split("/2512.00001v1)\n\n")[1] == (
        "译文。\n\n第二段。\n\n<small>译文校对提示：可能遗漏数字 28%</small>\n\n"
        '<details>\n<summary>详细解读</summary>\n\n<div markdown="1">\n\n'
        "1) **研究背景与既有方法的问题**\n- 一（p. 3, 5）\n  - 二（p. 12）（未核实）\n\n"
        "2) **论文核心方法如何解决上述问题**\n- 论文中未找到相关内容。\n\n"
        "3) **在哪些任务上取得了怎样的效果**\n- 一（p. 3, 5）\n</div>\n\n</details>\n\n---\n\n"
        f"{complete(1, done=2, pending=0)}\n\n"
        "<small>由 localdigest 0.1 在本地生成 · 模型 qwen (abcdef012345) · 提示词 0123456789ab</small>\n"
    )


def test_badge_of_a_paper_with_hidden_text() -> None:
    badge = "<small>⚠ 论文 PDF 中有 3 处读者看不到的隐藏文字，解读前已删除。</small>"
    one, two = paper(1), paper(2)
    day = digest([one, two], explained(one, hidden=3), explained(two))
    page = render.to_jekyll(day)
    assert page.count("隐藏文字") == 1
    assert f"{badge}\n\n<details>" in page.split("\n## ")[1]
    sources = [json.loads(render.to_json(day))["papers"][at]["breakdown"]["source"] for at in (0, 1)]
    assert [source["hidden_text"] for source in sources] == [3, 0]


def test_unfinished_work_says_why_in_the_pages_language() -> None:
    one, two = paper(1), paper(2)
    page = render.to_jekyll(
        digest(
            [one, two],
            Result(one.id, 1, "explain", "zh-CN", "pending", plan.NO_PDF),
            Result(two.id, 1, "translate", "zh-CN", "failed", "loop {{ x }}"),
            Result(two.id, 1, "explain", "zh-CN", "failed", "pdf-encrypted: needs a password"),
        )
    )
    found = re.findall("^（.*）$", page, re.MULTILINE)
    assert found == [
        "（译文待生成：尚未处理）",
        "（详细解读待生成：论文 PDF 尚不可用）",
        "（译文生成失败：loop &#123;&#123; x &#125;&#125;）",
        "（详细解读生成失败：论文 PDF 有密码保护）",
    ]


def test_every_reason_we_give_has_words() -> None:
    given = (plan.NO_PDF, plan.NO_ABSTRACT, plan.WAITING, plan.WITHDRAWN, plan.DEADLINE)
    ours = {reason.partition(":")[0] for reason in given}
    ours |= {f"pdf-{reason}" for reason in get_args(pdfchild.Reason)}
    assert ours >= plan.UNREADABLE | set(plan.FINAL)
    for language, said in words.WORDS.items():
        assert ours == set(said.reasons), language


def test_what_the_selection_left_out_is_one_line_and_counts() -> None:
    day = digest([paper(1)])
    assert "筛选" not in render.to_jekyll(day)
    day = replace(day, left_out={"cut": 4, "excluded": 2, "not-included": 7, "not-primary": 1})
    (line,) = [line for line in render.to_jekyll(day).splitlines() if "筛选" in line]
    assert line == (
        "- 筛选：另有 14 篇未列出（排名超出篇数上限 4 篇；符合排除规则 2 篇；不符合任何纳入规则 7 篇；主分类不符 1 篇）"
    )
    assert json.loads(render.to_json(day))["left_out"] == day.left_out
    for said in words.WORDS.values():
        assert said.left_out_for.keys() == selection.TOLD.keys()


def test_export_keeps_the_contract() -> None:
    one, two, three = paper(1), paper(2), paper(3)
    failed = Result(three.id, 1, "translate", "zh-CN", "failed", "empty: no text")
    skipped = Result(three.id, 1, "explain", "zh-CN", "skipped", "why not")
    done = (translated(one, "译文", Finding("number-missing", "28%", True)), explained(one, Point("一", ())))
    day = digest([one, two, three], *done, failed, skipped)
    text = render.to_json(day)
    assert text == render.to_json(replace(day, results=dict(reversed(day.results.items()))))
    assert text.endswith("\n}\n")
    assert '  "schema": "localdigest/1",\n' in text
    assert "译文" in text
    export = json.loads(text)
    assert export["window"] == {
        "mode": "submitted",
        "start": "2025-12-16T08:50:00+08:00",
        "end": "2025-12-17T08:50:00+08:00",
    }
    assert export["counts"] == {
        "listed": 3,
        "matched": 3,
        "shown": 3,
        "done": 2,
        "translated": 1,
        "explained": 1,
        "pending": 2,
        "failed": 1,
        "skipped": 1,
    }
    first, second, third = export["papers"]
    assert first["published"] == "2025-12-16T12:00:00Z"
    assert first["abs_url"] == "https://arxiv.org/abs/2512.00001v1"
    provenance = {
        "model": "qwen",
        "model_sha256": "abcdef0123456789",
        "prompt": "0123456789abcdef",
        "sampling": {"temperature": 0.5, "top_k": 40, "top_p": 0.9},
        "seed": 7,
        "prompt_tokens": 10,
        "output_tokens": 20,
        "seconds": 1.5,
        "localdigest": "0.1",
        "engine": "x",
    }
    assert first["translation"] == {
        "status": "done",
        "text": "译文",
        "pairs": [["Abstract.", "译文"]],
        "findings": [{"code": "number-missing", "detail": "28%", "resolved": True}],
        "provenance": provenance,
    }
    assert first["breakdown"]["parts"][0] == {
        "name": "results",
        "points": [{"text": "一", "evidence": [], "verified": True, "depth": 0}],
    }
    assert first["breakdown"]["source"]["read_share"] == 0.83
    assert second["translation"] == {"status": "pending", "reason": plan.WAITING}
    assert third["translation"] == {"status": "failed", "reason": "empty: no text"}
    assert third["breakdown"] == {"status": "skipped", "reason": "why not"}


def test_other_zones_go_by_their_name_and_unknown_languages_are_refused() -> None:
    day = replace(digest([]), window=window("America/New_York"))
    assert "（锚点 08:50 America/New_York）：2025-12-16 08:50 — 2025-12-17 08:50" in render.to_jekyll(day)
    with pytest.raises(ConfigError, match=r"'xx'.*zh-CN"):
        render.to_jekyll(replace(day, language="xx"))


def test_a_category_cannot_break_the_front_matter() -> None:
    day = replace(digest([]), categories=("hep-th", "null", "x]\n---\n{{ y }}"))
    assert render.to_jekyll(day).splitlines()[3] == 'tags: [arxiv, hep-th, "null", "x]\\n---\\n{{ y }}"]'


# ---------------------------------------------------------------- nothing acts as code


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        (
            "plain-text, F. R. N. C. L. 3.5 x^2 $O(n)$ a/b~c",
            "plain-text, F. R. N. C. L. 3.5 x^2 $O(n)$ a/b~c",
        ),
        ("stereo -- a study", "stereo -- a study"),
        ("<!-- x --> & {{ y }}", r"&lt;!\-- x \--&gt; &amp; &#123;&#123; y &#125;&#125;"),
        ("{% raw %}{: .a}", "&#123;% raw %&#125;&#123;: .a&#125;"),
        ("$\\mathcal{O}_x$", r"$\\mathcal&#123;O&#125;\_x$"),
        ("$$x$$", r"\$\$x\$\$"),
        ("a | b ~~c~~", "a &#124; b &#126;&#126;c&#126;&#126;"),
        ("[^1]: *b* `c` \"d\" 'e' #f ...", r"\[^1\]: \*b\* \`c\` \"d\" \'e\' \#f \..."),
        ("1. one", r"1\. one"),
        ("2)", r"2\)"),
        ("- one", r"\- one"),
        (": one", r"\: one"),
        ("---", r"\-\--"),
        ("^", "&#94;"),
        ("~~~", "&#126;&#126;&#126;"),
        ("ends in \\", "ends in &#92;"),
        ("a\n\n  b\t\u2028c\x1b[31m\u202ed", r"a b c\[31md"),
    ],
)
def test_escape(text: str, markdown: str) -> None:
    assert render.escape(text) == markdown


HOSTILE = """\
{{ site.title }}
{% include secret.html %}
{%- raw -%} {% endraw %}
a {{{ b }}} {{- c -}} }} %}
{: .red #id onclick="alert(1)"}
{::options parse_block_html="true" /}
{::nomarkdown}<b>x</b>{:/}
{::comment} gone {:/comment}
<script>alert('x')</script>
<img src="x" onerror='alert(1)'> <!-- hidden --> <br/> &lt;b&gt; &amp;amp; &#60; &copy;
</div></details><h1>out</h1>
[click](javascript:alert(1)) ![i](http://x.example/i.png) <http://x.example> [ref][1]
[1]: http://x.example "t"
[^1]: a footnote [^1]
*[HTML]: an abbreviation
* bullet
+ bullet
- bullet
- - -
* * *
12. numbered
3) numbered
: definition
> quote
# heading #
Heading {#custom}
C# and C##
===
---
----
***
___
| a | b |
a | b
|---|---|
    indented code
\tindented code
```ruby
~~~
``code`` `code`
~~struck~~ _em_ __strong__ *em* **strong** snake_case_name F0_RMSE
$$\\sum_{i=1}^n x_i$$
$\\mathcal{O}(n^2)$ and $a_{ij} < b$ & \\emph{text} \\\\ \\{x\\} \\|y\\| 50\\% \\$5
\\
\\\\
ends with \\
\\`\\*\\_\\{\\}\\[\\]\\(\\)\\#\\+\\-\\.\\!\\|\\<\\>\\$\\"\\'\\:\\=
"quoted" 'single' don't it's '90s ``tex quotes'' << >> <<x>> ... .... -- --- x--y x---y
^
^ caret
a^b ~ x~y
=equals= +plus+ :colon: @at %percent
1.
2512.
&
&&nbsp;
*
_
中文，带有**强调**和_下划线_、{{ 变量 }}与$公式$。
\x1b[31mred\x1b[0m \u202etxet\u202c a\x00b
http://x.example/a_b*c?d=e&f=g#h
<!DOCTYPE html> <?php echo 1 ?> <![CDATA[ x ]]>
ALD {:ref: .x} {:/} {:.}
{:ref: .x}
{:toc}
"""


def random_text(count: int, seed: int = 7) -> list[str]:
    draw = random.Random(seed)  # noqa: S311
    letters = [*string.punctuation, *"{{<|-*_$\\ .", " ", " ", "a", "b", "1", "中"]
    return ["".join(draw.choices(letters, k=draw.randint(1, 14))) for _ in range(count)]


TAGS = {"h2", "ul", "li", "strong", "a", "p", "details", "summary", "div", "hr", "small"}
TAGS |= {"table", "tbody", "tr", "td"}  # which Jekyll makes of the `|` in the third header line


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


def seen(text: str) -> str:
    """What a reader should see of `text`: what has a shape; TeX's dash as a dash."""
    text = re.sub("[\0\x1b\u202e\u202c]", "", re.sub(r"[ \t]+", " ", text)).strip()
    return re.sub("(?<= )---(?= )", "—", re.sub("(?<= )--(?= )", "–", text))


def built(page: str, folder: Path) -> Blocks:
    """What Jekyll makes of a page as it comes."""
    jekyll = shutil.which("jekyll")
    if jekyll is None:
        pytest.skip("needs jekyll on the PATH (Debian: apt-get install jekyll)")
    (folder / "_posts").mkdir()
    (folder / "_posts" / "2025-12-17-arxiv.md").write_text(page, encoding="utf-8")
    command = [jekyll, "build", "--future", "--quiet", "--source", ".", "--destination", "site"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return Blocks(next((folder / "site").rglob("*.html")).read_text(encoding="utf-8"))


def test_a_real_jekyll_shows_what_a_replacement_changed_literally(tmp_path: Path) -> None:
    texts = [" ".join(text.split()) for text in [*HOSTILE.splitlines(), *random_text(50)] if seen(text)]
    replacements = []
    for number, text in enumerate(texts):
        before = paper(number, text)
        replacements.append(Replacement(replace(before, version=2, abstract=text, comment=text), before))
    day = replace(digest([]), replacements=tuple(replacements))
    html = built(render.to_jekyll(day), tmp_path)
    assert html.tags <= TAGS | {"h3", "del", "ins"}
    blocks = [Block(block.tag, block.text.strip()) for block in html.blocks]
    starts = [place for place, block in enumerate(blocks) if block.tag == "h3"]
    assert len(starts) == len(texts)
    for text, start in zip(texts, starts, strict=True):
        title, _, comment, changed = (block.text for block in blocks[start : start + 4])
        assert (title, comment) == (seen(text), f"Comment: {seen(text)}"), text
        assert changed == f"Abstract. {seen(text)}", text


def test_a_real_jekyll_shows_hostile_text_literally(tmp_path: Path) -> None:
    """Every text in every place of a page."""
    texts = [text for text in [*HOSTILE.splitlines(), *random_text(150)] if seen(text)]
    papers = [paper(number, text, (text, "Ann")) for number, text in enumerate(texts)]
    results = [translated(paper, text) for paper, text in zip(papers, texts, strict=True)]
    results += [
        explained(paper, Point(text, (), depth=0), Point(text, (Evidence(3, text),), depth=1))
        for paper, text in zip(papers, texts, strict=True)
    ]
    papers.append(paper(99999))
    results.append(translated(papers[-1], "译文", *(Finding("url-invented", text) for text in texts)))
    results.append(Result(papers[-1].id, 1, "explain", "zh-CN", "failed", texts[0]))

    page_blocks = built(render.to_jekyll(digest(papers, *results)), tmp_path)
    blocks = [Block(block.tag, block.text.strip()) for block in page_blocks.blocks]
    starts = [place for place, block in enumerate(blocks) if block.tag == "h2"]
    found = [blocks[start:end] for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True)]
    assert len(found) == len(papers)
    for text, section in zip(texts, found[:-1], strict=True):
        url = section[3].text.removeprefix("arXiv: ")
        assert [block.text for block in section] == [
            seen(text),
            f"Authors: {seen(text)}, Ann",
            "Categories: cs.SD",
            f"arXiv: {url}",
            f"PDF: {url.replace('abs', 'pdf')}",
            seen(text),
            "详细解读",
            "",
            "1) 研究背景与既有方法的问题",
            seen(text),
            f"{seen(text)}（p. 3）",
            "2) 论文核心方法如何解决上述问题",
            "论文中未找到相关内容。",
            "3) 在哪些任务上取得了怎样的效果",
            seen(text),
        ], text
    notes, failed, _, _ = (block.text for block in found[-1][-4:])
    assert notes == "译文校对提示：" + "；".join(f"原文中没有的链接 {seen(text)}" for text in texts)
    assert failed == f"（详细解读生成失败：{seen(texts[0])}）"
    assert page_blocks.tags == TAGS
    assert {name for name, _ in page_blocks.attributes} == {"id", "href"}
    links = [value or "" for name, value in page_blocks.attributes if name == "href"]
    assert all(re.fullmatch(r"https://arxiv\.org/(abs|pdf)/2512\.\d{5}v1", link) for link in links)
    assert len(links) == 2 * len(papers)
