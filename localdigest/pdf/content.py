"""Content streams as nearly all are written, taken apart several times as fast as by pypdf.

What is written otherwise is left to pypdf: an object to its reader of objects, or the whole stream. Both say the same.
"""

from __future__ import annotations

import io
import re
from typing import Any

from localdigest.pdf.path import Operation

LONGEST, MOST = 2_000_000, 1_900_000
"""Bytes of a stream from which on its tokens are counted; and how many it may have: pypdf takes two millions."""
FAR = 4096
"""Bytes of an object that pypdf is asked for."""

_SPACE, _END = rb"[ \t\n\r\f]", rb"(?=[ \t\n\r\f()<>\[\]{}/%]|\Z)"
_NUMBER = rb"[+-]?+(?:[0-9]{1,15}+(?:\.[0-9]{0,25}+)?+|\.[0-9]{1,25}+)" + _END
_ESCAPE = rb"\\(?:[nrtbf()\\]|[0-3][0-7]{0,2}+|[4-7][0-7]?+(?![0-7]))"
_TEXT = rb"(?:[^()\\]++|%s)*+" % _ESCAPE
_HEX = rb"[0-9A-Fa-f]*+"
_ITEMS = rb"(?:%s++|\(%s\)|<%s>|%s)*+" % (_SPACE, _TEXT, _HEX, _NUMBER)

_OPERATION = re.compile(
    rb"%s*+((?:%s%s++){0,12}+)([A-Za-z'\"][A-Za-z0-9*'\"]{0,9}+)%s" % (_SPACE, _NUMBER, _SPACE, _END)
)
_OPERAND = re.compile(
    rb"%s*+(?:(?P<array>\[%s\])|(?P<number>%s)|(?P<name>/[A-Za-z0-9_.+-]{1,60}+)%s|\((?P<text>%s)\)|<(?P<hex>%s)>"
    rb"|(?P<comment>%%[^\r\n]*+)|(?P<other>[/(<\[])|(?P<end>\Z))" % (_SPACE, _ITEMS, _NUMBER, _END, _TEXT, _HEX)
)
_PICTURE = re.compile(
    rb"BI[^()<>%%~]{0,400}?/F(?:ilter)?%s*+\[?%s*+/A(?:SCII)?85[^()<>%%~]{0,400}?%sID%s[!-uz\s]*+~>%s*+EI%s"
    % (_SPACE, _SPACE, _SPACE, _SPACE, _SPACE, _END)
)
_ITEM = re.compile(rb"\((%s)\)|<(%s)>|(%s)" % (_TEXT, _HEX, _NUMBER))
_ESCAPED = re.compile(_ESCAPE)
_SIGNS = {ord("n"): b"\n", ord("r"): b"\r", ord("t"): b"\t", ord("b"): b"\b", ord("f"): b"\f"}


def operations(data: bytes) -> list[Operation] | None:
    """What pypdf's ContentStream has for operations; None where that has to be asked for them."""
    found: list[Operation] = []
    operands: list[Any] = []
    at = 0
    while True:
        if match := _OPERATION.match(data, at):
            numbers, operator = match.groups()
            if operator == b"BI" and (picture := _picture(data, match.start(2))):
                found.append(picture[0])
                at = picture[1]
                continue
            if operator in (b"BI", b"R"):  # the one begins a picture, the other ends a reference
                return None
            if numbers:
                operands += [float(one) if b"." in one else int(one) for one in numbers.split()]
            found.append((operands, operator))
            operands = []
        elif (match := _OPERAND.match(data, at)) is None:
            return None
        elif (kind := match.lastgroup) == "end":
            return found if len(data) < LONGEST or _tokens(found) < MOST else None
        elif kind == "other":
            if (read := _read(data, match.end() - 1)) is None:
                return None
            operands.append(read[0])
            at = read[1]
            continue
        elif kind and kind != "comment":
            operands.append(_value(kind, match[kind]))
        at = match.end()


def _value(kind: str, raw: bytes) -> Any:
    if kind == "array":
        return [
            float(number) if b"." in number else int(number) if number else _string(text) if text else _bytes(digits)
            for text, digits, number in _ITEM.findall(raw)
        ]
    if kind == "number":
        return float(raw) if b"." in raw else int(raw)
    return _string(raw) if kind == "text" else _bytes(raw) if kind == "hex" else raw.decode()


def _string(raw: bytes) -> bytes:
    return _ESCAPED.sub(_unescaped, raw) if b"\\" in raw else raw


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match[0][1:]
    return bytes([int(sign, 8)]) if sign[0] in b"01234567" else _SIGNS.get(sign[0], sign)


def _bytes(digits: bytes) -> bytes:
    return bytes.fromhex((digits + b"0" if len(digits) % 2 else digits).decode())


def _read(data: bytes, at: int) -> tuple[Any, int] | None:
    """An object as pypdf reads it, and where it ends; None where it is long, or none."""
    from pypdf.errors import PyPdfError
    from pypdf.generic import read_object

    stream = io.BytesIO(data[at : at + FAR])
    try:
        found = read_object(stream, None, "bytes")
    except (PyPdfError, ValueError, TypeError, AssertionError):
        return None
    end = stream.tell()
    return (found, at + end) if end < FAR - 64 else None


def _picture(data: bytes, at: int) -> tuple[Operation, int] | None:
    """A picture in the stream, written so that its end is not to be mistaken, and where that is."""
    from pypdf.generic import ContentStream, StreamObject

    if not (match := _PICTURE.match(data, at)):
        return None
    stream = StreamObject()
    stream.set_data(match[0])
    found = ContentStream(stream, None, "bytes").operations
    return (found[0], match.end()) if len(found) == 1 and found[0][1] == b"INLINE IMAGE" else None


def _tokens(found: list[Operation]) -> int:
    return sum(1 + len(ops) + sum(len(one) for one in ops if isinstance(one, list)) for ops, _ in found)
