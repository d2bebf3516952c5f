"""Nothing in a title, an author or an answer acts as code on the page."""

from __future__ import annotations

import pytest

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
def test_what_markdown_or_liquid_would_read_is_escaped(text: str, markdown: str) -> None:
    assert jekyll.escape(text) == markdown
