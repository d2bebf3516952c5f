"""Papers of a few lines, set as they would be: for tests of what is read of their places and type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from localdigest.pdf.lines import Line

ROMAN, BOLD, SLANTED = "CMR10", "CMBX10", "CMTI10"
PROSE = (
    "The encoder reads the whole signal and turns it into a short row of tokens with",
    "all that it means, and every token is then given to a decoder that was trained.",
)


def line(text: str, y: float, page: int = 1, *, size: float = 10.0, font: str = ROMAN, x: float = 72.0) -> Line:
    """`**All of it** ` in bold, or its beginning."""
    lead = len(text.split("**")[1]) if text.startswith("**") else 0
    text = text.replace("**", "")
    bold = font == BOLD or lead == len(text)
    font = BOLD if bold else font
    found = Line(text, page, x, y, size, size, font, bold, 0 if bold else lead, False, x + 0.5 * size * len(text))
    return replace(found, height=size)


def column(texts: Sequence[str], top: float = 700.0, page: int = 1, *, step: float = 12.0) -> list[Line]:
    """Lines one below the other; an empty text is a gap."""
    return [line(text, top - step * at, page) for at, text in enumerate(texts) if text]
