"""Runs in files, and figures as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from localdigest.evaluate import SCHEMA, Run
from localdigest.evaluate.figures import breakdowns, by_field, flagged_papers, flagged_texts, translations
from localdigest.files import write_atomic
from localdigest.messages.errors import InputRefused


def figures(run: Run) -> dict[str, Any]:
    """What ran, and the figures of each task under `translation` and `breakdown`."""
    fields = ("model", "language", "way", "engine", "localdigest", "prompts")
    found: dict[str, Any] = {name: getattr(run, name) for name in fields}
    if translated := translations(run):
        share = translated.terms_kept_share
        rates = {
            "terms_kept_share": None if share is None else round(share, 4),
            "numbers_wrong_per_1000": round(translated.numbers_wrong_per_1000, 2),
            "numbers_unmarked_per_1000": round(translated.numbers_unmarked_per_1000, 2),
            "flagged": msgspec.to_builtins(flagged_texts(run)),
            "fields": msgspec.to_builtins(by_field(run)),
        }
        found["translation"] = msgspec.to_builtins(translated) | rates
    if explained := breakdowns(run):
        shares = {
            "supported_share": round(explained.supported_share, 4),
            "found_share": round(explained.found_share, 4),
            "flagged": msgspec.to_builtins(flagged_papers(run)),
        }
        found["breakdown"] = msgspec.to_builtins(explained) | shares
    return found


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def save(run: Run, path: Path) -> None:
    """The run with all its texts, so that it can be judged and compared again. Raises ConfigError."""
    write_atomic(path, as_json({"schema": SCHEMA, "figures": figures(run), "run": msgspec.to_builtins(run)}) + "\n")


def load(path: Path) -> Run:
    """A saved run. Raises InputRefused."""
    try:
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise InputRefused(
                "{path}: not a run of `localdigest eval --save` (schema {schema}); make one with it", path, SCHEMA
            )
        return msgspec.convert(data.get("run"), Run)
    except (OSError, ValueError) as error:  # msgspec's and json's are ValueErrors
        raise InputRefused(
            "{path}: cannot be read as a run ({error}); save it again with --save", path, error
        ) from error
