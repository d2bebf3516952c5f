#!/usr/bin/env python
"""The long form of what the tests of faults do in short, with its figures as a table at the end. Linux only.

scripts/torture.py                                   # all of it: some 40 minutes on two cores, with the 0.5B model
scripts/torture.py kills disks                       # some of it
scripts/torture.py model --number 20 --model starter
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from localdigest.messages.errors import LocaldigestError
from localdigest.models import catalogue
from tests.kit import faults, killing
from tests.kit import packages_under_fire as fire


@dataclass(frozen=True)
class Trial:
    what: str
    number: int
    """How many, unless said."""
    run: Callable[[Path, int, Random, str], object]
    needs: Callable[[str], str] = lambda _: ""
    """Why it cannot be done here; empty where it can."""


def kills(folder: Path, number: int, dice: Random, model: str) -> object:
    summary: object = ""
    for summary in killing.torture(folder, number, dice, model):
        print(f"\r{summary}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return summary


def missing_model(name: str) -> str:
    try:
        catalogue.locate(catalogue.load_catalogue(()).find(name), catalogue.models_folder())
    except LocaldigestError as error:
        return str(error)
    return ""


def no_mounts(_: str) -> str:
    return "" if faults.can_mount() else "may not mount in a namespace of its own here"


def no_compiler(_: str) -> str:
    return "" if faults.compiler() else "needs a C compiler"


def no_hypothesis(_: str) -> str:
    return "" if importlib.util.find_spec("hypothesis") else "needs hypothesis (extra `dev`)"


def edges(folder: Path, number: int, dice: Random, _: str) -> str:
    """tests/unit/test_edges.py, with other examples each time."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/unit/test_edges.py", "-q", f"--basetemp={folder}"],
        cwd=Path(__file__).resolve().parents[1],
        env=os.environ | {"LOCALDIGEST_EDGES": str(number)},
        capture_output=True,
        text=True,
        timeout=600 * number,  # a reader that hangs is a defect, too
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout.splitlines()[-1]


TRIALS = {
    "kills": Trial(
        "any process killed, scripted engine", 300, lambda folder, number, dice, _: kills(folder, number, dice, "tiny")
    ),
    "model": Trial("any process killed, real model", 20, kills, missing_model),
    "disks": Trial(
        "disk full at every block", 150, lambda folder, number, *_: faults.full_disks(folder, number), no_mounts
    ),
    "folders": Trial("read-only folders", 2, lambda folder, *_: faults.read_only_folders(folder), no_mounts),
    "damage": Trial(
        "library cut or overwritten", 60, lambda folder, number, dice, _: faults.damaged(folder, number, dice)
    ),
    "clock": Trial(
        "clock set anew during runs", 20, lambda folder, number, dice, _: faults.clocks(folder, number, dice),
        no_compiler,
    ),
    "packages": Trial(
        "signed packages changed", 200, lambda folder, number, dice, _: fire.changed(
            fire.prepared(folder), folder / "case", number, dice)
    ),
    "opens": Trial(
        "`package open` killed", 50, lambda folder, number, dice, _: fire.killed(
            fire.prepared(folder), folder / "labs", number, dice)
    ),
    "large": Trial(
        "a package as large as can be", 1, lambda folder, *_: fire.many(fire.prepared(folder), folder / "case")
    ),
    "edges": Trial("input changed at random, N times the tests' number", 10, edges, no_hypothesis),
    "rivals": Trial("several runs at once", 10, lambda folder, number, *_: faults.rivals(folder, number)),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help=f"of {', '.join(TRIALS)}; default: all")
    parser.add_argument("--number", type=int, default=0, help="of each, in place of its own number")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b", help="for `model`")
    options = parser.parse_args()
    if unknown := set(options.what) - set(TRIALS):
        parser.error(f"{', '.join(sorted(unknown))}: choose of {', '.join(TRIALS)}")
    rows, failed = [], False
    for name in options.what or TRIALS:
        trial, began = TRIALS[name], time.monotonic()
        print(f"{name}: {trial.what}", file=sys.stderr)
        if why := trial.needs(options.model):
            rows.append((name, "NOT DONE", why, 0.0))
            continue
        with tempfile.TemporaryDirectory(prefix="torture-") as place:
            try:
                said = trial.run(Path(place), options.number or trial.number, Random(options.seed), options.model)  # noqa: S311
                verdict = "holds"
            except AssertionError as error:
                said, verdict, failed = " ".join(str(error).split())[:300], "FAILS", True
        rows.append((name, verdict, str(said), time.monotonic() - began))
    for name, verdict, said, seconds in rows:
        print(f"{name:8} {verdict:8} {seconds:5.0f} s  {TRIALS[name].what}: {said}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
