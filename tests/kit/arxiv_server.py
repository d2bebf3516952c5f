"""A small arXiv on 127.0.0.1: the API over a list of papers, and PDFs, with scripted faults.

A fault is a function that answers one request in the handler's place. `faults` are used up in order, one a
request; when there are none left, the server answers as arXiv does. `requests` keeps what was seen.
"""

from __future__ import annotations

import hashlib
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

PDF = b"%PDF-1.5\n" + b"x" * 5000 + b"\n%%EOF\n"


@dataclass(frozen=True)
class Seen:
    """One request: when it came and was answered (monotonic seconds), and what it asked."""

    came: float
    done: float
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    status: int
    """0 where no answer was given."""

    @property
    def user_agent(self) -> str:
        return self.headers.get("user-agent", "")


@dataclass
class Arxiv:
    """What the server knows and has seen."""

    url: str = ""
    ids: list[str] = field(default_factory=list)
    """Versioned identifiers, in the order in which the API lists them."""
    pdfs: dict[str, bytes] = field(default_factory=dict)
    validators: bool = False
    """Whether listings carry an ETag and answer 304. PDFs always have an ETag and can be had in part."""
    faults: list[Fault] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    open: set[socket.socket] = field(default_factory=set)
    at_once: int = 0
    """The largest number of connections that were open at the same time, those kept alive among them."""

    @property
    def gaps(self) -> list[float]:
        """Seconds from the end of each request to the start of the next."""
        return [after.came - before.done for before, after in pairwise(sorted(self.requests, key=lambda r: r.came))]


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
    """Answers from `arxiv`, or as the next fault says; leaves it to the client to close the connection."""

    protocol_version = "HTTP/1.1"  # with 1.0, a client that keeps its connection alive would not be found out
    disable_nagle_algorithm = True
    arxiv: Arxiv
    counting = threading.Lock()

    def setup(self) -> None:
        super().setup()
        with self.counting:
            self.arxiv.open = {other for other in self.arxiv.open if not _left(other)} | {self.connection}
            self.arxiv.at_once = max(self.arxiv.at_once, len(self.arxiv.open))

    def finish(self) -> None:
        with self.counting:
            self.arxiv.open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self.came, self.answered = time.monotonic(), False
        path = urlsplit(self.path).path
        if self.arxiv.faults:
            self.close_connection = True
            self.arxiv.faults.pop(0)(self)
        elif path == "/api/query":
            query = self.query()
            start, size = int(query["start"]), int(query["max_results"])
            self.listing(feed(self.arxiv.ids[start : start + size], len(self.arxiv.ids)))
        else:
            self.pdf(self.arxiv.pdfs.get(path.removeprefix("/pdf/"), b""))
        self.note(0)

    def listing(self, body: bytes) -> None:
        if not self.arxiv.validators:
            self.reply(200, body)
        elif self.headers.get("If-None-Match") == tag(body):
            self.reply(304, b"", {"ETag": tag(body)})
        else:
            self.reply(200, body, {"ETag": tag(body)})

    def pdf(self, body: bytes) -> None:
        """Whole, or from where the client is, if it has the beginning of these very bytes."""
        begin = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("Range", ""))
        if not body:
            self.reply(404, b"<html>not found</html>")
        elif begin and self.headers.get("If-Range") == tag(body):
            first = int(begin[1])
            span = {"Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}", "ETag": tag(body)}
            self.reply(206 if first < len(body) else 416, body[first:], span)
        else:
            self.reply(200, body, {"ETag": tag(body), "Content-Type": "application/pdf"})

    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}

    def note(self, status: int) -> None:
        """Keeps the request, before the answer is out: a test that has the answer sees the request."""
        if self.answered:
            return
        self.answered = True
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.arxiv.requests.append(
            Seen(self.came, time.monotonic(), urlsplit(self.path).path, self.query(), headers, status)
        )

    def reply(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        """`length` is the Content-Length to claim, the body's own when None."""
        self.note(status)
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:8]}"'


def _left(connection: socket.socket) -> bool:
    """Whether the client has closed it. Asked of the socket: its handler's thread may not have noticed yet."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True


# ---------------------------------------------------------------- faults

Fault = Callable[[Handler], None]


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    """Header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(code, body, named)


def cut_short(body: bytes, **headers: str) -> Fault:
    """Breaks off half-way through what Content-Length promised."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(200, body[: len(body) // 2], named, length=len(body))


def wrong_length(body: bytes) -> Fault:
    """Promises 100 bytes less than there are: what is read ends too soon, without any error."""
    return lambda handler: handler.reply(200, body, length=len(body) - 100)


def until_closed(body: bytes) -> Fault:
    """Declares no length: the answer ends with the connection, as in HTTP/1.0."""

    def answer(handler: Handler) -> None:
        handler.note(200)
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)

    return answer


def no_answer(handler: Handler) -> None:
    """Closes the connection without a word."""


def stalled(handler: Handler) -> None:
    """Begins an answer and says no more until the client goes."""
    handler.reply(200, b"<?xml", length=1000)
    handler.connection.recv(1)


def slow(body: bytes, pause: float = 0.01) -> Fault:
    """The whole answer in twenty small pieces, with `pause` seconds after each."""

    def answer(handler: Handler) -> None:
        handler.note(200)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        step = len(body) // 19
        with suppress(OSError):  # the client may have had enough
            for at in range(0, len(body), step):
                handler.wfile.write(body[at : at + step])
                time.sleep(pause)

    return answer


def oai_error(code: str, text: str) -> bytes:
    """An OAI-PMH answer without records, as arXiv words it: `badResumptionToken`, `noRecordsMatch`."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2025-12-17T01:00:00Z</responseDate><request>http://oaipmh.arxiv.org/oai</request>"
        f'<error code="{code}">{text}</error></OAI-PMH>'
    ).encode()


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
