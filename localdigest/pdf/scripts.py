"""Raised and lowered characters: powers stay powers, the marks of references, footnotes and addresses leave the text.

Pure. A raised number or sign comes out in Unicode's superscripts (10⁻²², cm²), anything else behind a caret
(10^6.6, e^(−x/2)); what is lowered stays as it is (CO2, mH).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from localdigest.pdf.glyphs import UNKNOWN
from localdigest.pdf.pieces import WORD_GAP, Piece, composed, follows, is_accent

SMALLER = 0.88
"""Of the size of the line's text: from here on a character is raised or lowered rather than only small."""
RAISED, LOWERED = 0.2, -0.05
"""Em above the line's own height."""

_UP = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_NUMBER = re.compile(r"[-−–+]?\d+")
_SIGN = r"(?:\d{1,3}[a-z]?|[a-z]|[∗*†‡§¶‖#⋆✉]+)"
_MARKS = re.compile(rf"{_SIGN}(?:[,;–—\-−]*{_SIGN})*[,;]?")
"""What a reference mark is made of."""
_NUMERIC = re.compile(r"\d{1,3}(?:[,–—\-]\d{1,3})*,?")
_POWER_AND_MARK = re.compile(r"([-−–]?\d{1,2}) \d{1,3}(?:[,–—\-]\d{1,3})*")
"""What stands behind a ten, and the reference behind that."""
_ORDINAL = re.compile(r"st|nd|rd|th")
_UNITS = re.compile(
    r"(?:[YZEPTGMkhdcmµμnpfaz]?(?:m|s|g|eV|Hz|pc|b|J|W|K|A|V|L|l|mol|yr|Pa|T|N|C|F|Bq|rad|sr|arcsec|arcmin)|deg|min|h|d|Å|Ω"
    r"|arcsec|arcmin|mas|day|hr|ha|kat|ppm|counts?|Gpc|M⊙|R⊙|au|AU|mag|fb|pb|nb|ng|dex|cm|km|mm|nm)$"
)
_SYMBOL = (
    "(?:A[cglmrstu]|B[aehikr]?|C[adeflmorsu]?|D[bsy]|E[rsu]|F[elmr]?|G[ade]|H[efgo]?|I[nr]?|Kr?|L[airuv]|M[dgnot]"
    "|N[abdeiop]?|O[s]?|P[abdmortu]?|R[abefghnu]|S[bcegimnr]?|T[abcehilm]|U|V|W|Xe|Yb?|Z[nr])"
)
_ELEMENT = re.compile(rf"{_SYMBOL}{{1,2}}(?![A-Za-z])")


def scripted(row: Sequence[Piece]) -> tuple[str, str]:
    """The text of a line, and the mark that it begins with."""
    text, mark = "", ""
    place = 0
    last: Piece | None = None
    while place < len(row):
        piece = row[place]
        gap = follows(last, piece) if last is not None else 0.0
        if last is not None and text and text[-1] != " " and gap >= WORD_GAP and not _in_number(row, place):
            text += " "
        rise = _rise(row, place)
        if rise > 0:
            stop = place + 1
            while stop < len(row) and _rise(row, stop) > 0 and _near(row[stop - 1], row[stop]):
                stop += 1
            raised = scripted(row[place:stop])[0]
            below, beyond = _below(row, place, stop)
            after = row[stop].text.lstrip() if stop < len(row) else ""
            if below:
                text += f"{_whole(raised)}/{_whole(below)}"
                stop = beyond
            elif re.fullmatch(r"\+[\d.]+", raised) and after[:1] in "-−–" and text[-1:].isdigit():
                text += f" {raised} "  # 1.17 +0.58 −0.53
            elif not text.strip() and _MARKS.fullmatch(raised.replace(" ", "")) and not _ELEMENT.match(after):
                mark = raised
            elif not text.strip():
                text += raised
            else:
                text += told(text, raised, after, row[place - 1].font if place else "")
            last, place = row[stop - 1], stop
            continue
        shown = piece.text
        if rise < 0 and text[-1:].isdigit() and shown[:1].isdigit() and gap < WORD_GAP:
            text += "_"
        if last is not None and text and shown and is_accent(text[-1]) and gap < -0.1 and last.font == piece.font:
            text = text[:-1] + composed(text[-1], shown)
        else:
            text += shown
        last = piece
        place += 1
    return " ".join(text.split()), mark


def _in_number(row: Sequence[Piece], place: int) -> bool:
    """Whether a gap is the thin space that TeX sets behind the comma of $3,840$, which is of another font."""
    if place < 2 or row[place - 1].text.strip() != ",":
        return False
    before, comma, after = row[place - 2 : place + 1]
    around = (row[place - 3].text if place > 2 else "", row[place + 1].text if place + 1 < len(row) else "")
    return (
        "," not in [text.strip() for text in around]  # in $50, 100, 200$ they separate
        and comma.font != before.font == after.font
        and bool(re.search(r"(?<![\d,])\d{1,3}\s*$", before.text) and re.match(r"\s*\d{3}(?!\d)", after.text))
    )


def _rise(row: Sequence[Piece], place: int) -> int:
    """1 for raised, -1 for lowered, 0 for neither: against the nearest larger text of the line."""
    piece = row[place]
    if not piece.text.strip():
        return 0
    bases = [one for one in row[:place] if one.size * SMALLER >= piece.size and one.text.strip()][-1:]
    bases = bases or [one for one in row[place + 1 :] if one.size * SMALLER >= piece.size and one.text.strip()][:1]
    if not bases:
        return 0
    rise = (piece.y - bases[0].y) / bases[0].size
    return 1 if rise >= RAISED else -1 if rise <= LOWERED else 0


def _whole(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"


def _near(before: Piece, piece: Piece) -> bool:
    return follows(before, piece) < (1.0 if before.text.rstrip()[-1:] == "," else 0.5)


def _below(row: Sequence[Piece], start: int, stop: int) -> tuple[str, int]:
    """What stands under a raised text, as in a fraction, and where it ends: centred, no index of the letter before."""
    if stop >= len(row) or _rise(row, stop) >= 0:
        return "", stop
    end = stop + 1
    while end < len(row) and _rise(row, end) < 0 and row[end].x < row[stop - 1].end:
        end += 1
    over, under = row[start:stop], row[stop:end]
    centre = (over[0].x + over[-1].end - under[0].x - under[-1].end) / 2
    before = row[start - 1].text[-1:] if start else " "
    apart = not (before.isalpha() or before in ")]}′∗") or follows(row[start - 1], over[0]) >= 0.25
    if not apart or abs(centre) > 0.1 * over[0].size or not re.match(r"[^\W_]|√", over[0].text):
        return "", stop
    return scripted(under)[0], end


def told(text: str, raised: str, after: str, font: str) -> str:
    """How what is raised behind a text is written; empty for a mark. `font` is that of what it stands on."""
    if raised in ("∘", "◦", "○", "º", "o") and re.search(r"\d\)?$", text):
        return "°"
    if re.fullmatch("[′″'’]+|[TS]M|®|™", raised) or (_ORDINAL.fullmatch(raised) and text[-1:].isdigit()):
        return raised
    if (both := _POWER_AND_MARK.fullmatch(raised)) and re.search(r"(?<![\d.,])10$", text):
        raised = both[1]
    if _is_mark(text, raised, after, font):
        return ""
    if _NUMBER.fullmatch(raised):
        return raised.translate(_UP)
    if re.fullmatch(r"[∗*†‡⋆+−±]+", raised):
        return raised
    if set(raised) <= {UNKNOWN}:
        return ""
    if (
        len(raised) == 1
        and raised.isalpha()
        and text[-1:].isupper()
        and after[:1].isupper()
        and not _SYMBOLS.search(font)
    ):
        return raised  # LaTeX, McKay
    return f"^{raised}" if re.fullmatch(r"[-−+]?[\w.,∞∗′]+|\([^()]*\)|.", raised) else f"^({raised})"


def _is_mark(text: str, raised: str, after: str, font: str) -> bool:
    tight = raised.replace(" ", "")
    if not _MARKS.fullmatch(tight) or re.fullmatch("[i-z]", tight):  # letters of marks begin with a: EGMⁿ is a name
        return False
    if text[-1:] == " " and _SYMBOLS.search(font) and text.rstrip():
        text = text.rstrip()
    if text[-1:] == " ":  # isotopes: 14C; else marks that stand apart, as behind authors' names
        return not _ELEMENT.match(after)
    word = re.search(r"[^\W\d_]+$", text)
    if word:
        alone = word[0]
        if _UNITS.fullmatch(alone) and (len(tight) == 1 and tight.isdigit()):
            return False
        symbol = len(alone) == 1 or bool(_SYMBOLS.search(font))
        return not symbol and not (len(alone) == 2 and alone[0].isupper() and after[:1].isalnum())
    if text[-1] in ".,;:!?”’\"'»":
        return True
    if text[-1].isdigit():
        number = re.search(r"[\w.,\-]*$", text)
        stem = number[0] if number else ""
        if stem == "10" or re.search(r"(?:^|[^\d.,])10$", stem):
            return not _NUMERIC.fullmatch(tight) or "," in tight
        if re.fullmatch(r"(?:19|20)\d\d", stem) or re.search(r"[A-Za-z]", stem):
            return True
        return "," in tight or not re.fullmatch(r"\d{1,2}", tight)
    if text[-1] == ")" and re.search(r"[^\W\d_]{3}\)$", text) and tight.isdigit():
        return True
    if text[-1] in ")]}⟩|":
        return "," in tight or "–" in tight or (len(tight) > 1 and tight.isdigit()) or not tight[-1:].isalnum()
    return text[-1] in "%°" or (not tight.isdigit() and text[-1] not in "∗∂∇ℝℂℤℕ")


_SYMBOLS = re.compile(r"math|[^a-z]MI\d*$|cmmi|cmsy|msbm|rsfs|eufm|italic.*math|txmi|bbm|dsrom|symbol", re.IGNORECASE)
"""Fonts of what is multiplied, not of words."""
