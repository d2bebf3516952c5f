"""What quality to expect of a model's translations: what readers measured, told in a line, or that nobody did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localdigest.messages import Notice

if TYPE_CHECKING:
    from localdigest.models.catalogue import ModelSpec


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a model translated, read sentence by sentence: MQM's errors a hundred sentences."""

    language: str
    critical: tuple[float, float]
    """The least and the most that a reader found."""
    major: tuple[float, float]
    sentences: int
    abstracts: int
    fields: int
    readers: int


def expectation(spec: ModelSpec) -> Notice:
    """Of one model."""
    if not (found := spec.measured):
        return Notice("{name}: how well it translates was not measured", spec.name)
    return Notice(
        "{name}: {critical} critical and {major} major errors in a hundred sentences translated ({language}; {readers} "
        "readers, {sentences} sentences of {abstracts} abstracts, {fields} fields)",
        spec.name,
        span(found.critical),
        span(found.major),
        found.language,
        found.readers,
        found.sentences,
        found.abstracts,
        found.fields,
    )


def expectations(specs: Iterable[ModelSpec]) -> list[Notice]:
    """A line for each model that was measured, and one for all others."""
    known = [expectation(spec) for spec in specs if spec.measured]
    return [*known, Notice("How well the other models translate was not measured")]


def span(figures: tuple[float, float]) -> str:
    """`4.3`, `44–46`."""
    return "–".join(f"{figure:g}" for figure in dict.fromkeys(figures))


def measured(specs: Iterable[ModelSpec], sha256: str, language: str) -> Measured | None:
    """Of the model with these bytes, where it was measured in that language."""
    found = next((spec.measured for spec in specs if spec.sha256 == sha256), None)
    return found if found and found.language == language else None
