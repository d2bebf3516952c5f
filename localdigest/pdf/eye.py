"""What can be seen of the texts of a file's pages: settled without a picture where that is sure, else by pdfium's."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from localdigest.pdf.outlines import Lies, Outlines, shapes
from localdigest.pdf.path import Box
from localdigest.pdf.settle import settle
from localdigest.pdf.sight import Run
from localdigest.pdf.state import Scene

if TYPE_CHECKING:
    from localdigest.pdf.drawing import Drawing


CHUNK = 12
"""Letters that are looked for by themselves; of texts with fewer, as many as have them together."""


def lose_others(runs: Sequence[Run], said: str) -> None:
    """Loses the texts that pdfium has not on its page."""
    known = _letters(said)
    chunks: list[list[Run]] = []
    for run in runs:
        if len(_letters(run.text)) < CHUNK and chunks and len(_said(chunks[-1])) < CHUNK:
            chunks[-1].append(run)
        else:
            chunks.append([run])
    for chunk in chunks:
        for run in chunk if _said(chunk) not in known else ():
            run.lost = True


def _said(runs: Sequence[Run]) -> str:
    return _letters("".join(run.text for run in runs))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


class Unjudged(Exception):
    """A page has texts of which it cannot be told whether they are seen: it is left out, and counted."""


class Eye:
    """The pages of a file as pdfium draws them; it is loaded where one is wanted."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._outlines = Outlines()
        self._lies: Lies | None = None

    @functools.cached_property
    def _drawing(self) -> Drawing:
        from localdigest.pdf.drawing import Drawing

        return Drawing(self._data)

    def look(self, number: int, scene: Scene, box: Box, sheet: Box, *, annotated: bool, guessed: bool) -> None:
        """Fill in what can be seen of each text of a page; `annotated`: annotations may lie over them; `guessed`: the
        file is damaged, so that pdfium may have another page there."""
        if self._lies is None:
            self._outlines.note(number, scene.runs)
        else:
            self._lies.spoil(scene)
        if settle(scene, box, sheet):
            return
        from localdigest.pdf.ink import judge

        try:
            drawn = self._drawing.page(number)
            drawn.annotated = annotated
            try:
                if guessed:
                    lose_others(scene.runs, drawn.said())
                judge(scene.runs, scene.images, drawn, box, sheet)
            finally:
                drawn.close()
        except ValueError as error:
            raise Unjudged(str(error)) from None

    def misled(self, size: object, *, encrypted: bool) -> set[int]:
        """Once all pages have been looked at: those to be looked at again, since their fonts are not honest. `size`:
        how many objects the file says that it has."""
        letters = self._outlines.letters()
        try:
            objects = size if isinstance(size, int) and not encrypted and self._drawing else 0
        except ValueError:  # what pdfium cannot open has no page that is drawn
            return set()
        self._lies = self._outlines.lies(shapes(self._data, letters, objects) if letters else {})
        return self._outlines.pages(self._lies)
