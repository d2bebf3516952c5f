"""Figures cut out of PDFs: a form in a column, and a real paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from localdigest import pdf
from localdigest.pdf.figures import cut
from tests.kit.made_pdfs import FORM, Pdf, stream

PROSE = (
    "The encoder reads the whole signal and turns it into",
    "a short row of tokens that carry what is meant by it.",
    "Every token is given to the decoder, which has learnt",
    "from many hours of clean speech how it should go on.",
)
REAL = Path(__file__).parents[2] / "data" / "evidence" / "jose-00286-pyqint-math.pdf"
MOST = 80 << 10


def rows(texts: tuple[str, ...], x: int, y: int) -> bytes:
    return b"".join(
        b"BT /F1 10 Tf %d %d Td (%s) Tj ET\n" % (x, y - 12 * at, text.encode()) for at, text in enumerate(texts)
    )


def test_a_figure_in_a_form_of_one_of_two_columns_is_cut_whole(tmp_path: Path) -> None:
    caption = b"BT /F1 9 Tf 80 480 Td (Figure 1: Overview of encoder and decoder, our method.) Tj ET\n"
    content = b"q 1 0 0 1 40 0 cm /Fig Do Q\n" + caption + rows(PROSE * 8, 60, 440) + rows(PROSE * 14, 330, 720)
    made = Pdf(content, {"XObject": b"/Fig 10 0 R"})
    made.objects[10] = stream(b"1 0 0 rg 40 500 180 100 re f 0 0 1 rg 60 620 140 60 re f", FORM)
    path = tmp_path / "paper.pdf"
    path.write_bytes(made.data())
    (found,) = (document := pdf.read(path)).captions
    assert (found.label, found.page) == ("Figure 1", 1)
    (figure,) = cut(path, document.captions, [[0]], MOST)
    assert figure
    assert len(figure.png) < MOST
    points = found.box[2] - found.box[0] + 10, 684 - found.box[1] + 10  # five points of white on each side
    assert abs(figure.width / figure.height - points[0] / points[1]) < 0.05
    walled = replace(found, walls=(*found.walls, (60, 590, 200, 600)))  # as if a line of text stood in it
    assert cut(path, [walled], [[0]], MOST) == (None,)


def test_all_but_one_figure_of_a_real_paper_are_cut() -> None:
    document = pdf.read(REAL)
    assert [caption.label for caption in document.captions][:2] == ["Figure 1", "Figure 2"]
    wishes = [[place] for place in range(len(document.captions))]
    found = cut(REAL, document.captions, wishes, MOST)
    assert all(figure is None or len(figure.png) <= MOST for figure in found)
    assert sum(figure is not None for figure in found) >= len(found) - 1
