"""Which words in small letters are ordinary English, and which are what no language translates: a species, a gene, a
program, a Latin phrase, a unit. Pure."""

from __future__ import annotations

import functools
import re

from localdigest.language.english import is_common
from localdigest.text import units

_ENDINGS = re.compile(
    r"(?:ing|[a-z]{3}ed|ers?|ors?|[st]ions?|ness|ments?|[ai]bl[ey]|i[sz]e[ds]?|i[sz]ations?|ity|ities|ives?|ous|ful"
    r"|less|ly|[ae]nc[ey]|isms?|ists?|wards?|wise|al|ally|ic|ics|metric|grams?|graph[ysi]\w*|log(?:y|ies|ical)|ated?|ates"
    r"|[ae]nts?|ary|ory|ures?|oids?|scopes?|emes?)$"
)
_GENES = r"(?:genes?|loci|locus|alleles?|mutants?|transcripts?|knockouts?|mRNAs?|homologs?|orthologs?)"
_MODIFIERS = frozenset(
    "novel new known candidate target several many these those other some such human mouse common different specific "  # noqa: SIM905
    "related associated single multiple individual essential expressed involved encoding regulatory housekeeping "
    "reference bacterial viral plant resistance mutant homeotic developmental early late similar same further most "
    "additional important three four five both that with from which their when where were have been more than".split()
)
"""What stands before `genes` and is the name of none."""
_PROGRAMS = r"(?:packages?|librar(?:y|ies)|software|toolkits?|modules?|commands?|samplers?|solvers?)"
_PHRASES = re.compile(
    r"(?<![A-Za-z])(?:post (?:hoc|mortem)|ad hoc|in (?:situ|vivo|vitro|silico|utero|toto)|ex (?:vivo|ante|post)"
    r"|ab initio|de (?:novo|facto)|a (?:priori|posteriori)|per (?:se|capita)|bona fide|pro rata"
    r"|status quo|inter alia|sine qua non|vice versa|et al)(?![A-Za-z])",
    re.IGNORECASE,
)
_LATIN = re.compile("(?:us|um|a|is|i|ae|ans|ens|er|or|ix|ex|es|on|os)$")
_EMPHASIS = re.compile(r"\\(?:emph|text(?:it|tt|sc|sf|bf|rm)?)\s*\{([^{}]*)\}")


@functools.lru_cache(maxsize=4096)
def is_english(word: str) -> bool:
    """Whether it is a common word, is made of two, or has an English ending: `preconditioner`, `dataset`; not `emcee`
    or `thaliana`."""
    word = word.lower()
    if is_common(word) or (len(word) > 6 and _ENDINGS.search(word)):
        return True
    return any(
        is_common(word[:cut]) and (is_common(word[cut:]) or word[cut:] == "set") for cut in range(4, len(word) - 2)
    )


def stays(word: str, source: str, draft: str) -> bool:
    """Whether a word that the source has in small letters may stand in a translation as it is."""
    if word not in source.lower():
        return False
    if "-" in word:
        return not any(is_english(part) for part in word.split("-"))
    if units.known(word) or not is_english(word):
        return True
    text = _EMPHASIS.sub(r"\1", source)
    own = re.escape(word)
    genus = re.search(rf"(?<![A-Za-z])([A-Z][a-z]{{3,}}|[A-Z]\.)\s{own}\b", text) if _LATIN.search(word) else None
    if genus and re.search(rf"{re.escape(genus[1])}\s?{own}(?![a-z])", draft):
        return genus[1].endswith(".") or not (is_english(genus[1]) and is_common(word))
    if word not in _MODIFIERS:
        listed = r"(?:[\w-]+(?:, | and | or |, and )){0,3}"
        if re.search(rf"\b{own}(?:(?:,| and| or|, and) [\w-]+){{0,3}} {_GENES}\b|\b{_GENES},? {listed}{own}\b", text):
            return True
    phrases = {phrase.lower() for phrase in _PHRASES.findall(draft)}
    return bool(re.search(rf"\b{_PROGRAMS} {own}\b", text)) or any(word in phrase.split() for phrase in phrases)
