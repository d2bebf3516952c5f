"""The engine in a child process, so that nothing native code does can take the run down.

The child holds the model and a scheduler; requests and answers travel as length-prefixed msgpack over its standard
input and output. An abort, a segmentation fault, an out-of-memory kill, a hang or a silent exit costs the requests in
flight, which a fresh child repeats one at a time until they are through: the one that is alone when it kills a
second child is put aside with the reason.
"""

from __future__ import annotations

import collections
import contextlib
import importlib
import itertools
import json
import os
import queue
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import msgspec

from localdigest.engine import Stats
from localdigest.engine.scheduler import PACE, Scheduler
from localdigest.engine.settings import bound_spin
from localdigest.messages import Notice
from localdigest.messages.errors import EngineFailed, LocaldigestError, ModelError
from localdigest.records import Completion, Message, Request

LOADING = 900.0
"""Seconds that a child may take to load its model: 20 GiB from a slow disk."""
TEMPLATE = 20.0
"""Seconds that the chat template of a model may take; it is a program of whoever made the file."""
STARTING = 600.0
"""Seconds that a child's first decode may take, and as much again for every FIRST rows, before its pace is known."""
FIRST = 64
SLOWER = 20.0
"""How many times longer than its rows at the slowest pace so far a decode may take before it counts as a hang; at least
a minute."""
BEAT = 0.2
"""Seconds between signs of life from a working child."""
DYING = 5.0
"""Seconds between the end of a dying child's messages and its own: a core dump may be written."""
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""For the child: weights lie in pages of 2 MiB where Linux gives them; one answer alone is a tenth faster, sixteen a
hundredth or two. Other systems do not read it."""
MOST_CHILDREN_LOST = 6
"""In a row, without one answer between them. One request at fault costs three: in company, and alone twice."""


class Ready(msgspec.Struct, tag=True):
    slots: int
    description: str
    gpus: int
    """That the child sees, each with room for all of the model."""


class Loaded(msgspec.Struct, tag=True):
    """The model is there; what it does with a prompt is yet to be seen."""


class Refused(msgspec.Struct, tag=True):
    """The child could not load, for a reason that another child would meet too."""

    notice: Notice


class Submit(msgspec.Struct, tag=True):
    ticket: int
    request: Request
    first: bool = False


class Done(msgspec.Struct, tag=True):
    ticket: int
    completion: Completion


class Beat(msgspec.Struct, tag=True):
    stats: Stats
    rows: int = 0
    """Of the decode that begins now."""
    pace: float = 0.0
    """Seconds that a row took at most so far, in decodes of PACE rows and more; smaller ones count as one of these."""


def _send(stream: IO[bytes], message: object) -> None:
    body = msgspec.msgpack.encode(message)
    stream.write(struct.pack("<I", len(body)) + body)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """One message; empty at the end of the stream, also in the middle of a message."""
    head = stream.read(4)
    if len(head) < 4:
        return b""
    size: int = struct.unpack("<I", head)[0]
    body = stream.read(size)
    return body if len(body) == size else b""


# ---------------------------------------------------------------- the child


def child() -> None:
    """Main function of the child: `argv` names the backend as `module:callable` and its arguments as JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which decides
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever native code prints must not come between the messages
    # Listening from the first moment: a parent that dies while the model loads takes us along.
    requests: queue.SimpleQueue[Submit] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    bound_spin(os.environ)
    module, _, name = sys.argv[1].partition(":")
    try:
        backend = getattr(importlib.import_module(module), name)(*json.loads(sys.argv[2]))
        _send(answers, Loaded())
        backend.tokenize(Request((Message("system", "a"), Message("user", "a")), 1))
    except LocaldigestError as error:
        _send(answers, Refused(error.notice))
        return
    tickets: dict[int, int] = {}
    beaten, told = 0.0, 0

    def beat(rows: int = 0) -> None:
        """Before each decode; passed over where the last one was just now, and of no fewer rows."""
        nonlocal beaten, told
        if not rows or rows > told or time.monotonic() - beaten > BEAT:
            beaten, told = time.monotonic(), rows
            engine.stats.memory = _resident()
            _send(answers, Beat(engine.stats, rows, engine.pace))

    engine = Scheduler(backend, beat)
    _send(answers, Ready(engine.slots, engine.description, backend.gpus))
    while True:
        with contextlib.suppress(queue.Empty):
            while True:
                submit = requests.get(block=not tickets)
                tickets[engine.submit(submit.request, first=submit.first)] = submit.ticket
        if ended := engine.step():
            beat()  # first, so that what is counted holds all that was answered, whatever comes between
        for ticket, completion in ended:
            _send(answers, Done(tickets.pop(ticket), completion))


def _resident() -> int:
    """Bytes of memory that this process holds now; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")  # Linux
    except (OSError, ValueError, IndexError):
        return 0


def _listen(requests: queue.SimpleQueue[Submit]) -> None:
    while body := _receive(sys.stdin.buffer):
        requests.put(msgspec.msgpack.decode(body, type=Submit))
    os._exit(0)  # the parent is gone, or is done with us; a step may be running and need not be waited for


# ---------------------------------------------------------------- the parent


def _whole(request: Request) -> Request:
    """Without halves of characters (lone surrogates), which no message can carry: they become question marks."""

    def whole(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    messages = tuple(replace(message, text=whole(message.text)) for message in request.messages)
    stop = tuple(text for text in request.stop if text == whole(text))  # no answer has the others
    return replace(request, messages=messages, stop=stop, prefill=whole(request.prefill))


class _Child:
    """One child process; `inbox` gets its messages, and None when it has ended."""

    def __init__(self, factory: str, arguments: Sequence[object]) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by end, with the process)
        code = "import json, sys; sys.path[:] = json.loads(sys.argv.pop())"
        code += "; from localdigest.engine import worker; worker.child()"
        self.process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", code, factory, json.dumps(list(arguments)), json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=HUGE_PAGES | os.environ,
        )
        self.inbox: queue.SimpleQueue[Loaded | Ready | Refused | Done | Beat | None] = queue.SimpleQueue()
        self._ending = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        decoder = msgspec.msgpack.Decoder(Loaded | Ready | Refused | Done | Beat)
        with self.process.stdout as stream:
            while body := _receive(stream):
                self.inbox.put(decoder.decode(body))
        self.inbox.put(None)

    def send(self, message: Submit) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has died, or was ended: its inbox says so
            _send(self.process.stdin, message)

    def end(self, dying: bool = False) -> Notice:
        """Kill it if it still runs, and say how it ended; one that is `dying` has closed its messages already."""
        with self._ending:
            return Notice("had ended") if self.errors.closed else self._end(dying)

    def _end(self, dying: bool) -> Notice:
        code: int | None
        try:
            code = self.process.wait(DYING if dying else 0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close() if self.process.stdin else None
        self.errors.seek(0)
        words = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        self.errors.close()
        if code is None:
            how = Notice("hung")
        elif code < 0:
            how = Notice("was ended by {signal}", signal.Signals(-code).name)
        else:
            how = Notice("ended with code {code}", code)
        return Notice("{about}: {why}", how, words[-1][:200]) if words else how


class Worker:
    """An `Engine` whose model lives in a child process. `factory` makes the child's backend from `arguments`.

    Raises ModelError when the model cannot be loaded, EngineFailed when children die without being given anything.
    """

    def __init__(
        self, factory: str, arguments: Sequence[object], *, loading: float = LOADING, starting: float = STARTING,
        least: float = 60.0, template: float = TEMPLATE,
    ) -> None:  # fmt: skip
        self._factory, self._arguments = factory, tuple(arguments)
        self._loading, self._starting, self._least, self._template = loading, starting, least, template
        self._tickets = itertools.count()
        self._flight: dict[int, Submit] = {}
        """Submitted and not answered, in order of submission."""
        self._suspects: collections.deque[int] = collections.deque()
        """In flight when a child died: the first of them is alone in the child now."""
        self._blamed: dict[int, Notice] = {}
        self._before = Stats()
        self._lost = 0
        self._closed = False
        self._changing = threading.Lock()
        """Whoever starts a child or closes for good holds it."""
        self.stats = Stats()
        self._child: _Child
        self._load()

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        ticket = next(self._tickets)
        self._flight[ticket] = Submit(ticket, _whole(request), first)
        if not self._suspects:
            self._child.send(self._flight[ticket])
        return ticket

    def step(self) -> list[tuple[int, Completion]]:
        """Wait for the next sign of life; return what ended with it. Empty when nothing has."""
        if not self._flight:
            return []
        try:
            message = self._child.inbox.get(timeout=self._patience())
        except queue.Empty:
            return self._bury(self._child.end())
        match message:
            case None:
                return self._bury(self._child.end(dying=True))
            case Beat(stats):
                self.stats = Stats.total((self._before, stats))
                self._beat = message
            case Done(ticket, completion):
                self._lost = 0
                del self._flight[ticket]
                self._blamed.pop(ticket, None)
                if self._suspects:
                    self._suspects.remove(ticket)
                    self._next()
                return [(ticket, completion)]
        return []

    def close(self) -> None:
        with self._changing:
            self._closed = True
        self._child.end()

    def _patience(self) -> float:
        """Seconds to wait for the next sign of life: by the work at hand, and how fast it went so far."""
        rows, pace = self._beat.rows, self._beat.pace
        if not pace:
            return self._starting * max(1.0, rows / FIRST)
        return max(self._least, SLOWER * pace * max(rows, PACE))

    def _load(self) -> bool:
        """A child with its model. One more try where it dies while loading: memory may have been short just then.

        False: the engine was closed meanwhile, and there is none.
        """
        self._beat = Beat(Stats())
        for attempt in (1, 2):
            with self._changing:
                if self._closed:
                    return False
                self._child = child = _Child(self._factory, self._arguments)
            try:
                message = child.inbox.get(timeout=self._loading)
                if isinstance(message, Loaded):
                    message = self._checked(child)
            except queue.Empty:
                message, how = None, child.end()
            else:
                if isinstance(message, Ready):
                    self.slots, self.description, self.gpus = message.slots, message.description, message.gpus
                    return True
                how = child.end(dying=True)
            if isinstance(message, Refused):
                raise ModelError(message.notice)
            if attempt == 2 and not self._closed:
                raise ModelError(
                    "the model could not be loaded: its process {how}; a smaller model may fit (`localdigest models"
                    " recommend`), and an illegal instruction means that llama.cpp was built for another processor",
                    how,
                )
        return False

    def _checked(self, child: _Child) -> Loaded | Ready | Refused | Done | Beat | None:
        """What the child says once the template has been tried. Raises ModelError where that does not end."""
        try:
            return child.inbox.get(timeout=self._template)
        except queue.Empty:
            child.end()
        raise ModelError(
            "the model's chat template had not ended after {seconds:g} s; choose another model with --model",
            self._template,
        )

    def _bury(self, how: Notice) -> list[tuple[int, Completion]]:
        """The child has died: find who is to blame, and go on with a fresh one."""
        if self._closed:  # another thread was taking a step
            return []
        self._before = replace(self.stats, memory=0)  # that is free again
        ended: list[tuple[int, Completion]] = []
        if self._suspects:
            ticket = self._suspects.popleft()
            if ticket in self._blamed:
                del self._flight[ticket]
                reason = f"put aside: the engine's process {how} twice over it"
                ended.append((ticket, Completion("", "refused", detail=reason)))
            else:
                self._blamed[ticket] = how
                self._suspects.appendleft(ticket)
        else:
            self._suspects.extend(sorted(self._flight, key=lambda ticket: not self._flight[ticket].first))
        self._lost += 1
        if self._lost >= MOST_CHILDREN_LOST:
            raise EngineFailed("the engine's process {how}, again and again; run the same command again to go on", how)
        if not self._load():
            return []
        self._next()
        return ended

    def _next(self) -> None:
        """Give the child the next suspect, alone; or, with none left, all that waits."""
        if self._suspects:
            self._child.send(self._flight[self._suspects[0]])
            return
        for submit in self._flight.values():
            self._child.send(submit)
