"""The translation flow: an abstract, sentence by sentence, each checked against its source and repaired once.

Sentences rather than whole abstracts: measured with the starter model, no worse in chrF and done in two thirds of the
time, because many short requests keep the batch full (docs/models.md).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace

from localdigest import check, gloss, numbers, tidy
from localdigest.languages import Language, find
from localdigest.prompts import Prompt
from localdigest.records import Completion, Finding, Paper, Request, Sampling, Translation, Usage
from localdigest.sentences import split


def _request(prompt: Prompt, paper: Paper, sentence: str, sampling: Sampling, problems: list[Finding]) -> Request:
    messages = prompt.messages(
        text=sentence,
        title=paper.title,
        numbers=numbers.scaled(sentence, find(prompt.language)),
        problems=[(f.code, f.detail) for f in problems],
    )
    # Chinese takes about as many tokens as English, the others up to twice as many; twice that is a loop.
    limit = 48 + len(sentence) // (2 if prompt.language.startswith("zh") else 1)
    return Request(messages, max_tokens=limit, sampling=sampling.hotter() if problems else sampling)


def translate(
    paper: Paper, prompt: Prompt, gloss_prompt: Prompt, sampling: Sampling
) -> Generator[list[Request], list[Completion], tuple[Translation, Usage]]:
    """Translate `paper.abstract`; what one repair does not mend stays as an unresolved finding."""
    sentences = split(paper.abstract)
    language = find(prompt.language)
    usage = Usage()
    drafts: list[str] = []
    found: list[list[Finding]] = []
    firsts = yield [_request(prompt, paper, sentence, sampling, []) for sentence in sentences]
    for sentence, answer in zip(sentences, firsts, strict=True):
        usage = usage.plus(answer)
        drafts.append(tidy.sentence(answer.text, sentence, language))
        found.append(_checked(paper, language, drafts[-1], answer.finish, sentence, answer.detail))

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
        known = gloss.glosses(gloss_prompt, words, answers[len(again) :])
        rewritten = dict(zip(again, answers, strict=False))
        for i, problems in enumerate(found):
            if not problems:
                continue
            drafts[i], left = _best(paper, language, sentences[i], drafts[i], firsts[i].finish, rewritten.get(i), known)
            findings += [replace(f, resolved=True) for f in problems if f not in left]
            findings += left
    pairs = tuple(zip(sentences, drafts, strict=True))
    return Translation(language.joiner.join(drafts), pairs, tuple(findings)), usage


def _checked(paper: Paper, language: Language, draft: str, finish: str, sentence: str, why: str = "") -> list[Finding]:
    return check.translation(draft, finish, sentence, why, language=language, title=paper.title)


def _best(
    paper: Paper,
    language: Language,
    sentence: str,
    draft: str,
    finish: str,
    rewritten: Completion | None,
    known: Mapping[str, str],
) -> tuple[str, list[Finding]]:
    """The draft or its rewriting, whichever has less wrong with it, with glosses put in."""
    candidates = [(draft, finish)]
    if rewritten is not None:
        candidates.append((tidy.sentence(rewritten.text, sentence, language), rewritten.finish))
    checked = []
    for text, finish in candidates:
        text = gloss.put_in(text, known)
        checked.append((text, _checked(paper, language, text, finish, sentence)))
    return min(checked, key=lambda pair: len(pair[1]))
