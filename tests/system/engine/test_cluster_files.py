"""The files of docs/cluster/: the SLURM script over stand-ins for SLURM and Ray, the units as systemd reads them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.kit.places import ROOT

FILES = ROOT / "docs" / "cluster"
STAND_INS = {
    "scontrol": 'printf "node1\\nnode2\\nnode3\\n"',
    "hostname": "echo 10.0.0.1",
    # Runs what it is given here, after noting it; `ray start` would block, and so does its stand-in.
    "srun": 'echo "srun $*" >>"$CALLS"; while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
    "sleep": "exit 0",
}
RAY = 'echo "ray $1 $(env | grep -c RAY_AUTH_TOKEN=)" >>"$CALLS"; [ "$1" = stop ] || exec /bin/sleep 2'
DIGEST = 'echo "localdigest $*" >>"$CALLS"; exit 3'


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_the_slurm_script_starts_a_cluster_and_digests_on_it(tmp_path: Path) -> None:
    commands, venv, calls = tmp_path / "commands", tmp_path / "venv", tmp_path / "calls"
    for folder in (commands, venv / "bin"):
        folder.mkdir(parents=True)
    for name, text in STAND_INS.items():
        program(commands / name, text)
    program(venv / "bin" / "ray", RAY)
    program(venv / "bin" / "localdigest", DIGEST)
    given = os.environ | {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(calls),
        "LOCALDIGEST_VENV": str(venv),
        "SLURM_JOB_NODELIST": "node[1-3]",
        "SLURM_JOB_NUM_NODES": "3",
        "SLURM_CPUS_PER_TASK": "16",
    }
    script = [str(FILES / "digest.sbatch"), "/data/digest", "--date", "2026-01-30"]
    done = subprocess.run(["bash", *script], env=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3, done.stderr
    deadline = time.monotonic() + 10
    while len(told := calls.read_text(encoding="utf-8").splitlines()) < 7 and time.monotonic() < deadline:
        time.sleep(0.05)
    (head,) = [line for line in told if "--head" in line]
    (others,) = [line for line in told if "start --block --address" in line]
    assert "--node-ip-address 10.0.0.1 --port 6379 --num-cpus 16 --num-gpus 0" in head
    assert "--ntasks=2 --exclude=node1" in others
    assert "--address 10.0.0.1:6379 --num-cpus 16" in others
    assert told.count("ray start 1") == 2, "each node has the token"
    assert "localdigest -C /data/digest digest --cluster 10.0.0.1:6379 --date 2026-01-30" in told
    assert "ray stop 1" in told


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="needs shellcheck (Debian: apt install shellcheck)")
def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(["shellcheck", str(FILES / "digest.sbatch")], capture_output=True, text=True)
    assert done.stdout == ""


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("name", ["localdigest-head.service", "localdigest-worker.service"])
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    # The program and its user are not on this machine.
    text = (FILES / name).read_text(encoding="utf-8").replace("/opt/localdigest/venv/bin/ray", "/bin/true")
    (tmp_path / name).write_text(text.replace("User=localdigest", "User=root"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True)
    assert name not in done.stderr, done.stderr
