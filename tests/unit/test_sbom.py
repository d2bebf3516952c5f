"""The bill of materials lists what a wheel needs, and nothing else of the environment."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from tests.kit.places import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import sbom


def wheel(folder: Path, *requirements: str) -> Path:
    path = folder / "toy_wheel-1.0-py3-none-any.whl"
    lines = ["Metadata-Version: 2.4", "Name: toy_wheel", "Version: 1.0", "License-Expression: Apache-2.0"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requirements]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy_wheel-1.0.dist-info/METADATA", "\n".join(lines) + "\n\n")
    return path


def listed(path: Path) -> dict[str, dict[str, object]]:
    """The components by name, each with whom it needs."""
    bill = json.loads(sbom.written(path))
    found = {each["name"]: each for each in (bill["metadata"]["component"], *bill["components"])}
    names = {each["bom-ref"]: name for name, each in found.items()}
    for each in bill["dependencies"]:
        found[names[each["ref"]]]["needs"] = sorted(names[ref] for ref in each.get("dependsOn", ()))
    return found


def test_what_a_wheel_needs_is_listed_with_version_licence_and_needs(tmp_path: Path) -> None:
    path = wheel(tmp_path, "Jinja2>=3", "pytest>=1; extra == 'dev'", "absent>=1; sys_platform == 'nowhere'")
    found = listed(path)
    assert set(found) == {"toy-wheel", "jinja2", "markupsafe"}
    assert found["toy-wheel"]["needs"] == ["jinja2"]
    assert found["jinja2"]["needs"] == ["markupsafe"]
    assert found["markupsafe"]["version"] == version("markupsafe")
    assert found["jinja2"]["purl"] == f"pkg:pypi/jinja2@{version('jinja2')}"
    assert found["markupsafe"]["licenses"] == [{"license": {"acknowledgement": "declared", "id": "BSD-3-Clause"}}]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["toy-wheel"]["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_an_extra_that_is_asked_for_brings_what_it_needs(tmp_path: Path) -> None:
    assert "babel" not in listed(wheel(tmp_path, "jinja2"))
    assert listed(wheel(tmp_path, "jinja2", "jinja2[i18n]"))["jinja2"]["needs"] == ["babel", "markupsafe"]


def test_a_need_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackageNotFoundError, match="leftpad-of-nobody"):
        sbom.bill(wheel(tmp_path, "leftpad-of-nobody>=1"))
