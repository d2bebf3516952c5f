"""Figures of a PDF as pictures, cut in a child process of their own: what goes wrong here costs no paper its text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from localdigest.pdf import MEMORY, PdfUnreadable, ask_child
from localdigest.pdf.child import started
from localdigest.records.figures import Caption

TIMEOUT = 30.0
MOST_ASKED = 90_000
"""Bytes of what a child may be asked; a system's longest argument has 128 KiB."""


class Cut(msgspec.Struct, frozen=True):
    """A figure with its caption, as PNG."""

    caption: int
    """Its place among the captions."""
    width: int
    height: int
    png: bytes


class _Asked(msgspec.Struct, frozen=True):
    captions: tuple[Caption, ...]
    wishes: tuple[tuple[int, ...], ...]
    most: int


def cut(path: Path, captions: Sequence[Caption], wishes: Sequence[Sequence[int]], most: int) -> tuple[Cut | None, ...]:
    """For each wish, places in `captions` from the best on, the first that can be cut out whole with its caption and
    nothing of anything else; none twice. `most`: bytes of each. None where there is none.
    """
    wanted = {place for wish in wishes for place in wish}
    pages = {captions[place].page for place in wanted}
    kept = [place for place, caption in enumerate(captions) if caption.page in pages]
    shown = tuple(replace(captions[at], text="", walls=captions[at].walls if at in wanted else ()) for at in kept)
    data = msgspec.json.encode(_Asked(shown, tuple(tuple(map(kept.index, wish)) for wish in wishes), most))
    nothing = (None,) * len(wishes)
    if not wanted or len(data) > MOST_ASKED:
        return nothing
    try:
        found = ask_child(path, TIMEOUT, MEMORY, "figures.child", tuple[Cut | None, ...], data.decode())
    except PdfUnreadable:
        return nothing
    return tuple(one and msgspec.structs.replace(one, caption=kept[one.caption]) for one in found)


def child() -> None:
    """Entry of the child, as `child.child`; a fifth argument says what is asked."""
    path, _ = started()
    asked = msgspec.json.decode(sys.argv[5], type=_Asked)
    sys.stdout.buffer.write(msgspec.json.encode(tuple(_granted(path, asked))))


def _granted(path: Path, asked: _Asked) -> Iterator[Cut | None]:
    from localdigest.pdf.drawing import Drawing
    from localdigest.pdf.picture import cut_one

    drawing, tried = Drawing(path.read_bytes()), set[int]()
    for wish in asked.wishes:
        found = None
        for place in wish:
            if place in tried:
                continue
            tried.add(place)
            others = [one for one in asked.captions if one.page == asked.captions[place].page]
            if made := cut_one(drawing, asked.captions[place], others, asked.most):
                found = Cut(place, made.width, made.height, made.data)
                break
        yield found
