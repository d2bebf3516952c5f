"""Why a paper is on its page: what every package may know of a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Match:
    """What speaks for a paper: a rule or an author of the user's, or one of their interests or starred papers."""

    kind: Literal["rule", "author", "interest", "starred"]
    text: str

    def __str__(self) -> str:
        return self.text if self.kind == "rule" else f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Why a paper is on its page."""

    rank: int
    """From 1."""
    matched: tuple[Match, ...]
