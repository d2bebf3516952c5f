"""Spaces and punctuation of Chinese, Japanese and Korean, one style for all forms of a page. Pure.

Chinese as CY/T 154-2017 and GB/T 15834-2011 have it: a space between Han characters and Latin letters or figures, none
around full-width signs or before % and degrees; Japanese without such spaces, which its renderers make; Korean with
half-width signs. What `text.spans` protects (formulas, code, addresses, version numbers) stays as it is. The libraries
for it do not fit: pangu spaces formulas and closing quotes, autocorrect leaves what stands beside a percent sign.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace

from localdigest.language.profile import HAN, KANA, find
from localdigest.records import Breakdown, Digest, Point, Result, Translation
from localdigest.text.punctuation import full_width
from localdigest.text.spans import mask, unmask

_MASK = "\ue000{}\ue001"
_OWN = f"[{HAN}々〇]"
_LETTER = r"[A-Za-z0-9À-ɏͰ-Ͽ]"
_OPENS = rf"(?:{_LETTER}|[\ue000√∼≈≥≤±∞€£¥@#]|[-−+<>]\d)"
_CLOSES = rf"(?:{_LETTER}|[\ue001%‰°℃)\]′″+])"
_SIGNS = "，。、；：！？（）《》【】「」『』"
_HALF = {wide: wide - 0xFEE0 for start, end in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
         for wide in range(start, end + 1)} | {ord("％"): "%"}  # fmt: skip
_ABBREVIATION = re.compile(r"(?:\b(?:al|etc|vs|Inc|Ltd|Jr|Sr|Dr|Fig|Eq|No)|\b[A-Za-z](?:\.[A-Za-z])+)\.$")
Rule = tuple[re.Pattern[str], str]


def _rules(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), instead) for pattern, instead in pairs)


_CHINESE = _rules(
    (rf"(?<={_OWN})\.(?=\s|$|{_OWN})|(?<=[）」”])\.$", "。"),
    (rf"(?<=[°℃‰)]) ?([,;:]) ?(?={_OWN})", "{wide}"),
    (rf"(?:\.{{3,}}|…+|。{{2,}})(?={_OWN}|[，。！？”」]|$)|(?<={_OWN})(?:\.{{3,}}|…+)", "……"),
    (rf"(?<=[{HAN}）”」]) ?(?<!—)—(?!—) ?(?=[{HAN}（“「])", "——"),
    (r" *—— *", "——"),
    (rf"(?<={_OWN})[ \u3000]+(?={_OWN})", ""),
    (rf"(?<={_OWN}) *(?={_OPENS})", " "),
    (rf"(?<={_CLOSES}) *(?={_OWN})", " "),
    (rf"(?<={_OWN}) +(?=[“‘])|(?<=[”’]) +(?={_OWN})", ""),
    (rf" *([{_SIGNS}]) *", r"\1"),
    (r"(?<=\d) +(?=[%‰]|°(?![CF]))", ""),
)
_JAPANESE_LETTER = f"[{HAN}{KANA}々ー]"
_JAPANESE = _rules(
    (rf"(?<={_JAPANESE_LETTER}) ?, ?(?!\d)", "、"),
    (rf"(?<={_JAPANESE_LETTER})\.(?=\s|$|{_JAPANESE_LETTER})", "。"),
    (rf"(?<={_JAPANESE_LETTER}) ?([:;!?]) ?", "{wide}"),
    (rf"(?<={_JAPANESE_LETTER}) ?\(([^()（）]*)\)|\(([^()（）]*{_JAPANESE_LETTER}[^()（）]*)\)", r"（\1\2）"),
    (rf"(?<={_JAPANESE_LETTER}) +(?={_LETTER}|{_JAPANESE_LETTER})|(?<={_LETTER}|[%)]) +(?={_JAPANESE_LETTER})", ""),
    (rf" *([{_SIGNS}]) *", r"\1"),
    (r"(?<=[）」])\.$", "。"),
    (r"(?<=\d) +(?=[%‰])", ""),
)
_KOREAN = _rules(
    (r" *， *", ", "), (r" *。 *", ". "), (r" *、 *", ", "), (r" *； *", "; "), (r" *： *", ": "),
    (r"！", "!"), (r"？", "?"), (r"（ *", "("), (r" *）", ")"), (r"(?<=\d) +(?=[%‰])", ""), (r" +$", ""),
)  # fmt: skip


def typeset(text: str, language: str) -> str:
    """`text`, in that language, as its readers set it; of other languages as it is."""
    setter = _SETTERS.get(find(language).typography)
    if not setter or not text:
        return text
    masked, table = mask(text.translate(_HALF), _MASK)
    return unmask(setter(masked), table, _MASK)


def _applied(text: str, rules: tuple[Rule, ...]) -> str:
    for pattern, instead in rules:
        text = pattern.sub(_wide if instead == "{wide}" else instead, text)
    return text


def _wide(match: re.Match[str]) -> str:
    return chr(ord(match[1]) + 0xFEE0)


def _chinese(text: str, quotes: str = "“”") -> str:
    if not re.search(_OWN, text):
        return text
    text = _quoted(full_width(text), quotes)
    if len(re.findall(_OWN, text)) > 7 and not _ABBREVIATION.search(text):
        text = re.sub(r"(?<=[A-Za-z0-9%°)）\ue001])\.$", "。", text)
    return _applied(text, _CHINESE)


def _taiwanese(text: str) -> str:
    text = _chinese(text, "「」")
    inner = re.sub(rf"“([^“”]*{_OWN}[^“”]*)”|(?<={_OWN})“([^“”]*)”|“([^“”]*)”(?={_OWN})", r"「\1\2\3」", text)
    return re.sub(r" *([「」]) *", r"\1", inner)


def _quoted(text: str, quotes: str) -> str:
    """Straight quotes in pairs as the language's own, where a Han character stands in them or beside them."""
    if text.count('"') % 2:
        return text
    pattern = rf'(?:(?<={_OWN}) ?)?"([^"]*)"(?: ?(?={_OWN}))?'

    def curled(match: re.Match[str]) -> str:
        around = text[max(0, match.start() - 1)], text[min(len(text) - 1, match.end())]
        own = re.search(_OWN, match[0] + "".join(around))
        return f"{quotes[0]}{match[1]}{quotes[1]}" if own else match[0]

    return re.sub(pattern, curled, text)


_SETTERS: dict[str, Callable[[str], str]] = {
    "chinese": _chinese,
    "taiwanese": _taiwanese,
    "japanese": lambda text: _applied(text, _JAPANESE),
    "korean": lambda text: _applied(text, _KOREAN),
}


# ---------------------------------------------------------------- records


def set_digest(digest: Digest) -> Digest:
    """The same day with all that a model wrote in its language typeset."""
    if not find(digest.language).typography:
        return digest
    results = {key: set_result(result) for key, result in digest.results.items()}
    return replace(digest, results=results)


def set_result(result: Result) -> Result:
    translation, breakdown = result.translation, result.breakdown
    own = functools.partial(typeset, language=result.language)
    return replace(
        result,
        translation=_translation(translation, own) if translation else None,
        breakdown=_breakdown(breakdown, own) if breakdown else None,
    )


def _translation(found: Translation, own: Callable[[str], str]) -> Translation:
    """Sentence by sentence, so that each is still found in the whole."""
    text, at, pieces = found.text, 0, []
    for _, draft in found.pairs:
        place = text.find(draft, at) if draft else -1
        if place >= 0:
            pieces += [_between(text[at:place], own), own(draft)]
            at = place + len(draft)
    pairs = tuple((source, own(draft)) for source, draft in found.pairs)
    whole = "".join((*pieces, _between(text[at:], own)))
    return replace(found, text=whole, pairs=pairs, title=own(found.title), gist=_point(found.gist, own))


def _between(text: str, own: Callable[[str], str]) -> str:
    """What stands between sentences, line by line: a space at its end parts two of them."""
    return "\n".join(own(line) if line.strip() else line for line in text.split("\n"))


def _breakdown(found: Breakdown, own: Callable[[str], str]) -> Breakdown:
    parts = tuple(replace(part, points=tuple(_set(point, own) for point in part.points)) for part in found.parts)
    figures = tuple(replace(each, text=own(each.text)) for each in found.figures)
    return replace(found, parts=parts, gist=_point(found.gist, own), figures=figures)


def _point(point: Point | None, own: Callable[[str], str]) -> Point | None:
    return _set(point, own) if point else None


def _set(point: Point, own: Callable[[str], str]) -> Point:
    return replace(point, text=own(point.text), lead=own(point.lead))
