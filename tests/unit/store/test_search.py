"""Looking through the archive: both languages, whatever is typed, and an index that stays true to the records."""

from __future__ import annotations

import random
import sqlite3
import string
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from localdigest.flows.brief import find_models
from localdigest.messages import Reason
from localdigest.messages.errors import LibraryDamaged
from localdigest.pages import rebuild
from localdigest.records import Marks, Point, Result
from localdigest.render.typography import set_result
from localdigest.store import Store, search
from localdigest.store.database import MIGRATIONS, SEARCH, run
from localdigest.store.index import Filter
from localdigest.text import query
from localdigest.workspace import config
from tests.kit.digests import explained, paper, translated
from tests.kit.results import NOISE, TEXTS, VOCODER
from tests.kit.scripted_engine import Scripted, whole_day


@pytest.fixture
def store(tmp_path: Path) -> Store:
    library = Store(tmp_path / "library.db")
    library.add_papers([VOCODER, NOISE])
    for name, result in TEXTS.items():
        library.save(f"t-{name}", result)
    return library


def found(store: Store, text: str, which: Filter = Filter()) -> list[str]:  # noqa: B008
    return [row.id for row in search.look(store, text, which).rows]


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("vocoder", [VOCODER.id, NOISE.id]),  # the title counts for more
        ("Vocoders", [VOCODER.id, NOISE.id]),
        ("语音增强", [NOISE.id]),
        ("音增", [NOISE.id]),  # characters side by side, whatever the words are
        ("波", [VOCODER.id]),  # one character, in the middle of a run
        ("快", [VOCODER.id]),  # and at its end
        ("增语", []),
        ("vocoder 语音", [NOISE.id]),  # in the abstract and in the translation of one paper
        ("波形 语音", []),
        ("Diffusion模型", [NOISE.id]),
        ('"speech enhancement"', [NOISE.id]),
        ('"enhancement speech"', []),
        ("“speech enhancement”", [NOISE.id]),
        ("enhancement speech", [NOISE.id]),
        ("spectro*", [VOCODER.id]),
        ("spectro", []),
        ("vocoder -noise", [VOCODER.id]),
        ("vocoder -语音", [VOCODER.id]),
        ('vocoder -"neural vocoder"', [NOISE.id]),
        ("state-of-the-art", [NOISE.id]),
        ("naive BAYES", [NOISE.id]),
        ("β", [NOISE.id]),
        ("LeCun", []),  # authors are asked for by --author
        ("-vocoder", []),
    ],
)
def test_a_paper_is_found_by_its_words(store: Store, text: str, ids: list[str]) -> None:
    assert found(store, text) == ids


@pytest.mark.parametrize(
    ("which", "ids"),
    [
        (Filter(), [NOISE.id, VOCODER.id]),  # the last submitted first
        (Filter(authors=("Y. LeCun",)), [VOCODER.id]),
        (Filter(authors=("lecun yann",)), [VOCODER.id]),
        (Filter(authors=("Yann Zhang",)), []),  # two people
        (Filter(authors=("LeCun", "Zhang")), [VOCODER.id]),
        (Filter(authors=("**",)), []),
        (Filter(categories=("cs",)), [NOISE.id, VOCODER.id]),
        (Filter(categories=("eess.as",)), [NOISE.id]),
        (Filter(categories=("cs.L",)), []),
        (Filter(categories=("cs.SD", "cs.LG")), [NOISE.id, VOCODER.id]),
        (Filter(categories=("",)), []),
        (Filter(since=NOISE.published), [NOISE.id]),
        (Filter(until=NOISE.published), [VOCODER.id]),
        (Filter(since=VOCODER.published, until=NOISE.published + timedelta(1)), [NOISE.id, VOCODER.id]),
        (Filter(since=NOISE.published + timedelta(1)), []),
    ],
)
def test_a_filter_keeps_what_fits_it(store: Store, which: Filter, ids: list[str]) -> None:
    assert found(store, "", which) == ids
    assert found(store, "vocoder", which) == [name for name in (VOCODER.id, NOISE.id) if name in ids]


def test_days_are_those_of_the_zone() -> None:
    since, until = search.days("Asia/Shanghai", date(2025, 12, 1), date(2025, 12, 1))
    assert (since, until) == (datetime(2025, 11, 30, 16, tzinfo=UTC), datetime(2025, 12, 1, 16, tzinfo=UTC))
    assert search.days("Asia/Shanghai", None, None) == (None, None)


def test_nothing_that_is_typed_is_an_error(store: Store) -> None:
    signs = ['"', "'", "*", "-", "(", ")", "^", ":", "NEAR(", "AND", "OR", "NOT", "{", "}", "+", "\\", "\0", "\ud800"]
    signs += ["title:", "语", "语音", "a", "ﬁ", " ", "\n", "%", "_", "; DROP TABLE texts", "¶", "\u202e", "👩‍👩‍👧", "°"]
    dice = random.Random(1)  # noqa: S311
    for _ in range(3000):
        text = "".join(dice.choice([*signs, *string.ascii_letters]) for _ in range(dice.randint(1, 12)))
        which = Filter(authors=(text,) * dice.randint(0, 1), categories=(text,) * dice.randint(0, 1))
        search.look(store, text, which)
    for sign in signs:
        search.look(store, sign * 200)
    assert found(store, "vocoder") == [VOCODER.id, NOISE.id]


# ---------------------------------------------------------------- snippets


def test_hits_are_marked_where_they_stand() -> None:
    asked = query.parse("语音增强 models 图")
    text = "用扩散Model做语音增强，谱图。"
    assert [text[start:end] for start, end in query.hits(text, asked)] == ["Model", "语音增强", "图"]
    overlapping = "语音语音语音"
    assert query.hits(overlapping, query.parse("语音语音")) == [(0, 6)]
    assert query.hits("nothing here", asked) == []


def test_a_snippet_is_the_densest_stretch_and_is_the_text_itself() -> None:
    text = "noise at first. " + "Filler words here. " * 30 + "Now noise and noise again. " + "More filler. " * 30
    pieces = query.snippet(text, query.parse("noise"), width=60)
    shown = "".join(piece for piece, _ in pieces)
    assert [hit for piece, hit in pieces if piece == "noise"] == [True, True]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert shown.strip("…") in text
    assert len(shown) < 80
    assert query.snippet("no", query.parse("noise")) == []


def test_a_row_says_where_it_was_found(store: Store) -> None:
    store.save("e", explained(NOISE, Point("语音增强的结果更好。", ())))
    (row,) = search.look(store, "语音增强").rows
    assert list(row.snippets) == ["translation", "breakdown"]
    assert ("语音增强", True) in row.snippets["breakdown"]
    store.save("e", explained(NOISE, Point("语音增强的WER降低28 %。", ())))
    (row,) = search.look(store, "语音增强 降低", dress=set_result).rows  # as its page has it
    assert "".join(text for text, _ in row.snippets["breakdown"]).endswith("语音增强的 WER 降低 28%。")
    (row,) = search.look(store, "speech").rows
    assert query.marked(row.title, row.title_hits) == [("Speech", True), (" enhancement with diffusion models", False)]


# ---------------------------------------------------------------- the index stays true


def test_the_index_follows_the_records(store: Store) -> None:
    second = replace(VOCODER, version=2, title="A slow codec", abstract="Other.")
    store.add_papers([second])
    assert found(store, "neural") == []
    assert found(store, "codec") == [VOCODER.id]
    store.save("new", translated(second, "另一种译文。"))
    assert found(store, "波形") == []
    assert found(store, "译文") == [VOCODER.id]
    store.save("failed", Result(VOCODER.id, 2, "explain", "zh-CN", "failed", Reason("error", "why")))
    store.save("french", replace(translated(second, "Un autre résumé"), language="fr"))
    assert found(store, "译文 resume") == [VOCODER.id]  # each language has its own
    store.add_papers([replace(second, published=VOCODER.published - timedelta(365))])
    assert found(store, "codec", Filter(until=VOCODER.published)) == [VOCODER.id]
    store.verify()
    assert _left_behind(store) == 0


def _left_behind(store: Store) -> int:
    """Terms in the index of rows that no paper has."""
    db = store._db
    db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'texts', 'instance')")
    return int(db.execute("SELECT count(*) FROM terms WHERE doc NOT IN (SELECT docid FROM documents)").fetchone()[0])


def test_what_fails_leaves_the_index_as_it_was(store: Store) -> None:
    with pytest.raises(RuntimeError), store.together():  # noqa: PT012
        store.add_papers([paper(9, "Ephemeral")])
        store.save("x", translated(VOCODER, "短暂"))
        assert found(store, "ephemeral 短暂") == []
        assert found(store, "短暂") == [VOCODER.id]
        raise RuntimeError
    assert found(store, "ephemeral") == found(store, "短暂") == []
    assert found(store, "波形") == [VOCODER.id]
    store.verify()


def test_terms_that_were_made_otherwise_are_never_found(store: Store) -> None:
    """As after an update of localdigest whose terms are others, were the index not made anew."""
    store._db.execute("UPDATE documents SET checksum = checksum + 1")
    store.add_papers([replace(VOCODER, version=2, title="A slow codec")])
    assert found(store, "neural") == []
    assert found(store, "codec") == [VOCODER.id]
    assert _left_behind(store) > 0
    store.verify()


def test_a_library_from_before_searches_is_taken_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "library.db"
    with Store(path) as store:
        store.add_papers([VOCODER])
        store.save("t", TEXTS[VOCODER.id])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in ("papers", "results")}
        db.execute("ATTACH ? AS old", (str(tmp_path / "old.db"),))
    with closing(sqlite3.connect(tmp_path / "old.db", isolation_level=None)) as db:
        for step in MIGRATIONS[: SEARCH - 1]:
            run(db, step)
        for table, content in rows.items():
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(content[0]))})", content)
        db.execute(f"PRAGMA user_version = {SEARCH - 1}")
    assert caplog.messages == []
    with Store(tmp_path / "old.db") as store:
        assert caplog.messages == ["making the search's index of 1 papers, once"]
        assert found(store, "波形 vocoder") == [VOCODER.id]
        store.verify()


def test_a_search_that_lacks_papers_is_damage(store: Store) -> None:
    store._db.execute("DELETE FROM documents WHERE paper_id = ?", (NOISE.id,))
    with pytest.raises(LibraryDamaged, match="knows nothing of 1 papers"):
        store.verify()


# ---------------------------------------------------------------- marks


def test_marks_are_kept_changed_and_counted(store: Store) -> None:
    assert store.mark("2512.99999", star=True) is None
    assert store.mark(NOISE.id, star=True, note="读") == Marks(star=True, note="读")
    assert store.mark(NOISE.id, note="") == Marks(star=True)
    store.mark(VOCODER.id, hide=True)
    assert store.marks() == {NOISE.id: Marks(star=True), VOCODER.id: Marks(hide=True)}
    assert store.marks([VOCODER.id]) == {VOCODER.id: Marks(hide=True)}
    assert store.marked() == {"starred": 1, "read": 0, "hidden": 1, "noted": 0}
    assert found(store, "vocoder") == [NOISE.id]
    assert found(store, "vocoder", Filter(hidden=True)) == [VOCODER.id, NOISE.id]
    assert found(store, "", Filter(starred=True)) == [NOISE.id]
    store.mark(VOCODER.id, hide=False)
    assert store.marks() == {NOISE.id: Marks(star=True)}


def test_marks_and_the_search_survive_a_rebuild(tmp_path: Path) -> None:
    config.create(tmp_path)
    space = config.open_workspace(tmp_path)
    whole_day(space, Scripted(), pdf_dir=None)
    with Store(space.library) as store:
        store.mark("2009.06122", star=True, note='"; DROP')
        before = found(store, "challenge")
        store._db.execute("UPDATE pages SET record = 'no record'")
    rebuild.rebuild(space, find_models(space))
    with Store(space.library) as store:
        assert store.marks() == {"2009.06122": Marks(star=True, note='"; DROP')}
        assert sorted(found(store, "challenge")) == sorted(before)
        assert len(before) == 2
        store.verify()


# ---------------------------------------------------------------- the command
