"""Spans that a translation carries over character by character, and names. Pure.

Protected are URLs, LaTeX, code, e-mail addresses, reference marks, version numbers and citations by number. What stands
in \\emph{...} and the like is prose, to be translated, and not protected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from localdigest.text import units

_IN_URL = r"[^\s\"'<>()\[\]`\u2000-\U0010ffff]"
"""Not beyond a full-width sign or a Han character, which may stand there with no space between."""
# Brackets that close again belong to it, `Foo_(bar)`, and so does what an old DOI has in angle ones.
_TO = rf"://(?:{_IN_URL}|\((?:{_IN_URL}|\({_IN_URL}*\))*\)|<\w+:+[\w-]+>)+(?<![.,;:!?])"
URL = re.compile("https?" + _TO)
DOMAIN = re.compile(
    r"(?<![\w@/.:-])(?:www(?:\.[A-Za-z0-9-]+)+\.[a-z]{2,}"
    r"|(?:[A-Za-z0-9-]+\.)+(?:com|org|net|io|ai|cn|edu|gov|dev|app|info|xyz|co|me|uk|eu))\b"
    r"(?:/(?:[\w./~#?=&%+-]|\([\w./~#?=&%+-]*\))*(?<=[\w/)]))?(?![\w.]*@)",
    re.ASCII,
)
"""An address without `https://`: `audio.z.ai`, `github.com/a/b`."""
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_ENDINGS = (
    "com|org|net|io|ai|cn|edu|gov|dev|app|info|xyz|co|me|uk|eu|biz|shop|online|site|store|tech|cloud|top|club|blog|link"
    "|live|pro|mobi|wiki|website|click|example|onion|mil|int|ru|de|fr|jp|kr|tw|hk|sg|br|au|nz|ca|ch|es|nl|dk|se|fi|pl"
    "|cz|sk|hu|ro|bg|gr|tr|ua|by|kz|ir|il|ae|sa|za|ng|ke|eg|mx|ar|cl|vn|ph|pk|bd|lk|np|ie|lu|ee|lv|ge"
    "|su|tv|cc|ws|gg|ly"
)
"""Of sites, as far as none is a word that a lost space puts behind a full stop (`in`, `it`, `is`) or a unit."""
ANYWHERE = re.compile(
    rf"(?<![A-Za-z0-9@/.:_-])(?:(?:[A-Za-z0-9-]+\.)+(?:{_ENDINGS})(?![A-Za-z0-9_-])"
    r"|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{3,24}(?=/\w)|www(?:\.[A-Za-z0-9-]+)+)"
    r"(?:/(?:[\w./~#?=&%+-]|\([\w./~#?=&%+-]*\))*(?<=[\w/)]))?(?![\w.]*@)",
    re.ASCII | re.IGNORECASE,
)
SCHEME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]*" + _TO)
CODE = re.compile(r"(?<![`\\])(`+)(?!`)[^`\n]+\1(?!`)")
_TEX = r"(?:\\(?:text|mbox)[a-z]*\{[^{}\n]*\}|\\(?!(?:text|mbox)[a-z]*\{[^{}\n]*\})[^\n]|[^$\\\n])"
"""One step inside of a formula: `\\text{if $x$}` is one, and so is an escaped dollar."""
_MONEY = (
    r"\d[\d.,]*(?:[kKmMBbTt]|[bmt]n)?"
    r"(?:[,;.)]*\s+(?:a\s+)?[A-Za-z]{2}(?![A-Za-z]*\$(?!\d))|[,;.]?\s*[–—-]?\s*\$\d|/[a-z]{3})"
)
"""What follows the dollar of `$5M and`, `$5 million`, `$5-$6`, `$3/hour`; `$20 ms$` is a formula."""
MATH = re.compile(
    r"\$\$(?:\\.|[^$\\])+\$\$"
    # As pandoc has it: no space after the first dollar nor before the last one, no digit behind it; `$ x_1 $` is seen
    # by its signs. Behind a figure (50$, 60$) only what cannot be the next word of a list opens one.
    rf"|(?<![\\$])\$(?!{_MONEY})(?:(?<!\d\$)|(?=[A-Za-z\\^_{{<>=~+±×]|-\$))"
    rf"(?:(?=\S){_TEX}+?(?<!\s)|(?=\s?\w\s?\$|[^$\n]*(?:[\\^_=<>]|\w\()){_TEX}+?)\$(?!\d)"
    # `$\sim$10`, `3$\times$3`, `$>$90`
    rf"|(?<![\\$])\$(?:\\[A-Za-z]{_TEX}*?|[<>=~+±×-]{{1,2}})\$"
    r"|\\\([^\n]+?\\\)|\\\[.+?\\\]"
)
_GROUP = r"\{(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]*+\})*+\})*+\}"
COMMAND = re.compile(
    # Not those whose text is prose, nor `{\it prose}`.
    r"\\(?!(?:emph|text(?:bf|it|sc|sl|rm|tt)?|underline|footnote|mbox|it|bf|em|sc|sl|rm|tt|sf)(?![A-Za-z]))"
    rf"[A-Za-z]+\*?(?:\[[^\]\n]*\])*(?:{_GROUP})*"
)
MARK = re.compile(r":[a-z]+:`[^`\n]+`")
VERSION = re.compile(
    # Dates (2024.10.05, 05.10.2024) and a million as Germans write it (1.000.000) are no versions.
    r"(?<![\w.])(?!(?:19|20)\d\d\.\d\d?\.\d\d?\b|\d\d?\.\d\d?\.(?:19|20)\d\d\b|\d{1,3}(?:\.\d{3}){2,}\b)"
    r"v?\d+(?:\.\d+){2,}(?:-?(?:alpha|beta|rc|dev|post)\.?\d*|[a-z])?(?!\w|\.\d)",
    re.ASCII,
)
SIZE = re.compile(r"(?<![\w.])\d{2,5}x\d{2,5}(?:x\d+)?(?!\w)", re.ASCII)
"""`1920x1080`. With × the numbers in it are read as numbers."""
CITATION = re.compile(r"(?<![\w\]])\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_AUTHOR = (
    r"(?:(?:van|von|de|der|den|del|della|di|da|dos|du|la|le|el|al|bin|ibn|ten|ter|zu)[ -]|d['’])*"
    r"(?!(?:January|February|March|April|May|June|July|August|September|October|November|December)\b)"
    r"[A-ZÀ-ÖØ-ÞČŁŚŠŽ][\w'’-]+"
)
YEAR = r"(?:19|20)\d\d[a-z]?"
AUTHORS = re.compile(
    rf"\((?:(?:see|cf\.|e\.g\.),? (?:also )?)?((?:{_AUTHOR}(?:, {_AUTHOR})*(?: et al\.?)?(?:,? (?:and|&) {_AUTHOR})?,?"
    rf" {YEAR}(?:, ?(?:{YEAR}|[a-z]\b))*(?:; )?)+)\)"
)
NAME = re.compile(
    r"(?<![A-Za-z0-9_\\{./@-])[A-Za-z]+(?:[-.+]?[A-Za-z0-9]+)*(?:-[A-Za-z0-9.]*[A-Za-z0-9])*(?![A-Za-z0-9_@]|\.[a-z])"
)
_MASKED = (URL, MARK, CODE, MATH, COMMAND, EMAIL, DOMAIN, VERSION, SIZE)
_ALL = (*_MASKED, CITATION)
_UNITS = frozenset("khz mhz ghz hz db kb mb gb tb ms kbps mbps gbps kib mib gib phd".split())  # noqa: SIM905


def _found(text: str, patterns: Sequence[re.Pattern[str]]) -> list[tuple[int, int]]:
    """Places of the spans, in order; of two that overlap the one that begins first, or else the pattern named first."""
    places = sorted((match.start(), rank, match.end()) for rank, p in enumerate(patterns) for match in p.finditer(text))
    kept: list[tuple[int, int]] = []
    for start, _, end in places:
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def parted(text: str) -> tuple[str, list[str]]:
    """`text` with a space for each protected span, which is prose, and those spans, each once, in order."""
    prose, places = text, _found(text, _ALL)
    for start, end in reversed(places):
        prose = prose[:start] + " " + prose[end:]
    return prose, list(dict.fromkeys(text[start:end] for start, end in places))


def protected(text: str) -> list[str]:
    """The spans of `text` that must not change."""
    return parted(text)[1]


def addresses(text: str) -> list[tuple[int, int]]:
    """Places of those with `https://` and without."""
    return _found(text, (URL, DOMAIN))


def contacts(text: str) -> list[tuple[int, int]]:
    """Places of whatever may lead to somebody: addresses of any scheme, ending and case, with or without it, and of
    e-mail."""
    return _found(text, (URL, SCHEME, EMAIL, ANYWHERE))


def untouched(text: str) -> list[tuple[int, int]]:
    """Places of what no reading of LaTeX may change: addresses and code, and formulas, which have one of their own."""
    return _found(text, (URL, CODE, MATH, EMAIL, DOMAIN))


def without(text: str) -> str:
    """`text` without its spans: what is left is prose."""
    return parted(text)[0]


def is_name(token: str) -> bool:
    """A name by its looks: `LibriSpeech`, `VGG-19`, `wav2vec`, `WER`; not `Speech` or `kHz`."""
    if token.lower() in _UNITS or len(token) < 2 or (not token.isupper() and units.known(token)):
        return False
    bare = re.sub(r"(?<=[A-Z])s$", "", token)
    return bool(re.search(r"[A-Za-z]", bare) and (re.search(r"\d|[a-z][A-Z]|[A-Z]{2}", bare)))


def names(text: str) -> list[str]:
    """Names of models, data sets, metrics and the like in `text`, each once; none out of URLs, LaTeX or code."""
    return names_in(without(text))


def names_in(prose: str) -> list[str]:
    """As `names`, in a text without its spans."""
    return list(dict.fromkeys(token for token in NAME.findall(prose) if is_name(token)))


def proper_names(named: Sequence[str]) -> list[str]:
    """Of such names those that no language translates: `LibriSpeech`, `wav2vec`, `VGG-19`.

    Not WER or LLMs, initials of words that a translation may spell out, nor what is short (F1, L2); of `LoRA-based`
    the part that is no word. Of 120 in 1,057 human translations one was not kept.
    """
    found = []
    for name in named:
        parts = name.split("-")
        words = [part for part in parts if re.fullmatch("[a-z]{3,}", part)]
        found += [part for part in parts if is_name(part)] if words else [name]
    # `inJapan`, `anE`: words that a listing's lines were joined without a space between.
    plain = r"[A-Z]+s?|SoTA|PhD|\d+(?:st|nd|rd|th|s)|(?:in|an|of|the|on|at|by|for|and|with|from)[A-Z]\w*"
    return [name for name in dict.fromkeys(found) if len(name) > 2 and not re.fullmatch(plain, name)]


# ---------------------------------------------------------------- masking

FORM = "<x{}/>"
"""What stands for a span in a masked text; models have seen such tags kept in translations."""


def mask(text: str, form: str = FORM) -> tuple[str, tuple[str, ...]]:
    """`text` with a numbered placeholder for each span that a small model breaks, and the spans in their order.

    A text that has something like the placeholder in it already is left as it is, with no spans. Citations stay:
    they are short, and their numbers are checked.
    """
    if _placeholder(form).search(text):
        return text, ()
    places = _found(text, _MASKED)
    table = tuple(dict.fromkeys(text[start:end] for start, end in places))
    for start, end in reversed(places):
        text = text[:start] + form.format(table.index(text[start:end]) + 1) + text[end:]
    return text, table


def unmask(draft: str, table: Sequence[str], form: str = FORM) -> str:
    """`draft` with the spans back in their places, spaces and full-width forms in a placeholder forgiven.

    A placeholder without a span is dropped; a span whose placeholder the model lost is a finding of the check.
    """
    if not table:
        return draft

    def span(match: re.Match[str]) -> str:
        number = int(unicodedata.normalize("NFKC", match[1]))
        return table[number - 1] if 0 < number <= len(table) else ""

    return _placeholder(form).sub(span, draft)


def _placeholder(form: str) -> re.Pattern[str]:
    # A slash may be lost: <x1> for <x1/>.
    before, after = (r"\s*".join(either(c) + ("?" if c == "/" else "") for c in part) for part in form.split("{}"))
    return re.compile(rf"{before}\s*(\d+)" + (rf"\s*{after}" if after else r"(?!\d)"), re.IGNORECASE)


_WIDE = {".": "。．", ",": "，、", "-": "–—－", "<": "＜〈《", ">": "＞〉》", "'": "‘’", '"': "“”"}


def either(character: str) -> str:
    """A pattern of `character`, its full-width form and what Chinese punctuation has for it."""
    if not (character.isascii() and not character.isalnum()):
        return re.escape(character)
    forms = character + chr(ord(character) + 0xFEE0) + _WIDE.get(character, "")
    return "[" + re.escape(forms) + "]"
