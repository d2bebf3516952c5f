"""What the headings of a paper say of the sentences below them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from localdigest.records import Document


def _any(words: str) -> re.Pattern[str]:
    """Any of the beginnings in `words`, which white space parts; `_` stands for a space inside one."""
    return re.compile("|".join(words.split()).replace("_", " "), re.IGNORECASE)


_ROLES: Mapping[str, re.Pattern[str]] = {
    "skip": _any(
        "acknowledg ethic broader_impact availability author funding licen[cs]e limitation future",
    ),
    "abstract": re.compile(r"^(abstract|summary)$", re.IGNORECASE),
    "background": _any(
        "introduction background related motivation prior_work previous literature state_of_the_art "
        "preliminar problem_(statement|definition)",
    ),
    "conclusion": _any("conclu summary"),
    "results": _any(
        "result experiment evaluat ablation analys[ie]s benchmark performance comparison discussion finding efficiency",
    ),
    "method": _any(
        "method approach architect model framework design system algorithm train data encoder decoder tokeni[sz]er "
        "pipeline implement overview recipe formulation proposed description baseline construction module "
        "network learning inference deploy loss_function losses objective task",
    ),
}
"""What a heading says of its section; the first that fits."""


def roles(document: Document) -> list[str]:
    """For each sentence the role of its section. A heading without a telling word goes on with the role before it."""
    found: list[str] = []
    role, section = "background", ""
    for sentence in document.sentences:
        if sentence.section != section:
            section = sentence.section
            role = next((name for name, pattern in _ROLES.items() if pattern.search(section)), role)
            if role in ("abstract", "conclusion", "skip") and not _ROLES[role].search(section):
                role = "method"
        found.append(role)
    return found
