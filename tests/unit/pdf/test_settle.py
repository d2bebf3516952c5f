"""What is sure to show, or not to, without drawing the page: however much is painted elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from localdigest.pdf.font import Face
from localdigest.pdf.path import Box
from localdigest.pdf.settle import FEW, settle
from localdigest.pdf.sight import HIDDEN, LAYER, OUTLINES_ONLY, SEEN, TRIMMED, Run
from localdigest.pdf.state import Haze, Paint, Scene

PAGE: Box = (0, 0, 612, 792)
LATIN = Face({}, 0.5, spell=lambda data: data.decode("latin-1"))


def run(x: float, y: float, text: bytes = b"Some text", *, size: float = 10, white: bool = False) -> Run:
    matrix = (1.0, 0.0, 0.0, 1.0, x, y)
    one = Run([text], LATIN, size, 1, 0, 0, 0, matrix, 0, 1, lost=False, plain=not white, white=white)
    one.measure()
    return one


def scene(runs: Sequence[Run], paints: Sequence[Paint] = ()) -> Scene:
    return Scene(1.0, Haze(PAGE, 1.0), runs=list(runs), paints=list(paints))


def sights(of: Scene, sheet: Box = PAGE) -> list[int | list[int] | None]:
    """None for what is left to the picture."""
    settle(of, PAGE, sheet)
    return [each.sight if each.settled else None for each in of.runs]


def dots(count: int, light: float) -> list[Paint]:
    return [Paint(0, (100 + at % 400, 100 + at % 97, 103 + at % 400, 103 + at % 97), light) for at in range(count)]


def test_a_plot_of_many_dots_makes_no_text_elsewhere_suspicious() -> None:
    assert sights(scene([run(72, 700), run(72, 686)], dots(50_000, 0.2))) == [SEEN, SEEN]


def test_paint_under_or_over_a_text_settles_whether_it_is_seen() -> None:
    assert sights(scene([run(72, 700), run(120, 150)], dots(500, 0.2))) == [SEEN, None]
    assert sights(scene([run(120, 150)], dots(500, 1.0))) == [SEEN]  # a light ground, painted before
    assert sights(scene([run(120, 150)], [Paint(1, (110, 140, 200, 170), 1.0)])) == [None]  # and behind it


def test_white_text_is_hidden_where_nothing_is_painted_that_it_would_show_on() -> None:
    white = run(120, 150, white=True)
    assert sights(scene([white, run(72, 700)])) == [HIDDEN, SEEN]
    assert sights(scene([white], [Paint(0, (100, 100, 300, 200), 0.2)])) == [None]


def test_text_that_paints_nothing_is_the_layer_of_a_scan_where_a_picture_lies_and_hidden_elsewhere() -> None:
    layer, beside, typed = run(120, 150), run(120, 700), run(120, 200)
    for each in (layer, beside, typed):
        each.mode, each.plain = OUTLINES_ONLY, False
    typed.face = Face({}, 0.5, spell=lambda data: data.decode("latin-1"), drawn=True)  # painted in every mode
    page = scene([layer, beside, typed])
    page.images.append((0, (0, 0, 612, 500)))
    assert sights(page) == [LAYER, HIDDEN, None]
    clear = run(120, 150)
    clear.alpha, clear.plain = 0.0, False
    page = scene([clear])
    page.images.append((0, (0, 0, 612, 500)))
    assert sights(page) == [HIDDEN]  # its picture lies below it
    page.images.append((1, (0, 0, 612, 500)))
    assert sights(page) == [LAYER]


def test_texts_over_one_another_are_not_sure_but_for_a_few_letters_as_accents_have_it() -> None:
    line = b"a" * (FEW + 1)
    assert sights(scene([run(72, 700, line), run(74, 700, line)])) == [None, None]
    assert sights(scene([run(72, 700, line), run(72, 688, line), run(72 + 5 * len(line), 700, line)])) == [SEEN] * 3
    assert sights(scene([run(72, 700, b"e"), run(72, 700, b"'")])) == [SEEN, SEEN]
    small = run(140, 420, line, size=4)
    assert sights(scene([run(100, 300, b"I", size=600), small])) == [SEEN, None]  # in the stem of a large letter


def test_dark_text_shows_on_what_is_surely_lighter_however_it_is_mixed_and_no_other() -> None:
    text = run(120, 150)
    text.light = 0.0
    sights_on = [
        sights(scene([text], [Paint(0, (100, 100, 300, 200), None, least=least)])) for least in (0.3, 0.02, None)
    ]
    assert sights_on == [[SEEN], [None], [None]]
    text.light = 0.2
    assert sights(scene([text], [Paint(0, (100, 100, 300, 200), None, least=0.3)])) == [None]


def test_what_grazes_a_text_covers_none_of_it_and_what_reaches_into_it_may() -> None:
    left, bottom, right, top = run(120, 150).core
    grazing = Paint(1, (left - 20, bottom - 5, left + 0.4, top + 5), 0.0)
    assert sights(scene([run(120, 150)], [grazing])) == [SEEN]
    assert sights(scene([run(120, 150)], [grazing._replace(box=(left - 20, bottom - 5, left + 2, top + 5))])) == [None]
    slits = [Paint(1, (left, bottom + at * 0.4, right, bottom + at * 0.4 + 0.4), 1.0) for at in range(10)]
    assert sights(scene([run(120, 150)], slits)) == [None]


def test_text_over_the_page_s_edge_is_seen_as_far_as_it_is_on_the_page() -> None:
    label = run(590, 400, b"{eq:one}")
    assert sights(scene([label]), (0, 0, 700, 792)) == [[SEEN] * 5 + [TRIMMED] * 3]
    label.lost = True
    assert sights(scene([label])) == [None]


def test_hairlines_hide_what_rules_do_not() -> None:
    hatched, ruled = scene([run(72, 700)]), scene([run(72, 700)])
    for at in range(12):
        hatched.haze.add((60, 695 + at, 300, 695.7 + at), 240 * 0.7)
    ruled.haze.add((60, 699, 300, 699.4), 240 * 0.4)
    assert sights(hatched) == [None]
    assert sights(ruled) == [SEEN]


def test_a_space_is_as_what_stands_before_it_and_what_is_off_the_page_is_hidden() -> None:
    over = [Paint(9, (100, 690, 200, 720), 1.0)]
    assert sights(scene([run(72, 700, b"Word"), run(110, 700, b" "), run(120, 700)], over)) == [SEEN, SEEN, None]
    assert sights(scene([run(72, -300), run(72, 900)]), (0, -50, 612, 1000)) == [HIDDEN, TRIMMED]


def test_nothing_is_sure_on_a_page_that_viewers_may_take_otherwise() -> None:
    odd = scene([run(72, 700)])
    odd.doubt = True
    assert sights(odd) == [None]
