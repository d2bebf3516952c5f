"""The page and the export: equal to the reference where they must be, and literal whatever the text is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import get_args

import pytest

from localdigest.arxiv import listings
from localdigest.messages import Reason
from localdigest.messages.errors import ConfigError
from localdigest.models.catalogue import shipped
from localdigest.pages import plan
from localdigest.pdf import child
from localdigest.records import Evidence, Finding, Point, Result, Translation
from localdigest.render import export, html, jekyll, markdown, told
from localdigest.render.entries import WAITING
from localdigest.render.words import words_for
from localdigest.select import selection
from tests.kit.digests import complete, digest, explained, paper, translated, window
from tests.kit.languages import LANGUAGES

# ---------------------------------------------------------------- the contracts


def test_seed_day_has_the_header_and_the_lines_of_the_reference(shared: Path) -> None:
    folder = shared / "data" / "seed-day"
    reference = (folder / "2025-12-17-arxiv.md").read_text(encoding="utf-8")
    known = listings.merge([listings.parse((folder / "atom.xml").read_bytes(), "atom.xml")])
    day = digest(sorted(known, key=lambda paper: paper.id, reverse=True))

    def lines(page: str) -> list[str]:
        return re.findall(r"^(?:## |- \*\*(?:Authors|Categories|arXiv|PDF)\*\*: ).*|^---$", page, re.MULTILINE)

    page = jekyll.to_jekyll(day)
    assert page.split("\n## ")[0] == reference.split("\n## ")[0]
    assert lines(page) == lines(reference)
    assert len(lines(page)) == 2 + 13 * 6
    assert page.endswith(f"\n\n---\n\n{complete(13, done=0, pending=26)}\n")


def test_a_doubtful_sentence_is_marked_where_it_stands() -> None:
    one = paper(1)
    pairs = (("A.", "甲*。"), ("B.", "乙。"), ("C.", "甲*。"), ("D.", "丁。"))
    findings = (
        Finding("number-missing", "28%", sentence=2),
        Finding("number-missing", "28%", sentence=2),
        Finding("number-missing", "3", resolved=True, sentence=0),
        Finding("english-word", "cue", sentence=1),
    )
    result = translated(one, "")
    result = replace(result, translation=Translation("甲*。乙。甲*。丁。", pairs, findings))
    page = jekyll.to_jekyll(digest([one], result))
    assert r"甲\*。乙。甲\*。〔存疑〕丁。" in page
    assert "<small>译文校对提示：可能遗漏数字 28%</small>" in page


def test_a_paper_has_its_lines_its_translation_and_its_three_parts() -> None:
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
    page = jekyll.to_jekyll(digest([one], translated(one, "译文。\n第二段。", *wrong), explained(one, *points)))
    assert page.split("/2512.00001v1)\n\n")[1] == (
        "译文。\n\n第二段。\n\n<small>译文校对提示：可能遗漏数字 28%</small>\n\n"
        '<details>\n<summary>详细解读</summary>\n\n<div markdown="1">\n\n'
        "1) **研究背景与既有方法的问题**\n- 一（第 3, 5 页）\n  - 二（第 12 页）（未核实）\n\n"
        "2) **论文核心方法如何解决上述问题**\n- 论文中未找到相关内容。\n\n"
        "3) **在哪些任务上取得了怎样的效果**\n- 一（第 3, 5 页）\n</div>\n\n</details>\n\n"
        "<small>依据：论文 12 页，12 页有文字，读取正文的 83% · 模型 qwen · 提示词 0123456789ab</small>\n\n---\n\n"
        f"{complete(1, done=2, pending=0)}\n\n"
        "<small>由 localdigest 0.1 在本地生成 · 模型 qwen (abcdef012345) · 提示词 0123456789ab"
        " · 此模型的译文质量未经测量</small>\n"
    )


def test_the_foot_says_what_quality_to_expect_of_the_model_that_translated() -> None:
    one = paper(1)
    starter = next(spec.sha256 for spec in shipped() if spec.measured)
    first = translated(one, "译文。")
    assert first.provenance is not None
    made = replace(first, provenance=replace(first.provenance, model_sha256=starter))
    words = words_for("zh-CN")
    foot = told.provenance(digest([one], made), words, str)
    assert foot.endswith(words.expected.format(critical="8.8–10.4", major="33"))
    assert told.provenance(digest([one], first), words, str).endswith(words.unmeasured)
    only = told.provenance(digest([one], explained(one)), words, str)
    assert words.unmeasured not in only, "nothing was translated"


def test_coverage_is_a_line_a_breakdown_and_can_be_left_out() -> None:
    one, two, three = paper(1), paper(2), paper(3)
    odd = explained(two)
    assert odd.provenance is not None
    odd = replace(odd, provenance=replace(odd.provenance, model="{{ x }}*"))
    day = digest(
        [one, two, three], explained(one), odd, Result(three.id, 1, "explain", "zh-CN", "failed", Reason("empty", "x"))
    )
    page = jekyll.to_jekyll(day)
    told = [line for line in page.splitlines() if "读取正文的 83%" in line]
    assert [line.split(" · ")[1] for line in told] == ["模型 qwen", r"模型 &#123;&#123; x &#125;&#125;\*"]
    without = jekyll.to_jekyll(day, coverage=False)
    for line in told:
        page = page.replace(f"\n\n{line}", "")
    assert without == page


def test_coverage_says_how_many_sentences_the_model_was_given_where_that_was_counted() -> None:
    one = paper(1)
    old = explained(one)
    assert old.breakdown is not None
    source = replace(old.breakdown.source, sentences=179, sentences_shown=21)
    counted = replace(old, breakdown=replace(old.breakdown, source=source))
    assert told.coverage(words_for("zh-CN"), str, old).startswith(f"{READ} · ")
    assert told.coverage(words_for("zh-CN"), str, counted).startswith(f"{READ}，据其中 21 句（共 179 句）写成 · ")
    for language in LANGUAGES:
        assert {"21", "179"} <= set(re.findall("[0-9]+", told.coverage(words_for(language), str, counted)))


READ = "依据：论文 12 页，12 页有文字，读取正文的 83%"


def test_a_paper_with_hidden_text_has_a_badge() -> None:
    badge = "<small>⚠ 论文 PDF 中有 3 处读者看不到的隐藏文字，解读前已删除。</small>"
    one, two = paper(1), paper(2)
    day = digest([one, two], explained(one, hidden=3), explained(two))
    page = jekyll.to_jekyll(day)
    assert page.count("隐藏文字") == 1
    assert f"{badge}\n\n<details>" in page.split("\n## ")[1]
    sources = [json.loads(export.to_json(day))["papers"][at]["breakdown"]["source"] for at in (0, 1)]
    assert [source["hidden_text"] for source in sources] == [3, 0]


def test_hidden_text_of_a_listing_is_told_with_or_without_a_breakdown() -> None:
    line = "⚠ 标题或摘要中有 2 处读者看不到的隐藏文字，处理前已删除。"
    one, two = replace(paper(1), hidden_text=2), replace(paper(2), hidden_text=2)
    day = digest([one, two, paper(3)], explained(one, hidden=3), explained(paper(3)))
    for page in (jekyll.to_jekyll(day), markdown.to_markdown(day), html.to_html(day)):
        assert page.count(line) == 2
        assert page.count("有 3 处读者看不到") == 1
    badges = re.findall("隐藏文字 ([0-9]) 处<", html.to_html(day))
    assert badges == ["5", "2"]
    assert [each["hidden_text"] for each in json.loads(export.to_json(day))["papers"]] == [2, 2, 0]


def test_unfinished_work_says_why_in_the_pages_language() -> None:
    one, two = paper(1), paper(2)
    page = jekyll.to_jekyll(
        digest(
            [one, two],
            Result(one.id, 1, "explain", "zh-CN", "pending", plan.NO_PDF),
            Result(two.id, 1, "translate", "zh-CN", "failed", Reason("loop", "{{ x }}")),
            Result(two.id, 1, "explain", "zh-CN", "failed", Reason("pdf-encrypted", "needs a password")),
        )
    )
    found = re.findall("^（.*）$", page, re.MULTILINE)
    assert found == [
        "（译文待生成：尚未处理）",
        "（详细解读待生成：论文 PDF 尚不可用）",
        "（译文生成失败：loop: &#123;&#123; x &#125;&#125;）",
        "（详细解读生成失败：论文 PDF 有密码保护）",
    ]


def test_every_reason_we_give_has_words() -> None:
    given = (plan.NO_PDF, plan.NO_ABSTRACT, WAITING, plan.WITHDRAWN, plan.STOPPED, plan.late(paper(1).published, UTC))
    ours = {reason.code for reason in given} | {"empty"}
    ours |= {f"pdf-{reason}" for reason in get_args(child.Reason)}
    assert ours >= plan.UNREADABLE | set(plan.FINAL)
    for language in LANGUAGES:
        assert ours == set(words_for(language).reasons), language


def test_what_the_selection_left_out_is_one_line_and_counts() -> None:
    day = digest([paper(1)])
    assert "筛选" not in jekyll.to_jekyll(day)
    day = replace(day, left_out={"cut": 4, "excluded": 2, "not-included": 7, "not-primary": 1})
    (line,) = [line for line in jekyll.to_jekyll(day).splitlines() if "筛选" in line]
    assert line == (
        "- 筛选：另有 14 篇未列出（排名超出篇数上限 4 篇；符合排除规则 2 篇；不符合任何纳入规则 7 篇；主分类不符 1 篇）"
    )
    assert json.loads(export.to_json(day))["left_out"] == day.left_out
    for language in LANGUAGES:
        assert words_for(language).left_out_for.keys() == selection.TOLD.keys()


def test_export_keeps_the_contract() -> None:
    one, two, three = paper(1), paper(2), paper(3)
    failed = Result(three.id, 1, "translate", "zh-CN", "failed", Reason("empty", "no text"))
    skipped = Result(three.id, 1, "explain", "zh-CN", "skipped", Reason("why", "not"))
    done = (translated(one, "译文", Finding("number-missing", "28%", True)), explained(one, Point("一", ())))
    day = digest([one, two, three], *done, failed, skipped)
    text = export.to_json(day)
    assert text == export.to_json(replace(day, results=dict(reversed(day.results.items()))))
    assert text.endswith("\n}\n")
    assert '  "schema": "localdigest/1",\n' in text
    assert "译文" in text
    written = json.loads(text)
    assert written["window"] == {
        "mode": "submitted",
        "start": "2025-12-16T08:50:00+08:00",
        "end": "2025-12-17T08:50:00+08:00",
    }
    assert written["counts"] == {
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
    first, second, third = written["papers"]
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
        "points": [{"text": "一", "evidence": [], "verified": True, "depth": 0, "lead": ""}],
    }
    assert first["breakdown"]["source"]["read_share"] == 0.83
    assert second["translation"] == {"status": "pending", "reason": "waiting: not done yet"}
    assert third["translation"] == {"status": "failed", "reason": "empty: no text"}
    assert third["breakdown"] == {"status": "skipped", "reason": "why: not"}


def test_other_zones_go_by_their_name_and_unknown_languages_are_refused() -> None:
    day = replace(digest([]), window=window("America/New_York"))
    assert "（锚点 08:50 America/New_York）：2025-12-16 08:50 — 2025-12-17 08:50" in jekyll.to_jekyll(day)
    with pytest.raises(ConfigError, match=r"'xx'.*zh-CN"):
        jekyll.to_jekyll(replace(day, language="xx"))


def test_a_category_cannot_break_the_front_matter() -> None:
    day = replace(digest([]), categories=("hep-th", "null", "x]\n---\n{{ y }}"))
    assert jekyll.to_jekyll(day).splitlines()[3] == 'tags: [arxiv, hep-th, "null", "x]\\n---\\n{{ y }}"]'
