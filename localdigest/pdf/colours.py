"""How light colours are, and what comes of them when they are mixed. Pure functions."""

from __future__ import annotations

import functools

WEIGHTS = 0.2126, 0.7152, 0.0722
"""Of red, green and blue in the luminance."""


@functools.lru_cache(maxsize=4096)
def luminances(*values: float) -> tuple[float, float]:
    """Relative luminance (IEC 61966-2-1) of a device's colour, and that of what it is mixed into, at least.

    Colours are mixed component by component, so that the sum of their components, each by its weight in the luminance,
    becomes no less than the least of the sums; and grey is the darkest colour of a sum.
    """
    if len(values) == 4:
        values = tuple((1 - value) * (1 - values[3]) for value in values[:3])
    elif len(values) == 1:
        values *= 3
    least = sum(max(0.0, min(1.0, part)) * share for part, share in zip(values, WEIGHTS, strict=True))
    return sum(_linear(part) * share for part, share in zip(values, WEIGHTS, strict=True)), _linear(least)


def _linear(component: float) -> float:
    return component / 12.92 if component <= 0.04045 else ((min(component, 1.0) + 0.055) / 1.055) ** 2.4


def darker(one: float | None, other: float | None) -> float | None:
    """The less of the two, None where one is not known."""
    return None if one is None or other is None else min(one, other)
