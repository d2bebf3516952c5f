"""Checks: source and draft in, findings out. Pure; nothing here knows of models.

Every check needs no reference: it compares what must survive (numbers by value, protected spans) and looks for what a
small model does wrong (English left over, loops, preambles, cut endings). Codes are stable: they are in the JSON.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from localdigest.records import Finding

SCALES = {
    "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
NUMBER = re.compile(
    # A number that belongs to a name (VGG-19, Qwen2.5, 3.1.2) is part of the name.
    r"(?<![A-Za-z_\d.-])(\d[\d,]*(?:\.\d+)?)"
    r"(?:\s*(万亿|千亿|百亿|十亿|千万|百万|thousand|million|billion|trillion|万|亿|千|[kKmMbBT](?![A-Za-z])))?"
)
URL = re.compile(r"https?://[^\s，。；：）（)\]、》”\"'<>]+[^\s，。；：）（)\]、》”\"'<>.,;:]")
MATH = re.compile(r"\$[^$]+\$")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CODE = re.compile(r"`[^`\n]+`")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "single": 1, "both": 2, "pair": 2, "dual": 2,
             "double": 2, "half": 2, "triple": 3, "hundred": 100, "hundreds": 100, "thousands": 1000, "millions": 10**6,
             "twice": 2, "once": 1, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "twenty": 20,
             "thirty": 30, "forty": 40, "fifty": 50}  # fmt: skip
_HAN_DIGITS = {
    1: "一单",
    2: "二两双",
    3: "三",
    4: "四",
    5: "五",
    6: "六",
    7: "七",
    8: "八",
    9: "九",
    10: "十",
}
_PREAMBLE = re.compile(
    r"^(?:好的|当然|以下(?:是|为)|下面是|译文|翻译(?:如下|结果)|总结|概括|要点|中文(?:译文|要点|句)"
    r"|Sure\b|Here (?:is|are)\b|Translation\b)[^。]{0,20}[:：]"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|(?:我|您)(?:无法|不能)(?:提供|翻译)|I (?:cannot|can't|am sorry)"
)
_FOREIGN_SCRIPT = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_ENGLISH_RUN = re.compile(r"(?:\b[a-z][a-z-]{2,}\b[ ,]*){4,}")


def spoken(answer: str) -> str:
    """An answer on one line, without the thoughts that a thinking model let slip, closed or not."""
    return " ".join(re.sub(r"<think>.*?(?:</think>|$)", "", answer, flags=re.DOTALL).split())


def numbers(text: str) -> dict[Fraction, str]:
    """Values in `text`, each with how it is first written there: 1.7B and 17亿 are both 1,700,000,000."""
    found: dict[Fraction, str] = {}
    for match in NUMBER.finditer(URL.sub(" ", unicodedata.normalize("NFKC", text))):
        unit = match[2] or ""
        value = Fraction(match[1].replace(",", "").rstrip(".")) * SCALES.get(unit, SCALES.get(unit.lower(), 1))
        found.setdefault(value, match[0].strip())
    return found


def spelled(text: str) -> set[Fraction]:
    """Values that an English text spells out: `three`, `third`, `October` (10)."""
    words = re.findall(r"[a-z]+", text.lower())
    values = {Fraction(WORDS.index(w)) for w in words if w in WORDS}
    values |= {Fraction(_ORDINALS[w]) for w in words if w in _ORDINALS} | set(spelled_scales(text))
    return values | {Fraction(MONTHS.index(w) + 1) for w in words if w in MONTHS}


_SPELLED_SCALE = re.compile(
    rf"\b(?:(a|{'|'.join(WORDS)})\s+)?(hundred\s+)?(thousand|million|billion|trillion)\b", re.IGNORECASE
)


def spelled_scales(text: str) -> dict[Fraction, str]:
    """Large values that an English text spells out: `one hundred million`, `two thousand`, `a billion`."""
    found: dict[Fraction, str] = {}
    for match in _SPELLED_SCALE.finditer(text):
        if re.search(r"\d[\d,.]*\s*$", text[: match.start()]) or not (match[1] or match[2]):
            continue  # `13 million` is a number already; `millions` has no value
        count = match[1].lower() if match[1] else "one"
        value = (WORDS.index(count) if count in WORDS else 1) * (100 if match[2] else 1) * SCALES[match[3].lower()]
        found.setdefault(Fraction(value), match[0])
    return found


def chinese_number(value: Fraction) -> str:
    """A value of 10,000 and more as Chinese writes it: 13,000,000 is 1300万, 1,700,000,000 is 17亿."""
    unit, name = (Fraction(10**8), "亿") if value >= 10**8 else (Fraction(10**4), "万")
    scaled = value / unit
    digits = f"{float(scaled):.6f}".rstrip("0").rstrip(".") if scaled.denominator > 1 else str(scaled.numerator)
    return digits + name


def chinese_words(value: Fraction) -> str:
    """As chinese_number, but one significant digit in characters, as a text that spells it out should: 一亿, 两百万."""
    digits = chinese_number(value)
    match = re.fullmatch(r"([1-9])(0{0,3})([万亿])", digits)
    if not match:
        return digits
    digit = "一两三四五六七八九"[int(match[1]) - 1] if match[2] != "0" else "一二三四五六七八九"[int(match[1]) - 1]
    return (digit + ["", "十", "百", "千"][len(match[2])] + match[3]).replace("一十", "十")


def scaled_numbers(text: str) -> dict[str, str]:
    """What a small model gets wrong, with its Chinese: {"13 million": "1300万", "one hundred million": "一亿"}."""
    scaled = {value: written for value, written in numbers(text).items() if re.search(r"[A-Za-z]$", written)}
    known = {written: chinese_number(value) for value, written in scaled.items() if value >= 10**4}
    return known | {written: chinese_words(value) for value, written in spelled_scales(text).items() if value >= 10**4}


def mend_scales(source: str, draft: str) -> str:
    """Put right a scale that the draft got wrong (13 million as 13亿), where only one number can be meant."""
    have, want = numbers(draft), numbers(source)
    missing = [value for value in want if value not in have and value >= 10**4]
    invented = {value: written for value, written in have.items() if value not in want}
    for value in missing:
        mantissa = re.match(r"[\d,.]+", want[value])
        same = [
            written for written in invented.values()
            if mantissa and re.match(r"[\d,.]+", written) and re.match(r"[\d,.]+", written)[0] == mantissa[0]  # type: ignore[index]
        ]  # fmt: skip
        if len(same) == 1 and draft.count(same[0]) == 1:
            draft = draft.replace(same[0], chinese_number(value))
    return draft


def protected(text: str) -> list[str]:
    """Spans that a translation carries over character by character: URLs, LaTeX, code, e-mail addresses."""
    spans = [m[0] for pattern in (URL, MATH, CODE, EMAIL) for m in pattern.finditer(text)]
    return sorted(set(spans), key=text.index)


def loops(text: str) -> str:
    """The stretch that `text` repeats more than three times, or nothing."""
    for size in (4, 8, 16):
        seen: dict[str, int] = {}
        for start in range(len(text) - size + 1):
            gram = text[start : start + size]
            seen[gram] = seen.get(gram, 0) + 1
            if seen[gram] > 3 + 8 // size and len(set(gram)) > 1 and HAN.search(gram):
                return gram
    run = re.search(r"(.)\1{9,}", text)
    return run[0][:10] if run else ""


def _without_protected(text: str) -> str:
    for pattern in (URL, MATH, CODE, EMAIL):
        text = pattern.sub(" ", text)
    return text


def unsupported_numbers(draft: str, source: str) -> list[str]:
    """Numbers of the draft, as written there, whose value the source does not have."""
    have = set(numbers(source)) | spelled(source)
    return [written for value, written in numbers(draft).items() if value not in have]


def missing_numbers(draft: str, source: str) -> list[str]:
    """Numbers of the source whose value is not in the draft. Up to ten may be spelled: `3` as 三."""
    have = set(numbers(draft))
    missing = [
        written
        for value, written in numbers(source).items()
        if value not in have and not any(c in draft for c in _HAN_DIGITS.get(int(value), "") if value == int(value))
    ]
    if not re.search("[一二两三四五六七八九十百千][万亿]", draft):
        missing += [written for value, written in spelled_scales(source).items() if value not in have]
    return missing


def han_share(text: str, source: str = "") -> float:
    """Share of Han characters, four Latin letters counting as one; names that the source has are left out."""
    text = _without_protected(text)
    # Not \w, which takes Han characters too: 使用GPT4 is one word to it.
    names = {w for w in re.findall(r"[A-Za-z0-9]+", source) if re.search("[A-Z0-9]", w)}
    letters = sum(len(re.sub("[0-9]", "", w)) for w in re.findall(r"[A-Za-z0-9]+", text) if w not in names)
    han = len(HAN.findall(text))
    return han / max(1.0, han + letters / 4)


def leftover_words(text: str, source: str) -> list[str]:
    """Ordinary English words that stand untranslated in `text`; parts of the source's names are not ordinary."""
    names = re.findall(r"\b\S*[A-Z0-9_/.@]\S*|\S*-[A-Z]\S*", re.sub(r"\.(?:\s|$)", " ", source))
    parts = set(re.findall(r"[a-z]+", " ".join(names)))
    # A term with its English in brackets, 填充标记（padding token）, is as it should be.
    text = re.sub(r"(?<=[\u4e00-\u9fff])[（(][A-Za-z][A-Za-z -]*[)）]", "", text)
    words = re.findall(r"(?<![A-Za-z0-9_./-])(?<!\d )([a-z]{4,})(?![a-z0-9_/]|\.[a-z]|-[A-Za-z])([A-Z]?)", text)
    # `proprietaryAPI` is a word and a name grown together, where the source has the word by itself.
    found = [word for word, name in words if not name or re.search(rf"\b{word}\b", source)]
    return [word for word in dict.fromkeys(found) if word not in parts]


def chinese(draft: str, finish: str, source: str, why: str = "") -> list[Finding]:
    """What is wrong with `draft` as Chinese prose, whatever its task; `why` is the engine's reason for refusing."""
    findings: list[Finding] = []
    if finish == "refused":
        return [Finding("refused", why or "the engine did not answer")]
    if finish == "length":
        findings.append(Finding("cut", "the answer reached its token limit"))
    if not draft.strip():
        return [*findings, Finding("empty", "no text")]
    if loop := draft[-20:] if finish == "repetition" else loops(draft):
        findings.append(Finding("repetition", loop))
    if preamble := _PREAMBLE.search(draft):
        findings.append(Finding("preamble", preamble[0]))
    if script := _FOREIGN_SCRIPT.search(draft):
        findings.append(Finding("script", script[0]))
    if garbled := re.search(r"[百千万亿]百万|百百|千千|万万|亿亿", draft):
        findings.append(Finding("number-garbled", garbled[0]))
    bare = _without_protected(draft)
    if english := _ENGLISH_RUN.search(bare):
        findings.append(Finding("english", english[0].strip()))
    elif han_share(draft, source) < 0.5 and len(re.findall(r"\b[a-z]{3,}\b", _without_protected(source))) >= 3:
        findings.append(Finding("english", f"Han share {han_share(draft, source):.2f}"))
    elif left := leftover_words(bare, source):
        findings += [Finding("english-word", word) for word in left]
    return findings


def translation(
    draft: str, finish: str, source: str, why: str = "", *, title: str = "", terms: dict = {}
) -> list[Finding]:
    """Findings for one translated sentence (or a whole abstract)."""
    findings = chinese(draft, finish, source, why)
    findings += [Finding("number-missing", written) for written in missing_numbers(draft, source)]
    findings += [Finding("number-invented", written) for written in unsupported_numbers(draft, source)]
    findings += [Finding("span-changed", span) for span in protected(source) if span not in draft]
    extra = set(URL.findall(draft)) - set(URL.findall(source))
    findings += [Finding("url-invented", url) for url in sorted(extra)]
    ratio = len(_without_protected(draft)) / max(1, len(_without_protected(source)))
    if len(source) >= 40 and not 0.12 <= ratio <= 0.9:
        findings.append(Finding("length", f"{ratio:.2f} characters for each of the source's"))
    findings += [Finding("glossary", f"{e} 即 {r[0]}") for e, r in terms.items() if not any(x in draft for x in r)]
    return findings


def point(draft: str, finish: str, evidence: str, why: str = "", *, names: str = "") -> list[Finding]:
    """Findings for one bullet of a breakdown against the sentences it was written from."""
    findings = chinese(draft, finish, evidence, why)
    findings += [Finding("number-unsupported", written) for written in unsupported_numbers(draft, evidence)]
    findings += [Finding("url-invented", url) for url in URL.findall(draft) if url not in evidence]
    return findings
