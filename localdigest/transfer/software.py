"""The wheels that a machine without a network needs, gathered by pip from whatever index it is configured for.

llama.cpp is the exception: no index has one that is fast everywhere. A portable wheel of it (scripts/llama_wheel) goes
where there is one, or the wheel that the user names; else the source goes, with what building it takes.
"""

from __future__ import annotations

import email
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import localdigest
from localdigest.messages import Notice, Say
from localdigest.messages.errors import ConfigError

LLAMA = "llama-cpp-python"
BUILDING = ("scikit-build-core[pyproject]>=0.9.2", "cmake>=3.21", "ninja")
"""What the source of llama-cpp-python is built with; it is fetched for the target."""

_NOTES = Path(__file__).parents[1] / "templates" / "software"


def this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def this_platform() -> str:
    """This machine's, in the words of wheels: `manylinux_2_36_x86_64`. ConfigError where it is not a glibc Linux."""
    libc, version = platform.libc_ver()
    if sys.platform != "linux" or libc != "glibc":
        raise ConfigError("name the target's platform with --platform, such as manylinux_2_28_x86_64")
    return f"manylinux_{version.replace('.', '_')}_{platform.machine()}"


def platforms(name: str) -> tuple[str, ...]:
    """`name` and what wheels call older systems that it can stand in for: pip takes --platform literally."""
    match = re.fullmatch(r"manylinux_2_([0-9]+)_(\w+)", name)
    if not match:
        return (name,)
    arch, newest = match[2], int(match[1])
    old = (("manylinux2014", 17), ("manylinux2010", 12), ("manylinux1", 5))
    aliases = tuple(f"{alias}_{arch}" for alias, since in old if newest >= since)
    return *(f"manylinux_2_{minor}_{arch}" for minor in range(newest, 4, -1)), *aliases, f"linux_{arch}"


def gather(folder: Path, python: str, target: str, llama: Path | None, say: Say, extras: Sequence[str] = ()) -> None:
    """Puts wheels, source and notes into `folder`. `llama`: a wheel of llama-cpp-python that fits the target.

    `extras` of localdigest go along. Raises ConfigError with pip's last words where something is not to be had.
    """
    if not re.fullmatch(r"3\.[0-9]{1,2}", python) or not re.fullmatch(r"\w+", target, re.ASCII):
        raise ConfigError(
            "{python} on {target}: write --python 3.12 and --platform manylinux_2_28_x86_64", python, target
        )
    root = Path(localdigest.__file__).resolve().parents[1]
    checkout = (root / "pyproject.toml").is_file()
    version = localdigest.__version__
    say(Notice("localdigest's own wheel"))
    if checkout:
        _pip("wheel", "--no-deps", "--wheel-dir", folder, root)
    else:
        _pip("download", "--no-deps", "--dest", folder, f"localdigest=={version}")
    wheels = list(folder.glob("localdigest-*.whl"))
    if len(wheels) != 1:
        raise ConfigError("{folder}: pip made no wheel of localdigest; run this from a clone of its repository", folder)
    wanted = [line for line in requires(wheels[0], extras) if not line.startswith(LLAMA)]
    (needs_llama,) = [line for line in requires(wheels[0]) if line.startswith(LLAMA)]
    llama = llama or portable(target, (Path(sys.prefix) / "wheels", root / "wheels"))
    if llama:
        _check_llama(llama)
        say(Notice("llama.cpp, built: {name}; no compiler is needed there", llama.name))
        shutil.copyfile(llama, folder / llama.name)
        wanted += requires(llama)
    else:
        say(
            Notice(
                "the source of llama.cpp: a C++ compiler is needed there; none with a portable wheel of it in"
                " {folder}, or another with --llama-wheel (docs/airgap.md)",
                root / "wheels" if checkout else Path(sys.prefix) / "wheels",
            )
        )
        _pip("download", "--no-deps", "--no-binary", LLAMA, "--dest", folder, needs_llama)
        wanted += [*requires(next(folder.glob("llama_cpp_python-*.tar.gz"))), *BUILDING]
    say(
        Notice(
            "{count} requirements and what they require, for Python {python} on {target}", len(wanted), python, target
        )
    )
    named = [word for name in platforms(target) for word in ("--platform", name)]
    _pip(
        "download", "--only-binary", ":all:", "--python-version", python, "--implementation", "cp", *named,
        "--dest", folder, *wanted, "pip",
    )  # fmt: skip
    header = root / "scripts" / "amx_gcc.h"
    if not llama and header.is_file():
        shutil.copyfile(header, folder / header.name)
    whole = f"'localdigest[{','.join(extras)}]'" if extras else "localdigest"
    parts = (f"INSTALL-{'built' if llama else 'source'}.txt", "INSTALL-days.txt")
    notes = "".join((_NOTES / part).read_text(encoding="utf-8") for part in parts)
    told = notes.format(version=version, python=python, platform=target, named=whole)
    (folder / "INSTALL.txt").write_text(told, encoding="utf-8")


def requires(path: Path, extras: Sequence[str] = ()) -> list[str]:
    """The requirements of a wheel or a source archive, and of these extras of it; ConfigError for an unknown one."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            (name,) = [n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
            data = wheel.read(name)
    else:
        with tarfile.open(path) as archive:
            member = next(m for m in archive if re.fullmatch(r"[^/]+/PKG-INFO", m.name))
            file = archive.extractfile(member)
            data = file.read() if file else b""
    told = email.message_from_bytes(data)
    if unknown := set(extras) - set(told.get_all("Provides-Extra") or []):
        raise ConfigError("{name} has no extra {extra!r}", path.name, sorted(unknown)[0])
    wanted = []
    for line in told.get_all("Requires-Dist") or []:
        requirement, _, marker = line.partition(";")
        extra = re.search(r"\bextra\s*==\s*['\"]([^'\"]+)", marker)
        if extra is None:
            wanted.append(line)
        elif extra[1] in extras:
            wanted.append(requirement.strip())
    return wanted


def portable(target: str, folders: Sequence[Path]) -> Path | None:
    """The newest wheel in these folders that runs on any processor of the platform `target`'s architecture."""
    arch = re.sub(r"^manylinux_2_[0-9]+_", "", target)
    found = [path for folder in folders for path in folder.glob(f"llama_cpp_python-*-1portable-*{arch}.whl")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _check_llama(path: Path) -> None:
    if not path.is_file() or not re.fullmatch(r"llama_cpp_python-[\w.+-]+\.whl", path.name, re.ASCII):
        raise ConfigError("{path}: is no wheel of {llama}; scripts/setup leaves one in .venv/wheels", path, LLAMA)


def _pip(command: str, *arguments: str | Path) -> None:
    line = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        said = [text for text in done.stderr.splitlines() if text.startswith("ERROR")] or [f"exit {done.returncode}"]
        raise ConfigError(
            "pip {command} did not end well ({said}); run it with its index within reach", command, said[-1]
        )
