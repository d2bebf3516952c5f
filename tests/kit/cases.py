"""Drafts under the checks, as the flows put them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localdigest.checks.registry import ANY, BULLET, CODES, TRANSLATION, Case, Check, Kind, findings
from localdigest.language.profile import Language
from localdigest.records import Finding
from tests.kit.languages import LANGUAGES


def translation(
    draft: str,
    finish: Any,
    source: str,
    why: str = "",
    *,
    language: Language,
    title: str = "",
    terms: Mapping[str, Sequence[str]] | None = None,
    of: Kind = TRANSLATION,
    figures: Sequence[str] = (),
) -> list[Finding]:
    """What is found in a translated sentence."""
    return findings(Case(source, draft, language, of, finish, why, title, terms or {}, figures))


def point(
    draft: str,
    finish: Any,
    source: str,
    why: str = "",
    *,
    language: Language,
    title: str = "",
    terms: Mapping[str, Sequence[str]] | None = None,
    figures: Sequence[str] = (),
) -> list[Finding]:
    """What is found in a bullet."""
    return translation(
        draft, finish, source, why, language=language, title=title, terms=terms, of=BULLET, figures=figures
    )


def prose(draft: str, finish: Any, source: str, language: Language) -> list[Finding]:
    """Of that what may be wrong with any draft, whatever it is of."""
    return [each for each in point(draft, finish, source, language=language) if CODES[each.code].of == ANY]


def details(check: Check, draft: str, source: str, language: Language = LANGUAGES["zh-CN"], **known: Any) -> list[str]:
    """What one check finds."""
    return check(Case(source, draft, language, **known))
