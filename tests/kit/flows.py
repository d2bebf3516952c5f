"""A flow driven by hand: a paper, what the flow is given, and rounds of answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from localdigest.evidence.choice import Group, select
from localdigest.flows.condense import SPARE, counts, explain
from localdigest.flows.rounds import EFFORTS, Effort, Means
from localdigest.flows.translate import translate
from localdigest.language import prompts
from localdigest.language.glossary import Glossary
from localdigest.records import PARTS, Breakdown, Completion, Paper, PartName, Request, Sampling, Usage
from localdigest.records.reading import Document, Sentence
from tests.kit.readings import document_of

T = TypeVar("T")

Flow = Generator[list[Request], list[Completion], tuple[T, Usage]]

WHEN = datetime(2025, 12, 16, 12, tzinfo=UTC)

ABSTRACT = "We train on 13 million hours. The error rate is 2.8% on LibriSpeech. Code is at https://example.org/x."

GOOD = ["我们用1300万小时训练。", "在 LibriSpeech 上错误率为2.8%。", "代码见 https://example.org/x。"]

REFUSED = Completion("", "refused", detail="the prompt has 9000 tokens")


def paper(abstract: str = ABSTRACT, title: str = "Fathom: a small model for long speech") -> Paper:
    return Paper("2512.00001", 1, title, ("A B",), abstract, ("cs.SD",), "cs.SD", WHEN, WHEN)


def prompt(task: str) -> prompts.Prompt:
    return prompts.load(task, "zh-CN", (prompts.SHIPPED,))


def answer(text: str | Completion) -> Completion:
    if isinstance(text, Completion):
        return text
    return Completion(text, "stop", prompt_tokens=10, output_tokens=len(text), seconds=0.5)


Answers = Callable[[list[Request]], list[str | Completion]]


def play(flow: Flow[T], *rounds: Answers, rest: str | Completion | None = None) -> tuple[T, Usage, list[list[Request]]]:
    """Drives a flow with one answering function a round; the flow must end with the last, or all further rounds are
    answered with `rest`."""
    asked = [next(flow)]
    for number in itertools.count(1):
        assert number <= len(rounds) or rest is not None, f"asks for one round more: {asked[-1]}"
        texts = rounds[number - 1](asked[-1]) if number <= len(rounds) else [rest or ""] * len(asked[-1])
        assert len(texts) == len(asked[-1])
        try:
            asked.append(flow.send([answer(text) for text in texts]))
        except StopIteration as stop:
            assert number >= len(rounds), "ended before its last round"
            draft, usage = stop.value
            return draft, usage, asked
    raise AssertionError


def these(*texts: str | Completion) -> Answers:
    return lambda _: list(texts)


def means(task: str, *terms: tuple[str, str], effort: Effort = EFFORTS["standard"]) -> Means:
    words = Glossary({english: (chinese,) for english, chinese in terms})
    return Means(prompt(task), prompt("gloss"), words, Sampling(), effort)


def translation(abstract: str = ABSTRACT, *terms: tuple[str, str]) -> Flow:  # type: ignore[type-arg]
    return translate(paper(abstract), means("translate", *terms))


SECTIONS: dict[str, list[str]] = {
    "Abstract": [
        "Long speech is hard to transcribe because existing models were trained on short clips only.",
        "We propose Fathom, a small model that reads an hour of speech at once with a sliding memory.",
        "Our results show that Fathom reduces the word error rate by 12% against the best of three baselines.",
    ],
    "Introduction": [
        "Automatic speech recognition is widely used in meetings, lectures and call centres every day.",
        "However, conventional encoders suffer from quadratic cost when recordings become longer than a minute.",
        "Previous work cuts recordings into pieces, which loses the context that names and numbers need.",
        "Streaming systems remain limited by their fixed look-ahead and often fail on overlapping talkers.",
    ],
    "Method": [
        "Our encoder consists of twelve layers whose memory is compressed after every second of sound.",
        "We train the decoder with a loss that rewards consistent spelling of names over the whole hour.",
        "In order to save memory, we use a ring buffer that holds the latest ninety seconds of frames.",
        "We use a public checkpoint for four layers of the network and train all of the others.",
        "The model consists of blocks which use vectors of those before them in order to look up names.",
    ],
    "Experiments": [
        "Fathom achieves a word error rate of 4.1% on the meeting test set, 0.6 better than the baseline.",
        "Latency falls from 900 ms to 240 ms on a laptop, and memory stays below 2 GB for any length.",
        "The results show that accuracy drops for most of the recordings when the ring buffer is left out.",
    ],
    "Acknowledgements": ["We thank the meeting group for the data, which achieves 99% of all that we could hope for."],
    "Limitations": [
        "However, existing limitations remain and our method fails for songs, where accuracy drops by 40%."
    ],
}

CAPTION = Sentence(
    "Energy consumption improves by 35% over the strongest competitor across seven devices.",
    5,
    "Experiments",
    "caption",
)


def document() -> Document:
    sentences = [
        Sentence(text, page, section) for page, (section, texts) in enumerate(SECTIONS.items(), 1) for text in texts
    ]
    sentences.insert(13, CAPTION)
    return replace(document_of(sentences), hidden_text=1)


LENGTHS: dict[PartName, int] = {"background": 110, "method": 225, "results": 120}

SAID = {
    "Long speech": "长语音转写困难，因为模型只见过短片段。",
    "Automatic speech": "语音识别广泛用于会议、讲座与呼叫中心。",
    "However, conv": "传统编码器的计算量随录音变长急剧增加。",
    "Previous work": "切分录音的做法丢失上下文。",
    "Streaming": "流式系统受固定前瞻所限。",
    "We propose": "作者提出能一次读完整小时语音的小模型。",
    "Our encoder": "十二层结构逐秒压缩记忆。",
    "We train": "损失函数奖励名字拼写前后一致。",
    "In order": "环形缓冲区保存最近的帧以节省内存。",
    "We use": "公开检查点用于四层，其余各层另行训练。",
    "The model": "各块使用之前各块的向量来查找名字。",
    "Our results": "三个基准上词错误率比最好的基线降低了12%。",
    "Fathom achieves": "会议测试集上错误率为4.1%，好0.6。",
    "Energy": "能耗改善35%，涉及七种设备。",
    "Latency": "笔记本上延迟从900毫秒降到240毫秒。",
    "The results": "结果表明去掉缓冲后多数录音更差。",
}
"""By how a sentence begins: what a model makes of it."""


def bullets_of(groups: Sequence[Group]) -> list[str]:
    return [next(said for start, said in SAID.items() if group.text.startswith(start)) for group in groups]


def breakdown() -> tuple[Flow, list[Group]]:  # type: ignore[type-arg]
    """With as many bullets wanted as there are groups: none is left out for a better one."""
    lengths: dict[PartName, int] = dict.fromkeys(PARTS, 1000)
    groups = select(document(), paper(), {part: number + SPARE for part, number in counts(lengths).items()})
    flow = explain(paper(), document(), means("explain"), lengths)
    return flow, [group for part in PARTS for group in groups[part]]


def points(draft: Breakdown) -> list[str]:
    """Results in the paper's order, which theirs is not."""
    place = {sentence.text: i for i, sentence in enumerate(document().sentences)}
    *others, results = draft.parts
    told = [point for part in others for point in part.points]
    told += sorted(results.points, key=lambda point: place[point.evidence[0].quote])
    return [point.text for point in told]
