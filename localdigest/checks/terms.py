"""The glossary's terms in a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localdigest.checks.registry import LIGHT, TEXT, Case, Said, check


@check("glossary", of=TEXT, weight=LIGHT, ask="term", on_page=False, order=310)
def absent(case: Case) -> Iterator[Said]:
    """A term of the source that has none of its renderings in the draft."""
    folded, said = case.draft.casefold(), case.source.casefold()
    for term, renderings in case.terms.items():
        there = renderings and re.search(rf"(?<![a-z0-9-]){re.escape(term.casefold())}(?![a-z0-9])", said)
        # A single character counts only beside what others are called: 层 is a part of 层次.
        others = [one for those in case.terms.values() if those != renderings for one in those if len(one) > 1]
        rest = re.sub("|".join(map(re.escape, others)) or "$^", "", folded)
        if there and not any(one.casefold() in (rest if len(one) == 1 else folded) for one in renderings):
            yield Said(f"{term} = {renderings[0]}", ((term, renderings[0]),))
