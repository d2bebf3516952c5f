"""What `status` remembers of a page is dropped whenever something changes that it was counted from."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from localdigest.messages import Reason
from localdigest.pages import plan
from localdigest.pages.standing import Standing, standing
from localdigest.records import Page, Paper, Result, Status, Task, Translation, Window
from localdigest.store import Store
from localdigest.workspace import config

FIRST = date(2025, 12, 1)
WHEN = datetime(2025, 12, 1, tzinfo=UTC)


def made(dice: random.Random, number: int) -> Paper:
    category = dice.choice(("cs.SD", "eess.AS", "math.CO"))
    when = WHEN + timedelta(hours=dice.randrange(24 * 8))
    abstract = dice.choice(("We study vocoders.", "", "Withdrawn"))
    return Paper(f"2512.{number:05}", 1, "A title", ("Ann Author",), abstract, (category,), category, when, when)


def page(day: date, mode: str = "announced") -> Page:
    end = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Page(Window(day, mode, end - timedelta(days=1), end, "08:50", "Asia/Shanghai", (day,)), True)  # type: ignore[arg-type]


class Life:
    """Things that happen to a workspace, by chance."""

    def __init__(self, space: config.Workspace, store: Store, seed: int) -> None:
        self.space, self.store = space, store
        self.dice = random.Random(seed)  # noqa: S311
        self.papers: list[Paper] = []
        self.steps = 0

    def step(self) -> str:
        self.steps += 1
        happens = self.dice.choice(
            (self.new, self.version, self.earlier, self.result, self.result, self.result, self.absent, self.pdf,
             self.placed, self.files)
        )  # fmt: skip
        happens()
        return happens.__name__

    @property
    def one(self) -> Paper:
        return self.dice.choice(self.papers)

    def new(self) -> None:
        self.papers.append(made(self.dice, len(self.papers)))
        self.store.add_papers(self.papers[-1:])
        if self.dice.random() < 0.7:
            self.store.place(page(FIRST + timedelta(days=self.dice.randrange(5))), self.papers[-1:])

    def version(self) -> None:
        known = self.one
        self.papers[self.papers.index(known)] = replace(known, version=known.version + 1)
        self.store.add_papers(self.papers)

    def earlier(self) -> None:
        known = self.one
        changed = replace(known, published=known.published - timedelta(hours=30))
        self.papers[self.papers.index(known)] = changed
        self.store.add_papers([changed])

    def result(self) -> None:
        task: Task = self.dice.choice(("translate", "explain"))
        status: Status = self.dice.choice(("done", "failed", "skipped"))
        known = self.one
        why: Reason | Literal[""] = Reason(self.dice.choice(("pdf-broken", "empty")), "x") if status != "done" else ""
        text = Translation("文", ()) if task == "translate" and status == "done" else None
        result = Result(known.id, known.version, task, "zh-CN", status, why, text)
        self.store.save(self.dice.choice(("a", f"{self.steps}")) + known.id, result)

    def absent(self) -> None:
        self.store.note_pdf(self.one, self.dice.choice((None, Reason("no-pdf", "none yet"), plan.WITHDRAWN)))

    def pdf(self) -> None:
        path = self.space.pdfs / f"{self.one.file_stem}.pdf"
        path.unlink() if path.exists() else path.write_bytes(b"%PDF")

    def placed(self) -> None:
        day = FIRST + timedelta(days=self.dice.randrange(5))
        self.store.place(replace(page(day), left=self.dice.randrange(3)))

    def files(self) -> None:
        self.store.place(page(FIRST + timedelta(days=5 + self.dice.randrange(2)), "submitted"))


def counted(space: config.Workspace, store: Store) -> Callable[[], Standing]:
    return lambda: replace(standing(space, store), disk={})


@pytest.mark.parametrize("mode", ["announced", "submitted"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_is_what_would_be_counted(tmp_path: Path, mode: str, seed: int) -> None:
    config.create(tmp_path)
    path = tmp_path / config.FILE
    path.write_text(path.read_text(encoding="utf-8").replace('mode = "announced"', f'mode = "{mode}"'), "utf-8")
    space = config.open_workspace(tmp_path)
    space.pdfs.mkdir()
    with Store(space.library) as store:
        life, count = Life(space, store, seed), counted(space, store)
        life.new()
        kept = 0
        for _ in range(40):
            what = life.step()
            kept += store._db.execute("SELECT count(*) FROM tallies").fetchone()[0]
            remembered = count()
            store._db.execute("DELETE FROM tallies")
            assert remembered == count(), what
            assert sum(remembered.counts["translate"].values()) == remembered.shown
        assert kept > 20, "nothing was ever remembered"


def test_other_settings_count_anew(tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path)
    with Store(space.library) as store:
        life = Life(space, store, 1)
        for _ in range(8):
            life.new()
        before = counted(space, store)()
        path = tmp_path / config.FILE
        path.write_text(path.read_text(encoding="utf-8").replace('["cs.SD", "eess.AS"]', "[]"), "utf-8")
        everything = counted(config.open_workspace(tmp_path), store)()
        assert everything.shown > before.shown
        assert counted(space, store)() == before


def test_a_library_that_cannot_be_written_to_is_counted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path)
    with Store(space.library) as store:
        Life(space, store, 3).new()
        whole = counted(space, store)()
        store._db.execute("DELETE FROM tallies")
        store._db.execute("PRAGMA query_only = ON")
        monkeypatch.setattr("os.access", lambda *_: False)  # root may write anything
        assert counted(space, store)() == whole
