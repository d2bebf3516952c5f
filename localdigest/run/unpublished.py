"""PDFs explained without a library: papers that are nobody's yet. Nothing of them is stored, cached or logged.

files --pdf (child process)--> Documents --explain--> drive(flows, engine) --> results, in the files' order
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from localdigest import pdf
from localdigest.files import told
from localdigest.flows import brief as briefs
from localdigest.messages import Notice, Reason
from localdigest.messages.errors import EngineFailed, InputRefused, LocaldigestError
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import plan
from localdigest.records import Paper, Result
from localdigest.records.figures import Figure
from localdigest.records.reading import Document
from localdigest.run import figures, work
from localdigest.run.drive import Flow, drive
from localdigest.run.events import Counted, Finished, Planned, Read, Said, Stepped, Tell
from localdigest.run.opener import Opener
from localdigest.workspace.config import Workspace

READERS = 2
"""PDFs read side by side, each in a child process of its own with up to 1 GiB."""


@dataclass(frozen=True, slots=True)
class Explained:
    path: Path
    paper: Paper
    """With the file's name for an id, and a title."""
    result: Result
    figures: tuple[Figure, ...] = ()


def explain_files(
    space: Workspace,
    files: Sequence[Path],
    title: str,
    spec: ModelSpec,
    open_engine: Opener,
    tell: Tell,
    *,
    figured: bool = False,
) -> tuple[Explained, ...]:
    """Explain each PDF; `title` replaces what its first page says, if given; `figured`: with their figures.

    All are read before the model is loaded, so that what cannot be read is told at once. A file that fails costs
    only itself: its result says why. Raises InputRefused for a file that is not there, EngineFailed.
    """
    for path in files:
        if not path.is_file():
            raise InputRefused("{path}: there is no such file; name a PDF", path)
    brief = briefs.load(
        space, dict.fromkeys(briefs.TASKS, spec)
    )  # before anything is read: a prompt that cannot be used is told at once
    read = _read(files, tell)
    papers = [_paper(path, title or (doc.title if isinstance(doc, Document) else "")) for path, doc in read]
    works = [plan.Work(str(place), paper, "explain", space.config.language) for place, paper in enumerate(papers)]
    results: dict[str, Result] = {}
    flows: list[tuple[plan.Work, Flow]] = []
    drawn: dict[str, tuple[Figure, ...]] = {}
    for piece, (path, document) in zip(works, read, strict=True):
        if isinstance(document, Document):
            drawn[piece.key] = figures.of(piece.paper, path, document) if figured else ()
            flows.append((piece, work.explaining(piece.paper, document, drawn[piece.key], brief)))
        else:
            results[piece.key] = _in_local_words(work.result(piece, document, brief, ""))
    tell(Planned.of(works))
    for result in results.values():
        tell(Finished(result))
    if flows:
        engine = open_engine(spec)
        try:

            def counted(piece: plan.Work, asked: int, answered: int) -> None:
                tell(Counted(piece.task, asked, answered))

            for piece, outcome in drive(flows, engine, lambda: tell(Stepped(engine.stats)), counted=counted):
                results[piece.key] = work.result(piece, outcome, brief, engine.description)
                tell(Finished(results[piece.key]))
        except EngineFailed as error:
            tell(Said(error.notice))
        finally:
            engine.close()
    return tuple(
        Explained(
            path,
            piece.paper,
            results.get(piece.key) or _unfinished(piece),
            drawn.get(piece.key, ()),
        )
        for (path, _document), piece in zip(read, works, strict=True)
    )


_LOCAL = {
    "pdf-broken": Notice("the PDF is damaged and could not be read; export or copy it again"),
    "pdf-not-a-pdf": Notice("this is not a PDF; look at what it is"),
}
"""What is said of a reader's own file, where that of a paper is to be downloaded again."""


def _in_local_words(result: Result) -> Result:
    reason = result.reason
    if not isinstance(reason, Reason) or reason.code not in _LOCAL:
        return result
    return replace(result, reason=Reason(reason.code, Notice("{about}: {why}", result.paper_id, _LOCAL[reason.code])))


def _read(files: Sequence[Path], tell: Tell) -> list[tuple[Path, Document | LocaldigestError]]:
    def one(path: Path) -> Document | LocaldigestError:
        try:
            return pdf.read(path)
        except LocaldigestError as error:
            return error

    if len(files) == 1:  # of several each is told
        tell(Said(Notice("reading {path}", files[0])))
    read = []
    with ThreadPoolExecutor(READERS) as pool:
        for path, document in zip(files, pool.map(one, files), strict=True):
            tell(Read(path.name, len(files)))
            read.append((path, document))
    return read


def _paper(path: Path, title: str) -> Paper:
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Paper(told(path.name), 0, title or told(path.stem), (), "", (), "", when, when)


def _unfinished(piece: plan.Work) -> Result:
    paper = piece.paper
    reason = Reason("error", Notice("the engine gave up"))
    return Result(paper.id, 0, "explain", piece.language, "failed", reason)
