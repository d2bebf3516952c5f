"""Characters that have no place in the language."""

from __future__ import annotations

from collections.abc import Iterator

from localdigest.checks.registry import ANY, Case, check


@check("script", of=ANY, ask="script", order=120)
def foreign(case: Case) -> Iterator[str]:
    """A character of another script, or of the other way of writing Chinese."""
    if (character := case.language.foreign_in(case.prose)) and character not in case.source:
        yield character
