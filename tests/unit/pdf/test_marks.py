"""Forms that only paint shapes: what they paint is what following them operator by operator finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.pdf import child, marks
from localdigest.pdf.font import Fonts
from localdigest.pdf.state import Scene
from localdigest.pdf.walk import MAX_FORMS, Walk
from tests.kit.made_pdfs import Pdf, stream

FORM = b"/Type/XObject/Subtype/Form/BBox[-20 -20 20 20]"
DOT = b"1 j 0 J [] 0 d -1 -1 m 1 -1 l 1 1 l h B"
CURVE = b"0.2 w 0 -6 m 9 -6 9 6 0 6 c s -3 0 6 9 re f* 4 w -3 0 m 3 0 l S"


def scene(folder: Path, mark: bytes, content: bytes, entries: bytes = b"") -> Scene:
    made = Pdf(content)
    made.objects[10] = stream(mark, FORM + entries)
    made.resources = {"XObject": b"/M 10 0 R", "ExtGState": b"/Thin<</ca .5>>/Dark<</BM/Multiply>>"}
    path = folder / "a.pdf"
    path.write_bytes(made.data())
    opened = child._open(path)
    assert not isinstance(opened, child.Answer)
    (page, *_), _, reader = opened
    walk = Walk(lambda form: child._operations(form, reader), Fonts({}, lambda _: ("", lambda _: "")), {})
    operations = child._operations(page["/Contents"], reader)
    return walk.page(operations, page["/Resources"], 1.0, (0, 0, 612, 792))


@pytest.mark.parametrize("mark", [DOT, CURVE])
@pytest.mark.parametrize(
    "before",
    [b"", b"1 0 0 rg 0 0 1 RG", b"/Thin gs", b"/Dark gs", b"90 90 30 30 re W n", b".7 .7 -.7 .7 9 9 cm", b"3 w 1 g"],
)
def test_a_mark_paints_what_its_operators_paint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: bytes, before: bytes
) -> None:
    content = before + b" 1 0 0 1 100 100 cm /M Do 2 0 0 3 40 40 cm /M Do"
    found = scene(tmp_path, mark, content)
    monkeypatch.setattr(marks, "_shapes", lambda _: None)
    followed = scene(tmp_path, mark, content)
    assert found.paints == followed.paints
    assert found.paints
    assert (found.haze.steps, found.shape, found.doubt) == (followed.haze.steps, followed.shape, followed.doubt)
    assert (found.forms, followed.forms) == (0, 2)


def test_marks_are_followed_beyond_the_bound_of_forms(tmp_path: Path) -> None:
    found = scene(tmp_path, DOT, b"1 0 0 1 .2 .1 cm /M Do " * (MAX_FORMS + 500))
    assert len(found.paints) == MAX_FORMS + 500
    assert found.paints[-1].box == pytest.approx((299, 149, 301, 151))


@pytest.mark.parametrize("more", [b"1 g", b"q Q", b"BT ET", b"/M Do", b"0 0 9 9 re W n", b"1 1 w", b"/Thin gs"])
def test_what_does_more_than_painting_shapes_is_no_mark(tmp_path: Path, more: bytes) -> None:
    assert scene(tmp_path, DOT + b" " + more, b"/M Do").forms > 0


def test_a_group_is_no_mark(tmp_path: Path) -> None:
    assert scene(tmp_path, DOT, b"/M Do", b"/Group<</S/Transparency>>").forms == 1
