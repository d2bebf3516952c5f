"""Figures on the pages: inside the file, with their captions as alternative text, and none in what is published."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from html import unescape

from localdigest.records import Digest, Point
from localdigest.records.figures import Figure, ShownFigure
from localdigest.render.entries import pictures
from localdigest.render.epub import to_epub
from localdigest.render.html import to_html, to_papers
from localdigest.render.jekyll import to_jekyll
from localdigest.render.markdown import to_markdown
from tests.kit.digests import digest, explained, paper
from tests.kit.sixty import full, sixty

CAPTION = 'Figure 2: The <b>encoder</b> & its "heads".'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def day() -> Digest:
    figure = Figure("Figure 2", CAPTION, 3, "method", 640, 300, PNG)
    return replace(digest([paper(1), paper(2)]), figures={"2512.00002": (figure,)})


def test_the_page_holds_the_picture_with_its_caption_and_page() -> None:
    page = to_html(day())
    (image,) = re.findall("<img [^>]*>", page)
    assert 'src="data:image/png;base64,iVBORw0KGgo' in image
    assert unescape(re.findall('alt="([^"]*)"', image)[0]) == CAPTION
    assert 'width="640" height="300"' in image
    assert "2512.00002v1#page=3" in page.split("<img")[1]
    assert "<img" not in to_html(digest([paper(1)]))


def test_figures_of_a_pdf_without_a_page_have_no_link() -> None:
    one = paper(1)
    row = ("draft.pdf", "A draft", explained(one, Point("一", ())))
    page = to_papers([row, row], "zh-CN", None, [(), day().figures["2512.00002"]])
    assert page.count("<img ") == 1
    assert "#page=" not in page
    assert "<img" not in to_papers([row], "zh-CN")


def test_a_figure_is_a_file_in_the_books_manifest() -> None:
    with zipfile.ZipFile(io.BytesIO(to_epub(day()))) as book:
        assert book.read("EPUB/figures/2-1.png") == PNG
        assert 'href="figures/2-1.png" media-type="image/png"' in book.read("EPUB/package.opf").decode()
        chapter = book.read("EPUB/paper-2.xhtml").decode()
        assert 'src="figures/2-1.png"' in chapter
        assert "&lt;b&gt;encoder" in chapter
        assert "<img" not in book.read("EPUB/paper-1.xhtml").decode()


def test_jekyll_has_figures_only_when_asked() -> None:
    assert ".png" not in to_jekyll(day())
    page = to_jekyll(day(), figures=True)
    assert "]({{ '/assets/arxiv/2512.00002v1-1.png' | relative_url }})" in page
    assert "<b>" not in page


def test_markdown_has_a_figure_only_where_its_file_lies_beside() -> None:
    assert "![" not in to_markdown(day())
    assert "](figures/2512.00002v1-1.png)" in to_markdown(day(), beside=True)
    assert {name: figure.png for name, figure in pictures(day(), day().papers[1])} == {
        "figures/2512.00002v1-1.png": PNG
    }


def test_a_day_of_sixty_papers_with_all_their_figures_is_a_page_that_can_be_sent() -> None:
    assert 14_000_000 < len(to_html(full(sixty()))) < 15_000_000


def test_a_translated_caption_is_the_alternative_text_of_every_form() -> None:
    said = 'Figure 2 <i>"编码器"</i>结构'
    one, result = day().papers[1], explained(day().papers[1], Point("一", ()))
    assert result.breakdown
    shown = ShownFigure("Figure 2", 3, "method", CAPTION, said), ShownFigure("Table 9", 4, "results", "Gone.", "没有")
    made = replace(result, breakdown=replace(result.breakdown, figures=shown))
    told = replace(day(), results={(one.id, "explain"): made})
    page = to_html(told)
    (image,) = re.findall("<img [^>]*>", page)
    assert unescape(re.findall('alt="([^"]*)"', image)[0]) == f"图 2：{said}"
    assert "lang=" not in image
    assert "<i>" not in page.split("<img")[1].split("</figure>")[0]
    assert "没有" not in page
    with zipfile.ZipFile(io.BytesIO(to_epub(told))) as book:
        assert 'alt="图 2：Figure 2 &lt;i&gt;' in book.read("EPUB/paper-2.xhtml").decode()
    assert "![图 2：Figure 2 " in to_jekyll(told, figures=True)
    assert "![图 2：Figure 2 " in to_markdown(told, beside=True)
    assert "图 2：" in to_papers([("a.pdf", "A", made)], "zh-CN", None, [day().figures[one.id]])
