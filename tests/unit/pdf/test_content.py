"""Content streams are taken apart as pypdf does it, or left to pypdf."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pypdf.errors import PyPdfError
from pypdf.generic import ContentStream, StreamObject

from localdigest.pdf.content import operations

PLAIN = rb"""q 1 0 0 -1 72.5 .5 cm /F34 10.9091 Tf 0.98 0 0 1 72 550 Tm [(Figure)-267(8.3:\051\\)-4.5<41 42>(a\
b)]TJ
BT (one \(two\) \101\60) Tj (a (nested) one) ' <4142> Tj <414> Tj ET % a comment: 1 0 0 rg
/P <</MCID 0>> BDC EMC /Sp#6ft cs 0.1 .2 -.3 +4 5. scn 0 0 m 1 2 l h f* [] 0 d [3 1.5] 0 d
/Name gs/Other Do Q"""
PIECES = [
    b"q", b"Q", b"BT", b"Tj", b"TJ", b"f*", b"'", b"rg", b"BI", b"R", b"1", b"-2.5", b".5", b"+7.", b"1.2.3", b"--4",
    b"1e5", b"0 0 R", b"/F1", b"/A#20B", b"/", b"(text)", b"(a(b)c)", b"(\\101\\777)", b"(\\400)", b"(\\8)", b"(\\\n)",
    b"(open", b"<41>", b"<4>", b"<4 1>", b"<zz>", b"[(a)-20(b)]", b"[1 2", b"]", b"[/A true null]", b"<</MCID 1>>",
    b"<<", b"% note\n", b"\0", b"\x0b", b"{", b"true", b"12345678901234567890123", b"[(\xff\r\n)1-2]",
]  # fmt: skip


def plain(value: Any) -> Any:
    """As Python's own types."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    kinds: tuple[Any, ...] = (bool, int, float, bytes, str)
    return next((kind(value) for kind in kinds if isinstance(value, kind)), repr(value))


def of_pypdf(data: bytes) -> Any:
    stream = StreamObject()
    stream.set_data(data)
    return plain([list(each) for each in ContentStream(stream, None, "bytes").operations])


def test_an_ordinary_stream_is_taken_apart_as_pypdf_does_it() -> None:
    found = operations(PLAIN)
    assert found is not None
    assert plain([list(each) for each in found]) == of_pypdf(PLAIN)


def test_what_is_damaged_or_a_picture_is_left_to_pypdf() -> None:
    for data in (b"q BI /W 1 ID x EI Q", b"(open", b"1 0 R Do", b"1.2.3 w", b"\0 q", b"1 ] TJ", b"<zz> Tj"):
        assert operations(data) is None, data


@pytest.mark.parametrize("seed", range(40))
def test_however_pieces_are_strung_together_pypdf_says_the_same(seed: int) -> None:
    dice = Random(seed)  # noqa: S311
    told = 0
    for _ in range(100):
        chosen = dice.choices(PIECES[: dice.choice((15, len(PIECES)))], k=dice.randrange(1, 9))
        data = dice.choice((b" ", b"\n", b"")).join(chosen)
        if (found := operations(data)) is not None:
            told += 1
            try:
                theirs = of_pypdf(data)
            except (PyPdfError, ValueError, TypeError, AssertionError) as error:
                theirs = error
            assert plain([list(each) for each in found]) == theirs, data
    assert told > 10
