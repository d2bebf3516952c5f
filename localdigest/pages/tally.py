"""What `status` counts of a page. Pure; kept in the library until something changes about the page's papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localdigest.messages import Reason
from localdigest.pages import plan
from localdigest.records import Paper, Status, Task
from localdigest.render.entries import WAITING
from localdigest.select import selection

States = Mapping[tuple[str, Task], tuple[Status, Reason | None]]
"""Status and reason of what was made, by paper id and task."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one page."""

    shown: int
    states: tuple[tuple[Task, Status, Reason | None, int], ...]
    """How many translations and breakdowns are so, and why, where they are not done."""
    unmade: tuple[tuple[str, Status, Reason], ...]
    """Breakdowns not made: the PDF's file stem, and what is said where that PDF is not there. Not counted above, since
    files come and go without the library."""


@dataclass(frozen=True, slots=True)
class Total:
    """Of several pages."""

    shown: int
    counts: dict[Task, dict[Status, int]]
    reasons: dict[Reason, int]
    """Why something is pending, failed or skipped, and how often: the commonest first."""


def count(
    papers: Sequence[Paper], rules: selection.Rules, language: str, made: States, absent: Mapping[str, Reason]
) -> Tally:
    """Of the papers of a page in `language`, in its categories.

    `absent`: the reasons noted for PDFs that are not there, by paper id.
    """
    # Of the papers of a page those were chosen that something has been made of; who else was, need not be known
    # to count them, so that nobody waits for a rank.
    begun = {paper_id: selection.Interest(1.0) for paper_id, _ in made}
    chosen = selection.choose(papers, rules, begun).papers
    states: Counter[tuple[Task, Status, Reason | None]] = Counter()
    unmade = []
    for paper in chosen:
        for task in plan.TASKS:
            known = made.get((paper.id, task))
            if known is None and task == "explain":
                unmade.append((paper.file_stem, *_unmade(paper, task, language, absent.get(paper.id))))
            else:
                states[task, *(known or _unmade(paper, task, language))] += 1
    return Tally(len(chosen), tuple((*state, times) for state, times in states.items()), tuple(unmade))


def _unmade(paper: Paper, task: Task, language: str, absent: Reason | None = None) -> tuple[Status, Reason]:
    return plan.obstacle(paper, task, language, False, absent) or ("pending", WAITING)


def add(tallies: Sequence[Tally], pdfs: frozenset[str] = frozenset()) -> Total:
    """Of all their pages; `pdfs` are the file stems of those that are there."""
    statuses: tuple[Status, ...] = ("done", "pending", "failed", "skipped")
    counts = {task: dict.fromkeys(statuses, 0) for task in plan.TASKS}
    reasons: Counter[Reason] = Counter()

    def note(task: Task, status: Status, reason: Reason | None, times: int = 1) -> None:
        counts[task][status] += times
        if reason:
            reasons[reason] += times

    for each in tallies:
        for state in each.states:
            note(*state)
        for stem, status, reason in each.unmade:
            note("explain", *(("pending", WAITING) if stem in pdfs else (status, reason)))
    return Total(sum(each.shown for each in tallies), counts, dict(reasons.most_common()))
