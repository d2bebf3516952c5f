"""Disks that are full or read-only, libraries that are damaged: what a run says then, and that nothing is lost.

Disks are small memory disks in a mount namespace of their own: as a program, this is what runs inside it. Linux only.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.kit import killing
from tests.kit.places import program, with_tests

ROOM = 600 << 10
"""Bytes; more than a workspace of the sample day needs."""


def call(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def run(command: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(command, env=with_tests(), capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


def trouble(said: str) -> str:
    """The one line that says what is wrong; it is the last."""
    (line,) = [line for line in said.splitlines() if line.startswith("localdigest: ")]
    assert said.endswith(line + "\n")
    return line


@functools.cache
def can_mount() -> bool:
    words = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(words, capture_output=True).returncode == 0


def inside(what: str, folder: Path, *arguments: object) -> str:
    """Runs one of the functions below in a mount namespace; what it prints."""
    words = ["unshare", "-rm", *program("faults"), what, str(folder), *map(str, arguments)]
    done = subprocess.run(words, env=with_tests(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def reference(folder: Path) -> bytes:
    """The page of a day that nobody disturbed, which is made where `folder` has none yet."""
    root = folder / "undisturbed"
    if not root.exists():
        code, said = run(killing.the_day(killing.workspace(root)))
        assert code == 0, said
    return (root / killing.PAGE).read_bytes()


def whole_again(root: Path, expected: bytes) -> None:
    """A run without trouble makes the page as if there had been none."""
    before = killing.stored(root / "library.db")
    code, said = run(killing.the_day(root))
    assert code == 0, said
    assert before.items() <= killing.stored(root / "library.db").items()
    assert (root / killing.PAGE).read_bytes() == expected
    assert not list(root.rglob("*.tmp"))


# ---------------------------------------------------------------- disks


def full_disks(folder: Path, number: int) -> str:
    """Runs on `number` disks, each with a little more room than the one before it."""
    return inside("fill", folder, number)


def fill(folder: Path, number: str) -> str:
    expected, disk, ended = reference(folder), folder / "disk", {0: 0, 2: 0}
    disk.mkdir()
    for step in range(int(number)):
        call("mount", "-t", "tmpfs", "-o", "size=64m", "none", disk)
        root = killing.workspace(disk / "digest")
        used = shutil.disk_usage(disk).used
        # Blocks of 4 KiB; a workspace without any room, then with more and more.
        size = used + (step * ROOM // int(number) & ~4095)
        call("mount", "-o", f"remount,size={size}", disk)
        code, said = run(killing.the_day(root))
        ended[code] += 1
        if code:
            line = trouble(said)
            assert "free" in line, line
            assert str(root) in line, line
        for name in ("posts", "exports"):  # a page is there whole or not at all
            for path in (root / name).glob("[!.]*"):
                assert name != "posts" or path.read_bytes() == expected
        call("mount", "-o", "remount,size=64m", disk)
        whole_again(root, expected)
        call("umount", disk)
    assert ended[2], "no disk was ever full"
    return f"{ended[2]} full disks, {ended[0]} with room enough"


def read_only(folder: Path) -> str:
    """First the folder for pages, then all of the workspace, cannot be written to."""
    expected = reference(folder)
    root = killing.workspace(folder / "digest")
    (root / "posts").mkdir()
    said = ""
    for part in (root / "posts", root):
        call("mount", "--bind", part, part)
        call("mount", "-o", "remount,bind,ro", part)
        code, told = run(killing.the_day(root))
        said += trouble(told) + "\n"
        assert code == 2
        assert killing.stored(root / "library.db") == {}, "hours of work before the trouble was told"
        call("umount", part)
    whole_again(root, expected)
    return said


def read_only_folders(folder: Path) -> str:
    return " / ".join(inside("read_only", folder).splitlines())


# ---------------------------------------------------------------- rivals


def rivals(folder: Path, number: int) -> str:
    """Several runs started at once, again and again: one works, the others say who does, and the page is as ever."""
    expected, refused = reference(folder), 0
    for turn in range(number):
        root = killing.workspace(folder / f"rivals{turn}")
        # The note of a run that was killed, whose number another process has by now, is no obstacle.
        (root / ".lock-owner").write_text(f'{{"pid":{os.getpid()},"host":"x","since":"2020-01-01T00:00:00Z"}}')
        slow = with_tests(SCRIPTED_PAUSE="0.01")
        runs = [
            subprocess.Popen(
                killing.the_day(root), env=slow, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            for _ in range(3)
        ]
        said = [process.communicate(timeout=300)[1] for process in runs]
        codes = [process.returncode for process in runs]
        assert set(codes) <= {0, 6}, said
        assert 0 in codes, said
        for code, text in zip(codes, said, strict=True):
            assert "Traceback" not in text, text
            assert code == 0 or "another run holds this workspace" in trouble(text)
        refused += codes.count(6)
        assert (root / killing.PAGE).read_bytes() == expected
        assert len(killing.stored(root / "library.db")) == 4
    assert refused, "no two runs ever met"
    return f"{3 * number} runs, {refused} of them refused in one sentence"


# ---------------------------------------------------------------- libraries


def damaged(folder: Path, number: int, dice: Random) -> str:
    """Libraries cut or overwritten at random: refused and rebuilt, or, where it was of no use, as good as before."""
    expected, refused, rebuilt = reference(folder), 0, 0
    good = (folder / "undisturbed" / "library.db").read_bytes()
    for turn in range(number):
        root = folder / f"damaged{turn}"
        shutil.copytree(folder / "undisturbed", root)
        at = dice.randrange(len(good))
        if turn % 2:
            length = dice.choice([16, 100, 5000, 40_000])
            bad = (good[:at] + dice.randbytes(length) + good[at + length :])[: len(good)]
        else:
            bad = good[:at]
        (root / "library.db").write_bytes(bad)
        if turn % 3 == 0:
            shutil.rmtree(root / "exports")  # then only what can be read comes back; the rest is made anew
        tail = ["-C", str(root), "--date", killing.DAY, "--model", "tiny"]
        code, said = run([*killing.program(), "render", *tail])
        assert code in (0, 2), said
        rebuild = [*killing.program(), "status", "-C", str(root), "--rebuild"]
        if code == 2 and "damaged" in said:
            refused += 1
            assert f"localdigest -C {root} status --rebuild" in trouble(said)
            assert (root / "library.db").read_bytes() == bad, "what was damaged has been written to"
        elif code == 0:
            assert (root / killing.PAGE).read_bytes() == expected, "damage that nobody has noticed is on the page"
        # A page may do without the damaged part; the rebuilding looks at all of it.
        code, said = run(rebuild)
        assert code == 0 or "is whole" in trouble(said), said
        if code == 0:
            rebuilt += 1
            assert (root / "library.db.damaged-1").read_bytes() == bad
        # Of an empty file SQLite makes an empty library: then all is listed and made again.
        whole_again(root, expected)
        shutil.rmtree(root)
    return f"{number} damaged libraries, {refused} of them refused at once, {rebuilt} rebuilt"


# ---------------------------------------------------------------- clocks


SHIFTED = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) {
    long seconds = 0;
    FILE *file = fopen(getenv("CLOCK"), "r");
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    return seconds;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, now);
    if (!code && clock == CLOCK_REALTIME) now->tv_sec += shift();
    return code;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    now->tv_sec = moment.tv_sec, now->tv_usec = moment.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *where) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (where) *where = moment.tv_sec;
    return moment.tv_sec;
}
"""
"""A library to load before libc: the clock of the day is that many seconds ahead as the file CLOCK says at the moment.

libfaketime does as much and more: it changes how long the program sleeps, too, until sleeping fails.
"""


@functools.cache
def compiler() -> str:
    return shutil.which("cc") or shutil.which("gcc") or ""


def clocks(folder: Path, number: int, dice: Random) -> str:
    """Days whose clock is set anew again and again while they run, mostly back, by seconds, hours and years."""
    expected, set_anew, library = reference(folder), 0, folder / "clock.so"
    library.with_suffix(".c").write_text(SHIFTED, encoding="utf-8")
    call(compiler(), "-shared", "-fPIC", "-o", library, library.with_suffix(".c"), "-ldl")
    control = {**os.environ, "LD_PRELOAD": str(library), "CLOCK": str(folder / "control.now")}
    killing.put(folder / "control.now", "-40000000")
    told = subprocess.run([sys.executable, "-c", "import time; print(time.time())"], env=control, capture_output=True)
    assert 39_999_000 < time.time() - float(told.stdout) < 40_001_000, "the clock cannot be set"
    for turn in range(number):
        root, clock = killing.workspace(folder / f"clock{turn}"), folder / f"clock{turn}.now"
        variables = with_tests(LD_PRELOAD=str(library), CLOCK=str(clock), SCRIPTED_PAUSE="0.005")
        with subprocess.Popen(
            killing.the_day(root), env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            while process.poll() is None:
                shift = dice.choice([-1, -90, -3600, -86400, -40_000_000, 600, 0])
                killing.put(clock, str(shift))
                set_anew += 1
                time.sleep(dice.uniform(0.02, 0.2))
            assert process.stderr is not None
            said = process.stderr.read()
        assert process.returncode == 0, said
        assert (root / killing.PAGE).read_bytes() == expected
        assert len(killing.stored(root / "library.db")) == 4
        whole_again(root, expected)
        shutil.rmtree(root)
    assert set_anew > number, "the days were over before their clock was set anew"
    return f"{number} days, whose clock was set {set_anew} times while they ran"


if __name__ == "__main__":
    what, place, *arguments = sys.argv[1:]
    print(fill(Path(place), *arguments) if what == "fill" else read_only(Path(place)))
