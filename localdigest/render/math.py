"""LaTeX in titles and abstracts -> MathML, which browsers draw without any script or font from elsewhere. Pure.

`latex2mathml` parses; what it makes is not trusted, since it carries `\\href`, `\\style` and raw `<` through. From its
tree we write only elements and attributes that draw formulas, and escape all text ourselves.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from markupsafe import Markup, escape

from localdigest.render.entries import inline, line
from localdigest.text.tex import Token, tokens
from localdigest.text.tex import formula as seen_formula

LONGEST = 500
"""Characters of LaTeX; more is no formula of an abstract, and its tree could be too deep to walk."""

WIDE = 40
"""Characters of LaTeX from which a formula may be wider than a phone: it then scrolls in a place of its own."""

_ALLOWED = tomllib.loads(Path(__file__).with_name("mathml.toml").read_text(encoding="utf-8"))
_ELEMENTS = frozenset(_ALLOWED["elements"].split())
_ATTRIBUTES = {name: re.compile(values) for name, values in _ALLOWED["attributes"].items()}
_MACROS = re.compile(rf"\\(?:{_ALLOWED['definitions']})(?![a-zA-Z])")
"""Definitions can grow a short text without bound."""
_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,6});")


def prose(text: str) -> Markup:
    """A title, an abstract or a part of one as HTML: formulas drawn, `\\emph` and the like set, all else literal."""
    return Markup().join(map(_marked_up, _joined(tokens(inline(text)))))


def _joined(parts: Iterable[Token]) -> Iterator[Token]:
    """Prose beside prose of the same font in one piece: a brace that was not understood parts none."""
    for (kind, font), group in itertools.groupby(parts, key=lambda part: (part.kind, part.font)):
        if kind == "text":
            together = tuple(group)
            yield Token("".join(p.raw for p in together), "".join(p.shown for p in together), font, kind)
        else:
            yield from group


def _marked_up(part: Token) -> Markup:
    if part.kind == "math":
        return formula(part.raw)
    shown = _script(part.shown) if part.kind == "text" else escape(part.shown)
    return Markup("<{0}>{1}</{0}>").format(Markup(part.font), shown) if part.font and part.shown else shown


_COMMAND = re.compile(r"\\([A-Za-z]+)")
_BARE = re.compile(
    r"(?P<command>(?<![\\\w/])\\(?P<name>[A-Za-z]{2,})(?![A-Za-z{\\]))"
    r"|(?:\A|(?<=[\w)\]}|*'′])|(?<![^\s(])(?=\^\{\d+\}[A-Z]))(?P<place>[\^_])(?:\{(?P<inner>[^{}\\^_$]{1,24})\}|(?P<power>(?<=\^)[-−+]?\d{1,3}(?![\w.])))"
)


def _script(text: str) -> Markup:
    """Prose in which authors write mathematics without its dollars: `10^{15}`, `z_{abs}`, `cm^-2`, `\\epem`."""
    if "\\" not in text and "^" not in text and "_{" not in text:
        return escape(text)
    pieces, at = [], 0
    for match in _BARE.finditer(text):
        pieces.append(escape(text[at : match.start()]))
        at = match.end()
        if match["command"]:
            pieces.append(escape(match["name"]))
        else:
            tag = Markup("sup" if match["place"] == "^" else "sub")
            pieces.append(Markup("<{0}>{1}</{0}>").format(tag, (match["inner"] or match["power"]).replace("-", "−")))
    return Markup().join((*pieces, escape(text[at:])))


@functools.lru_cache(maxsize=4096)
def formula(tex: str) -> Markup:
    """One formula with its delimiters; where it cannot be drawn, as one line of text, or its LaTeX as it is."""
    inner = tex.strip("$") if tex.startswith("$") else tex[2:-2]
    drawn = mathml(inner.strip())
    if drawn is None:
        return Markup('<span class="tex">{}</span>').format(seen_formula(tex) or tex)
    return Markup('<span class="wide" tabindex="0">{}</span>').format(drawn) if len(tex) > WIDE else drawn


def mathml(tex: str) -> Markup | None:
    """`tex`, without delimiters, as a `<math>` element; None where that is not certain to show what it says."""
    tex = line(tex)
    if not tex or len(tex) > LONGEST or _MACROS.search(tex):
        return None
    inner, read = None, _COMMAND.sub(_defined, tex)
    for _ in range(UNKNOWN):
        try:
            inner = _drawn(read)
            break
        except _Unknown as unknown:
            read = re.sub(rf"\\{unknown}(?![A-Za-z])", rf"\\mathrm{{{unknown}}}", read)
        except Exception:  # of many kinds, IndexError and RecursionError among them: text that is no LaTeX
            return None
    return None if inner is None else Markup('<math alttext="{}">{}</math>').format(tex, inner)


UNKNOWN = 6
"""Commands of the authors' own, drawn as their names, in one formula; one with more is not drawn."""


class _Unknown(Exception):
    """A command that latex2mathml does not know."""


def _defined(command: re.Match[str]) -> str:
    return f"{{{_ALLOWED['macros'][command[1]]}}}" if command[1] in _ALLOWED["macros"] else command[0]


def _drawn(tex: str) -> Markup:
    from latex2mathml.converter import Converter  # reads a table of symbols; only pages for the browser need it

    tree = Converter().convert_to_element("{}" + tex if tex[0] in "^_" else tex)
    return Markup().join(_written(child) for child in tree)


def _written(element: Element) -> Markup:
    """Raises ValueError for what it does not know: a formula that is drawn in part would say something else."""
    if element.tag not in _ELEMENTS:
        raise ValueError(element.tag)
    text = _REFERENCE.sub(lambda match: chr(int(match[1], 16)), element.text or "")
    if command := _COMMAND.fullmatch(text):
        raise _Unknown(command[1])
    if "\\" in text or "&#" in text:
        raise ValueError(text)
    if element.tag in ("mi", "mo") and text == "~":
        text = "∼"
    shown = "".join(_ATTRIBUTE.format(name, value) for name, value in element.attrib.items() if _allowed(name, value))
    text = _styled(text, element.get("mathvariant", "normal"))
    inner = escape(text) + Markup().join(_written(child) for child in element)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(element.tag), Markup(shown), inner)


def _styled(letters: str, variant: str) -> str:
    """Letters of an alphabet of their own, as MathML Core wants them: it knows no `mathvariant` but `normal`."""
    if variant == "normal":
        return letters
    return "".join(_letter(letter, variant.replace("bold-", "bold ").upper()) for letter in letters)


def _letter(letter: str, variant: str) -> str:
    if not (letter.isascii() and letter.isalnum()):
        return letter
    kind = "DIGIT" if letter.isdigit() else "CAPITAL" if letter.isupper() else "SMALL"
    name = unicodedata.name(letter).removeprefix("DIGIT ") if letter.isdigit() else letter.upper()
    for wanted in (f"MATHEMATICAL {variant} {kind} {name}", f"{variant} {kind} {name}", f"{variant} {name}"):
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(wanted)
    return letter


_ATTRIBUTE = Markup(' {}="{}"')


def _allowed(name: str, value: str) -> bool:
    return name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(value) is not None
