"""The flows, driven with lists of answers: what is asked, what is asked again, and what becomes of a bad answer."""

from __future__ import annotations

import pytest

from localdigest.flows.rounds import Effort
from localdigest.flows.translate import translate
from localdigest.records import (
    PARTS,
    Completion,
    Finding,
    Sampling,
    Usage,
)
from localdigest.text.sentences import clauses
from tests.kit.flows import GOOD, REFUSED, breakdown, bullets_of, means, paper, play, points, these, translation

# ---------------------------------------------------------------- translate


def test_an_abstract_is_translated_sentence_by_sentence() -> None:
    draft, usage, ((*requests,),) = play(translation(), these(*GOOD))
    assert draft.text == "".join(GOOD)
    assert draft.pairs == tuple(zip([r.messages[-1].text.splitlines()[-1] for r in requests], GOOD, strict=True))
    assert draft.findings == ()
    assert "13 million 即 1300万" in requests[0].messages[-1].text
    assert usage == Usage(30, sum(map(len, GOOD)), 1.5, 3)


def test_a_faulty_sentence_is_asked_once_more_hotter_and_with_its_fault_named() -> None:
    bad = "在 LibriSpeech 上错误率为28%。"
    draft, usage, (first, again) = play(translation(), these(GOOD[0], bad, GOOD[2]), these(GOOD[1]))
    assert draft.text == "".join(GOOD)
    assert draft.findings == (Finding("number-missing", "2.8", True, 1), Finding("number-invented", "28", True, 1))
    (request,) = again
    assert "漏了数字 2.8" in request.messages[-1].text
    assert "写错了数字 28" in request.messages[-1].text
    assert request.sampling.temperature > first[1].sampling.temperature == 0
    assert request.sampling.seed != first[1].sampling.seed
    assert usage.requests == 4


def test_what_the_repair_does_not_mend_stays_and_is_said() -> None:
    bad = "在 LibriSpeech 上错误率为28%。"
    worse = "在 LibriSpeech 上错误率为28%，共7次。"
    draft, _, _ = play(translation(), these(GOOD[0], bad, GOOD[2]), these(worse), rest=worse)
    assert draft.pairs[1][1] == bad
    assert draft.findings == (Finding("number-missing", "2.8", False, 1), Finding("number-invented", "28", False, 1))
    better = "在 LibriSpeech 上错误率很低。"
    draft, _, _ = play(translation(), these(GOOD[0], bad, GOOD[2]), these(better), rest=better)
    assert draft.pairs[1][1] == better
    assert draft.findings == (Finding("number-invented", "28", True, 1), Finding("number-missing", "2.8", False, 1))


def test_a_cut_answer_is_not_called_mended_by_a_rewriting_that_is_no_better() -> None:
    cut = Completion("在 LibriSpeech 上错误率为2.8", "length")
    worse = "在 LibriSpeech 上错误率为28%，共7次。"
    draft, _, _ = play(translation(), these(GOOD[0], cut, GOOD[2]), these(worse), rest=worse)
    assert draft.pairs[1][1] == "在 LibriSpeech 上错误率为2.8%。"
    assert [(f.code, f.resolved) for f in draft.findings] == [("cut", False)]


def test_a_single_english_word_is_looked_up_and_put_in_its_place() -> None:
    left = "我们用1300万小时 training 模型。"
    draft, usage, (_, again) = play(translation(), these(left, *GOOD[1:]), these("训练"))
    assert draft.pairs[0][1] == "我们用1300万小时训练模型。"
    assert draft.findings == (Finding("english-word", "training", True, 0),)
    assert again[0].messages[-1].text == "training"
    assert usage.requests == 4
    # What is no word is not put in.
    for nonsense in ("", "training", "这个词的意思是训练一个模型", "训练 model", Completion("训练", "length")):
        draft, _, _ = play(translation(), these(left, *GOOD[1:]), these(nonsense))
        assert draft.pairs[0][1] == left
        assert draft.findings == (Finding("english-word", "training", False, 0),)


def test_a_gloss_leaves_formulas_and_code_alone() -> None:
    source = "The loss $loss = 1$ and `loss` are small."
    left = "此 loss $loss = 1$ 和 `loss` 都很小。"
    draft, _, _ = play(translation(source), these(left), these("损失"))
    assert draft.text == "此损失$loss = 1$ 和 `loss` 都很小。"


def test_a_wrong_scale_is_mended_without_asking() -> None:
    draft, usage, _ = play(translation(), these("我们用13亿小时训练。", *GOOD[1:]))
    assert draft.text == "".join(GOOD)
    assert usage.requests == 3


def test_full_stops_are_chinese_and_line_ends_go() -> None:
    draft, _, _ = play(translation("It works well. Is it new?"), these("它运行\n良好.", "它新吗？"))
    assert draft.text == "它运行 良好。它新吗？"


@pytest.mark.parametrize("nothing", ["", " \n", REFUSED])
def test_nothing_stays_nothing(nothing: str | Completion) -> None:
    draft, _, _ = play(translation(), rest=nothing)
    assert draft.text == ""  # not a row of full stops: `run` must see that there is no translation
    assert {f.code for f in draft.findings if not f.resolved} & {"empty", "refused"}
    if nothing is not REFUSED:
        draft, _, _ = play(translation(), these(nothing, *GOOD[1:]), these(GOOD[0]))
        assert draft.text == "".join(GOOD)


def test_terms_are_offered_where_they_occur_and_put_in_where_an_answer_leaves_them_in_english() -> None:
    flow = translation("A neural vocoder is fast. It works.", ("neural vocoder", "神经声码器"))
    draft, usage, ((first, second),) = play(flow, these("neural vocoder 很快。", "它有效。"))
    assert "neural vocoder 即 神经声码器" in first.messages[-1].text
    assert "即" not in second.messages[-1].text
    assert draft.text == "神经声码器很快。它有效。"
    assert usage.requests == 2


def test_a_term_translated_otherwise_is_asked_again_but_never_for_a_worse_sentence() -> None:
    source = "A vocoder with 80 bands is fast."
    flow = translation(source, ("vocoder", "声码器"))
    draft, _, (_, again) = play(flow, these("有80个频带的发声器很快。"), these("有80个频带的声码器很快。"))
    assert again[0].messages[-1].text == "A 声码器 with 80 bands is fast."
    assert draft.text == "有80个频带的声码器很快。"
    flow = translation(source, ("vocoder", "声码器"))
    draft, _, _ = play(flow, these("有80个频带的发声器很快。"), rest="声码器很快。")
    assert draft.text == "有80个频带的发声器很快。"
    assert [(f.code, f.resolved) for f in draft.findings] == [("glossary", False)]


def test_a_sentence_that_stays_wrong_is_cut_at_its_clauses() -> None:
    source = "We train the model on 500 hours of read speech, and we test it on 20 hours of meetings."
    bad = "我们用5000小时训练模型。"
    flow = translation(source)
    draft, usage, asked = play(
        flow, these(bad), these(bad), these(bad), these("我们用500小时朗读语音训练模型。", "我们在20小时会议上测试它。")
    )
    assert [request.messages[-1].text for request in asked[-1]] == [
        "We train the model on 500 hours of read speech",
        "and we test it on 20 hours of meetings.",
    ]
    assert draft.text == "我们用500小时朗读语音训练模型，我们在20小时会议上测试它。"
    assert draft.pairs == ((source, draft.text),)
    assert all(f.resolved and f.sentence == 0 for f in draft.findings)
    assert usage.requests == 5


def test_a_loop_that_no_draft_is_free_of_is_said_once_and_marked() -> None:
    loop = "（一）单智能体的成本" + "，智能体的通信成本" * 9 + "。"
    draft, _, _ = play(translation("The cost is low."), rest=loop)
    assert draft.text == "（一）单智能体的成本，智能体的通信成本。"
    assert next(f.code for f in draft.findings if not f.resolved) == "repetition"


def test_a_sentence_is_cut_before_its_main_clause_too() -> None:
    parts = ["Motivated by settings where data is costly", "we study the problem of learning (RL) with a focus."]
    assert clauses(", ".join(parts)) == parts


def test_each_try_is_hotter_and_draws_anew() -> None:
    bad = "在 LibriSpeech 上错误率为28%。"
    _, _, (_, second, third, *_) = play(translation(), these(GOOD[0], bad, GOOD[2]), rest=bad)
    assert 0 < second[0].sampling.temperature < third[0].sampling.temperature
    assert second[0].sampling.seed != third[0].sampling.seed


def test_of_several_candidates_the_one_most_like_the_others_is_taken_if_none_has_less_wrong() -> None:
    flow = translate(paper("The model is small."), means("translate", effort=Effort(warm=3)))
    drafts = ["模型规模很小。", "该模型很小。", "这个模型很小。", "模特个子不高。"]
    draft, _, (requests,) = play(flow, these(*drafts))
    assert draft.text in ("该模型很小。", "这个模型很小。")
    assert len({(r.sampling.temperature, r.sampling.seed) for r in requests}) == 4
    assert requests[0].sampling == Sampling()
    flow = translate(paper("The 3 models have 40 layers."), means("translate", effort=Effort(warm=2)))
    draft, _, _ = play(flow, these("三个模型有很多层。", "三个模型有许多层。", "3个模特有40层。"))
    assert draft.text == "3个模特有40层。"  # numbers before looks


def test_with_several_candidates_one_is_asked_for_without_the_glossarys_hints() -> None:
    source = "The vocoder has 80 bands. It is fast."
    flow = translate(paper(source), means("translate", ("vocoder", "声码器"), effort=Effort(warm=1)))
    said = ["声码器有八十个频带。", "这个声码器有80个频带。", "该声码器有80个频带。", "它很快。", "它很快。"]
    draft, _, (requests,) = play(flow, these(*said))
    assert ["声码器" in request.messages[-1].text for request in requests] == [True, False, True, False, False]
    assert requests[0].sampling == requests[1].sampling != requests[2].sampling
    assert draft.text in ("这个声码器有80个频带。它很快。", "该声码器有80个频带。它很快。")


def test_what_the_engine_refused_is_asked_again_by_its_clauses_only() -> None:
    source = "We train the model on 500 hours of read speech, and we test it on 20 hours of meetings."
    draft, usage, _ = play(translation(source), these(REFUSED), these(REFUSED, REFUSED))
    assert draft.text == ""
    assert usage.requests == 3
    flow, groups = breakdown()
    bullets = bullets_of(groups)
    explained, _, _ = play(flow, these(REFUSED, *bullets[1:]))
    assert points(explained) == bullets[1:]
    assert "refused" in {f.code for f in explained.findings if not f.resolved}


# ---------------------------------------------------------------- a paper that was read


# ---------------------------------------------------------------- explain


def test_each_bullet_is_bound_to_the_sentences_it_was_written_from() -> None:
    flow, groups = breakdown()
    bullets = bullets_of(groups)
    draft, usage, (requests,) = play(flow, these(*bullets))
    assert [part.name for part in draft.parts] == list(PARTS)
    assert points(draft) == bullets
    made = {point.text: (part.name, point) for part in draft.parts for point in part.points}
    for bullet, group, request in zip(bullets, groups, requests, strict=True):
        name, point = made[bullet]
        assert name == group.part
        assert point.lead
        assert [(e.page, e.quote) for e in point.evidence] == [(s.page, s.text) for s in group.sentences]
        assert point.verified
        assert group.text in request.messages[-1].text
        assert request.stop == ("\n",)
    assert draft.findings == ()
    assert draft.source.pages == 7
    assert draft.source.hidden_text == 1
    assert usage.requests == len(groups)


def test_a_number_the_evidence_does_not_have_is_asked_again_and_else_gives_way_to_other_bullets() -> None:
    flow, groups = breakdown()
    bullets = bullets_of(groups)
    wrong = "作者用77层编码器。"
    draft, _, (_, again, *_) = play(flow, these(wrong, *bullets[1:]), these(wrong), rest=wrong)
    assert "写错了数字 77" in again[0].messages[-1].text
    assert points(draft) == bullets[1:]
    assert draft.findings == (Finding("number-unsupported", "77"),)
    flow, _ = breakdown()
    draft, _, _ = play(flow, these(wrong, *bullets[1:]), these(bullets[0]))
    assert points(draft) == bullets
    assert all(p.verified for part in draft.parts for p in part.points)
    assert draft.findings == (Finding("number-unsupported", "77", True),)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("训练模型" * 12 + "。", "repetition"),
        ("", "empty"),
        (Completion("作者提出了一个能够", "length"), "cut"),
        ("We propose a model that reads speech.", "english"),
        ("作者使用 a model that was trained once 方法。", "english"),
        ("以下是概括：作者提出了方法。", "preamble"),
        ("见 https://example.org/made-up 。", "url-invented"),
    ],
)
def test_an_unreadable_bullet_loses_its_place_if_the_second_is_no_better(bad: str | Completion, code: str) -> None:
    flow, groups = breakdown()
    bullets = bullets_of(groups)
    draft, _, _ = play(flow, these(bad, *bullets[1:]), rest=bad)
    assert points(draft) == bullets[1:]
    assert code in {f.code for f in draft.findings if not f.resolved}
    flow, _ = breakdown()
    draft, _, _ = play(flow, these(bad, *bullets[1:]), these(bullets[0]))
    assert points(draft) == bullets
    assert all(f.resolved for f in draft.findings)


def test_what_is_said_twice_is_said_once_and_an_empty_part_is_told() -> None:
    flow, groups = breakdown()
    bullets = bullets_of(groups)
    bullets[1] = bullets[0].replace("困难", "很难")
    draft, _, _ = play(flow, these(*bullets))
    assert points(draft) == [bullets[0], *bullets[2:]]
    assert [(f.code, f.resolved) for f in draft.findings] == [("said-twice", True)]
    flow, groups = breakdown()
    results = [i for i, group in enumerate(groups) if group.part == "results"]
    texts: list[str | Completion] = ["" if i in results else said for i, said in enumerate(bullets_of(groups))]
    draft, _, _ = play(flow, these(*texts), these(*[""] * len(results)), rest="")
    assert Finding("part-empty", "results") in draft.findings
    assert [len(part.points) > 0 for part in draft.parts] == [True, True, False]


def test_list_marks_and_quotes_are_not_part_of_a_bullet() -> None:
    flow, groups = breakdown()
    bullets = bullets_of(groups)
    marked = ["- " + bullets[0], "1. " + bullets[1], "“" + bullets[2] + "”", "• 2、" + bullets[3]]
    draft, _, _ = play(flow, these(*marked, *bullets[4:]))
    assert points(draft) == bullets
