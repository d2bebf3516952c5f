"""What comes from outside, changed at random: every public reader has an answer or a sentence, and never a defect.

The same examples each time, so that a run is like the last; LOCALDIGEST_EDGES=N tries N times as many, others each
time. `scripts/torture.py edges` does.
"""

from __future__ import annotations

import functools
import io
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdigest.arxiv import listings
from localdigest.messages import told
from localdigest.messages.errors import ConfigError, InputRefused, LocaldigestError
from localdigest.messages.terminal import plain
from localdigest.models import catalogue
from localdigest.pdf import child, figures
from localdigest.records import Listing, Page
from localdigest.records.figures import Caption
from localdigest.serve.app import App
from localdigest.serve.guard import Guard
from localdigest.store import Store, search
from localdigest.store.database import MIGRATIONS
from localdigest.store.index import Filter
from localdigest.transfer import bag, content, source
from localdigest.workspace import config
from tests.kit import made_pdfs
from tests.kit.digests import explained, paper, translated, window
from tests.kit.made_pdfs import SHADING, VISIBLE, Pdf
from tests.kit.packages_under_fire import ODD
from tests.kit.places import ROOT, SAMPLE

MORE = int(os.environ.get("LOCALDIGEST_EDGES", "0"))


def tried(examples: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=examples * (MORE or 1),
        deadline=None,
        derandomize=not MORE,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"\0", b"\n", b"\xff\xfe", b"-1", b"1e999", b'"', b"\\ud800", b"obj", b"endobj", b"null", b"/OCProperties"]
    ),
    st.sampled_from([b"[" * 1000, b"(" * 1000, b"<<" * 500, b"9" * 4400, b"&#0;", b"&x;", b"]]>", b"<!DOCTYPE a>"]),
    st.sampled_from([b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", b"\xe2\x80\xae\xc2\x9b2J"]),
)


def changed(data: bytes) -> st.SearchStrategy[bytes]:
    """`data` with up to five stretches of it replaced, doubled or left out."""
    edit = st.tuples(st.integers(0, len(data)), st.integers(0, 40), PIECES, st.booleans())

    def apply(edits: list[tuple[int, int, bytes, bool]]) -> bytes:
        made = data
        for at, length, piece, doubled in edits:
            made = made[:at] + (made[at : at + length] * 2 if doubled else piece) + made[at + length :]
        return made

    return st.lists(edit, min_size=1, max_size=5).map(apply)


def odd(value: Any) -> st.SearchStrategy[Any]:
    """A JSON value with up to three of its fields changed to what no reader expects, or left out."""

    def places(here: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        inner = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        yield path
        for key, each in inner:
            yield from places(each, (*path, key))

    def apply(edits: list[tuple[tuple[Any, ...], Any]]) -> Any:
        made = json.loads(json.dumps(value))
        for path, to in edits:
            holder = made
            try:
                for step in path[:-1]:
                    holder = holder[step]
                holder[path[-1]] = to
            except (LookupError, TypeError):  # an edit before it took that away
                continue
        return made

    there = [path for path in places(value) if path]
    return st.lists(st.tuples(st.sampled_from(there), st.sampled_from(ODD)), min_size=1, max_size=3).map(apply)


@contextmanager
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def sound(error: LocaldigestError | bag.BrokenBag) -> None:
    """It is a sentence, and a terminal may have it."""
    assert 0 < len(plain(told(error.notice))) < 2000


# ---------------------------------------------------------------- listings

RSS = b"""<?xml version="1.0"?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
<channel><pubDate>Thu, 29 Jan 2026 00:00:00 -0500</pubDate>
<item><title>A title</title><link>https://arxiv.org/abs/2601.00001</link>
<description>arXiv:2601.00001v1 Announce Type: new Abstract: We study.</description>
<guid>oai:arXiv.org:2601.00001v1</guid><category>cs.SD</category><pubDate>Thu, 29 Jan 2026 00:00:00 -0500</pubDate>
<arxiv:announce_type>new</arxiv:announce_type><dc:creator>Ann Author, Bob (Lab) Baker</dc:creator></item>
</channel></rss>"""
OAI = b"""<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record>
<header><identifier>oai:arXiv.org:2601.00001</identifier><datestamp>2026-01-30</datestamp></header>
<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2601.00001</id>
<version version="v1"><date>Thu, 29 Jan 2026 00:00:00 GMT</date></version><title>A title</title>
<authors>Ann Author, Bob Baker</authors><categories>cs.SD</categories>
<abstract>We study.</abstract></arXivRaw></metadata>
</record><resumptionToken completeListSize="2">next</resumptionToken></ListRecords></OAI-PMH>"""
JSONL = (
    b'{"id": "2601.00001", "title": "T", "authors": ["A"], "summary": "S", "categories": ["cs.SD"],'
    b' "published": "2026-01-29"}\n'
)


@tried(75)
@given(
    st.one_of(
        changed((SAMPLE / "atom.xml").read_bytes()), changed(RSS), changed(OAI), changed(JSONL), st.binary(max_size=60)
    )
)
def test_any_listing_is_read_or_refused(data: bytes) -> None:
    try:
        listing = listings.parse(data, "listing")
    except InputRefused as error:
        sound(error)
        return
    assert isinstance(listing, Listing)
    with place() as root, Store(root / "library.db") as library:  # what was read can be kept, and told
        library.add_papers(listing.papers)
        assert library.known() == len({each.id for each in listing.papers})


# ---------------------------------------------------------------- PDFs


def pdf() -> bytes:
    made = Pdf(catalog=b"/OCProperties<</OCGs[10 0 R]/D<</BaseState/ON/OFF[10 0 R]>>>>")
    made.objects[10] = b"<</Type/OCG/Name(Layer)>>"
    made.resources = {"Properties": b"/L 10 0 R"}
    made.content = b"/OC /L BDC " + made.show(VISIBLE[0], y=300) + b" EMC " + b" ".join(
        made.show(text, y=700 - 40 * at) for at, text in enumerate(VISIBLE)
    )  # fmt: skip
    return made.data()


def pdf_to_draw() -> bytes:
    """With a text that is there to be seen only in a picture of the page, and a figure."""
    made = Pdf()
    made.resources = {"Pattern": b"/P<</PatternType 2/Shading %s>>" % (SHADING % b"/C0[0]/C1[.3]")}
    made.content = (
        made_pdfs.plain(made) + b"0 0 1 rg 200 300 200 100 re f q /Pattern cs /P scn " + made.show(VISIBLE[0]) + b"Q "
    )
    return made.data()


LAYERS = (
    *(b"10 0 R", b"99 0 R", b"1 0 R", b"null", b"[]", b"[1 0 R]", b"(x)", b"12", b"<</D 99 0 R>>", b"<</D[1]>>"),
    *(b"<</OCGs 12/D<</BaseState[]/OFF 3>>>>", b"<</D<</BaseState/OFF/ON<</a 1>>>>>>", b"<</OCGs[[[]]null 5]>>"),
    b"<</OCGs[10 0 R]/D<</BaseState/OFF/ON[99 0 R null (x)]>>>>",
)
"""What a catalogue may have for layers and should not."""


@tried(60)
@given(st.one_of(changed(pdf()), changed(pdf_to_draw())))
def test_any_pdf_is_read_or_has_a_reason(data: bytes) -> None:
    """Without the child's limits, which are for what these cannot show: time and memory."""
    with place() as folder:
        path = folder / "a.pdf"
        path.write_bytes(data)
        answer = child.answer_for(path)
        assert answer.document is not None or answer.reason


ASKED = figures._Asked((Caption("Figure 1", "", 1, (72, 280, 400, 292), (72, 540), ()),), ((0,),), 100_000)


@tried(20)
@given(changed(pdf_to_draw()))
def test_any_figure_is_cut_or_is_none(data: bytes) -> None:
    """Without the child, in which no defect would show: there it would only cost the figure."""
    with place() as folder:
        path = folder / "a.pdf"
        path.write_bytes(data)
        with suppress(ValueError):  # what pdfium cannot open
            assert len(list(figures._granted(path, ASKED))) == 1


def pdf_with(properties: bytes) -> bytes:
    made = Pdf(catalog=b"/OCProperties %s" % properties)
    made.objects[10] = b"<</Type/OCG/Name(Layer)>>"
    made.content = b" ".join(made.show(text, y=700 - 40 * at) for at, text in enumerate(VISIBLE))
    return made.data()


def test_a_pdf_of_odd_layers_is_read() -> None:
    for layers in LAYERS:
        with place() as folder:
            (folder / "a.pdf").write_bytes(pdf_with(layers))
            assert child.answer_for(folder / "a.pdf").document is not None, layers


# ---------------------------------------------------------------- packages

DAY = content.Day(window("UTC").day, ("cs.SD",), (paper(1),), Page(window("UTC"), True))
DONE = content.Finished(DAY.day, (("a" * 64, translated(paper(1), "Text.")), ("b" * 64, explained(paper(1)))))
BAG = bag.Bag(bag.Info(1, paper(1).published, paper(1).published, ""), {})


@tried(150)
@given(st.one_of(*((st.tuples(st.just(kind), odd(json.loads(msgspec.json.encode(record)))))
                   for kind, record in (("days", DAY), ("results", DONE)))))  # fmt: skip
def test_any_record_of_a_package_is_taken_or_refused(case: tuple[str, Any]) -> None:
    kind, record = case
    name = f"data/{kind}/{DAY.day}.json" if kind == "days" else f"data/results/{DAY.day}.results.json"
    try:
        found = content.understand(BAG, {name: json.dumps(record).encode()})
    except bag.BrokenBag as error:
        sound(error)
        return
    with place() as root, Store(root / "library.db") as library:
        for day in found.days:
            library.add_papers(day.everything())
        library.add_papers([paper(1)])
        for done in found.finished:
            library.save_all([(key, replace(result, paper_id=paper(1).id)) for key, result in done.results])
        library.verify()


@functools.cache
def tags() -> dict[str, bytes]:
    member = bag.Member(4, "0" * 64)
    return bag.tag_files({f"data/days/{DAY.day}.json": member, "data/software/a.whl": member}, BAG.info)


@tried(60)
@given(st.sampled_from(bag.TAGS).flatmap(lambda name: st.tuples(st.just(name), changed(tags()[name]))))
def test_any_tag_file_is_read_or_refused(case: tuple[str, bytes]) -> None:
    try:
        bag.read_tags(tags() | {case[0]: case[1]})
    except bag.BrokenBag as error:
        sound(error)


@functools.cache
def archive() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as made:
        for name in ("bagit.txt", "data/days/2026-01-30.json"):
            made.writestr(name, b"content of it")
    return memory.getvalue()


@tried(60)
@given(changed(archive()))
def test_any_zip_is_read_or_refused(data: bytes) -> None:
    with place() as folder:
        (folder / "a.zip").write_bytes(data)
        try:
            found = source.Zip(folder / "a.zip")
        except bag.BrokenBag as error:
            sound(error)
            return
        with closing(found):
            for name, size in found.entries().items():
                assert sum(len(piece) for piece in source.pieces(found.open(name), size)) == size


# ---------------------------------------------------------------- what a user writes


@functools.cache
def settings_file() -> bytes:
    with place() as root:
        config.create(root)
        lines = (root / config.FILE).read_bytes().splitlines()
    return b"\n".join(line for line in lines if line and not line.startswith(b"#"))


@tried(60)
@given(changed(settings_file()))
def test_any_configuration_opens_or_is_refused(data: bytes) -> None:
    with place() as root:
        (root / config.FILE).write_bytes(data)
        try:
            config.open_workspace(root)
        except ConfigError as error:
            sound(error)


MODELS = (ROOT / "models.toml").read_bytes()


@tried(40)
@given(changed(b"[[model]]" + MODELS.split(b"[[model]]")[1]))
def test_any_catalogue_is_read_or_refused(data: bytes) -> None:
    with place() as folder:
        (folder / "models.toml").write_bytes(data)
        try:
            assert catalogue.load_catalogue((folder / "models.toml",), folder / "none").models
        except ConfigError as error:
            sound(error)


# ---------------------------------------------------------------- store


@functools.cache
def library() -> bytes:
    with place() as root:
        with Store(root / "library.db") as made:
            made.add_papers([paper(1), paper(2)])
            made.save("a" * 64, translated(paper(1), "Text."))
            made.place(Page(window("UTC"), True), [paper(1)])
        return (root / "library.db").read_bytes()


def used(path: Path) -> None:
    with Store(path) as made:
        made.papers()
        made.pages()
        made.page_papers(DAY.day)
        made.latest([paper(1)], "zh-CN")
        search.look(made, "title")
        made.save("c" * 64, translated(paper(2), "Text."))
        made.verify()


@tried(25)
@given(changed(library()))
def test_any_library_opens_or_is_refused(data: bytes) -> None:
    with place() as root:
        (root / "library.db").write_bytes(data)
        try:
            used(root / "library.db")
        except ConfigError as error:
            sound(error)


def test_a_library_whose_format_was_set_anew_is_right_or_refused() -> None:
    right = []
    for version in range(-2, len(MIGRATIONS) + 3):
        with place() as root:
            path = root / "library.db"
            path.write_bytes(library())
            with closing(sqlite3.connect(path)) as db:
                db.execute(f"PRAGMA user_version = {version}")
            try:
                used(path)
                with Store(path) as made:
                    assert [len(made.done([paper(number)])) for number in (1, 2)] == [1, 1]
                right.append(version)
            except ConfigError as error:
                sound(error)
            path.unlink()
            with closing(sqlite3.connect(path)) as db:  # and one that has no tables at all
                db.execute(f"PRAGMA user_version = {version}")
            try:
                with Store(path) as made:
                    made.papers()
            except ConfigError as error:
                sound(error)
            else:
                assert version == 0, version
    assert len(MIGRATIONS) in right
    assert max(right) == len(MIGRATIONS)


@tried(40)
@given(st.text(max_size=40), st.text(max_size=10), st.text(max_size=10), st.dates(), st.dates())
def test_any_search_has_an_answer(text: str, author: str, category: str, first: Any, last: Any) -> None:
    with place() as root:
        (root / "library.db").write_bytes(library())
        with Store(root / "library.db") as made:
            since, until = search.days("Pacific/Kiritimati", first, last)
            search.look(made, text, Filter((author,), (category,), since, until))


# ---------------------------------------------------------------- HTTP


@functools.cache
def app() -> App:
    root = Path(tempfile.mkdtemp())
    config.create(root)
    (root / "library.db").write_bytes(library())
    return App(config.open_workspace(root), Guard())


LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
PATHS = (
    *("/", "/2025-12-17.html", "/9999-12-31.html", "/0001-01-01/json", "/feed.xml", "//", "/../etc/passwd"),
    *("/api/search", "/api/marks", "/api/marks/2512.00001", "/api/marks/\0"),
)
HEADERS = ("ORIGIN", "COOKIE", "AUTHORIZATION", "SEC_FETCH_SITE", "X_LOCALDIGEST", "CONTENT_TYPE")
VALUES = ("1", "application/json", "http://[", "null", "http://localhost", 'localdigest="\\777"')
BODIES = (b'{"star":true}', b'{"note":"\\u0000"}', b'{"star":1e999}', b"[" * 5000)


@tried(150)
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "get", ""]),
    st.one_of(LATIN, st.sampled_from(PATHS)),
    LATIN,
    st.dictionaries(st.sampled_from(HEADERS), st.one_of(LATIN, st.sampled_from(VALUES))),
    st.sampled_from(["localhost", "[::1", "127.0.0.1:99999", "evil.example", "", "[", "@", "\xff"]),
    st.one_of(st.binary(max_size=30), st.sampled_from(BODIES)),
)
def test_any_request_has_an_answer(
    method: str, path: str, query: str, headers: dict[str, str], host: str, body: bytes
) -> None:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": host,
               **{name if name == "CONTENT_TYPE" else f"HTTP_{name}": value for name, value in headers.items()},
               "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}  # fmt: skip
    said: list[str] = []
    written = app()(environ, lambda status, headers: said.append(status))  # type: ignore[arg-type]
    assert all(isinstance(piece, bytes) for piece in written)
    (status,) = said
    assert status[:3] in {"200", "303", "400", "401", "403", "404", "405", "421", "503"}
