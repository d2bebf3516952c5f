"""The child process that reads a PDF: the only place that imports pypdf, after its limits are set.

`walk` follows what the pages paint, so that text nobody can see is left out; pypdf makes text of the rest,
and `lines` and `text` make sentences of that.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import math
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from localdigest.pdf import cage
from localdigest.pdf import lines as pdflines
from localdigest.pdf import path as pdfpath
from localdigest.pdf import state as pdfstate
from localdigest.pdf import text as pdftext
from localdigest.pdf import title as pdftitle
from localdigest.pdf import walk as pdfwalk
from localdigest.pdf.chars import count_runs, honest, is_glyph
from localdigest.pdf.objects import entry
from localdigest.pdf.sight import HIDDEN, LAYER, SEEN, TRIMMED, Run
from localdigest.records import Document
from localdigest.text.unseen import BREAK, tricks, without_unseen

Reason = Literal["encrypted", "scanned", "broken", "not-a-pdf", "empty", "too-large", "timeout", "memory", "crashed"]

MAX_PAGES = 200
"""Pages read of one file; a paper's text ends before. What a book has beyond counts as unread."""
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
WORD_GAP = 150
"""Thousandths of an em: TeX shrinks word spaces to about 0.16 em and kerns letters by far less than 0.15
em."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
FAR = 4000
"""Thousandths of an em, more than half of any font's space."""


class Answer(msgspec.Struct):
    """What the child writes to its standard output."""

    document: Document | None = None
    dropped: int = 0
    reason: Reason = "broken"
    detail: str = ""


def child() -> None:
    """Entry of the child: `argv` holds the path, the memory limit in bytes and the time limit in seconds."""
    _end_with_parent()
    path, memory = _started()
    try:
        answer = answer_for(path)
    except MemoryError:
        answer = Answer(reason="memory", detail=f"{memory >> 20} MiB")
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def child_pages() -> None:
    """As `child`, but it writes the plain text of each page, hidden text included, or no page at all."""
    opened = _open(_started()[0])
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


def _started() -> tuple[Path, int]:
    """The path and the memory limit that `argv` names, once the limits hold."""
    memory = int(sys.argv[3])
    _limit(memory, float(sys.argv[4]))
    logging.disable(logging.CRITICAL)
    return Path(sys.argv[2]), memory


def _limit(memory: int, seconds: float) -> None:
    cage.close()
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit remains
        return
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, math.ceil(seconds) + 1),
        (resource.RLIMIT_FSIZE, MAX_ANSWER),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower hard limit than ours is in force already
            resource.setrlimit(kind, (value, value))


def answer_for(path: Path) -> Answer:
    """Read a file without any limit on time or memory; `child` sets those."""
    opened = _open(path)
    return opened if isinstance(opened, Answer) else _from_pages(*opened)


def _open(path: Path) -> tuple[list[Any], Any] | Answer:
    """The file's pages and its reader, or why there are none."""
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
        pages = [reader.pages[number] for number in range(min(len(reader.pages), MAX_PAGES))]
    except (DependencyError, FileNotDecryptedError, WrongPasswordError, NotImplementedError) as error:
        return Answer(reason="encrypted", detail=str(error)[:200])
    except MemoryError:
        raise
    except (PyPdfError, Exception) as error:  # isolation boundary: pypdf raises anything on damaged files
        return Answer(reason="broken", detail=f"{type(error).__name__}: {error}"[:200])
    if not pages:
        return Answer(reason="empty", detail="no pages")
    return pages, reader


def _from_pages(pages: list[Any], reader: Any) -> Answer:
    found: list[_Page] = []
    walk = pdfwalk.Walk(lambda form: _operations(form, reader), _core_widths(), reader.trailer["/Root"])
    failed = images = 0
    error = ""
    for number, page in enumerate(pages, 1):
        one = _Page("", [])
        try:
            images += _has_image(page.get("/Resources"))
            one = _read_page(page, number, walk, reader)
        except MemoryError:
            raise
        except Exception as problem:  # isolation boundary: one damaged page must not cost the others
            failed += 1
            error = f"{type(problem).__name__}: {problem}"[:200]
        found.append(one)
    scan = sum(bool(page.layer) for page in found)
    if scan and scan >= SCAN_SHARE * sum(bool(page.layer) or len(page.text) >= PAGE_TEXT for page in found):
        found = [page.layer or page for page in found]
    texts = [page.text for page in found]
    with_text = sum(len("".join(text.split())) >= PAGE_TEXT for text in texts)
    if failed == len(pages):
        return Answer(reason="broken", detail=error)
    if with_text < max(1, TEXT_SHARE * len(pages)):
        detail = f"{with_text} of {len(pages)} pages have text"
        return Answer(reason="scanned" if images else "empty", detail=detail)
    lines = [line for page in found for line in page.lines]
    total = len(reader.pages)
    body = pdftext.body(lines, texts, total - len(pages))
    if not body.sentences:
        return Answer(reason="empty", detail=f"{with_text} of {len(pages)} pages have text, none in sentences")
    hidden = sum(page.hidden for page in found)
    title = pdftitle.title(_claimed_title(reader), found[0].lines)
    document = Document("", total, with_text, body.sentences, body.sections, body.read_share, hidden, title)
    return Answer(document, body.dropped)


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
    """A page's plain text, and the same text line by line with the place, size and font of each."""

    text: str
    lines: list[pdflines.Line]
    hidden: int = 0
    """Runs of text that cannot be seen, left out."""
    layer: _Page | None = None
    """The same page with the text layer of a scan, where it has one."""


def _read_page(page: Any, number: int, walk: pdfwalk.Walk, reader: Any) -> _Page:
    resources = page.get_inherited("/Resources")
    box, sheet = _boxes(page)
    shown = walk.page(_operations(page.get("/Contents"), reader), resources, box, sheet, page.user_unit)

    def reading(*sights: int, hidden: tuple[int, ...]) -> _Page:
        text, lines = _extract(page, number, shown.form, sights)
        count = tricks(text)
        for left_out, least in ((hidden, TELLING), ((TRIMMED,), SLUG)):
            if any(map(shown.has, left_out)):
                count += count_runs(_extract(page, number, shown.form, left_out, marked=True)[0], text, least)
        return _Page(without_unseen(text), lines, count)

    read = reading(SEEN, hidden=(HIDDEN, LAYER))
    return replace(read, layer=reading(SEEN, LAYER, hidden=(HIDDEN,))) if shown.scanned else read


def _operations(content: Any, reader: Any) -> list[pdfpath.Operation]:
    from pypdf.generic import ContentStream

    # Strings stay bytes, as in pypdf's own extraction: their encoding is the font's.
    return ContentStream(content, reader, "bytes").operations if content is not None else []


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


def _extract(
    page: Any, number: int, form: pdfstate.Form, sights: tuple[int, ...], *, marked: bool = False
) -> tuple[str, list[pdflines.Line]]:
    """The page's text with only the glyphs of these sights. `marked`: with BREAK where it shows others."""
    from pypdf.generic import NameObject

    pieces: list[pdflines.Piece] = []

    def collect(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text:
            scale = math.hypot(
                tm[2] * cm[0] + tm[3] * cm[2],
                tm[2] * cm[1] + tm[3] * cm[3],
            )
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            turned = abs(tm[0] * cm[1] + tm[1] * cm[3]) > abs(tm[0] * cm[0] + tm[1] * cm[2])
            name = str(font.get("/BaseFont", "")).split("+")[-1] if font else ""
            # Half a surrogate pair cannot be written; as `?` its sentence is not verbatim and is left out.
            text = text.encode(errors="replace").decode()
            pieces.append(pdflines.Piece(text, abs(size) * scale, name, x, y, turned))

    content = _content(form, sights, marked)
    page[NameObject("/Contents")], page[NameObject("/Resources")] = content, content["/Resources"]
    plain = page.extract_text(visitor_text=collect)
    return plain, [_without_unseen(line) for line in pdflines.lines(pieces, number)]


def _without_unseen(line: pdflines.Line) -> pdflines.Line:
    text = without_unseen(line.text)
    return line if text == line.text else replace(line, text=text, lead=0)


def _content(form: pdfstate.Form, sights: tuple[int, ...], marked: bool) -> Any:
    """A program as the content stream of a form, for pypdf to read."""
    from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, NameObject, TextStringObject

    name = NameObject
    picture = DictionaryObject({name("/Subtype"): name("/Image")})
    drawn = DictionaryObject({name("/Picture"): picture})
    operations: list[Any] = []
    for item in form.program:
        if isinstance(item, pdfstate.Form):
            operations.append(([name(f"/Form{len(drawn)}")], b"Do"))
            drawn[name(f"/Form{len(drawn)}")] = _content(item, sights, marked)
        elif isinstance(item, Run):
            array = list(_with_gaps(pdfstate.only(item, *sights)))
            if marked and item.sight not in sights and any(isinstance(one, bytes) for one in item.items):
                array.append(TextStringObject(BREAK))
            operations.append(([ArrayObject(array)], b"TJ"))
        else:
            operations.append(item)
    stream = ContentStream(None, None)
    stream.operations = operations
    resources = DictionaryObject({name("/XObject"): drawn})
    if isinstance(form.fonts, dict):
        resources[name("/Font")] = DictionaryObject({name(key): _honest_font(font) for key, font in form.fonts.items()})
    stream[name("/Subtype")], stream[name("/Resources")] = name("/Form"), resources
    return stream


def _honest_font(font: Any) -> Any:
    """A font resource without the glyphs that claim to be whole texts, or whose names pypdf would give as text."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

    resource = font.get_object()
    changes: dict[Any, Any] = {}
    mapping = entry(resource, "/ToUnicode")
    if isinstance(mapping, StreamObject) and (changed := honest(data := mapping.get_data())) != data:
        changes[NameObject("/ToUnicode")] = stream = StreamObject()
        stream.set_data(changed)
    encoding, known = entry(resource, "/Encoding"), _glyph_names()
    listed = entry(encoding, "/Differences") or []
    names = [one if not isinstance(one, str) or is_glyph(one, known) else NameObject("/uniFFFD") for one in listed]
    if known and names != listed:
        changes[NameObject("/Encoding")] = DictionaryObject(
            {**encoding, NameObject("/Differences"): ArrayObject(names)}
        )
    return DictionaryObject({**resource, **changes}) if changes else font


@functools.cache
def _glyph_names() -> frozenset[str]:
    """The glyph names that have a character; pypdf has them, but not in its public parts."""
    try:
        from pypdf._codecs.adobe_glyphs import adobe_glyphs
    except ImportError:  # then an unknown name comes out as text, as pypdf has it
        return frozenset()
    return frozenset(adobe_glyphs)


@functools.cache
def _core_widths() -> dict[str, dict[str, float]]:
    """The widths of the 14 standard fonts, by name and character; pypdf has them, as little in public."""
    try:
        from pypdf._codecs.core_font_metrics import CORE_FONT_METRICS
    except ImportError:  # then half an em is taken for each glyph of a font without widths
        return {}
    return {name: metrics.character_widths for name, metrics in CORE_FONT_METRICS.items()}


def _with_gaps(array: list[Any]) -> Iterator[Any]:
    """Make every word gap in a TJ array wide enough that pypdf sees a space in it.

    TeX writes no spaces: it moves the pen by 0.2 to 0.4 em. pypdf asks for half the width of the glyph with
    code 32, which in T1-encoded fonts is no space but the wide `visible space`, so tightly set lines lose all
    their spaces. The pen still ends where it did, so nothing else changes.
    """
    for item in array:
        if isinstance(item, (int, float)) and -FAR < item <= -WORD_GAP:
            yield float(-FAR)
            yield float(item + FAR)
        else:
            yield item
