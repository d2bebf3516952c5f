"""Children that somebody else ends while they read or cut."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localdigest import pdf
from localdigest.pdf.child import Answer
from localdigest.pdf.figures import cut
from localdigest.records.figures import Caption
from tests.kit.made_pdfs import Pdf, plain

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in Linux's /proc")


def kill_one(entry: str, *but: int) -> int:
    """Kills the child that has this entry, once there is one."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        listed = " ".join(each.read_text() for each in Path("/proc/self/task").glob("*/children"))
        for child in map(int, listed.split()):
            if child not in but and entry.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)
                return child
        time.sleep(0.01)
    raise AssertionError("there was none")


def test_a_cutter_that_is_killed_costs_the_paper_its_figures_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "paper.pdf"
    os.mkfifo(pipe)  # nobody writes to it, so that it waits
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(cut, pipe, [Caption("Figure 1", "A figure.", 1, (0, 0, 1, 1), (0, 1), ())], [[0]], 1000)
        kill_one("figures.child", kill_one("figures.child"))
        assert found.result() == (None,)


def test_a_reader_that_is_killed_is_started_again_once(tmp_path: Path) -> None:
    pipe = tmp_path / "paper.pdf"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(pdf.ask_child, pipe, 60.0, pdf.MEMORY, "child.child", Answer)
        with pipe.open("wb"):  # once it waits for more of this one, there is another
            made = Pdf()
            made.content = plain(made)
            (tmp_path / "whole.pdf").write_bytes(made.data())
            (tmp_path / "whole.pdf").replace(pipe)
            kill_one("child.child")
        assert found.result().document is not None


def test_a_reader_that_is_killed_twice_is_told_of(tmp_path: Path) -> None:
    pipe = tmp_path / "paper.pdf"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(pdf.ask_child, pipe, 60.0, pdf.MEMORY, "child.child", Answer)
        kill_one("child.child", kill_one("child.child"))
        with pytest.raises(pdf.PdfUnreadable, match="killed twice"):
            found.result()
