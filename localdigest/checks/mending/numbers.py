"""Numbers put right that can mean one thing only: their scales, numerals, fractions, percent signs. Pure."""

from __future__ import annotations

import re

from localdigest.checks.measures import sign, unit
from localdigest.checks.numbers import lost
from localdigest.checks.registry import Case
from localdigest.language.profile import Language
from localdigest.text import numerals, units
from localdigest.text.quantities import mantissa, numbers, part, readings, rendered


def scales(source: str, draft: str, language: Language) -> str:
    """Put right a scale that the draft got wrong (13 million as 13亿), where only one number can be meant."""
    want = numbers(source)
    told = list(readings(draft, language))
    have = {value for _, values in told for value in values}
    wrong = [written for written, values in told if values and not set(values) & set(want)]
    for value, written in want.items():
        if value in have or value < 10**4:
            continue
        digits = re.match(r"[\d,.]+", written)
        own = numbers(digits[0]) if digits else {}
        same = [other for other in dict.fromkeys(wrong) if set(mantissa(other, language)) & set(own)]
        if len(same) == 1 and draft.count(same[0]) == 1:
            draft = draft.replace(same[0], rendered(value, language))
    return draft


def spelled(source: str, draft: str, language: Language) -> str:
    """Digits again where Chinese spells a number that the source has in digits: 下午三点 for 3 p.m., 十七亿 for 1.7B.

    One character must count something. What stands twice stays: which of them is meant?
    """
    if language.numerals != "hanzi":
        return draft
    want = numbers(source)
    for written, value in list(numerals.chinese(draft)):
        if value in want and draft.count(written) == 1:
            digits = rendered(value, language)
            draft = draft.replace(written, f"{digits}%" if written.startswith("百分之") else digits)
            if month := re.search(rf"(?<![年月])([一二三四五六七八九十]{{1,2}})月{digits}[日号號]", draft):
                draft = draft.replace(month[1] + "月", f"{numerals.month(month[1])}月")  # not 九月30日
    have = {value for _, values in readings(draft, language) for value in values}
    for value, written in want.items():
        if value in have or value.denominator > 1 or not 3 <= value <= 10 or not written.isdigit():
            continue
        numeral = language.small[int(value)]
        before = "零一二两兩三四五六七八九十百千万萬亿億几幾数數"
        pattern = rf"(?<![{before}\d]){numeral}(?=([{language.counters}]|分(?!之)))"
        counts = re.findall(pattern, draft)
        if len(counts) == 1 and re.search(language.doubtful_counters.get(counts[0], ""), source, re.IGNORECASE):
            draft = re.sub(pattern, written, draft)
    return draft


def parts(source: str, draft: str, language: Language) -> str:
    """三分之一 for one-third that became a half, which small models make of any fraction in words."""
    gone = [value for value, written in numerals.parts(source).items() if written in lost(draft, source, language)]
    halves = re.findall("一半|半数|半數", draft)
    if len(gone) != 1 or len(halves) != 1 or re.search(r"\bhal(?:f|ves?|ved)\b|50|1/2|0\.5", source, re.IGNORECASE):
        return draft
    return draft.replace(halves[0], part(gone[0], language) or halves[0])


def without_new_percents(source: str, draft: str) -> str:
    """Without a percent sign behind a number that has none in the source: 73.27 points are not 73.27%."""
    for written in dict.fromkeys(re.findall(r"(?<![\d.,])(\d+(?:\.\d+)?)[%％]", draft)):
        there = re.findall(rf"(?<![\d.,]){re.escape(written)}(?![\d]|[.,]\d)(.{{0,40}})", source)
        if there and not any(re.search(r"[%％]|percent|pp\b|per cent", after) for after in there) and "%" not in source:
            draft = re.sub(rf"(?<![\d.,]){re.escape(written)}[%％]", written, draft)
    return draft


def measures(source: str, draft: str, language: Language) -> str:
    """Signs, units' symbols and percent signs as the source has them, where a number is there once: 50 nm."""
    case = Case(source, draft, language)
    for said in (*sign.said(case), *unit.said(case)):
        (ours, theirs), = said.values  # fmt: skip
        number, _, symbol = ours.lstrip("-").partition(" ")
        if ours.startswith("-"):
            wrong, right = rf"(?<![\d.,-]){re.escape(number)}(?![\d]|[.,]\d)", ours
        elif symbol == "%" and not theirs:
            wrong, right = rf"(?<![\d.,]){re.escape(number)}(?![\d%％]|[.,]\d)", f"{number}%"
        elif theirs and units.is_symbol(symbol) and f"{number}{symbol}" in source.replace(" ", ""):
            wrong, right = re.escape(number) + r"\s?" + re.escape(theirs.removeprefix(number)), ours
        else:
            continue
        if len(re.findall(wrong, draft)) == 1:
            draft = re.sub(wrong, lambda _, right=right: right, draft)  # type: ignore[misc]
    return draft
