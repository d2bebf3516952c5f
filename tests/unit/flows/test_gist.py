"""The gist: which sentences it is written from, what becomes of its halves, and that bullets have leads, said once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from localdigest.evidence import leads
from localdigest.flows.condense import explain, without_the_gist
from localdigest.flows.translate import translate
from localdigest.language import prompts
from localdigest.language.profile import find
from localdigest.records import PARTS, Completion, Evidence, Part, PartName, Point, Request
from localdigest.records.reading import Sentence
from localdigest.render.words import words_for
from localdigest.text.sentences import split
from tests.kit.flows import GOOD, answer, breakdown, bullets_of, document, means, paper, play, these
from tests.kit.languages import LANGUAGES

ABSTRACT = (
    "Long speech is hard to transcribe. We propose Fathom, a small model that reads an hour of speech at once. "
    "On three benchmarks it reduces the word error rate by 12%. Code is available at https://example.org/x."
)
RESULT = "三个基准上词错误率降低12%。"


SENTENCES = [
    "长语音难以转写。",
    "我们提出 Fathom，一个一次读完一小时语音的小模型。",
    RESULT,
    "代码见 https://example.org/x。",
]


def gist(*halves: str, sentences: Sequence[str] = SENTENCES) -> Point | None:
    """Where each is as wrong in every try."""
    asked = replace(means("translate"), gist=prompts.load("gist", "zh-CN", (prompts.SHIPPED,)))
    said = dict(zip(split(ABSTRACT), sentences, strict=True))
    condensed = dict(zip(split(ABSTRACT)[1:3], halves, strict=True))

    def written(request: Request) -> Completion:
        text = request.messages[-1].text
        source = next((sentence for sentence in said if sentence in text), "")
        return answer((condensed if "一句中文概括" in text else said).get(source, "有77层的模型。"))

    flow = translate(paper(ABSTRACT), asked)
    requests = next(flow)
    while True:
        try:
            requests = flow.send(list(map(written, requests)))
        except StopIteration as stop:
            return stop.value[0].gist  # type: ignore[no-any-return]


LONG = "我们提出 Fathom，一个一次读完一小时语音的小模型，" + "无论来自会议、电话、法庭、街头，" * 2 + "还是船舱。"


def test_a_gist_is_what_is_new_and_the_result_each_checked_against_its_sentence() -> None:
    found = gist("我们提出 Fathom，一次读完一小时语音。", RESULT, sentences=[SENTENCES[0], LONG, *SENTENCES[2:]])
    assert found is not None
    assert found.text == "作者提出 Fathom，一次读完一小时语音；三个基准上词错误率降低12%。"
    assert [(e.page, e.quote[:10]) for e in found.evidence] == [(0, "We propose"), (0, "On three b")]
    assert play(translate(paper(), means("translate")), these(*GOOD))[0].gist is None


def test_a_short_translation_of_the_sentence_says_more_than_what_it_was_condensed_to() -> None:
    sentences = [
        SENTENCES[0],
        f"为实现这一目标，{SENTENCES[1]}",
        "我们的方法使三个基准上词错误率降低12%。",
        SENTENCES[3],
    ]
    found = gist("我们提出 Fathom。", RESULT, sentences=sentences)
    assert found is not None
    assert found.text == "作者提出 Fathom，一个一次读完一小时语音的小模型；该方法使三个基准上词错误率降低12%。"
    theirs = gist(
        "我们提出 Fathom。",
        RESULT,
        sentences=[*sentences[:2], "我们的发现表明，三个基准上词错误率降低12%。", SENTENCES[3]],
    )
    assert theirs is not None
    assert theirs.text.endswith("；作者的发现表明，三个基准上词错误率降低12%。")


def test_where_a_half_is_wrong_the_translation_of_its_sentence_stands_in_else_the_other_alone() -> None:
    wrong, lost = "作者提出有77层的 Fathom。", [SENTENCES[0], "有77层。", "词错误率降低77%。", SENTENCES[3]]
    instead = gist(wrong, "词错误率降低77%。")
    assert instead is not None
    assert instead.text == "作者提出 Fathom，一个一次读完一小时语音的小模型；三个基准上词错误率降低12%。"
    only_result = gist(wrong, RESULT, sentences=lost)
    assert only_result is not None
    assert only_result.text == RESULT
    assert only_result.evidence[0].quote.startswith("On three")
    assert gist(wrong, wrong, sentences=lost) is None


@pytest.mark.parametrize(
    ("abstract", "places"),
    [
        (
            ["Mass is hard to weigh.", "We present a scale.", "It improves accuracy by 3%.", "Code is available."],
            (1, 2),
        ),
        (["A measurement of the mass is presented.", "The measured mass is 125.09 GeV."], (0, 1)),
        (["We study cutoffs of chains.", "We prove a theorem on their mixing."], (0, 1)),
        (["Mass is hard to weigh.", "Nobody knows why."], ()),
        (["Scales show much of mass.", "We present a scale.", "It is new."], (1,)),
        (["Scales are known.", "Earlier work had none; in this letter, we introduce a scale."], (1,)),
        (["Mass is hard to weigh.", "I document its changes.", "Further work should improve it by 3%."], (1,)),
        (["A scale was seen.", "Its mass falls by 12.6 g a year, or 1%.", "More is to be seen."], (1,)),
        (["Although scales are introduced, mass remains hard to weigh.", "We have therefore developed a scale."], (1,)),
        (["We follow the earlier work, which presents a scale.", "We discuss another."], (1,)),
        (["In this paper, we extend our previous work by a scale.", "We discuss another."], (0,)),
        (["Unlike tongs, we propose a scale.", "We discuss another."], (0,)),
        (["Type I shows a scale.", "Phase I study of another."], ()),
        (["We provide an analysis of a title.", "We address this by introducing a code comment."], (0,)),
        ([], ()),
    ],
)
def test_the_headline_is_the_new_thing_and_its_result(abstract: list[str], places: tuple[int, ...]) -> None:
    assert leads.headline(abstract, "A title") == places
    named = ["We propose Tongs.", "Weight of things matters.", "We present Weight and its uses."]
    assert leads.headline(named, "Weight: a scale") == (2,)
    assert leads.headline(named[1:2], "Weight: a scale") == ()
    title = "Fourth deep noise suppression challenge for meetings"
    assert leads.headline([f"This paper presents the {title.lower()}."], title) == ()


@pytest.mark.parametrize(
    ("part", "text", "kind"),
    [
        ("background", "However, labels are scarce.", "lack"),
        ("background", "Existing methods cut recordings into pieces.", "existing"),
        ("background", "Speech is spoken in offices.", "field"),
        ("method", "We train the decoder with a cross-entropy loss.", "loss"),
        ("method", "The encoder consists of twelve layers.", "architecture"),
        ("results", "Removing the buffer costs 1.3 points.", "ablation"),
        ("results", "It outperforms the baseline.", "comparison"),
        ("results", "There are 12 of them.", "finding"),
        ("results", "These results open new ways to trap ions.", "conclusion"),
        ("method", "We revisit the decay of kaons.", "scope"),
    ],
)
def test_a_sentence_has_its_kind_by_its_part_and_words(part: PartName, text: str, kind: str) -> None:
    assert next(leads.kinds(part, text)) == kind


def test_a_term_or_the_name_of_a_test_that_opens_a_sentence_is_what_its_bullet_is_about() -> None:
    terms = {"audio tokenizer": "音频分词器", "encoder": "编码器"}
    assert leads.subject("method", "We use an audio tokenizer that feeds the encoder.", terms) == "音频分词器"
    assert leads.subject("method", "Sound is cut before the encoder reads it.", terms) == ""
    assert leads.subject("results", "On LibriSpeech, WER is 1.3.", {}) == "LibriSpeech"
    assert leads.subject("results", "On average, WER is 1.3.", {}) == ""


def test_an_abbreviation_is_written_out_for_the_model_wherever_the_paper_defines_it() -> None:
    read = document()
    said = Sentence("We study sliding window attention (SWA) in the encoder of this work.", 1, "Introduction")
    used = Sentence(
        "Our encoder consists of twelve layers of SWA whose memory is compressed every second.", 3, "Method"
    )
    rest = [s for s in read.sentences if "twelve layers" not in s.text]
    of = replace(read, sentences=(said, *rest[:8], used, *rest[8:]))
    requests = next(explain(paper(), of, means("explain"), {"background": 110, "method": 375, "results": 120}))
    shown = [request.messages[-1].text for request in requests if "twelve layers" in request.messages[-1].text]
    assert "layers of sliding window attention (SWA) whose memory" in shown[0]


def test_every_language_has_a_word_for_every_kind() -> None:
    for code in LANGUAGES:
        assert {kind for kinds in leads.KINDS.values() for kind in kinds} == set(words_for(code).leads)


def test_the_result_that_the_gist_tells_comes_first() -> None:
    asked = replace(means("explain"), gist=prompts.load("gist", "zh-CN", (prompts.SHIPPED,)))
    flow = explain(paper(), document(), asked, dict.fromkeys(PARTS, 1000))
    _, groups = breakdown()
    draft, _, _ = play(flow, these(*bullets_of(groups)), rest="作者提出 Fathom，词错误率降低了12%。")
    assert draft.gist is not None
    assert [evidence.page for evidence in draft.gist.evidence] == [1, 1]
    assert draft.parts[2].points[0].evidence[0].quote == draft.gist.evidence[1].quote


def test_a_bullet_that_the_gist_says_already_is_left_out_where_its_part_has_others() -> None:
    points = [
        Point(text, (Evidence(1, text),)) for text in ("作者提出 Fathom 模型。", "它读完一小时语音。", "它有三层。")
    ]
    said = Point("作者提出 Fathom 模型；词错误率降低12%。", ())
    flow, groups = breakdown()
    whole = replace(play(flow, these(*bullets_of(groups)))[0], parts=(Part("method", tuple(points)),))
    (kept,) = without_the_gist(whole, said, latin=False).parts
    assert kept.points == tuple(points[1:])
    few = replace(whole, parts=(Part("method", tuple(points[:2])), Part("results", tuple(points))))
    assert without_the_gist(few, said, latin=False).parts == few.parts
    more = replace(points[0], text="作者提出 Fathom 模型，它在会议、课堂和电话的语音上读完一小时。")
    told = replace(whole, parts=(Part("method", (more, *points[1:])),))
    assert without_the_gist(told, said, latin=False) == told  # it tells more than the gist
    same = replace(points[0], text="在这里，作者提出了 Fathom 模型。")
    own = replace(whole, parts=(Part("method", (same, *points[1:])),))
    assert without_the_gist(own, replace(said, evidence=same.evidence), latin=False).parts[0].points == tuple(
        points[1:]
    )
    assert without_the_gist(own, said, latin=False) == own
    held = replace(whole, parts=(Part("method", (points[0], replace(points[1], depth=1), points[2])),))
    assert without_the_gist(held, said, latin=False) == held


def test_leads_differ_where_they_can_and_evidence_that_says_the_same_makes_one_bullet() -> None:
    flow, groups = breakdown()
    draft, _, _ = play(flow, these(*bullets_of(groups)))
    said = [point.lead for point in draft.parts[1].points]
    assert all(said)
    assert len(set(said)) >= 4


@pytest.mark.parametrize(
    ("code", "said", "mended"),
    [
        ("zh-CN", "我们提出该模型，我们的方法更快。", "作者提出该模型，该方法更快。"),
        ("zh-CN", "我们扩展我们的数据。我们的结果更好。", "作者扩展其数据。作者的结果更好。"),
        ("zh-CN", "我研究污染，我还发现自我和我国。", "作者研究污染，作者还发现自我和我国。"),
        ("zh-TW", "我軍說“我不知道”，我發現它。", "我軍說“我不知道”，作者發現它。"),
        ("zh-CN", "我们应该解释模型。", "应该解释模型。"),  # whoever reads it, too
        ("zh-TW", "我們提出該模型。", "作者提出該模型。"),
        ("en", "We show that our model is fast.", "The authors show that their model is fast."),
        ("de", "Wir zeigen, dass unser Modell schnell ist.", "Die Autoren zeigen, dass ihr Modell schnell ist."),
        ("ko", "우리는 모델을 제안한다.", "저자들은 모델을 제안한다."),
        ("ja", "我々はモデルを提案する。", "著者らはモデルを提案する。"),
    ],
)
def test_bullets_speak_of_the_authors_in_the_third_person(code: str, said: str, mended: str) -> None:
    assert find(code).of_others(said) == mended
