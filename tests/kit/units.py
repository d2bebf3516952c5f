"""Units read back as systemd does, and names that are hard to write into them."""

from __future__ import annotations

import re
from datetime import time

AT = time(7, 5)

ODD = [
    "plain",
    "with space",
    "100% done %h %%",
    "quote's",
    'double "quoted"',
    "$HOME and ${PATH} $$",
    "a&b <c>; #d",
    "日报",
]


def parse(text: str) -> dict[str, list[tuple[str, str]]]:
    """A unit file's sections, as systemd.syntax(7) has them."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            entries = sections.setdefault(line.strip("[]"), [])
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            entries.append((key, value))
    return sections


def split(line: str, variables: bool) -> list[str]:
    """Words of a unit's line: quotes and escapes, then `%`, then `$` but in the first word (systemd.service(5))."""
    found = []
    for number, word in enumerate(re.findall(r'"((?:[^"\\]|\\.)*)"(?:\s+|$)', line)):
        word = re.sub(r"\\(.)", r"\1", word)
        assert not re.search("%", word.replace("%%", "")), "a specifier"
        word = word.replace("%%", "%")
        if number and variables:
            assert not re.search(r"\$", word.replace("$$", "")), "a variable"
            word = word.replace("$$", "$")
        found.append(word)
    return found
