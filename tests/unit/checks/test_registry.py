"""Every check finds its fault and says nothing of right text; what is derived from the registry agrees."""

from __future__ import annotations

import ast
import itertools
from typing import Any

import pytest

from localdigest.checks import (
    answer,
    chatter,
    english,
    figures,
    meaning,
    measures,
    names,
    numbers,
    script,
    shape,
    spans,
    spoken_languages,
    terms,
    title,
)  # fmt: skip
from localdigest.checks.registry import BULLET, CHECKS, CODES, TITLE, TRANSLATION, Case, Check, findings
from localdigest.flows import cite, condense
from localdigest.language.profile import translated
from localdigest.render.words import words_for
from tests.kit.languages import LANGUAGES
from tests.kit.places import ROOT

EN = "In three tests LibriSpeech (2.8) is easier than WenetSpeech; see https://example.org/a_b for all of it."
ZH = "在三项测试中，LibriSpeech（2.8）比 WenetSpeech 容易；详情见 https://example.org/a_b。"
TITLED = "Speech Recognition in the Wild"
SPEECH = "Spanish data is 46 hours of speech. Mandarin data is 170 hours."
ROWS: dict[Check, dict[str, Any]] = {
    answer.refused: {"draft": "", "finish": "refused"},
    answer.cut: {"finish": "length"},
    answer.empty: {"draft": " "},
    chatter.thoughts: {"draft": f"嗯，{ZH}"},
    chatter.greeting: {"draft": f"好的，{ZH}"},
    chatter.note: {"draft": f"{ZH}（译注：意译）"},
    chatter.preamble: {"draft": f"译文：{ZH}"},
    chatter.refusal: {"draft": "抱歉，我无法翻译这段文字。"},
    chatter.first_person: {"draft": f"{ZH}作为AI，我已完成。"},
    chatter.hints: {"draft": f"（语音）即（测试）{ZH}"},
    shape.repetition: {"draft": "测试语音模型容易" * 9},
    shape.length: {"draft": "好。"},
    shape.shortened: {"draft": "好。"},
    shape.sentence_count: {"draft": "好。" * 9},
    script.foreign: {"draft": f"{ZH}を"},
    numbers.garbled: {"draft": "共13百百万。"},
    numbers.missing: {"draft": ZH.replace("2.8", "低")},
    numbers.invented: {"draft": f"{ZH}共77项。"},
    numbers.fractions: {"source": "A spin-3/2 field.", "draft": "自旋1/2的场。"},
    numbers.ordinals: {"source": "In the second quarter.", "draft": "在第三季度。"},
    numbers.unsupported: {"draft": "共77项。", "of": BULLET},
    english.runs: {"draft": f"{ZH}see about the rest there"},
    english.broken: {"draft": "테스트는 클래스ical 방법보다 훨씬 더 쉽다고 한다.", "language": LANGUAGES["ko"]},
    english.words: {"draft": f"{ZH}这很easier。"},
    english.short_words: {"draft": f"{ZH}我们how解它。"},
    english.copied: {"draft": EN},
    title.restated: {"draft": f"标题：{ZH}"},
    title.capitals: {"source": "a challenge of ICASSP", "draft": "一项挑战", "of": TITLE},
    title.surnames: {"source": "Mandelbrot and financial markets", "draft": "马歇尔与金融市场", "of": TITLE},
    spans.changed: {"draft": "在三项测试中 LibriSpeech 为2.8。"},
    spans.new_addresses: {"draft": f"{ZH}见 https://b.org/x 。"},
    names.missing: {"draft": ZH.replace("LibriSpeech", "朗读库")},
    names.invented: {"draft": f"{ZH}优于 TedLium3。"},
    names.expanded: {"draft": f"{ZH}（Big Open Test）"},
    names.unsupported: {"draft": f"{ZH}优于 TedLium3。", "of": BULLET},
    spoken_languages.invented: {"draft": f"{ZH}用普通话。"},
    spoken_languages.unsupported: {"draft": f"{ZH}用普通话。", "of": BULLET},
    spoken_languages.misplaced: {"source": SPEECH, "draft": "西班牙的46小时普通话。", "of": BULLET},
    figures.missing: {"draft": "这很容易。", "of": BULLET, "figures": ["2.8"]},
    figures.misplaced: {"draft": "WenetSpeech 上为2.8。", "of": BULLET},
    measures.sign: {"source": "It fell to -0.3%.", "draft": "它降至0.3%。"},
    measures.unit: {"source": "It is 50 nm thick.", "draft": "它厚50微米。"},
    measures.exchanged: {"source": "It is 3.2 ± 0.4.", "draft": "它是0.4±3.2。"},
    meaning.opposites: {"source": "A lower bound.", "draft": "一个上界。"},
    meaning.lost: {"source": "It holds at most once.", "draft": "它成立一次。"},
    meaning.wrong: {"source": "A training-free method.", "draft": "训练免费的方法。"},
    meaning.negation: {"source": "We do not find it.", "draft": "我们发现了它。"},
    meaning.bounds: {"source": "It is below 2.5 and not large.", "draft": "它高于2.5，不大。"},
    meaning.orders: {"source": "BERT outperforms GPT.", "draft": "GPT优于BERT。"},
    terms.absent: {"terms": {"tests": ("试验",)}},
}
"""What is wrong of a draft of EN that each is there for; a new check has a row here."""


def case(**row: Any) -> Case:
    return Case(**{"source": EN, "draft": ZH, "language": LANGUAGES["zh-CN"], "title": TITLED, **row})


def test_a_right_draft_is_right_whatever_it_is_of() -> None:
    for kind in (TRANSLATION, TITLE, BULLET):
        assert findings(case(of=kind, terms={"tests": ("测试",)}, figures=["2.8"])) == []


@pytest.mark.parametrize("check", [each for each in CHECKS if each.find], ids=lambda each: f"{each.order} {each.code}")
def test_a_check_finds_what_it_is_there_for(check: Check) -> None:
    assert check in ROWS, f"{check.code} has no row"
    wrong = case(**ROWS[check])
    details = check(wrong)
    assert details, "and it can be found in no other draft"
    assert wrong.of in check.of
    assert {(check.code, detail) for detail in details} <= {(f.code, f.detail) for f in findings(wrong)}
    assert check(case(of=wrong.of)) == []


def test_findings_have_one_order() -> None:
    for one, other in itertools.combinations([each for each in CHECKS if each.find], 2):
        assert not one.of & other.of or one.order != other.order or one.order == 1000, (one.code, other.code)


def test_a_page_words_what_it_tells_and_no_other_code() -> None:
    told = {each.code for each in CHECKS if each.on_page}
    assert all(set(words_for(code).findings) == told for code in LANGUAGES if translated(code))
    assert not {cite.UNCITED.code, condense.SAID_TWICE.code, condense.PART_EMPTY.code} & told


def test_a_finding_has_a_code_of_the_registry() -> None:
    """Made by a check or by what a flow has registered, and a code that stands in a text elsewhere is a second list."""
    for path in sorted((ROOT / "localdigest").rglob("*.py")):
        tree, home = ast.parse(path.read_text(encoding="utf-8")), path.parent.name in ("checks", "flows")
        made = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "Finding" not in made or path.name == "registry.py", path
        said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert home or not said & {code for code in CODES if "-" in code}, path


def test_no_prompt_asks_for_a_code() -> None:
    for path in (ROOT / "prompts").rglob("*.md"):
        assert "problems" not in path.read_text(encoding="utf-8"), path


def test_a_case_looks_at_a_text_once() -> None:
    one = case()
    assert one.prose is one.prose
    assert one.source_prose is one.source_prose
    assert one.quantities is one.quantities
    assert "https" not in one.prose + one.source_prose
    assert one.source_spans == ["https://example.org/a_b"]
    assert one.names == one.source_names == ["LibriSpeech", "WenetSpeech"]
