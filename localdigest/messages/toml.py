"""Where in a TOML file something stands, for whoever has to mend it."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from localdigest.messages import Notice

Key = str | int
"""A name in a table, or a number in an array."""


@dataclass(frozen=True, slots=True)
class Place:
    """Told as file and line; the line is looked for when it is told."""

    path: Path
    text: str = ""
    """What was read of the file."""
    keys: tuple[Key, ...] = ()

    def at(self, *keys: Key) -> Place:
        return replace(self, keys=(*self.keys, *keys))

    @property
    def notice(self) -> Notice:
        number = line_of(self.text, self.keys)
        return Notice("{path}, line {number}", self.path, number) if number else Notice(str(self.path))

    def wrong(self, told: object) -> tuple[Place, str, str]:
        """The place, the key and the trouble of msgspec's "trouble - at `$.window.look_back`"; `$` stands here."""
        why, _, at = str(told).partition(" - at `$")
        keys = [int(number) if number else name for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", at)]
        return self.at(*keys), ".".join(key for key in keys if isinstance(key, str)), why


def value_at(document: Any, keys: Iterable[Key]) -> Any:
    """What a TOML document has there; None where nothing is."""
    for key in keys:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def line_of(text: str, keys: tuple[Key, ...]) -> int:
    """The line, from 1, on which what a TOML document has at `keys` begins, or the nearest table around it; else 0.

    tomllib keeps no places, but the shortest beginning of a document that has something ends where that does.
    """
    lines = text.split("\n")
    while keys and value_at(tomllib.loads(text), keys) is None:
        keys = keys[:-1]
    if not keys:
        return 0

    def whole(count: int) -> tuple[int, Any]:
        """As many of the first `count` lines as can be read, and what they say."""
        for some in range(count, 0, -1):
            try:
                return some, tomllib.loads("\n".join(lines[:some]))
            except tomllib.TOMLDecodeError:
                pass  # within an array or a text of several lines
        return 0, {}

    end = bisect_left(range(len(lines)), True, key=lambda count: value_at(whole(count)[1], keys) is not None)
    return whole(end - 1)[0] + 1
