"""What pypdf's objects hold, read without pypdf: references, numbers, layers. Pure functions.

Chapter and table numbers are those of ISO 32000-2.
"""

from __future__ import annotations

from typing import Any


def resolve(value: Any) -> Any:
    """The object that an indirect reference stands for; anything else as it is."""
    return value.get_object() if hasattr(value, "get_object") else value


def entry(holder: Any, *keys: str) -> Any:
    """The first of the keys that a dictionary has, resolved; None without any or without a dictionary."""
    holder = resolve(holder)
    if isinstance(holder, dict):
        for key in keys:
            if (value := resolve(holder.get(key))) is not None:
                return value
    return None


def numbers(values: Any) -> list[float]:
    """The finite numbers among the items of an array, clear of absurd sizes; empty for anything else."""
    values = resolve(values)
    if not isinstance(values, (list, tuple)):
        return []
    some = [resolve(value) for value in values]
    return [max(-1e9, min(1e9, float(value))) for value in some if isinstance(value, (int, float))]


# ---------------------------------------------------------------- layers: optional content (8.11)


def switched_off(catalog: Any) -> frozenset[Any]:
    """The layers that a viewer does not show at first, as `is_off` wants them; none where that is damaged."""
    try:
        return _switched_off(catalog)
    except MemoryError:
        raise
    except Exception:  # isolation boundary: references that lead nowhere, or in circles
        return frozenset()


def _switched_off(catalog: Any) -> frozenset[Any]:
    properties = entry(catalog, "/OCProperties")
    default = entry(properties, "/D")

    def groups(holder: Any, key: str) -> set[Any]:
        listed = entry(holder, key)
        return {_identity(item) for item in listed} if isinstance(listed, list) else set()

    if entry(default, "/BaseState") == "/OFF":
        return frozenset(groups(properties, "/OCGs") - groups(default, "/ON"))
    return frozenset(groups(default, "/OFF"))


def is_off(off: frozenset[Any], holder: Any, key: str) -> bool:
    """Whether the layer that a dictionary has under a key, or the layers of a membership (Table 97), are off.

    Visibility expressions are not followed.
    """
    holder = resolve(holder)
    raw = dict.get(holder, key) if off and isinstance(holder, dict) else None
    if raw is None:
        return False
    if entry(raw, "/Type") != "/OCMD":
        return _identity(raw) in off
    listed = entry(raw, "/OCGs")
    groups = listed if isinstance(listed, list) else [dict.get(resolve(raw), "/OCGs")]
    states = [_identity(group) in off for group in groups]
    shown = {"/AllOn": not any(states), "/AnyOff": any(states), "/AllOff": all(states)}
    return bool(states) and not shown.get(str(entry(raw, "/P")), not all(states))


def _identity(value: Any) -> Any:
    """An object's number, or its place in memory where it has none."""
    return getattr(value, "idnum", None) or id(resolve(value))
