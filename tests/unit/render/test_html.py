"""The day's page for the browser: what is on it, and that it is whole in itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from localdigest.messages import Reason
from localdigest.records import Breakdown, Evidence, Finding, Part, Point, Replacement, Result, Source, Translation
from localdigest.render import html
from localdigest.render.math import LONGEST, mathml, prose
from tests.kit.digests import MADE, digest, explained, paper, translated
from tests.kit.pages import hashes, parse, policy


def test_the_page_is_whole_and_its_policy_lets_only_its_own_style_and_script_act() -> None:
    page = html.to_html(digest([paper(1)], translated(paper(1), "译文。")))
    tree = parse(page)
    rules = policy(tree)
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == rules["connect-src"] == "'none'"
    assert [rules["script-src"]] == hashes(page, "script")
    assert [rules["style-src"]] == hashes(page, "style")
    assert not [each for each in tree.walk() if {"src", "style", "srcset", "action"} & each.attributes.keys()]
    assert {each.attributes["href"][:5] for each in tree.all("link")} == {"data:"}
    assert "http://" not in re.sub(r"<link rel=\"icon\".*", "", page)


def test_marks_of_a_server_are_named_and_may_be_reached() -> None:
    day = digest([paper(1)])
    tree = parse(html.to_html(day, marks="/api/marks"))
    (meta,) = [each for each in tree.all("meta") if each.attributes.get("name") == "localdigest-marks"]
    assert meta.attributes["content"] == "/api/marks"
    assert policy(tree)["connect-src"] == "'self'"
    assert "localdigest-marks" not in [each.attributes.get("name") for each in parse(html.to_html(day)).all("meta")]


def test_a_paper_is_shown_with_its_translation_original_and_evidence() -> None:
    authors = tuple(f"Author {n}" for n in range(20))
    one = replace(paper(1, "A $F_0$ title", authors), abstract="One here. Two there.", categories=("cs.SD", "eess.AS"))
    translation = Translation(
        "第一句。\n第二句。",
        (("One here.", "第一句。"), ("Two there.", "第二句。")),
        (Finding("number-missing", "28%", sentence=1), Finding("number-missing", "1", resolved=True, sentence=0)),
    )
    points = (
        Point("一", (Evidence(3, "Three."), Evidence(5, "Five."), Evidence(3, "Again."))),
        Point("二", (), verified=False, depth=3),
    )
    breakdown = Breakdown((Part("method", points),), Source("pdf", "00" * 32, 12, 11, 0.83, 4))
    tree = parse(
        html.to_html(
            digest(
                [one],
                Result(one.id, 1, "translate", "zh-CN", "done", "", translation, None, MADE),
                Result(one.id, 1, "explain", "zh-CN", "done", "", None, breakdown, MADE),
            )
        )
    )
    (article,) = tree.all("article")
    assert article.attributes["id"] == "p2512.00001"
    assert article.one("h2").one("math").attributes["alttext"] == "F_0"
    shown, folded = article.one("div.authors").pieces[0], article.one("details.more").text
    assert shown.count("Author") == html.AUTHORS
    assert folded == "另 12 位作者, " + ", ".join(authors[html.AUTHORS :])
    assert [each.text for each in article.all("span.category")] == ["cs.SD", "eess.AS"]
    left, right = article.one("div.translation"), article.one("details.original")
    assert [paragraph.text for paragraph in left.all("p")] == ["第一句。", "第二句。存疑"]
    for number, (draft, source) in enumerate([("第一句。", "One here."), ("第二句。", "Two there.")]):
        pair = [each for each in (*left.walk(), *right.walk()) if each.attributes.get("data-s") == str(number)]
        assert [each.text for each in pair] == [draft, source]
    assert [each.text for each in left.all("span.doubtful")] == ["第二句。"]
    assert right.one("p").text == "One here. Two there."
    assert "译文校对提示：可能遗漏数字 28%" in article.text

    first, second, third = article.one("details.breakdown").all("section")
    assert (first.one("li.empty").text, third.one("li.empty").text) == ("论文中未找到相关内容。",) * 2
    assert second.one("h3").text == "论文核心方法如何解决上述问题"
    plain, doubtful = second.all("li")
    assert plain.one("summary").text == "第 3, 5 页"
    assert [quote.one("p").text for quote in plain.all("blockquote")] == ["Three.", "Five.", "Again."]
    assert [quote.one("a").attributes["href"] for quote in plain.all("blockquote")] == [
        f"https://arxiv.org/pdf/2512.00001v1#page={page}" for page in (3, 5, 3)
    ]
    assert "未核实" not in plain.text
    assert doubtful.text == "二 未核实"
    assert doubtful.classes == ["deep"]
    assert "隐藏文字 4 处" in article.text
    assert "论文 12 页，11 页有文字，读取正文的 83% · 模型 qwen" in article.text
    assert "完整性：列出 1 篇" in tree.one("footer").text
    assert "由 localdigest 0.1 在本地生成" in tree.one("footer").text


def test_what_is_not_done_says_why_and_shows_the_original() -> None:
    one = paper(1)
    failed = Result(one.id, 1, "translate", "zh-CN", "failed", Reason("error", "<b>"))
    tree = parse(html.to_html(digest([one], failed)))
    (article,) = tree.all("article")
    assert [each.text for each in article.all("p.aside")] == [
        "（译文生成失败：error: <b>）",
        "（详细解读待生成：尚未处理）",
    ]
    assert article.one("div.translation").one("p").text == "Abstract."
    assert not article.all("button.toggle-original")
    assert not article.all("details.breakdown")


def test_a_late_paper_is_marked() -> None:
    one = paper(1)
    day = digest([one, replace(paper(2), published=one.published - timedelta(days=2))])
    day = replace(day, window=replace(day.window, mode="announced"))
    first, second = parse(html.to_html(day)).all("article")
    assert "晚到" not in first.text
    assert "晚到" in second.text
    assert "投稿日期 2025-12-14" in second.text


def test_replacements_show_what_changed() -> None:
    old = replace(paper(1), abstract="We use <b> ten hours.")
    new = replace(old, version=2, abstract="We use <b> twenty hours.", comment="v2")
    unknown, same = replace(paper(2), version=3), replace(paper(3), version=2)
    day = replace(
        digest([]),
        replacements=(Replacement(new, old), Replacement(unknown, None), Replacement(same, paper(3))),
    )
    changed, without, unchanged = parse(html.to_html(day)).all("article.replacement")
    assert changed.one("p.changes").text == "We use <b> ten twenty hours."
    assert (changed.one("del").text, changed.one("ins").text) == ("ten", "twenty")
    assert without.one("p.aside").text == "库中没有此前的版本，无法比较摘要。"
    assert unchanged.one("p.aside").text == "摘要没有改动。"


def test_without_papers_there_is_a_page_too() -> None:
    tree = parse(html.to_html(digest([])))
    assert tree.one("h1").text.endswith("2025 年 12 月 17 日，星期三")
    assert not tree.all("article")


def test_the_same_digest_makes_the_same_bytes() -> None:
    day = digest([paper(1), paper(2)], translated(paper(1), "译文。"), explained(paper(2), Point("一", ())))
    assert html.to_html(day) == html.to_html(day)


# ---------------------------------------------------------------- formulas


UPRIGHT = "".join(f'<mi mathvariant="normal">{letter}</mi>' for letter in "epem")


@pytest.mark.parametrize(
    ("tex", "drawn"),
    [
        ("x", "<mrow><mi>x</mi></mrow>"),
        ("F_0", "<mrow><msub><mi>F</mi><mn>0</mn></msub></mrow>"),
        ("a<b", "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"),
        ("^2", "<mrow><msup><mrow></mrow><mn>2</mn></msup></mrow>"),
        (r"\mathbb R", "<mrow><mi>ℝ</mi></mrow>"),
        (r"\mathbf{x}", "<mrow><mi>𝐱</mi></mrow>"),
        (r"\text{<img/src=x>}", "<mrow><mtext>&lt;img/src=x&gt;</mtext></mrow>"),
        (r"\color{red}{x}", "<mrow><mstyle><mrow><mi>x</mi></mrow></mstyle></mrow>"),
        (r"\href{javascript:x()}{x}", "<mrow><mrow><mrow><mi>x</mi></mrow></mrow></mrow>"),
        (r"\style{position:fixed}{x}", "<mrow><mrow><mi>x</mi></mrow></mrow>"),
        (r"\epem K", f"<mrow><mrow>{UPRIGHT}</mrow><mi>K</mi></mrow>"),
        (
            r"M = 2\msun",
            "<mrow><mi>M</mi><mo>=</mo><mn>2</mn><mrow><msub><mi>M</mi><mrow><mo>⊙</mo></mrow></msub></mrow></mrow>",
        ),
        (r"a\hspace{99em}b", "<mrow><mi>a</mi><mspace></mspace><mi>b</mi></mrow>"),
    ],
)
def test_a_formula_is_drawn_of_allowed_elements_and_attributes(tex: str, drawn: str) -> None:
    found = mathml(tex)
    assert found is not None
    assert re.sub(r' (?:alttext|stretchy)="[^"]*"', "", found) == f"<math>{drawn}</math>"


@pytest.mark.parametrize(
    "tex",
    [
        "",
        "x^",
        r"\frac{",
        r"\left(\right",
        r"\newcommand{\a}{\b\b}\a",
        r"\def\a{x}\a",
        "{" * 400,
        "x" * (LONGEST + 1),
    ],
)
def test_what_cannot_be_drawn_with_certainty_stays_as_it_is(tex: str) -> None:
    assert mathml(tex) is None
    if tex:
        assert parse(prose(f"${tex}$")).one("span.tex").text == f"${tex}$"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\emph{a} \textbf{b<} \texttt{c}", "<em>a</em> <strong>b&lt;</strong> <code>c</code>"),
        ("a -- b --- c--d", "a – b — c–d"),
        ("cost $5 million to $10", "cost $5 million to $10"),
        ("10^{15} at z_{abs}, cm^-2", "10<sup>15</sup> at z<sub>abs</sub>, cm<sup>−2</sup>"),
        ("the ^{76}Ge and 2.2^{+2.5}_{-1.3}", "the <sup>76</sup>Ge and 2.2<sup>+2.5</sup><sub>−1.3</sub>"),
        (r"\Phi_{ij}, num_items, a_{<b>}", "Φ<sub>ij</sub>, num_items, a<sub>&lt;b&gt;</sub>"),
        (r"\babar and \invfb of \cite{a, b}, C:\Users\new", r"BaBar and fb⁻¹ of [a, b], C:\Users\new"),
        (r"two accents: Poincar\`e and Verdi\`ere, $x$", "two accents: Poincarè and Verdière, <math"),
        (" a\x1b[31m\u202eb ", " a[31mb "),
        (r"\emph{a $x$ b", r"\emph{a "),
    ],
)
def test_latex_in_prose_becomes_markup_and_money_stays(text: str, shown: str) -> None:
    assert prose(text).startswith(shown)
