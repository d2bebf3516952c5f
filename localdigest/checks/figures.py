"""Figures of a result: which a bullet lost, and whose it makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localdigest.checks.numbers import lost
from localdigest.checks.registry import BULLET, LIGHT, MARK, Case, Said, check
from localdigest.text import spans

_OWNED = re.compile(r"([A-Za-z][\w.-]*\w)(?: [a-z]+)?(?: \[[\d, –-]+\])?(?: [a-z]+)? ?\((\d+(?:\.\d+)?) ?%?\)")
"""A name and its figure: `AISHELL-1 [4] (0.60)`, `AISHELL-2 ios [17] (2.56)`."""


@check("figure-missing", of=BULLET, weight=LIGHT, ask="figures", order=290)
def missing(case: Case) -> Iterator[Said]:
    """A result that keeps fewer than half of its evidence's figures, and whose they are."""
    gone = lost(case.draft, ", ".join(case.figures), case.language) if case.figures else []
    if 2 * len(gone) > len(set(case.figures)):
        owners = {figure: name for name, figure in _OWNED.findall(case.source)}
        told = [f"{owners[figure]} ({figure})" if figure in owners else figure for figure in gone]
        yield Said(", ".join(told), tuple((owners.get(figure, ""), figure) for figure in gone))


@check("number-misplaced", of=BULLET, weight=MARK, ask="figures", order=231)
def misplaced(case: Case) -> Iterator[str]:
    """A figure that stands behind a name in the evidence, AISHELL-1 (0.60), and behind one without any in a bullet."""
    owned = [(name, figure) for name, figure in _OWNED.findall(case.source) if spans.is_name(name)]
    owners = {name for name, _ in owned}
    others = [name for name in case.source_names if name not in owners] if owned else []
    for name, figure in owned:
        place = re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d|\.\d)", case.draft)
        if not place:
            continue
        before, after = case.draft[: place.start()], case.draft[place.end() : place.end() + len(name) + 8]
        nearer = before[before.rfind(name) + len(name) :] if name in before else before
        if name not in after and any(other in nearer for other in others):
            yield f"{name} ({figure})"
