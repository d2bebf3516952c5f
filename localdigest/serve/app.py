"""The archive over HTTP: a WSGI application. It opens the library for each request, and writes marks only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import msgspec

from localdigest.flows import brief
from localdigest.messages.errors import LocaldigestError
from localdigest.pages import contents, days, publish, site
from localdigest.records import Digest
from localdigest.render import archive, forms
from localdigest.serve.guard import COOKIE, Guard, Request
from localdigest.store import Store, search
from localdigest.store.index import Filter
from localdigest.workspace.config import Workspace

MARKS, SEARCH = "/api/marks", "/api/search"
LONGEST_NOTE = 10_000

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
_POLICY = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
"""For pages, which bring the rest of their policy themselves: it names the hash of their script."""


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    kind: str = "application/json"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    """Of a paper's marks: only what is there is changed."""

    star: bool | msgspec.UnsetType = msgspec.UNSET
    read: bool | msgspec.UnsetType = msgspec.UNSET
    hide: bool | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET


@dataclass
class App:
    """Of one workspace; call it as WSGI has it."""

    space: Workspace
    guard: Guard
    _records: dict[date, archive.DayRecord] = field(default_factory=dict)
    """Of days that have no page for the browser in the workspace."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = _request(environ)
        answer = self._answer(asked, environ) if asked else _said("400 Bad Request", "it has too many fields")
        policy = _POLICY if answer.kind.startswith("text/html") else f"default-src 'none'; {_POLICY}; sandbox"
        start_response(
            answer.status,
            [
                ("Content-Type", answer.kind),
                ("Content-Length", str(len(answer.body))),
                ("Content-Security-Policy", policy),
                *_HEADERS,
                *answer.headers,
            ],
        )
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def _answer(self, asked: Request, environ: WSGIEnvironment) -> Answer:
        refusal = self.guard.refusal(asked)
        if (refusal is None or refusal.may_sign_in) and self.guard.brings_token(asked):
            # On to an address without the token, so that it is in no history and in no link.
            cookie = f"{COOKIE}={self.guard.pass_}; HttpOnly; SameSite=Strict; Path=/"
            return Answer(b"", "text/plain", "303 See Other", (("Location", "/"), ("Set-Cookie", cookie)))
        if refusal:
            return _said(refusal.status, refusal.reason)
        try:
            for method, pattern, route in ROUTES:
                if (match := re.fullmatch(pattern, asked.path)) and (asked.method == "POST") == (method == "POST"):
                    return route(self, asked, *match.groups(), **({"body": _body(environ)} if method == "POST" else {}))
        except LocaldigestError as error:
            return _said("503 Service Unavailable", str(error))
        return _said("404 Not Found", "there is no such page")

    # ------------------------------------------------------------ pages

    def index(self, asked: Request) -> Answer:
        config, wishes = self.space.config, publish.wishes(self.space, MARKS)
        known = {record.day: record for record in site.read_records(self.space.site)}
        with Store(self.space.library) as store:
            records = [known.get(day) or self._record(store, day) for day in days.written(self.space, store)]
        return _page(archive.to_html(records, config.language, wishes.templates, MARKS, SEARCH))

    def _record(self, store: Store, day: date) -> archive.DayRecord:
        if day not in self._records:
            self._records[day] = archive.record(forms.dressed(self._digest(store, day), publish.wishes(self.space)))
        return self._records[day]

    def day(self, asked: Request, day: str) -> Answer:
        return self._written(day, "html", MARKS)

    def form(self, asked: Request, day: str, name: str) -> Answer:
        return self._written(day, name, "")

    def feed(self, asked: Request) -> Answer:
        series = forms.SERIES["atom"]
        with Store(self.space.library) as store:
            digests = [self._digest(store, day) for day in days.written(self.space, store)[-series.days :]]
        if not digests:
            return _said("404 Not Found", "there is no page yet; `localdigest run` makes one")
        return Answer(series.write(digests, publish.wishes(self.space)).encode(), "application/atom+xml; charset=utf-8")

    def _written(self, day: str, name: str, marks: str) -> Answer:
        when = _date(day)
        with Store(self.space.library) as store:
            if when not in days.written(self.space, store) or name not in forms.FORMS:
                return _said("404 Not Found", f"there is no page of {day}")
            form = forms.FORMS[name]  # type: ignore[index]  # it is in there
            written = form.write(self._digest(store, when), publish.wishes(self.space, marks))
        if name == "html":
            return _page(str(written))
        file = form.name.format(day=day)
        headers = (("Content-Disposition", f'attachment; filename="{file}"'),)
        content = written.encode() if isinstance(written, str) else written
        return Answer(content, _KINDS.get(file.rpartition(".")[2], "text/plain; charset=utf-8"), headers=headers)

    def _digest(self, store: Store, day: date) -> Digest:
        plan_day = contents.planner(self.space, store, brief.load(self.space, brief.find_models(self.space)))
        return publish.compose(self.space, store, plan_day(day))

    # ------------------------------------------------------------ search and marks

    def search(self, asked: Request) -> Answer:
        def one(name: str) -> str:
            return asked.query.get(name, [""])[-1]

        first, last = (_date(one(name)) for name in ("from", "to"))
        since, until = search.days(self.space.config.window.zone, first, last)
        which = Filter(
            tuple(asked.query.get("author", ())),
            tuple(asked.query.get("category", ())),
            since,
            until,
            one("starred") == "1",
            one("hidden") == "1",
        )
        limit = int(one("limit")) if re.fullmatch("[0-9]{1,4}", one("limit")) else 20
        with Store(self.space.library) as store:
            page_of = days.by_submission(self.space.config, store)
            most, dress = max(1, min(limit, 1000)), publish.dresser(self.space)
            return _json(search.look(store, one("q")[:1000], which, most, page_of, dress))

    def marks(self, asked: Request) -> Answer:
        with Store(self.space.library) as store:
            return _json(store.marks())

    def mark(self, asked: Request, paper_id: str, *, body: bytes) -> Answer:
        try:
            changes = msgspec.json.decode(body, type=Changes)
        except msgspec.MsgspecError as error:
            return _said("400 Bad Request", f"not marks: {error}")
        fields = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not msgspec.UNSET}
        if len(fields.get("note", "")) > LONGEST_NOTE:
            return _said("400 Bad Request", f"a note has at most {LONGEST_NOTE} characters")
        with Store(self.space.library) as store:
            marks = store.mark(paper_id, **fields)
        return _said("404 Not Found", "there is no such paper") if marks is None else _json(marks)


_DAY = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "/|/index\\.html", App.index),
    ("GET", f"/{_DAY}\\.html", App.day),
    ("GET", f"/{_DAY}/([a-z]+)", App.form),
    ("GET", "/feed\\.xml", App.feed),
    ("GET", SEARCH, App.search),
    ("GET", MARKS, App.marks),
    ("POST", f"{MARKS}/(.+)", App.mark),
)
"""Whole paths; none names a file."""
_KINDS = {
    "json": "application/json",
    "epub": "application/epub+zip",
    "bib": "application/x-bibtex; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}


def _request(environ: WSGIEnvironment) -> Request | None:
    """None where its query is beyond reason."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode(errors="replace")
    try:
        query = parse_qs(str(environ.get("QUERY_STRING", "")), max_num_fields=50)
    except ValueError:
        return None
    return Request(str(environ["REQUEST_METHOD"]), path, query, headers)


def _body(environ: WSGIEnvironment) -> bytes:
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _json(value: Any) -> Answer:
    return Answer(msgspec.json.encode(value))


def _page(text: str) -> Answer:
    return Answer(text.encode(), "text/html; charset=utf-8")


def _said(status: str, reason: str) -> Answer:
    return Answer(f"{reason}\n".encode(), "text/plain; charset=utf-8", status)
