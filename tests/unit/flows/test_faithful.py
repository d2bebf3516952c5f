"""What a bullet that is translated keeps, and what is told of that which a model was unsure of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from localdigest.evidence.choice import select
from localdigest.flows.condense import OWN, SPARE, counts, explain
from localdigest.flows.rounds import Means
from localdigest.flows.translate import translate
from localdigest.records import PARTS, Completion, PartName, Request, Translation
from localdigest.records.reading import Sentence
from tests.kit.flows import SAID, bullets_of, document, means, paper, play, points, prompt, these

LENGTHS: dict[PartName, int] = dict.fromkeys(PARTS, 1000)
DOUBT = -1.3


def said(text: str, confidence: float) -> Completion:
    return Completion(text, "stop", confidence=confidence)


def translating(doubt: float | None = None) -> Means:
    return replace(means("explain"), whole=prompt("translate"), doubt=doubt)


def test_a_bullet_is_the_translation_of_its_sentence_in_the_third_person() -> None:
    groups = select(document(), paper(), {part: number + SPARE for part, number in counts(LENGTHS).items()})
    first = next(group for part in PARTS for group in groups[part])
    assert first.text.startswith("Long speech is hard")
    flow = explain(paper(), document(), translating(), LENGTHS)
    bullets = bullets_of([group for part in PARTS for group in groups[part]])
    ours = "长语音转写困难，因为我们现有的模型只用短片段训练。"
    _, _, (requests, *_) = play(flow, these(ours, *bullets[1:]), rest="作者。")
    assert requests[0].messages == (
        replace(requests[0].messages[0], text=prompt("translate").system),
        replace(requests[0].messages[1], text=first.text),
    )
    assert requests[0].stop == ("\n",)
    flow = explain(paper(), document(), translating(), LENGTHS)
    draft, _, _ = play(flow, these(ours, *bullets[1:]), rest="作者。")
    assert ours.replace("我们", "作者") in points(draft)


def test_a_figure_that_a_condensed_bullet_may_leave_out_a_translated_one_may_not() -> None:
    groups = select(document(), paper(), {part: number + SPARE for part, number in counts(LENGTHS).items()})
    every = [group for part in PARTS for group in groups[part]]
    bullets = bullets_of(every)
    place = next(i for i, group in enumerate(every) if group.text.startswith("Latency falls"))
    assert "2 GB" in every[place].text
    assert "2 GB" not in bullets[place]
    flow = explain(paper(), document(), translating(), LENGTHS)
    draft, _, (_, again, *_) = play(flow, these(*bullets), rest=bullets[place])
    assert any("漏了数字" in request.messages[-1].text for request in again)
    assert bullets[place] not in points(draft)


@pytest.mark.parametrize(
    ("confidence", "doubt", "marked"),
    [(DOUBT - 0.1, DOUBT, True), (DOUBT + 0.1, DOUBT, False), (DOUBT - 0.1, None, False)],
)
def test_what_the_model_was_unsure_of_is_marked_where_somebody_measured_when(
    confidence: float, doubt: float | None, marked: bool
) -> None:
    draft = _translated("The loss is smooth.", ["损失是光滑的。"], confidence, doubt)
    assert ("doubtful" in {found.code for found in draft.findings}) is marked
    assert all(found.sentence == 0 and not found.resolved for found in draft.findings)


def test_a_doubtful_bullet_gives_way_where_its_part_has_enough() -> None:
    groups = select(document(), paper(), {part: number + SPARE for part, number in counts(LENGTHS).items()})
    bullets = bullets_of([group for part in PARTS for group in groups[part]])
    unsure = [said(text, DOUBT - 1 if i == 0 else 0.0) for i, text in enumerate(bullets)]
    flow = explain(paper(), document(), replace(means("explain"), doubt=DOUBT), LENGTHS)
    draft, _, _ = play(flow, these(*unsure))
    assert points(draft) == bullets[1:]
    assert "doubtful" in {found.code for found in draft.findings}


def test_of_a_parts_bullets_those_stay_that_the_model_was_surest_of() -> None:
    lengths: dict[PartName, int] = {"background": 110, "method": 150, "results": 120}
    wanted = counts(lengths)
    groups = select(document(), paper(), {part: number + SPARE for part, number in wanted.items()})
    methods = groups["method"]
    assert len(methods) > wanted["method"]
    bullets = bullets_of([group for part in PARTS for group in groups[part]])
    first = len(groups["background"])
    for unsure in range(first, first + len(methods)):
        answers = [said(text, DOUBT + (0.1 if place == unsure else 1.0)) for place, text in enumerate(bullets)]
        flow = explain(paper(), document(), replace(means("explain"), doubt=DOUBT), lengths)
        draft, _, _ = play(flow, these(*answers))
        assert bullets[unsure] not in points(draft)


def test_what_may_be_another_parts_stands_only_where_its_part_has_nothing_better() -> None:
    aside = Sentence("Some of the recordings stand in the appendix, as a table there lists for each.", 6, "Experiments")
    extended = replace(document(), sentences=(*document().sentences, aside))
    groups = select(extended, paper(), {part: number + SPARE for part, number in counts(LENGTHS).items()})
    every = [group for part in PARTS for group in groups[part]]
    assert any(group.part == "results" and group.text == aside.text and group.fit < OWN for group in every)
    texts = [SAID.get(key, "附录的表列出了一些录音。") for group in every for key in [_key(group.text)]]
    draft, _, _ = play(explain(paper(), extended, means("explain"), LENGTHS), these(*texts))
    assert "附录的表列出了一些录音。" not in [point.text for part in draft.parts for point in part.points]


def _key(text: str) -> str:
    return next((key for key in SAID if text.startswith(key)), "")


LEANING = "It keeps the last minute whole, so that names which were said long ago are spelt in one way."


@pytest.mark.parametrize(
    ("parent", "child", "nested"),
    [
        (
            "编码器由十二层组成，其记忆在每一秒声音之后都被压缩一次。",
            "它把最近一分钟完整保留下来，使很久以前说过的那些名字的拼写前后一致。",
            True,
        ),
        ("编码器由十二层组成，其记忆在每一秒声音之后都被压缩一次。", "", False),
        ("", "它把最近一分钟完整保留下来，使很久以前说过的那些名字的拼写前后一致。", False),
    ],
)
def test_what_leans_on_a_sentence_stands_under_its_bullet_and_only_there(parent: str, child: str, nested: bool) -> None:
    whole = document()
    place = next(i for i, one in enumerate(whole.sentences) if one.text.startswith("Our encoder"))
    leaning = Sentence(LEANING, whole.sentences[place].page, "Method")
    longer = replace(whole, sentences=(*whole.sentences[: place + 1], leaning, *whole.sentences[place + 1 :]))
    said = SAID | {"Our encoder": parent, "It keeps": child}

    def answers(requests: list[Request]) -> list[str | Completion]:
        told = [request.messages[-1].text.strip() for request in requests]
        return [next((s for start, s in said.items() if start in text), "作者。") for text in told]

    flow = explain(paper(), longer, translating(), LENGTHS)
    draft, _, _ = play(flow, *[answers] * 3, rest="")
    depths = {point.text: point.depth for part in draft.parts for point in part.points}
    assert (depths.get(child) == 1) is nested
    assert depths.get(parent) == (0 if parent else None)


def _translated(
    source: str, answers: Sequence[str], confidence: float, doubt: float | None, *terms: tuple[str, str]
) -> Translation:
    flow = translate(paper(source), replace(means("translate", *terms), doubt=doubt))
    rounds = [these(said(answer, confidence)) for answer in answers]
    draft, _, _ = play(flow, *rounds)
    return draft
