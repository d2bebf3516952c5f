"""A PDF becomes a Document, read by pypdf in a child process that can be killed.

pypdf has limits on sizes and depths but none on time, and a hostile file can make it loop or eat memory. So
the parent only starts a child (`child`), waits with a time limit and reads its answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec

from localdigest.messages import Notice
from localdigest.messages.errors import LocaldigestError
from localdigest.pdf import cage
from localdigest.pdf.child import MAX_ANSWER, Answer, Reason
from localdigest.records.reading import Document

T = TypeVar("T")

MAX_FILE = 200 << 20
TIMEOUT, MEMORY = 60.0, 1 << 30

_SAYS: dict[Reason, Notice] = {
    "encrypted": Notice("the PDF is encrypted; save a copy without a password and try that"),
    "scanned": Notice("the PDF is a scan without a text layer; run OCR on it (for example ocrmypdf) and try again"),
    "broken": Notice("the PDF is damaged and could not be read; download it again"),
    "not-a-pdf": Notice("this is not a PDF; download it again and look at what the server sent"),
    "empty": Notice("the PDF has no text that could be read as sentences; check that it is the right file"),
    "too-large": Notice(
        "the file is larger than {limit} MiB; extract the pages that matter and try again", MAX_FILE >> 20
    ),
    "timeout": Notice("reading the PDF took longer than its time limit and was stopped; try a freshly made PDF"),
    "memory": Notice("reading the PDF needed more memory than its limit and was stopped; try a freshly made PDF"),
    "crashed": Notice("the PDF reader crashed on this file; try a freshly made PDF"),
}


class PdfUnreadable(LocaldigestError):
    """A PDF that gave no text; `reason` is a code for the store, the message is for the user."""

    def __init__(self, path: Path, reason: Reason, detail: str = "") -> None:
        self.reason: Reason = reason
        why = Notice("{why} ({detail})", _SAYS[reason], detail) if detail else _SAYS[reason]
        super().__init__("{about}: {why}", path.name, why)


class _KilledError(Exception):
    """Somebody else has ended the reader."""


def read(path: Path, sha256: str = "", *, timeout: float = TIMEOUT, memory: int = MEMORY) -> Document:
    """Read a paper's body: its sentences with their pages and sections. It is hashed where its `sha256` is not given.

    `timeout` is in seconds of wall-clock time, `memory` in bytes of the child's address space. Raises
    PdfUnreadable.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise PdfUnreadable(path, "too-large")
        with path.open("rb") as file:
            before = _stamp(os.fstat(file.fileno()))
            sha256 = sha256 or hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            head = file.read(1024)
    except OSError as error:
        raise PdfUnreadable(path, "broken", error.strerror or str(error)) from error
    if not head:
        raise PdfUnreadable(path, "empty", "0 bytes")
    if b"%PDF-" not in head:
        raise PdfUnreadable(path, "not-a-pdf")
    answer = ask_child(path, timeout, memory, "child.child", Answer)
    if answer.document is None:
        raise PdfUnreadable(path, answer.reason, answer.detail)
    with contextlib.suppress(OSError):
        if _stamp(path.stat()) == before:
            return replace(answer.document, sha256=sha256)
    raise PdfUnreadable(path, "crashed", "it changed while it was read")


def _stamp(info: os.stat_result) -> tuple[int, ...]:
    """What changes with a file's bytes: what was read is then known to be what was hashed."""
    return info.st_ino, info.st_size, info.st_mtime_ns


def page_texts(path: Path) -> tuple[str, ...]:
    """The plain text of each page as pypdf gives it, hidden text included; to look things up in, not to read.

    None where the file cannot be opened. Raises PdfUnreadable where one is reached.
    """
    return ask_child(path, TIMEOUT, MEMORY, "child.child_pages", tuple[str, ...])


def ask_child(path: Path, timeout: float, memory: int, entry: str, kind: type[T], asked: str = "") -> T:
    """What a function of this package's modules, `module.function`, writes in a child of its own. Raises PdfUnreadable.

    `asked` is what it is to know beside the path.
    """
    cage.shield()
    for _ in range(2):  # somebody, or a system out of memory, may kill it: once more, so that none fails by chance
        with contextlib.suppress(_KilledError):
            return _ask_once(path, timeout, memory, entry, kind, asked)
    raise PdfUnreadable(path, "crashed", "killed twice, perhaps for want of memory")


def _ask_once(path: Path, timeout: float, memory: int, entry: str, kind: type[T], asked: str) -> T:
    # The path entries are handed over because -I drops the working directory and the user's site-packages.
    entries = [str(Path(__file__).resolve().parents[2]), *(entry for entry in sys.path if entry)]
    module = entry.partition(".")[0]
    code = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from localdigest.pdf import {module}; {entry}()"
    command = [sys.executable, "-I", "-X", "utf8", "-c", code, json.dumps(entries)]
    command += [str(path.resolve()), str(memory), str(timeout), asked]
    # Its standard input says nothing and ends with us, and then so does the child.
    # Files for what it says, not pipes: RLIMIT_FSIZE bounds them, and a child that floods them cannot block.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True)
        try:
            code_ = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise PdfUnreadable(path, "timeout", f"{timeout:g} s") from None
        finally:
            _kill(process)
        out.seek(0)
        err.seek(0)
        stdout, stderr = out.read(MAX_ANSWER + 1), err.read(1 << 20).decode(errors="replace").strip()
    if code_ == -getattr(signal, "SIGKILL", 0):
        raise _KilledError
    if code_ == -getattr(signal, "SIGXCPU", 0):
        raise PdfUnreadable(path, "timeout", f"{timeout:g} s of processor time")
    # pdfium, too, ends where there is no more: by abort().
    if (code_ != 0 and "MemoryError" in stderr) or code_ == -getattr(signal, "SIGABRT", 0):
        raise PdfUnreadable(path, "memory", f"{memory >> 20} MiB")
    try:
        return msgspec.json.decode(stdout, type=kind)
    except msgspec.DecodeError:
        last = stderr.splitlines()[-1][:200] if stderr else "no message"
        raise PdfUnreadable(path, "crashed", f"exit {code_}: {last}") from None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child, where it still runs, and whatever it may have started (its whole session)."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
