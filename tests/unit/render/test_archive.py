"""The archive: a small record a day, an index over all of them, a chart; all from what the days' pages showed."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from localdigest.messages.errors import ConfigError
from localdigest.pages import site
from localdigest.records import Digest, Point
from localdigest.render import archive, chart, html
from localdigest.render.forms import Wishes
from tests.kit.digests import digest, explained, paper, translated
from tests.kit.pages import hashes, parse, policy


def of(day: date, *numbers: int) -> Digest:
    papers = [paper(number, f"Title {number}") for number in numbers]
    found = digest(papers, *(translated(each, f"译文{each.id}。") for each in papers))
    return replace(found, window=replace(found.window, day=day))


def unpacked(record: archive.DayRecord) -> list[list[str]]:
    rows: list[list[str]] = json.loads(zlib.decompress(base64.b64decode(record.texts), -zlib.MAX_WBITS))
    return rows


def add(folder: Path, day: Digest) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{day.window.day}.html").write_text(html.to_html(day), encoding="utf-8")
    site.write_record(folder, day)
    site.write_index(folder, day.language, Wishes())


def test_a_record_has_what_a_search_looks_through() -> None:
    one = replace(paper(1, "A\x1b title", ("Ann", "Bob")), id="hep-th/9901001", categories=("cs.SD", "eess.AS"))
    record = archive.record(digest([one, paper(2)], translated(one, "译文。"), explained(one, Point("一点", ()))))
    first, second = unpacked(record)
    assert first == [
        "hep-th/9901001",
        "phep-th_9901001",
        "A title",
        "Ann, Bob",
        "cs.SD eess.AS",
        "Abstract.",
        "译文。",
        "一点 一点",
    ]
    assert second[-2:] == ["", ""]
    assert dict(record.topics) == {"cs.SD": 2}
    assert dict(record.categories) == {"cs.SD": 2, "eess.AS": 1}
    assert record.counts["shown"] == 2


def test_days_join_the_archive_and_a_day_made_again_takes_its_own_place(tmp_path: Path) -> None:
    add(tmp_path, of(date(2025, 12, 17), 1, 2))
    add(tmp_path, of(date(2026, 1, 5), 3))
    add(tmp_path, of(date(2025, 12, 16), 4))
    add(tmp_path, of(date(2025, 12, 17), 1, 2, 5))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    tree = parse(page)
    rows = tree.all("li.day-row")
    assert [row.one("a").attributes["href"] for row in rows] == [
        "2026-01-05.html",
        "2025-12-17.html",
        "2025-12-16.html",
    ]
    assert [row.one("span.count").text for row in rows] == ["1 篇", "3 篇", "1 篇"]
    assert [each.one("h2").text for each in tree.all("section.month")] == ["2026-01", "2025-12"]
    blocks = [each for each in tree.all("script") if each.classes == ["texts"]]
    assert [block.attributes["data-day"] for block in blocks] == ["2026-01-05", "2025-12-17", "2025-12-16"]
    records = reversed(site.read_records(tmp_path))
    assert [json.loads(block.text) for block in blocks] == [record.texts for record in records]
    assert policy(tree)["default-src"] == "'none'"
    assert [policy(tree)["script-src"]] == hashes(page, "script")

    (tmp_path / "2025-12-16.html").unlink()  # and with its page a day leaves
    add(tmp_path, of(date(2026, 1, 6), 6))
    tree = parse((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert [row.attributes["data-day"] for row in tree.all("li.day-row")] == ["2026-01-06", "2026-01-05", "2025-12-17"]


def test_links_of_results_are_anchors_of_the_days_page(tmp_path: Path) -> None:
    day = of(date(2025, 12, 17), 1, 2)
    add(tmp_path, day)
    (record,) = site.read_records(tmp_path)
    ids = {
        each.attributes.get("id") for each in parse((tmp_path / "2025-12-17.html").read_text(encoding="utf-8")).walk()
    }
    assert {anchor for _, anchor, *_ in unpacked(record)} <= ids


@pytest.mark.parametrize("text", ["", "{", '{"day": "2025-12-17"}', '{"schema": "localdigest-day/9"}'])
def test_a_damaged_record_is_told_with_the_way_out(tmp_path: Path, text: str) -> None:
    add(tmp_path, of(date(2025, 12, 17), 1))
    path = tmp_path / "days" / "2025-12-17.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"2025-12-17\.json: .*render --format html --date 2025-12-17"):
        site.read_records(tmp_path)


def test_what_stands_unescaped_in_the_index_can_only_be_base64(tmp_path: Path) -> None:
    add(tmp_path, of(date(2025, 12, 17), 1))
    path = tmp_path / "days" / "2025-12-17.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"texts": '"</script><script>'}))
    with pytest.raises(ConfigError, match="texts"):
        site.read_records(tmp_path)


# ---------------------------------------------------------------- the chart

MONDAY = date(2026, 1, 5)


def heights(drawn: str) -> list[dict[str, float]]:
    """Of each bar, the height of its pieces by colour."""
    bars = parse(drawn).all("g")
    return [{rect.attributes["class"]: float(rect.attributes["height"]) for rect in bar.all("rect")} for bar in bars]


def test_bars_are_as_high_as_their_days_have_papers() -> None:
    drawn = chart.svg([(MONDAY, {"a": 8, "b": 2}), (MONDAY + timedelta(days=1), {"a": 4})], "Papers", "other")
    unit = (chart.HEIGHT - chart.BOTTOM - chart.TOP) / 10
    first, second = heights(drawn)
    assert first == pytest.approx({"c0": 8 * unit, "c1": 2 * unit}, abs=0.06)
    assert second == pytest.approx({"c0": 4 * unit}, abs=0.06)
    titles = [each.text for each in parse(drawn).all("title")]
    assert titles == ["2026-01-05: a 8, b 2", "2026-01-06: a 4"]


def test_every_category_of_the_archive_can_be_chosen() -> None:
    papers = [replace(paper(n), categories=(f"cs.A{chr(65 + n)}",)) for n in range(20)]
    tree = parse(archive.to_html([archive.record(digest(papers))], "zh-CN"))
    chosen = {each.attributes["data-filter"] for each in tree.all("button") if "data-filter" in each.attributes}
    assert chosen == {"", "*", *(each.categories[0] for each in papers)}
    assert tree.one("details.others").one("summary").text == "更多分类 4"


def test_many_categories_share_the_last_colour() -> None:
    counts = {f"k{n}": 20 - n for n in range(10)}
    assert chart.topics([(MONDAY, counts)]) == ("k0", "k1", "k2", "k3", "k4", "k5")
    drawn = chart.svg([(MONDAY, counts)], "Papers", "other")
    assert parse(drawn).all("title")[0].text.endswith(f"k5 15, other {14 + 13 + 12 + 11}")


def test_many_days_are_drawn_as_weeks() -> None:
    days = [(MONDAY + timedelta(days=n), {"a": 1}) for n in range(7 * 200) if n % 7 < 5]
    assert not chart.by_week(days[: chart.MOST_BARS])
    assert chart.by_week(days)
    weeks = chart.bars(days)
    assert len(weeks) == chart.MOST_WEEKS
    assert {day.weekday() for day, _ in weeks} == {0}
    assert {counts["a"] for _, counts in weeks} == {5}
    assert weeks[-1][0] == MONDAY + timedelta(weeks=199)


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (9, 10), (13, 14), (99, 100), (101, 120), (480, 480)])
def test_the_axis_ends_at_a_round_even_number(most: int, top: int) -> None:
    drawn = parse(chart.svg([(MONDAY, {"a": most})], "Papers", "other"))
    marks = [int(each.text) for each in drawn.all("text") if each.text.isdigit()]
    assert marks == [0, top // 2, top]


def test_without_days_there_is_no_chart() -> None:
    assert chart.svg([], "Papers", "other") == ""
    assert "chart" not in [each.attributes.get("class") for each in parse(archive.to_html([], "zh-CN")).all("svg")]
