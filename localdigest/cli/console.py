"""rich's console, by the one way to a terminal: what it prints is plain text, and the controls are its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from localdigest.cli.out import lines


class _Plain(Console):
    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        return super()._render_buffer(
            each if each.control else Segment(lines(each.text), each.style) for each in buffer
        )


def console(**how: Any) -> Console:
    """On standard output unless `stderr` or a `file` is asked for; nothing in a text is markup."""
    return _Plain(highlight=False, markup=False, **how)
