"""One text against its source, by rules of its own: a judge that shared the flows' checks would find what they left.

For Chinese they agree, case by case, with the outside judge that the project's targets are measured with.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from localdigest.language.profile import find
from localdigest.records import Breakdown, Finding

_UNITS = {
    "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
_OTHERS = str.maketrans("萬億천만억", "万亿千万亿")
"""How other scripts write the same units."""
_NUMBER = re.compile(
    r"(?<![A-Za-z_\d.-])(\d[\d,]*(?:\.\d+)?)"
    r"(?:\s*(万亿|千亿|百亿|十亿|千万|百万|thousand|million|billion|trillion|万|亿|千|[kKmMbBT](?![A-Za-z])))?"
)
_DIGITS = r"(?<![A-Za-z_\d.-])(\d(?:[\d.,]|[ \u00a0\u202f](?=\d{3}\b))*(?<=\d))"
"""Where a comma may part decimals, and points or spaces thousands."""
_URL = re.compile(r"https?://[^\s，。；）)\]、]+")
_LATEX = re.compile(r"\$(?=\S)[^$]*[^$\s]\$(?!\d)")
"""Pandoc's rule, so that `$5 and $10` is money."""
_SIGN = re.compile(r"\$\s?(?:\\(?:sim|times|pm|mu|approx|[lg]eq?|lesssim|gtrsim|simeq|propto|to)|[<>=~])\s?\$")
"""A formula that is one sign, which may be told as that sign."""
_CODE = re.compile(r"`[^`\n]+`")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SCRIPTS = {"han": r"\u4e00-\u9fff", "kana": r"\u3040-\u30ff", "hangul": r"\uac00-\ud7af"}
"""Of which the profile names those that the language is written in; languages in Latin letters share the source's."""
_ENGLISH_RUN = re.compile(r"(?:\b[a-z][a-z-]{2,}\b[ ,]*)+")
LEFTOVER = 4
"""English words in a run from which they count as left over."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found in one text. Counts of numbers are of values, each counted once."""

    numbers: int = 0
    missing: tuple[Fraction, ...] = ()
    invented: tuple[Fraction, ...] = ()
    unmarked: int = 0
    """Of the missing and invented ones, those that no unresolved finding names."""
    urls: int = 0
    urls_changed: int = 0
    latex: int = 0
    latex_changed: int = 0
    code: int = 0
    code_changed: int = 0
    english_run: int = 0
    """Longest run of English words left over."""
    looping: bool = False
    wrong_script: bool = False
    script_share: float | None = None
    """Of the language's script, four Latin letters counting as one; None where source and target share theirs."""


def judge(source: str, text: str, findings: Iterable[Finding], language: str) -> Verdict:
    """Judge `text` as a translation of `source`, an English text, into `language`."""
    need, have = set(numbers(source)), _values(text, language)
    missing = tuple(sorted(n for n in need - {1, 2} if not any(n in reading for reading in have)))
    invented = tuple(sorted({min(reading) for reading in have if not reading & need and min(reading) > 9}))
    told = {value for f in findings if not f.resolved and f.code.startswith("number") for value in _said(f, language)}
    urls, latex, code = ({m[0] for m in pattern.finditer(source)} for pattern in (_URL, _LATEX, _CODE))
    latex = {formula for formula in latex if not _SIGN.fullmatch(formula)}
    urls = {url.rstrip(".,") for url in urls}
    return Verdict(
        numbers=len(need - {1, 2}),
        missing=missing,
        invented=invented,
        unmarked=sum(value not in told for value in (*missing, *invented)),
        urls=len(urls),
        urls_changed=sum(url not in text for url in urls),
        latex=len(latex),
        latex_changed=sum(span not in text for span in latex),
        code=len(code),
        code_changed=sum(span not in text for span in code),
        english_run=_english_run(source, text, language),
        looping=_looping(text, language),
        wrong_script=_wrong_script(source, text, language),
        script_share=script_share(text, language),
    )


def numbers(text: str) -> list[Fraction]:
    """Values in an English or Chinese text, in order: 13 million and 1300万 are the same."""
    found = []
    for match in _NUMBER.finditer(_URL.sub(" ", text)):
        unit = match[2] or ""
        factor = _UNITS[unit if unit in _UNITS else unit.lower()] if unit else 1
        found.append(Fraction(match[1].replace(",", "").rstrip(".")) * factor)
    return found


def _values(text: str, language: str) -> list[set[Fraction]]:
    """The readings of each number in a text of `language`: two where `1,234` may have a decimal comma."""
    if find(language).decimal == ".":
        return [{value} for value in numbers(text.translate(_OTHERS))]
    found = []
    pattern, scales = _european(language)
    for match in pattern.finditer(_URL.sub(" ", text)):
        digits = re.sub(r"\s", "", match[1])
        factor = scales[" ".join(match[2].lower().split())] if match[2] else 1
        readings = (digits.replace(",", ""), digits.replace(".", "").replace(",", "."))
        found.append({Fraction(r) * factor for r in readings if re.fullmatch(r"\d+(?:\.\d+)?", r)})
    return [readings for readings in found if readings]


@functools.cache
def _european(language: str) -> tuple[re.Pattern[str], Mapping[str, int]]:
    """A number with a word for its scale, and these by what they stand for: the language's, and English ones."""
    profile = find(language)
    words = [(word, power) for of in (profile.units, profile.scales) for power, each in of.items() for word in each]
    english = {word: value for word, value in _UNITS.items() if word.isascii()}
    scales = english | {word.strip().lower(): 10**power for word, power in words}
    either = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(scales, key=len, reverse=True))
    return re.compile(rf"{_DIGITS}(?:\s*({either})(?!\w))?", re.IGNORECASE), scales


def _said(finding: Finding, language: str) -> set[Fraction]:
    return {*numbers(finding.detail), *(v for reading in _values(finding.detail, language) for v in reading)}


def _english_run(source: str, text: str, language: str) -> int:
    """In a script of its own every English word is left over; elsewhere those that stand so in the source."""
    bare = _URL.sub(" ", text)
    if not find(language).latin:
        return max((len(run.split()) for run in _ENGLISH_RUN.findall(bare)), default=0)
    words, theirs = (re.findall(r"[^\W\d_]+", t.lower()) for t in (bare, source))
    grams = {tuple(theirs[i : i + LEFTOVER]) for i in range(len(theirs) - LEFTOVER + 1)}
    longest = run = 0
    for i in range(len(words) - LEFTOVER + 1):
        run = run + 1 if tuple(words[i : i + LEFTOVER]) in grams else 0
        longest = max(longest, run and run + LEFTOVER - 1)
    return longest


def _looping(text: str, language: str) -> bool:
    script = _script(language)
    if not script:
        words = text.split()
        grams = Counter(tuple(words[i : i + 6]) for i in range(len(words) - 5))
        return any(count > 3 for count in grams.values())
    for size in (6, 12, 24):
        seen = Counter(text[i : i + size] for i in range(len(text) - size))
        if any(count > 3 and script.search(gram) for gram, count in seen.items()):
            return True
    return False


def _wrong_script(source: str, text: str, language: str) -> bool:
    """A character of a script that neither the language nor the source uses; in Chinese also the other half's."""
    letters, profile = set(text) - set(source), find(language)
    if profile.scripts == ("han",) and profile.charsets:
        own, other = profile.charsets
        if any(_HAN.match(c) and _encodes(c, other) and not _encodes(c, own) for c in letters):
            return True
        letters -= {"・"}  # the kana middle dot is also a Chinese one
    at_home = {*profile.scripts, *(["han"] if "hangul" in profile.scripts else [])}
    foreign = "".join(characters for script, characters in _SCRIPTS.items() if script not in at_home)
    return any(re.match(rf"[{foreign}\u0400-\u04ff\u0600-\u06ff]", c) for c in letters)


def _encodes(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _script(language: str) -> re.Pattern[str] | None:
    scripts = find(language).scripts
    return None if "latin" in scripts else re.compile(f"[{''.join(_SCRIPTS[script] for script in scripts)}]")


def script_share(text: str, language: str) -> float | None:
    """Share of the language's own characters, 0 to 1; None where the language is written in Latin letters."""
    if (script := _script(language)) is None:
        return None
    own, latin = len(script.findall(text)), len(re.findall(r"[A-Za-z]", text))
    return own / max(1.0, own + latin / 4)


# ---------------------------------------------------------------- breakdowns

_SPELLED = "zero one two three four five six seven eight nine ten eleven twelve"
_WORDS = {word: Fraction(value) for value, word in enumerate(_SPELLED.split())}


@dataclass(frozen=True, slots=True)
class Grounding:
    """What the judge found in one breakdown."""

    points: int = 0
    unverified: int = 0
    numbers: int = 0
    """Values in verified points, a point's each counted once."""
    numbers_unsupported: int = 0
    evidence: int = 0
    evidence_found: int = 0
    """Verbatim on the page that it names, or begun there and ended on the next one."""
    parts_filled: int = 0
    result_figures: int = 0
    """Different values in the results part."""


def ground(breakdown: Breakdown, pages: Sequence[str], language: str) -> Grounding:
    """Judge a breakdown in `language` by the evidence that it names and the plain text of its PDF's `pages`."""
    flat = [_flat(page) for page in pages]
    points = [(part.name, point) for part in breakdown.parts for point in part.points]
    said = [*points, *([("gist", breakdown.gist)] if breakdown.gist else [])]  # which is no point, but as true as one
    evidence = [(e.page, _flat(e.quote)) for _, point in said for e in point.evidence]
    numbers_in = unsupported = 0
    figures: set[Fraction] = set()
    for name, point in said:
        readings = {min(r): r for r in _values(unicodedata.normalize("NFKC", point.text), language)}
        if name == "results":
            figures |= readings.keys()
        if point.verified:
            quoted = " ".join(e.quote for e in point.evidence)
            have = {*numbers(unicodedata.normalize("NFKC", quoted))}
            have |= {_WORDS[word] for word in re.findall(r"[a-z]+", quoted.lower()) if word in _WORDS}
            numbers_in += len(readings)
            unsupported += sum(not reading & have for reading in readings.values())
    return Grounding(
        points=len(points),
        unverified=sum(not point.verified for _, point in points),
        numbers=numbers_in,
        numbers_unsupported=unsupported,
        evidence=len(evidence),
        evidence_found=sum(
            1 <= page <= len(flat) and quote in flat[page - 1] + "".join(flat[page : page + 1])
            for page, quote in evidence
        ),
        parts_filled=len({name for name, _ in points}),
        result_figures=len(figures),
    )


def _flat(text: str) -> str:
    """Without white space and hyphens: what is left of a sentence however its lines were broken."""
    return re.sub(r"[\s\-\u00ad]+", "", unicodedata.normalize("NFKC", text)).lower()
