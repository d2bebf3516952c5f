"""What a payload holds, between the workspace and the bag: days to work on, a model, wheels, finished pages.

    data/days/2026-01-30.json          what the store knows of a page: its papers, the page, absent PDFs
    data/pdfs/2601.01234v1.pdf         PDFs of these papers
    data/model/model.json, *.gguf.001  a model in parts below 2 GiB; of a second one *.gguf.json says which it is
    data/software/...                  wheels and notes
    data/results/2026-01-30-arxiv.md, .json, .results.json    the page, its export, what the store holds of its papers

Whatever comes in is checked before anything is done with it: names here, the fields of records by `schema`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeVar

import msgspec

from localdigest.messages import Notice, Reason
from localdigest.pages import window
from localdigest.records import Page, Paper, Replacement, Result
from localdigest.store import Store
from localdigest.transfer import schema
from localdigest.transfer.bag import Bag, BrokenBag, shown
from localdigest.workspace.config import Config

MAX_RECORD = 64 << 20
"""Bytes of a JSON or text file: a day of 500 papers has 1 MiB."""
MAX_RECORDS, MAX_DAYS = 256 << 20, 400
"""Bytes of all that is held in memory at once to be understood, and days of one package."""
MAX_PDF = 100 << 20
"""As `pdfs.PDF_BYTES`: larger ones are never collected."""

_DAY = re.compile(r"data/days/(\d{4}-\d\d-\d\d)\.json", re.ASCII)
_PDF = re.compile(r"data/pdfs/([A-Za-z0-9._-]+)\.pdf", re.ASCII)
_PART = re.compile(r"data/model/([\w.+-]+\.gguf)\.(\d{3})", re.ASCII)
_SOFTWARE = re.compile(r"data/software/[A-Za-z0-9._+-]+", re.ASCII)
_RESULT = re.compile(r"data/results/(\d{4}-\d\d-\d\d)(-arxiv\.md|\.json|\.results\.json)", re.ASCII)
_KEYED = ".results.json"
MODEL = "data/model/model.json"
_MODEL = re.compile(r"data/model/(?:model|[\w.+-]+\.gguf)\.json", re.ASCII)

_REASON = re.compile(r"([a-z-]+): (.*)", re.DOTALL)

T = TypeVar("T")


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the store is told of a day."""

    day: date
    categories: tuple[str, ...]
    """The maker's filter; the opener is told where its own is another."""
    papers: tuple[Paper, ...]
    """New on the page; without a page, submitted in the day's window."""
    page: Page | None = None
    replaced: tuple[Replacement, ...] = ()
    before: tuple[Paper, ...] = ()
    """Announced before the workspace's first page, of this page's look-back."""
    absent: dict[str, str] = {}
    """Paper id to why there is no PDF, as `code: sentence` in English: the format is older than `Reason`."""

    def reason(self, paper: Paper) -> Reason | None:
        found = _REASON.fullmatch(self.absent.get(paper.id, ""))
        return Reason(found[1], found[2]) if found else None

    def everything(self) -> tuple[Paper, ...]:
        """All papers, earlier versions first."""
        earlier = (r.previous for r in self.replaced if r.previous)
        return (*earlier, *self.papers, *(r.paper for r in self.replaced), *self.before)


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    file: str
    size: int
    sha256: str


class Settings(msgspec.Struct, frozen=True):
    """What the maker's workspace is set to, so far as both machines must have it the same to make the same page."""

    categories: tuple[str, ...]
    language: str
    model: str
    mode: Literal["announced", "submitted"]
    titles: bool

    @classmethod
    def of(cls, conf: Config) -> Settings:
        return cls(conf.categories, conf.language, conf.model, conf.window.mode, conf.page.titles)


class Finished(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the store holds of a finished page's papers, with its keys."""

    day: date
    results: tuple[tuple[str, Result], ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """A payload, understood. Names are those of the bag."""

    days: tuple[Day, ...] = ()
    pdfs: tuple[str, ...] = ()
    models: tuple[Model, ...] = ()
    parts: tuple[str, ...] = ()
    """Of each model in order."""
    software: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    """Finished pages and exports."""
    finished: tuple[Finished, ...] = ()


# ---------------------------------------------------------------- out of the store


def day(conf: Config, store: Store, which: date) -> Day | None:
    """What the store knows of a day's page; None where that is nothing."""
    page = store.page(which) if conf.window.mode == "announced" else None
    if page is not None and page.window.mode == "announced":
        if not page.closed:
            return None
        new, replaced = store.page_papers(which)
        before = store.placed_before(page.since or page.window.start, page.window.end)
        # `left` counts what this machine has still to do; the other has yet to look.
        return Day(which, conf.categories, new, replace(page, left=None), replaced, before, _absent(store, new))
    span = page.window if page else window.submitted(which, conf.window.zone, conf.window.anchor)
    papers = store.papers_between(span.start, span.end)
    return Day(which, conf.categories, papers, page, absent=_absent(store, papers)) if papers else None


def _absent(store: Store, papers: Iterable[Paper]) -> dict[str, str]:
    return {paper_id: str(reason) for paper_id, reason in store.absent_pdfs(papers).items()}


def days_between(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


# ---------------------------------------------------------------- out of a bag


def limits(sizes: Mapping[str, int]) -> None:
    """Raises BrokenBag for a file that has no place in a payload, for one or all that are larger than their kind can
    be, and for too many days. `sizes` of the payload's files."""
    for name, size in sizes.items():
        if _DAY.fullmatch(name) or _RESULT.fullmatch(name) or is_model(name):
            most = MAX_RECORD
        elif _PDF.fullmatch(name):
            most = MAX_PDF
        elif _PART.fullmatch(name) or _SOFTWARE.fullmatch(name):
            most = 2**31
        else:
            raise BrokenBag(
                "{name} has no place in a package",
                shown(name),
                way_out=Notice("make it with `localdigest package make`"),
            )
        if size > most:
            raise BrokenBag("{name} is larger than it can be ({size} bytes)", shown(name), size)
    room(sizes)


def room(sizes: Mapping[str, int]) -> None:
    """Raises BrokenBag for more records together, or days, than one package may bring."""
    fewer = Notice("make several packages, of fewer days")
    if (together := sum(size for name, size in sizes.items() if is_record(name))) > MAX_RECORDS:
        raise BrokenBag(
            "its records are {size} MiB together, and {most} are taken",
            together >> 20,
            MAX_RECORDS >> 20,
            way_out=fewer,
        )
    days = {match[1] for name in sizes if (match := _DAY.fullmatch(name) or _RESULT.fullmatch(name))}
    if len(days) > MAX_DAYS:
        raise BrokenBag("it has {days} days, and {most} are taken", len(days), MAX_DAYS, way_out=fewer)


def is_model(name: str) -> bool:
    """Whether this file tells which model the parts beside it make."""
    return bool(_MODEL.fullmatch(name))


def is_record(name: str) -> bool:
    """Whether `understand` wants the content of this file."""
    result = _RESULT.fullmatch(name)
    return bool(_DAY.fullmatch(name) or (result and result[2] == _KEYED) or is_model(name))


def is_text(name: str) -> bool:
    """Whether this file, a page or an export, is to be text, and nothing more is asked of it."""
    result = _RESULT.fullmatch(name)
    return bool(result and result[2] != _KEYED)


def understand(bag: Bag, records: Mapping[str, bytes]) -> Contents:
    """The payload's records, each of the hash declared, as what they mean. Raises BrokenBag."""
    days, finished = [], []
    for name in sorted(records):
        if match := _DAY.fullmatch(name):
            found = _decode(name, records[name], Day)
            _check_name(name, found.day, match[1])
            days.append(found)
        elif match := _RESULT.fullmatch(name):
            done = _decode(name, records[name], Finished)
            _check_name(name, done.day, match[1])
            finished.append(done)
    wanted = {f"data/pdfs/{paper.file_stem}.pdf" for found in days for paper in found.everything()}
    pdfs = tuple(name for name in bag.payload if _PDF.fullmatch(name))
    if strangers := set(pdfs) - wanted:
        raise BrokenBag("{name} belongs to no paper of the package", shown(min(strangers)))
    parts = tuple(sorted(name for name in bag.payload if _PART.fullmatch(name)))
    models = tuple(_decode(name, records[name], Model) for name in sorted(records) if is_model(name))
    if len(parts) != sum(_parts(model, bag) for model in models) or len({model.file for model in models}) < len(models):
        raise BrokenBag("the parts of its model do not make the model that it tells of")
    software = tuple(name for name in bag.payload if _SOFTWARE.fullmatch(name))
    texts = tuple(sorted(filter(is_text, bag.payload)))
    return Contents(tuple(days), pdfs, models, parts, software, texts, tuple(finished))


def _parts(model: Model, bag: Bag) -> int:
    """How many the model has, that follow one another and are as long as it; -1 where they are not."""
    named = [f"data/model/{model.file}.{number:03}" for number in range(1, 1000)]
    there = list(itertools.takewhile(bag.payload.__contains__, named))
    return len(there) if there and sum(bag.payload[name].size for name in there) == model.size else -1


def _decode(name: str, data: bytes, kind: type[T]) -> T:
    """`kind`, once every field was found to be what `schema` lets in."""
    try:
        msgspec.json.decode(data, type=schema.allowed(kind))
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, OverflowError) as error:
        raise BrokenBag("{name} is not what it should be ({error})", shown(name), shown(str(error))) from None


def _check_name(name: str, day: date, named: str) -> None:
    if str(day) != named:
        raise BrokenBag("{name} tells of another day than its own", shown(name))
