"""The polite guest of arXiv: the only way in which localdigest asks for listings and PDFs.

arXiv's terms (https://info.arxiv.org/help/api/tou.html): one connection, at most one request in 3 seconds, over
all machines and processes of a user. Retries and redirects count too, so the pause is before every request.
Around each request, from the outside in: cache, retries, limiter, ledger, wire.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal, NamedTuple, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import tenacity

from localdigest import __version__
from localdigest.arxiv import cache
from localdigest.arxiv.download import Download
from localdigest.arxiv.ledger import Ledger
from localdigest.arxiv.limiter import Limiter, RestingError
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ArxivUnreachable, ConfigError, LocaldigestError, NoticeError

INTERVAL_S = 3.0

FRESH_S, OLD_FRESH_S = 600.0, 12 * 3600.0
"""Seconds for which an answer serves again unasked: for a window still filling, and for one long closed. arXiv's
lists change once a day, and its API manual asks for no more than one question a day; but a list that was late
must be found within minutes, and tomorrow's run must see what moderation let through."""

_DENIED_INTERVALS = 1200
"""Rest for all processes after a 403: an hour of the real interval, so that no timer knocks on and on."""

Trouble = Literal["offline", "throttled", "broken"]
_PATIENCE: dict[Trouble, int] = {"offline": 4, "throttled": 100, "broken": 40}
"""Intervals of trouble, without one good answer, after which we give up: 12 s where there is no network,
5 minutes where arXiv asks us to wait, 2 minutes of time-outs, server errors and unreadable answers."""

_THROTTLED = (406, 429, 503)
"""arXiv asks for a pause in all three ways."""

WAY_OUT = Notice("try again later, or work from files with --from and --pdf-dir")
_DENIED = Notice(
    "arXiv denies us access (403): ask nothing more of it today, and write to help@arxiv.org if that goes on;"
    " meanwhile work from files with --from and --pdf-dir"
)

_T = TypeVar("_T")


class TransientError(NoticeError):
    """One attempt failed in a way that may pass: it is made again, with growing pauses."""

    def __init__(self, text: str, /, *values: object, trouble: Trouble, retry_after: float = 0.0) -> None:
        super().__init__(text, *values)
        self.trouble: Trouble = trouble
        self.retry_after = retry_after


class AddressError(NoticeError):
    """This address cannot be had; others may."""


class OversizeError(AddressError):
    """What is at this address is larger than we take."""


class Answer(NamedTuple):
    status: int
    body: bytes
    """Empty where a Download took it."""
    headers: Mapping[str, str]
    """Names in lower case."""


class Timeouts(NamedTuple):
    """Seconds."""

    connect: float = 5.0
    read: float = 30.0
    """Longest silence within an answer."""
    answer: float = 300.0
    """Longest time for one answer, so that a server that sends a byte now and then holds nobody."""


TIMEOUTS = Timeouts()


@dataclass(slots=True)
class _Question:
    url: str
    limit: int
    why: str
    kept: cache.Kept | None
    """An earlier answer, for arXiv to confirm."""
    download: Download | None
    again: str = ""
    """What was wrong with the attempt before."""


def fresh_for(end: datetime) -> float:
    """Seconds for which the listing of a window that ends at `end` serves: after 4 days, no announcement is due."""
    return OLD_FRESH_S if datetime.now(UTC) - end > timedelta(days=4) else FRESH_S


def _silent(_: Notice | str) -> None:
    pass


class Client:
    """One polite guest of arXiv: a request at a time, retried with growing pauses, and none after a 403.

    `contact` (an e-mail or web address) goes into the User-Agent. `interval` is in seconds; pauses and
    patience scale with it. `on_event` gets messages about what is waited for. `ledger` is a file,
    `answers` a folder for the cache; without them neither is kept. An answer in it serves for `fresh` seconds.
    A context manager.
    """

    def __init__(
        self,
        contact: str = "",
        *,
        api_url: str,
        pdf_url: str,
        interval: float = INTERVAL_S,
        timeouts: Timeouts = TIMEOUTS,
        on_event: Say = _silent,
        ledger: Path | None = None,
        answers: Path | None = None,
        fresh: float = FRESH_S,
    ) -> None:
        # Here, not above: work from files must not even load an HTTP library.
        import httpx

        if not (contact.isascii() and contact.isprintable()):
            raise ConfigError(
                "contact {contact!r} cannot stand in a User-Agent; use plain ASCII on one line", contact
            ).of("arxiv.contact", contact)
        self.api_url, self.pdf_url, self.on_event = api_url, pdf_url, on_event
        self._interval, self._timeouts = interval, timeouts
        self._answers, self._fresh = answers, fresh
        self._lock = threading.Lock()
        self._limiter = Limiter(interval, on_event)
        self._ledger = Ledger(ledger)
        self._had: set[str] = set()
        # The request itself, not the wait for its turn: what other processes take is no trouble of arXiv's.
        self._asked_at = 0.0
        self._troubled_since: float | None = None
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=self._pause,
            stop=self._had_enough,
            before_sleep=self._say,
            sleep=lambda pause: self._limiter.hold(float(pause)),  # tenacity's is a subclass of float
            reraise=True,
        )
        self._http = httpx.Client(
            headers={"User-Agent": f"localdigest/{__version__}" + (f" ({contact})" if contact else "")},
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            # None kept alive: it would be a second connection while another process has its turn.
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        )
        cache.tidy(answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(
        self,
        url: str,
        limit: int,
        read: Callable[[Answer], _T],
        *,
        why: str = "listing",
        fresh: float | None = None,
        download: Download | None = None,
    ) -> _T:
        """What `read` makes of the answer; it may raise TransientError (asked again) or AddressError.

        `limit` in bytes. What `read` took is kept, and serves the next run for `fresh` seconds (the client's
        when None); a second question by the same client goes to arXiv. With `download`, a body goes there.
        `why` is for the ledger.
        Raises AddressError where only this address is at fault, ArxivUnreachable where nothing can be had.
        """
        with self._lock:
            kept = None if download or url in self._had else cache.load(self._answers, url)
            self._had.add(url)
            if kept is not None and kept.fresh(self._fresh if fresh is None else fresh):
                try:
                    return read(Answer(200, kept.body, kept.headers))
                except (TransientError, AddressError):  # a newer localdigest may read more strictly
                    kept = None
            confirmable = kept if kept and kept.conditions() else None
            question = _Question(url, limit, why, confirmable, download)
            try:
                value: _T = self._retrying(self._attempt, question, read)
            except TransientError as error:
                if error.trouble == "broken":
                    raise AddressError("arXiv {error}, again and again", error) from None
                raise ArxivUnreachable("arXiv {error}; {way_out}", error, WAY_OUT) from None
            except RestingError as error:
                raise ArxivUnreachable("{error}; {way_out}", error, WAY_OUT) from None
            return value

    def _attempt(self, question: _Question, read: Callable[[Answer], _T]) -> _T:
        try:
            answer = self._follow(question)
            if answer.status == 304:
                if question.kept is None:
                    raise TransientError("says that nothing is new, unasked (304)", trouble="broken")
                answer = Answer(200, question.kept.body, question.kept.headers)
            value = read(answer)
        except TransientError as error:
            question.kept, question.again = None, str(error)
            if self._troubled_since is None:
                self._troubled_since = self._asked_at
            raise
        except AddressError:
            self._troubled_since = None
            raise
        self._troubled_since = None
        if answer.status == 200 and question.download is None:
            cache.keep(self._answers, question.url, answer.headers, answer.body)
        return value

    def _follow(self, question: _Question) -> Answer:
        url = question.url
        for _ in range(4):
            answer = self._exchange(url, question)
            if answer.status == 403:
                raise ArxivUnreachable(_DENIED)
            if answer.status in _THROTTLED:
                after = _seconds(answer.headers.get("retry-after", ""))
                wish = Notice(" for {seconds:.0f} s", after) if after else ""
                raise TransientError(
                    "asks us to slow down{wish} ({status})", wish, answer.status, trouble="throttled", retry_after=after
                )
            if answer.status >= 500:
                raise TransientError("has an error of its own ({status})", answer.status, trouble="broken")
            if not (300 <= answer.status < 400 and answer.headers.get("location")):
                return answer
            url = urljoin(url, answer.headers["location"])
            scheme, host = urlsplit(url)[:2]
            arxivs_own = scheme == "https" and (host == "arxiv.org" or host.endswith(".arxiv.org"))
            if not arxivs_own and (scheme, host) != urlsplit(question.url)[:2]:
                raise AddressError("arXiv redirects to {scheme}://{host}, which is not arXiv", scheme, host)
        raise AddressError("arXiv redirects in a circle")

    def _exchange(self, url: str, question: _Question) -> Answer:
        """One request: its turn, its lines in the ledger, and the answer as it came."""
        with self._limiter.turn(_PATIENCE["throttled"] * self._interval) as turn:
            why = question.why + (f"; again: arXiv {question.again}" if question.again else "")
            number = self._ledger.asked(url, why + ("; redirected" if url != question.url else ""))
            self._asked_at, wire, problem = time.monotonic(), _Wire(), "stopped"
            try:
                answer = self._wire(url, question, wire)
                problem = ""
            except (TransientError, AddressError, LocaldigestError) as error:
                problem = str(error)
                raise
            finally:
                if wire.status == 403:
                    turn.rest(_DENIED_INTERVALS * self._interval, f"arXiv denied access at {_clock()} (403)")
                elif wire.status in _THROTTLED:
                    turn.rest(_seconds(wire.retry_after), f"arXiv asked at {_clock()} for a pause ({wire.status})")
                self._ledger.over(number, wire.status, wire.received, time.monotonic() - self._asked_at, problem)
            return answer

    def _wire(self, url: str, question: _Question, wire: _Wire) -> Answer:
        import httpx

        deadline = time.monotonic() + self._timeouts.answer
        body = bytearray()
        download = question.download
        asking = download.headers() if download else question.kept.conditions() if question.kept else {}
        try:
            with self._http.stream("GET", url, headers=asking) as response:
                wire.status, wire.retry_after = response.status_code, response.headers.get("Retry-After", "")
                headers = {name.lower(): value for name, value in response.headers.items()}
                streams = download is not None and response.status_code in (200, 206)
                size = 0
                if download is not None and streams:
                    if not download.begin(response.status_code, headers):
                        raise TransientError("sent another part of the file than we asked for", trouble="broken")
                    size = download.size
                    if (download.expected or 0) > question.limit:
                        raise OversizeError("arXiv's answer is over {limit} MiB", question.limit // 2**20)
                for piece in response.iter_bytes():
                    wire.received = response.num_bytes_downloaded
                    size += len(piece)
                    if size > question.limit:
                        raise OversizeError("arXiv's answer is over {limit} MiB", question.limit // 2**20)
                    if download is not None and streams:
                        download.write(piece)
                    else:
                        body += piece
                    if time.monotonic() > deadline:
                        raise TransientError(
                            "took over {seconds:g} s for one answer", self._timeouts.answer, trouble="broken"
                        )
                wire.received = response.num_bytes_downloaded
                return Answer(response.status_code, bytes(body), headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise TransientError("cannot be connected to ({error})", error or "no answer", trouble="offline") from None
        except httpx.TimeoutException:
            raise TransientError("did not answer in time", trouble="broken") from None
        except httpx.RequestError as error:
            raise TransientError("broke off its answer ({error})", error, trouble="broken") from None

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Seconds: 1, 2, 4, ... 20 intervals or what arXiv asks for, and up to one more by chance.

        By chance, so that many guests whom arXiv sent away together do not come back together.
        """
        doubling = tenacity.wait_exponential(multiplier=self._interval, max=20 * self._interval)
        jitter = tenacity.wait_random(0, self._interval)
        return max(doubling(state), _fault(state).retry_after) + jitter(state)

    def _had_enough(self, state: tenacity.RetryCallState) -> bool:
        since = self._troubled_since or time.monotonic()
        waited = time.monotonic() - since + state.upcoming_sleep
        return waited > _PATIENCE[_fault(state).trouble] * self._interval

    def _say(self, state: tenacity.RetryCallState) -> None:
        event = Notice("arXiv {trouble}; asking again in {seconds:.0f} s", _fault(state), state.upcoming_sleep)
        self.on_event(event)


@dataclass(slots=True)
class _Wire:
    """What is known of an exchange however it ends."""

    status: int = 0
    received: int = 0
    retry_after: str = ""


def _fault(state: tenacity.RetryCallState) -> TransientError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, TransientError)  # nothing else is retried
    return error


def _seconds(retry_after: str) -> float:
    """Retry-After in either of its forms; 0 where absent or unreadable."""
    if re.fullmatch(r"[0-9]{1,9}", retry_after):
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _clock() -> str:
    return f"{datetime.now():%H:%M}"
