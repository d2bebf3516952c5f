"""What is sure to show without drawing the page: however much is painted elsewhere."""

from __future__ import annotations

from localdigest.pdf.font import Face
from localdigest.pdf.path import Box
from localdigest.pdf.sight import HIDDEN, SEEN, Run, settle

PAGE: Box = (0, 0, 612, 792)


def run(x: float, y: float) -> Run:
    one = Run([b"Some text"], Face({}, 0.5), 10, 1, 0, 0, 0, (1, 0, 0, 1, x, y), 0, 1, lost=False, plain=True)
    one.measure()
    return one


def dots(count: int, light: float) -> list[tuple[int, Box, float | None]]:
    return [(0, (100 + at % 400, 100 + at % 97, 103 + at % 400, 103 + at % 97), light) for at in range(count)]


def test_a_plot_of_many_dots_makes_no_text_elsewhere_suspicious() -> None:
    runs = [run(72, 700), run(72, 686)]
    assert settle(runs, dots(50_000, 0.2), PAGE)
    assert [each.sight for each in runs] == [SEEN, SEEN]


def test_what_is_painted_under_or_over_a_text_does() -> None:
    runs = [run(72, 700), run(120, 150)]
    assert not settle(runs, dots(500, 0.2), PAGE)
    assert [each.sight for each in runs] == [SEEN, HIDDEN]
    assert settle([run(120, 150)], dots(500, 1.0), PAGE)  # a light ground, painted before
    assert not settle([run(120, 150)], [(1, (110, 140, 200, 170), 1.0)], PAGE)  # and behind it
