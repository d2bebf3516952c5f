"""The main path with a scripted engine: nothing is lost, nothing done twice, and one paper's trouble stays its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

import pytest

from localdigest import run
from localdigest.arxiv import listings
from localdigest.errors import EngineFailed, LocaldigestError
from localdigest.pages import window
from localdigest.records import Completion, Message, Request, Translation, Usage
from localdigest.render.entries import counts
from localdigest.run.drive import Draft, drive
from localdigest.run.events import Finished, Planned, Said
from localdigest.workspace import config
from tests.kit.arxiv_server import PDF
from tests.kit.places import program as kit_program
from tests.kit.places import with_tests
from tests.kit.scripted_engine import SAMPLE, Scripted, some_chinese, whole_day

# ---------------------------------------------------------------- drive

Flow = Generator[list[Request], list[Completion], Draft]


def ask(text: str) -> Request:
    return Request((Message("user", text),), 5)


def echo(request: Request) -> Completion:
    return Completion("re: " + request.messages[0].text, "refused" if "refuse" in request.messages[0].text else "stop")


def flow(name: str, *sizes: int) -> Flow:
    """Asks `sizes[i]` questions in round i; its draft is what came back, after a look at the order of the answers."""
    got = []
    for number, size in enumerate(sizes):
        questions = [f"{name}/{number}/{i}" for i in range(size)]
        answers = yield [ask(question) for question in questions]
        assert [a.text for a in answers] == ["re: " + question for question in questions]
        got += [a.text for a in answers]
    return Translation(" ".join(got), ()), Usage(requests=len(got))


def broken(*sizes: int) -> Flow:
    """A flow with a defect after its last round."""
    yield from flow("broken", *sizes)
    raise ZeroDivisionError("of one flow")


def outcomes(
    flows: list[tuple[str, Flow | LocaldigestError]], engine: Scripted
) -> dict[str, tuple[Translation, Usage] | Exception]:
    pairs = list(drive(flows, engine, lambda: None))
    assert len(pairs) == len(dict(pairs)) == len(flows)
    return dict(pairs)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", range(8))
def test_every_flow_gets_its_own_answers_in_its_own_order(order: int) -> None:
    sizes = {str(n): [Random(n + i).randint(0, 6) for i in range(n % 4)] for n in range(30)}  # noqa: S311
    engine = Scripted(echo, order, slots=5)
    results = outcomes([(name, flow(name, *rounds)) for name, rounds in sizes.items()], engine)
    for name, rounds in sizes.items():
        result = results[name]
        assert not isinstance(result, Exception)
        assert result[1].requests == sum(rounds)
        assert result[0].text.count("re: ") == sum(rounds)
    assert engine.submitted == sum(map(sum, sizes.values()))


def test_a_flow_that_fails_costs_only_itself() -> None:
    late, soon = broken(2, 2), broken()
    flows: list[tuple[str, Flow | LocaldigestError]] = [
        ("before", flow("before", 3, 1)),
        ("late", late),
        ("soon", soon),
        ("unread", LocaldigestError("no such PDF")),
        ("refuse", flow("refuse", 2)),
        ("after", flow("after", 2)),
    ]
    results = outcomes(flows, Scripted(echo, 1))
    assert {name for name, result in results.items() if isinstance(result, Exception)} == {"late", "soon", "unread"}
    assert isinstance(results["late"], ZeroDivisionError)


@pytest.mark.parametrize("size", [1, 3, 10])
def test_the_engine_is_kept_full_and_no_flow_is_begun_before_there_is_room(size: int) -> None:
    engine = Scripted(echo, slots=4)
    steps_with_more_to_come = 0

    def source() -> Iterator[tuple[str, Flow]]:
        nonlocal steps_with_more_to_come
        for number in range(40):
            assert engine.waiting < 2 * engine.slots
            steps_with_more_to_come = len(engine.waiting_at_step)
            yield str(number), flow(str(number), size, size)

    assert len(list(drive(source(), engine, lambda: None))) == 40
    assert steps_with_more_to_come > 10
    assert min(engine.waiting_at_step[:steps_with_more_to_come]) >= 2 * engine.slots


# ---------------------------------------------------------------- a day


@pytest.fixture
def space(tmp_path: Path) -> config.Workspace:
    root = tmp_path / "digest"
    assert config.create(root)
    return config.open_workspace(root)


def numbers(published: run.Published) -> tuple[int, ...]:
    found = counts(published.digest)
    return tuple(found[name] for name in ("shown", "translated", "explained", "pending", "failed"))


def files_of(published: run.Published) -> tuple[bytes, bytes]:
    return published.page.read_bytes(), published.export.read_bytes()


def due(events: list[object]) -> list[tuple[str, str]]:
    return [pair for event in events if isinstance(event, Planned) for pair in event.due]


def test_a_day_is_done_once_and_its_page_does_not_hang_on_the_order_of_the_answers(
    space: config.Workspace, tmp_path: Path
) -> None:
    events: list[object] = []
    engine = Scripted()
    first = whole_day(space, engine, tell=events.append)
    assert numbers(first) == (2, 2, 2, 0, 0)
    assert engine.closed
    assert [task for _, task in due(events)] == ["translate", "translate", "explain", "explain"]
    finished = [e.result for e in events if isinstance(e, Finished)]
    assert sorted((r.paper_id, r.task) for r in finished) == sorted(due(events))
    written = files_of(first)
    again: list[object] = []
    assert files_of(whole_day(space, None, tell=again.append)) == written
    assert due(again) == []
    config.create(tmp_path / "other")
    other = whole_day(config.open_workspace(tmp_path / "other"), Scripted(order=99, slots=16))
    assert files_of(other) == written


def test_a_papers_provenance_adds_up(space: config.Workspace) -> None:
    engine = Scripted()
    export = json.loads(whole_day(space, engine).export.read_bytes())
    made = [paper[part]["provenance"] for paper in export["papers"] for part in ("translation", "breakdown")]
    assert sum(p["output_tokens"] for p in made) == 20 * engine.submitted
    assert sum(p["seconds"] for p in made) == 0.25 * engine.submitted
    assert {p["engine"] for p in made} == {"scripted"}


def test_a_missing_pdf_leaves_its_breakdown_pending_until_it_comes(space: config.Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    there, missing = sorted((SAMPLE / "pdfs").iterdir())
    shutil.copy(there, folder)
    first = whole_day(space, Scripted(), pdf_dir=folder)
    assert numbers(first) == (2, 2, 1, 1, 0)
    shutil.copy(missing, folder)
    events: list[object] = []
    assert numbers(whole_day(space, Scripted(), pdf_dir=folder, tell=events.append)) == (2, 2, 2, 0, 0)
    assert due(events) == [(missing.stem.removesuffix("v1"), "explain")]


def test_a_broken_pdf_fails_with_its_reason_and_is_not_read_again(space: config.Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "pdfs"
    shutil.copytree(SAMPLE / "pdfs", folder)
    bad = min(folder.iterdir())
    bad.write_bytes(PDF)
    published = whole_day(space, Scripted(), pdf_dir=folder)
    assert numbers(published) == (2, 2, 1, 0, 1)
    export = json.loads(published.export.read_bytes())
    (failed,) = [p["breakdown"] for p in export["papers"] if p["breakdown"]["status"] == "failed"]
    assert failed["reason"].startswith("pdf-broken")
    whole_day(space, None, pdf_dir=folder)


def test_a_model_that_says_nothing_makes_no_translation(space: config.Workspace) -> None:
    def mute(request: Request) -> Completion:
        return Completion("", "stop")

    published = whole_day(space, Scripted(mute))
    assert numbers(published) == (2, 0, 0, 0, 4)
    assert all("empty" in str(result.reason) for result in published.digest.results.values())


def test_an_engine_that_gives_up_leaves_the_rest_pending(space: config.Workspace) -> None:
    events: list[object] = []

    class Tired(Scripted):
        def step(self) -> list[tuple[int, Completion]]:
            if any(isinstance(event, Finished) for event in events):
                raise EngineFailed("no more")
            return super().step()

    engine = Tired(slots=2)
    shown, translated, explained, pending, failed = numbers(whole_day(space, engine, tell=events.append))
    assert (shown, failed) == (2, 0)
    assert translated + explained > 0
    assert translated + explained + pending == 4
    assert pending > 0
    assert engine.closed
    assert any(isinstance(event, Said) and "no more" in str(event.text) for event in events)
    assert numbers(whole_day(space, Scripted())) == (2, 2, 2, 0, 0)


def test_a_changed_prompt_makes_new_work_of_its_task_only(space: config.Workspace) -> None:
    before = files_of(whole_day(space, Scripted()))
    own = space.prompts / "zh-CN" / "translate.md"
    own.parent.mkdir(parents=True)
    own.write_text("[system]\nTranslate.\n[user]\n{{ text }}\n", encoding="utf-8")
    events: list[object] = []
    after = files_of(whole_day(space, Scripted(), tell=events.append))
    assert [task for _, task in due(events)] == ["translate", "translate"]
    assert before != after
    own.unlink()
    whole_day(space, None)  # what the shipped prompt made is still there


def test_the_seed_day_is_the_reference_pages_day(space: config.Workspace, shared: Path) -> None:
    folder = shared / "data" / "seed-day"
    reference = (folder / "2025-12-17-arxiv.md").read_text(encoding="utf-8")
    day: dict[str, object] = {"day": date(2025, 12, 17), "listing": folder / "atom.xml", "pdf_dir": None}
    published = whole_day(space, Scripted(slots=16), **day)  # type: ignore[arg-type]
    assert numbers(published) == (13, 13, 0, 13, 0)
    page = published.page.read_text(encoding="utf-8")
    assert published.page.name == "2025-12-17-arxiv.md"
    assert page.split("\n## ")[0] == reference.split("\n## ")[0]
    heading = re.compile(r"^- \*\*arXiv\*\*: .*|^## .*", re.MULTILINE)
    assert heading.findall(page) == heading.findall(reference)
    assert files_of(whole_day(space, None, **day)) == files_of(published)  # type: ignore[arg-type]


def test_the_sample_listing_is_the_sample_day() -> None:
    papers = listings.parse((SAMPLE / "atom.xml").read_bytes(), "atom.xml").papers
    span = window.submitted(date(2026, 1, 30), "Asia/Shanghai", "08:50")
    assert len(window.select(papers, span, ("cs.SD", "eess.AS"))[1]) == len(papers) == 2


# ---------------------------------------------------------------- kill -9


def stored(library: Path) -> dict[str, str]:
    """Finished results by key, from a library that must be whole."""
    if not library.exists():
        return {}
    with closing(sqlite3.connect(library)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute("SELECT key, record, paper_id || task FROM results WHERE status = 'done'").fetchall()
    assert len({pair for _, _, pair in rows}) == len(rows), "a result is there twice"
    return {key: record for key, record, _ in rows}


def test_ten_kills_lose_nothing_and_double_nothing(space: config.Workspace, tmp_path: Path) -> None:
    dice = Random(11)  # noqa: S311
    killed = tmp_path / "killed"
    program = kit_program("scripted_engine")
    environment = with_tests()
    began = time.monotonic()
    subprocess.run([*program, str(space.root), "0"], check=True, env=environment)
    lasts = time.monotonic() - began
    before: dict[str, str] = {}
    for order in range(10):
        process = subprocess.Popen([*program, str(killed), str(order)], env=environment, start_new_session=True)
        time.sleep(dice.uniform(0, lasts))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        after = stored(killed / "library.db")
        assert before.items() <= after.items(), "a finished result is gone or another"
        before = after
    subprocess.run([*program, str(killed), "10"], check=True, env=environment)
    assert before.items() <= stored(killed / "library.db").items()
    assert len(stored(killed / "library.db")) == 4
    for name in ("posts/2026-01-30-arxiv.md", "exports/2026-01-30.json"):
        assert (killed / name).read_bytes() == (space.root / name).read_bytes()
    assert [path.name for path in killed.rglob("*.tmp")] == []


def test_the_scripted_engine_answers_by_the_request_alone() -> None:
    one, two = some_chinese(ask("a")), some_chinese(ask("b"))
    assert one == some_chinese(ask("a")) != two
