"""How fast `status`, `search` and `render` of one day are in a large library: `bench_store.py FOLDER [--papers N]`.

Makes a workspace of made-up papers in FOLDER, unless there is one: two results a paper, 500 papers a page, texts of
the length and with the word frequencies of real ones. Then each command is timed five times as a user runs it
(a process of its own), and as a call. Prints a line each, in milliseconds: the median, the longest.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from localdigest.arxiv import calendar
from localdigest.flows.brief import find_models, load
from localdigest.pages import contents, publish, standing
from localdigest.records import (
    Breakdown,
    Evidence,
    Page,
    Paper,
    Part,
    Point,
    Provenance,
    Result,
    Sampling,
    Source,
    Translation,
)
from localdigest.store import Store, index, search
from localdigest.store.database import MIGRATIONS, run, utc
from localdigest.store.index import Filter
from localdigest.workspace import config

A_PAGE = 500
QUERIES = ("common", "rare", "中", "常用", "少见的词", "common 常用", '"common rare"', "common -rare")
"""Names of kinds of words; the first run over the texts finds words for them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--papers", type=int, default=500_000)
    parser.add_argument("--page", type=int, default=A_PAGE, help="papers of a page")
    chosen = parser.parse_args()
    config.create(chosen.folder)
    space = config.open_workspace(chosen.folder)
    if not space.library.exists():
        started = time.perf_counter()
        make(space.library, chosen.papers, chosen.page)
        print(f"made in {time.perf_counter() - started:.0f} s")
    with Store(space.library) as store:
        days = list(store.pages())
        print(f"{store.known()} papers, {2 * store.known()} results, {len(days)} pages,"
              f" {space.library.stat().st_size / 2**30:.2f} GiB")  # fmt: skip
    measure(space, days[len(days) // 2])


# ---------------------------------------------------------------- a large library


class Texts:
    """Sentences of made-up words, drawn as often as words are in real texts (Zipf's law)."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        letters = "etaoinshrdlu"
        words = ["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(20_000)]
        characters = [chr(0x4E00 + i) for i in dice.sample(range(6000), 3000)]
        self.words, self.characters = words, characters
        self.english = list(self._sentences(words, 22, " "))
        self.chinese = list(self._sentences(characters, 36, ""))

    def _sentences(self, of: list[str], length: int, between: str) -> Iterator[str]:
        weights = [1 / (rank + 3) for rank in range(len(of))]
        for _ in range(20_000):
            yield between.join(self.dice.choices(of, weights, k=length))

    def some(self, sentences: list[str], number: int) -> list[str]:
        return self.dice.choices(sentences, k=number)


def make(path: Path, papers: int, page: int = A_PAGE) -> None:
    dice = random.Random(1)  # noqa: S311
    texts = Texts(dice)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN")
        for step in MIGRATIONS:
            run(db, step)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        day = date(2020, 1, 1)
        for first in range(0, papers, page):
            while calendar.why_none(day):
                day += timedelta(days=1)
            span = calendar.window(day)
            record = Page(span, closed=True, since=span.start, checked=True, sources=("api",), left=0)
            db.execute("INSERT INTO pages VALUES (?, ?)", (day.isoformat(), _json(record)))
            for number in range(first, min(first + page, papers)):
                _put(db, number, day, span.start, texts)
            day += timedelta(days=1)
        db.execute("COMMIT")
        db.execute("BEGIN")
        index.fill(db)
        db.execute("COMMIT")


def _put(db: sqlite3.Connection, number: int, day: date, start: datetime, texts: Texts) -> None:
    dice = texts.dice
    name = f"{day:%y%m}.{number % 100_000:05}"
    when = (start + timedelta(seconds=number % A_PAGE)).astimezone(UTC)
    title = " ".join(texts.some(texts.words, 9))
    sentences = texts.some(texts.english, 8)
    category = dice.choice(("cs.SD", "eess.AS", "cs.CL"))
    paper = Paper(name, 1, title, ("Ann Author", "Wei Zhang", f"B. Name{number % 9973}"), " ".join(sentences),
                  (category, "cs.SD"), category, when, when)  # fmt: skip
    db.execute("INSERT INTO papers VALUES (?, 1, ?, ?)", (name, utc(when), _json(paper)))
    db.execute("INSERT INTO placed VALUES (?, 1, 'new', ?)", (name, day.isoformat()))
    pairs = tuple(zip(sentences, texts.some(texts.chinese, 8), strict=True))
    points = tuple(
        Point(texts.some(texts.chinese, 1)[0], (Evidence(dice.randint(1, 9), texts.some(texts.english, 1)[0]),))
        for _ in range(12)
    )
    parts = (Part("background", points[:3]), Part("method", points[3:9]), Part("results", points[9:]))
    made = Provenance("starter", "0" * 64, "1" * 64, Sampling(), 2000, 600, 12.5, "0.1.0", "llama.cpp")
    source = Source("pdf", "2" * 64, 12, 12, 0.9, 0)
    translation = Translation("".join(text for _, text in pairs), pairs)
    for result in (
        Result(name, 1, "translate", "zh-CN", "done", "", translation, None, made),
        Result(name, 1, "explain", "zh-CN", "done", "", None, Breakdown(parts, source), made),
    ):
        db.execute(
            "INSERT INTO results (key, paper_id, version, task, language, status, reason, attempts, stored_at, record)"
            " VALUES (?, ?, 1, ?, 'zh-CN', 'done', '', 1, ?, ?)",
            (f"{result.task}-{name}-{number}", name, result.task, utc(when), _json(result)),
        )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# ---------------------------------------------------------------- the measurement


def measure(space: config.Workspace, day: date) -> None:
    texts = Texts(random.Random(1))  # noqa: S311
    of = {"common": texts.words[1], "rare": texts.words[9000], "中": texts.characters[0]}
    of |= {"常用": "".join(texts.characters[:2]), "少见的词": texts.chinese[7][3:7]}
    queries = {kind: _filled(kind, of) for kind in QUERIES}
    commands = {
        "status": ("status",),
        "render": ("render", "--date", str(day), "-o", "-"),
        **{f"search {kind}": ("search", "--json", "--", text) for kind, text in queries.items()},
        "search by author": ("search", "--json", "--author", "B. Name77"),
        "search in a month": ("search", "--json", "--from-day", "2021-03-01", "--to-day", "2021-03-31", of["common"]),
    }
    program = [sys.executable, "-m", "localdigest", "-C", str(space.root)]

    # An installed program has its bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def command(arguments: tuple[str, ...]) -> None:
        subprocess.run([*program, *arguments], check=True, capture_output=True, env=environment)

    for name, arguments in commands.items():
        report(f"localdigest {name}", lambda arguments=arguments: command(arguments))  # type: ignore[misc]
    with Store(space.library) as store:
        report("call status", lambda: standing.standing(space, store))
        plan_day = contents.planner(space, store, load(space, find_models(space)))
        report("call render", lambda: publish.publish(space, store, day, plan_day))
        for kind, text in queries.items():
            report(f"call search {kind}", lambda text=text: search.look(store, text, Filter()))  # type: ignore[misc]


def _filled(kind: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        kind = kind.replace(name, word)
    return kind


def report(name: str, call: Callable[[], object], times: int = 5) -> None:
    taken = []
    for _ in range(times + 1):  # the first one reads the disk, and status counts
        started = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - started))
    first, *rest = taken
    print(f"{name:36} {statistics.median(rest):8.0f} ms, {max(rest):.0f} at most; the first {first:.0f}", flush=True)


if __name__ == "__main__":
    main()
