"""A paper's title as a piece to translate: the method's name before its colon apart, Title Case taken back. Pure.

`WavLM: Large-Scale Self-Supervised Pre-Training` -> `WavLM`, which stays, and `large-scale self-supervised
pre-training`: to a small model, and to the checks, a word with a capital is a name, which no language translates.
"""

from __future__ import annotations

import re

from localdigest.language.profile import HAN, Language
from localdigest.text import spans

_JOINED = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
_WORD = re.compile(r"(?<![^\W_])(?<!\d-)[^\W\d_]+(?:['’][^\W\d_]+)*(?![^\W_])")
"""Not the letters of `Qwen3-Omni`."""
_SENTENCE_STARTS = re.compile(r"(?:^|[.!?:]\s+)[\"'“‘(]*[A-Z]")
_TERMS = re.compile(r"\b[A-Z][a-z]+(?:[ -]+(?:(?:of|and|for|in|to|the|with) )?[A-Z][a-z]+)+\b")
"""`Spoken Term Detection`: capitals in a row make a term, most often, and not a name."""
_ALWAYS = frozenset({"Transformer", "Transformers"})
"""Written small they are electrical to a small model (变压器)."""
_LONGEST_NAME = 40
"""Characters; what is longer before a colon is a phrase."""
_ARTICLE = re.compile(rf"^一[个個种種项項款套类類](?=[{HAN}])")
"""Which a Chinese title goes without."""
_USING = re.compile(r"\b(?:via|us(?:e|es|ed|ing)|through|with|by|from|on|in)\b|\bbas(?:ed|is|es)\b|driven")
"""What 基于 may stand for. A small model also begins with it where nothing is based on anything."""
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
    prose = _without_starts(abstract)
    joined = set(_JOINED.findall(prose))
    inside = set(_WORD.findall(_JOINED.sub("", _without_starts(_TERMS.sub("", abstract)))))

    def own(match: re.Match[str]) -> str:
        word = match[0]
        whole = next((each[0] for each in _JOINED.finditer(text) if each.start() <= match.start() < each.end()), "")
        if whole in joined and whole.lower() not in joined:
            return word  # `Kimi-Audio`, though there is audio too
        if word == "A" or (_capital_only(word) and (in_title_case or not match.start())):
            is_name = (word in inside or word[-2:] in ("'s", "’s")) and word.lower() not in lower  # `Rao's score test`
            return word if is_name or word in _ALWAYS else word.lower()
        return word

    return spans.unmask(_WORD.sub(own, text), table)


def _capital_only(word: str) -> bool:
    """`Speech`; not `WER`, `LoRA` or `B`."""
    return len(word) > 1 and word[0].isupper() and word[1:].islower()


def _without_starts(abstract: str) -> str:
    """`abstract` without the capitals that begin its sentences, which say nothing of the word."""
    return _SENTENCE_STARTS.sub(lambda match: match[0].lower(), abstract)


# ---------------------------------------------------------------- what is asked for

_SUBTITLE = re.compile(r"(: | -{2,3} | [–—] )")
_LINK = re.compile(r" (for|with|using|via|through|based on) ")
_DOING = re.compile(r"(?<!deal)(?<!cop)(?<!interact)(?<!work)(?<!talk)(?<!liv)(?:ing|sis|[^c]tion|sion)$")
"""The last word of what is done `with` something; not interaction, and not people with a property."""
_CLAUSE = re.compile(
    r"\?|\b(?:is|are|was|were|be|can|could|should|must|may|do|does|did|will|would|has|have|how|why|what|when|not)\b"
)

_DEED = re.compile(r"^(?!learning|training)\w{2,}ing (?!\w+$)|\b(?:as|beyond|from|into|to|towards?)\b")
"""What is no noun with what qualifies it: `scaling sensors to millions`, `models as judges`."""


def pieces(rest: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """What is asked for, piece by piece, and how the answers make the title, in the form of `str.format`.

    Title and subtitle are two pieces, and so are the halves of `a small model for long speech` where the language
    turns them: asked for the whole, a small model swaps the halves, and loses words of both. What has no words of its
    own stays as it is.
    """
    text, table = spans.mask(rest)
    segments = _SUBTITLE.split(text)
    if any(len(segment.split()) < 2 for segment in segments[::2]):
        segments = [text]
    form, asked = "", list[str]()
    for place, segment in enumerate(segments):
        if place % 2:
            form += language.colon if segment == ": " else language.dash
        elif not re.search(r"\b[a-z]{3,}", segment):
            form += spans.unmask(segment, table).replace("{", "{{").replace("}", "}}")
        else:
            pattern, halves = _turned(segment, language)
            form += pattern.format(*(f"{{{len(asked) + i}}}" for i in range(len(halves))))
            asked += (spans.unmask(half, table) for half in halves)
    return form, tuple(asked)


def _turned(segment: str, language: Language) -> tuple[str, tuple[str, ...]]:
    links = list(_LINK.finditer(segment))
    if not language.turns or len(links) != 1 or _CLAUSE.search(segment) or _DEED.search(segment[: links[0].start()]):
        return "{0}", (segment,)
    link = links[0]
    thing, other = segment[: link.start()], segment[link.end() :]
    if min(len(thing.split()), len(other.split())) < 2 or (link[1] == "with" and not _DOING.search(thing)):
        return "{0}", (segment,)
    return language.turns[link[1] != "for"], (thing, other)


# ---------------------------------------------------------------- what came back


def whole(head: str, draft: str, language: Language) -> str:
    """The title again: the name, the language's colon and what was translated."""
    text = draft if language.stop == "。" else draft[:1].upper() + draft[1:]
    return f"{head}{language.colon}{text}" if head else text


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
    if not _USING.search(source):
        text = re.sub(rf"^基[于於] ?(?=[{HAN}])", "", text)
    return _ARTICLE.sub("", text) if re.match("an? ", source, re.IGNORECASE) else text
