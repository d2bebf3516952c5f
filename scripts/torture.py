#!/usr/bin/env python
"""The long form of what tests/test_faults.py does in short: kills, full disks, damaged libraries. Linux only.

scripts/torture.py kills --number 300                              # a scripted engine, about 12 minutes
scripts/torture.py kills --number 20 --model qwen2.5-coder-0.5b    # the real one
scripts/torture.py disk                                            # a disk that is full at one point after another
scripts/torture.py damage                                          # a library cut and overwritten anywhere
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import faults
import killing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kills", "disk", "damage"])
    parser.add_argument("--number", type=int, default=0, help="how many (300 kills, 60 disks, 60 libraries)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="tiny", help="`tiny` is the scripted engine")
    options = parser.parse_args()
    dice, began = Random(options.seed), time.monotonic()  # noqa: S311 (moments, not secrets)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        summary: object = ""
        if options.what == "kills":
            for tally in killing.torture(folder, options.number or 300, dice, options.model):
                print(f"\r{tally}", end="", flush=True)
                summary = tally
        elif options.what == "disk":
            summary = faults.full_disks(folder, options.number or 60)
        else:
            summary = faults.damaged(folder, options.number or 60, dice)
    print(f"\r{summary}, {time.monotonic() - began:.0f} s: nothing lost, nothing half written, nothing left running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
