"""The JSON schema of the export, and what of an export it refuses."""

from __future__ import annotations

import functools
import json
from typing import Any

import jsonschema

from tests.kit.places import ROOT

FILE = ROOT / "docs" / "schema" / "localdigest-1.schema.json"

SCHEMA: dict[str, Any] = json.loads(FILE.read_bytes())


def closed(schema: Any) -> Any:
    """The same, with no key allowed that it does not name: what we write must all be documented."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return inner | {"additionalProperties": False} if "required" in inner and len(inner["properties"]) > 0 else inner


@functools.cache
def validator(strict: bool) -> jsonschema.Draft202012Validator:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(closed(SCHEMA) if strict else SCHEMA, format_checker=checker)


def faults(exported: object, *, strict: bool = True) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(strict).iter_errors(exported)]
