"""The digest as a service without a network: its unit, what systemd says of it, and the sample day made under it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest

from localdigest.workspace import schedule
from tests.kit import faults, killing, shut_in
from tests.kit.places import SMALL_MODEL, program, with_tests
from tests.kit.units import AT, ODD, parse, split
from tests.kit.workspaces import BRIEF, changed

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd (its analyze)")


def made(folder: Path, *program: str, gpu: bool = False) -> dict[str, str]:
    """The files by what follows the workspace's name."""
    found = schedule.make_offline(
        program or (f"{folder}/localdigest",), folder, AT, {"X": f"{folder}/models"}, [folder / "posts"], gpu
    )
    return {path.name.rpartition("-")[2]: data.decode() for path, data in found.files.items()}


@pytest.mark.parametrize("name", ODD)
def test_systemd_reads_back_what_was_put_in(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    files = made(folder)
    assert set(files) == {"collect.service", "collect.timer", "digest.service", "digest.timer"}
    through = ["/bin/sh", "-c", 'exec "$0" "$@"'] if {"'", '"'} & set(name) else []
    for what in ("collect", "digest"):
        values = dict(parse(files[f"{what}.service"])["Service"])
        expected = [*through, f"{folder}/localdigest", "-C", str(folder), what, "--at", "07:05"]
        assert split(values["ExecStart"], True) == expected == shut_in.words(values["ExecStart"], command=True)
        assert split(values["Environment"], False) == [f"X={folder}/models"]
        assert dict(parse(files[f"{what}.timer"])["Timer"])["OnCalendar"] == "*-*-* 07:05:00"
    assert split(values["ReadWritePaths"], False) == [str(folder), f"{folder}/posts"]
    after = dict(parse(files["collect.service"])["Unit"])
    assert after["OnSuccess"] == after["OnFailure"]
    assert after["OnSuccess"].endswith("-digest.service")


def test_the_digest_has_no_network_and_the_collecting_has() -> None:
    files = made(Path("/srv/digest"))
    shut = dict(parse(files["digest.service"])["Service"])
    assert shut["PrivateNetwork"] == "yes"
    assert shut["RestrictAddressFamilies"] == "AF_UNIX"
    assert "PrivateNetwork" not in files["collect.service"]
    assert shut["MemoryDenyWriteExecute"] == shut["PrivateDevices"] == "yes"
    # A GPU's driver needs its devices, and writes code that it then runs.
    assert (
        not {"MemoryDenyWriteExecute", "PrivateDevices"}
        & dict(parse(made(Path("/srv/digest"), gpu=True)["digest.service"])["Service"]).keys()
    )


@needs_systemd
@pytest.mark.parametrize("gpu", [False, True])
def test_systemd_itself_finds_nothing_wrong_and_little_exposed(tmp_path: Path, gpu: bool) -> None:
    (tmp_path / "runtime").mkdir()
    program = tmp_path / "localdigest"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    paths = []
    units = schedule.make_offline((str(program),), tmp_path / "day", time(7), {}, [], gpu).files
    for path, data in units.items():
        (tmp_path / path.name).write_bytes(data)
        paths.append(tmp_path / path.name)
    variables = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "runtime")}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, paths)], capture_output=True, text=True, env=variables
    )
    if "manager" in done.stderr:
        pytest.skip(f"systemd-analyze cannot work here: {done.stderr}")
    assert (done.returncode, done.stderr) == (0, "")
    digest = next(path for path in paths if path.name.endswith("-digest.service"))
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=30", str(digest)],
        capture_output=True, text=True, env=variables,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
    assert re.search(r"Overall exposure level .*: [012]\.\d OK", done.stdout), done.stdout[-300:]


@needs_systemd
@pytest.mark.skipif(not faults.can_mount(), reason="may not mount in a namespace of its own here")
@pytest.mark.parametrize("model", ["tiny", pytest.param(SMALL_MODEL, marks=pytest.mark.model)])
def test_the_day_is_made_under_the_units_own_restrictions(
    undisturbed: Path, model: str, request: pytest.FixtureRequest
) -> None:
    """All of them that the kernel enforces, but by its own calls instead of systemd's; the page is the usual one."""
    root = killing.workspace(undisturbed / "digest")
    if model == SMALL_MODEL:
        request.getfixturevalue("small_model")
        changed(root, *BRIEF)
    for folder in ("posts", "exports", "site"):
        (root / folder).mkdir()
    # The listing is taken in first, as the collecting service does.
    collect = [*killing.program(model), "collect", "-C", str(root), "--date", killing.DAY, *killing.the_day(root)[-4:]]
    code, said = faults.run(collect)
    assert code == 0, said
    unit = unit_for(root, model)
    code, said = faults.run([*SHUT_IN, str(unit), "--date", killing.DAY, "--model", model])
    assert code == 0, said
    made = (root / killing.PAGE).read_bytes()
    if model == "tiny":
        assert made == faults.reference(undisturbed)
        return
    # Two runs of a real model may part where two words are nearly as good, as the processor rounds (docs/safety.md):
    # the usual page is that of the stored results, made without restrictions.
    assert len(killing.stored(root / "library.db")) == 1
    (root / killing.PAGE).unlink()
    code, said = faults.run([*killing.program(model), "render", "-C", str(root), "--date", killing.DAY])
    assert code == 0, said
    assert (root / killing.PAGE).read_bytes() == made


SHUT_IN = ["unshare", "-rn", "--mount", *program("shut_in")]


def unit_for(root: Path, model: str = "tiny") -> Path:
    """The digest's unit; its command is `digest` in the workspace."""
    files = schedule.make_offline(
        killing.program(model), root, time(7), {}, [root / "posts", root / "exports", root / "site"], False
    )
    (path,) = (root.parent / path.name for path in files.files if path.name.endswith("-digest.service"))
    text = files.files[root / "schedule" / path.name].decode()
    path.write_text(re.sub(r' "--at" "07:00"', "", text), encoding="utf-8")
    return path


@needs_systemd
@pytest.mark.skipif(not faults.can_mount(), reason="may not mount in a namespace of its own here")
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import socket; socket.socket()", "PermissionError"),
        ("import socket; socket.socket(socket.AF_UNIX)", ""),
        ("open('{outside}/x', 'w')", "Read-only file system"),
        ("open('{inside}/x', 'w')", ""),
        ("import mmap; mmap.mmap(-1, 4096, prot=7)", "PermissionError"),
        ("import ctypes; assert not ctypes.CDLL(None).unshare(0x10000000)", "AssertionError"),
        ("import ctypes; assert not ctypes.CDLL(None).mount(b'none', b'/mnt', b'tmpfs', 0, 0)", "AssertionError"),
        ("import subprocess; subprocess.run(['/bin/true'], check=True)", ""),
    ],
)
def test_what_the_unit_forbids_is_forbidden(tmp_path: Path, code: str, error: str) -> None:
    root = killing.workspace(tmp_path / "digest")
    for folder in ("posts", "exports", "site"):
        (root / folder).mkdir()
    unit = unit_for(root)
    text = code.replace("{outside}", str(tmp_path)).replace("{inside}", str(root))
    line = schedule._command_line([sys.executable, "-c", text])
    unit.write_text(re.sub("(?m)^ExecStart=.*$", lambda _: f"ExecStart={line}", unit.read_text("utf-8")), "utf-8")
    done = subprocess.run([*SHUT_IN, str(unit)], capture_output=True, text=True, env=with_tests())
    assert error in done.stderr, done.stderr
    assert (done.returncode == 0) is (not error), done.stderr
