"""What a package's records may hold: every field has its range, and what is taken in costs what it is long."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from localdigest import records
from localdigest.records import Evidence, Part, Point, Result
from localdigest.render import paper as as_paper
from localdigest.store import Store
from localdigest.transfer import content, schema
from localdigest.transfer.bag import Bag, BrokenBag, Info
from tests.kit.digests import MADE, explained, paper, translated, window

DAY = date(2025, 12, 17)
NOW = datetime(2025, 12, 18, tzinfo=UTC)
BAG = Bag(Info(1, NOW, NOW, ""), {})
POINT = Point("A point.", (Evidence(3, "A quote."),))


def opened(kind: str, record: Any) -> content.Contents:
    name = f"data/days/{DAY}.json" if kind == "day" else f"data/results/{DAY}.results.json"
    return content.understand(BAG, {name: msgspec.json.encode(record)})


def built(record: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(record))


def a_day() -> Any:
    one, page = paper(1), records.Page(window("UTC"), True)
    then = records.Replacement(dataclasses.replace(paper(2), version=2), paper(2))
    return built(content.Day(DAY, ("cs.SD",), (one,), page, (then,), (paper(3),), {one.id: "no-pdf: x"}))


def results() -> Any:
    done = (("a" * 64, translated(paper(1), "Text.")), ("b" * 64, explained(paper(1), POINT)))
    return built(content.Finished(DAY, done))


def test_what_we_write_ourselves_is_let_in() -> None:
    assert len(opened("day", a_day()).days) == 1
    assert len(opened("results", results()).finished[0].results) == 2


@dataclasses.dataclass(frozen=True)
class Odd:
    share: float


@dataclasses.dataclass(frozen=True)
class Nothing:
    text: str


def test_a_field_without_a_range_is_no_field_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="needs a range"):
        schema.allowed(Odd)
    monkeypatch.setattr(schema, "RANGES", {"Nothing": {"gone": int}})
    with pytest.raises(TypeError, match="has no gone"):
        schema.allowed(Nothing)


def test_every_field_of_a_record_is_one_of_what_lets_it_in() -> None:
    for record in (records.Paper, records.Page, records.Translation, records.Breakdown, records.Result):
        assert schema.allowed(record).__struct_fields__ == tuple(each.name for each in dataclasses.fields(record))


def put(*path: str | int, to: object) -> Callable[[Any], None]:
    """With what stands at `path` changed to `to`."""

    def change(record: Any) -> None:
        for step in path[:-1]:
            record = record[step]
        record[path[-1]] = to

    return change


TRANSLATION = "results", 0, 1
BREAKDOWN = "results", 1, 1
DAYS = {
    "version of 10^30": put("papers", 0, "version", to=10**30),
    "version below nothing": put("papers", 0, "version", to=-1),
    "hidden text of 10^30": put("papers", 0, "hidden_text", to=10**30),
    "hidden text below nothing": put("papers", 0, "hidden_text", to=-5),
    "category with an OSC sequence": put("categories", to=["\x1b]0;owned\x07"]),
    "a paper's category with C1": put("papers", 0, "categories", to=["cs.CL\x9b2J"]),
    "primary category that turns": put("papers", 0, "primary_category", to="\u202ecs.CL"),
    "title of a megabyte": put("papers", 0, "title", to="a" * (1 << 20)),
    "authors that are one": put("papers", 0, "authors", to="Ann"),
    "announced in year 1": put("papers", 0, "announced", to="0001-01-01"),
    "no zone": put("papers", 0, "published", to="2025-12-16T12:00:00"),
    "zone that is none": put("page", "window", "zone", to="Mars/Olympus"),
    "zone that is a path": put("page", "window", "zone", to="../../../etc/passwd"),
    "zone that is a folder": put("page", "window", "zone", to="America"),
    "anchor that is none": put("page", "window", "anchor", to="24:61"),
    "window the wrong way round": put("page", "window", "end", to="2025-12-16T00:50:00Z"),
    "window of all time": put("page", "window", "start", to="0001-01-01T00:00:00Z"),
    "announcement of year 9999": put("page", "window", "days", to=["9999-12-31"]),
    "announcement of days to come": put("page", "window", "days", to=["2025-12-18"]),
    "announcements of two months": put(
        "page", "window", "days", to=[f"2025-{m}-{d:02}" for m in (10, 11) for d in range(1, 31)]
    ),
    "page of another day": put("page", "window", "day", to="2025-12-18"),
    "left of 10^30": put("page", "left", to=10**30),
    "since of year 9999": put("page", "since", to="9999-12-31T23:59:59-12:00"),
    "replacement of another": put("replaced", 0, "previous", "id", to="2512.00009"),
    "replacement by an older": put("replaced", 0, "paper", "version", to=1),
    "reason of nobody": put("absent", to={"2512.99999": "no-pdf: x"}),
}
RESULTS = {
    "translation without text": put(*TRANSLATION, "translation", "text", to=""),
    "translation of spaces": put(*TRANSLATION, "translation", "text", to=" \n "),
    "done without anything": put(*TRANSLATION, "translation", to=None),
    "translation that is a breakdown": put(*TRANSLATION, "task", to="explain"),
    "both at once": lambda record: record["results"][0][1].update(breakdown=record["results"][1][1]["breakdown"]),
    "not done": put(*TRANSLATION, "status", to="failed"),
    "with a reason": put(*TRANSLATION, "reason", to={"code": "x", "why": "y"}),
    "language that is a path": put(*TRANSLATION, "language", to="../../etc"),
    "result of version 10^30": put(*TRANSLATION, "version", to=10**30),
    "key that is short": put("results", 0, 0, to="a"),
    "key twice": put("results", 1, 0, to="a" * 64),
    "finding beyond the sentences": put(
        *TRANSLATION, "translation", "findings", to=[{"code": "x", "detail": "", "sentence": 10**9}]
    ),
    "confidence of nobody": put(*TRANSLATION, "translation", "confidence", to=[-1.0, -2.0, -3.0]),
    "confidence above nothing": put(*TRANSLATION, "translation", "confidence", to=[1e308]),
    "pair of three": put(*TRANSLATION, "translation", "pairs", to=[["a", "b", "c"]]),
    "depth of 10^9": put(*BREAKDOWN, "breakdown", "parts", 0, "points", 0, "depth", to=10**9),
    "depth below nothing": put(*BREAKDOWN, "breakdown", "parts", 0, "points", 0, "depth", to=-1),
    "point without text": put(*BREAKDOWN, "breakdown", "parts", 0, "points", 0, "text", to=""),
    "evidence on page 10^9": put(*BREAKDOWN, "breakdown", "parts", 0, "points", 0, "evidence", 0, "page", to=10**9),
    "part of no name": put(*BREAKDOWN, "breakdown", "parts", 0, "name", to="evil"),
    "part twice": put(*BREAKDOWN, "breakdown", "parts", 0, "name", to="background"),
    "read share of 1e308": put(*BREAKDOWN, "breakdown", "source", "read_share", to=1e308),
    "more pages with text than pages": put(*BREAKDOWN, "breakdown", "source", "pages_with_text", to=99),
    "more shown than there are": put(*BREAKDOWN, "breakdown", "source", "sentences_shown", to=1),
    "seconds below nothing": put(*BREAKDOWN, "provenance", "seconds", to=-1),
    "seed of 10^30": put(*BREAKDOWN, "provenance", "sampling", "seed", to=10**30),
    "model with an escape": put(*BREAKDOWN, "provenance", "model", to="\x1b[2J"),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_day_beyond_its_ranges_is_refused(name: str) -> None:
    record = a_day()
    DAYS[name](record)
    with pytest.raises(BrokenBag) as told:
        opened("day", record)
    assert str(told.value).isprintable()


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_beyond_its_ranges_is_refused(name: str) -> None:
    record = results()
    RESULTS[name](record)
    with pytest.raises(BrokenBag) as told:
        opened("results", record)
    assert str(told.value).isprintable()


# ---------------------------------------------------------------- what it costs


def test_no_depth_of_a_record_makes_a_page_wide() -> None:
    points = tuple(Point("x", (), depth=10**9) for _ in range(50))
    result = explained(paper(1), *points)
    assert len(as_paper.as_markdown("x", result)) < 5000
    assert len(as_paper.as_text(as_paper.unpublished("a.pdf", "x", result))) < 5000


def test_the_search_is_told_once_of_a_paper_however_many_results_come(tmp_path: Path) -> None:
    def statements(count: int) -> int:
        made = [(f"{number:064x}", translated(paper(1), f"Text {number}.")) for number in range(count)]
        asked: list[str] = []
        with Store(tmp_path / f"{count}.db") as library:
            library.add_papers([paper(1)])
            library._db.set_trace_callback(asked.append)
            library.save_all(made)
            library._db.set_trace_callback(None)
            assert len(library.done([paper(1)])) == count
        return sum("SELECT record" in each for each in asked)

    assert statements(40) == statements(20) > 0


def test_a_result_of_many_items_is_let_in() -> None:
    """Honest ones are a hundredth of it; what bounds them is the file's size."""
    quotes = tuple(Evidence(1, f"Quote {number}.") for number in range(20_000))
    parts = (Part("results", (Point("A point.", quotes),)),)
    source = records.Source("pdf", "00" * 32, 12, 12, 0.83, 0)
    made = Result("2512.00001", 1, "explain", "zh-CN", "done", "", None, records.Breakdown(parts, source), MADE)
    assert opened("results", content.Finished(DAY, (("a" * 64, made),))).finished
