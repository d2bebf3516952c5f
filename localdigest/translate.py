"""The translation flow: an abstract, sentence by sentence, each checked against its source and repaired once.

Sentences rather than whole abstracts: with the small models this was measured to lose no URL and invent no number at
the same chrF, and many short requests keep the batch full (docs/models.md).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from localdigest import check
from localdigest.prompts import Prompt
from localdigest.records import Completion, Finding, Paper, Request, Sampling, Translation, Usage
from localdigest.sentences import split


def _request(prompt: Prompt, paper: Paper, sentence: str, sampling: Sampling, problems: list[Finding]) -> Request:
    messages = prompt.messages(
        text=sentence,
        title=paper.title,
        numbers=check.scaled_numbers(sentence),
        problems=[(f.code, f.detail) for f in problems],
    )
    # Chinese takes about as many tokens as English; twice that is a loop, which the limit ends.
    return Request(messages, max_tokens=48 + len(sentence) // 2, sampling=sampling.hotter() if problems else sampling)


def _clean(answer: str, sentence: str) -> str:
    text = check.mend_scales(sentence, " ".join(answer.split()))
    if not text.endswith(("。", "！", "？", ".", "!", "?", "”", "）", ":", "：")) and sentence.endswith("."):
        text += "。"
    return re.sub(r"(?<=[\u4e00-\u9fff])\.$", "。", text)


def translate(
    paper: Paper, prompt: Prompt, sampling: Sampling
) -> Generator[list[Request], list[Completion], tuple[Translation, Usage]]:
    """Translate `paper.abstract`; what one repair does not mend stays as an unresolved finding."""
    sentences = split(paper.abstract)
    usage = Usage()
    drafts: list[str] = []
    found: list[list[Finding]] = []
    answers = yield [_request(prompt, paper, sentence, sampling, []) for sentence in sentences]
    for sentence, answer in zip(sentences, answers, strict=True):
        usage = usage.plus(answer)
        drafts.append(_clean(answer.text, sentence))
        found.append(check.translation(drafts[-1], answer.finish, sentence))
    findings: list[Finding] = []
    faulty = [i for i, problems in enumerate(found) if problems]
    if faulty:
        repairs = yield [_request(prompt, paper, sentences[i], sampling, found[i]) for i in faulty]
        for i, answer in zip(faulty, repairs, strict=True):
            usage = usage.plus(answer)
            draft = _clean(answer.text, sentences[i])
            left = check.translation(draft, answer.finish, sentences[i])
            if len(left) < len(found[i]):
                drafts[i] = draft
                findings += [replace(f, resolved=True) for f in found[i] if f not in left]
                findings += left
            else:
                findings += found[i]
    pairs = tuple(zip(sentences, drafts, strict=True))
    return Translation("".join(drafts), pairs, tuple(findings)), usage
