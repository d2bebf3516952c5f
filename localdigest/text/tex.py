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
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from localdigest.text.spans import MATH, untouched

LONGEST = 200
"""Characters of a formula; a longer one is no easier to read without its LaTeX."""

_FILE = tomllib.loads(Path(__file__).with_name("tex.toml").read_text(encoding="utf-8"))
_FONTS = {name: font for font, names in _FILE["fonts"].items() for name in names.split()}
_ACCENTS: Mapping[str, str] = _FILE["accents"]
_ARGUMENTS: Mapping[str, str] = _FILE["arguments"]
_NOT_SYMBOLS = frozenset(_FILE["not_symbols"].split())
_RELATIONS = frozenset(_FILE["formulas"]["relations"].split()) | {"~", "°", "-"}
_UNITS = frozenset("mgsVAWJKLFCTGN")
"""What units begin with that a μ stands before."""
_FORMULAS = {kind: frozenset(names.split()) for kind, names in _FILE["formulas"].items()}


@functools.cache
def symbols() -> Mapping[str, str]:
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
    r"|(?P<tie>(?<=[\w.,)])~(?=[A-Za-z\\$(])|(?<=[A-Za-z.,)])(?<!\b[A-Za-z])~(?=\d))"  # `z~2.5` is "about"
    r"|(?P<quoted>``(?=(?:[^`']|'(?!'))+''))|(?P<unquoted>'')"
    r"|(?P<brace>[{}])"
)
_SWITCH = re.compile(r"\s*\\([A-Za-z]+)(?![A-Za-z])\s*")
_ARGUMENT = re.compile(r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_SIGNS = {"/": "", "-": "", ",": " ", ";": " ", "\\": " "}
LETTERS = frozenset(("ss", "o", "O", "l", "L", "ae", "AE", "oe", "OE", "aa", "i", "j", "dh", "DH", "th", "TH"))
"""Commands that are letters of a word: a space behind one only ends its name."""


Kind = Literal["text", "math", "latex"]


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text in one font."""

    raw: str
    """As it was."""
    shown: str
    """As people see it; of a formula, its LaTeX."""
    font: str
    """`em`, `strong`, `code`, or "" for the text's own."""
    kind: Kind
    """`latex` was understood; what is not, is text."""


def seen(text: str) -> str:
    """`text` as people see it, one string: fonts dropped, formulas in Unicode where that says the same."""
    return "".join((formula(each.raw) or each.raw) if each.kind == "math" else each.shown for each in tokens(text))


_LONE = re.compile(r"\$\s?(?:\\([A-Za-z]+)|([<>=~+±×-]))\s?\$")


def with_signs(text: str) -> str:
    """With formulas of one sign written as that sign, `3-5 $\\mu$m`, `$\\sim$3000 K`, `$\\times$`: they are a part of a
    figure, and a translation that carries them over as LaTeX tears it up. Greek letters by themselves stay."""

    def sign(match: re.Match[str]) -> str:
        seen = match[2] or symbols().get(match[1], "")
        unit = seen == "μ" and match.end() < len(text) and text[match.end()] in _UNITS
        return ("~" if seen == "∼" else seen) if unit or (seen and seen in _RELATIONS) else match[0]

    return _LONE.sub(sign, text) if "$" in text else text


def tokens(text: str) -> Iterator[Token]:
    """The parts of `text`, in order. Formulas, addresses and code are as they were."""
    if not any(sign in text for sign in ("\\", "$", "{", "--", "~", "``")):
        yield Token(text, text, "", "text")
        return
    reader = _Reader(text)
    kept = deque(place for place in untouched(text) if "''" not in text[slice(*place)] or text[place[0]] != "`")
    at, match = 0, _TOKEN.search(text)
    while at < len(text):
        if match and match.start() < at:
            match = _TOKEN.search(text, at)
        while kept and kept[0][0] < at:
            kept.popleft()
        start, end = kept[0] if kept and (not match or kept[0][0] <= match.start()) else (len(text), 0)
        if reader.closing and start < reader.closing[-1] < end:
            end = reader.closing[-1]  # an address does not go beyond the braces around it
        font, shown = reader.fonts[-1], text[start:end]
        kind: Kind = "math" if end and MATH.fullmatch(text, start, end) else "text"
        if match and not end:
            start = match.start()
            shown, end, kind = reader.read(match)
        if at < start:
            yield Token(text[at:start], text[at:start], font, "text")
        if end:
            yield Token(text[start:end], shown, font, kind)
        at = max(start, end)


class _Reader:
    """What is open while a text is read: fonts, and the places of what closes them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fonts = [""]
        self._partners = _partners(text)
        self.closing: list[int] = []
        self._unquoted: set[int] = set()

    def read(self, match: re.Match[str]) -> tuple[str, int, Kind]:
        """What is shown of a token, where it ends, and whether it was understood."""
        if match["brace"]:
            found = self._brace(match.start(), match.end())
        elif match["command"]:
            found = self._command(match)
        else:
            shown = self._sign(match)
            found = None if shown is None else (shown, match.end())
        return (*found, "latex") if found else (match[0], match.end(), "text")

    def _open(self, font: str, brace: int) -> None:
        self.fonts.append(font or self.fonts[-1])
        self.closing.append(self._partners[brace])

    def _brace(self, start: int, at: int) -> tuple[str, int] | None:
        partner, switch = self._partners.get(start, -1), _SWITCH.match(self.text, at)
        if start in self.closing[-1:]:
            self.fonts.pop()
            self.closing.pop()
        elif partner > 0 and switch and switch[1] in _FONTS:
            self._open(_FONTS[switch[1]], start)
            return "", switch.end()
        elif at < partner < at + _GROUP and self.text[start - 1 : start] != "$" and _groups(self.text[at:partner]):
            self._open("", start)
        else:
            return None
        return "", at

    def _command(self, match: re.Match[str]) -> tuple[str, int] | None:
        name, after = match["command"], match["after"] or ""
        brace = match.start("after") if after == "{}" else match.end()
        if name in _ARGUMENTS and (read := _arguments(self.text, brace, _ARGUMENTS[name].count("{"))):
            return _ARGUMENTS[name].format(*(each if "://" in each else seen(each) for each in read[0])), read[1]
        if name in _FONTS and brace in self._partners:
            self._open(_FONTS[name], brace)
            return "", brace + 1
        if (shown := symbols().get(name)) is None:
            return None
        return shown + " " * (after.isspace() and shown[:1].isalnum() and name not in LETTERS), match.end()

    def _sign(self, match: re.Match[str]) -> str | None:
        if match["accent"]:
            letter = (match["braced"] or match["bare"]) + _ACCENTS[match["accent"]]
            letter = unicodedata.normalize("NFC", letter)
            return letter if len(letter) == 1 else None
        if match["sign"]:
            return _SIGNS.get(match["sign"], match["sign"])
        if match["dash"]:
            return "–" if len(match[0]) == 2 else "—"
        if match["quoted"]:
            self._unquoted.add(self.text.index("''", match.end()))
            return "“"
        if match["unquoted"]:
            return "”" if match.start() in self._unquoted else None
        return "'" if match["contracted"] else " "


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


_GROUP = 60
"""Characters that braces hold together at most."""


def _groups(inner: str) -> bool:
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
_UNCERTAIN = re.compile(r"(?<=\d)\^\((\+[\d.]+)\)_\((−[\d.]+)\)")
"""Of `1.4^{+0.30}_{-0.25}`."""
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
    shown = _UNCERTAIN.sub(r" (\1/\2)", re.sub(r"\s+", " ", shown).strip())
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
    return symbols()[name] if name in symbols() else _unknown(name)


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
