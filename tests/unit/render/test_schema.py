"""The published schema of the export: every real export keeps it, every key of one is in it, and faults are refused."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from localdigest import records
from localdigest.arxiv import listings
from localdigest.messages import Notice, Reason
from localdigest.messages.errors import LocaldigestError
from localdigest.pages import plan
from localdigest.records import Digest, Evidence, Finding, Paper, Point, Replacement, Result
from localdigest.records.figures import ShownFigure
from localdigest.render import export
from tests.kit.digests import digest, explained, paper, translated, window
from tests.kit.schema import SCHEMA, faults


def unfinished(of: Paper, task: records.Task, status: records.Status, reason: Reason) -> Result:
    return Result(of.id, of.version, task, "zh-CN", status, reason)


def full_day() -> Digest:
    """Every status of both tasks, every kind of finding and evidence, both kinds of replacement."""
    one, two, three, four = paper(1), paper(2), paper(3), replace(paper(4), id="hep-th/9901001", version=0)
    found = (Finding("number-missing", "28%", True), Finding("english-word", "cue", sentence=0))
    bullet = Point("一", (Evidence(3, "Three."), Evidence(5, "Five.")), lead="数据")
    day = digest(
        [one, two, three, four],
        translated(one, "译文。", *found, title="一个标题"),
        _illustrated(explained(one, bullet, replace(bullet, verified=False, depth=1), hidden=2)),
        unfinished(two, "translate", "failed", Reason("empty", "no text")),
        unfinished(two, "explain", "failed", Reason("pdf-encrypted", "needs a password")),
        unfinished(three, "translate", "skipped", plan.NO_ABSTRACT),
        unfinished(three, "explain", "skipped", plan.WITHDRAWN),
    )
    newer = Replacement(replace(one, version=2, abstract="Another abstract."), one)
    unknown = Replacement(replace(two, version=3, comment="v3"), None)
    return replace(
        day,
        left_out={"cut": 4, "excluded": 2},
        sources=("api", "rss"),
        remarks=("OAI-PMH did not answer.",),
        replacements=(newer, unknown),
    )


def _illustrated(result: Result) -> Result:
    assert result.breakdown
    figures = (ShownFigure("Figure 2", 3, "method", "Figure 2: The encoder.", "编码器。"),)
    return replace(result, breakdown=replace(result.breakdown, figures=figures))


def exported(day: Digest) -> dict[str, Any]:
    return dict(json.loads(export.to_json(day)))


FULL = exported(full_day())


def test_the_schema_is_valid_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def days() -> dict[str, Digest]:
    full = full_day()
    announced = replace(full.window, mode="announced", days=(date(2025, 12, 16), date(2025, 12, 17)))
    utc = replace(full, window=window("UTC"))
    english = [
        replace(result, language="en", status="skipped", translation=None, reason=plan.IN_ENGLISH)
        if result.task == "translate"
        else result
        for result in (translated(paper(1), "x"), explained(paper(1), Point("One.", (Evidence(1, "One is.", ),))))
    ]  # fmt: skip
    return {
        "every status": full,
        "announced, made up for": replace(full, window=announced),
        "in UTC": utc,
        "nothing of it listed": digest([]),
        "no announcement": replace(digest([]), outcome="no-announcement", reason=Notice("no announcement on a Sunday")),
        "arXiv is late": replace(digest([]), outcome="stale", reason=Notice("not out yet")),
        "arXiv is silent": replace(digest([]), outcome="failed", reason=Notice("no answer")),
        "in English": replace(digest([paper(1)], *english), language="en"),
    }


@pytest.mark.parametrize("name", days())
def test_exports_keep_the_schema_and_hold_nothing_beyond_it(name: str) -> None:
    assert faults(exported(days()[name])) == []


@pytest.mark.parametrize("kind", ["api", "oai", "rss"])
def test_papers_of_each_kind_of_listing_keep_it(shared: Path, kind: str) -> None:
    """Recorded answers of arXiv: old and new identifiers, no version, all announce types, LaTeX."""
    papers: list[Paper] = []
    for path in sorted((shared / "data" / "feeds" / kind).iterdir()):
        with contextlib.suppress(LocaldigestError):  # those recorded for being refused
            papers += listings.parse(path.read_bytes(), path.name).papers
    assert len(papers) >= 10
    assert faults(exported(digest(papers))) == []


def test_a_reader_of_version_1_may_meet_new_keys() -> None:
    grown = copy.deepcopy(FULL)
    grown["made_at"] = "today"
    grown["papers"][0]["translation"]["pairs_of_words"] = []
    assert faults(grown, strict=False) == []
    assert len(faults(grown)) == 2


def test_the_schema_has_exactly_the_fields_of_the_records() -> None:
    def keys(*path: str) -> set[str]:
        found: Any = SCHEMA["$defs"]
        for step in path:
            found = found[step]
        return set(found["properties"])

    def names(record: type) -> set[str]:
        return {field.name for field in fields(record)}

    done = ("then",)
    assert keys("translation", *done) == names(records.Translation) | {"status", "provenance"}
    assert keys("breakdown", *done) == names(records.Breakdown) | {"status", "provenance"}
    parts = ("breakdown", "then", "properties", "parts", "items")
    assert keys(*parts) == names(records.Part)
    assert keys("point") == names(records.Point)
    assert keys("point", "properties", "evidence", "items") == names(records.Evidence)
    assert keys("finding") == names(records.Finding)
    assert keys("breakdown", "then", "properties", "source") == names(records.Source)
    assert keys("provenance") == names(records.Provenance) | {"seed"}
    assert keys("provenance", "properties", "sampling") == names(records.Sampling) - {"seed"}
    assert names(records.Paper) - keys("paper") == {"announced"}
    assert set(SCHEMA["$defs"]["unfinished"]["properties"]["status"]["enum"]) == {*get_args(records.Status)} - {"done"}
    assert SCHEMA["properties"]["outcome"]["enum"] == list(get_args(records.Outcome))
    assert SCHEMA["$defs"]["paper"]["properties"]["announce_type"]["enum"] == ["", *records.ANNOUNCE_TYPES]
    assert SCHEMA["$defs"]["breakdown"]["then"]["properties"]["parts"]["items"]["properties"]["name"]["enum"] == [
        *records.PARTS
    ]
    assert SCHEMA["properties"]["schema"]["const"] == export.SCHEMA


Change = Callable[[dict[str, Any]], object]


def put(value: object, *path: str | int) -> Change:
    def change(day: dict[str, Any]) -> None:
        at: Any = day
        for step in path[:-1]:
            at = at[step]
        assert path[-1] in at or isinstance(path[-1], int), "the fault must be in what there is"
        at[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    def change(day: dict[str, Any]) -> None:
        at: Any = day
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]

    return change


PAPER = ("papers", 0)
DONE = (*PAPER, "translation")
PART = (*PAPER, "breakdown", "parts", 0)
POINT = (*PART, "points", 0)


@pytest.mark.parametrize(
    "change",
    [
        put("localdigest/2", "schema"),
        put("17.12.2025", "day"),
        put("2025-13-41", "day"),
        put("", "language"),
        put("weekly", "window", "mode"),
        put("2025-12-16T08:50:00", "window", "start"),  # no zone
        lambda day: day["window"].update(announcements=["2025-12-17"]),  # of a window of submissions
        put("perhaps", "outcome"),
        put(None, "reason"),
        put(-1, "counts", "pending"),
        put("3", "counts", "done"),
        drop("counts", "skipped"),
        put(0, "left_out", "cut"),
        drop("remarks"),
        drop("replacements"),
        put({}, "papers"),
        put("2512.1", *PAPER, "id"),
        put("2512.00001v1", *PAPER, "id"),
        put(1.5, *PAPER, "version"),
        put("", *PAPER, "title"),
        put("Ann Author", *PAPER, "authors"),
        put([None], *PAPER, "categories"),
        put("yesterday", *PAPER, "published"),
        put("https://example.org/abs/2512.00001v1", *PAPER, "abs_url"),
        put("replaced", *PAPER, "announce_type"),
        put("no", *PAPER, "late"),
        drop(*PAPER, "abstract"),
        drop(*PAPER, "translation"),
        put("finished", *DONE, "status"),
        put("pending", *DONE, "status"),  # done in everything but the name: no reason
        drop(*DONE, "status"),
        drop(*DONE, "text"),
        drop(*DONE, "provenance"),
        put({}, *DONE, "provenance"),
        put([["one"]], *DONE, "pairs"),
        put([["one", "eins", "un"]], *DONE, "pairs"),
        put("Number missing", *DONE, "findings", 0, "code"),
        put("yes", *DONE, "findings", 0, "resolved"),
        put(-1, *DONE, "findings", 1, "sentence"),
        put("ABC", *DONE, "provenance", "model_sha256"),
        put(-0.5, *DONE, "provenance", "seconds"),
        put(2, *DONE, "provenance", "sampling", "top_p"),
        drop(*DONE, "provenance", "seed"),
        put("done", "papers", 1, "translation", "status"),  # and nothing to show for it
        put("", "papers", 1, "translation", "reason"),
        drop("papers", 2, "breakdown", "reason"),
        put("conclusion", *PART, "name"),
        drop(*PART, "points"),
        put("", *POINT, "text"),
        put(None, *POINT, "verified"),
        put(-1, *POINT, "depth"),
        put(0, *POINT, "evidence", 0, "page"),
        drop(*POINT, "evidence", 0, "quote"),
        put("00", *PAPER, "breakdown", "source", "sha256"),
        put(1.2, *PAPER, "breakdown", "source", "read_share"),
        put(-1, *PAPER, "breakdown", "source", "hidden_text"),
        drop(*PAPER, "breakdown", "source"),
        put([["changed", "word"]], "replacements", 0, "changes"),
        put([["same"]], "replacements", 0, "changes"),
        put("1", "replacements", 0, "previous_version"),
        drop("replacements", 1, "changes"),
    ],
)
def test_the_schema_refuses_each_fault(change: Change) -> None:
    """Without the strictness that only our own tests have."""
    assert faults(FULL, strict=False) == []
    faulty = copy.deepcopy(FULL)
    change(faulty)
    assert faulty != FULL
    assert faults(faulty, strict=False) != []
