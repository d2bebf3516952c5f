"""What is to be done, decided from what is wanted and what is stored. Pure: no file, clock or database.

A result's key holds everything that its text depends on, so `due = wanted - stored`: an interrupted run makes
no new work, a changed prompt or model does. The page has words for the codes of the reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from localdigest.arxiv.withdrawals import withdrawn
from localdigest.language.glossary import NO_TERMS, Termbase
from localdigest.language.profile import translated
from localdigest.messages import Notice, Reason
from localdigest.records import Paper, Result, Sampling, Status, Task
from localdigest.render.entries import WAITING

PIPELINE = 4
"""Part of every key. Raise it when the program makes results so differently that all must be remade."""

MAX_ATTEMPTS = 3
"""Runs that try a failing piece of work. A failure may be chance (a draw, memory); three in a row are not."""

TASKS: tuple[Task, ...] = ("translate", "explain")
"""In the order of work: a page whose translations are there is already worth reading."""

NO_PDF = Reason("no-pdf", Notice("the PDF is not in the workspace yet"))
NO_ABSTRACT = Reason("no-abstract", Notice("the listing has none"))
IN_ENGLISH = Reason("in-english", Notice("the abstract is in the page's language already"))
STOPPED = Reason("stopped", Notice("the run was interrupted"))
WITHDRAWN = Reason("withdrawn", Notice("its authors or arXiv have withdrawn the paper"))

UNREADABLE = frozenset(
    f"pdf-{reason}" for reason in ("encrypted", "scanned", "broken", "not-a-pdf", "empty", "too-large")
)
"""Codes of failures that the same bytes will repeat; time, memory and crashes depend on the machine too."""

FINAL: Mapping[str, Status] = {"withdrawn": "skipped", "pdf-too-large": "failed"}
"""What a breakdown is whose PDF will never come, by the code of the reason; other reasons leave it pending."""

Option = str | int | float | bool | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes one task's results, beside the paper: change any of it and the work is new."""

    prompt: str
    """Fingerprint of the prompt's text."""
    model_sha256: str
    sampling: Sampling
    options: Mapping[str, Option]
    """Settings that change the output, such as target lengths."""
    terms: Termbase = NO_TERMS


@dataclass(frozen=True, slots=True)
class Pdf:
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Work:
    """One result to make and to store under `key`."""

    key: str
    paper: Paper
    task: Task
    language: str
    pdf: Pdf | None = None
    """Always there for `explain`."""


def result_key(paper: Paper, task: Task, language: str, recipe: Recipe, pdf_sha256: str = "") -> str:
    """Hex sha256 over canonical JSON: of title and abstract for a translation, of the PDF to explain.

    Of the terms a translation depends on those in its abstract only, and in its title where that is translated (the
    option `titles`); what terms a PDF has is not known here. Those borrowed from other fields are left out: to look at
    a page must not cost the reading of all tables.
    """
    terms = recipe.terms.of(paper.categories, borrowing=False)
    inputs: object = pdf_sha256, terms.fingerprint
    if task == "translate":
        inputs = paper.title, paper.abstract, terms.find(paper.abstract)
        if recipe.options.get("titles"):
            inputs = *inputs, terms.find(paper.title)
    made_by = recipe.prompt, recipe.model_sha256, _keyed(recipe.sampling), recipe.options
    parts = (PIPELINE, paper.id, paper.version, task, language, inputs, made_by)
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def _keyed(sampling: Sampling) -> dict[str, object]:
    """Without what is younger than keys and not made use of: results of before stay what they are."""
    return {name: value for name, value in asdict(sampling).items() if value or name != "presence_penalty"}


def obstacle(
    paper: Paper, task: Task, language: str, has_pdf: bool, absent: Reason | None = None
) -> tuple[Status, Reason] | None:
    """What keeps a task from being worked on, and why; `absent` is the reason noted for a missing PDF."""
    if task == "explain" and not has_pdf:
        reason = absent or (WITHDRAWN if withdrawn(paper) else NO_PDF)
        return FINAL.get(reason.code, "pending"), reason
    if task == "translate" and not paper.abstract.strip():
        return "skipped", NO_ABSTRACT
    if task == "translate" and not translated(language):
        return "skipped", IN_ENGLISH
    return None


def wanted(
    papers: Sequence[Paper],
    recipes: Mapping[Task, Recipe],
    language: str,
    pdfs: Mapping[str, Pdf],
    absent: Mapping[str, Reason] | None = None,
) -> tuple[tuple[Work, ...], tuple[Result, ...]]:
    """All the work that a page of `papers` (in its order) consists of, and what cannot be worked on, and why.

    Work is there of the tasks with a recipe; all translations come first. `pdfs` is by paper id, for the papers'
    current versions, and so is `absent`, why one could not be had. The second tuple holds what is pending,
    skipped or failed before any work; it is shown, not stored.
    """
    works, held = [], []
    for task in TASKS:
        recipe = recipes.get(task)
        for paper in papers:
            pdf = pdfs.get(paper.id) if task == "explain" else None
            why = obstacle(paper, task, language, pdf is not None, (absent or {}).get(paper.id))
            if why:
                held.append(Result(paper.id, paper.version, task, language, *why))
            elif recipe:
                key = result_key(paper, task, language, recipe, pdf.sha256 if pdf else "")
                works.append(Work(key, paper, task, language, pdf))
    return tuple(works), tuple(held)


def in_order(pages: Iterable[Iterable[Work]]) -> tuple[Work, ...]:
    """The work of several pages, each piece once: all translations first, of each task one page after the other."""
    works = {work.key: work for page in pages for work in page}
    return tuple(sorted(works.values(), key=lambda work: TASKS.index(work.task)))


def late(deadline: datetime, zone: tzinfo | None = None) -> Reason:
    """The reason for what is left at `deadline`, told in `zone`; None is this machine's."""
    time = f"{deadline.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return Reason("deadline", Notice("not done by {time}", time))


def due(works: Iterable[Work], stored: Mapping[str, tuple[Status, int, str]]) -> tuple[Work, ...]:
    """Those of `works`, in their order, that this run does; `stored` is `Store.stored` of their keys.

    A failure is tried again by the next runs, MAX_ATTEMPTS times in all; an unreadable PDF is not, since its
    hash is in the key.
    """

    def is_due(status: Status, attempts: int, code: str) -> bool:
        return status == "failed" and attempts < MAX_ATTEMPTS and code not in UNREADABLE

    return tuple(work for work in works if work.key not in stored or is_due(*stored[work.key]))


def shown(
    works: Iterable[Work], held: Iterable[Result], latest: Mapping[tuple[str, Task], Result], waiting: Reason = WAITING
) -> dict[tuple[str, Task], Result]:
    """A result for each piece of a page, for `Digest.results`: made, held back or failed, else pending as `waiting`.

    `latest` is `Store.latest`. A done one is shown even where a changed prompt or model makes new work of it.
    """
    results = {
        (work.paper.id, work.task): Result(
            work.paper.id, work.paper.version, work.task, work.language, "pending", waiting
        )
        for work in works
    }
    results |= {pair: latest[pair] for pair in results if pair in latest}
    for result in held:
        pair = (result.paper_id, result.task)
        done = pair in latest and latest[pair].status == "done"
        results[pair] = latest[pair] if done else result
    return results
