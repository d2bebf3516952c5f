"""Spans and names put right that came back changed, where one thing only can be meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from localdigest.checks.spans import places_of_new
from localdigest.text import spans
from localdigest.text.words import is_near

LONG = 5
"""Letters of a name that it is told by though one is wrong."""


def carried(source: str, draft: str) -> str:
    """`draft` with the spans of `source` put right that came back with spaces, full-width signs or other delimiters.

    Only what can mean one span and stands once in the draft is touched.
    """
    protected = spans.protected(source)
    for span in protected:
        if spans.MATH.fullmatch(span) or spans.COMMAND.fullmatch(span):  # white space in LaTeX means nothing
            spaced = r"\s*".join(map(re.escape, "".join(span.split())))
            draft = re.sub(spaced, lambda match, span=span: match[0] if match[0] in source else span, draft)  # type: ignore[misc]
            if f"`{span}`" not in source:  # put in back-quotes a formula would be printed as code
                draft = draft.replace(f"`{span}`", span)
    for span in [span for span in protected if span not in draft]:
        for pattern in _loose(span):
            matches = list(re.finditer(pattern, draft))
            if len(matches) == 1 and not _inside(matches[0], draft, protected):
                draft = draft[: matches[0].start()] + span + draft[matches[0].end() :]
                break
    return draft


def without_new_formulas(source: str, draft: str) -> str:
    r"""What a model set as a formula that the source writes plainly, as the source has it: `\( D^* \)` is D*.

    What has a command, or an exponent that would be lost, stays as it came.
    """
    if "$" in source or "\\(" in source or "\\[" in source:
        return draft

    def plain(match: re.Match[str]) -> str:
        inner = re.sub(r"\\(?:text|math[a-z]+)(?![a-z])|[{}\s]", "", next(filter(None, match.groups())))
        for said in (inner, re.sub(r"\^(?!-?\d)|_", "", inner)):
            pattern = r"\s*".join(map(re.escape, said))
            if said and (written := re.search(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", source)):
                return written[0]
        return match[0]

    return _FORMULA.sub(plain, draft)


_FORMULA = re.compile(
    r"\\\(\s*(.{1,80}?)\s*\\\)|\\\[\s*(.{1,80}?)\s*\\\]"
    r"|\$\$?\s*([A-Za-z]|[A-Za-z0-9(][^$\u2e80-\uffff]{0,40}?[_^=][^$\u2e80-\uffff]{0,40}?)\s*\$\$?"
)
"""Between dollars only what can be no price."""


def names(source: str, draft: str) -> str:
    """`draft` with proper names as the source writes them, that came back in other case or with another hyphen."""
    for name in spans.proper_names(spans.names(source)):
        if name in draft:
            continue
        parts = (re.escape(part) for part in re.split("[-_.]", name) if part)
        pattern = rf"(?<![A-Za-z0-9_./`-]){'[-_. ]?'.join(parts)}(?![A-Za-z0-9_/]|\.[a-z]|-[A-Za-z])"
        draft = re.sub(pattern, lambda match, name=name: match[0] if match[0] in source else name, draft, flags=re.I)  # type: ignore[misc]
    return draft


def misspelt(source: str, draft: str) -> str:
    """`draft` with names that are a letter off one of the source's, which it has nowhere else: OpenPop for Opencpop.

    Of a language that writes nothing else in Latin letters: in others, words may differ from English ones by a letter.
    """
    known = source.casefold()
    lost = [name for name in dict.fromkeys(spans.NAME.findall(source)) if len(name) >= LONG and name not in draft]
    for written in dict.fromkeys(spans.NAME.findall(draft)) if lost else ():
        if len(written) < LONG or written.casefold() in known:
            continue
        near = [name for name in lost if _is_slip(written, name)]
        if len(near) == 1:
            draft = re.sub(rf"(?<![A-Za-z0-9]){re.escape(written)}(?![A-Za-z0-9])", near[0], draft)
    return draft


def _is_slip(written: str, name: str) -> bool:
    one, other = written.casefold(), name.casefold()
    return (
        any(map(str.isupper, name))
        and re.sub(r"\D", "", one) == re.sub(r"\D", "", other)
        and f"{one}s" != other
        and one != f"{other}s"
        and is_near(one, other)
    )


def without_new_addresses(text: str, source: str) -> str:
    """Without the URLs and addresses that `source` does not have."""
    for start, end in reversed(places_of_new(text, source)):
        text = text[:start] + text[end:]
    return text


def _inside(match: re.Match[str], draft: str, protected: Sequence[str]) -> bool:
    """Whether it lies in another span that came back whole, or grew out of a longer one."""
    return any(
        place.start() < match.end() and match.start() < place.end()
        for span in protected
        if span in draft
        for place in re.finditer(re.escape(span), draft)
    )


def _loose(span: str) -> list[str]:
    """Patterns of what a model makes of `span`, strictest first."""

    def spaced(text: str) -> str:
        return r"\s*".join(spans.either(character) for character in "".join(text.split()))

    if spans.URL.fullmatch(span) or spans.DOMAIN.fullmatch(span):
        return [spaced(span) + r"(?![A-Za-z0-9/])"]
    if spans.CODE.fullmatch(span):
        inner = span.strip("`")
        found = [rf"[`'‘’\"“”「『]+\s*{spaced(inner)}\s*[`'‘’\"“”」』]+"]
        if len(inner) >= 3:  # without its back-quotes, where it stands by itself
            found.append(rf"(?<![A-Za-z0-9_.`]){spaced(inner)}(?![A-Za-z0-9_`])")
        return found
    if spans.MATH.fullmatch(span):
        inner = re.sub(r"^(?:\$\$?|\\[(\[])|(?:\$\$?|\\[)\]])$", "", span)
        found = [rf"(?:\$\$?|\\[(\[]|＄)\s*{spaced(inner)}\s*(?:\$\$?|\\[)\]]|＄)"]
        if re.fullmatch(r"\d[\d.,]*", inner):  # `$30$` as a number
            found.append(rf"(?<![\d.,$\\{{^_]){re.escape(inner)}(?![\d$}}]|[.,]\d)")
        if len(inner) >= 3 and not inner.isalnum():
            found.append(rf"(?<![A-Za-z0-9_$\\]){spaced(inner)}(?![A-Za-z0-9_$])")
        return found
    return [spaced(span)]
