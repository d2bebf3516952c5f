"""Captions of the figures that are shown: which part of each is translated, and what is kept of the answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localdigest.flows.captions import LONGEST, beginnings
from localdigest.flows.condense import explain
from localdigest.records import Completion, Request
from localdigest.records.figures import Figure
from tests.kit.flows import LENGTHS, SAID, document, means, paper, play, prompt

WITH = replace(means("explain"), captions=prompt("translate"))


def figure(caption: str, label: str = "Figure 2") -> Figure:
    return Figure(label, caption, 3, "method", 10, 10, b"")


@pytest.mark.parametrize(
    ("caption", "asked"),
    [
        ("Figure 2: The encoder of Fathom [12, 13]. It has twelve layers. Best in bold.",
         "The encoder of Fathom. It has twelve layers."),
        ("FIG. 1. Sketch of the spectrum.", "Sketch of the spectrum."),
        ("Table IV Definitions in XML", "Definitions in XML"),
        ("Extended Data Fig. 3 | Maps of the brain.", "Maps of the brain."),
        (f"Figure 2: The encoder. It {'reads ' * LONGEST}.", "The encoder."),
        (f"Figure 2: It {'reads ' * LONGEST}.", ""),
        ("Figure 2", ""),
        ("Figure 2: 结构。", ""),
    ],
)  # fmt: skip
def test_the_beginning_of_a_caption_is_asked_for(caption: str, asked: str) -> None:
    assert [piece.text for piece in beginnings([figure(caption)], paper(), WITH)] == ([asked] if asked else [])
    assert beginnings([figure(caption)], paper(), means("explain")) == []


def test_what_is_right_is_kept_beside_the_breakdown_and_the_rest_stays_in_english() -> None:
    shown = [
        figure("Figure 2: The encoder reads an hour of speech."),
        figure("Table 3: Error rates of 12 systems.", "Table 3"),
    ]

    def answers(requests: list[Request]) -> list[str | Completion]:
        return [_answer(request.messages[-1].text) for request in requests]

    flow = explain(paper(), document(), WITH, LENGTHS, shown)
    draft, _, _ = play(flow, answers, answers, answers)
    assert [(each.label, each.caption, each.text) for each in draft.figures] == [
        ("Figure 2", shown[0].caption, "编码器一次读取一小时语音。"),
        ("Table 3", shown[1].caption, ""),
    ]


def _answer(asked: str) -> str:
    said = {"The encoder reads": "编码器一次读取一小时语音。", "Error rates of 12": "13个系统的错误率。"} | SAID
    return next((text for start, text in said.items() if start in asked), "没有。")
