"""Where a figure is on a page: by its ink, from the caption to the next line of text."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from localdigest.pdf.cut import Item, Page, crop
from localdigest.pdf.picture import png
from localdigest.records.figures import Box, Caption

TEXT: Box = (72, 600, 540, 700)
PICTURE: Box = (150, 400, 450, 560)
UNDER: Box = (100, 370, 500, 382)


def page(*items: Item) -> Page:
    ink = np.zeros((1584, 1224), np.bool_)
    for item in items:
        left, bottom, right, top = (round(2 * side) for side in item.box)
        ink[1584 - top : 1584 - bottom, left:right] = True
    return Page(612, 792, 2.0, ink, items)


def caption(label: str = "Figure 1", box: Box = UNDER, *walls: Box, column: tuple[float, float] = (0, 1e4)) -> Caption:
    return Caption(label, f"{label}: What it shows.", 1, box, column, walls)


def inside(box: Box, whole: Box) -> bool:
    return box[0] >= whole[0] and box[1] >= whole[1] and box[2] <= whole[2] and box[3] <= whole[3]


def test_a_figure_is_cut_with_its_caption_and_its_title_but_without_text() -> None:
    title = Item("text", (200, 564, 400, 574))
    found = crop(
        caption("Figure 1", UNDER, TEXT), page(Item("text", TEXT), title, Item("picture", PICTURE), Item("text", UNDER))
    )
    assert found
    assert all(inside(box, found) for box in (PICTURE, UNDER, title.box))
    assert found[3] < TEXT[1]


def test_a_figure_is_cut_in_its_own_column_only() -> None:
    left, right, under = (
        Item("picture", (72, 400, 290, 560)),
        Item("picture", (320, 400, 540, 560)),
        (72, 380, 290, 390),
    )
    found = crop(caption("Figure 1", under, column=(0, 306)), page(left, right, Item("text", under)))
    assert found
    assert inside(left.box, found)
    assert found[2] < 306


@pytest.mark.parametrize(
    "item",
    [
        Item("picture", (-20, 400, 450, 560)),  # goes on over the page's edge
        Item("picture", (150, 400, 450, 605)),  # the text stands in it
        Item("text", PICTURE),  # no picture at all
        Item("picture", (150, 400, 190, 420)),  # a crumb
    ],
)
def test_what_is_not_clean_is_left_out(item: Item) -> None:
    shown = Item(item.kind, (max(0, item.box[0]), *item.box[1:]))
    assert crop(caption("Figure 1", UNDER, TEXT), page(Item("text", TEXT), shown, Item("text", UNDER))) is None


def test_a_table_ends_at_its_last_rule_whichever_side_it_is_on() -> None:
    rules = [Item("rule", (100, y, 500, y + 1)) for y in (340, 325, 250)]
    rows = [Item("text", (110, y, 480, y + 8)) for y in (328, 312, 300, 288, 276, 264, 253)]
    after = Item("text", (72, 228, 540, 238))
    over = crop(caption("Table 1", UNDER), page(*rules, *rows, after, Item("text", UNDER)))
    assert over
    assert inside((100, 250, 500, 382), over)
    assert over[1] > after.box[3]
    below: Box = (100, 225, 500, 237)
    assert crop(caption("Table 1", below), page(*rules, *rows, Item("text", below)))


def test_a_picture_is_a_png_of_few_colours() -> None:
    pixels = np.full((10, 21, 3), 255, np.uint8)
    pixels[2:5, 3:9] = (200, 30, 10)
    data = png(pixels, 255)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[24:26] == bytes([1, 3])  # one bit a pixel, of a palette
    start = data.index(b"IDAT") + 4
    rows = zlib.decompress(data[start : start + int.from_bytes(data[start - 8 : start - 4])])
    assert len(rows) == 10 * (1 + 3)
    place = data.index(b"PLTE") + 4
    assert data[place : place + 6] == bytes([255, 255, 255, 10, 30, 200])
    assert rows[2 * 4 + 1 :][:2] == bytes([0b00011111, 0b10000000])
