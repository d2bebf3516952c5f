#!/usr/bin/env python
"""Every hostile PDF of tests/kit/hostile_pdfs.py, and of a folder, read as the digest reads them: about a minute.

scripts/torture_inputs.py                        # the made ones
scripts/torture_inputs.py --folder some/pdfs     # and whatever lies there
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from localdigest import pdf
from tests.kit.hostile_pdfs import MADE

LIMIT = 60.0
"""Seconds for each."""
PARENT = 300 << 20
"""Bytes that this process may have used at most."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="more PDFs: all below this folder")
    options = parser.parse_args()
    bad = []
    with tempfile.TemporaryDirectory() as place:
        for name, make in MADE.items():
            path = Path(place) / f"{name}.pdf"
            path.write_bytes(make())
            bad += [name] * (not tried(path))
            path.unlink()
    for path in sorted(options.folder.rglob("*.pdf")) if options.folder else ():
        bad += [path.name] * (not tried(path))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    print(f"the parent used {used >> 20} MiB at most")
    if bad or used > PARENT:
        print(f"NOT as promised: {', '.join(bad) or 'memory of the parent'}")
        return 1
    return 0


def tried(path: Path) -> bool:
    """Whether it was read or refused for a reason in time, and not by a crash."""
    began = time.monotonic()
    try:
        said, well = f"read, {len(pdf.read(path, timeout=LIMIT).sentences)} sentences", True
    except pdf.PdfUnreadable as error:
        said, well = str(error), error.reason != "crashed"
    spent = time.monotonic() - began
    print(f"{spent:5.1f} s  {path.stem:28} {said[:120]}", flush=True)
    return well and spent < LIMIT + 5


if __name__ == "__main__":
    sys.exit(main())
