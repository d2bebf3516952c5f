"""The archive over HTTP, by real requests to a real server: what it shows and keeps, and whom it refuses."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import re
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from localdigest.pages.figures import place
from localdigest.records import Marks
from localdigest.records.figures import Figure
from localdigest.serve import Server, crowd, listen
from localdigest.serve.guard import Guard, Request
from localdigest.store import Store
from localdigest.workspace import config
from tests.kit import payloads
from tests.kit.digests import paper, png
from tests.kit.program import localdigest
from tests.kit.scripted_engine import Scripted, whole_day
from tests.kit.served_archive import running

ID = "2009.06122"
OLD = "hep-th/9901001"
FIGURE = Figure("Figure 2", "Figure 2: The mask.", 3, "method", 4, 3, png(4, 3))
WRITES = {"X-Localdigest": "1", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> config.Workspace:
    root = tmp_path_factory.mktemp("served")
    config.create(root)
    made = config.open_workspace(root)
    whole_day(made, Scripted(), pdf_dir=None)
    with Store(made.library) as store:
        store.add_papers([replace(paper(1, "An old paper"), id=OLD, version=1)])
        one = store.paper(ID)
    assert one
    made.figures.mkdir(exist_ok=True)
    place(made.figures, one).write_bytes(msgspec.json.encode([FIGURE]))
    return made


@pytest.fixture(scope="module")
def server(space: config.Workspace) -> Iterator[Server]:
    yield from running(listen(space, "", 0))


@pytest.fixture(autouse=True)
def unmarked(space: config.Workspace) -> Iterator[None]:
    """No test sees another's marks."""
    yield
    with Store(space.library) as store:
        for name in store.marks():
            store.mark(name, **asdict(Marks()))


@pytest.fixture(scope="module")
def guarded(space: config.Workspace) -> Iterator[Server]:
    yield from running(listen(space, "", 0, ask_token=True))


class Reply:
    def __init__(self, got: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = got.status, got.headers, got.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(server: Server, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Reply:
    """`headers`: names with `_` for `-`. Without the client's own care about paths and hosts."""
    found = re.fullmatch(r"http://([^:/]+):(\d+)/.*", server.addresses[0])
    assert found
    connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=20)
    connection._validate_path = lambda url: None  # type: ignore[attr-defined]
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, sent)
    reply = Reply(connection.getresponse())
    connection.close()
    return reply


def write(server: Server, paper_id: str, changes: object, **headers: str) -> Reply:
    return ask(server, f"/api/marks/{quote(paper_id, safe='')}", "POST", json.dumps(changes),
               **{**{name.replace("-", "_"): value for name, value in WRITES.items()}, **headers})  # fmt: skip


# ---------------------------------------------------------------- what it shows


def test_the_server_shows_the_archive_and_its_pages(server: Server) -> None:
    index = ask(server, "/")
    assert (index.status, index.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert '<meta name="localdigest-marks" content="/api/marks">' in index.text
    assert '<meta name="localdigest-search" content="/api/search">' in index.text
    assert 'href="2026-01-30.html"' in index.text
    assert 'class="texts"' not in index.text  # the server searches, so the page need not hold all texts
    assert ask(server, "/index.html").body == index.body
    page = ask(server, "/2026-01-30.html")
    assert page.status == 200
    assert "ICASSP 2021 Deep Noise Suppression Challenge" in page.text
    assert '<meta name="localdigest-marks" content="/api/marks">' in page.text
    assert page.text.count("<img ") == page.text.count('<img src="data:image/png;base64,') == 1
    assert 'alt="Figure 2: The mask."' in page.text
    with zipfile.ZipFile(io.BytesIO(ask(server, "/2026-01-30/epub").body)) as book:
        assert [book.read(name) for name in book.namelist() if name.endswith(".png")] == [FIGURE.png]
    assert "![" not in ask(server, "/2026-01-30/markdown").text  # a file by itself
    for link in re.findall('<a href="(/[^"]+)">', page.text):
        assert ask(server, link).status == 200, link
    head = ask(server, "/2026-01-30.html", "HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(page.body)))


@pytest.mark.parametrize(
    ("name", "kind", "starts"),
    [
        ("markdown", "text/markdown; charset=utf-8", b"---\ntitle: "),
        ("json", "application/json", b'{\n  "schema": "localdigest/1"'),
        ("bibtex", "application/x-bibtex; charset=utf-8", b"@misc{2202.13288,"),
        ("csl", "application/json", b"[\n  {"),
        ("epub", "application/epub+zip", b"PK"),
        ("jekyll", "text/markdown; charset=utf-8", b"---\nlayout: post"),
    ],
)
def test_the_server_gives_a_day_in_each_form(server: Server, name: str, kind: str, starts: bytes) -> None:
    got = ask(server, f"/2026-01-30/{name}")
    assert (got.status, got.headers["Content-Type"]) == (200, kind)
    assert got.body.startswith(starts)
    assert got.headers["Content-Disposition"].startswith('attachment; filename="2026-01-30')


def test_the_server_gives_the_feed(server: Server) -> None:
    got = ask(server, "/feed.xml")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    assert got.text.count("<entry>") == 1


def test_the_server_searches_with_every_filter(server: Server, space: config.Workspace) -> None:
    answer = json.loads(ask(server, "/api/search?q=noise+suppression&limit=1").body)
    assert (answer["total"], len(answer["rows"])) == (2, 1)
    assert ["Noise", True] in answer["rows"][0]["snippets"]["abstract"]
    assert answer["rows"][0]["day"] == "2026-01-30"  # of a page that was made of files
    for query, total in (("category=hep-th", 0), ("author=Reddy", 1), ("q=%22", 3), ("from=2026-01-29", 2),
                         ("from=2026-01-29&to=2026-01-28", 0), ("from=never", 3), ("limit=x", 3),
                         ("q=" + "a" * 5000, 0)):  # fmt: skip
        assert json.loads(ask(server, f"/api/search?{query}").body)["total"] == total, query


# ---------------------------------------------------------------- what it keeps


def test_marks_are_kept_in_the_library(server: Server, space: config.Workspace) -> None:
    assert json.loads(ask(server, "/api/marks").body) == {}
    got = write(server, ID, {"star": True})
    assert (got.status, json.loads(got.body)) == (200, {"star": True, "read": False, "hide": False, "note": ""})
    assert json.loads(write(server, ID, {"note": "读\n<b>"}).body)["star"]
    assert write(server, OLD, {"hide": True}).status == 200  # an identifier with a slash
    with Store(space.library) as store:
        assert store.marks() == {ID: Marks(star=True, note="读\n<b>"), OLD: Marks(hide=True)}
    assert json.loads(ask(server, "/api/marks").body)[OLD]["hide"]
    assert json.loads(ask(server, "/api/search?starred=1").body)["rows"][0]["marks"]["note"] == "读\n<b>"
    assert json.loads(ask(server, "/api/search?q=old").body)["total"] == 0
    assert json.loads(ask(server, "/api/search?q=old&hidden=1").body)["total"] == 1
    done = localdigest("-C", space.root, "status")
    assert "your marks    1 starred, 1 hidden, 1 noted" in done.out
    for name in (ID, OLD):
        write(server, name, {"star": False, "hide": False, "note": ""})
    assert json.loads(ask(server, "/api/marks").body) == {}


@pytest.mark.parametrize(
    "changes",
    ["{", "[]", "null", '{"star": 1}', '{"star": null}', '{"stars": true}', '{"note": 7}', '{"id": "x"}',
     json.dumps({"note": "x" * 10_001}), ""],
)  # fmt: skip
def test_what_is_no_marks_changes_none(server: Server, changes: str) -> None:
    headers = {name.replace("-", "_"): value for name, value in WRITES.items()}
    assert ask(server, f"/api/marks/{ID}", "POST", changes, **headers).status == 400
    assert json.loads(ask(server, "/api/marks").body) == {}


def test_marks_of_papers_that_are_not_there_are_refused(server: Server) -> None:
    for name in ("2512.99999", *filter(None, payloads.IDS), "x" * 5000):
        assert write(server, name, {"star": True}).status == 404, name
    assert json.loads(ask(server, "/api/marks").body) == {}


def test_a_body_beyond_reason_is_not_read(server: Server) -> None:
    headers = {name.replace("-", "_"): value for name, value in WRITES.items()}
    assert ask(server, f"/api/marks/{ID}", "POST", "x" * (1 << 18), **headers).status == 413
    assert ask(server, "/api/search?" + "&".join(f"a{i}=1" for i in range(60))).status == 400


def test_a_mark_waits_for_a_run_that_writes_and_a_run_for_a_mark(server: Server, space: config.Workspace) -> None:
    with Store(space.library) as store:
        started = threading.Event()

        def mark() -> None:
            started.set()
            assert write(server, ID, {"read": True}).status == 200

        with store.together():
            store.note_pdf(paper(1), None)
            thread = threading.Thread(target=mark)
            thread.start()
            started.wait()
            assert json.loads(ask(server, "/api/marks").body) == {}  # reading waits for nobody
        thread.join()
        assert store.marks([ID])[ID].read
    write(server, ID, {"read": False})


# ---------------------------------------------------------------- whom it refuses


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "192.168.1.2", "",
                                  "localhost.evil.example", "[::2]", "evil.example#127.0.0.1", "[", "@",
                                  "127.0.0.1@evil.example", "evil.example@127.0.0.1", "127.0.0.1 x"])  # fmt: skip
def test_a_name_that_is_not_ours_gets_nothing(server: Server, host: str) -> None:
    for path in ("/", "/api/marks", "/nowhere"):
        got = ask(server, path, Host=host)
        assert got.status in (400, 421), (host, path)
        assert "Deep Noise" not in got.text
    assert write(server, ID, {"star": True}, Host=host).status in (400, 421)
    assert json.loads(ask(server, "/api/marks").body) == {}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9000", "[::1]:8765"])
def test_this_machines_own_names_are_ours_at_any_port(server: Server, host: str) -> None:
    assert ask(server, "/", Host=host).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Localdigest": ""},
        {"X_Localdigest": "0"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "multipart/form-data; boundary=application/json"},
        {"Content_Type": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_sites_page_changes_nothing(server: Server, headers: dict[str, str]) -> None:
    assert write(server, ID, {"star": True}, **headers).status == 403
    assert json.loads(ask(server, "/api/marks").body) == {}


def test_the_pages_own_script_may_write(server: Server) -> None:
    origin = server.addresses[0].rstrip("/")
    assert write(server, ID, {"read": True}, Origin=origin, Sec_Fetch_Site="same-origin").status == 200
    assert write(server, ID, {"read": False}).status == 200


def test_nothing_is_allowed_to_other_sites(server: Server) -> None:
    preflight = ask(server, f"/api/marks/{ID}", "OPTIONS", Origin="https://evil.example",
                    Access_Control_Request_Method="POST")  # fmt: skip
    assert preflight.status == 405
    for got in (preflight, ask(server, "/", Origin="https://evil.example"), ask(server, "/nowhere")):
        assert not [name for name in got.headers if name.lower().startswith("access-control")]
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["X-Frame-Options"] == "DENY"
        assert got.headers["Cache-Control"] == "no-store"
        assert got.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in got.headers["Content-Security-Policy"]
    assert "sandbox" in ask(server, "/2026-01-30/markdown").headers["Content-Security-Policy"]


def test_no_path_leaves_the_archive(server: Server, space: config.Workspace) -> None:
    (space.root / "secret.html").write_text("secret", encoding="utf-8")
    paths = [*payloads.PATHS, "library.db", "localdigest.toml", "site/index.html", "secret.html", "../secret.html",
             "2026-01-30/../secret.html", "2026-01-30/html/../../secret", "2026-01-30/secret", "2026-01-31.html",
             "2026-13-45.html", "days/2026-01-30.json", "%2e%2e/secret.html", "..%5csecret.html", "index.html/",
             "/etc/passwd", "\x00", "2026-01-30.html%00.png", "api/marks/..", "API/marks", "api/marks/"]  # fmt: skip
    for path in paths:
        for written in (quote(path), quote(path, safe=""), "/" + quote(path)):
            got = ask(server, f"/{written}")
            assert got.status in (400, 404), path
            assert "secret\n" not in got.text
    assert ask(server, "/api/marks/x", "GET").status == 404
    assert ask(server, "/", "POST", "{}", X_Localdigest="1", Content_Type="application/json").status == 404
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "FOO"):
        assert ask(server, "/", method).status in (400, 405, 501)


# ---------------------------------------------------------------- with a token


def test_without_the_token_nothing_is_shown(guarded: Server) -> None:
    token = guarded.addresses[0].partition("?token=")[2]
    assert len(token) >= 43
    for path in ("/", "/2026-01-30.html", "/api/marks", "/api/search?q=noise", "/feed.xml", "/nowhere", "/?token=",
                 f"/?token={token[:-1]}", f"/?token={token}x"):  # fmt: skip
        got = ask(guarded, path)
        assert got.status == 401, path
        assert "Noise" not in got.text
        assert token not in got.text
    for cookie in ("localdigest=", f"localdigest={token}", "localdigest", "=;;=", "localdigest=\xff"):
        assert ask(guarded, "/", Cookie=cookie).status == 401
    assert write(guarded, ID, {"star": True}).status == 401
    assert ask(guarded, f"/?token={token}", Host="evil.example").status == 421


def test_the_printed_address_lets_in(guarded: Server) -> None:
    token = guarded.addresses[0].partition("?token=")[2]
    got = ask(guarded, f"/?token={token}")
    assert (got.status, got.headers["Location"]) == (303, "/")
    cookie, *attributes = got.headers["Set-Cookie"].split("; ")
    assert set(attributes) == {"HttpOnly", "SameSite=Strict", "Path=/"}
    assert token not in cookie
    assert ask(guarded, "/", Cookie=cookie).status == 200
    assert ask(guarded, "/api/marks", Authorization=f"Bearer {token}").status == 200
    assert write(guarded, ID, {"star": True}, Cookie=cookie, X_Localdigest="").status == 403
    assert write(guarded, ID, {"read": False}, Cookie=cookie).status == 200


def test_another_address_needs_a_token() -> None:
    space = config.Workspace(Path(), config.Config())
    server = listen(space, "0.0.0.0", 0)  # noqa: S104 (that is what is tested)
    server.close()
    assert "?token=" in server.addresses[0]
    for host in ("", "127.0.0.1", "localhost"):
        server = listen(space, host, 0)
        server.close()
        assert "token" not in server.addresses[0]


@pytest.mark.parametrize(
    ("guard", "host", "fits"),
    [
        (Guard(frozenset(("lab.example",))), "lab.example:8765", True),
        (Guard(frozenset(("lab.example",))), "127.0.0.1", False),
        (Guard(any_address=True), "192.168.1.2:8765", True),
        (Guard(any_address=True), "[fd00::1]:8765", True),
        (Guard(any_address=True), "evil.example", False),
        (Guard(any_address=True), "192.168.1.2.evil.example", False),
    ],
)
def test_only_the_names_of_the_guard_are_served(guard: Guard, host: str, fits: bool) -> None:
    assert (guard.refusal(Request("GET", "/", {}, {"host": host})) is None) is fits


# ---------------------------------------------------------------- the command


def test_an_address_that_cannot_be_had_is_told(space: config.Workspace, server: Server) -> None:
    port = re.sub(r"\D", "", server.addresses[0].rpartition(":")[2])
    done = localdigest("-C", space.root, "serve", "--port", port, "--host", "127.0.0.1")
    assert done.code == 2
    assert f"127.0.0.1:{port}: cannot be listened at" in done.trouble
    done = localdigest("-C", space.root, "serve", "--host", "no such host")
    assert done.code == 2
    assert "choose another with --port or --host" in done.trouble


# ---------------------------------------------------------------- who keeps others out


def half(server: Server, begun: bytes = b"POST /api/marks/1 HTTP/1.1\r\nHost: localhost\r\nX-") -> socket.socket:
    found = re.fullmatch(r"http://([^:/]+):(\d+)/.*", server.addresses[0])
    assert found
    connection = socket.create_connection((found[1], int(found[2])), timeout=20)
    connection.sendall(begun)
    return connection


def closed(connection: socket.socket) -> bool:
    """Waits for its end; what was answered before is read."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def test_half_requests_keep_nobody_out(server: Server) -> None:
    """The first to come are the first to go; whoever asks for something is answered."""
    halves = [half(server) for _ in range(crowd.MOST + 20)]
    assert ask(server, "/api/marks").status == 200
    with ThreadPoolExecutor(80) as pool:
        notes = [pool.submit(write, server, OLD, {"note": f"number {number}"}) for number in range(80)]
        assert {note.result().status for note in notes} == {200}
    assert closed(halves[0])
    halves[-1].sendall(b"Late: 1\r\n")  # the last one may still go on
    for each in halves:
        each.close()


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nx"]
)
def test_who_sends_byte_by_byte_is_cut_off(server: Server, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(crowd, "BODY_SECONDS", 0.2)
    with contextlib.closing(half(server, begun)) as slow:
        with contextlib.suppress(ConnectionError):
            for _ in range(8 * bool(begun)):
                slow.sendall(b"x")
                time.sleep(0.05)
        assert closed(slow)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "://", "http://a]b", "http://localhost@x"])
def test_an_odd_origin_is_another_sites(server: Server, origin: str) -> None:
    assert write(server, OLD, {"star": True}, Origin=origin).status == 403


@pytest.mark.parametrize("path", ["/0001-01-01.html", "/9999-12-31.html", "/9999-12-31/json",
                                  "/api/search?q=a&to=9999-12-31", "/api/search?q=a&from=0001-01-01",
                                  "/api/search?q=%00&author=%ff"])  # fmt: skip
def test_days_at_the_ends_of_the_calendar_have_an_answer(server: Server, path: str) -> None:
    assert ask(server, path).status in (200, 404)
