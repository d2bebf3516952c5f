"""A real HTTP server on loopback that speaks what the endpoint asks of the OpenAI API, and fails on demand."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localdigest.engine.endpoint import Endpoint
from localdigest.records import Completion, Message, Request

Reply = dict[str, Any]


def answer(text: str, finish: str = "stop", **usage: Any) -> Reply:
    """What such a server answers with."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return {"choices": [choice], "usage": {"prompt_tokens": 10, "completion_tokens": 5, **usage}}


@dataclass
class Served:
    """What the server was asked, and how it is to answer."""

    reply: Callable[[Reply], Reply] = lambda _: answer("好。")
    owner: str = "llamacpp"
    models: tuple[str, ...] = ("qwen",)
    pause: float = 0.0
    faults: deque[tuple[int, str, dict[str, str]]] = field(default_factory=deque)
    """Status, body and headers of the next answers to chats, in place of a good one; a status of 0 hangs up."""
    asked: list[Reply] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    port: int = 0
    lock: Any = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve(served: Served) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            models = [{"id": name, "object": "model", "owned_by": served.owner} for name in served.models]
            self._send(200, json.dumps({"object": "list", "data": models}), {})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with served.lock:
                served.asked.append(asked)
                served.headers.append({name.lower(): value for name, value in self.headers.items()})
                served.at_once += 1
                served.most_at_once = max(served.most_at_once, served.at_once)
                fault = served.faults.popleft() if served.faults else None
            try:
                time.sleep(served.pause)
                if fault is None:
                    self._send(200, json.dumps(served.reply(asked)), {})
                elif fault[0] == 0:
                    self.close_connection = True
                else:
                    self._send(*fault)
            finally:
                with served.lock:
                    served.at_once -= 1

        def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


QUESTION = Request((Message("system", "Translate."), Message("user", "Good morning.")), 32, stop=("\n",))


def ask(engine: Endpoint, *requests: Request) -> list[Completion]:
    tickets = [engine.submit(request) for request in requests]
    answers: dict[int, Completion] = {}
    while len(answers) < len(tickets):
        answers.update(engine.step())
    return [answers[ticket] for ticket in tickets]


def opened(served: Served, slots: int = 4, url: str = "") -> Endpoint:
    return Endpoint(url or served.url, "qwen", slots, pause=0.01)
