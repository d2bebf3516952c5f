"""PDFs explained without a library: papers that are nobody's yet. Nothing of them is stored, cached or logged.

files --pdf (child process)--> Documents --explain--> drive(flows, engine) --> results, in the files' order
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localdigest import pdf
from localdigest.engine import Engine
from localdigest.errors import EngineFailed, InputRefused, LocaldigestError
from localdigest.messages import Notice, Reason
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import contents, plan
from localdigest.records import Document, Paper, Result
from localdigest.run import work
from localdigest.run.drive import Flow, drive
from localdigest.run.events import Finished, Planned, Read, Said, Stepped, Tell
from localdigest.workspace.config import Workspace

READERS = 2
"""PDFs read side by side, each in a child process of its own with up to 1 GiB."""


@dataclass(frozen=True, slots=True)
class Explained:
    path: Path
    paper: Paper
    """With the file's name for an id, and a title."""
    result: Result


def explain_files(
    space: Workspace,
    files: Sequence[Path],
    title: str,
    spec: ModelSpec,
    tell: Tell,
    opener: Callable[[], Engine],
) -> tuple[Explained, ...]:
    """Explain each PDF; `title` replaces what its first page says, if given. `opener` opens the engine, once.

    All are read before the model is loaded, so that what cannot be read is told at once. A file that fails costs
    only itself: its result says why. Raises InputRefused for a file that is not there, EngineFailed.
    """
    for path in files:
        if not path.is_file():
            raise InputRefused("{path}: there is no such file; name a PDF", path)
    texts = contents.texts(space)  # before anything is read: a prompt that cannot be used is told at once
    read = _read(files, tell)
    papers = [_paper(path, title or (doc.title if isinstance(doc, Document) else "")) for path, doc in read]
    works = [plan.Work(str(place), paper, "explain", space.config.language) for place, paper in enumerate(papers)]
    results: dict[str, Result] = {}
    flows: list[tuple[plan.Work, Flow]] = []
    for piece, (_path, document) in zip(works, read, strict=True):
        if isinstance(document, Document):
            flows.append((piece, work.explaining(piece.paper, document, texts, spec, space.config)))
        else:
            results[piece.key] = work.result(piece, document, texts, spec, "")
    tell(Planned(tuple((piece.paper.id, piece.task) for piece in works)))
    for result in results.values():
        tell(Finished(result))
    if flows:
        engine = opener()
        try:
            for piece, outcome in drive(flows, engine, lambda: tell(Stepped(engine.stats))):
                results[piece.key] = work.result(piece, outcome, texts, spec, engine.description)
                tell(Finished(results[piece.key]))
        except EngineFailed as error:
            tell(Said(error.notice))
        finally:
            engine.close()
    return tuple(
        Explained(path, piece.paper, results.get(piece.key) or _unfinished(piece))
        for path, piece in zip(files, works, strict=True)
    )


def _read(files: Sequence[Path], tell: Tell) -> list[tuple[Path, Document | LocaldigestError]]:
    def one(path: Path) -> Document | LocaldigestError:
        try:
            return pdf.read(path)
        except LocaldigestError as error:
            return error

    def all_of(pool: ThreadPoolExecutor) -> Iterator[tuple[Path, Document | LocaldigestError]]:
        for path, document in zip(files, pool.map(one, files), strict=True):
            tell(Read(path.name, len(files)))
            yield path, document

    with ThreadPoolExecutor(READERS) as pool:
        return list(all_of(pool))


def _paper(path: Path, title: str) -> Paper:
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Paper(path.name, 0, title or path.stem, (), "", (), "", when, when)


def _unfinished(piece: plan.Work) -> Result:
    paper = piece.paper
    reason = Reason("error", Notice("the engine gave up"))
    return Result(paper.id, 0, "explain", piece.language, "failed", reason)
