"""LaTeX in titles, abstracts and names, as people see it: accents, fonts, symbols, formulas of one line. Pure.

Whatever is not certain to be read as meant stays LaTeX: an unknown command, a formula with a matrix.
"""

from __future__ import annotations

import contextlib
import functools
import re
import tomllib
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from localdigest.text.spans import MATH, untouched

LONGEST = 200
"""Characters of a formula; a longer one is no easier to read without its LaTeX."""

_FILE = tomllib.loads(Path(__file__).with_name("tex.toml").read_text(encoding="utf-8"))
_FONTS = {name: font for font, names in _FILE["fonts"].items() for name in names.split()}
_ACCENTS: Mapping[str, str] = _FILE["accents"]
_ARGUMENTS: Mapping[str, str] = _FILE["arguments"]
_NOT_SYMBOLS = frozenset(_FILE["not_symbols"].split())
_FORMULAS = {kind: frozenset(names.split()) for kind, names in _FILE["formulas"].items()}
Piece = tuple[str, str]
"""Its font (`em`, `strong`, `code`, "" for the text's own, `math` for a formula as LaTeX with its delimiters), and its
text."""


@functools.cache
def _symbols() -> Mapping[str, str]:
    """What each command without an argument looks like."""
    from pylatexenc.latex2text import get_default_latex_context_db  # 80 ms, of which only texts with LaTeX have need

    found: dict[str, str] = {}
    for table in get_default_latex_context_db().d.values():
        for name, macro in table["macros"].items():
            if isinstance(macro.simplify_repl, str) and name not in _NOT_SYMBOLS and "%" not in macro.simplify_repl:
                found[name] = macro.simplify_repl
    found.update(_FILE["symbols"])
    return found


# ---------------------------------------------------------------- prose

_TOKEN = re.compile(
    r"(?P<contracted>(?<=[a-z])\\'(?=(?:s|t|re|ve|ll|d|m)\b))"
    r"|\\(?P<accent>[\"'`^~=.]|[uvHckrdb](?=\s+[A-Za-z]|\{))\s*(?:\{\s*\\?(?P<braced>[A-Za-z])\s*\}|\\?(?P<bare>[A-Za-z]))"
    r"|\\(?P<command>[A-Za-z]+)\*?(?P<after>\{\}|\s+(?=\S))?"
    r"|\\(?P<sign>[%&#_${}, ;/-]|\\(?=\s*\w))"
    r"|(?P<dash>(?<=\w)-{2,3}(?=\w)|(?<= )-{2,3}(?= ))"
    r"|(?P<tie>(?<=[\w.,)])~(?=[A-Za-z\\$(])|(?<=[A-Za-z.,)])~(?=\d))"
    r"|(?P<quoted>``(?=(?:[^`']|'(?!'))+''))|(?P<unquoted>'')"
    r"|(?P<brace>[{}])"
)
_SWITCH = re.compile(r"\s*\\([A-Za-z]+)(?![A-Za-z])\s*")
_ARGUMENT = re.compile(r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_SIGNS = {"/": "", "-": "", ",": " ", ";": " ", "\\": " "}
_LETTERS = frozenset(("ss", "o", "O", "l", "L", "ae", "AE", "oe", "OE", "aa", "i", "j", "dh", "DH", "th", "TH"))
"""Commands that are letters of a word: a space behind one only ends its name."""


def seen(text: str) -> str:
    """`text` as people see it, one string: fonts dropped, formulas in Unicode where that says the same."""
    if not _has_tex(text):
        return text
    return "".join((formula(shown) or shown) if font == "math" else shown for font, shown in pieces(text))


def pieces(text: str) -> Iterator[Piece]:
    """The parts of `text` in their fonts. Formulas, addresses and code are as they were."""
    if not _has_tex(text):
        yield "", text
        return
    partners = _partners(text)
    kept = [place for place in untouched(text) if "''" not in text[slice(*place)] or text[place[0]] != "`"]
    fonts, closing, unquoted = [""], set[int](), set[int]()
    at = 0
    while at < len(text):
        token = _TOKEN.search(text, at)
        kept = [place for place in kept if place[0] >= at]
        start = token.start() if token else len(text)
        if kept and kept[0][0] <= start:
            start, end = kept[0]
            if at < start:
                yield fonts[-1], text[at:start]
            yield "math" if MATH.fullmatch(text, start, end) else fonts[-1], text[start:end]
            at = end
            continue
        if at < start:
            yield fonts[-1], text[at:start]
        if not token:
            return
        at = token.end()
        shown = token[0]
        if token["brace"]:
            partner = partners.get(start, -1)
            switch = _SWITCH.match(text, at)
            if start in closing:
                fonts.pop()
                shown = ""
            elif partner > 0 and switch and switch[1] in _FONTS:
                fonts.append(_FONTS[switch[1]] or fonts[-1])
                closing.add(partner)
                at, shown = switch.end(), ""
            elif partner > 0 and text[:start][-1:] != "$" and _is_grouping(text[at:partner]):
                fonts.append(fonts[-1])
                closing.add(partner)
                shown = ""
        elif name := token["command"]:
            brace = token.start("after") if token["after"] == "{}" else at
            if name in _ARGUMENTS and (read := _arguments(text, brace, _ARGUMENTS[name].count("{"))):
                given, at = read
                shown = _ARGUMENTS[name].format(*(each if "://" in each else seen(each) for each in given))
            elif name in _FONTS and partners.get(brace, -1) > 0:
                fonts.append(_FONTS[name] or fonts[-1])
                closing.add(partners[brace])
                at, shown = brace + 1, ""
            elif name in _symbols():
                shown = _symbols()[name]
                if (token["after"] or "").isspace() and shown.isalnum() and name not in _LETTERS:
                    shown += " "
        elif token["accent"]:
            letter = unicodedata.normalize("NFC", (token["braced"] or token["bare"]) + _ACCENTS[token["accent"]])
            shown = letter if len(letter) == 1 else shown
        elif token["sign"]:
            shown = _SIGNS.get(token["sign"], token["sign"])
        elif token["dash"]:
            shown = "–" if len(shown) == 2 else "—"
        elif token["quoted"]:
            unquoted.add(text.index("''", at))
            shown = "“"
        elif token["unquoted"]:
            shown = "”" if start in unquoted else shown
        else:
            shown = "'" if token["contracted"] else " "
        if shown:
            yield fonts[-1], shown


def _has_tex(text: str) -> bool:
    return any(sign in text for sign in ("\\", "$", "{", "--", "~", "``"))


def _partners(text: str) -> dict[int, int]:
    """Where each brace that opens is closed."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            found[opened.pop()] = match.start()
    return found


def _is_grouping(inner: str) -> bool:
    """Whether braces only hold capitals or an accent together: `{BERT}`, `Na{\\"i}ve`; not `{1, 2}` or `{name}`."""
    return bool(re.fullmatch(r"[A-Z][\w-]*", inner) or _TOKEN.fullmatch(inner) or ("\\" in inner and " " not in inner))


def _arguments(text: str, at: int, count: int) -> tuple[list[str], int] | None:
    found = []
    for _ in range(count):
        match = _ARGUMENT.match(text, at)
        if not match:
            return None
        found.append(match[1])
        at = match.end()
    return found, at


# ---------------------------------------------------------------- formulas

_ATOM = re.compile(r"\\(?:[A-Za-z]+|.)|\s+|.", re.DOTALL)
_RAISED = dict(zip("0123456789+−=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_LOWERED = dict(zip("0123456789+−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_MARKS = {"^": {"∘": "°"} | {mark: mark for mark in "′″†‡*⋆°±∓"}, "_": {mark: mark for mark in "⊙⊕"}}
_EDGE = "\0"
"""Stands at the ends of a function's name, to become a space beside a letter."""


def formula(tex: str) -> str | None:
    """A formula with its delimiters as one line of Unicode; None where that would not say all of it."""
    inner = tex.strip("$") if tex.startswith("$") else tex[2:-2]
    if len(inner) > LONGEST:
        return None
    atoms = deque(_ATOM.findall(inner))
    try:
        shown = _row(atoms, 0)
    except (ValueError, IndexError):
        return None
    shown = re.sub(rf"(?<=[^\W_]){_EDGE}(?=[^\W_√])", " ", shown).replace(_EDGE, "")
    shown = re.sub(r"\s+", " ", shown).strip()
    return shown if shown and not atoms else None


def _row(atoms: deque[str], depth: int, closing: str = "") -> str:
    """Raises ValueError or IndexError for what it does not know."""
    if depth > 8:
        raise ValueError("too deep")
    row = ""
    while atoms:
        atom = atoms.popleft()
        if atom == closing:
            return row
        if atom in "^_":
            row += _script(atom, _argument(atoms, depth + 1))
            continue
        shown = _atom(atom, atoms, depth)
        if shown in _FORMULAS["relations"] and depth == 0 and row and row.rstrip()[-1:] not in "([{,;|":
            shown = f" {shown} "
        row += shown
    if closing:
        raise ValueError("not closed")
    return row


def _argument(atoms: deque[str], depth: int) -> str:
    while atoms[0].isspace():
        atoms.popleft()
    atom = atoms.popleft()
    return _row(atoms, depth, "}") if atom == "{" else _atom(atom, atoms, depth)


def _atom(atom: str, atoms: deque[str], depth: int) -> str:
    if atom == "{":
        return _row(atoms, depth, "}")
    if atom.isspace():
        return ""
    if atom[0] != "\\":
        if atom in "}&%#$":
            raise ValueError(atom)
        spaced = atom in ",;:" and bool(atoms) and atoms[0].isspace()
        return {"-": "−", "'": "′", "~": " "}.get(atom, atom) + " " * spaced
    name = atom[1:]
    if name in "%&#_${}|" or name.isspace():
        return {"|": "‖"}.get(name, name)
    if name in _FORMULAS["nothing"]:
        if name in ("left", "right") and atoms[0] == ".":
            atoms.popleft()
        return ""
    if name in _FORMULAS["space"]:
        return " "
    if name in _FORMULAS["names"]:
        return f"{_EDGE}{name}{_EDGE}"
    if name in _FORMULAS["text"]:
        return _text(atoms)
    if name in _FORMULAS["plain"]:
        return _argument(atoms, depth)
    if name in ("frac", "dfrac", "tfrac"):
        return f"{_whole(_argument(atoms, depth + 1))}/{_whole(_argument(atoms, depth + 1))}"
    if name == "sqrt":
        return f"√{_whole(_argument(atoms, depth + 1))}"
    if name == "mathbb":
        return "".join(map(_double_struck, _argument(atoms, depth)))
    if name == "not":
        return _one(_argument(atoms, depth), "\u0338")
    if name in _ACCENTS and len(name) > 1:
        return _one(_argument(atoms, depth), _ACCENTS[name])
    return _symbols()[name] if name in _symbols() else _unknown(name)


def _unknown(name: str) -> str:
    raise ValueError(name)


def _text(atoms: deque[str]) -> str:
    """The argument of `\\text`, which is prose."""
    raw, depth = "", 0
    while atoms:
        atom = atoms.popleft()
        depth += (atom == "{") - (atom == "}")
        raw += atom
        if depth == 0:
            break
    return seen(raw[1:-1])


def _script(place: str, shown: str) -> str:
    if shown in _MARKS[place]:
        return _MARKS[place][shown]
    table = _RAISED if place == "^" else _LOWERED
    if shown and all(character in table for character in shown):
        return "".join(table[character] for character in shown)
    return place + (shown if len(shown) == 1 or re.fullmatch(r"[^\W_]+", shown) else f"({shown})")


def _whole(shown: str) -> str:
    return shown if re.fullmatch(r"[^\W_]+|[\d.]+", shown) else f"({shown})"


def _one(shown: str, mark: str) -> str:
    if len(shown) != 1:
        raise ValueError(shown)
    return unicodedata.normalize("NFC", shown + mark)


def _double_struck(letter: str) -> str:
    kind = "CAPITAL" if letter.isupper() else "SMALL"
    for name in (f"DOUBLE-STRUCK {kind} {letter.upper()}", f"MATHEMATICAL DOUBLE-STRUCK {kind} {letter.upper()}"):
        with contextlib.suppress(KeyError):
            return unicodedata.lookup(name)
    return letter
