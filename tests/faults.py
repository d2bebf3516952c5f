"""Disks that are full or read-only, libraries that are damaged: what a run says then, and that nothing is lost.

Disks are small memory disks in a mount namespace of their own: as a program, this is what runs inside it. Linux only.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import killing

ROOM = 600 << 10
"""Bytes; more than a workspace of the sample day needs."""


def call(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def run(command: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(command, env=killing.environment(), capture_output=True, text=True, timeout=300)
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
    words = ["unshare", "-rm", sys.executable, __file__, what, str(folder), *map(str, arguments)]
    done = subprocess.run(words, env=killing.environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def reference(folder: Path, model: str = "tiny") -> bytes:
    root = killing.workspace(folder / "undisturbed")
    code, said = run(killing.the_day(root, model))
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


if __name__ == "__main__":
    what, place, *arguments = sys.argv[1:]
    print(fill(Path(place), *arguments) if what == "fill" else read_only(Path(place)))
