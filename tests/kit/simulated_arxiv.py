"""arXiv over time, on 127.0.0.1: what its API, feed and OAI-PMH answer at each simulated moment.

The calendar here is written down, not computed: a test that used localdigest's own would agree with its mistakes.
`announcements` maps the date of each listing to when it was made and what it carried. A paper is in no answer before.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

CATEGORY = "cs.SD"


@dataclass(frozen=True)
class Version:
    number: int
    submitted: datetime
    listed: date
    """The announcement that carried it."""
    abstract: str


@dataclass(frozen=True)
class Simulated:
    """A paper's whole life."""

    id: str
    versions: tuple[Version, ...]
    categories: tuple[str, ...] = (CATEGORY,)
    cross_listed: date | None = None
    """Put into CATEGORY only then; its own announcement was elsewhere."""
    touched: date | None = None
    """A day on which its record was changed, by a journal reference, say."""

    @property
    def first_listed(self) -> date:
        return self.cross_listed or self.versions[0].listed


@dataclass
class World:
    """The clock, the papers, and what is out of order."""

    now: datetime
    made: dict[date, datetime]
    """When each listing was made (announced)."""
    papers: list[Simulated] = field(default_factory=list)
    url: str = ""
    down: bool = False
    stuck: date | None = None
    """The API's index has not taken in the announcement of this day, or any after it."""
    dead: set[str] = field(default_factory=set)
    """Services that answer 404: `rss`, `oai`, `api`."""
    not_in_feed: set[str] = field(default_factory=set)
    not_in_api: set[str] = field(default_factory=set)
    page_of_oai: int = 3
    tokens_expire: int = 0
    """How many resumption tokens are refused from now on."""
    pdfs: dict[str, bytes] = field(default_factory=dict)
    """By identifier with version; arXiv has no other."""
    asked: list[str] = field(default_factory=list)
    """Path and query of every request."""
    confirmed: int = 0
    """Answers that the client had already: 304."""
    gaps: list[float] = field(default_factory=list)
    """Seconds from the end of one request to the start of the next."""
    at_once: int = 0
    """Most requests at a time."""
    open: int = 0
    ended: float = 0.0
    turn: threading.Lock = field(default_factory=threading.Lock)

    def out(self, day: date, stuck: date | None = None) -> bool:
        return self.made[day] <= self.now and (stuck is None or day < stuck)

    def versions(self, paper: Simulated, stuck: date | None = None) -> list[Version]:
        """Those that are public; none while the paper is not in CATEGORY."""
        if not self.out(paper.first_listed, stuck):
            return []
        return [version for version in paper.versions if self.out(version.listed, stuck)]


def run_listing(world: World, query: dict[str, str]) -> bytes:
    """The API: by span of submission, or by identifiers; the newest version with the first one's date."""
    if "id_list" in query:
        wanted = [p for p in world.papers if p.id in query["id_list"].split(",")]
    else:
        first, last = (
            datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
            for text in query["search_query"].rpartition("submittedDate:[")[2].rstrip("]").split(" TO ")
        )
        span = (first, last + timedelta(minutes=1))
        wanted = [p for p in world.papers if span[0] <= p.versions[0].submitted < span[1]]
    public = [(p, v) for p in wanted if p.id not in world.not_in_api and (v := world.versions(p, world.stuck))]
    public.sort(key=lambda pair: pair[0].versions[0].submitted, reverse=True)
    start, size = int(query.get("start", 0)), int(query["max_results"])
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{p.id}v{v[-1].number}</id><title>Paper {p.id}</title>"
        f"<published>{p.versions[0].submitted:%Y-%m-%dT%H:%M:%SZ}</published>"
        f"<updated>{v[-1].submitted:%Y-%m-%dT%H:%M:%SZ}</updated><summary>{escape(v[-1].abstract)}</summary>"
        + "".join(f'<category term="{name}"/>' for name in p.categories)
        + "<author><name>A. Author</name></author></entry>"
        for p, v in public[start : start + size]
    )
    return (
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">'
        "<id>https://arxiv.org/api/test</id>"
        f"<opensearch:totalResults>{len(public)}</opensearch:totalResults>{entries}</feed>"
    ).encode()


def run_feed(world: World, new_york: datetime) -> bytes:
    """rss.arxiv.org's Atom, made at midnight in New York; empty on days without an announcement."""
    day = new_york.date()
    entries = []
    for paper in world.papers:
        for version in paper.versions:
            kind = "new" if version.number == 1 else "replace"
            listed = version.listed
            if version.number == 1 and paper.cross_listed:
                kind, listed = "cross", paper.cross_listed
            if listed != day or paper.id in world.not_in_feed or not world.out(paper.first_listed):
                continue
            tags = "".join(f'<category term="{name}"/>' for name in paper.categories)
            entries.append(
                f"<entry><id>oai:arXiv.org:{paper.id}v{version.number}</id><title>Paper {paper.id}</title>"
                f"<summary>arXiv:{paper.id}v{version.number} Announce Type: {kind} \nAbstract: "
                f"{escape(version.abstract)}</summary>{tags}"
                f"<published>{day}T00:00:00{new_york:%z}</published>"
                f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>A. Author</dc:creator></entry>"
            )
    return (
        '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns="http://www.w3.org/2005/Atom"><id>http://rss.arxiv.org/atom/cs.SD</id>'
        f"<updated>{day}T00:00:20{new_york:%z}</updated>{''.join(entries)}</feed>"
    ).encode()


def run_oai(world: World, query: dict[str, str]) -> bytes:
    """ListRecords in arXivRaw, a few records a page; a record's date is that of its last change."""
    if token := query.get("resumptionToken"):
        if world.tokens_expire:
            world.tokens_expire -= 1
            return _oai('<error code="badResumptionToken">expired</error>')
        first, last, at = token.split("|")
    else:
        first, last, at = query["from"], query.get("until", "9999-12-31"), "0"
    changed = []
    for paper in world.papers:
        if versions := world.versions(paper):
            days = [paper.first_listed, *(version.listed for version in versions)]
            if paper.touched and paper.touched <= world.now.date():
                days.append(paper.touched)
            if first <= max(days).isoformat() <= last:
                changed.append((max(days), paper, versions))
    if not changed:
        return _oai('<error code="noRecordsMatch">nothing</error>')
    begin, end = int(at), int(at) + world.page_of_oai
    records = "".join(
        f"<record><header><identifier>oai:arXiv.org:{p.id}</identifier><datestamp>{stamp}</datestamp></header>"
        f'<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{p.id}</id>'
        + "".join(
            f'<version version="v{v.number}"><date>{v.submitted:%a, %d %b %Y %H:%M:%S GMT}</date></version>' for v in vs
        )
        + f"<title>Paper {p.id}</title><authors>A. Author</authors><categories>{' '.join(p.categories)}</categories>"
        f"<abstract>{escape(vs[-1].abstract)}</abstract></arXivRaw></metadata></record>"
        for stamp, p, vs in changed[begin:end]
    )
    more = f"{first}|{last}|{end}" if end < len(changed) else ""
    return _oai(f"<ListRecords>{records}<resumptionToken>{more}</resumptionToken></ListRecords>")


def _oai(inside: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>'.encode()


class Handler(BaseHTTPRequestHandler):
    world: World

    def do_GET(self) -> None:
        world = self.world
        with world.turn:
            if world.ended:
                world.gaps.append(time.monotonic() - world.ended)
            world.open += 1
            world.at_once = max(world.at_once, world.open)
        address = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        world.asked.append(self.path)
        service = address.path.strip("/").split("/")[0]
        if world.down:
            self.reply(503, b"down")
        elif service in world.dead:
            self.reply(404, b"<html>gone</html>")
        elif service == "pdf":
            found = world.pdfs.get(address.path.removeprefix("/pdf/"))
            self.reply(200 if found else 404, found or b"<html>none yet</html>")
        elif service == "api":
            self.reply(200, run_listing(world, query))
        elif service == "rss":
            self.reply(200, run_feed(world, new_york(world.now)))
        else:
            self.reply(200, run_oai(world, query))

    def reply(self, status: int, body: bytes) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            self.world.confirmed += 1
            status, body = 304, b""
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        with self.world.turn:  # before the client can know of it
            self.world.open -= 1
            self.world.ended = time.monotonic()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


CLOCK_CHANGES = (datetime(2025, 3, 9, 7, tzinfo=UTC), datetime(2025, 11, 2, 6, tzinfo=UTC))
"""New York's in 2025: summer time lies between."""


def new_york(moment: datetime) -> datetime:
    summer = CLOCK_CHANGES[0] <= moment < CLOCK_CHANGES[1]
    return moment.astimezone(timezone(timedelta(hours=-4 if summer else -5)))


@contextmanager
def running(world: World) -> Iterator[World]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("ThisHandler", (Handler,), {"world": world}))
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
