"""Checks: source and draft in, findings out. Pure; nothing here knows of models.

Every check needs no reference: it compares what must survive (numbers by value, protected spans, terms) and looks for
what a small model does wrong (English left over, loops, preambles, cut endings). Codes are stable: the JSON has them.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence

from localdigest.checks import names, numbers, shape, spoken_languages
from localdigest.language.profile import HAN, HANGUL, KANA, Language
from localdigest.records import Finding
from localdigest.text import spans

_ENGLISH_RUN = re.compile(r"(?<![A-Za-z0-9])(?:[a-z][a-z-]{2,}[ ,]+){3,}[a-z][a-z-]{2,}(?![A-Za-z0-9])")
"""Not between word boundaries: a Han character beside a letter makes none."""
_OWNED = re.compile(r"([A-Za-z][\w.-]*\w)(?: [a-z]+)?(?: \[[\d, –-]+\])?(?: [a-z]+)? ?\((\d+(?:\.\d+)?) ?%?\)")
"""A name and its figure: `AISHELL-1 [4] (0.60)`, `AISHELL-2 ios [17] (2.56)`."""
_HINTED = re.compile(r"[)）]\s*即\s*[（(]")
"""Two hints of the prompt, said again: （梅尔谱到波形）即（声码器）."""
_COMPOUND = re.compile(
    r"(?<![A-Za-z0-9_./-])(?!(?:test|dev|train|val|scikit)-)(?:[a-z]{2,}-)+[a-z]{2,}(?![A-Za-z0-9_/-]|\.[a-z])"
)
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
_BOOK = re.compile(r"[*#_\s]*[《『]([^》』]+)[》』]")
_CITES = re.compile(r"[\"“”‘*_`\\]|(?<!\w)'|[A-Z][a-z]+ (?:(?:and|for|from|in|of|on|the|to|with) )*[A-Z][a-z]+")
"""What a source has that cites a work: a mark of quotation or emphasis, or words with capitals."""
_QUOTED = r"(?:\bI\b|\bsorry\b|\bAI\b|language model|\btranslat|\bunable to\b)"
"""Words of a source whose translation may well say `I cannot`."""


def translation(
    draft: str,
    finish: str,
    source: str,
    why: str = "",
    *,
    language: Language,
    title: str = "",
    terms: Mapping[str, Sequence[str]] | None = None,
) -> list[Finding]:
    """Findings for one translated sentence (or a whole abstract); `why` is the engine's reason for refusing.

    `title` is the paper's, which a draft must not begin with; `terms` are English terms as they occur, each with the
    renderings that will do.
    """
    if finish == "refused":
        return _refused(why)
    findings = prose(draft, finish, source, language, terms)
    if (
        draft.strip()
        and _bare(draft) == _bare(source)
        and len(re.findall(r"\b[a-z]{3,}\b", spans.without(source))) >= 3
    ):
        findings.append(Finding("copied", "the source as it was"))
    if restated := restated_title(draft, source, title, language):
        findings.append(Finding("title", restated))
    findings += [Finding("number-missing", written) for written in numbers.missing(draft, source, language)]
    findings += [Finding("number-invented", written) for written in numbers.unsupported(draft, source, language)]
    findings += [Finding("span-changed", span) for span in spans.changed(draft, source)]
    findings += [Finding("name-missing", name) for name in names.missing(draft, source)]
    given = " . ".join((title, *itertools.chain(*(terms or {}).values())))
    findings += [Finding("name-invented", name) for name in names.invented(draft, source, given, language)]
    findings += [
        Finding("name-invented", name) for name in spoken_languages.invented(draft, f"{source} {title}", language)
    ]
    findings += [Finding("url-invented", url) for url in spans.new_addresses(draft, source)]
    low, high = language.length
    ratio = len(spans.without(draft).strip()) / max(1, len(spans.without(source).strip()))
    if len(source) >= 40 and not low <= ratio <= high:
        findings.append(Finding("length", f"{ratio:.2f} characters for each of the source's"))
    if off := shape.sentence_count(draft, source, language):
        findings.append(Finding("sentences", off))
    return findings + [
        Finding("glossary", f"{en} = {want[0]}") for en, want in absent_terms(draft, source, terms or {})
    ]


def point(
    draft: str,
    finish: str,
    evidence: str,
    why: str = "",
    *,
    language: Language,
    title: str = "",
    terms: Mapping[str, Sequence[str]] | None = None,
) -> list[Finding]:
    """Findings for one bullet of a breakdown against the sentences it was written from.

    `title` is the paper's: the system that it names before its colon may be named in any bullet. `terms` as in
    `translation`.
    """
    if finish == "refused":
        return _refused(why)
    findings = prose(draft, finish, evidence, language, terms)
    told, given = numbers.without_places(draft), numbers.without_places(evidence)
    findings += [Finding("number-unsupported", w) for w in numbers.unsupported(told, given, language)]
    findings += misplaced_figures(draft, evidence)
    findings += [Finding("number-misplaced", owned) for owned in spoken_languages.misplaced(draft, evidence, language)]
    findings += [
        Finding("name-unsupported", name) for name in spoken_languages.invented(draft, f"{evidence} {title}", language)
    ]
    findings += [Finding("url-invented", url) for url in spans.new_addresses(draft, evidence)]
    return findings + [
        Finding("name-unsupported", name) for name in names.unsupported(draft, evidence, title, language)
    ]


def lost_figures(draft: str, figures: Sequence[str], evidence: str, language: Language) -> list[Finding]:
    """A finding where a result keeps fewer than half of the `figures` of its evidence; it says whose they are."""
    lost = numbers.missing(draft, ", ".join(figures), language)
    owners = {figure: name for name, figure in _OWNED.findall(evidence)}
    told = [f"{owners[figure]} ({figure})" if figure in owners else figure for figure in lost]
    return [Finding("figure-missing", ", ".join(told))] if 2 * len(lost) > len(set(figures)) else []


def misplaced_figures(draft: str, evidence: str) -> list[Finding]:
    """Figures that stand behind a name in the evidence, AISHELL-1 (0.60), and behind one without any in a bullet."""
    owned = [(name, figure) for name, figure in _OWNED.findall(evidence) if spans.is_name(name)]
    owners = {name for name, _ in owned}
    others = [name for name in spans.names(evidence) if name not in owners]
    found = []
    for name, figure in owned:
        place = re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d|\.\d)", draft)
        if not place:
            continue
        before, after = draft[: place.start()], draft[place.end() : place.end() + len(name) + 8]
        nearer = before[before.rfind(name) + len(name) :] if name in before else before
        if name not in after and any(other in nearer for other in others):
            found.append(Finding("number-misplaced", f"{name} ({figure})"))
    return found


def _refused(why: str) -> list[Finding]:
    return [Finding("refused", why or "the engine did not answer")]


def prose(
    draft: str, finish: str, source: str, language: Language, terms: Mapping[str, Sequence[str]] | None = None
) -> list[Finding]:
    """What is wrong with `draft` as prose of its language, whatever its task."""
    findings: list[Finding] = []
    if finish == "length":
        findings.append(Finding("cut", "the answer reached its token limit"))
    if not draft.strip():
        return [*findings, Finding("empty", "no text")]
    if thought := _THOUGHTS.search(draft):
        findings.append(Finding("think", thought[0]))
    if loop := draft[-20:] if finish == "repetition" else shape.loops(draft, source, language):
        findings.append(Finding("repetition", loop))
    faults = _patterns(language)
    if (greeted := faults["greeting"].match(draft)) and greeted[0] not in source and not _GREETS.match(source):
        findings.append(Finding("preamble", greeted[0]))
    if (noted := faults["aside"].search(draft)) and not _NOTES.search(source):
        findings.append(Finding("first-person", noted[0].strip()))
    for code in ("preamble", "refusal", "first-person"):
        # `当然，见 :eqref:` has its colon in a span; what ends with a colon as its source does is all there is.
        match = faults[code].search(spans.without(draft) if code == "preamble" else draft)
        if (
            match
            and code == "preamble"
            and ((source.endswith(":") and match[0] == draft.rstrip()) or _LABELLED.match(source))
        ):
            continue
        if match and not (code != "preamble" and re.search(_QUOTED, source)) and match[0] not in source:
            findings.append(Finding(code, match[0]))
    if hinted := _HINTED.search(draft):
        findings.append(Finding("preamble", hinted[0]))
    bare = spans.without(draft)
    if (character := language.foreign_in(bare)) and character not in source:
        findings.append(Finding("script", character))
    if garbled := numbers.garbled(draft):
        findings.append(Finding("number-garbled", garbled))
    # A rendering may be in Latin letters: `Transformer` is what `transformer` is called in Chinese.
    wanted = [each for each in itertools.chain(*(terms or {}).values()) if each.isascii()]
    given = " ".join([source, *wanted, *(f"{each}s" for each in wanted)])
    left = leftover_latin(bare, given, language) if language.latin else leftover_other(bare, given, language)
    # `sigmoid` is called so in Chinese, too.
    return findings + [finding for finding in left if finding.detail.casefold() not in wanted]


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
        "first-person": re.compile(language.speaks, re.IGNORECASE),
    }


def _has_words(source: str) -> bool:
    """Whether it has ordinary words, which a translation cannot leave as they are."""
    return len(re.findall(r"\b[a-z]{2,}\b", spans.without(source))) >= 3


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


# ---------------------------------------------------------------- English left over


def own_share(text: str, source: str, language: Language) -> float:
    """Share of the language's own characters, four Latin letters counting as one; the source's names are left out."""
    text = spans.without(text)
    # Not \w, which takes Han characters too: 使用GPT4 is one word to it.
    named = {w for w in re.findall(r"[A-Za-z0-9]+", source) if re.search("[A-Z0-9]", w)}
    letters = sum(len(re.sub("[0-9]", "", w)) for w in re.findall(r"[A-Za-z0-9]+", text) if w not in named)
    own = len(language.own_letter.findall(text))
    return own / max(1.0, own + letters / 4)


def leftover_other(bare: str, source: str, language: Language) -> list[Finding]:
    """Where Latin letters are not the language's own: runs of English, too little of the language, single words."""
    if english := _ENGLISH_RUN.search(bare):
        return [Finding("english", english[0].strip())]
    if broken := _broken_word(bare, source):
        return [Finding("script", broken)]
    share = own_share(bare, source, language)
    if share < 0.5 and _has_words(source):
        return [Finding("english", f"share of {language.own} {share:.2f}")]
    return [Finding("english-word", word) for word in leftover_words(bare, source)] + _short_words(bare)


def _broken_word(text: str, source: str) -> str:
    """A Korean word that ends in letters which are no word of the source: 클래스ical, of `classical`."""
    for match in re.finditer(rf"[{HANGUL}]+([a-z]{{2,}})", text):
        if not re.search(rf"\b{match[1]}s?\b", source, re.IGNORECASE):
            return match[0]
    return ""


def leftover_words(text: str, source: str) -> list[str]:
    """Ordinary English words that stand untranslated in `text`; parts of the source's names are not ordinary."""
    named = re.findall(r"\b\S*[A-Z0-9_/.@]\S*|\S*-[A-Z]\S*", re.sub(r"\.(?:\s|$)", " ", source))
    parts = set(re.findall(r"[a-z]+", " ".join(named)))
    text = _EXPLAINED.sub("", text)
    words = re.findall(r"(?<![A-Za-z0-9_./-])(?<!\d )([a-z]{4,})(?![a-z0-9_/]|\.[a-z]|-[A-Za-z])([A-Z]?)", text)
    # `proprietaryAPI` is a word and a name grown together, where the source has the word by itself.
    found = [word for word, name in words if not name or re.search(rf"\b{word}\b", source)]
    # `phoneme-text`, a compound of ordinary words; `test-clean` is a data set's name.
    found += [each for each in _COMPOUND.findall(text) if re.search("[a-z]{4}", each)]
    # `Reverberant 噪声`, where the source has the word in lower case only.
    found += [
        word
        for word in re.findall(r"(?<![A-Za-z0-9_./-])[A-Z][a-z]{3,}(?![A-Za-z0-9_/-])", text)
        if re.search(rf"\b{word.lower()}\b", source) and word not in source
    ]
    return [word for word in dict.fromkeys(found) if word not in parts]


def _short_words(text: str) -> list[Finding]:
    """Short English words, which no dictionary translates by themselves, beside the language's own characters."""
    found = _SHORT.findall(_QUOTATION.sub(" ", _EXPLAINED.sub("", text)))
    return [Finding("english", ", ".join(dict.fromkeys(found)))] if found else []


def leftover_latin(bare: str, source: str, language: Language) -> list[Finding]:
    """In German, French and Spanish: five words on end as the source has them, or English function words."""
    if not language.english_only:
        return []
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", bare)
    english = [word.lower() in language.english_only for word in words]
    of_source = " " + " ".join(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", source)).lower() + " "
    for start in range(len(words) - 4):
        run = words[start : start + 5]
        if any(english[start : start + 5]) and f" {' '.join(run).lower()} " in of_source:
            return [Finding("english", " ".join(run))]
    if sum(english) >= 3 and sum(english) >= 0.15 * len(words):
        return [Finding("english", " ".join(word for word, is_so in zip(words, english, strict=True) if is_so))]
    return []


# ---------------------------------------------------------------- title and terms


def restated_title(draft: str, source: str, title: str, language: Language) -> str:
    """How a draft begins that gives the title first: in English, under the word for it, or as a book's."""
    if label := re.match(rf"[*#_\s]*(?:{language.heading})[*_]*\s*[:：]", draft):
        return "" if re.match(r"\W*(?:title|abstract|summary)\W*:", source, re.IGNORECASE) else label[0]
    if title and (book := _BOOK.match(draft)) and not _CITES.search(source):
        low, high = language.length
        if len(book[1]) > 3 and low <= len(book[1]) / len(title) <= high:
            return book[0]
    own = _bare(title)
    return title if len(own) > 12 and _bare(draft).startswith(own) and not _bare(source).startswith(own) else ""


def absent_terms(draft: str, source: str, terms: Mapping[str, Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    """Terms that stand in `source` and have none of their renderings in `draft`."""
    folded, said = draft.casefold(), source.casefold()
    return [
        (term, renderings)
        for term, renderings in terms.items()
        if renderings
        and re.search(rf"(?<![a-z0-9-]){re.escape(term.casefold())}(?![a-z0-9])", said)
        and not any(rendering.casefold() in folded for rendering in renderings)
    ]
