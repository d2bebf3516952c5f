"""What a model says besides what it was asked for: thoughts, greetings, labels, notes, refusals, words about itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

from localdigest.checks.registry import ANY, TITLE, Case, check
from localdigest.language.profile import Language

_THOUGHTS = re.compile(
    r"</?think(?:ing)?>|^(?:Okay|Alright|Hmm|Wait),"
    r"|^(?:嗯，|好的，用户|首先，用户|用户(?:要求|希望|让我))"
)
_GREETS = re.compile(
    r"\W*(?:sure|of course|certainly|absolutely|okay|ok|yes|great|good|right|alright|well|naturally"
    r"|here (?:is|are)|below (?:is|are)|the following|(?:the |our )?translations?)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\W*(?:(?:the )?translations?|(?:in |to )?(?:conclusion|short|sum up|summari[sz]e|summary))\b[^.:]{0,20}:",
    re.IGNORECASE,
)
_NOTES = re.compile(r"\b(?:note|n\.?b\.|remark|comment|annotat|footnote)", re.IGNORECASE)
"""How a source begins, or what it has, that is translated by a greeting, by that label, by a note."""
_QUOTED = re.compile(r"(?:\bI\b|\bsorry\b|\bAI\b|language model|\btranslat|\bunable to\b)")
"""Words of a source whose translation may well say `I cannot`."""
_HINTED = re.compile(r"[)）]\s*即\s*[（(]")


@check("think", of=ANY, ask="chatter", order=40)
def thoughts(case: Case) -> Iterator[str]:
    """A thinking model's thoughts."""
    if thought := _THOUGHTS.search(case.draft):
        yield thought[0]


@check("preamble", of=ANY, ask="chatter", order=60)
def greeting(case: Case) -> Iterator[str]:
    """A greeting before the text (`好的，`), which the source does not begin with."""
    said = _patterns(case.language)["greeting"].match(case.draft)
    if said and said[0] not in case.source and not _GREETS.match(case.source) and not _has_its_own_colon(case):
        yield said[0]


@check("first-person", of=ANY, ask="chatter", order=70)
def note(case: Case) -> Iterator[str]:
    """A translator's note."""
    said = _patterns(case.language)["aside"].search(case.draft)
    if said and not _NOTES.search(case.source):
        yield said[0].strip()


@check("preamble", of=ANY, ask="chatter", order=80)
def preamble(case: Case) -> Iterator[str]:
    """A label before the text that says what it is: `译文：`."""
    # `当然，见 :eqref:` has its colon in a span; what ends with a colon as its source does is all there is.
    label = _patterns(case.language)["preamble"].search(case.prose)
    if not label or label[0] in case.source or _LABELLED.match(case.source) or _has_its_own_colon(case):
        return
    if not (case.source.endswith(":") and label[0] == case.draft.rstrip()):
        yield label[0]


@check("refusal", of=ANY, ask="chatter", order=90)
def refusal(case: Case) -> Iterator[str]:
    """The model's refusal."""
    yield from _spoken("refusal", case)


@check("first-person", of=ANY, ask="chatter", order=100)
def first_person(case: Case) -> Iterator[str]:
    """The model speaking of itself, or of its last try."""
    yield from _spoken("speaks", case)


@check("preamble", of=ANY, ask="chatter", order=110)
def hints(case: Case) -> Iterator[str]:
    """Hints of the prompt, said again: （梅尔谱到波形）即（声码器）, （基准，鲁棒）."""
    if (said := _HINTED.search(case.draft)) and not _has_its_own_colon(case):
        yield said[0]
    renderings = {each for known in case.terms.values() for each in known}
    for listed in re.findall(r"[（(]([^（()）]+[，、,][^（()）]+)[)）]", case.draft) if renderings else ():
        if {each.strip() for each in re.split("[，、,]", listed)} <= renderings:
            yield listed


def _spoken(name: str, case: Case) -> Iterator[str]:
    said = _patterns(case.language)[name].search(case.draft)
    if said and not _QUOTED.search(case.source) and said[0] not in case.source:
        yield said[0]


def _has_its_own_colon(case: Case) -> bool:
    """`总结长文档：一种…` is a title as its source is one, and no label of the model's."""
    return case.of is TITLE and ":" in case.source


@functools.cache
def _patterns(language: Language) -> Mapping[str, re.Pattern[str]]:
    return {
        "preamble": re.compile(rf"^[*#_\s]*(?:{language.preamble})[*_]*\s*[:：]"),
        "greeting": re.compile(rf"[*#_\s]*(?:{language.greeting})"),
        "aside": re.compile(
            rf"[（(\[【]\s*(?:{language.aside})\s*[:：][^（()）]*|(?:^|(?<=[。！？.!?]))\s*(?:{language.aside})\s*[:：]",
            re.IGNORECASE,
        ),
        "refusal": re.compile(language.refusal),
        "speaks": re.compile(language.speaks, re.IGNORECASE),
    }
