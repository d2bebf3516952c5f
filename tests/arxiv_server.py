"""A small arXiv on 127.0.0.1: the API over a list of papers, and PDFs, with scripted faults.

A fault is a function that answers one request in the handler's place. `faults` are used up in order, one a
request; when there are none left, the server answers as arXiv does. `requests` keeps what was seen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PDF = b"%PDF-1.5\n" + b"x" * 5000 + b"\n%%EOF\n"


@dataclass(frozen=True)
class Seen:
    """One request: when it came and was answered (monotonic seconds), and what it asked."""

    came: float
    done: float
    path: str
    query: dict[str, str]
    user_agent: str


@dataclass
class Arxiv:
    """What the server knows and has seen."""

    url: str = ""
    ids: list[str] = field(default_factory=list)
    """Versioned identifiers, in the order in which the API lists them."""
    pdfs: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    at_once: int = 0
    """The largest number of requests that were open at the same time."""


def feed(ids: list[str], total: int) -> bytes:
    """An answer of the API in its present dialect, one minute between submissions."""
    newest = datetime(2025, 12, 16, 18, 0, tzinfo=UTC)
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{name}</id><title>Paper {name}</title>"
        f"<published>{newest - timedelta(minutes=place):%Y-%m-%dT%H:%M:%SZ}</published>"
        f'<summary>About $x_{place} &lt; 1$.</summary><category term="cs.SD"/>'
        "<author><name>A. Author</name></author></entry>"
        for place, name in enumerate(ids)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">'
        "<id>https://arxiv.org/api/test</id>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>"
    ).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers from `arxiv`, or as the next fault says."""

    arxiv: Arxiv
    open_now = 0
    counting = threading.Lock()

    def do_GET(self) -> None:
        self.came = time.monotonic()
        self.answered = False
        with self.counting:
            type(self).open_now += 1
            self.arxiv.at_once = max(self.arxiv.at_once, self.open_now)
        address = urlsplit(self.path)
        query = self.query()
        if self.arxiv.faults:
            self.arxiv.faults.pop(0)(self)
        elif address.path == "/api/query":
            start, size = int(query["start"]), int(query["max_results"])
            self.reply(200, feed(self.arxiv.ids[start : start + size], len(self.arxiv.ids)))
        else:
            body = self.arxiv.pdfs.get(address.path.removeprefix("/pdf/"))
            self.reply(200 if body else 404, body or b"<html>not found</html>")
        self.note()

    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}

    def note(self) -> None:
        """Keeps the request, before the answer is out: a test that has the answer sees the request."""
        if self.answered:
            return
        self.answered = True
        with self.counting:
            type(self).open_now -= 1
        path, agent = urlsplit(self.path).path, self.headers.get("User-Agent", "")
        self.arxiv.requests.append(Seen(self.came, time.monotonic(), path, self.query(), agent))

    def reply(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        """`length` is the Content-Length to claim, the body's own when None."""
        self.note()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


Fault = Callable[[Handler], None]


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    """Header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(code, body, named)


def cut_short(body: bytes) -> Fault:
    """Breaks off half-way through what Content-Length promised."""
    return lambda handler: handler.reply(200, body[: len(body) // 2], length=len(body))


def no_answer(handler: Handler) -> None:
    """Closes the connection without a word."""


@contextmanager
def running(ids: list[str] | None = None) -> Iterator[Arxiv]:
    """The server, answering on a port of its own."""
    arxiv = Arxiv(ids=ids or [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ThisHandler", (Handler,), {"arxiv": arxiv}))
    arxiv.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield arxiv
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
