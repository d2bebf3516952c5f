"""The ten lines of docs/airgap.md, as they stand there: the lab has no network, and nothing on PATH but Python."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.kit.places import ROOT, SAMPLE, SMALL_MODEL
from tests.kit.workspaces import BRIEF, changed

LINES = re.findall(
    r"^    (box|lab)\$ (.+?)(?:  +#.*)?$", (ROOT / "docs" / "airgap.md").read_text("utf-8"), re.MULTILINE
)
LO_UP = "import fcntl, socket, struct; s = socket.socket(); "
LO_UP += "fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x1))"  # SIOCSIFFLAGS, IFF_UP
SEEN = """
import re, subprocess, sys, urllib.request
served = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
page = urllib.request.urlopen(served.stdout.readline().strip(), timeout=20).read().decode()
served.terminate()
print("SERVED", "2026-01-30" in page)
"""


def wheel() -> Path:
    """The build of llama.cpp that scripts/setup made or took."""
    found = sorted(Path(sys.prefix, "wheels").glob("llama_cpp_python-*.whl"))
    if not found:
        pytest.skip("needs a wheel of llama.cpp: scripts/setup leaves one in .venv/wheels")
    return found[0]


def shut_in() -> list[str]:
    words = ["unshare", "-rn", sys.executable, "-c", LO_UP]
    if not shutil.which("unshare") or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("needs namespaces of network")
    return words[:2]


def run(line: str, folder: Path, environment: Mapping[str, str], within: list[str]) -> str:
    done = subprocess.run(
        [*within, "bash", "-e", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
    )
    said = done.stdout + done.stderr
    if "did not end well" in said:
        pytest.skip(f"needs pip's index: {said[-200:]}")
    assert done.returncode in (0, 3), f"{line}\n{said}"
    return said


def bare(line: str) -> set[str]:
    """A line's commands, without what is another place of the same."""
    line = re.sub(r"python3\.[0-9]+", "python3", line).replace("../..", "/media/stick/localdigest-N")
    return set(line.replace("~/", "").replace("DATE", "2026-01-30").split(" && "))


def test_the_ten_lines_work_without_a_compiler(tmp_path: Path, small_model: Path) -> None:
    assert [where for where, _ in LINES] == ["box"] * 4 + ["lab"] * 3 + ["box", "lab", "lab"]
    within, stick = shut_in(), tmp_path / "stick"
    box, lab, tools = (tmp_path / name for name in ("box", "lab", "tools"))
    for folder in (box, lab, tools, stick):
        folder.mkdir()
    for name in ("bash", "unshare"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").symlink_to(Path(sys.base_prefix, "bin", "python3").resolve())
    models = {"LOCALDIGEST_MODELS": str(small_model.parent), "LOCALDIGEST_STATE": str(tmp_path / "state")}
    # pip may reach its index, which other tests may not.
    reaching = {name: value for name, value in os.environ.items() if name not in ("HTTPS_PROXY", "NO_PROXY")}
    online = {**reaching, **models, "HOME": str(box), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    offline = {**models, "HOME": str(lab), "PATH": str(tools), "LANG": "C.UTF-8", "PIP_NO_COMPILE": "1"}
    given = f"--software --llama-wheel {wheel()}"  # this machine's own: building the portable one takes minutes
    # Of a field that no new workspace has by itself.
    listing = (SAMPLE / "atom.xml").read_text("utf-8").replace("eess.AS", "astro-ph.CO").replace("cs.SD", "astro-ph.IM")
    (tmp_path / "atom.xml").write_text(listing, encoding="utf-8")
    sample = f"collect --from {tmp_path / 'atom.xml'} --pdf-dir {SAMPLE / 'pdfs'}"
    field = f"init --categories astro-ph.CO --language en --model {SMALL_MODEL}"
    for where, line in LINES[1:-1]:
        numbers = sorted(path.name for path in stick.iterdir())
        line = line.replace("/media/stick/localdigest-N", f"{stick / numbers[-1]}" if numbers else "")
        line = line.replace("/media/stick", str(stick)).replace("starter", SMALL_MODEL).replace("collect", sample)
        # The model is here already: that one goes over in a package is tested elsewhere.
        line = line.replace(f" --model {SMALL_MODEL}", "").replace("--software", given)
        line = re.sub(r"\binit$", field, line)
        if where == "box":
            run(line, box, online, [])
            shutil.copy(box / "box.pub", lab) if (box / "box.pub").exists() else None
            continue
        run(line if line.startswith(("cd", "~")) and "venv" in line else f". ~/venv/bin/activate && {line}",
            stick / numbers[0] / "data" / "software" if line.startswith("~") else lab, offline, within)  # fmt: skip
        if "package open" in line and len(numbers) == 1:
            changed(lab / "digest", *BRIEF[1:])
    assert json.loads((lab / "digest" / "exports" / "2026-01-30.json").read_bytes())["counts"]["papers"] == 1
    assert (lab / "digest" / "posts" / "2026-01-30-arxiv.md").exists()
    (notes,) = stick.glob("*/data/software/INSTALL.txt")
    told = re.findall(r"^    (\S.*)$", notes.read_text("utf-8"), re.MULTILINE)
    assert set().union(*map(bare, told)) <= set().union(*(bare(line) for _where, line in LINES))
    assert len(told) == 9
    assert not shutil.which("cc", path=str(tools))
    _, serving = LINES[-1]
    python, venv = lab / "venv" / "bin" / "python", f"{lab / 'venv' / 'bin'}:{tools}"
    words = serving.replace("localdigest", str(lab / "venv" / "bin" / "localdigest"), 1) + " --port 0"
    code = f"{LO_UP}\n{SEEN}"
    done = subprocess.run(
        [*within, str(python), "-c", code, *words.split()],
        cwd=lab, env={**offline, "PATH": venv}, capture_output=True, text=True,
    )  # fmt: skip
    assert "SERVED True" in done.stdout, done.stdout + done.stderr
