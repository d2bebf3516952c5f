"""What a translation must carry over as it is, and addresses that nobody gave it."""

from __future__ import annotations

import time

import pytest

from localdigest.checks import mending
from localdigest.checks.spans import changed, new_addresses
from localdigest.text import punctuation, quantities, spans
from tests.kit import cases
from tests.kit.flows import play, these, translation
from tests.kit.languages import LANGUAGES

CHINESE = LANGUAGES["zh-CN"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Money is no formula.
        ("The system costs $5M and $2.8bn in total.", []),
        ("It costs 50$ and 60$, or 50$, 60$, and 70$.", []),
        ("Between $5M-$10M, US$5M to US$6M, $5 million to $10.", []),
        ("At $10k/month and $3/hour, or 4$; $5, $6 and $7.", []),
        ("From $5M to a loss of $x_1$ in 2020.", ["$x_1$"]),
        ("A $7B$ model, $100k$ steps of $20 ms$ and $2k+1$.", ["$7B$", "$100k$", "$20 ms$", "$2k+1$"]),
        ("The $k$NN in $ x $ or $ \\alpha_1 $ and $O(n) $", ["$k$", "$ x $", "$ \\alpha_1 $", "$O(n) $"]),
        ("3$\\times$3 kernels, $\\sim$10 and $>$90%, 10$\\%$", ["$\\times$", "$\\sim$", "$>$", "$\\%$"]),
        ("$3, 4, 5$ and $5 \\times 5$", ["$3, 4, 5$", "$5 \\times 5$"]),
        (r"Let $\text{if $x>0$}$ and $a\$b$ be.", [r"$\text{if $x>0$}$", r"$a\$b$"]),
        (r"\$5 and $x$", ["$x$"]),
        # Commands.
        (
            r"\citep[see][p.~3]{foo} and \sqrt{\frac{a}{b}}, \alpha of \frac{\sqrt{x_{i}}}{2}.",
            [r"\citep[see][p.~3]{foo}", r"\sqrt{\frac{a}{b}}", r"\alpha", r"\frac{\sqrt{x_{i}}}{2}"],
        ),
        (r"{\it in vivo}, \emph{prose}, \textbf{a \beta}", [r"\beta"]),
        # Versions and sizes.
        ("Python 3.11.4, v1.2.3, 2.0.0rc1.", ["3.11.4", "v1.2.3", "2.0.0rc1"]),
        ("On 2024.10.05, 05.10.2024, 1.000.000 of 1.2 at v1.2", []),
        ("Images of 1920x1080 and 10x", ["1920x1080"]),
        ("See [1, 2; 3].", ["[1, 2; 3]"]),
        # Addresses.
        ("See https://en.wikipedia.org/wiki/Foo_(bar).", ["https://en.wikipedia.org/wiki/Foo_(bar)"]),
        ("(https://a.org/Foo_(bar)), en.b.org/Foo_(bar)", ["https://a.org/Foo_(bar)", "en.b.org/Foo_(bar)"]),
        ("(see https://a.org/x) <https://a.org/y>; [https://a.org/z]", [f"https://a.org/{c}" for c in "xyz"]),
        ("见https://a.org/x的代码，https://a.org/y！", ["https://a.org/x", "https://a.org/y"]),
        (
            "10.1016 is https://doi.org/10.1016/S0165-1684(97)00022-1, and",
            ["https://doi.org/10.1016/S0165-1684(97)00022-1"],
        ),
        (
            "https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O.",
            ["https://doi.org/10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O"],
        ),
        ("train.py, Node.js, scikit.learn, al.company", []),
        ("www.evil.de and evil.co.uk/x", ["www.evil.de", "evil.co.uk/x"]),
    ],
)
def test_addresses_formulas_code_and_citations_are_protected(text: str, found: list[str]) -> None:
    assert spans.protected(text) == found


@pytest.mark.parametrize(
    ("citation", "kept"),
    [
        ("(van den Oord et al., 2016)", "（van den Oord 等，2016）"),
        ("(LeCun et al. 1998a, 1998b)", "（LeCun 等，1998a、1998b）"),
        ("(see Smith, Jones, and Lee, 2020; d'Aspremont 2007)", "（Smith、Jones 和 Lee，2020；d'Aspremont，2007）"),
        ("(Çelik, 2019)", "（Çelik，2019）"),
    ],
)
def test_a_citation_keeps_its_names_and_years(citation: str, kept: str) -> None:
    assert cases.details(changed, f"如前所述{kept}。", f"As shown {citation}.") == []
    assert cases.details(changed, "如前所述（2016）。", f"As shown {citation}.") == [citation]
    assert cases.details(changed, f"如前所述{kept[:-2]}0）。", f"As shown {citation}.") == [citation]


def test_a_month_is_no_author_and_a_size_has_several_signs() -> None:
    assert cases.details(changed, "（2020年10月）", "(October 2020)") == []
    assert cases.details(changed, "1920 × 1080 的图", "images of 1920x1080") == []
    assert cases.details(changed, "1920x108 的图", "images of 1920x1080") == ["1920x1080"]


def test_an_address_with_brackets_is_a_working_link_in_chinese() -> None:
    url = "https://en.wikipedia.org/wiki/Foo_(bar)"
    for said in (f"见维基百科（{url}）。", f"见维基百科({url})。", f"见 {url}，以及图。"):
        text = punctuation.full_width(said)
        assert spans.protected(text) == [url]
    assert quantities.numbers(f"见（{url}_2）3", CHINESE).keys() == {3}


def test_a_formula_does_not_become_code() -> None:
    draft = "矩阵 `$x_1 + y$` 与 `n` 和 `$k$`。"
    assert mending.spans.carried("The matrix $x_1 + y$, `n` and $k$.", draft) == "矩阵 $x_1 + y$ 与 `n` 和 $k$。"
    assert mending.spans.carried("The matrix `$x_1 + y$`, `n` and `$k$`.", draft) == draft


SOURCE = "See https://a.org/x, github.com/a/b, and Character.AI for the code."


@pytest.mark.parametrize(
    ("draft", "new"),
    [
        ("见 evil.com/win 和 www.evil.com，evil.io/abc。", ["evil.com/win", "www.evil.com", "evil.io/abc"]),
        ("代码在`evil.com`。", ["evil.com"]),
        ("见 https://github.com/a/b、a.org/x/ 与 http://www.a.org/x。", []),
        ("见 github.com 和 character.ai。", []),
        ("见 https://a.org/xy、https://a.org。", ["https://a.org/xy", "https://a.org"]),
        ("见 hub.com 或 github.com/a。", ["hub.com", "github.com/a"]),
        ("运行 train.py，用 Node.js、scikit.learn 和 v1.2.3。", []),
        ("见evil.ru、EVIL.COM 与 kestrel.shop/login。", ["evil.ru", "EVIL.COM", "kestrel.shop/login"]),
        ("见 ftp://evil.com/x 与 hxxp://evil.com。", ["ftp://evil.com/x", "hxxp://evil.com"]),
        ("写信给 ada@kestrel.example。", ["ada@kestrel.example"]),
    ],
)  # fmt: skip
def test_an_address_that_the_source_lacks_is_found_and_taken_out(draft: str, new: list[str]) -> None:
    assert cases.details(new_addresses, draft, SOURCE) == new
    for found in (
        cases.translation(draft, "stop", SOURCE, language=CHINESE),
        cases.point(draft, "stop", SOURCE, language=CHINESE),
    ):
        assert [f.detail for f in found if f.code == "url-invented"] == new
    left = mending.spans.without_new_addresses(draft, SOURCE)
    assert cases.details(new_addresses, left, SOURCE) == []
    assert left == draft or new


def test_a_made_up_address_does_not_reach_the_page() -> None:
    said = "代码可在 evil.com/win 获得。"
    draft, _, _ = play(translation("The code is available."), rest=said)
    assert draft.text == "代码可在  获得。"
    assert draft.pairs[0][1] == draft.text
    assert [(f.code, f.resolved) for f in draft.findings if f.code == "url-invented"] == [("url-invented", True)]


def test_two_prices_are_not_put_behind_their_sentence() -> None:
    draft, _, asked = play(
        translation("The system costs $5M and $2.8bn in total."), these("该系统共花费500万美元和28亿美元。")
    )
    assert draft.text == "该系统共花费500万美元和28亿美元。"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "text", ["\\a{", "$\\text{", "$x ", "https://a(b", "(van den ", "(Aa and Bb, 2020; ", "1.2.", "[1,"]
)
def test_unclosed_spans_are_read_in_linear_time(text: str) -> None:
    begun = time.process_time()
    cases.details(changed, text * 500, text * 500)
    assert time.process_time() - begun < 2
