#!/usr/bin/env python
"""Kill a run at random moments, each time with SIGKILL to its whole process group, then let it finish.

Nothing that was stored may be lost or changed, nothing may be doubled, and the last run must finish the day:

    scripts/kill_resume.py --kills 10 --model qwen2.5-coder-0.5b
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "localdigest" / "sample"


def stored(library: Path) -> dict[str, tuple[str, str]]:
    """Status and record of every result by its key, from a library that must be whole."""
    if not library.exists():
        return {}
    with closing(sqlite3.connect(library)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",), "integrity_check failed"
        return {key: (status, record) for key, status, record in db.execute("SELECT key, status, record FROM results")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=25, help="seconds that a run may live at most")
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--listing", type=Path, default=SAMPLE / "atom.xml")
    parser.add_argument("--pdf-dir", type=Path, default=SAMPLE / "pdfs")
    parser.add_argument("--date", default="2026-01-30")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 (moments, not secrets)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "digest" / "library.db"
        command = [sys.executable, "-c", "from localdigest.cli import main; main()", "run", "-C", str(library.parent)]
        command += ["--from", str(options.listing), "--pdf-dir", str(options.pdf_dir), "--date", options.date]
        command += ["--model", options.model]
        before: dict[str, tuple[str, str]] = {}
        for number in range(1, options.kills + 1):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
            moment = rng.uniform(0.2, options.longest)
            time.sleep(moment)
            ended = process.poll() is not None
            os.killpg(process.pid, signal.SIGKILL) if not ended else None
            process.wait()
            after = stored(library)
            lost = [key for key, result in before.items() if result[0] == "done" and after.get(key) != result]
            print(f"kill {number} after {moment:.1f} s{' (had ended)' if ended else ''}: {len(after)} results stored")
            assert not lost, f"lost or changed: {lost}"
            before = after
        code = subprocess.call(command)
        final = stored(library)
        lost = [key for key, result in before.items() if result[0] == "done" and final.get(key) != result]
        assert not lost, f"lost or changed by the last run: {lost}"
        with closing(sqlite3.connect(library)) as db:
            (papers,) = db.execute("SELECT count(*) FROM papers").fetchone()
            doubled = db.execute(
                "SELECT paper_id, task FROM results GROUP BY paper_id, version, task, language HAVING count(*) > 1"
            ).fetchall()
        assert not doubled, f"doubled: {doubled}"
        assert code == 0, f"the last run ended with {code}"
        assert len(final) == 2 * papers, f"{len(final)} results for {papers} papers"
        left = list(library.parent.rglob("*.tmp"))
        assert not left, f"half-written files left: {left}"
        print(f"nothing lost, nothing doubled: {papers} papers, {len(final)} results after {options.kills} kills")
    return 0


if __name__ == "__main__":
    sys.exit(main())
