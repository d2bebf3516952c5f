"""Spans that a translation carries over character by character, and help for a model that breaks them. Pure.

Protected are URLs, LaTeX, code, e-mail addresses, reference marks, version numbers and citations by number. What stands
in \\emph{...} and the like is prose, to be translated, and not protected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_IN_URL = r"[^\s\"'<>()\[\]`\u2000-\U0010ffff]"
"""Not beyond a full-width sign or a Han character, which may stand there with no space between."""
URL = re.compile(
    # Brackets that close again belong to it, `Foo_(bar)`, and so does what an old DOI has in angle ones.
    rf"https?://(?:{_IN_URL}|\((?:{_IN_URL}|\({_IN_URL}*\))*\)|<\w+:+[\w-]+>)+(?<![.,;:!?])"
)
DOMAIN = re.compile(
    r"(?<![\w@/.:-])(?:www(?:\.[A-Za-z0-9-]+)+\.[a-z]{2,}"
    r"|(?:[A-Za-z0-9-]+\.)+(?:com|org|net|io|ai|cn|edu|gov|dev|app|info|xyz|co|me|uk|eu))\b"
    r"(?:/(?:[\w./~#?=&%+-]|\([\w./~#?=&%+-]*\))*(?<=[\w/)]))?(?![\w.]*@)",
    re.ASCII,
)
"""An address without `https://`: `audio.z.ai`, `github.com/a/b`."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
CODE = re.compile(r"(?<!`)(`+)(?!`)[^`\n]+\1(?!`)")
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
_YEAR = r"(?:19|20)\d\d[a-z]?"
AUTHORS = re.compile(
    rf"\((?:(?:see|cf\.|e\.g\.),? (?:also )?)?((?:{_AUTHOR}(?:, {_AUTHOR})*(?: et al\.?)?(?:,? (?:and|&) {_AUTHOR})?,?"
    rf" {_YEAR}(?:, ?(?:{_YEAR}|[a-z]\b))*(?:; )?)+)\)"
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


def protected(text: str) -> list[str]:
    """The spans of `text` that must not change, each once, in order."""
    return list(dict.fromkeys(text[start:end] for start, end in _found(text, _ALL)))


def _addresses(text: str) -> list[tuple[int, int]]:
    return _found(text, (URL, DOMAIN))


def _address(written: str) -> str:
    """It without what leads to the same page with it and without."""
    return re.sub(r"^(?:https?://)?(?:www\.(?=[^/]+\.))?|/$", "", written)


def _new_addresses(text: str, source: str) -> list[tuple[int, int]]:
    known = {_address(source[start:end]) for start, end in _addresses(source)}

    def there(written: str) -> bool:
        if _address(written) in known:
            return True
        # A site without a page of it: `Character.AI`, or one of whose pages the source gives the address.
        site = rf"(?<![A-Za-z0-9-]){re.escape(written)}(?![\w-])"
        return not re.search(r"/|^www\.", written) and bool(re.search(site, source, re.IGNORECASE))

    return [(start, end) for start, end in _addresses(text) if not there(text[start:end])]


def new_addresses(text: str, source: str) -> list[str]:
    """URLs and addresses without `https://` in `text` that `source` does not have, each once, in order."""
    return list(dict.fromkeys(text[start:end] for start, end in _new_addresses(text, source)))


def without_new_addresses(text: str, source: str) -> str:
    for start, end in reversed(_new_addresses(text, source)):
        text = text[:start] + text[end:]
    return text


def without(text: str) -> str:
    """`text` with a space for each protected span: what is left is prose."""
    for start, end in reversed(_found(text, _ALL)):
        text = text[:start] + " " + text[end:]
    return text


def changed(draft: str, source: str) -> list[str]:
    """Protected spans of `source` that are not in `draft`; white space inside LaTeX does not count as a change."""
    squeezed = "".join(draft.split())
    lost = [
        span
        for span in protected(source)
        if span not in draft and not (span.startswith(("$", "\\")) and "".join(span.split()) in squeezed)
        and not (span.startswith("[") and "".join(span.split()) in unicodedata.normalize("NFKC", squeezed))
        and not (SIZE.fullmatch(span) and span in re.sub(r"(?<=\d)[×xX*](?=\d)", "x", squeezed))
    ]  # fmt: skip
    for match in AUTHORS.finditer(source):
        # `(Smith et al., 2020)` may become （Smith 等，2020）, but neither name nor year may go.
        parts = re.findall(rf"[A-ZÀ-ÖØ-ÞČŁŚŠŽ][\w'’-]+|{_YEAR}", match[1])
        if any(part not in draft for part in parts):
            lost.append(match[0])
    return lost


def is_name(token: str) -> bool:
    """A name by its looks: `LibriSpeech`, `VGG-19`, `wav2vec`, `WER`; not `Speech` or `kHz`."""
    if token.lower() in _UNITS or len(token) < 2:
        return False
    bare = re.sub(r"(?<=[A-Z])s$", "", token)
    return bool(re.search(r"[A-Za-z]", bare) and (re.search(r"\d|[a-z][A-Z]|[A-Z]{2}", bare)))


def names(text: str) -> list[str]:
    """Names of models, data sets, metrics and the like in `text`, each once; none out of URLs, LaTeX or code."""
    return list(dict.fromkeys(token for token in NAME.findall(without(text)) if is_name(token)))


def proper_names(text: str) -> list[str]:
    """Of `names` those that no language translates: `LibriSpeech`, `wav2vec`, `VGG-19`.

    Not WER or LLMs, initials of words that a translation may spell out, nor what is short (F1, L2); of `LoRA-based`
    the part that is no word. Of 120 in 1,057 human translations one was not kept.
    """
    found = []
    for name in names(text):
        parts = name.split("-")
        words = [part for part in parts if re.fullmatch("[a-z]{3,}", part)]
        found += [part for part in parts if is_name(part)] if words else [name]
    return [name for name in dict.fromkeys(found) if len(name) > 2 and not re.fullmatch("[A-Z]+s?|SoTA|PhD", name)]


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
    before, after = (r"\s*".join(_either(c) + ("?" if c == "/" else "") for c in part) for part in form.split("{}"))
    return re.compile(rf"{before}\s*(\d+)" + (rf"\s*{after}" if after else r"(?!\d)"), re.IGNORECASE)


# ---------------------------------------------------------------- mending

_WIDE = {".": "。．", ",": "，、", "-": "–—－", "<": "＜〈《", ">": "＞〉》", "'": "‘’", '"': "“”"}


def _either(character: str) -> str:
    """A pattern of `character`, its full-width form and what Chinese punctuation has for it."""
    if not (character.isascii() and not character.isalnum()):
        return re.escape(character)
    forms = character + chr(ord(character) + 0xFEE0) + _WIDE.get(character, "")
    return "[" + re.escape(forms) + "]"


def mend(source: str, draft: str) -> str:
    """`draft` with the spans of `source` put right that came back with spaces, full-width signs or other delimiters.

    Only what can mean one span and stands once in the draft is touched.
    """
    for span in protected(source):
        if MATH.fullmatch(span) or COMMAND.fullmatch(span):  # white space in LaTeX means nothing
            spaced = r"\s*".join(map(re.escape, "".join(span.split())))
            draft = re.sub(spaced, lambda match, span=span: match[0] if match[0] in source else span, draft)  # type: ignore[misc]
            if f"`{span}`" not in source:  # put in back-quotes a formula would be printed as code
                draft = draft.replace(f"`{span}`", span)
    lost = [span for span in protected(source) if span not in draft]
    for span in lost:
        for pattern in _loose(span):
            matches = list(re.finditer(pattern, draft))
            if len(matches) == 1 and not _inside(matches[0], draft, source):
                draft = draft[: matches[0].start()] + span + draft[matches[0].end() :]
                break
    return draft


def mend_names(source: str, draft: str) -> str:
    """`draft` with proper names as the source writes them, that came back in other case or with another hyphen."""
    for name in proper_names(source):
        if name in draft:
            continue
        parts = (re.escape(part) for part in re.split("[-_.]", name) if part)
        pattern = rf"(?<![A-Za-z0-9_./`-]){'[-_. ]?'.join(parts)}(?![A-Za-z0-9_/]|\.[a-z]|-[A-Za-z])"
        draft = re.sub(pattern, lambda match, name=name: match[0] if match[0] in source else name, draft, flags=re.I)  # type: ignore[misc]
    capitals = {word.casefold(): word for word in re.findall(r"\b[A-Z][A-Za-z0-9]{3,}\b", source)}
    return re.sub(  # OpenCPOP, of which the source has Opencpop
        r"(?<![A-Za-z0-9_./`-])[A-Za-z][a-z0-9]*[A-Z][A-Za-z0-9]+(?![A-Za-z0-9_/`]|\.[a-z]|-[A-Za-z])",
        lambda match: match[0] if match[0] in source else capitals.get(match[0].casefold(), match[0]),
        draft,
    )


def _inside(match: re.Match[str], draft: str, source: str) -> bool:
    """Whether it lies in another span that came back whole, or grew out of a longer one."""
    kept = [span for span in protected(source) if span in draft]
    return any(
        place.start() < match.end() and match.start() < place.end()
        for span in kept
        for place in re.finditer(re.escape(span), draft)
    )


def _loose(span: str) -> list[str]:
    """Patterns of what a model makes of `span`, strictest first."""

    def spaced(text: str) -> str:
        return r"\s*".join(_either(character) for character in "".join(text.split()))

    if URL.fullmatch(span) or DOMAIN.fullmatch(span):
        return [spaced(span) + r"(?![A-Za-z0-9/])"]
    if CODE.fullmatch(span):
        inner = span.strip("`")
        found = [rf"[`'‘’\"“”「『]+\s*{spaced(inner)}\s*[`'‘’\"“”」』]+"]
        if len(inner) >= 3:  # without its back-quotes, where it stands by itself
            found.append(rf"(?<![A-Za-z0-9_.`]){spaced(inner)}(?![A-Za-z0-9_`])")
        return found
    if MATH.fullmatch(span):
        inner = re.sub(r"^(?:\$\$?|\\[(\[])|(?:\$\$?|\\[)\]])$", "", span)
        found = [rf"(?:\$\$?|\\[(\[]|＄)\s*{spaced(inner)}\s*(?:\$\$?|\\[)\]]|＄)"]
        if re.fullmatch(r"\d[\d.,]*", inner):  # `$30$` as a number
            found.append(rf"(?<![\d.,$\\{{^_]){re.escape(inner)}(?![\d$}}]|[.,]\d)")
        if len(inner) >= 3 and not inner.isalnum():
            found.append(rf"(?<![A-Za-z0-9_$\\]){spaced(inner)}(?![A-Za-z0-9_$])")
        return found
    return [spaced(span)]
