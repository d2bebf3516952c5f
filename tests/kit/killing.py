"""Runs of the sample day that are killed at random moments, and what must hold afterwards. Linux only.

A kill is SIGKILL to one process of the tree, whichever: the program, a PDF's reader, the engine's child. After each,
the library is whole, has every result that was there or told of before, and nothing is left running. When a day is
done, its page is that of a day nobody disturbed, byte by byte (with a real model: that of its stored results), and no
temporary file is left.
"""

from __future__ import annotations

import collections
import hashlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from localdigest.workspace import config
from tests.kit import places
from tests.kit.places import SAMPLE, with_tests

DAY = "2026-01-30"
PAGE = f"posts/{DAY}-arxiv.md"
TASKS = {"translated": "translate", "explained": "explain"}


def workspace(root: Path) -> Path:
    """A workspace whose model is a file with the right bytes; the scripted engine does not look at it."""
    content = b"GGUF, but not really"
    config.create(root)
    toml = (root / config.FILE).read_text(encoding="utf-8")
    (root / config.FILE).write_text(toml.replace('model = "starter"', 'model = "tiny"'), encoding="utf-8")
    root.with_suffix(".gguf").write_bytes(content)
    (root / "models.toml").write_text(
        f'[[model]]\nname = "tiny"\nsize = {len(content)}\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        f'sources = [{{ kind = "local", path = "{root.with_suffix(".gguf").as_posix()}" }}]\n',
        encoding="utf-8",
    )
    return root


def put(path: Path, text: str) -> None:
    """At once, for whoever reads it at that moment."""
    path.with_suffix(".new").write_text(text, encoding="utf-8")
    path.with_suffix(".new").replace(path)


def program(model: str = "tiny") -> list[str]:
    """localdigest, with the scripted engine for the model `tiny`, else with the real one."""
    if model == "tiny":
        return places.program("scripted_program")
    return [sys.executable, "-c", "from localdigest.cli import main; main()"]


def the_day(root: Path, model: str = "tiny") -> list[str]:
    tail = ["--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs")]
    return [*program(model), "run", "-C", str(root), "--date", DAY, "--model", model, *tail]


def stored(library: Path) -> dict[tuple[str, str], str]:
    """The record of each done result by paper and task, from a library that must be whole."""
    if not library.exists():
        return {}
    with closing(sqlite3.connect(library)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'results'").fetchone():
            return {}
        rows = db.execute("SELECT paper_id, task, record FROM results WHERE status = 'done'").fetchall()
    assert len({row[:2] for row in rows}) == len(rows), "a result is there twice"
    return {(paper, task): record for paper, task, record in rows}


def alive(mark: str) -> dict[int, str]:
    """Processes that have `mark` in their environment, the dead that nobody has buried aside: what each is."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if mark.encode() not in (folder / "environ").read_bytes():
                continue
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            words = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if state != "Z":
            kinds = {"worker.child": "engine", "pdf import child": "reader", "pdf import figures": "cutter"}
            found[int(folder.name)] = next((kind for word, kind in kinds.items() if word in words), "program")
    return found


@dataclass
class Tally:
    kills: collections.Counter[str] = field(default_factory=collections.Counter)
    days: int = 0
    runs: int = 0
    alike: int = 0
    """Days whose page is that of the undisturbed one."""

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} of a {kind}" for kind, count in self.kills.most_common())
        return (
            f"{sum(self.kills.values())} kills ({kinds}) in {self.runs} runs; {self.days} days done, {self.alike} alike"
        )


def torture(folder: Path, kills: int, dice: Random, model: str = "tiny", pause: float = 0.004) -> Iterator[Tally]:
    """`kills` kills; a tally after each. AssertionError where something does not hold.

    A `folder` that was used before spares the day that the others are compared with.
    """
    reference, lasting = folder / "reference", folder / "lasts"
    if not lasting.exists():
        began = time.monotonic()
        subprocess.run(the_day(workspace(reference), model), check=True, env=with_tests(SCRIPTED_PAUSE=str(pause)),
                       capture_output=True)  # fmt: skip
        lasting.write_text(str(time.monotonic() - began))
    lasts, tally, number = float(lasting.read_text()), Tally(), len(list(folder.glob("day*.gguf")))
    expected = (reference / PAGE).read_bytes()
    while sum(tally.kills.values()) < kills:
        number += 1
        root = workspace(folder / f"day{number}")
        done: dict[tuple[str, str], str] = {}
        while sum(tally.kills.values()) < kills:
            code, done = one_kill(root, model, dice, lasts, pause, done, tally)
            yield tally
            if code == 0:
                break
        else:
            subprocess.run(the_day(root, model), env=with_tests(), check=True, capture_output=True)
        final = stored(root / "library.db")
        assert done.items() <= final.items()
        assert len(final) == 4, f"{len(final)} results"
        page = (root / PAGE).read_bytes()
        # A model's words are the same as long as this processor rounds alike in all company: docs/safety.md.
        tally.alike += page == expected
        assert page == expected or model != "tiny", f"{root / PAGE} is not {reference / PAGE}"
        # What the last run's own end was killed in is swept by the next: here, one with nothing to do.
        subprocess.run(the_day(root, model), env=with_tests(), check=True, capture_output=True)
        assert (root / PAGE).read_bytes() == page
        left = [path.name for path in root.rglob(".*") if path.name != ".lock"]
        assert left == [], f"left behind: {left}"
        tally.days += 1


def one_kill(
    root: Path, model: str, dice: Random, lasts: float, pause: float, before: dict[tuple[str, str], str], tally: Tally
) -> tuple[int | None, dict[tuple[str, str], str]]:
    """A run in which one process is killed: the run's exit code (None: it was the one killed), and what is stored."""
    mark = f"TORTURE={uuid.uuid4()}"
    variables = with_tests(TORTURE=mark.partition("=")[2], SCRIPTED_PAUSE=str(pause))
    tally.runs += 1
    process = subprocess.Popen(
        the_day(root, model), env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    time.sleep(dice.uniform(0.0, lasts))
    tree = alive(mark)
    code: int | None = None
    if process.poll() is None and tree:
        # Kinds first, so that readers, which live shortly, have their share; of these the one least killed so far.
        kind = min(sorted(set(tree.values())), key=lambda kind: tally.kills[kind])
        victim = dice.choice(sorted(pid for pid, what in tree.items() if what == kind))
        try:
            os.kill(victim, signal.SIGKILL)
            tally.kills[kind] += 1
        except ProcessLookupError:
            victim = 0
        said = process.communicate(timeout=900)[1]
        if victim == process.pid and process.returncode == -signal.SIGKILL:
            deadline = time.monotonic() + 10
            while (left := alive(mark)) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert not left, f"still running after the program was killed: {left}"
        else:
            code = process.returncode
    else:
        said = process.communicate()[1]
        code = process.returncode
    if code is not None:
        assert code in (0, 3), said
        assert not alive(mark), "the run has ended, its children have not"
    assert "Traceback" not in said, said
    after = stored(root / "library.db")
    assert before.items() <= after.items(), "a stored result is gone, or another"
    for paper, what in re.findall(r"^\[\d+/\d+\] (\S+) (translated|explained)", said, re.MULTILINE):
        assert (paper, TASKS[what]) in after, f"{paper} was said to be {what}, and is not stored"
    return code, after
