"""arXiv's archives and categories: which there are, what a user's name for one means, and what an archive covers.

Where categories are wanted, an archive (`astro-ph`) stands for all that is in it, and a category for the archive that
it took in (`cs.CL` for `cmp-lg`). What papers carry is never checked: old ones name archives that are closed.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError


@functools.cache
def titles() -> Mapping[str, str]:
    """The archives and categories that take papers, by name."""
    return {name: title for name, title, now in _rows() if not now}


@functools.cache
def _successors() -> Mapping[str, str]:
    return {name: now for name, _title, now in _rows() if now}


def _rows() -> Iterable[tuple[str, str, str]]:
    for line in Path(__file__).with_name("categories.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, title, *now = line.split("\t")
            yield name, title, "".join(now)


def known(texts: Iterable[str], named_by: object) -> tuple[str, ...]:
    """The categories that `texts` name, parted by commas or spaces, as arXiv writes them; of a closed archive its heir.

    Raises ConfigError with `named_by` (a file or option) and the nearest names for one that does not exist.
    """
    names = (name for text in texts for name in re.split(r"[,;，；、\s]+", text) if name)
    return tuple(dict.fromkeys(_find(name, named_by) for name in names))


def _find(name: str, named_by: object) -> str:
    spelled = {each.casefold(): each for each in (*titles(), *_successors())}
    if found := spelled.get(name.casefold()):
        return _successors().get(found, found)
    archive = spelled.get(name.casefold().partition(".")[0], "")
    if near := _near(name.casefold()):
        meant = Notice("did you mean {near}?", ", ".join(f"{each} ({titles()[each]})" for each in near))
    elif inside := [each for each in members((archive,)) if each != archive]:
        meant = Notice("{archive} has {categories}", archive, ", ".join(inside))
    else:
        meant = Notice("arxiv.org/category_taxonomy has all")
    raise ConfigError("{named_by}: {name!r} is no arXiv category; {meant}", named_by, name, meant)


def _near(name: str) -> list[str]:
    """By the end of a name (`CL`), by spelling, by a word of the title; at most three."""
    ends = [each for each in titles() if each.casefold().endswith(f".{name}") or name.endswith(f".{each}")]
    folded = {each.casefold(): each for each in titles()}
    alike = [folded[each] for each in difflib.get_close_matches(name, folded, n=3, cutoff=0.75)]
    named = [each for each, title in titles().items() if len(name) > 3 and name in title.casefold()]
    return (ends or alike or named)[:3]


def members(categories: Iterable[str]) -> tuple[str, ...]:
    """What arXiv's indexes know each by: an archive, and every category in it."""
    inside = ((name, *(each for each in titles() if each.startswith(f"{name}."))) for name in categories)
    return tuple(dict.fromkeys(each for names in inside for each in names))


def within(category: str, wanted: Collection[str]) -> bool:
    """Whether a paper's category is one of the `wanted`, or in one of these archives."""
    now = _successors().get(category, category)
    return not {category, now, now.partition(".")[0]}.isdisjoint(wanted)
