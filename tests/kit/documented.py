"""The commands that README and docs show, in the order in which a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.kit.places import ROOT

PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
NO_LINES = ("CHANGELOG.md", "configuration.md")
"""What is set in there as code are settings, and commands as they once were."""
_SETTING = re.compile(r"\[|\{|[\w.]+ = |import |schema = ")
_BEFORE = re.compile(r"(\w+\$ )?([A-Z_]+=('[^']*'|\"[^\"]*\"|\S+) )*(\S*venv/bin/)?")
"""Whose machine it is, variables, and where the environment's programs lie."""
_SYNTAX = re.compile(r"\b[A-Z]{2,}\b|\||\.\.\.|…")
"""Stands for something else."""


def pieces(page: Path) -> Iterator[str]:
    """Each command of a page by itself: those of its lines of code, and those within a sentence that somebody could
    type as they stand (`localdigest render` there is a name)."""
    text = re.sub(r"`(?:[^`\n]*\n?)+?`", lambda inline: inline[0].replace("\n", " "), page.read_text("utf-8"))
    for line in text.split("\n") if page.name not in NO_LINES else ():
        if line.startswith("    ") and line[4:5].strip():
            for piece in line.strip().partition("  #")[0].split(" && "):
                bare = _BEFORE.sub("", piece.strip(), count=1)
                if bare and not _SETTING.match(bare):
                    yield bare.strip()
        else:
            for inline in re.findall(r"`(localdigest [^`]+)`", line):
                if re.search(r" -|\.\w", inline) and not _SYNTAX.search(inline):
                    yield inline
