"""Looks into a wheel and a source distribution before they are given to anyone.

    python scripts/check_dist.py dist

Ends with 1, a line a fault, where metadata would be refused by a package index, a licence or a notice is missing, the
data that the program needs is not in the wheel, or something is in that has no business there.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.metadata import Metadata

ROOT = Path(__file__).resolve().parents[1]
TOP = ("models.toml", "prompts")
"""What stands at the top of the tree and in the wheel inside the package."""
STRAY = re.compile(
    r"(^|/)(\.venv|\.git|\.ci|__pycache__|\.[a-z]+_cache|build|dist)/|^workspace/|library\.db$|\.(gguf|pyc|egg-info)$"
)
LARGEST = 8 << 20
"""Bytes; a model or a build that slipped in would be more."""


def expected() -> set[str]:
    """Files of the wheel, by their paths in it, as the checkout has them."""
    package = {path.relative_to(ROOT) for path in (ROOT / "localdigest").rglob("*")}
    names = {path.as_posix() for path in package if (ROOT / path).is_file() and "__pycache__" not in path.parts}
    for name in TOP:
        top = ROOT / name
        names |= {
            f"localdigest/{path.relative_to(ROOT).as_posix()}" for path in (top, *top.rglob("*")) if path.is_file()
        }
    return names | {f"localdigest/schema/{path.name}" for path in (ROOT / "docs" / "schema").iterdir()}


def metadata(raw: bytes, where: str) -> Iterator[str]:
    try:
        found = Metadata.from_email(raw, validate=True)
    except ExceptionGroup as group:
        yield from (f"{where}: {error}" for error in group.exceptions)
        return
    version = re.search(r'__version__ = "(.+)"', (ROOT / "localdigest" / "__init__.py").read_text(encoding="utf-8"))
    if not version or str(found.version) != version[1]:
        yield f"{where}: version {found.version} is not that of localdigest/__init__.py"
    if found.description_content_type != "text/markdown" or not (found.description or "").startswith("# localdigest"):
        yield f"{where}: README.md is not its description"
    if found.license_expression != "Apache-2.0" or set(found.license_files or ()) != {"LICENSE", "NOTICE"}:
        yield f"{where}: licence {found.license_expression}, files {found.license_files}"


def wheel(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
        yield from metadata(archive.read(f"{info}/METADATA"), path.name)
        for name in sorted(expected() - names):
            yield f"{path.name}: lacks {name}"
        for name in sorted(name for name in names - expected() if not name.startswith(f"{info}/")):
            yield f"{path.name}: has {name}, which the checkout has not"
        for name in ("LICENSE", "NOTICE"):
            if f"{info}/licenses/{name}" not in names:
                yield f"{path.name}: lacks {name}"
        scripts = archive.read(f"{info}/entry_points.txt").decode()
        if "localdigest = localdigest.cli:main" not in scripts:
            yield f"{path.name}: has no command `localdigest`"
        yield from strays(names, path)


def sdist(path: Path) -> Iterator[str]:
    with tarfile.open(path) as archive:
        head = path.name.removesuffix(".tar.gz")
        names = {member.name.removeprefix(f"{head}/") for member in archive.getmembers() if member.isfile()}
        info = archive.extractfile(f"{head}/PKG-INFO")
        assert info, "PKG-INFO is a file"
        yield from metadata(info.read(), path.name)
    needed = {"README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "pyproject.toml", "tests/conftest.py"}
    needed |= {
        "scripts/setup",
        "scripts/requirements/build.txt",
        "scripts/requirements/dev.txt",
        "scripts/requirements/llama.txt",
    }
    for name in sorted(needed - names):
        yield f"{path.name}: lacks {name}"
    yield from strays(names, path)


def strays(names: set[str], path: Path) -> Iterator[str]:
    for name in sorted(filter(STRAY.search, names)):
        yield f"{path.name}: {name} has no business there"
    if path.stat().st_size > LARGEST:
        yield f"{path.name}: {path.stat().st_size >> 20} MiB"


def main(folder: Path) -> int:
    wheels, sdists = list(folder.glob("*.whl")), list(folder.glob("*.tar.gz"))
    faults = [fault for path in wheels for fault in wheel(path)] + [fault for path in sdists for fault in sdist(path)]
    if len(wheels) != 1 or len(sdists) != 1:
        faults.append(f"{folder}: one wheel and one source distribution are expected")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
