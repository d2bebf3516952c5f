"""The main path with a scripted engine: nothing is lost, nothing done twice, and one paper's trouble stays its own."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from localdigest.messages.errors import EngineFailed
from localdigest.pages.publish import Published
from localdigest.records import Completion, Request
from localdigest.render.entries import counts
from localdigest.run.events import Finished, Planned, Said
from localdigest.workspace import config
from tests.kit.arxiv_server import PDF
from tests.kit.places import SAMPLE
from tests.kit.scripted_engine import Scripted, whole_day

# ---------------------------------------------------------------- drive


# ---------------------------------------------------------------- a day


@pytest.fixture
def space(tmp_path: Path) -> config.Workspace:
    root = tmp_path / "digest"
    assert config.create(root)
    return config.open_workspace(root)


def numbers(published: Published) -> tuple[int, ...]:
    found = counts(published.digest)
    return tuple(found[name] for name in ("shown", "translated", "explained", "pending", "failed"))


def files_of(published: Published) -> tuple[bytes, bytes]:
    return published.page.read_bytes(), published.export.read_bytes()


def due(events: list[object]) -> list[tuple[str, str]]:
    return [pair for event in events if isinstance(event, Planned) for pair in event.due]


def test_a_day_is_done_once_and_its_page_does_not_hang_on_the_order_of_the_answers(
    space: config.Workspace, tmp_path: Path
) -> None:
    events: list[object] = []
    engine = Scripted()
    first = whole_day(space, engine, tell=events.append, figures=True)
    assert numbers(first) == (2, 2, 2, 0, 0)
    assert engine.closed
    assert [task for _, task in due(events)] == ["translate", "translate", "explain", "explain"]
    finished = [e.result for e in events if isinstance(e, Finished)]
    assert sorted((r.paper_id, r.task) for r in finished) == sorted(due(events))
    assert first.files["html"].read_text(encoding="utf-8").count("data:image/png;base64,") == 1
    assert [path.name for path in sorted(space.figures.iterdir())] == ["2009.06122v1.json", "2202.13288v1.json"]
    assert "figures/" not in first.page.read_text(encoding="utf-8")
    written = files_of(first)
    again: list[object] = []
    assert files_of(whole_day(space, None, tell=again.append)) == written
    assert due(again) == []
    config.create(tmp_path / "other")
    other = whole_day(config.open_workspace(tmp_path / "other"), Scripted(order=99, slots=16), figures=True)
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
    own = space.prompts / "zh-CN" / "gist.md"
    own.parent.mkdir(parents=True)
    own.write_text("[system]\nShorten.\n[user]\n{{ text }}\n", encoding="utf-8")
    events: list[object] = []
    after = files_of(whole_day(space, Scripted(), tell=events.append))
    assert [task for _, task in due(events)] == ["explain", "explain"]
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
