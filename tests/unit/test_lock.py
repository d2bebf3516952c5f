"""Locks hold what pyproject.toml asks for, each file by its hash; workflows name each action by its commit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.kit.places import ROOT

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
FOLDER = ROOT / "scripts" / "requirements"
LOCKS = sorted(path.stem for path in FOLDER.glob("*.txt"))
OWN = "localdigest (pyproject.toml)"
"""Who asks for a direct requirement, in a lock's comments."""
BUILT = "llama-cpp-python"
"""Built here, so only its source can be locked, in a file of its own."""
PLACES = [
    {"python_version": py, "python_full_version": f"{py}.9", "sys_platform": system, "platform_machine": machine}
    for py in ("3.11", "3.12", "3.13")
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
]


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    version: str
    hashes: int
    askers: frozenset[str]


def text(lock: str) -> str:
    return (FOLDER / f"{lock}.txt").read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, list[Pin]]:
    """By name; a package may have several, each for other systems or Pythons."""
    found: dict[str, list[Pin]] = {}
    for block in re.split(r"\n(?=[a-z0-9])", lock)[1:]:
        requirement = Requirement(block.partition(" \\\n")[0])
        (version,) = (part.version for part in requirement.specifier if part.operator == "==")
        askers = frozenset(re.findall(r"^ +# (?:via |  )(.+)$", block, re.MULTILINE))
        pin = Pin(requirement, version, len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block)), askers)
        found.setdefault(canonicalize_name(requirement.name), []).append(pin)
    return found


def asked(project: str, extras: tuple[str, ...]) -> Iterator[Requirement]:
    table = tomllib.loads(project)["project"]
    for line in [*table["dependencies"], *(line for extra in extras for line in table["optional-dependencies"][extra])]:
        requirement = Requirement(line)
        if requirement.name == table["name"]:
            for extra in sorted(requirement.extras):
                yield from map(Requirement, table["optional-dependencies"][extra])
        else:
            yield requirement


def applies(requirement: Requirement, place: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(place)


def disagreements(project: str, lock: str, extras: tuple[str, ...]) -> Iterator[str]:
    held = pins(lock)
    wanted = {canonicalize_name(each.name): each for each in asked(project, extras)}
    del wanted[canonicalize_name(BUILT)]
    direct = {name for name, found in held.items() if any(OWN in pin.askers for pin in found)}
    yield from (f"{name} is locked for pyproject.toml, which does not ask for it" for name in direct - set(wanted))
    for name, requirement in wanted.items():
        for place in PLACES:
            versions = [pin.version for pin in held.get(name, ()) if applies(pin.requirement, place)]
            if applies(requirement, place) and (len(versions) != 1 or versions[0] not in requirement.specifier):
                yield f"{requirement} is asked for, {versions} is locked for {place}"


@pytest.mark.parametrize(("lock", "extras"), [("dev", ("dev",)), ("runtime", ())])
def test_the_locks_hold_what_pyproject_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    assert not list(disagreements(PROJECT, text(lock), extras)), "run scripts/lock"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"click>=', '"leftpad>=1",\n  "click>=', "leftpad>=1 is asked for, [] is locked"),
        ('"click>=8.2,<9"', '"click>=99"', "click>=99 is asked for, ['8."),
        ('  "filelock>=3.20,<5",\n', "", "filelock is locked for pyproject.toml, which does not ask for it"),
        ('"mypy>=1.18,<3"', '"mypy>=1.18,<1.19"', "mypy<1.19,>=1.18 is asked for, ['2."),
        ("; sys_platform == 'win32'", "; sys_platform == 'darwin'", ""),
    ],
)
def test_a_lock_that_was_not_remade_is_noticed(before: str, after: str, fault: str) -> None:
    changed = PROJECT.replace(before, after)
    assert changed != PROJECT
    # tzdata is locked for all systems in any case, since other packages ask for it.
    assert any(said.startswith(fault) for said in disagreements(changed, text("dev"), ("dev",))) == bool(fault)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_locked_file_is_known_by_its_hash_and_by_nothing_of_a_place(lock: str) -> None:
    for name, found in pins(text(lock)).items():
        for pin in found:
            assert pin.hashes, name
            assert not pin.requirement.url
    rest = re.sub(r"^(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?| *#.*|)$", "", text(lock), flags=re.MULTILINE)
    for line in filter(None, rest.splitlines()):
        assert re.fullmatch(r"[a-z0-9-]+(\[[a-z,-]+\])?==[\w.+!]+( ; [^;]+)? \\", line), line
    assert "//" not in text(lock)


def test_the_locks_agree_with_each_other() -> None:
    assert LOCKS == ["build", "dev", "llama", "release", "runtime"]
    development = pins(text("dev"))
    for lock in ("build", "release", "runtime"):
        for name, found in pins(text(lock)).items():
            if name in development:
                assert {pin.version for pin in found} <= {pin.version for pin in development[name]}, (lock, name)
    (source,) = pins(text("llama"))[BUILT]
    (range_,) = (each.specifier for each in asked(PROJECT, ()) if each.name == BUILT)
    assert source.version in range_
    assert source.hashes == 1, "the source alone: no wheel of it is taken from elsewhere"
    assert not any(BUILT in pins(text(lock)) for lock in LOCKS if lock != "llama")


def test_what_builds_the_package_is_locked() -> None:
    for requirement in map(Requirement, tomllib.loads(PROJECT)["build-system"]["requires"]):
        (pin,) = pins(text("build"))[requirement.name]
        assert pin.version in requirement.specifier


def test_actions_of_the_workflows_are_named_by_their_commit() -> None:
    used = [
        line.strip()
        for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(used) >= 4
    for line in used:
        assert re.fullmatch(r"(- )?uses: (\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)", line), line
