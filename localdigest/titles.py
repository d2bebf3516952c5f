"""A paper's title as a piece to translate: the method's name before its colon apart, Title Case taken back. Pure.

`WavLM: Large-Scale Self-Supervised Pre-Training` -> `WavLM`, which stays, and `large-scale self-supervised
pre-training`: to a small model, and to the checks, a word with a capital is a name, which no language translates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from localdigest import spans
from localdigest.languages import HAN, Language

_JOINED = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_WORD = re.compile(r"(?<![^\W_])(?<!\d-)[^\W\d_]+(?:['’][^\W\d_]+)*(?![^\W_])")
"""Not the letters of `Qwen3-Omni`."""
_SENTENCE_STARTS = re.compile(r"(?:^|[.!?:]\s+)[\"'“‘(]*[A-Z]")
_SPELLED_OUT = re.compile(r"(?:\b[A-Z][\w’'-]*[ -]+(?:(?:of|and|for|in|to|the|with) )?){2,}(?=\()")
"""`Spoken Term Detection (STD)`: capitals that only explain an abbreviation."""
_LONGEST_NAME = 40
"""Characters; what is longer before a colon is a phrase."""
_ARTICLE = re.compile(rf"^一[个個种種项項款套类類](?=[{HAN}])")
"""Which a Chinese title goes without."""
_WRAPPED = (("《", "》"), ("〈", "〉"), ("「", "」"), ("『", "』"), ("“", "”"), ("„", "“"), ('"', '"'), ("«", "»"))
"""Marks that a model puts around a title, since it is one."""


def parts(title: str, abstract: str) -> tuple[str, str]:
    """The name before the first colon, "" for none, and the rest, which is to be translated; "" where nothing is."""
    head, colon, rest = title.partition(": ")
    if not colon or not _is_name(head, abstract):
        head, rest = "", title
    rest = in_sentence_case(rest.strip(), abstract)
    return head, rest if re.search(r"\b[a-z]{3,}", spans.without(rest)) else ""


def _is_name(head: str, abstract: str) -> bool:
    """One word (`WavLM`, `Moshi`), or words that the abstract has just so, capitals and all (`SAM Audio`)."""
    if not head or len(head) > _LONGEST_NAME:
        return False
    return len(head.split()) == 1 or (head != head.lower() and head in _without_starts(abstract))


def in_sentence_case(title: str, abstract: str) -> str:
    """`title` without the capitals of Title Case. A word keeps its own where the abstract writes it only so.

    A title that is in sentence case already loses the first word's at most.
    """
    text, table = spans.mask(title)
    words = [word for word in _WORD.findall(text) if len(word) >= 4]
    capitals = sum(_capital_only(word) for word in words)
    in_title_case = capitals > len(words) / 2
    lower = set(_WORD.findall(abstract))
    prose = _without_starts(_SPELLED_OUT.sub("", abstract))
    inside, joined = set(_WORD.findall(prose)), set(_JOINED.findall(prose))

    def own(match: re.Match[str]) -> str:
        word = match[0]
        whole = next((each[0] for each in _JOINED.finditer(text) if each.start() <= match.start() < each.end()), "")
        if whole in joined and whole.lower() not in joined:
            return word  # `Kimi-Audio`, though there is audio too
        if word == "A" or (_capital_only(word) and (in_title_case or not match.start())):
            is_name = (word in inside or word[-2:] in ("'s", "’s")) and word.lower() not in lower  # `Rao's score test`
            return word if is_name else word.lower()
        return word

    return spans.unmask(_WORD.sub(own, text), table)


def _capital_only(word: str) -> bool:
    """`Speech`; not `WER`, `LoRA` or `B`."""
    return len(word) > 1 and word[0].isupper() and word[1:].islower()


def _without_starts(abstract: str) -> str:
    """`abstract` without the capitals that begin its sentences, which say nothing of the word."""
    return _SENTENCE_STARTS.sub(lambda match: match[0].lower(), abstract)


_PURPOSE = {"zh-CN": "面向{goal}的{means}", "zh-TW": "面向{goal}的{means}", "ja": "{goal}のための{means}"}
"""Where what something is for stands before it. Asked for the whole, a small model swaps the halves, and loses words of
both."""
_CLAUSE = re.compile(
    r"[:?]|--|\b(?:is|are|was|were|be|can|could|should|must|may|do|does|did|will|would|has|have|how|why|what|when|not)\b"
)


def pieces(rest: str, language: Language) -> list[str]:
    """What is asked for at once, to be put together by `joined`: `a small model` and `long speech`, of `a small model
    for long speech`, in languages that turn the two; else `rest` as it is."""
    means, word, goal = rest.partition(" for ")
    phrases = word and " for " not in goal and not _CLAUSE.search(rest)
    fit = phrases and all(len(half.split()) > 1 for half in (means, goal))
    return [means, goal] if fit and language.code in _PURPOSE else [rest]


def joined(drafts: Sequence[str], language: Language) -> str:
    """The translations of `pieces`, as one text."""
    if len(drafts) == 1:
        return drafts[0]
    means, goal = drafts
    return _PURPOSE[language.code].format(means=means, goal=goal)


def whole(head: str, draft: str, language: Language) -> str:
    """The title again: the name, the language's colon and what was translated."""
    colon = "：" if language.stop == "。" else "\u00a0: " if language.code == "fr" else ": "
    text = draft if language.stop == "。" else draft[:1].upper() + draft[1:]
    return f"{head}{colon}{text}" if head else text


def bare(draft: str, source: str, language: Language) -> str:
    """A draft without what only a sentence or a quotation has: label, marks around it, full stop."""
    text = re.sub(rf"^(?:{language.heading})\s*[:：]\s*", "", draft.strip().strip("*").strip())
    text = text if source.endswith(".") else re.sub(r"(?<!\.)[.。]$", "", text)
    for opening, closing in _WRAPPED:
        inner = text[1:-1]
        if text[:1] == opening and text[-1:] == closing and len(text) > 2 and opening not in inner:
            text = text if source.startswith(('"', "'", "“", "‘")) else inner.strip()
            break
    if language.stop != "。":
        return text
    text = re.sub(r" ?-{2,3} ?", "——", text)
    return _ARTICLE.sub("", text) if re.match("an? ", source, re.IGNORECASE) else text
