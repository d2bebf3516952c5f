"""Collecting by announcements over simulated weeks: no paper lost, none twice, and what is not known is said."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from localdigest import run, store
from localdigest.arxiv import ledger
from localdigest.arxiv.client import Client
from localdigest.messages.errors import ArxivUnreachable, ConfigError
from localdigest.pages.days import Agenda
from localdigest.pages.publish import publish
from localdigest.run.events import Said
from localdigest.workspace import config
from tests.kit.scripted_engine import planner
from tests.kit.simulated_arxiv import CATEGORY, Simulated, Version, World, running

INTERVAL = 0.005
ET, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")

# 36 days in which the clocks change in Berlin (26 October) and New York (2 November), with Thanksgiving.
FIRST, LAST = date(2025, 10, 27), date(2025, 12, 1)
NO_LISTING = date(2025, 11, 28)
OUTAGE = (date(2025, 11, 11), date(2025, 11, 12), date(2025, 11, 13))


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


LISTED = [day for day in days(date(2025, 8, 4), date(2025, 12, 12)) if day.weekday() < 5 and day != NO_LISTING]


def evening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 20, tzinfo=ET) - timedelta(days=1)


def span(day: date) -> tuple[datetime, datetime]:
    """When papers for this listing are submitted, by arXiv's table and the one holiday."""
    back = {0: (4, 3), 1: (4, 1)}.get(day.weekday(), (2, 1))
    back = {date(2025, 12, 1): (5, 3)}.get(day, back)
    start, end = (day - timedelta(days=n) for n in back)
    return (
        datetime(start.year, start.month, start.day, 14, tzinfo=ET),
        datetime(end.year, end.month, end.day, 14, tzinfo=ET),
    )


class Making:
    """Papers by when they are submitted and listed, with identifiers in order of listing."""

    def __init__(self) -> None:
        self.papers: list[Simulated] = []
        self._dice = Random(5)  # noqa: S311

    def paper(self, listed: date, submitted: datetime | None = None, **more: object) -> Simulated:
        start, end = span(listed)
        seconds = int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds())
        when = submitted or start.astimezone(UTC) + timedelta(seconds=self._dice.randrange(seconds))
        name = f"{listed:%y%m}.{len(self.papers) + 1:05}"
        made = Simulated(name, (Version(1, when.astimezone(UTC), listed, f"About {name}."),), **more)  # type: ignore[arg-type]
        self.papers.append(made)
        return made

    def replaced(self, paper: Simulated, listed: date, abstract: str) -> Simulated:
        version = Version(len(paper.versions) + 1, span(listed)[0].astimezone(UTC), listed, abstract)
        new = Simulated(paper.id, (*paper.versions, version), paper.categories, paper.cross_listed)
        self.papers[self.papers.index(paper)] = new
        return new


@pytest.fixture
def making() -> Making:
    made = Making()
    for listed in LISTED:
        if listed >= date(2025, 10, 13):
            for _ in range(1 + listed.day % 4):
                made.paper(listed)
    return made


@pytest.fixture
def world(making: Making, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(World(morning(FIRST), {day: evening(day) for day in LISTED}, making.papers)) as arxiv:
        yield arxiv


class Reader:
    """A user's workspace, with the machine's clock at the simulated moment."""

    def __init__(self, root: Path, world: World, **window: object) -> None:
        config.create(root)
        text = (root / config.FILE).read_text(encoding="utf-8")
        text = text.replace('["cs.SD", "eess.AS"]', f'["{CATEGORY}"]').replace("pdfs = true", "pdfs = false")
        text = text.replace('formats = ["html"]', "formats = []")  # test_site has the pages for the browser
        for name, path in (("api", "api/query"), ("rss", "rss"), ("oai", "oai")):
            text = re.sub(rf'{name}_url = ".*"', f'{name}_url = "{world.url}/{path}"', text)
        for key, value in window.items():
            text = re.sub(rf"^{key} = .*", f"{key} = {json.dumps(value)}", text, flags=re.MULTILINE)
        (root / config.FILE).write_text(text, encoding="utf-8")
        self.root, self.world, self.said = root, world, [""]
        self.space = config.open_workspace(root)

    def run(self, day: date | None = None) -> Agenda:
        """What `localdigest run` does, but for the model's work."""
        self.said = []
        with store.Store(self.space.library) as library:
            found = run.collect(
                self.space,
                library,
                day,
                [],
                None,
                lambda event: self.said.append(str(event.text)) if isinstance(event, Said) else None,
                self.world.now,
                functools.partial(Client, interval=INTERVAL),
            )
            for each in found.days:
                publish(self.space, library, each, planner(self.space, library))
        return found

    def pages(self) -> dict[date, list[str]]:
        return {day: [paper["id"] for paper in export["papers"]] for day, export in self.exports().items()}

    def exports(self) -> dict[date, dict[str, Any]]:
        found = {path.stem: json.loads(path.read_bytes()) for path in sorted((self.root / "exports").iterdir())}
        return {date.fromisoformat(day): export for day, export in found.items() if export["outcome"] == "papers"}

    def outcome(self, day: date) -> str:
        return str(json.loads((self.root / "exports" / f"{day}.json").read_bytes())["outcome"])

    def page(self, day: date) -> str:
        return (self.root / "posts" / f"{day}-arxiv.md").read_text(encoding="utf-8")


def morning(day: date, hour: int = 8) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=BERLIN)


def listed_on(making: Making, day: date) -> set[str]:
    return {paper.id for paper in making.papers if paper.first_listed == day}


def test_five_weeks_lose_nothing_and_double_nothing(making: Making, world: World, tmp_path: Path) -> None:
    held = [making.paper(day, span(day)[0] - timedelta(days=2)) for day in (date(2025, 11, 5), date(2025, 11, 20))]
    nine_days = making.paper(date(2025, 11, 19), datetime(2025, 11, 10, 9, tzinfo=ET))
    in_outage = making.paper(OUTAGE[1], datetime(2025, 11, 3, 9, tzinfo=ET))
    cross = making.paper(date(2025, 9, 3), categories=("cs.CL", CATEGORY), cross_listed=date(2025, 11, 6))
    before = [paper for paper in making.papers if paper.first_listed < FIRST]
    making.replaced(making.papers[-30], LISTED[-3], "Rewritten.")
    making.papers.append(
        Simulated("2509.09999", (Version(1, span(date(2025, 9, 9))[0], date(2025, 9, 9), "Old."),), touched=OUTAGE[1])
    )
    reader = Reader(tmp_path / "digest", world)
    outcomes: dict[date, str] = {}
    requests = 0
    for day in days(FIRST, LAST):
        world.now, world.down = morning(day), day in OUTAGE
        world.asked.clear()
        try:
            outcomes[day] = reader.run().outcome
        except ArxivUnreachable:
            outcomes[day] = reader.outcome(day)
        requests += len(world.asked)
        if not world.down and day - timedelta(days=1) not in OUTAGE:
            assert len(world.asked) <= 3, "more than the API, the feed and one look at papers that only the feed has"

    weekends = {day for day in days(FIRST, LAST) if day.weekday() > 4}
    assert {day for day, outcome in outcomes.items() if outcome == "no-announcement"} == {*weekends, NO_LISTING}
    assert {day for day, outcome in outcomes.items() if outcome == "failed"} == set(OUTAGE)
    pages = reader.pages()
    assert set(pages) == {day for day in LISTED if FIRST <= day <= LAST}
    shown = Counter(name for names in pages.values() for name in names)
    assert set(shown.values()) == {1}
    assert set(shown) == {paper.id for paper in making.papers if FIRST <= paper.first_listed <= LAST} | {cross.id}
    assert not set(shown) & {paper.id for paper in before}
    # Each on the page of its announcement; OAI-PMH dates even the one that came while nobody could look.
    assert {day: set(names) for day, names in pages.items()} == {day: listed_on(making, day) for day in pages}
    late = {paper["id"]: day for day, export in reader.exports().items() for paper in export["papers"] if paper["late"]}
    assert set(late) == {paper.id for paper in (*held, nine_days, in_outage, cross)}
    assert "- **Submitted**: 投稿日期 2025-11-10，" in reader.page(late[nine_days.id])
    assert all(not export["remarks"] for export in reader.exports().values())
    assert (world.at_once, world.confirmed) == (1, 0)
    assert min(world.gaps) >= INTERVAL
    entries = ledger.read(reader.space.ledger)
    assert len(entries) == requests
    why = {entry.why.partition(";")[0] for entry in entries}
    assert why == {"listing", "feed", "records", "papers that only the feed has"}
    # A replaced paper stays in the version it was announced in, and all pages can be written again.
    written = {day: reader.page(day) for day in pages}
    with store.Store(reader.space.library) as library:
        for day in pages:
            publish(reader.space, library, day, planner(reader.space, library))
    assert {day: reader.page(day) for day in pages} == written


def test_a_rerun_asks_nothing_and_finds_nothing(world: World, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "digest", world)
    first = reader.run()
    world.asked.clear()
    assert reader.run() == first == Agenda((FIRST,))
    assert world.asked == []


def test_one_page_makes_up_for_a_gap(making: Making, world: World, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "digest", world, catch_up="one")
    reader.run()
    world.now = morning(date(2025, 10, 31))
    assert reader.run().days == (FIRST, date(2025, 10, 31))
    gap = days(date(2025, 10, 28), date(2025, 10, 31))
    assert set(reader.pages()) == {FIRST, gap[-1]}
    assert set(reader.pages()[gap[-1]]) == {name for day in gap for name in listed_on(making, day)}
    page = reader.page(gap[-1])
    assert "以下为 arXiv 于 2025-10-28 至 2025-10-31 公布的论文中文译文：" in page
    assert "- 投稿时段（截止 14:00 ET，美国东部时间）：2025-10-24 14:00 — 2025-10-30 14:00" in page
    world.now = morning(date(2025, 11, 8))
    found = reader.run()
    assert (found.outcome, str(found.reason)) == ("papers", "no announcement on 2025-11-08: Saturday")
    assert set(reader.pages()) == {FIRST, gap[-1], date(2025, 11, 7)}
    assert reader.run().outcome == "no-announcement"


def test_a_first_run_that_fails_leaves_its_window_open(making: Making, world: World, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "digest", world)
    world.down = True
    with pytest.raises(ArxivUnreachable):
        reader.run()
    assert reader.outcome(FIRST) == "failed"
    world.now, world.down = morning(FIRST + timedelta(days=1)), False
    reader.run()
    assert {day: set(names) for day, names in reader.pages().items()} == {
        day: listed_on(making, day) for day in (FIRST, FIRST + timedelta(days=1))
    }


@pytest.mark.parametrize("dead", [set(), {"rss"}])
def test_an_index_that_lags_is_stale_and_not_an_empty_day(
    making: Making, world: World, tmp_path: Path, dead: set[str]
) -> None:
    """Before midnight in New York the feed is of the day before, and the API may not have the announcement yet."""
    reader = Reader(tmp_path / "digest", world)
    reader.run()
    tuesday = FIRST + timedelta(days=1)
    world.now, world.stuck, world.dead = morning(tuesday, 2), tuesday, dead
    found = reader.run()
    assert found.outcome == "stale"
    assert tuesday not in found.days
    assert str(tuesday) in str(found.reason)
    assert reader.outcome(tuesday) == "stale"
    world.now, world.stuck = morning(tuesday), None
    assert reader.run().outcome == "papers"
    assert set(reader.pages()[tuesday]) == listed_on(making, tuesday)


def test_an_empty_announcement_is_believed_where_the_feed_or_the_rest_of_arxiv_shows_it(
    making: Making, world: World, tmp_path: Path
) -> None:
    tuesday = FIRST + timedelta(days=1)
    making.papers[:] = [paper for paper in making.papers if paper.first_listed != tuesday]
    world.now = morning(tuesday)
    assert Reader(tmp_path / "fed", world).run() == Agenda((tuesday,))
    world.dead = {"rss"}
    reader = Reader(tmp_path / "unfed", world)
    assert reader.run().outcome == "stale", "nothing in all of arXiv: its index lags"
    making.paper(
        tuesday, categories=("math.AG",)
    )  # the simulated API does not look at categories, but localdigest does
    assert reader.run() == Agenda((tuesday,))
    assert reader.pages()[tuesday] == []


def test_a_feed_that_cannot_be_had_is_made_up_for_by_oai(making: Making, world: World, tmp_path: Path) -> None:
    """Papers that only the feed knew of, days late; OAI-PMH's token expires while it is read."""
    reader = Reader(tmp_path / "digest", world)
    reader.run()
    tuesday, wednesday = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
    late = making.paper(tuesday, datetime(2025, 10, 19, 9, tzinfo=ET))
    # Submitted before all that was ever listed here: nothing tells it from an old paper whose record changed.
    too_late = making.paper(tuesday, datetime(2025, 10, 9, 9, tzinfo=ET))
    world.now, world.dead = morning(tuesday), {"rss"}
    reader.run()
    assert any("rss could not be asked: " in text for text in reader.said)
    assert set(reader.pages()[tuesday]) == listed_on(making, tuesday) - {late.id, too_late.id}
    world.now, world.dead, world.tokens_expire = morning(wednesday), set(), 1
    reader.run()
    assert "reading it again" in "".join(reader.said)
    assert set(reader.pages()[wednesday]) == listed_on(making, wednesday) | {late.id}
    world.now = morning(wednesday + timedelta(days=1))
    world.asked.clear()
    reader.run()
    assert not any(path.startswith("/oai") for path in world.asked), "asked again for what has been checked"


def test_oai_and_the_feed_stand_in_for_an_api_that_fails(making: Making, world: World, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "digest", world)
    reader.run()
    for step, dead in enumerate(({"api"}, {"api", "oai"}), 1):
        day = FIRST + timedelta(days=step)
        world.now, world.dead = morning(day), dead
        assert reader.run().outcome == "papers"
        assert set(reader.pages()[day]) == listed_on(making, day)
        assert any("api could not be asked" in text for text in reader.said)
    world.now, world.dead = morning(FIRST + timedelta(days=3)), {"api", "oai", "rss"}
    with pytest.raises(ArxivUnreachable, match="refuses the question"):
        reader.run()


def test_disagreement_is_said_and_the_union_is_shown(making: Making, world: World, tmp_path: Path) -> None:
    fed, unfed = (making.paper(FIRST) for _ in range(2))
    early = making.paper(FIRST, datetime(2025, 10, 24, 17, tzinfo=ET))
    world.not_in_api, world.not_in_feed = {fed.id}, {unfed.id}
    reader = Reader(tmp_path / "digest", world)
    reader.run()
    assert set(reader.pages()[FIRST]) == listed_on(making, FIRST)
    (remarks,) = (export["remarks"] for export in reader.exports().values())
    assert remarks == [
        f"1 paper is in the feed of {FIRST} alone, and taken from there: {fed.id}",
        f"1 paper is not in the feed of {FIRST}, and shown all the same: {unfed.id}",
        f"1 paper is announced earlier than arXiv's schedule says: {early.id}",
    ]
    assert set(remarks) <= set(reader.said)


def test_a_day_asked_for_by_name_is_had_or_has_its_reason(making: Making, world: World, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "digest", world)
    saturday, old = date(2025, 10, 25), date(2025, 10, 21)
    found = reader.run(saturday)
    assert (found.days, found.outcome, str(found.reason)) == (
        (),
        "no-announcement",
        f"no announcement on {saturday}: Saturday",
    )
    assert reader.outcome(saturday) == "no-announcement"
    tomorrow = reader.run(FIRST + timedelta(days=1))
    assert (tomorrow.outcome, str(tomorrow.reason)) == (
        "stale",
        "the announcement of 2025-10-28 is made at 2025-10-28 00:00 UTC; run again then",
    )
    assert world.asked == []
    reader.run(old)
    assert set(reader.pages()[old]) == listed_on(making, old)
    # A page of a day long ago does not make the days since then due.
    assert reader.run().days == (old, FIRST)
    assert set(reader.pages()) == {old, FIRST}
    with store.Store(reader.space.library) as library, pytest.raises(ConfigError, match="collect --date 2025-10-22"):
        publish(reader.space, library, date(2025, 10, 22), planner(reader.space, library))


def test_replacements_have_a_section_with_what_changed(making: Making, world: World, tmp_path: Path) -> None:
    paper = making.paper(FIRST)
    old = making.paper(date(2025, 9, 3))
    tuesday, wednesday = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
    making.replaced(paper, tuesday, f"Much about {paper.id}, <b>indeed</b>.")
    making.replaced(old, wednesday, "Changed.")
    reader, plain = Reader(tmp_path / "digest", world, replacements=True), Reader(tmp_path / "plain", world)
    for day in (FIRST, tuesday, wednesday):
        world.now = morning(day)
        reader.run()
        plain.run()
    assert reader.pages() == plain.pages()
    assert all(not export["replacements"] for export in plain.exports().values())
    (first,), (second,) = (reader.exports()[day]["replacements"] for day in (tuesday, wednesday))
    assert (first["id"], first["version"], first["previous_version"]) == (paper.id, 2, 1)
    old_words, new_words = f"About {paper.id}.", f"Much about {paper.id}, <b>indeed</b>."
    assert first["changes"] == [["removed", old_words], ["added", new_words]]
    page = reader.page(tuesday)
    assert "## 修订版本" in page
    assert f"<del>About {paper.id}.</del> <ins>Much about {paper.id}, &lt;b&gt;indeed&lt;/b&gt;.</ins>" in page
    assert (second["id"], second["previous_version"], second["changes"]) == (old.id, None, None)
    assert f"## Paper {paper.id}\n" in reader.page(FIRST)
    assert "库中没有此前的版本" in reader.page(wednesday)


def test_announced_pages_stand_when_the_clock_goes_back(making: Making, world: World, tmp_path: Path) -> None:
    reader = Reader(tmp_path / "digest", world)
    for ahead in range(3):
        world.now = morning(FIRST + timedelta(days=ahead))
        reader.run()
    pages, texts = reader.pages(), {day: reader.page(day) for day in reader.pages()}
    assert len(pages) == 3
    for back in (timedelta(hours=2), timedelta(days=1), timedelta(days=2), timedelta(days=400)):
        world.now = morning(FIRST + timedelta(days=2)) - back
        reader.run()
        assert {day: names for day, names in reader.pages().items() if day in pages} == pages
        assert {day: reader.page(day) for day in pages} == texts
    # Right again, the next day is the next page, and no paper is on two.
    world.now = morning(FIRST + timedelta(days=3))
    reader.run()
    shown = [name for day, names in reader.pages().items() if day >= FIRST for name in names]
    assert len(set(shown)) == len(shown)
    assert set(pages) < set(reader.pages())
