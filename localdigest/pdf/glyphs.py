"""What the glyphs of a PDF's fonts say, by pypdf's reading of their encodings and maps; imported in the child only."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from localdigest.pdf import cff
from localdigest.pdf.chars import honest, is_glyph
from localdigest.pdf.objects import entry

Spell = Callable[[bytes], str]
UNKNOWN = "\ufffd"
_LETTERS = 8
"""Small letters of a font from which on it is one of text; with a comma or a full stop, where fonts of symbols have
other signs."""
_LIARS: dict[str, dict[int, str]] = {
    name: {int(code, 16): char for code, char in codes.items()}
    for name, codes in tomllib.loads(Path(__file__).with_name("fonts.toml").read_text(encoding="utf-8")).items()
}
_LIGATURE = re.compile("[\ufb00-\ufb06]|f[fil]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MATH_FONT = re.compile(r"math|[^a-z]MI\d*$|txmia|txsy|txex|cmmi|cmsy|cmex|ntx(?:mi|sy|ex)", re.IGNORECASE)


_OT1 = dict(enumerate("Γ∆ΘΛΞΠΣΥΦΨΩ\ufb00\ufb01\ufb02\ufb03\ufb04ıȷ`´ˇ˘¯˚¸ßæœøÆŒØ"))
_OT1 |= {0x22: "”", 0x5C: "“", 0x5F: "˙", 0x7B: "–", 0x7C: "—", 0x7D: "˝", 0x7F: "¨"}
_T1 = dict(enumerate("`´ˆ˜¨˝˚ˇ˘¯˙¸˛‚‹›“”„«»–—")) | dict(enumerate("ıȷ\ufb00\ufb01\ufb02\ufb03\ufb04", start=0x19))
"""TeX's two encodings of text, where they are not ASCII."""


def name_of(font: Any) -> str:
    """Its BaseFont, without the tag of a subset; of a Type 3 font, which has none, the name in the file, if any."""
    named = str(entry(font, "/BaseFont") or "").split("+")[-1].lstrip("/")
    if named or entry(font, "/Subtype") != "/Type3":
        return named
    return "Type3 " + str(entry(font, "/Name") or "").lstrip("/")


def tex_codes(names: Iterable[Any]) -> Mapping[int, str]:
    """What the codes of a font say that TeX made of bitmaps: its glyphs are named by their codes (`a28`), and which of
    TeX's encodings it has is told by its ligatures. Nothing for a font of symbols or of unknown encoding."""
    codes = {int(name[2:]) for name in names if isinstance(name, str) and re.fullmatch(r"/a\d{1,3}", name)}
    if not codes & {0x2C, 0x2E} or len(codes & set(range(0x61, 0x7B))) < _LETTERS:
        return {}
    old, new = bool(codes & set(range(0x0B, 0x10))), bool(codes & set(range(0x1B, 0x20)))
    return {} if old == new else _OT1 if old else _T1


def speller(font: Any) -> Spell:
    """What the strings of a font resource say. A glyph without a true name says UNKNOWN."""
    from pypdf._cmap import get_encoding  # not public, as is all of pypdf's that tells a glyph's character

    name = name_of(font)
    for liar, codes in _LIARS.items():
        if re.fullmatch(liar, name, re.IGNORECASE):
            return lambda data: "".join(codes.get(code, UNKNOWN) for code in data)
    encoding, chars = get_encoding(_honest(font))
    told: dict[bytes, str] = {}
    if not isinstance(encoding, str):
        table = [_sane(chars.get(char, char)) for char in (encoding.get(code, chr(code)) for code in range(256))]
        if _MATH_FONT.search(name):  # a ligature in it is another glyph's place in a text font's encoding
            table = [UNKNOWN if _LIGATURE.fullmatch(char) else char for char in table]
        if entry(font, "/Subtype") == "/Type3" and entry(font, "/ToUnicode") is None:
            known = tex_codes(entry(entry(font, "/Encoding"), "/Differences") or ())
            table = [known.get(code, char) for code, char in enumerate(table)]
        return lambda data: "".join([table[code] for code in data])

    def spell(data: bytes) -> str:
        if data not in told:
            try:
                text = data.decode(encoding, "surrogatepass")
            except UnicodeDecodeError:
                text = data.decode(encoding, "replace")
            told[data] = _sane("".join(chars.get(char, char) for char in text))
        return told[data]

    return spell


def _sane(text: str) -> str:
    """Without control characters, which no glyph is, and halves of surrogate pairs, which cannot be written."""
    return _CONTROL.sub(UNKNOWN, text.encode(errors="replace").decode())


def _honest(font: Any) -> Any:
    """A font resource without the glyphs that claim to be whole texts, or whose names pypdf would give as text."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

    resource = font.get_object()
    changes: dict[Any, Any] = {}
    mapping = entry(resource, "/ToUnicode")
    if isinstance(mapping, StreamObject) and (changed := honest(data := mapping.get_data())) != data:
        changes[NameObject("/ToUnicode")] = stream = StreamObject()
        stream.set_data(changed)
    encoding, known = entry(resource, "/Encoding"), _glyph_names()
    listed = entry(encoding, "/Differences") or []
    if encoding is None and mapping is None and (own := _own_encoding(resource)):
        encoding, listed = {}, own
        changes[NameObject("/Encoding")] = DictionaryObject({NameObject("/Differences"): ArrayObject(own)})
    names = [one if not isinstance(one, str) or is_glyph(one, known) else NameObject("/uniFFFD") for one in listed]
    if known and names != listed:
        changes[NameObject("/Encoding")] = DictionaryObject(
            {**encoding, NameObject("/Differences"): ArrayObject(names)}
        )
    return DictionaryObject({**resource, **changes}) if changes else font


def _own_encoding(resource: Any) -> list[Any]:
    """That of the embedded font, as differences; empty where pypdf finds it by itself, or there is none."""
    from pypdf.generic import NameObject, NumberObject

    file = entry(entry(resource, "/FontDescriptor"), "/FontFile3")
    if entry(resource, "/Subtype") != "/Type1" or entry(file, "/Subtype") != "/Type1C":
        return []
    named = cff.encoding(file.get_data())
    return [one for code, name in sorted(named.items()) for one in (NumberObject(code), NameObject(name))]


@functools.cache
def _glyph_names() -> frozenset[str]:
    """The glyph names that have a character; pypdf has them, but not in its public parts."""
    try:
        from pypdf._codecs.adobe_glyphs import adobe_glyphs
    except ImportError:  # then an unknown name comes out as text, as pypdf has it
        return frozenset()
    return frozenset(adobe_glyphs)


@functools.cache
def core_widths() -> dict[str, dict[str, float]]:
    """The widths of the 14 standard fonts, by name and character; pypdf has them, as little in public."""
    try:
        from pypdf._codecs.core_font_metrics import CORE_FONT_METRICS
    except ImportError:  # then half an em is taken for each glyph of a font without widths
        return {}
    return {name: metrics.character_widths for name, metrics in CORE_FONT_METRICS.items()}
