"""What localdigest says, in the user's language: English as written in the source, or Chinese by the locale.

Two ways, one catalogue (`locale/zh/LC_MESSAGES/localdigest.po`). What is composed where it is shown goes through
`_` before its values are filled in. What a stage has composed already, an error or an event, stays one readable
f-string there and is stored and logged in English; `told` recognises it by its pattern (`locale/sentences.txt`)
when it is shown. scripts/catalogue.py keeps the catalogue in step with the sources; a test holds it there.
"""

from __future__ import annotations

import functools
import gettext
import os
import re
from pathlib import Path

DOMAIN = "localdigest"
FOLDER = Path(__file__).with_name("locale")
_PLACE = re.compile(r"\{(\w+)\}")
_LETTERS = re.compile(r"[A-Za-z]")

gettext.bindtextdomain(DOMAIN, str(FOLDER))


def install() -> None:
    """For the whole process, click's own words included. LOCALDIGEST_LANG goes before the locale."""
    if chosen := os.environ.get("LOCALDIGEST_LANG"):
        os.environ["LANGUAGE"] = chosen
    gettext.textdomain(DOMAIN)


def chinese() -> bool:
    """Whether the locale (LANGUAGE, LC_ALL, LC_MESSAGES, LANG: the first that is set) asks for Chinese."""
    return gettext.find(DOMAIN, str(FOLDER)) is not None


def _(text: str) -> str:
    """`text` in the user's language; `{names}` in it are for `str.format` afterwards."""
    return gettext.dgettext(DOMAIN, text) if text else ""


def told(text: str) -> str:
    """A sentence that a stage composed, in the user's language; as it is where the catalogue does not know it."""
    if not chinese():
        return text
    if (whole := _(text)) != text:
        return whole
    for pattern, template in _patterns():
        if match := pattern.fullmatch(text):
            # What was filled in may be such a sentence too: the reason of a failure, at the end of its message.
            values = {name: told(value) if " " in value else value for name, value in match.groupdict().items()}
            return template.format(**values)
    # `2512.14687v1.pdf: the PDF is ...`: what it is about, and then the sentence.
    about, colon, sentence = text.partition(": ")
    return about + colon + told(sentence) if colon else text


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each sentence that has places to fill, with its translation; the one with the most words of its own first."""
    found = []
    for sentence in sentences():
        parts = _PLACE.split(sentence)
        pattern = "".join(f"(?P<{part}>.*?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        own = sum(len(_LETTERS.findall(part)) for part in parts[::2])
        if len(parts) > 1 and (translated := _(sentence)) != sentence:
            found.append((own, (re.compile(pattern, re.DOTALL), translated)))
    return tuple(entry for _own, entry in sorted(found, key=lambda pair: -pair[0]))


def sentences() -> list[str]:
    """The sentences that `told` knows: lines of `locale/sentences.txt`, without comments."""
    lines = (FOLDER / "sentences.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
