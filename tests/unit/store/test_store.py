"""The real database: what goes in comes out, survives a kill, is refused in a sentence if damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta, timezone
from pathlib import Path

import pytest

from localdigest.files import write_atomic
from localdigest.messages import Notice, Reason
from localdigest.messages.errors import ConfigError
from localdigest.records import (
    Breakdown,
    Evidence,
    Finding,
    Page,
    Paper,
    Part,
    Placed,
    Point,
    Provenance,
    Replacement,
    Result,
    Sampling,
    Source,
    Task,
    Translation,
    Window,
)
from localdigest.store import Store, database
from localdigest.store.database import MIGRATIONS, run
from tests.kit.results import PAPER, WHEN, done

DONE = Result(
    PAPER.id,
    1,
    "explain",
    "zh-CN",
    "done",
    "",
    Translation("文", (("a", "文"),), (Finding("c", "d", True),)),
    Breakdown((Part("results", (Point("点", (Evidence(3, "q"),), False, 1),)),), Source("pdf", "0", 2, 2, 0.5, 1)),
    Provenance("m", "s", "p", Sampling(0.7), 1, 2, 0.25, "0.1", "e"),
)


def failed(why: str, task: Task = "explain", version: int = 1) -> Result:
    return Result(PAPER.id, version, task, "zh-CN", "failed", Reason("error", why))


# ---------------------------------------------------------------- papers


def test_papers_come_back_by_time_from_a_half_open_window(tmp_path: Path) -> None:
    east = timezone(timedelta(hours=8))
    times = {"4": timedelta(days=1), "3": timedelta(days=1) - timedelta(microseconds=1), "2": timedelta(0)}
    papers = [replace(PAPER, id=name, published=(WHEN + after).astimezone(east)) for name, after in times.items()]
    with Store(tmp_path / "library.db") as store:
        assert store.add_papers([*papers, replace(PAPER, id="1", published=WHEN - timedelta(seconds=1))]) == 4
    with Store(tmp_path / "library.db") as store:
        assert store.papers_between(WHEN, (WHEN + timedelta(days=1)).astimezone(east)) == (
            papers[2],
            papers[1],
        )


def test_a_replacement_is_the_same_paper(tmp_path: Path) -> None:
    later, earlier = WHEN + timedelta(days=1), WHEN - timedelta(days=1)
    second = replace(PAPER, version=2, title="Second", published=later)
    with Store(tmp_path / "library.db") as store:
        assert store.add_papers([PAPER, PAPER]) == 1
        assert store.add_papers([second]) == 0
        assert store.papers_between(earlier, later) == (replace(second, published=WHEN),)
        assert store.add_papers([replace(PAPER, title="Old again"), replace(second, title="Again")]) == 0
        assert store.papers_between(earlier, later) == (replace(second, published=WHEN),)
        assert store.add_papers([replace(second, published=earlier)]) == 0
        assert store.papers_between(earlier, WHEN) == (replace(second, published=earlier),)


# ---------------------------------------------------------------- pages


DAYS = (date(2025, 12, 17), date(2025, 12, 18))


def page(day: date, closed: bool = True) -> Page:
    return Page(Window(day, "announced", WHEN, WHEN + timedelta(days=1), "14:00", "America/New_York", (day,)), closed)


def test_a_page_keeps_its_papers_in_the_version_they_had(tmp_path: Path) -> None:
    second = replace(PAPER, version=2, abstract="Changed.")
    with Store(tmp_path / "library.db") as store:
        store.add_papers([PAPER])
        store.place(page(DAYS[0], closed=False))
        store.place(page(DAYS[0]), [PAPER])
        store.add_papers([replace(second, published=WHEN - timedelta(hours=1))])
        store.place(page(DAYS[1]), replaced=[second])
    with Store(tmp_path / "library.db") as store:
        assert store.pages() == {day: page(day) for day in DAYS}
        first = replace(PAPER, published=WHEN - timedelta(hours=1))
        assert store.page_papers(DAYS[0]) == ((first,), ())
        assert store.page_papers(DAYS[1]) == ((), (Replacement(replace(second, published=first.published), PAPER),))
        assert store.placed([PAPER.id, "unknown"]) == {PAPER.id: Placed(2, DAYS[0])}


def test_a_paper_is_new_on_one_page_and_a_page_is_placed_whole(tmp_path: Path) -> None:
    other = replace(PAPER, id="2512.00002")
    with Store(tmp_path / "library.db") as store:
        store.add_papers([PAPER, other])
        store.place(page(DAYS[0]), [PAPER], before=[other])
        assert store.placed([other.id]) == {other.id: Placed(1, None)}
        with pytest.raises(sqlite3.IntegrityError):
            store.place(page(DAYS[1]), [other, replace(PAPER, version=2)])
        assert store.pages() == {DAYS[0]: page(DAYS[0])}
        store.place(page(DAYS[1]), [other])
        assert store.placed([other.id]) == {other.id: Placed(1, DAYS[1])}


def test_a_library_from_before_pages_is_brought_up_to_date(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "library.db", isolation_level=None)) as old:
        run(old, MIGRATIONS[0])
        old.execute("PRAGMA user_version = 1")
        record = '{"id":"2512.00001","version":1,"title":"T","authors":[],"abstract":"A","categories":["cs.SD"],'
        record += '"primary_category":"cs.SD","published":"2025-12-16T12:00:00Z","updated":"2025-12-16T12:00:00Z"}'
        old.execute("INSERT INTO papers VALUES ('2512.00001', 1, '2025-12-16T12:00:00.000000+00:00', ?)", (record,))
    with Store(tmp_path / "library.db") as store:
        (paper,) = store.papers_between(WHEN, WHEN + timedelta(days=1))
        store.place(page(DAYS[0]), [paper])
        assert store.page_papers(DAYS[0]) == ((paper,), ())


def test_reasons_of_an_older_library_keep_their_codes_and_their_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = tmp_path / "library.db", next(n for n, step in enumerate(MIGRATIONS) if "reasons" in step.name)
    monkeypatch.setattr(database, "MIGRATIONS", MIGRATIONS[:before])
    with Store(path) as store:
        store.add_papers([PAPER])
        store.save("done", done("old"))
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        text = "pdf-broken: a.pdf: the PDF is damaged (it's {cut}); download it again"
        record = f'{{"paper_id":"{PAPER.id}","version":1,"task":"explain","language":"zh-CN","status":"failed",'
        record += f'"reason":"{text}","translation":null,"breakdown":null,"provenance":null}}'
        old.execute(
            "INSERT INTO results (key, paper_id, version, task, language, status, reason, attempts, stored_at, record)"
            " VALUES ('failed', ?, 1, 'explain', 'zh-CN', 'failed', ?, 2, '', ?)",
            (PAPER.id, text, record),
        )
        old.execute("INSERT INTO absent_pdfs VALUES (?, 1, 'withdrawn: arXiv says so', '')", (PAPER.id,))
        old.execute("INSERT INTO tallies VALUES ('2025-12-16', NULL, NULL, 's', '{}')")
    monkeypatch.undo()
    with Store(path) as store:
        store.verify()
        assert store.stored(["done", "failed"]) == {"done": ("done", 1, ""), "failed": ("failed", 2, "pdf-broken")}
        latest = store.latest([PAPER], "zh-CN")
        assert latest[PAPER.id, "translate"] == done("old")
        why = latest[PAPER.id, "explain"].reason
        assert why == Reason("pdf-broken", "a.pdf: the PDF is damaged (it's {cut}); download it again")
        assert str(why) == text
        assert store.states([PAPER], "zh-CN")[PAPER.id, "explain"] == ("failed", why)
        assert store.absent_pdfs([PAPER]) == {PAPER.id: Reason("withdrawn", "arXiv says so")}
        assert store.tallies("s") == {}


# ---------------------------------------------------------------- results


def test_results_come_back_whole(tmp_path: Path) -> None:
    with Store(tmp_path / "library.db") as store:
        store.add_papers([PAPER])
        store.save("k", DONE)
    with Store(tmp_path / "library.db") as store:
        assert store.latest([PAPER, replace(PAPER, id="unknown")], "zh-CN") == {(PAPER.id, "explain"): DONE}
        assert store.stored(["k", "other"]) == {"k": ("done", 1, "")}


def test_failures_count_and_never_replace_what_is_done(tmp_path: Path) -> None:
    with Store(tmp_path / "library.db") as store:
        store.add_papers([PAPER])
        store.save("k", failed("first"))
        store.save("k", failed("second"))
        assert store.stored(["k"]) == {"k": ("failed", 2, "error")}
        store.save("k", DONE)
        store.save("k", failed("third"))
        assert store.stored(["k"]) == {"k": ("done", 3, "")}
        assert store.latest([PAPER], "zh-CN") == {(PAPER.id, "explain"): DONE}
        with pytest.raises(ValueError, match="pending"):
            store.save("k", replace(failed("x"), status="pending"))
        with pytest.raises(sqlite3.IntegrityError):  # a defect of the caller, not the user's trouble
            store.save("k", replace(DONE, paper_id="never added"))
        assert store.stored(["k"]) == {"k": ("done", 3, "")}


def test_a_page_shows_the_newest_done_result_of_its_version(tmp_path: Path) -> None:
    pair: tuple[str, Task] = (PAPER.id, "translate")
    with Store(tmp_path / "library.db") as store:
        store.add_papers([PAPER])
        store.save("a", failed("one", "translate"))
        store.save("b", failed("two", "translate"))
        assert store.latest([PAPER], "zh-CN")[pair] == failed("two", "translate")
        store.save("a", failed("three", "translate"))
        assert store.latest([PAPER], "zh-CN")[pair] == failed("three", "translate")
        store.save("c", done("old model"))
        store.save("d", done("new model"))
        store.save("e", failed("newest model", "translate"))
        store.save("f", done("日本語", language="ja"))
        assert store.latest([PAPER], "zh-CN") == {pair: done("new model")}
        assert store.latest([PAPER], "zh-CN", ["c", "e"]) == {pair: done("old model")}, "today's model is the old one"
        assert store.latest([PAPER], "ja") == {pair: done("日本語", language="ja")}
        store.add_papers([replace(PAPER, version=2)])
        second = replace(PAPER, version=2)
        assert store.latest([second], "zh-CN") == {}
        store.save("g", failed("v2", "translate", 2))
        assert store.latest([second], "zh-CN")[pair] == failed("v2", "translate", 2)
        assert store.latest([PAPER], "zh-CN") == {pair: done("new model")}


def test_why_a_pdf_is_absent_is_known_of_its_version_until_it_comes(tmp_path: Path) -> None:
    other = replace(PAPER, id="2512.00002")
    with Store(tmp_path / "library.db") as store:
        store.add_papers([PAPER, other])
        none = Reason("no-pdf", Notice("still none on {day}", DAYS[0]))
        gone = Reason("withdrawn", Notice("gone"))
        store.note_pdf(PAPER, Reason("no-pdf", Notice("none yet")))
        store.note_pdf(PAPER, none)
        store.note_pdf(other, gone)
        both = [PAPER, other]
        assert store.absent_pdfs(both) == {PAPER.id: none, other.id: gone}
        store.note_pdf(PAPER, None)
        assert store.absent_pdfs(both) == {other.id: gone}
        store.add_papers([replace(other, version=2)])  # a replacement may have one; a page keeps its own version
        assert store.absent_pdfs([replace(other, version=2)]) == {}
        assert store.absent_pdfs(both) == {other.id: gone}


def test_a_call_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def papers() -> list[Paper]:
        raise RuntimeError("the listing ends here")

    with Store(tmp_path / "library.db") as store:
        with pytest.raises(RuntimeError):
            store.add_papers(paper for paper in (PAPER, *papers()))
        with pytest.raises(AttributeError):
            store.add_papers([PAPER, None])  # type: ignore[list-item]
        assert store.papers_between(WHEN, WHEN + timedelta(days=1)) == ()
        assert store.add_papers([PAPER]) == 1


# ---------------------------------------------------------------- files that are not as they should be


def filled(path: Path, papers: int = 300) -> None:
    with Store(path) as store:
        store.add_papers(replace(PAPER, id=f"2512.{number:05}") for number in range(papers))


def test_a_newer_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    filled(path, 1)
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(ConfigError, match=r"library\.db.*newer localdigest.*update"):
        Store(path)


@pytest.mark.parametrize("damage", ["garbage", "truncated", "holed"])
def test_a_damaged_library_is_refused_with_a_way_out(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "library.db"
    filled(path)
    data = path.read_bytes()
    assert len(data) > 50_000
    hole = data[:4096] + b"\xff" * (len(data) - 4096)
    path.write_bytes({"garbage": b"not a database" * 99, "truncated": data[:30_000], "holed": hole}[damage])
    with pytest.raises(ConfigError, match=r"library\.db.*damaged.*status --rebuild"), Store(path) as store:
        store.papers_between(WHEN, WHEN + timedelta(days=1))


def test_a_record_that_is_not_one_is_damage_too(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    filled(path, 1)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE papers SET record = '{}'")
    db.close()
    with Store(path) as store, pytest.raises(ConfigError, match="damaged"):
        store.papers_between(WHEN, WHEN + timedelta(days=1))


def test_a_missing_folder_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"library\.db: cannot be opened"):
        Store(tmp_path / "absent" / "library.db")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_atomic(tmp_path / "absent" / "page.md", "x")


# ---------------------------------------------------------------- kills and locks


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_atomic(page, "一")
    write_atomic(page, "二")
    assert page.read_text(encoding="utf-8") == "二"
    with pytest.raises(UnicodeEncodeError):
        write_atomic(page, "half\ud800")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match="folder: cannot be written"):
        write_atomic(tmp_path / "folder", "x")
    assert page.read_text(encoding="utf-8") == "二"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "page.md"]
