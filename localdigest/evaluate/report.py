"""A run and its figures as JSON, in a file or on standard output, and as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from localdigest.evaluate import Run
from localdigest.evaluate.figures import translations
from localdigest.evaluate.table import plain_text, sections
from localdigest.files import write_atomic


def figures(run: Run) -> dict[str, Any]:
    """Machine-readable: what ran, and the figures of each task."""
    found: dict[str, Any] = {
        "model": run.model, "language": run.language, "way": run.way, "engine": run.engine,
        "localdigest": run.localdigest, "prompts": run.prompts,
    }  # fmt: skip
    if translated := translations(run):
        found["translation"] = msgspec.to_builtins(translated)
    return found


def show(run: Run, as_json: bool, save: Path | None, echo: Callable[[str], None]) -> None:
    """Print the figures; keep the run where `save` says. Raises ConfigError where it cannot be written."""
    if save:
        data = {"figures": figures(run), "run": msgspec.to_builtins(run)}
        write_atomic(save, msgspec.json.format(msgspec.json.encode(data)))
    if as_json:
        echo(msgspec.json.format(msgspec.json.encode(figures(run))).decode())
        return
    echo(f"{run.model}, {run.language}, {run.way}")
    echo(plain_text(sections(run, translations(run))))
