"""An engine that asks a server of the lab's own, in the OpenAI-compatible API: llama-server, vLLM, SGLang, Ollama.

Only on this machine or a private network (`address.py`). Each request resolves the server's name, checks the addresses
and goes to the very one that was checked; no redirect is followed, and no proxy or netrc is looked at. The only module
of the engine that loads an HTTP library, and only where `engine.kind` asks for it.
"""

from __future__ import annotations

import itertools
import os
import queue
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import tenacity

from localdigest.engine import Stats
from localdigest.engine.address import base, resolve
from localdigest.engine.sampling import loops
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError, EngineFailed, ModelError, NoticeError
from localdigest.records import Completion, FinishReason, Request

KEY = "LOCALDIGEST_ENDPOINT_KEY"
"""Environment variable with the server's API key, if it wants one; a key has no business in a configuration file."""
LOOK = 0.5
"""Seconds after which a step ends without an answer."""
CONNECT, ANSWER = 10.0, 900.0
"""Seconds to connect, and for a whole answer to come: it waits its turn in the server's own queue."""
ATTEMPTS = 8
"""With pauses of 1, 2, 4, ... 30 s between them: a server has a minute and a half to load its model or come back."""
LARGEST = 8 << 20
"""Bytes of one answer."""


class _Message(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Cached(msgspec.Struct):
    cached_tokens: int | None = 0


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Cached | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Model(msgspec.Struct):
    id: str
    owned_by: str | None = None


class _Models(msgspec.Struct):
    data: list[_Model]


class _TransientError(NoticeError):
    """An attempt failed in a way that may pass."""

    def __init__(self, text: str, /, *values: object, after: float = 0.0) -> None:
        super().__init__(text, *values)
        self.after = after


DIALECTS = {"llamacpp": "llama-server", "vllm": "vLLM", "sglang": "SGLang", "library": "Ollama"}
"""By what a server's list of models says owns them."""
_CONTINUES = {"llama-server", "Ollama", "vLLM", "SGLang"}
"""Those that go on with an assistant's turn at the end of the messages."""


def body(request: Request, model: str, dialect: str, *, extras: bool = True) -> dict[str, Any]:
    """The JSON that asks for `request`; without `extras`, nothing that is not OpenAI's own (some servers refuse it)."""
    messages = [{"role": message.role, "content": message.text} for message in request.messages]
    sampling = request.sampling
    asked: dict[str, Any] = {
        "model": model,
        "messages": messages,
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
        "stream": False,
    }
    if sampling.temperature > 0:
        asked |= {"top_p": sampling.top_p, "seed": sampling.seed}
    if sampling.presence_penalty:
        asked["presence_penalty"] = sampling.presence_penalty
    if request.stop:
        asked["stop"] = list(request.stop)
    if request.prefill and dialect in _CONTINUES:
        messages.append({"role": "assistant", "content": request.prefill})
        if dialect in ("vLLM", "SGLang"):
            asked["continue_final_message"] = True
        if dialect == "vLLM":
            asked["add_generation_prompt"] = False
    elif request.prefill:
        # Emulated: the model is told how to begin, and what it repeats of that is taken off.
        messages[-1]["content"] += f"\n\n{request.prefill}"
    if extras and dialect == "Ollama":
        asked["reasoning_effort"] = "none"
    elif extras and dialect:
        asked["chat_template_kwargs"] = {"enable_thinking": False}
        asked["top_k"] = sampling.top_k if sampling.temperature > 0 else 1
    return asked


def read(answer: _Answer, request: Request, seconds: float) -> Completion:
    """The answer as the engine of this machine would have given it: without thoughts, and without its prefill."""
    if not answer.choices:
        return Completion("", "refused", seconds=seconds, detail="the server sent no answer")
    choice, usage = answer.choices[0], answer.usage or _Usage()
    text = thoughtless(choice.message.content or "")
    text = text.removeprefix(request.prefill) if request.prefill else text
    reason: FinishReason = "stop"
    if choice.finish_reason == "length":
        reason = "repetition" if loops(list(map(ord, text))) else "length"
    elif choice.finish_reason not in (None, "stop", "eos", "eos_token", "stop_sequence"):
        return Completion("", "refused", seconds=seconds, detail=f"the server ended it: {choice.finish_reason}")
    cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0
    return Completion(
        text,
        reason,
        usage.prompt_tokens,
        max(0, usage.prompt_tokens - (cached or 0)),
        usage.completion_tokens,
        seconds,
    )


def thoughtless(text: str) -> str:
    """Without `<think>` and what stands in it; the opening tag may be in the prompt, the closing one may be cut."""
    text = text.rpartition("</think>")[2] if "</think>" in text else text
    return re.sub(r"^\s*<think>.*", "", text, flags=re.DOTALL).lstrip("\n")


class Endpoint:
    """An `Engine` that asks the server at `url` for `model`, `slots` requests at a time.

    `say` gets sentences about what is waited for; `pause` is the first of the growing pauses between attempts, in
    seconds. Raises ConfigError for an address that is not private, ModelError where the server lacks the model,
    EngineFailed where it does not answer.
    """

    def __init__(self, url: str, model: str, slots: int, say: Say = lambda _: None, *, pause: float = 1.0) -> None:
        self._scheme, self._host, self._port = base(url)
        self._model, self._pause, self._say = model, pause, say
        self.slots, self.stats = slots, Stats()
        key = os.environ.get(KEY, "")
        if not (key.isascii() and key.isprintable()):
            raise ConfigError("{key} cannot stand in a header; use plain ASCII", KEY)
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            trust_env=False,
            follow_redirects=False,
            # The system's authorities, or those that SSL_CERT_FILE names: a lab signs its own certificates.
            verify=ssl.create_default_context(),
            timeout=httpx.Timeout(ANSWER, connect=CONNECT),
            limits=httpx.Limits(max_connections=slots + 1, max_keepalive_connections=slots),
        )
        self._tickets = itertools.count()
        self._waiting: deque[tuple[int, Request]] = deque()
        self._running: dict[int, threading.Thread] = {}
        self._closing = threading.Event()
        self._ended: queue.SimpleQueue[tuple[int, Completion | Exception]] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        """From other threads; told in the driver's own."""
        self._extras = True
        try:
            dialect = self._find()
        except BaseException:
            self._http.close()
            raise
        self._dialect = dialect
        self.description = f"endpoint ({dialect or 'unknown server'}), {slots} requests at a time"

    def submit(self, request: Request, *, first: bool = False, flow: int = 0) -> int:
        ticket = next(self._tickets)
        queue_up = self._waiting.appendleft if first else self._waiting.append
        queue_up((ticket, request))
        return ticket

    def step(self) -> Sequence[tuple[int, Completion]]:
        """Wait for the next answer, and take all that have come; empty after a while without. Raises EngineFailed."""
        began = time.monotonic()
        while self._waiting and len(self._running) < self.slots:
            ticket, request = self._waiting.popleft()
            # Daemons: what is under way at a deadline, or at Ctrl-C, must not hold the process.
            self._running[ticket] = threading.Thread(target=self._work, args=(ticket, request), daemon=True)
            self._running[ticket].start()
        ended: list[tuple[int, Completion]] = []
        try:
            found = self._ended.get(timeout=LOOK)
            while True:
                ticket, outcome = found
                del self._running[ticket]
                if isinstance(outcome, Exception):
                    raise outcome
                ended.append((ticket, outcome))
                self.stats.prompt_tokens += outcome.prompt_tokens
                self.stats.evaluated_tokens += outcome.evaluated_tokens
                self.stats.output_tokens += outcome.output_tokens
                found = self._ended.get_nowait()
        except queue.Empty:
            pass
        while not self._news.empty():
            self._say(self._news.get())
        self.stats.step_seconds += time.monotonic() - began
        self.stats.decode_seconds = self.stats.step_seconds
        return ended

    def close(self) -> None:
        self._closing.set()
        until = time.monotonic() + 1.0  # what is all but there ends in order; what is not is cut off
        for thread in self._running.values():
            thread.join(max(0.0, until - time.monotonic()))
        self._http.close()

    def _work(self, ticket: int, request: Request) -> None:
        try:
            self._ended.put((ticket, self._ask(request)))
        except Exception as error:  # raised again by the step that takes it
            self._ended.put((ticket, error))

    def _ask(self, request: Request) -> Completion:
        began = time.monotonic()
        while True:
            extras = self._extras
            status, content = self._patiently("POST", "chat/completions", body(request, self._model, self._dialect,
                                                                               extras=extras))  # fmt: skip
            if status == 200:
                return read(_decoded(content, _Answer), request, time.monotonic() - began)
            told = " ".join(content.decode("utf-8", "replace").split())[:300]
            if status in (400, 422) and extras and not re.search("context|token", told, re.IGNORECASE):
                self._extras = False  # it may be the fields that are not OpenAI's own
                continue
            if status in (400, 413, 422):
                return Completion("", "refused", seconds=time.monotonic() - began, detail=f"the server: {told}")
            raise EngineFailed(
                "{where} refuses to work ({status}): {told}; mend that and run again to go on",
                self._where,
                status,
                told,
            )

    def _find(self) -> str:
        """Which kind of server it is; empty where it does not tell. Raises ModelError where it lacks the model."""
        status, content = self._patiently("GET", "models", None)
        if status == 404:  # some gateways have no list
            return ""
        if status != 200:
            raise EngineFailed(
                "{where} answers {status} when asked for its models; a key goes into {key}", self._where, status, KEY
            )
        listed = _decoded(content, _Models).data
        names = [model.id for model in listed]
        found = next((model for model in listed if model.id == self._model), None)
        dialect = DIALECTS.get((listed[0].owned_by or "") if listed else "", "")
        # llama-server answers with its one model whatever it is asked for, but it says what that is called.
        if found is None:
            raise ModelError(
                "{where} has no model {model!r}; engine.model may be: {names}",
                self._where,
                self._model,
                ", ".join(names[:8]),
            )
        return dialect

    @property
    def _where(self) -> Notice:
        return Notice("the server at {url}", f"{self._scheme}://{self._host}:{self._port}")

    def _patiently(self, method: str, path: str, data: dict[str, Any] | None) -> tuple[int, bytes]:
        """Status and body of an answer; asked again, with growing pauses, while what is wrong may pass."""

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            after = error.after if isinstance(error, _TransientError) else 0.0
            doubling = tenacity.wait_exponential(multiplier=self._pause, max=30 * self._pause)(state)
            # By chance, so that requests that were sent away together do not come back together.
            return max(doubling, min(after, 120.0)) + tenacity.wait_random(0, self._pause)(state)

        def tell(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            event = Notice(
                "{where} {trouble}; asking again in {seconds:.0f} s", self._where, error, state.upcoming_sleep
            )
            self._news.put(event)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            wait=wait,
            stop=tenacity.stop_after_attempt(ATTEMPTS) | tenacity.stop_when_event_set(self._closing),
            sleep=tenacity.sleep_using_event(self._closing),
            before_sleep=tell,
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, data)
        except _TransientError as error:
            raise EngineFailed("{where} {error}, again and again; run again to go on", self._where, error) from None

    def _once(self, method: str, path: str, data: dict[str, Any] | None) -> tuple[int, bytes]:
        try:
            addresses = resolve(self._host, self._port)
        except OSError as error:
            raise _TransientError("cannot be found ({error})", error) from None
        trouble: Exception | None = None
        for address in addresses:  # `localhost` is two, and a server may listen on one
            try:
                return self._exchange(address, method, path, data)
            except httpx.ConnectError as error:
                trouble = error
        raise _TransientError("cannot be connected to ({error})", trouble) from None

    def _exchange(self, address: str, method: str, path: str, data: dict[str, Any] | None) -> tuple[int, bytes]:
        """To the address that was checked, in the name that was given: a second look-up might say something else."""
        literal, name = (f"[{host}]" if ":" in host else host for host in (address, self._host))
        content, until = bytearray(), time.monotonic() + ANSWER
        try:
            with self._http.stream(
                method,
                f"{self._scheme}://{literal}:{self._port}/v1/{path}",
                json=data,
                headers={"Host": f"{name}:{self._port}"},
                extensions={"sni_hostname": self._host},
            ) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > LARGEST or time.monotonic() > until:
                        raise EngineFailed(
                            "{where} sends an answer without an end; look what listens there", self._where
                        )
        except httpx.ConnectError:
            raise
        except httpx.TimeoutException:
            raise _TransientError("did not answer in time") from None
        except httpx.RequestError as error:
            raise _TransientError("broke off its answer ({error})", error or type(error).__name__) from None
        status, told = response.status_code, response.headers
        if 300 <= status < 400:
            to = told.get("location", "nowhere")[:200]
            raise ConfigError(
                "{where} redirects to {to}, which is not followed; set engine.url to its own", self._where, to
            )
        if status in (408, 425, 429) or status >= 500:
            after = told.get("retry-after", "")
            raise _TransientError(
                "is not ready ({status})", status, after=float(after) if re.fullmatch("[0-9]{1,4}", after) else 0.0
            )
        return status, bytes(content)


def _decoded(content: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EngineFailed(
            "the server's answer is not that of the OpenAI API ({error}); look what listens there", error
        ) from None
