"""The flow for models that cite: what a bullet is bound to, and what becomes of one that cites nothing or wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from localdigest.evidence.choice import select
from localdigest.flows.brief import TASKS, Brief, load
from localdigest.flows.cite import MOST_CITED, cite, cited, led
from localdigest.flows.condense import counts
from localdigest.language import prompts
from localdigest.language.profile import find
from localdigest.models.catalogue import ModelSpec
from localdigest.records import PARTS, Breakdown, Completion, Finding, Request
from localdigest.records.reading import Sentence
from localdigest.workspace import config
from tests.kit.flows import LENGTHS, Flow, answer, bullets_of, document, means, paper, play, points, these
from tests.kit.flows import breakdown as condensing

SHOWN = [Sentence(f"Sentence number {n} of the paper.", n, "Method") for n in range(1, 7)]
SAID = {
    "background": ["- 长语音转写困难。[1]", "- 传统编码器计算量大。[2][3]"],
    "method": ["- 模型一次读完整小时语音。[1]", "- 环形缓冲区节省内存。[2]", "- 损失函数奖励一致的拼写。[3]"],
    "results": ["- 三个基准上错误率降低12%。[1]", "- 会议测试集上错误率为4.1%，好0.6。[2]"],
}


def flow() -> Flow[Breakdown]:
    prompt = prompts.load("part", "zh-CN", (prompts.SHIPPED,))
    return cite(paper(), document(), prompt, means("explain"), LENGTHS)


def said(**changed: str | Completion) -> list[str | Completion]:
    return [changed.get(part, "\n".join(SAID[part])) for part in PARTS]


def shown(request: Request) -> list[str]:
    lines = request.messages[-1].text.splitlines()
    return [line.partition("] ")[2] for line in lines if line.startswith("[")]


def test_each_bullet_is_bound_to_the_sentences_that_it_cites() -> None:
    draft, usage, (requests,) = play(flow(), these(*said()))
    assert usage.requests == 3
    for part, request in zip(draft.parts, requests, strict=True):
        sentences = shown(request)
        assert [point.text for point in part.points] == [line[2:].partition("[")[0] for line in SAID[part.name]]
        assert [e.quote for e in part.points[0].evidence] == sentences[:1]
        assert len(sentences) > counts(LENGTHS)[part.name]
    assert [e.quote for e in draft.parts[0].points[1].evidence] == shown(requests[0])[1:3]
    assert all(point.verified for part in draft.parts for point in part.points)
    assert draft.findings == ()
    assert draft.source.sentences == len(document().sentences)
    assert draft.source.sentences_shown == sum(len(shown(request)) for request in requests)
    contents = {sentence.text: sentence.page for sentence in document().sentences}
    assert all(contents[e.quote] == e.page for part in draft.parts for point in part.points for e in point.evidence)


def test_how_many_sentences_were_given_is_told_of_condensing_too() -> None:
    other, groups = condensing()
    draft, _, _ = play(other, these(*bullets_of(groups)))
    assert draft.source.sentences == len(document().sentences)
    assert draft.source.sentences_shown == sum(len(group.sentences) for group in groups)


def test_a_bullet_with_no_valid_citation_is_dropped() -> None:
    lines = "- 长语音转写困难。[1]\n- 这句没有依据。\n- 这句引用了不存在的句子。[99]"
    draft, _, _ = play(flow(), these(*said(background=lines)))
    assert [point.text for point in draft.parts[0].points] == ["长语音转写困难。"]
    # No more bullets than were asked for are looked at.
    assert draft.findings == (Finding("uncited", "- 这句没有依据。", resolved=True),)


def test_a_bullet_that_its_sentences_do_not_support_is_condensed_from_them_once_more_and_else_marked() -> None:
    wrong = "- 作者用77层编码器。[1]\n- 传统编码器计算量大。[2]"
    draft, _, (first, again) = play(flow(), these(*said(background=wrong)), these("长语音转写困难。"))
    assert points(draft)[:2] == ["长语音转写困难。", "传统编码器计算量大。"]
    assert shown(first[0])[0] in again[0].messages[-1].text
    assert draft.findings == (Finding("number-unsupported", "77", True),)
    draft, _, _ = play(flow(), these(*said(background=wrong)), rest="作者用78层编码器。")
    assert points(draft)[0] == "作者用77层编码器。"
    assert not draft.parts[0].points[0].verified
    assert Finding("number-unsupported", "77") in draft.findings


@pytest.mark.parametrize(
    "nothing", ["", "没有引用的一段话。", Completion("", "refused", detail="too long"), "- 无。[0]"]
)
def test_a_part_without_any_is_condensed_instead(nothing: str | Completion) -> None:
    wanted = select(document(), paper(), {"background": 0, "method": 0, "results": counts(LENGTHS)["results"]})
    condensed = ["三个基准上错误率降低12%。", "会议测试集上错误率为4.1%，好0.6。"][: len(wanted["results"])]
    draft, _, (asked, instead) = play(flow(), these(*said(results=nothing)), these(*condensed))
    assert points(draft)[-len(condensed) :] == condensed
    for request, group in zip(instead, wanted["results"], strict=True):
        assert group.text in request.messages[-1].text
    used = {e.quote for part in draft.parts for point in part.points for e in point.evidence}
    given = {sentence for request in asked for sentence in shown(request)}
    assert draft.source.sentences_shown == len(given | used) < draft.source.sentences
    assert [part.name for part in draft.parts if part.points] == list(PARTS)


@pytest.mark.parametrize(
    ("line", "text", "places"),
    [
        ("- 一句话。[2]", "- 一句话。", [2]),
        ("一句话 [1, 3]。", "一句话。", [1, 3]),
        ("一句话。[4][2][2]", "一句话。", [2, 4]),
        ("一句话【1-3】", "一句话", [1, 2, 3]),
        ("一句［5］话，另一半[6]。", "一句话，另一半。", [5, 6]),
        ("一句话（依据：[1]）。", "一句话。", [1]),
        ("1. 一句话。[1]", "1. 一句话。", [1]),
        ("一句话。[0]", "一句话。", []),
        ("一句话。[7]", "一句话。", []),
        ("一句话。", "一句话。", []),
        (f"一句话。[1-{MOST_CITED + 1}]", "一句话。", []),
    ],
)
def test_citations_are_read_and_taken_out_wherever_they_stand(line: str, text: str, places: list[int]) -> None:
    assert cited(answer(line), SHOWN) == [(text, tuple(SHOWN[place - 1] for place in places))]


@pytest.mark.parametrize(
    ("line", "lead", "statement"),
    [
        ("- 训练：模型分三步训练。", "训练", "模型分三步训练。"),
        ("- **流匹配解码器**：逐块生成。", "流匹配解码器", "逐块生成。"),
        ("1. 数据: 共有十种语言。", "数据", "共有十种语言。"),
        ("- 模型分三步训练，依次是：一、二、三。", "", "- 模型分三步训练，依次是：一、二、三。"),
        ("- 模型分三步训练。", "", "- 模型分三步训练。"),
        ("- evil.com：模型分三步训练。", "", "- evil.com：模型分三步训练。"),
    ],
)
def test_a_lead_is_read_with_or_without_markup(line: str, lead: str, statement: str) -> None:
    assert led(line, find("zh-CN")) == (lead, statement)


def test_headings_thoughts_and_a_cut_line_are_no_bullets() -> None:
    text = "<think>\n- 想。[1]\n</think>\n### 核心方法\n要点如下：\n\n- 一。[1]\n- 二。[2]\n- 三"
    assert [line for line, _ in cited(Completion(text, "length"), SHOWN)] == ["- 一。", "- 二。"]
    assert [line for line, _ in cited(Completion(text, "stop"), SHOWN)] == ["- 一。", "- 二。", "- 三"]


def test_a_model_that_cites_has_another_fingerprint(tmp_path: Path) -> None:
    small = ModelSpec("small", 1, "ab" * 32, (), "small.gguf")

    def brief(language: str, breakdown: Literal["condense", "cite"]) -> Brief:
        space = config.open_workspace(tmp_path, must_exist=False, language=language)
        return load(space, dict.fromkeys(TASKS, replace(small, breakdown=breakdown)))

    condenses, cites = brief("zh-CN", "condense"), brief("zh-CN", "cite")
    assert condenses.part is None
    assert cites.part is cites.roles["explain"].prompts["part"]
    assert cites.fingerprint("explain") != condenses.fingerprint("explain")
    assert cites.fingerprint("translate") == condenses.fingerprint("translate")
    # A language without the prompt condenses.
    assert brief("de", "cite").part is None
    # One that is made of another's words cites with that one's prompt.
    taiwanese = brief("zh-TW", "cite").part
    assert taiwanese is not None
    assert taiwanese.user == cites.part.user


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_part_asks_for_its_own(language: str) -> None:
    prompt = prompts.load("part", language, (prompts.SHIPPED,))
    asked = next(cite(paper(), document(), prompt, means("explain"), LENGTHS))
    assert len({request.messages[-1].text.splitlines()[-2] for request in asked}) == len(PARTS)
    assert all(request.messages[0].text for request in asked)
