"""The translation flow: an abstract, sentence by sentence, each checked against its source and repaired once.

Sentences rather than whole abstracts: measured with the starter model, no worse in chrF and done in two thirds of the
time, because many short requests keep the batch full (docs/models.md).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace

from localdigest import check, gloss
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
    text = check.mend_scales(sentence, check.spoken(answer))
    if text and not text.endswith(("。", "！", "？", ".", "!", "?", "”", "）", ":", "：")) and sentence.endswith("."):
        text += "。"
    return re.sub(r"(?<=[\u4e00-\u9fff])\.$", "。", text)


def translate(
    paper: Paper, prompt: Prompt, gloss_prompt: Prompt, sampling: Sampling
) -> Generator[list[Request], list[Completion], tuple[Translation, Usage]]:
    """Translate `paper.abstract`; what one repair does not mend stays as an unresolved finding."""
    sentences = split(paper.abstract)
    usage = Usage()
    drafts: list[str] = []
    found: list[list[Finding]] = []
    firsts = yield [_request(prompt, paper, sentence, sampling, []) for sentence in sentences]
    for sentence, answer in zip(sentences, firsts, strict=True):
        usage = usage.plus(answer)
        drafts.append(_clean(answer.text, sentence))
        found.append(check.translation(drafts[-1], answer.finish, sentence, answer.detail))

    again = [i for i, problems in enumerate(found) if problems and not gloss.only_words(problems)]
    words = gloss.words(found)
    findings: list[Finding] = []
    if again or words:
        answers = yield [
            *(_request(prompt, paper, sentences[i], sampling, found[i]) for i in again),
            *(gloss.request(gloss_prompt, word) for word in words),
        ]
        for answer in answers:
            usage = usage.plus(answer)
        known = gloss.glosses(words, answers[len(again) :])
        rewritten = dict(zip(again, answers, strict=False))
        for i, problems in enumerate(found):
            if not problems:
                continue
            drafts[i], left = _best(sentences[i], drafts[i], firsts[i].finish, rewritten.get(i), known)
            findings += [replace(f, resolved=True) for f in problems if f not in left]
            findings += left
    pairs = tuple(zip(sentences, drafts, strict=True))
    return Translation("".join(drafts), pairs, tuple(findings)), usage


def _best(
    sentence: str, draft: str, finish: str, rewritten: Completion | None, known: Mapping[str, str]
) -> tuple[str, list[Finding]]:
    """The draft or its rewriting, whichever has less wrong with it, with glosses put in."""
    candidates = [(draft, finish)]
    if rewritten is not None:
        candidates.append((_clean(rewritten.text, sentence), rewritten.finish))
    checked = []
    for text, finish in candidates:
        text = gloss.put_in(text, known)
        checked.append((text, check.translation(text, finish, sentence)))
    return min(checked, key=lambda pair: len(pair[1]))
