"""What localdigest says, in the user's language: English as written in the source, or Chinese by the locale.

What is composed where it is shown goes through `_` before its values are filled in. What is composed elsewhere, an
error, an event, a reason, is a `Notice`: it travels, and is stored, as its English template and the values, is told in
the user's language where it is shown (`told`) and is plain English in logs and exports (`str`). The catalogue is
`locale/zh/LC_MESSAGES/localdigest.po`; scripts/catalogue.py keeps it in step with the sources; a test holds it there.
"""

from __future__ import annotations

import gettext
import os
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "localdigest"
FOLDER = Path(__file__).parents[1] / "locale"

gettext.bindtextdomain(DOMAIN, str(FOLDER))


def install() -> None:
    """For the whole process, click's own words included. LOCALDIGEST_LANG goes before the locale."""
    if chosen := os.environ.get("LOCALDIGEST_LANG"):
        os.environ["LANGUAGE"] = chosen
    gettext.textdomain(DOMAIN)


def chinese() -> bool:
    """Whether the locale (LANGUAGE, LC_ALL, LC_MESSAGES, LANG: the first that is set) asks for Chinese."""
    return gettext.find(DOMAIN, str(FOLDER)) is not None


def locale_tag() -> str:
    """The locale's language as pages name theirs: `zh-CN` of `zh_CN.UTF-8`; "" where none is set, or C."""
    chosen = (os.environ.get(name, "") for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    first = next(filter(None, chosen), "").partition(":")[0]
    tag = first.partition(".")[0].partition("@")[0].replace("_", "-")
    return "" if tag in ("C", "POSIX") else tag


def _(text: str, /, *values: object) -> str:
    """`text` in the user's language, `values` in its places as in a `Notice`; without, it is for `str.format` later."""
    return told(Notice(text, *values)) if values else gettext.dgettext(DOMAIN, text) if text else ""


@dataclass(frozen=True, slots=True, init=False)
class Notice:
    """A sentence, or a part of one, that is not filled in before somebody is told: in English, `str` does that."""

    text: str
    """English, with `{places}` as for `str.format`; without values it stands as it is."""
    values: Mapping[str, str | int | float | Notice]

    def __init__(self, text: str, /, *values: object) -> None:
        """The values are in the order in which the places are first named: a test counts them in the sources."""
        object.__setattr__(self, "text", text)
        named = zip(places(text), values, strict=True) if values else ()
        object.__setattr__(self, "values", {name: _value(value) for name, value in named})

    def __str__(self) -> str:
        return self._filled(self.text, str)

    def __hash__(self) -> int:
        return hash(str(self))

    def value(self, place: str) -> str | int | float | Notice | None:
        """What was filled in there, or in a message that was filled in."""
        if place in self.values:
            return self.values[place]
        inner = (value.value(place) for value in self.values.values() if isinstance(value, Notice))
        return next((found for found in inner if found is not None), None)

    def _filled(self, template: str, say: Callable[[Notice], str]) -> str:
        values = {name: say(value) if isinstance(value, Notice) else value for name, value in self.values.items()}
        return template.format(**values) if values else template


def places(text: str) -> tuple[str, ...]:
    """The names of the places to fill in, each once."""
    return tuple(dict.fromkeys(name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name))


def _value(value: object) -> str | int | float | Notice:
    """What can be stored: an error or a reason as its message, anything else that is no number as its text."""
    carried = getattr(value, "notice", value)
    return carried if isinstance(carried, Notice | int | float) else str(value)


def told(message: Notice | str) -> str:
    """In the user's language, with what was filled in; as it is where the catalogue does not know it."""
    return message if isinstance(message, str) else message._filled(_(message.text), told)


Say = Callable[[Notice | str], None]
"""Whoever is told of an event; a `str` is English in any locale."""


def joined(messages: Iterable[Notice | str], separator: str) -> Notice:
    """One message of several."""
    parts = tuple(messages)
    return Notice(separator.join(f"{{part{number}}}" for number in range(len(parts))), *parts)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is not there: a code to decide by and to count, and what is said of it."""

    code: str
    why: Notice | str

    @property
    def notice(self) -> Notice:
        return Notice("{about}: {why}", self.code, self.why)

    def __str__(self) -> str:
        return str(self.notice)
