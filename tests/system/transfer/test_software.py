"""`package make --software`: the real pip over a folder of small packages in place of an index; no network is asked."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import localdigest
from localdigest.messages.errors import ConfigError
from localdigest.transfer import software

TARGET = "manylinux_2_28_x86_64"


def wheel(folder: Path, name: str, version: str, *requires: str, tag: str = "py3-none-any") -> Path:
    """A wheel with nothing in it but what it is called and needs."""
    stem = f"{name.replace('-', '_')}-{version}"
    files = {
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{stem}.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        record = []
        for inside, text in files.items():
            archive.writestr(inside, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record.append(f"{inside},sha256={digest},{len(text)}\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "".join(record) + f"{stem}.dist-info/RECORD,,\n")
    return path


def source(folder: Path, name: str, version: str, *requires: str) -> Path:
    """A source archive that says of itself what it needs, with a build backend of its own: pip asks it for that."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    backend = (
        "import pathlib\n"
        "def prepare_metadata_for_build_wheel(folder, settings=None):\n"
        f"    place = pathlib.Path(folder, {stem + '.dist-info'!r})\n"
        "    place.mkdir()\n"
        "    (place / 'METADATA').write_text(pathlib.Path('PKG-INFO').read_text())\n"
        "    return place.name\n"
        "def build_wheel(*_):\n"
        "    raise SystemExit('the source is not to be built here')\n"
    )
    files = {
        "PKG-INFO": metadata,
        "backend.py": backend,
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    }
    path = folder / f"{stem}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for inside, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{inside}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that pip finds: localdigest itself, a library with one dependency, llama.cpp's source and what builds it."""
    folder = tmp_path / "index"
    folder.mkdir()
    needs = ("llama-cpp-python>=0.3.36,<0.4", "tinydep>=1", "absent ; extra == 'bench'")
    wheel(folder, "localdigest", localdigest.__version__, *needs)
    wheel(folder, "tinydep", "1.2", "tinier")
    wheel(folder, "tinier", "3.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    wheel(folder, "tinier", "4.0", tag="cp312-cp312-win_amd64")
    wheel(folder, "numberlib", "2.0")
    wheel(folder, "pip", "26.0")
    source(folder, "llama-cpp-python", "0.3.36", "numberlib>=1")
    wheel(folder, "scikit-build-core", "0.11")
    wheel(folder, "cmake", "4.0", tag="py3-none-manylinux_2_17_x86_64")
    wheel(folder, "ninja", "1.11", tag="py3-none-manylinux_2_17_x86_64")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    # As an installed package has it: no pyproject.toml beside the package, so its own wheel comes from the index too.
    monkeypatch.setattr(localdigest, "__file__", str(tmp_path / "site-packages" / "localdigest" / "__init__.py"))
    return folder


def gather(folder: Path, llama: Path | None = None, python: str = "3.12", target: str = TARGET) -> list[str]:
    folder.mkdir()
    said: list[str] = []
    software.gather(folder, python, target, llama, lambda text: said.append(str(text)))
    return said


def test_wheels_and_the_source_of_llama_cpp_are_gathered_for_another_machine(index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "software"
    said = gather(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "INSTALL.txt",
        "cmake-4.0-py3-none-manylinux_2_17_x86_64.whl",
        "llama_cpp_python-0.3.36.tar.gz",
        f"localdigest-{localdigest.__version__}-py3-none-any.whl",
        "ninja-1.11-py3-none-manylinux_2_17_x86_64.whl",
        "numberlib-2.0-py3-none-any.whl",
        "pip-26.0-py3-none-any.whl",
        "scikit_build_core-0.11-py3-none-any.whl",
        "tinier-3.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "tinydep-1.2-py3-none-any.whl",
    ]
    assert said[-1] == f"5 requirements and what they require, for Python 3.12 on {TARGET}"
    notes = (folder / "INSTALL.txt").read_text(encoding="utf-8")
    assert f"localdigest {localdigest.__version__} for Python 3.12 on {TARGET}." in notes
    assert "CMAKE_ARGS" in notes
    assert "built from its source" in notes


def test_a_wheel_of_llama_cpp_takes_the_place_of_its_source(index: Path, tmp_path: Path) -> None:
    built = wheel(tmp_path, "llama-cpp-python", "0.3.36", "numberlib>=1", tag="py3-none-linux_x86_64")
    folder = tmp_path / "software"
    gather(folder, built)
    names = {path.name for path in folder.iterdir()}
    assert built.name in names
    assert "numberlib-2.0-py3-none-any.whl" in names
    assert not {name for name in names if name.endswith(".tar.gz") or name.startswith(("cmake", "ninja"))}
    notes = (folder / "INSTALL.txt").read_text(encoding="utf-8")
    assert "llama.cpp comes built" in notes
    assert "CMAKE_ARGS" not in notes


def test_a_portable_wheel_is_found_and_without_one_its_want_is_said(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "wheels").mkdir()
    wheel(tmp_path / "wheels", "llama-cpp-python", "0.3.36-1portable", tag="py3-none-linux_aarch64")
    assert any("a C++ compiler is needed there" in line for line in gather(tmp_path / "without"))
    built = wheel(tmp_path / "wheels", "llama-cpp-python", "0.3.36-1portable", tag="py3-none-linux_x86_64")
    assert any("no compiler is needed there" in line for line in gather(tmp_path / "with"))
    assert {path.name for path in (tmp_path / "with").glob("llama*")} == {built.name}


def test_what_the_notes_say_installs_it(index: Path, tmp_path: Path) -> None:
    """The wheel for this Python, installed by the line of INSTALL.txt into a new environment."""
    for path in index.glob("tinier-*"):
        path.unlink()
    wheel(index, "tinier", "3.0")
    built = wheel(tmp_path, "llama-cpp-python", "0.3.36", "numberlib>=1")
    folder = tmp_path / "software"
    gather(folder, built, software.this_python(), software.this_platform() if sys.platform == "linux" else TARGET)
    subprocess.run([sys.executable, "-m", "venv", "venv"], cwd=folder, check=True)
    line = "~/venv/bin/python $(echo pip-*.whl)/pip install --no-index --find-links . localdigest"
    assert f"    {line}\n" in (folder / "INSTALL.txt").read_text(encoding="utf-8")
    here = line.replace("~/", "").replace("$(echo pip-*.whl)/pip", "-m pip")  # that of the index here is an empty one
    subprocess.run(here.split(), cwd=folder, check=True, capture_output=True)
    listed = subprocess.run(
        ["venv/bin/python", "-m", "pip", "list"], cwd=folder, check=True, capture_output=True, text=True
    )
    for name in ("localdigest", "llama-cpp-python", "numberlib", "tinydep", "tinier"):
        assert name in listed.stdout


def test_what_is_not_to_be_had_is_said_with_pips_last_words(index: Path, tmp_path: Path) -> None:
    next(index.glob("tinydep-*")).unlink()
    with pytest.raises(ConfigError, match=r"pip download did not end well \(ERROR: No matching distribution.*tinydep"):
        gather(tmp_path / "software")


@pytest.mark.parametrize(
    ("python", "target"), [("3", TARGET), ("3.12.1", TARGET), ("2.7", TARGET), ("3.12", "linux x86"), ("3.12", "")]
)
def test_targets_that_pip_would_misread_are_refused(tmp_path: Path, python: str, target: str) -> None:
    with pytest.raises(ConfigError, match=r"write --python 3.12 and --platform"):
        gather(tmp_path / "software", python=python, target=target)


def test_another_file_is_no_wheel_of_llama_cpp(index: Path, tmp_path: Path) -> None:
    other = wheel(tmp_path, "numpy", "2.0")
    for number, path in enumerate((other, tmp_path / "llama_cpp_python-0.3.36-py3-none-any.whl")):
        with pytest.raises(ConfigError, match="is no wheel of llama-cpp-python"):
            gather(tmp_path / f"software{number}", path)


def test_a_platform_stands_in_for_older_ones() -> None:
    names = software.platforms("manylinux_2_17_aarch64")
    assert names[0] == "manylinux_2_17_aarch64"
    assert names[-1] == "linux_aarch64"
    assert {"manylinux2014_aarch64", "manylinux2010_aarch64", "manylinux1_aarch64", "manylinux_2_5_aarch64"} <= {*names}
    assert "manylinux_2_18_aarch64" not in names
    assert "manylinux2014_x86_64" not in software.platforms("manylinux_2_12_x86_64")
    assert software.platforms("macosx_11_0_arm64") == ("macosx_11_0_arm64",)
    if sys.platform == "linux":
        assert software.this_platform() in software.platforms(software.this_platform())
