"""What comes from outside: listings and PDFs, from arXiv by a polite client or from the user's own files.

arXiv's terms (https://info.arxiv.org/help/api/tou.html): one connection, at most one request in 3 seconds.
Retries count too, so the pause is in the client, before every request, from the end of the one before.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal, NamedTuple, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import tenacity

from localdigest import __version__
from localdigest.errors import ArxivUnreachable, ConfigError, InputRefused
from localdigest.files import write_atomic
from localdigest.records import Listing, Paper

INTERVAL_S = 3.0

_LISTING_BYTES = 64 * 2**20
_PDF_BYTES = 100 * 2**20
_ANSWER_S = 300
"""Longest time for one answer, so that a server that sends a byte now and then holds nobody."""

_Trouble = Literal["offline", "throttled", "broken"]
_PATIENCE: dict[_Trouble, int] = {"offline": 4, "throttled": 100, "broken": 40}
"""Intervals of trouble, without one good answer, after which we give up: 12 s where there is no network,
5 minutes where arXiv asks us to wait, 2 minutes of time-outs, server errors and unreadable answers."""

_WAY_OUT = "try again later, or work from files with --from and --pdf-dir"
_DENIED = (
    "arXiv denies us access (403): ask nothing more of it today, and write to help@arxiv.org if that goes on;"
    " meanwhile work from files with --from and --pdf-dir"
)

_T = TypeVar("_T")


Parse = Callable[[bytes, str], Listing]
"""`feed.parse`: bytes and the name that its errors use."""


class _TransientError(Exception):
    """One attempt failed in a way that may pass."""

    def __init__(self, reason: str, trouble: _Trouble, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.trouble: _Trouble = trouble
        self.retry_after = retry_after


class _AddressError(Exception):
    """This address cannot be had; others may."""


class _Answer(NamedTuple):
    status: int
    body: bytes
    location: str
    retry_after: str


def _silent(_: str) -> None:
    pass


class Client:
    """One polite guest of arXiv: a request at a time, retried with growing pauses, and none after a 403.

    `contact` (an e-mail or web address) goes into the User-Agent. `interval` is in seconds; pauses and
    patience scale with it. `on_event` gets plain sentences about what is waited for. A context manager.
    """

    def __init__(
        self,
        contact: str = "",
        *,
        api_url: str,
        pdf_url: str,
        interval: float = INTERVAL_S,
        on_event: Callable[[str], None] = _silent,
    ) -> None:
        # Here, not above: work from files must not even load an HTTP library.
        import httpx

        if not (contact.isascii() and contact.isprintable()):
            raise ConfigError(f"contact {contact!r} cannot stand in a User-Agent; use plain ASCII on one line")
        self.api_url, self.pdf_url, self.on_event = api_url, pdf_url, on_event
        self._interval = interval
        self._origins = {urlsplit(url)[:2] for url in (api_url, pdf_url)}
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._troubled_since: float | None = None
        self._denied = False
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            wait=self._pause,
            stop=self._had_enough,
            before_sleep=self._say,
            reraise=True,
        )
        self._http = httpx.Client(
            headers={"User-Agent": f"localdigest/{__version__}" + (f" ({contact})" if contact else "")},
            timeout=httpx.Timeout(30, connect=5),
            limits=httpx.Limits(max_connections=1),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, url: str, limit: int, read: Callable[[_Answer], _T]) -> _T:
        """What `read` makes of the answer; it may raise _TransientError (asked again) or _AddressError.

        Raises _AddressError where only this address is at fault, ArxivUnreachable where nothing can be had.
        """
        with self._lock:
            if self._denied:
                raise ArxivUnreachable(_DENIED)
            try:
                value: _T = self._retrying(self._attempt, url, limit, read)
            except _TransientError as error:
                if error.trouble == "broken":
                    raise _AddressError(f"arXiv {error}, again and again") from None
                raise ArxivUnreachable(f"arXiv {error}; {_WAY_OUT}") from None
            return value

    def _attempt(self, url: str, limit: int, read: Callable[[_Answer], _T]) -> _T:
        began = time.monotonic()
        try:
            value = read(self._follow(url, limit))
        except _TransientError:
            if self._troubled_since is None:
                self._troubled_since = began
            raise
        except _AddressError:
            self._troubled_since = None
            raise
        self._troubled_since = None
        return value

    def _follow(self, url: str, limit: int) -> _Answer:
        for _ in range(4):
            answer = self._exchange(url, limit)
            if answer.status == 403:
                self._denied = True
                raise ArxivUnreachable(_DENIED)
            if answer.status in (406, 429, 503):
                after = _seconds(answer.retry_after)
                wish = f" for {after:.0f} s" if after else ""
                raise _TransientError(f"asks us to slow down{wish} ({answer.status})", "throttled", after)
            if answer.status >= 500:
                raise _TransientError(f"has an error of its own ({answer.status})", "broken")
            if not (300 <= answer.status < 400 and answer.location):
                return answer
            url = urljoin(url, answer.location)
            scheme, host = urlsplit(url)[:2]
            arxivs_own = scheme == "https" and (host == "arxiv.org" or host.endswith(".arxiv.org"))
            if not arxivs_own and (scheme, host) not in self._origins:
                raise _AddressError(f"arXiv redirects to {scheme}://{host}, which is not arXiv")
        raise _AddressError("arXiv redirects in a circle")

    def _exchange(self, url: str, limit: int) -> _Answer:
        import httpx

        time.sleep(max(0.0, self._free_at - time.monotonic()))
        deadline = time.monotonic() + _ANSWER_S
        body = bytearray()
        try:
            with self._http.stream("GET", url) as response:
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > limit:
                        raise _AddressError(f"arXiv's answer is over {limit // 2**20} MiB")
                    if time.monotonic() > deadline:
                        raise _TransientError(f"took over {_ANSWER_S} s for one answer", "broken")
                headers = response.headers
                return _Answer(
                    response.status_code,
                    bytes(body),
                    headers.get("Location", ""),
                    headers.get("Retry-After", ""),
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise _TransientError(f"cannot be connected to ({error or 'no answer'})", "offline") from None
        except httpx.TimeoutException:
            raise _TransientError("did not answer in time", "broken") from None
        except httpx.RequestError as error:
            raise _TransientError(f"broke off its answer ({error})", "broken") from None
        finally:
            self._free_at = time.monotonic() + self._interval

    def _pause(self, state: tenacity.RetryCallState) -> float:
        doubling = tenacity.wait_exponential(multiplier=self._interval, max=20 * self._interval)
        return max(doubling(state), _fault(state).retry_after)

    def _had_enough(self, state: tenacity.RetryCallState) -> bool:
        since = self._troubled_since or time.monotonic()
        waited = time.monotonic() - since + state.upcoming_sleep
        return waited > _PATIENCE[_fault(state).trouble] * self._interval

    def _say(self, state: tenacity.RetryCallState) -> None:
        self.on_event(f"arXiv {_fault(state)}; asking again in {state.upcoming_sleep:.0f} s")


def _fault(state: tenacity.RetryCallState) -> _TransientError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _TransientError)  # nothing else is retried
    return error


def _seconds(retry_after: str) -> float:
    """Retry-After in either of its forms; 0 where absent or unreadable."""
    if re.fullmatch(r"[0-9]{1,6}", retry_after):
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


# ---------------------------------------------------------------- from arXiv


def fetch_pdf(client: Client, paper: Paper, folder: Path) -> str:
    """Puts the paper's PDF into `folder` unless it is there. Returns "", or why it cannot be had.

    Raises ArxivUnreachable where asking for more would be useless or unwelcome, ConfigError where `folder`
    cannot be written to.
    """
    path = folder / f"{paper.file_stem}.pdf"
    if path.exists():
        return ""

    def read(answer: _Answer) -> bytes:
        if answer.status == 404:
            raise _AddressError("arXiv has no PDF of it yet")
        if answer.status != 200:
            raise _AddressError(f"arXiv refuses the PDF ({answer.status})")
        if not answer.body.startswith(b"%PDF-"):
            raise _AddressError("arXiv sent something that is not a PDF")
        return answer.body

    try:
        body = client.get(f"{client.pdf_url}/{paper.versioned_id}", _PDF_BYTES, read)
    except _AddressError as reason:
        return str(reason)
    write_atomic(path, body)
    return ""


# ---------------------------------------------------------------- from the user's files


def read_listings(paths: Iterable[Path], parse: Parse) -> tuple[Listing, ...]:
    """Each file parsed. One that is refused refuses all: leaving it out would lose papers silently."""
    listings = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputRefused(f"{path}: cannot be read ({error.strerror})") from None
        listings.append(parse(data, str(path)))
    return tuple(listings)


def adopt_pdfs(
    pdf_dir: Path, papers: Iterable[Paper], folder: Path, on_event: Callable[[str], None] = _silent
) -> tuple[Paper, ...]:
    """Copies the user's PDFs into `folder` where absent or of another size. Returns the papers without one.

    Files are named `2512.14687v1.pdf`, or without the version; `/` in old identifiers is `_`. A paper whose
    version the listing does not say gets the highest there is. Raises ConfigError.
    """
    if not pdf_dir.is_dir():
        raise ConfigError(f"{pdf_dir}: not a folder; --pdf-dir names the folder that holds the PDFs")
    without = []
    for paper in papers:
        target = folder / f"{paper.file_stem}.pdf"
        source = _own_pdf(pdf_dir, paper)
        try:
            if source is not None and not (target.exists() and target.stat().st_size == source.stat().st_size):
                if source.stat().st_size > _PDF_BYTES:
                    raise OSError(0, f"over {_PDF_BYTES // 2**20} MiB")
                write_atomic(target, source.read_bytes())
        except OSError as error:
            on_event(f"{source}: passed over ({error.strerror})")
        if not target.exists():
            without.append(paper)
    return tuple(without)


def _own_pdf(pdf_dir: Path, paper: Paper) -> Path | None:
    plain = paper.id.replace("/", "_")
    for path in (pdf_dir / f"{paper.file_stem}.pdf", pdf_dir / f"{plain}.pdf"):
        if path.is_file():
            return path
    versions = {
        int(match[1]): path
        for path in (() if paper.version else pdf_dir.iterdir())
        if (match := re.fullmatch(re.escape(plain) + r"v([0-9]{1,3})\.pdf", path.name)) and path.is_file()
    }
    return versions[max(versions)] if versions else None
