"""The `run` command from arXiv to the page, all at once: an announcement, a selection, an absent PDF, a budget."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from localdigest import run as stages
from localdigest import store
from localdigest.arxiv import ledger
from localdigest.arxiv.client import Client
from localdigest.cli import cli
from localdigest.engine.settings import Settings
from localdigest.flows.brief import find_models
from localdigest.models.catalogue import ModelSpec
from localdigest.pages.days import Agenda
from localdigest.pages.publish import publish
from localdigest.run.events import Finished, Planned
from localdigest.select import interests
from localdigest.workspace import config
from tests.kit.places import SAMPLE
from tests.kit.scripted_engine import Scripted, planner, scripted
from tests.kit.simulated_arxiv import Simulated, Version, World, running

DAY = date(2025, 10, 28)
"""A Tuesday: announced on Monday evening, submitted from Friday 14:00 to Monday 14:00 in New York."""
ET = ZoneInfo("America/New_York")
PDFS = sorted((SAMPLE / "pdfs").glob("*.pdf"))


def paper(number: int, abstract: str) -> Simulated:
    submitted = datetime(2025, 10, 25, 9, number, tzinfo=ET).astimezone(UTC)
    return Simulated(f"2510.{number:05}", (Version(1, submitted, DAY, abstract),))


@pytest.fixture
def arxiv() -> Iterator[World]:
    papers = [
        paper(1, "We study codecs."),
        paper(2, "We study vocoders that sing."),
        paper(3, "Vocoders for speech."),
        paper(4, "We study the stock market."),
    ]
    made = {DAY: datetime(2025, 10, 27, 20, tzinfo=ET)}
    with running(World(datetime(2025, 10, 28, 8, tzinfo=UTC), made, papers)) as world:
        yield world


@pytest.fixture
def root(tmp_path: Path, arxiv: World) -> Path:
    """A workspace in announced mode that wants the two papers nearest to its interests, with a model of no use."""
    folder = tmp_path / "digest"
    config.create(folder)
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF, but not really")
    sha256 = hashlib.sha256(b"GGUF, but not really").hexdigest()
    (folder / "models.toml").write_text(
        f'[[model]]\nname = "tiny"\nsize = 20\nsha256 = "{sha256}"\n'
        f'sources = [{{ kind = "local", path = "{(tmp_path / "tiny.gguf").as_posix()}" }}]\n',
        encoding="utf-8",
    )
    (folder / "mine.txt").write_text("vocoder\ncodec\n", encoding="utf-8")
    text = (folder / config.FILE).read_text(encoding="utf-8")
    settings = {
        "model": '"tiny"',
        "interests": '["mine.txt"]',
        "exclude": "['\"stock market\"']",
        "max_papers": "2",
        "api_url": f'"{arxiv.url}/api/query"',
        "rss_url": f'"{arxiv.url}/rss"',
        "oai_url": f'"{arxiv.url}/oai"',
        "pdf_url": f'"{arxiv.url}/pdf"',
    }
    for key, value in settings.items():
        text, changed = re.subn(rf"^{key} = .*", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
        assert changed == 1, key
    (folder / config.FILE).write_text(text, encoding="utf-8")
    return folder


def localdigest(root: Path, engine: Scripted | None, *arguments: str) -> int:
    """The command as it is, over the local arXiv and with `engine`; without one, none may be opened."""

    def opener(_: Path, settings: Settings) -> Scripted:
        assert engine is not None, "an engine was opened for nothing"
        return engine

    seams = (functools.partial(Client, interval=0.01), opener)
    return int(cli.main(["-C", str(root), *arguments], standalone_mode=False, obj=seams))


def test_a_day_is_selected_cut_short_and_finished_by_the_next_run(
    root: Path, arxiv: World, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ("run", "--date", f"{DAY}", "--json")

    def answer() -> dict[str, Any]:
        return dict(json.loads(capsys.readouterr().out))

    def export() -> dict[str, Any]:
        return dict(json.loads((root / "exports" / f"{DAY}.json").read_bytes()))

    # No time at all: the page is there, and says what it lacks and why.
    arxiv.pdfs = {"2510.00003v1": PDFS[0].read_bytes()}
    assert localdigest(root, None, *run, "--budget", "0") == 3
    first = answer()
    counts = {"listed": 4, "matched": 4, "shown": 2, "done": 0, "translated": 0, "explained": 0}
    assert first["outcome"] == "papers"
    assert first["counts"] == counts | {"pending": 4, "failed": 0, "skipped": 0}
    assert sorted(path.split("/pdf/")[1] for path in arxiv.asked if "/pdf/" in path) == ["2510.00001v1", "2510.00003v1"]
    made = export()
    assert made["left_out"] == {"cut": 1, "excluded": 1}
    assert (made["sources"], made["window"]["announcements"]) == (["api", "oai"], [f"{DAY}"])
    reasons = {(p["id"], kind): p[kind]["reason"] for p in made["papers"] for kind in ("translation", "breakdown")}
    assert {key: reason.partition(":")[0] for key, reason in reasons.items()} == {
        ("2510.00003", "translation"): "deadline",
        ("2510.00003", "breakdown"): "deadline",
        ("2510.00001", "translation"): "deadline",
        ("2510.00001", "breakdown"): "no-pdf",
    }
    page = Path(first["page"]).read_text(encoding="utf-8")
    assert "以下为 arXiv 于 2025-10-28 公布的论文中文译文：" in page
    assert "- 筛选：另有 2 篇未列出（排名超出篇数上限 1 篇；符合排除规则 1 篇）" in page
    assert "完整性：列出 4 篇、符合 4 篇、显示 2 篇；译文与解读：完成 0、待处理 4、失败 0" in page
    assert page.count("未能在截止时间前完成") == 3
    assert page.count("论文 PDF 尚不可用") == 1

    # The next run has time, and arXiv the other PDF.
    arxiv.pdfs["2510.00001v1"] = PDFS[1].read_bytes()
    arxiv.asked.clear()
    engine = Scripted()
    assert localdigest(root, engine, *run, "--budget", "600") == 0
    assert [path for path in arxiv.asked if "/pdf/" in path] == ["/pdf/2510.00001v1"]
    counts |= {"done": 4, "translated": 2, "explained": 2, "pending": 0, "failed": 0, "skipped": 0}
    second = answer()
    assert second["counts"] == export()["counts"] == counts
    assert all(p[kind]["status"] == "done" for p in export()["papers"] for kind in ("translation", "breakdown"))
    page = Path(second["page"]).read_text(encoding="utf-8")
    assert "译文与解读：完成 4、待处理 0、失败 0" in page
    assert "截止时间" not in page
    assert engine.closed

    # A third one has nothing to do, and the workspace stands as its page says.
    assert localdigest(root, None, *run) == 0
    assert Path(answer()["page"]).read_text(encoding="utf-8") == page
    assert localdigest(root, None, "status", "--json") == 0
    stands = answer()
    assert (stands["listed"], stands["shown"], stands["reasons"]) == (4, 2, {})
    assert all(counted["done"] == 2 for counted in stands["counts"].values())
    assert (arxiv.at_once, min(arxiv.gaps) >= 0.01) == (1, True)
    assert [entry.status for entry in ledger.read(root / "ledger.jsonl") if "PDF" in entry.why].count(404) == 1


LATER = DAY + timedelta(days=1)


@pytest.fixture
def two_days(arxiv: World) -> World:
    arxiv.made[LATER] = datetime(2025, 10, 28, 20, tzinfo=ET)
    submitted = datetime(2025, 10, 28, 9, tzinfo=ET).astimezone(UTC)
    arxiv.papers.append(Simulated("2510.00005", (Version(1, submitted, LATER, "A codec and a vocoder."),)))
    arxiv.pdfs = {f"2510.{number:05}v1": PDFS[0].read_bytes() for number in (1, 3, 5)}
    return arxiv


def collect(space: config.Workspace, library: store.Store, arxiv: World) -> Agenda:
    connect = functools.partial(Client, interval=0.01)
    return stages.collect(space, library, None, [], None, lambda _: None, arxiv.now, connect)


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """How often each PDF is hashed and papers are ranked, as the interpreter sees it: nothing is replaced."""
    counted: Counter[str] = Counter()

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is hashlib.file_digest.__code__:
            counted[Path(frame.f_locals["fileobj"].name).stem] += 1
        elif event == "call" and frame.f_code is interests.nearest.__code__:
            counted["ranked"] += 1

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield counted
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def test_a_run_hashes_each_pdf_once_and_ranks_each_page_once(root: Path, two_days: World) -> None:
    path = root / config.FILE
    text = path.read_text(encoding="utf-8").replace('formats = ["html"]', 'formats = ["html", "atom"]')
    path.write_text(text, encoding="utf-8")
    space = config.open_workspace(root)
    with store.Store(space.library) as library:
        stages.make(space, library, collect(space, library, two_days), find_models(space), scripted, lambda _: None,
                    deadline=two_days.now)  # fmt: skip
        two_days.now += timedelta(days=1)
        with counting() as counted:
            agenda = collect(space, library, two_days)
            published = stages.make(space, library, agenda, find_models(space), scripted, lambda _: None)
    assert [page.digest.window.day for page in published] == [DAY, LATER]
    assert all(result.status == "done" for page in published for result in page.digest.results.values())
    assert counted == {"2510.00001v1": 1, "2510.00003v1": 1, "2510.00005v1": 1, "ranked": 2}
    written = [page.page.read_bytes() for page in published]
    with store.Store(space.library) as library:
        again = [publish(space, library, day, planner(space, library)) for day in (DAY, LATER)]
    assert [page.page.read_bytes() for page in again] == written


def test_pages_are_worked_on_together_the_latest_first(root: Path, two_days: World) -> None:
    """After a day off: one engine, all translations before any breakdown, each page written when its work is done."""
    space = config.open_workspace(root)
    of_day = {DAY: {"2510.00003", "2510.00001"}, LATER: {"2510.00005"}}
    engines: list[Scripted] = []
    planned: list[tuple[str, str]] = []
    finished: set[tuple[str, str]] = set()

    def open_engine(_model: ModelSpec) -> Scripted:
        engines.append(Scripted())
        return engines[-1]

    def tell(event: object) -> None:
        if isinstance(event, Planned):
            planned.extend(event.due)
        for day, ids in of_day.items():
            done = {(name, task) for name in ids for task in ("translate", "explain")} <= finished
            assert (space.posts / f"{day}-arxiv.md").exists() == done
        if isinstance(event, Finished):
            finished.add((event.result.paper_id, event.result.task))

    with store.Store(space.library) as library:
        collect(space, library, two_days)
        two_days.now += timedelta(days=1)
        agenda = collect(space, library, two_days)
        published = stages.make(space, library, agenda, find_models(space), open_engine, tell)
    assert [page.digest.window.day for page in published] == [DAY, LATER]
    latest_first = ["2510.00005", "2510.00001", "2510.00003"]
    assert planned == [(name, task) for task in ("translate", "explain") for name in latest_first]
    assert [engine.closed for engine in engines] == [True]
