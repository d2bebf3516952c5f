"""What `status` counts of a page. Pure; kept in the library until something changes about the page's papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localdigest.pages import plan
from localdigest.records import Paper, Status, Task
from localdigest.select import selection

States = Mapping[tuple[str, Task], tuple[Status, str]]
"""Status and reason of what was made, by paper id and task."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one page, or of several added up."""

    shown: int
    counts: dict[Task, dict[Status, int]]
    reasons: dict[str, int]
    """Why something is pending, failed or skipped, and how often."""
    unmade: tuple[tuple[str, Status, str], ...] = ()
    """Breakdowns not made: the PDF's file stem, and what is said where that PDF is not there. Not counted above, since
    files come and go without the library."""


def count(
    papers: Sequence[Paper], rules: selection.Rules, language: str, made: States, absent: Mapping[str, str]
) -> Tally:
    """Of the papers of a page in `language`, in its categories.

    `absent`: the reasons noted for PDFs that are not there, by paper id.
    """
    # Of the papers of a page those were chosen that something has been made of; who else was, need not be known
    # to count them, so that nobody waits for a rank.
    begun = {paper_id: selection.Interest(1.0) for paper_id, _ in made}
    chosen = selection.choose(papers, rules, begun).papers
    found = add(())
    unmade = []
    for paper in chosen:
        for task in plan.TASKS:
            known = made.get((paper.id, task))
            if known is None and task == "explain":
                unmade.append((paper.file_stem, *_unmade(paper, task, language, absent.get(paper.id, ""))))
            else:
                _note(found, task, *(known or _unmade(paper, task, language, "")))
    return Tally(len(chosen), found.counts, found.reasons, tuple(unmade))


def _unmade(paper: Paper, task: Task, language: str, absent: str) -> tuple[Status, str]:
    return plan.obstacle(paper, task, language, False, absent) or ("pending", plan.WAITING)


def _note(tally: Tally, task: Task, status: Status, reason: str, times: int = 1) -> None:
    tally.counts[task][status] += times
    if status != "done":
        tally.reasons[reason] = tally.reasons.get(reason, 0) + times


def add(tallies: Sequence[Tally], pdfs: frozenset[str] = frozenset()) -> Tally:
    """Of all their pages; `pdfs` are the file stems of those that are there. The commonest reason comes first."""
    total = Tally(
        sum(each.shown for each in tallies),
        {task: dict.fromkeys(("done", "pending", "failed", "skipped"), 0) for task in plan.TASKS},
        {},
    )
    for each in tallies:
        for task, counts in each.counts.items():
            for status, times in counts.items():
                total.counts[task][status] += times
        for reason, times in each.reasons.items():
            total.reasons[reason] = total.reasons.get(reason, 0) + times
        for stem, status, reason in each.unmade:
            _note(total, "explain", *(("pending", plan.WAITING) if stem in pdfs else (status, reason)))
    return Tally(total.shown, total.counts, dict(Counter(total.reasons).most_common()))
