"""Runs in files, and figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from localdigest.evaluate import SCHEMA, Gap, Run
from localdigest.evaluate.compare import Comparison
from localdigest.evaluate.figures import Flagged, breakdowns, by_field, flagged_papers, flagged_texts, translations
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
            "flagged": _flagged(flagged_texts(run)),
            "fields": msgspec.to_builtins(by_field(run)),
        }
        found["translation"] = msgspec.to_builtins(translated) | rates
    if run.gaps:
        found |= gaps(run.gaps)
    if explained := breakdowns(run):
        shares = {
            "supported_share": round(explained.supported_share, 4),
            "found_share": round(explained.found_share, 4),
            "flagged": _flagged(flagged_papers(run)),
        }
        found["breakdown"] = msgspec.to_builtins(explained) | shares
    return found


def _flagged(found: Iterable[Flagged]) -> list[dict[str, Any]]:
    return [{"id": one.id, "found": tuple(map(str, one.found))} for one in found]


def gaps(found: Iterable[Gap]) -> dict[str, Any]:
    """Under `terms_lacking`, by field: what the tables of terms lack."""
    by_field: dict[str, list[dict[str, Any]]] = {}
    for gap in found:
        told = {"term": gap.term, "texts": gap.texts, "times": gap.times, "elsewhere": gap.elsewhere}
        by_field.setdefault(gap.field, []).append(told)
    return {"terms_lacking": by_field}


def comparison(found: Comparison) -> dict[str, Any]:
    """Both runs' figures over what they have in common, and the interval of the difference in chrF."""
    told: dict[str, Any] = {"a": figures(found.a), "b": figures(found.b)}
    return told | ({"chrf_difference": msgspec.to_builtins(found.chrf)} if found.chrf else {})


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
