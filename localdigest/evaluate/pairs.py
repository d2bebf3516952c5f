"""How well the checks tell right translations from wrong ones: pairs of which it is known, and no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from localdigest.checks.registry import Case, cost, findings
from localdigest.language.profile import find
from localdigest.messages.errors import InputRefused

Verdict = Literal["right", "wrong"]


@dataclass(frozen=True, slots=True)
class Judged:
    id: str
    verdict: Verdict
    source: str
    translation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Ids are in the file's order."""

    right: int
    false_alarms: tuple[str, ...]
    """Right translations with a finding that costs something."""
    wrong: int
    missed: tuple[str, ...]
    """Wrong ones without."""


def read(path: Path) -> list[Judged]:
    """Lines `id, right|wrong, source, translation`, parted by tabs; `#` begins a comment. Raises InputRefused."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused("{path}: cannot be read ({error}); give a TSV file of pairs", path, error) from error
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            cells = line.split("\t")
            if len(cells) != 4 or cells[1] not in get_args(Verdict):
                raise InputRefused("{path}, line {number}: a pair is id, right or wrong, source, translation, "
                                   "parted by tabs", path, number)  # fmt: skip
            rows.append(Judged(cells[0], "right" if cells[1] == "right" else "wrong", cells[2], cells[3]))
    return rows


def judge(rows: Sequence[Judged], language: str) -> Outcome:
    """By the checks of a translated sentence, the glossary left out."""
    found = {row: cost(findings(Case(row.source, row.translation, find(language)))) > 0 for row in rows}
    right = [row for row in rows if row.verdict == "right"]
    wrong = [row for row in rows if row.verdict == "wrong"]
    false_alarms = tuple(row.id for row in right if found[row])
    return Outcome(len(right), false_alarms, len(wrong), tuple(row.id for row in wrong if not found[row]))
