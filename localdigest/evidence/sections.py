"""What the headings of a paper say of the sentences below them. Pure."""

from __future__ import annotations

from localdigest.evidence.cues import ROLES
from localdigest.records import Document


def roles(document: Document) -> list[str]:
    """For each sentence the role of its section. A heading without a telling word goes on with the role before it."""
    found: list[str] = []
    role, section = "background", ""
    for sentence in document.sentences:
        if sentence.section != section:
            section = sentence.section
            role = next((name for name, pattern in ROLES.items() if pattern.search(section)), role)
            if role in ("abstract", "conclusion", "skip") and not ROLES[role].search(section):
                role = "method"
        found.append(role)
    return found
