"""The child process that reads a PDF: the only place that imports pypdf, after its limits are set.

`walk` follows what the pages paint, so that text nobody can see is left out; pypdf tells what the glyphs of the rest
say; `pieces`, `lines` and `text` make sentences of them by where they stand.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import math
import os
import signal
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from localdigest.pdf import cage
from localdigest.pdf import content as pdfcontent
from localdigest.pdf import lines as pdflines
from localdigest.pdf import path as pdfpath
from localdigest.pdf import pieces as pdfpieces
from localdigest.pdf import tables as pdftables
from localdigest.pdf import text as pdftext
from localdigest.pdf import title as pdftitle
from localdigest.pdf import walk as pdfwalk
from localdigest.pdf.chars import count_runs
from localdigest.pdf.eye import Eye, Unjudged
from localdigest.pdf.font import Fonts
from localdigest.pdf.glyphs import core_widths, name_of, speller
from localdigest.pdf.objects import entry, painted_notes
from localdigest.pdf.sight import HIDDEN, LAYER, SEEN, TRIMMED, Run, is_scan
from localdigest.pdf.state import Paint
from localdigest.records.figures import Table
from localdigest.records.reading import Document
from localdigest.text.unseen import tricks, without_unseen

Reason = Literal["encrypted", "scanned", "broken", "not-a-pdf", "empty", "too-large", "timeout", "memory", "crashed"]

MAX_PAGES = 200
"""Pages read of one file; a paper's text ends before. What a book has beyond counts as unread."""
MAX_SENTENCES = 5_000
"""Sentences kept of one file; choosing among so many takes half a second. What a book has beyond counts as unread."""
MAX_HEADINGS, LONGEST_HEADING = 2_000, 300
MAX_CAPTIONS, LONGEST_CAPTION = 500, 5_000
"""Of one file, and of one's letters: the parent looks through them without a limit of time."""
MAX_ANSWER = 32 << 20
TEXT_SHARE = 0.2
"""With text on fewer than this share of its pages, a PDF is taken for a scan."""
TELLING = 6
"""Letters from which on hidden text is counted; less (a label under a box) is only left out."""
SLUG = 40
"""The same of text on the sheet beside the page: printers write the job, the date and the page there."""
SCAN_SHARE = 0.8
"""With a hidden text layer under the pictures of this share of the pages with text, a PDF is a scan after OCR."""
PAGE_TEXT = 50
"""Characters that make a page one with text."""
_SURE = ("._cmap", "._font", "generic._utils")
"""Modules of pypdf of which no complaint is about what a page shows."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Answer(msgspec.Struct):
    """What the child writes to its standard output."""

    document: Document | None = None
    reason: Reason = "broken"
    detail: str = ""


def child() -> None:
    """Entry of the child: `argv` holds the path, the memory limit in bytes and the time limit in seconds."""
    path, memory = started()
    try:
        answer = answer_for(path)
    except MemoryError:
        answer = Answer(reason="memory", detail=f"{memory >> 20} MiB")
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def child_pages() -> None:
    """As `child`, but it writes the plain text of each page, hidden text included, or no page at all."""
    path, _ = started()
    logging.disable(logging.CRITICAL)
    opened = _open(path)
    texts = [] if isinstance(opened, Answer) else [page.extract_text() for page in opened[0]]
    sys.stdout.buffer.write(msgspec.json.encode(texts))


def _end_with_parent() -> None:
    """Lets a killed parent take its readers along, where they would else go on to their limits."""
    if sys.platform == "linux":
        # prctl(2): by the kernel, so that no loop in native code is in the way. It watches the thread that started
        # us, which is the one that waits for us.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # Everywhere, and for a parent that died before: our standard input has then ended.
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    with contextlib.suppress(OSError):
        os.read(0, 1)
    os._exit(1)


def started() -> tuple[Path, int]:
    """The path and the memory limit that `argv` names, once the limits hold: first of all, before there is a thread."""
    path, memory = Path(sys.argv[2]), int(sys.argv[3])
    _limit(path, memory, float(sys.argv[4]))
    _end_with_parent()
    return path, memory


def _limit(path: Path, memory: int, seconds: float) -> None:
    measured = "coverage" in sys.modules  # which writes what it has seen to the working folder, at the end
    cage.close([path], [Path.cwd()] if measured else [])
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit remains
        return
    for kind, value, more in (
        (resource.RLIMIT_AS, memory, 0),
        (resource.RLIMIT_CPU, math.ceil(seconds) + 1, 5),  # SIGXCPU before SIGKILL, so that the parent knows why
        (resource.RLIMIT_FSIZE, MAX_ANSWER, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower hard limit than ours is in force already
            resource.setrlimit(kind, (value, value + more))


def answer_for(path: Path) -> Answer:
    """Read a file without any limit on time or memory; `child` sets those."""
    with Guesses() as guesses:
        opened = _open(path)
        return opened if isinstance(opened, Answer) else _from_pages(*opened, path.read_bytes(), guesses)


class Guesses(logging.Handler):
    """Whether pypdf had to guess what a damaged file means (`heard`): others may guess otherwise, and show other pages.

    What it says of fonts and escapes in strings is no guess about pages, and after the first guess nobody listens.
    """

    heard = False

    def __enter__(self) -> Guesses:
        self._logger = logging.getLogger("pypdf")
        self._before = self._logger.propagate, self._logger.level
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate, level = self._before
        self._logger.setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.endswith(_SURE):
            self.heard = True
            self._logger.setLevel(logging.CRITICAL + 1)


def _open(path: Path) -> tuple[list[Any], int, Any] | Answer:
    """The file's pages, how many it has, and its reader, or why there are none."""
    from pypdf import PdfReader, overwrite_configuration
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError, WrongPasswordError

    overwrite_configuration(
        array_based_stream_maximum_output_length=30_000_000,
        zlib_maximum_output_length=30_000_000,
        lzw_maximum_output_length=30_000_000,
        run_length_maximum_output_length=30_000_000,
        stream_decoding_work_maximum_length=100_000_000,
        page_tree_maximum_entries=10_000,
        xform_maximum_invocations_per_extraction=1_000,
        jbig2dec_binary=None,
        disable_legacy_handling=True,
    )
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            return Answer(reason="encrypted")
        total = _count(reader)
        pages = [reader.pages[number] for number in range(min(total, MAX_PAGES))]
    except (DependencyError, FileNotDecryptedError, WrongPasswordError, NotImplementedError) as error:
        return Answer(reason="encrypted", detail=str(error)[:200])
    except MemoryError:
        raise
    except (PyPdfError, Exception) as error:  # isolation boundary: pypdf raises anything on damaged files
        return Answer(reason="broken", detail=f"{type(error).__name__}: {error}"[:200])
    if not pages:
        return Answer(reason="empty", detail="no pages")
    return pages, total, reader


def _count(reader: Any) -> int:
    """How many pages viewers show: as many as the tree's root says, though there may be more in it."""
    told = entry(reader.root_object["/Pages"], "/Count")
    return min(len(reader.pages), told) if isinstance(told, int) and told > 0 else len(reader.pages)


def _from_pages(pages: list[Any], total: int, reader: Any, data: bytes, guesses: Guesses) -> Answer:
    fonts = Fonts(core_widths(), lambda font: (name_of(font), speller(font)))
    walk = pdfwalk.Walk(lambda form: _operations(form, reader), fonts, reader.trailer["/Root"])
    eye = Eye(data)
    pictured = set[int]()
    errors: dict[int, str] = {}

    def read(number: int) -> _Page:
        try:
            if _has_image(pages[number - 1].get("/Resources")):
                pictured.add(number)
            return _read_page(pages[number - 1], number, walk, reader, eye, guesses)
        except MemoryError:
            raise
        except Exception as problem:  # isolation boundary: one damaged page must not cost the others
            errors[number] = f"{type(problem).__name__}: {problem}"[:200]
            return _Page("", [], hidden=isinstance(problem, Unjudged))

    found = [read(number) for number in range(1, len(pages) + 1)]
    for number in eye.misled(entry(reader.trailer, "/Size"), encrypted=reader.is_encrypted):
        found[number - 1] = read(number)
    scan = sum(bool(page.layer) for page in found)
    if scan and scan >= SCAN_SHARE * sum(bool(page.layer) or len(page.text) >= PAGE_TEXT for page in found):
        found = [page.layer or page for page in found]
    texts = [page.text for page in found]
    clear = pdfpieces.without_margin_numbers([page.pieces for page in found])
    lines = pdflines.without_copies([line for number, each in enumerate(clear, 1) for line in _lines(each, number)])
    with_text = sum(len("".join(text.split())) >= PAGE_TEXT for text in texts)
    if len(errors) == len(pages):
        return Answer(reason="broken", detail=errors[len(pages)])
    if with_text < max(1, TEXT_SHARE * len(pages)):
        detail = f"{with_text} of {len(pages)} pages have text"
        return Answer(reason="scanned" if pictured else "empty", detail=detail)
    body = pdftext.body(lines, len(pages), total - len(pages))
    if not body.sentences:
        return Answer(reason="empty", detail=f"{with_text} of {len(pages)} pages have text, none in sentences")
    sentences, share = body.sentences[:MAX_SENTENCES], body.read_share
    if len(sentences) < len(body.sentences):
        share *= sum(len(each.text) for each in sentences) / sum(len(each.text) for each in body.sentences)
    hidden = sum(page.hidden for page in found)
    title = pdftitle.title(_claimed_title(reader), lines)
    headings = tuple(one for one in body.headings if len(one.text) <= LONGEST_HEADING)[:MAX_HEADINGS]
    captions = tuple(replace(one, text=one.text[:LONGEST_CAPTION]) for one in body.captions[:MAX_CAPTIONS])
    counts = total, with_text, sentences, headings, share, hidden
    tables = (one for one in pdftables.tables(captions, clear) if _stands(one, texts[one.page - 1]))
    return Answer(Document("", *counts, title, captions, tuple(tables)))


def _stands(table: Table, text: str) -> bool:
    """Whether the lines of a table stand on its page in one piece, each."""
    squeezed = pdftext.squeeze(text)
    return all(pdftext.squeeze(line) in squeezed for line in (*table.heads, *(row.line for row in table.rows)))


def _claimed_title(reader: Any) -> str:
    try:
        return str((reader.metadata.title if reader.metadata else "") or "").encode(errors="replace").decode()
    except MemoryError:
        raise
    except Exception:  # isolation boundary: damaged metadata is no reason not to read the pages
        return ""


def _has_image(resources: Any, depth: int = 0) -> bool:
    """Whether a picture is drawn, directly or in forms within forms (to a depth that no scanner exceeds)."""
    objects = (resources or {}).get("/XObject") or {}
    for value in objects.values():
        item = value.get_object()
        if item.get("/Subtype") == "/Image" or (depth < 3 and _has_image(item.get("/Resources"), depth + 1)):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's plain text, and the same text in pieces with their places."""

    text: str
    pieces: list[pdfpieces.Piece]
    hidden: int = 0
    """Runs of text that cannot be seen, left out."""
    layer: _Page | None = None
    """The same page with the text layer of a scan, where it has one."""


def _read_page(page: Any, number: int, walk: pdfwalk.Walk, reader: Any, eye: Eye, guesses: Guesses) -> _Page:
    (box, sheet), unit = _boxes(page), float(page.user_unit)
    operations, resources = _operations(page.get("/Contents"), reader), page.get_inherited("/Resources")
    shown = walk.page(operations, resources, unit, box, page.get("/Group"))
    notes = list(painted_notes(page.get("/Annots")))
    shown.paints += [Paint(len(shown.runs), place, None) for place, _ in notes]
    undrawn = [place for place, drawn in notes if not drawn]
    for run in shown.runs if undrawn else ():
        run.lost = run.lost or any(pdfpath.share(run.core, place) > 0.5 for place in undrawn)
    shown.doubt = shown.doubt or guesses.heard
    eye.look(number, shown, box, sheet, annotated=bool(notes), guessed=guesses.heard)
    images = [place for _, place in shown.images]

    def reading(*sights: int, hidden: tuple[int, ...]) -> _Page:
        pieces = pdfpieces.pieces_of(shown.runs, *sights, unit=unit)
        text = pdfpieces.plain(pieces)
        count = tricks(text)
        for left_out, least in ((hidden, TELLING), ((TRIMMED,), SLUG)):
            if any(run.has(left_out) for run in shown.runs):
                suspect = [run for run in shown.runs if not _runs_over(run, box)]
                secret = pdfpieces.pieces_of(suspect, *left_out, unit=unit, marked=True)
                count += count_runs(pdfpieces.plain(secret), text, least)
        return _Page(without_unseen(text), pieces, count)

    read = reading(SEEN, hidden=(HIDDEN, LAYER))
    return replace(read, layer=reading(SEEN, LAYER, hidden=(HIDDEN,))) if is_scan(shown.runs, images, box) else read


def _operations(content: Any, reader: Any) -> list[pdfpath.Operation]:
    from pypdf.generic import ContentStream

    if content is None:
        return []
    # Strings stay bytes, as in pypdf's own extraction: their encoding is the font's.
    stream = ContentStream(content, reader, "bytes")
    found = pdfcontent.operations(stream.get_data())
    return stream.operations if found is None else found


def _boxes(page: Any) -> tuple[pdfpath.Box, pdfpath.Box]:
    """What a viewer shows of the page, and the sheet it is cut from."""
    try:
        sheet, crop = (_box(sides) for sides in (page.mediabox, page.cropbox))
    except (TypeError, ValueError):  # a page without a size is Letter, as viewers have it
        sheet = crop = 0.0, 0.0, 612.0, 792.0
    box = max(sheet[0], crop[0]), max(sheet[1], crop[1]), min(sheet[2], crop[2]), min(sheet[3], crop[3])
    return (box if box[2] - box[0] >= 1 and box[3] - box[1] >= 1 else sheet), sheet


def _box(sides: Any) -> pdfpath.Box:
    a, b, c, d = (float(side) for side in sides)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _runs_over(run: Run, box: pdfpath.Box) -> bool:
    """Whether a short text that begins on the page runs over its edge, as the keys of a TeX draft do."""
    if not isinstance(run.sight, list) or run.sight[:1] != [SEEN] or run.sight.count(HIDDEN) > SLUG:
        return False
    left, _, right, _ = run.corners()
    return left < box[2] < right


def _lines(pieces: list[pdfpieces.Piece], number: int) -> list[pdflines.Line]:
    found = []
    for line in pdflines.lines_of(pieces, number):
        text = without_unseen(line.text)
        found.append(line if text == line.text else replace(line, text=text, lead=0))
    return found
