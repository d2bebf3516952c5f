"""The papers' PDFs, fetched from arXiv or adopted from the user's own files: each whole, once, and by itself.

The code of a reason why there is none is one that `plan` knows: `no-pdf` may pass, the others do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from localdigest.arxiv.client import AddressError, Answer, Client, OversizeError, TransientError
from localdigest.arxiv.download import Download
from localdigest.arxiv.withdrawals import withdrawn
from localdigest.files import write_atomic
from localdigest.messages import Notice, Reason, Say
from localdigest.messages.errors import ArxivUnreachable, ConfigError
from localdigest.pages import plan
from localdigest.records import Paper
from localdigest.store import Store

PDF_BYTES = 100 * 2**20


class _GoneError(AddressError):
    """The author, or arXiv, has taken the paper back."""


def fetch_pdfs(client: Client, store: Store, papers: Sequence[Paper], folder: Path, say: Say) -> None:
    """Those that are to be had, in the order given, and in the store why the others are not. Raises ConfigError.

    Where arXiv is out of reach it stops and says so: the listing is in, so the papers can be translated today and
    explained when arXiv answers again.
    """
    known = store.absent_pdfs(papers)
    for number, paper in enumerate(papers, 1):
        noted = known.get(paper.id)
        if noted and noted.code in plan.FINAL:
            continue
        try:
            reason = plan.WITHDRAWN if withdrawn(paper) else fetch_pdf(client, paper, folder)
        except ArxivUnreachable as error:
            say(Notice("{error}; the PDFs still missing are asked for by the next run", error))
            return
        if reason != noted:
            store.note_pdf(paper, reason)
        which = f"PDF {number}/{len(papers)} {paper.id}"
        say(Notice("{about}: {why}", which, reason) if reason else which)


def fetch_pdf(client: Client, paper: Paper, folder: Path, limit: int = PDF_BYTES) -> Reason | None:
    """Puts the paper's PDF into `folder` unless it is there. Returns None, or why it cannot be had.

    `limit` in bytes. What a broken connection or a stopped run left is gone on with. Raises ArxivUnreachable
    where asking for more would be useless or unwelcome, ConfigError where `folder` cannot be written to.
    """
    path = folder / f"{paper.file_stem}.pdf"
    if path.exists():
        return None
    download = Download(path)
    endless: set[int] = set()

    def read(answer: Answer) -> None:
        if answer.status == 416:
            download.discard()
            raise TransientError("has no more of the file than we have", trouble="broken")
        if answer.status not in (200, 206):
            # arXiv's page for a withdrawn version is a 404 too, and has been a 200 (below).
            _refuse_withdrawn(answer.body)
            if answer.status == 404:
                raise AddressError("arXiv has no PDF of it yet")
            raise AddressError("arXiv refuses it ({status})", answer.status)
        head, tail = download.edges()
        if b"%PDF-" not in head[:1024]:  # where readers look for it
            download.discard()
            _refuse_withdrawn(head)
            raise AddressError("arXiv sent something that is not a PDF")
        if b"%%EOF" not in tail[-2048:] and download.size not in endless:
            # Cut on its way to arXiv's cache, or an odd file: believed when it comes so twice.
            endless.add(download.size)
            download.discard()
            raise TransientError("sent a PDF without its end", trouble="broken")
        download.finish()

    try:
        client.get(f"{client.pdf_url}/{paper.versioned_id}", limit, read, why=f"PDF of {paper.id}", download=download)
    except _GoneError as error:
        return Reason("withdrawn", error.notice)
    except OversizeError:
        download.discard()
        return Reason("pdf-too-large", Notice("arXiv's PDF is over {limit} MiB", limit // 2**20))
    except AddressError as error:
        return Reason("no-pdf", Notice("{error}; the next run asks again", error))
    return None


def _refuse_withdrawn(page: bytes) -> None:
    if re.search(rb"has been withdrawn", page, re.IGNORECASE):
        raise _GoneError("arXiv says that this version has been withdrawn")


def adopt_pdfs(pdf_dir: Path, papers: Iterable[Paper], folder: Path, on_event: Say = lambda _: None) -> tuple[int, int]:
    """Copies the user's PDFs into `folder` where absent or of another size. Returns how many papers have theirs from
    `pdf_dir`, and how many others had it in `folder` already.

    Files are named `2512.14687v1.pdf`, or without the version; `/` in old identifiers is `_`. A paper whose
    version the listing does not say gets the highest there is. Raises ConfigError.
    """
    if not pdf_dir.is_dir():
        raise ConfigError("{pdf_dir}: not a folder; --pdf-dir names the folder that holds the PDFs", pdf_dir)
    found = kept = 0
    for paper in papers:
        target = folder / f"{paper.file_stem}.pdf"
        source = _own_pdf(pdf_dir, paper)
        try:
            if source is not None and not (target.exists() and target.stat().st_size == source.stat().st_size):
                if source.stat().st_size > PDF_BYTES:
                    raise OSError(0, f"over {PDF_BYTES // 2**20} MiB")
                write_atomic(target, source.read_bytes())
        except OSError as error:
            on_event(Notice("{path}: passed over ({why})", source, error.strerror))
        found += target.exists() and source is not None
        kept += target.exists() and source is None
    return found, kept


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
