#!/usr/bin/env python
"""The quality that must not get lost: the choice of evidence and the 0.5B model over a small set, against floors.

    scripts/quality_gate.py                       measures, prints, ends with 1 where a figure is below its floor
    scripts/quality_gate.py --update              also raises the floors to what was measured, less their margin
    scripts/quality_gate.py --update --lower "why it may be worse"   lowers them too, and keeps the reason

The floors are in quality_floors.toml beside this file. The set is tests/data/quality.jsonl and the shipped sample day;
for the choice, which needs no model, its PDFs and those of tests/data/evidence, where their key facts are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FLOORS = Path(__file__).with_name("quality_floors.toml")
MODEL = "qwen2.5-coder-0.5b"
SAMPLE = ROOT / "localdigest" / "sample"
FACTS = ROOT / "tests" / "data" / "evidence"
NO_MODEL = 5
"""Exit code of `localdigest eval` where the model is not on this machine."""


@dataclass(frozen=True)
class Floor:
    """What a figure must be. `margin` is what another machine's rounding may cost: greedy answers differ by it."""

    figure: str
    """Its place in the JSON of `localdigest eval`: `translation.scores.chrf`."""
    better: str
    """`higher`, or `lower` for what should not be there; then the floor is a ceiling."""
    value: float
    margin: float = 0.0

    def holds(self, measured: float) -> bool:
        return measured >= self.value if self.better == "higher" else measured <= self.value

    def updated(self, measured: float) -> Floor:
        """Pinned to `measured`, less the margin; a count cannot fall below 0, nor a share rise above what it is."""
        value = measured - self.margin if self.better == "higher" else measured + self.margin
        return replace(self, value=round(value, 4))

    def lowers(self, new: Floor) -> bool:
        """Whether `new` lets something pass that this one stops."""
        return new.value < self.value if self.better == "higher" else new.value > self.value


@dataclass(frozen=True)
class Pins:
    floors: tuple[Floor, ...]
    lowered: tuple[Mapping[str, str], ...] = ()
    """Each time that a floor was lowered: when, which, and why."""


def read(path: Path) -> Pins:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Pins(tuple(Floor(**table) for table in data["floor"]), tuple(data.get("lowered", ())))


def write(path: Path, pins: Pins) -> None:
    lines = ["# Written by `scripts/quality_gate.py --update`; margins and figures may be edited by hand, values not."]
    for floor in pins.floors:
        lines += ["", "[[floor]]", f'figure = "{floor.figure}"', f'better = "{floor.better}"']
        lines += [f"value = {floor.value:g}", f"margin = {floor.margin:g}"]
    for entry in pins.lowered:
        # A JSON string is a TOML one.
        lines += [
            "",
            "[[lowered]]",
            *(f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in entry.items()),
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def updated(pins: Pins, figures: Mapping[str, Any], lower: str, today: str) -> Pins:
    """The floors pinned to `figures`. One that would fall stays, unless `lower` says why it may."""
    floors, lowered = [], list(pins.lowered)
    for floor in pins.floors:
        new = floor.updated(figure(figures, floor.figure))
        if floor.lowers(new):
            if not lower:
                floors.append(floor)
                continue
            change = f"{floor.value:g} to {new.value:g}"
            lowered.append({"on": today, "figure": floor.figure, "change": change, "reason": lower})
        floors.append(new)
    return Pins(tuple(floors), tuple(lowered))


def figure(figures: Mapping[str, Any], name: str) -> float:
    """The figure at a dotted place. Raises SystemExit, with its name, where it is not there."""
    found: Any = figures
    for key in name.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, (int, float)):
        sys.exit(f"no figure {name}: correct {FLOORS.name}, or EXTRAS='[eval]' scripts/setup for chrF and BLEU")
    return found


def table(pins: Pins, figures: Mapping[str, Any]) -> tuple[str, bool]:
    """The figures against their floors in lines of text, and whether all hold."""
    lines, all_hold = [f"{'figure':40} {'measured':>10} {'floor':>12}"], True
    for floor in pins.floors:
        measured = figure(figures, floor.figure)
        holds = floor.holds(measured)
        all_hold &= holds
        sign = ">=" if floor.better == "higher" else "<="
        lines.append(f"{floor.figure:40} {measured:10g} {sign + f' {floor.value:g}':>12}{'' if holds else '  BELOW'}")
    return "\n".join(lines), all_hold


def measure(model: str) -> dict[str, Any] | None:
    """The figures of texts and breakdowns; None where the model is not on this machine."""
    given = [str(ROOT / "tests" / "data" / "quality.jsonl"), "--pdfs", str(SAMPLE / "pdfs")]
    return _figures(*given, "--listing", str(SAMPLE / "atom.xml"), "--model", model)


def choice() -> dict[str, Any]:
    """The figures of the evidence that is chosen."""
    pdfs = [str(path) for folder in (SAMPLE / "pdfs", FACTS) for path in sorted(folder.glob("*.pdf"))]
    return _figures("--evidence", *pdfs, "--facts", str(FACTS)) or {}


def _figures(*given: str) -> dict[str, Any] | None:
    """Those of `localdigest eval` as it ships."""
    command = [sys.executable, "-m", "localdigest", "-q", "eval", *given, "--json"]
    with tempfile.TemporaryDirectory() as empty:  # no workspace: the defaults are what is measured
        done = subprocess.run([*command, "-C", empty], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode == NO_MODEL:
        return None
    if done.returncode:
        sys.exit(done.returncode)
    return dict(json.loads(done.stdout))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="pin the floors to what is measured; raising only")
    parser.add_argument("--lower", metavar="REASON", default="", help="with --update: floors may fall, for this reason")
    parser.add_argument("--figures", type=Path, help="figures measured before (eval --json), instead of measuring")
    parser.add_argument("--may-skip", action="store_true", help="end with 0 where the model is not on this machine")
    given = parser.parse_args()
    if given.lower and not given.update:
        parser.error("--lower goes with --update")
    pins, chosen = read(FLOORS), {} if given.figures else choice()
    written = json.loads(given.figures.read_bytes()) if given.figures else measure(MODEL)
    if written is None:
        print(f"quality not measured: {MODEL} is not here; `localdigest models pull {MODEL}`", file=sys.stderr)
        own = [floor for floor in pins.floors if floor.figure.startswith("evidence.")]
        text, holds = table(Pins(tuple(own)), chosen)
        print(text)
        return (0 if given.may_skip else NO_MODEL) if holds else 1
    figures = chosen | written
    if given.update:
        pins = updated(pins, figures, given.lower, f"{datetime.now(UTC):%Y-%m-%d}")
        write(FLOORS, pins)
    text, all_hold = table(pins, figures)
    print(text)
    seconds = [figures[task].get("seconds", 0.0) for task in ("translation", "breakdown")]
    print(f"translation {seconds[0]:.0f} s, breakdowns {seconds[1]:.0f} s")
    if not all_hold:
        print("\nbelow its floor; if that is meant: scripts/quality_gate.py --update --lower REASON", file=sys.stderr)
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
