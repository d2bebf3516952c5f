"""English left over in a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from localdigest.checks.registry import ANY, LIGHT, TEXT, Case, check
from localdigest.language.profile import HAN, HANGUL, KANA
from localdigest.text import vocabulary

_RUN = re.compile(r"(?<![A-Za-z0-9])(?:[a-z][a-z-]{2,}[ ,]+){3,}[a-z][a-z-]{2,}(?![A-Za-z0-9])")
"""Not between word boundaries: a Han character beside a letter makes none."""
_COMPOUND = re.compile(
    r"(?<![A-Za-z0-9_./-])(?!(?:test|dev|train|val|scikit)-)(?:[a-z]{2,}-)+[a-z]{2,}(?![A-Za-z0-9_/-]|\.[a-z])"
)
"""`phoneme-text`, of ordinary words; `test-clean` is a data set's name."""
_FUNCTION = "(?:the|and|of|we|it|our|its|are|was|were|has|can|how|why|but|to)(?![A-Za-z0-9_./'’-])"
_OWN = rf"{HAN}{KANA}{HANGUL}，。；：、（）！？"
_SHORT = re.compile(
    rf"(?<=[{_OWN}]){_FUNCTION}|(?<=[{_OWN}] ){_FUNCTION}|(?<![A-Za-z0-9_./'’-]){_FUNCTION}(?= ?[{_OWN}])"
)
"""Words that are too short to be told from a name's parts, beside the language's own characters: `How can we解it？`.
Not `for`, `if` and `is`, of which people write in Chinese (`for循环`)."""
_QUOTATION = re.compile(r"[“\"《「『‘][^“”\"《》「」『』‘’]*[”\"》」』’]")
_EXPLAINED = re.compile(r"(?<=[^\x00-\xff])\s?[（(][A-Za-z][A-Za-z -]*[)）]")
"""The English of a term in brackets behind it, 填充标记（padding token）, as it should be."""
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@check("english", of=ANY, ask="leftover", order=140)
def runs(case: Case) -> Iterator[str]:
    """A run of English, or too little of the language's own script."""
    found = _latin_run(case) if case.language.latin else _run(case) or ("" if _broken(case) else _little(case))
    return _but_renderings([found], case)


@check("script", of=ANY, ask="script", order=150)
def broken(case: Case) -> Iterator[str]:
    """A Korean word that ends in letters which are no word of the source: 클래스ical, of `classical`."""
    return _but_renderings([_broken(case) if not case.language.latin and not _run(case) else ""], case)


@check("english-word", of=ANY, weight=LIGHT, on_page=False, order=160)
def words(case: Case) -> Iterator[str]:
    """Single English words, which are looked up one by one; parts of the source's names are not ordinary."""
    return _but_renderings(ordinary_words(case) if _is_translated(case) else [], case)


@check("english", of=ANY, ask="leftover", order=170)
def short_words(case: Case) -> Iterator[str]:
    """Short English words, which no dictionary translates by themselves, beside the language's own characters."""
    found = _SHORT.findall(_QUOTATION.sub(" ", _EXPLAINED.sub("", case.prose))) if _is_translated(case) else []
    return _but_renderings([", ".join(dict.fromkeys(found))], case)


@check("copied", of=TEXT, ask="copied", order=200)
def copied(case: Case) -> Iterator[str]:
    """The source as it was."""
    same = case.draft.strip() and _bare(case.draft) == _bare(case.source)
    if same and len(re.findall(r"\b[a-z]{3,}\b", case.source_prose)) >= 3:
        yield "the source as it was"


def _but_renderings(found: Iterable[str], case: Case) -> Iterator[str]:
    """`sigmoid` is called so in Chinese, too."""
    return (each for each in found if each and each.casefold() not in case.latin_renderings)


def _given(case: Case) -> str:
    return " ".join([case.source, *case.latin_renderings, *(f"{each}s" for each in case.latin_renderings)])


def _is_translated(case: Case) -> bool:
    """Whether it is in the language's own script by and large, Latin letters not being its own."""
    return not case.language.latin and not (_run(case) or _broken(case) or _little(case))


def _run(case: Case) -> str:
    found = _RUN.search(case.prose)
    return found[0].strip() if found else ""


def _broken(case: Case) -> str:
    for match in re.finditer(rf"[{HANGUL}]+([a-z]{{2,}})", case.prose):
        if not re.search(rf"\b{match[1]}s?\b", _given(case), re.IGNORECASE):
            return match[0]
    return ""


def _little(case: Case) -> str:
    # What has no ordinary words cannot but be left as it is.
    if not case.draft.strip() or len(re.findall(r"\b[a-z]{2,}\b", case.source_prose)) < 3:
        return ""
    share = own_share(case)
    return f"share of {case.language.own} {share:.2f}" if share < 0.5 else ""


def own_share(case: Case) -> float:
    """Share of the language's own characters, four Latin letters counting as one; the source's names are left out."""
    # Not \w, which takes Han characters too: 使用GPT4 is one word to it.
    named = {w for w in re.findall(r"[A-Za-z0-9]+", _given(case)) if re.search("[A-Z0-9]", w)}
    letters = sum(len(re.sub("[0-9]", "", w)) for w in re.findall(r"[A-Za-z0-9]+", case.prose) if w not in named)
    own = len(case.language.own_letter.findall(case.prose))
    return own / max(1.0, own + letters / 4)


def ordinary_words(case: Case) -> list[str]:
    source = _given(case)
    named = re.findall(r"\b\S*[A-Z0-9_/.@]\S*|\S*-[A-Z]\S*", re.sub(r"\.(?:\s|$)", " ", source))
    parts = set(re.findall(r"[a-z]+", " ".join(named)))
    text = _EXPLAINED.sub("", case.prose)
    before, letters = r"(?<![A-Za-z0-9_./À-ɏ-])", "À-ɏ"
    words = re.findall(rf"{before}(?<!\d )([a-z]{{4,}})(?![a-z0-9_/{letters}]|\.[a-z]|-[A-Za-z])([A-Z]?)", text)
    # `proprietaryAPI` is a word and a name grown together, where the source has the word by itself.
    found = [word for word, name in words if not name or re.search(rf"\b{word}\b", source)]
    found += [each for each in _COMPOUND.findall(text) if re.search("[a-z]{4}", each)]
    # `Reverberant 噪声`, where the source has the word in lower case only.
    found += [
        word
        for word in re.findall(r"(?<![A-Za-z0-9_./-])[A-Z][a-z]{3,}(?![A-Za-z0-9_/-])", text)
        if re.search(rf"\b{word.lower()}\b", source) and word not in source
    ]
    return [w for w in dict.fromkeys(found) if w not in parts and not vocabulary.stays(w, case.source, case.draft)]


def _latin_run(case: Case) -> str:
    """In German, French and Spanish: five words on end as the source has them, or English function words."""
    if not case.language.english_only:
        return ""
    words = _LATIN_WORD.findall(case.prose)
    english = [word.lower() in case.language.english_only for word in words]
    of_source = f" {' '.join(_LATIN_WORD.findall(_given(case))).lower()} "
    for start in range(len(words) - 4):
        run = words[start : start + 5]
        if any(english[start : start + 5]) and f" {' '.join(run).lower()} " in of_source:
            return " ".join(run)
    if sum(english) >= 3 and sum(english) >= 0.15 * len(words):
        return " ".join(word for word, is_so in zip(words, english, strict=True) if is_so)
    return ""


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()
