"""Keys change with what a result depends on and nothing else; due work, retries, what a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from localdigest.language.glossary import Glossary, Termbase
from localdigest.messages import Reason
from localdigest.pages import plan
from localdigest.records import Paper, Result, Sampling, Status, Task
from localdigest.render.entries import WAITING

WHEN = datetime(2025, 12, 16, 12, tzinfo=UTC)
ONE = Paper("2512.00001", 1, "One", ("A",), "Abstract one.", ("cs.SD",), "cs.SD", WHEN, WHEN)
TWO = replace(ONE, id="hep-th/9901002", version=3, title="Two", abstract="Abstract two.")


def term(english: str, chinese: str) -> Termbase:
    return Termbase(Glossary({english: (chinese,)}))


RECIPE = plan.Recipe("prompt", "model", Sampling(), {"lengths": (200, 600, 200), "high": False})
RECIPES: Mapping[Task, plan.Recipe] = {"explain": RECIPE, "translate": RECIPE}
PDFS = {ONE.id: plan.Pdf(Path("1.pdf"), "aa"), TWO.id: plan.Pdf(Path("2.pdf"), "bb")}


def key(paper: Paper = ONE, task: Task = "translate", language: str = "zh-CN", **changes: object) -> str:
    pdf_sha256 = changes.pop("pdf_sha256", "")
    recipe = replace(RECIPE, **changes)  # type: ignore[arg-type]
    return plan.result_key(paper, task, language, recipe, str(pdf_sha256))


def test_a_key_is_the_same_for_ever() -> None:
    """A change here remakes every result of every user: raise PIPELINE on purpose, never by accident."""
    assert key() == "9d88f882a62b9327a85da0855ad9893a7f7ba024205237e6ced3ef23925d9a3a"


def test_a_key_depends_on_what_makes_the_result() -> None:
    keys = [
        key(),
        key(TWO),
        key(replace(ONE, version=2)),
        key(replace(ONE, title="Uno")),
        key(replace(ONE, abstract="Another.")),
        key(language="ja"),
        key(prompt="other"),
        key(model_sha256="other"),
        key(sampling=Sampling(seed=1)),
        key(options={"lengths": (200, 600, 201), "high": False}),
        key(terms=term("abstract", "摘要")),
        key(task="explain", pdf_sha256="aa"),
        key(task="explain", pdf_sha256="bb"),
        key(task="explain", pdf_sha256="aa", terms=term("abstract", "摘要")),
        key(replace(ONE, version=2), "explain", pdf_sha256="aa"),
    ]
    assert len(set(keys)) == len(keys)


def test_a_key_ignores_the_rest() -> None:
    assert key(replace(ONE, authors=("B",), updated=datetime(2026, 1, 1, tzinfo=UTC), comment="x")) == key()
    assert key(options={"high": False, "lengths": (200, 600, 200)}) == key()
    assert key(terms=term("vocoder", "声码器")) == key()  # a term that the abstract does not have
    corrected = replace(ONE, abstract="Abstract one, white space mended.")
    assert key(corrected, "explain", pdf_sha256="aa") == key(ONE, "explain", pdf_sha256="aa")


def test_a_titles_terms_count_where_titles_are_translated() -> None:
    terms, titles = term("one", "一"), {"titles": True}
    vocoder = replace(ONE, title="A vocoder")
    assert key(vocoder, terms=term("vocoder", "声码器")) == key(vocoder)
    found = {key(options=titles), key(vocoder, options=titles), key(options=titles, terms=terms), key()}
    found.add(key(vocoder, options=titles, terms=term("vocoder", "声码器")))
    assert len(found) == 5


def test_wanted_puts_translations_first_and_says_what_is_held() -> None:
    empty = replace(ONE, id="2512.00003", abstract=" ")
    works, held = plan.wanted((ONE, TWO, empty), RECIPES, "zh-CN", {TWO.id: PDFS[TWO.id]})
    assert [(work.task, work.paper, work.pdf) for work in works] == [
        ("translate", ONE, None),
        ("translate", TWO, None),
        ("explain", TWO, PDFS[TWO.id]),
    ]
    assert [work.key for work in works] == [key(), key(TWO), key(TWO, "explain", pdf_sha256="bb")]
    assert held == (
        Result(empty.id, 1, "translate", "zh-CN", "skipped", plan.NO_ABSTRACT),
        Result(ONE.id, 1, "explain", "zh-CN", "pending", plan.NO_PDF),
        Result(empty.id, 1, "explain", "zh-CN", "pending", plan.NO_PDF),
    )


def test_only_tasks_with_a_recipe_are_wanted() -> None:
    works, held = plan.wanted((ONE,), {"explain": RECIPE}, "zh-CN", PDFS)
    assert [work.task for work in works] == ["explain"]
    assert held == ()


@pytest.mark.parametrize(
    ("stored", "due"),
    [
        (None, True),
        (("done", 1, ""), False),
        (("skipped", 1, "why"), False),
        (("failed", 1, "repetition"), True),
        (("failed", 2, "pdf-timeout"), True),
        (("failed", 3, "repetition"), False),
        (("failed", 1, "pdf-encrypted"), False),
        (("failed", 1, "pdf-scanned"), False),
    ],
)
def test_work_is_due_by_what_is_stored_of_it(stored: tuple[Status, int, str] | None, due: bool) -> None:
    works, _ = plan.wanted((ONE, TWO), RECIPES, "zh-CN", PDFS)
    first, *others = works
    found = {first.key: stored} if stored else {}
    assert plan.due(works, found) == ((first, *others) if due else tuple(others))


def test_shown_prefers_what_is_done_then_what_is_held_then_what_failed() -> None:
    def result(paper: Paper, task: Task, status: Status) -> Result:
        return Result(paper.id, paper.version, task, "zh-CN", status, Reason(status, status))

    works, held = plan.wanted((ONE, TWO), RECIPES, "zh-CN", {TWO.id: PDFS[TWO.id]})
    pending = Result(ONE.id, 1, "translate", "zh-CN", "pending", WAITING)
    assert plan.shown(works, held, {})[ONE.id, "translate"] == pending
    made: list[tuple[Paper, Task, Status, Status]] = [
        (ONE, "translate", "done", "done"),
        (TWO, "translate", "failed", "failed"),
        (ONE, "explain", "done", "done"),  # its PDF has gone since
        (ONE, "explain", "failed", "pending"),  # its PDF, unreadable then, has gone since
        (TWO, "explain", "failed", "failed"),
    ]
    for paper, task, stored, shown in made:
        latest = {(paper.id, task): result(paper, task, stored)}
        assert plan.shown(works, held, latest)[paper.id, task].status == shown
    assert len(plan.shown(works, held, {})) == 4


def test_an_obstacle_is_told_with_its_status() -> None:
    taken = replace(ONE, comment="This paper has been withdrawn by the authors: a proof is wrong")
    assert plan.obstacle(ONE, "explain", "zh-CN", False) == ("pending", plan.NO_PDF)
    assert plan.obstacle(taken, "explain", "zh-CN", False) == ("skipped", plan.WITHDRAWN)
    large, later = Reason("pdf-too-large", "120 MiB: over 100"), Reason("no-pdf", "HTTP 500: later")
    assert plan.obstacle(taken, "explain", "zh-CN", False, large) == ("failed", large)
    assert plan.obstacle(ONE, "explain", "zh-CN", False, later) == ("pending", later)
    assert plan.obstacle(taken, "explain", "zh-CN", True) is None
    assert plan.obstacle(ONE, "translate", "zh-CN", False) is None
    assert plan.obstacle(ONE, "translate", "en", True) == ("skipped", plan.IN_ENGLISH)
    works, held = plan.wanted((ONE, taken), RECIPES, "zh-CN", {}, {ONE.id: later})
    assert [work.task for work in works] == ["translate", "translate"]
    assert [result.reason for result in held] == [later, later]


def test_a_key_without_a_pdf_is_that_of_an_empty_hash() -> None:
    for task in plan.TASKS:
        assert plan.result_key(ONE, task, "zh-CN", RECIPE) == key(task=task)


def test_what_the_deadline_left_says_so_in_the_workspaces_time() -> None:
    assert str(plan.late(WHEN, ZoneInfo("Asia/Shanghai"))) == "deadline: not done by 2025-12-16 20:00 CST"
    assert str(plan.late(WHEN, ZoneInfo("America/New_York"))) == "deadline: not done by 2025-12-16 07:00 EST"
