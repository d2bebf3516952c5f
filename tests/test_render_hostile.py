"""Nothing in a title, an author or an answer acts as code on the page."""

from __future__ import annotations

import random
import re
import shutil
import string
import subprocess
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from digests import digest, explained, paper, translated

from localdigest.records import (
    Evidence,
    Finding,
    Point,
    Replacement,
    Result,
)
from localdigest.render import jekyll


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
    assert jekyll.escape(text) == markdown


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
    html = built(jekyll.to_jekyll(day), tmp_path)
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

    page_blocks = built(jekyll.to_jekyll(digest(papers, *results)), tmp_path)
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
            "依据：论文 12 页，12 页有文字，读取正文的 83% · 模型 qwen · 提示词 0123456789ab",
        ], text
    notes, failed, _, _ = (block.text for block in found[-1][-4:])
    assert notes == "译文校对提示：" + "；".join(f"原文中没有的链接 {seen(text)}" for text in texts)
    assert failed == f"（详细解读生成失败：{seen(texts[0])}）"
    assert page_blocks.tags == TAGS
    assert {name for name, _ in page_blocks.attributes} == {"id", "href"}
    links = [value or "" for name, value in page_blocks.attributes if name == "href"]
    assert all(re.fullmatch(r"https://arxiv\.org/(abs|pdf)/2512\.\d{5}v1", link) for link in links)
    assert len(links) == 2 * len(papers)
