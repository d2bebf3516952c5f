"""Writes beside a wheel what it needs, as a CycloneDX bill of materials: versions, licences, and who needs whom.

    .venv/bin/python scripts/sbom.py dist

The versions are those of the environment that runs this, so those of the lock with which the tests ran
(scripts/requirements/dev.txt).
Markers are judged for its system and its Python. What a package has compiled in, as llama-cpp-python has llama.cpp, is
not listed.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FORM = (OutputFormat.JSON, SchemaVersion.V1_6)


def requirements(package: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, package.requires or ()):
        marker = requirement.marker
        if not marker or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def licences(package: Distribution) -> Iterator[License]:
    """Its expression; without one, what it says in the older fields, where texts and placeholders stand as well."""
    said = [text for key in ("License-Expression", "License") for text in package.metadata.get_all(key) or ()]
    classes = [text.split(" :: ")[-1] for text in package.metadata.get_all("Classifier") or () if "License ::" in text]
    short = [text for text in said if text != "UNKNOWN" and "\n" not in text]
    for text in short[:1] or classes:
        yield LicenseFactory().make_from_string(text, license_acknowledgement=LicenseAcknowledgement.DECLARED)


def component(package: Distribution, kind: ComponentType = ComponentType.LIBRARY) -> Component:
    name = canonicalize_name(package.name)
    return Component(
        name=name,
        version=package.version,
        type=kind,
        bom_ref=f"{name}=={package.version}",
        purl=PackageURL("pypi", None, name, package.version),
        description=next(iter(package.metadata.get_all("Summary") or ()), None),
        licenses=licences(package),
    )


def bill(wheel: Path) -> Bom:
    """Raises PackageNotFoundError where something that the wheel needs is not installed."""
    (package,) = distributions(path=[str(wheel)])
    root = component(package, ComponentType.APPLICATION)
    root.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(wheel.read_bytes()).hexdigest()))
    made = Bom()
    made.metadata.component = root
    found: dict[str, Component] = {}
    waiting = [(root, requirement) for requirement in requirements(package, ())]
    seen: set[str] = set()
    while waiting:
        needing, requirement = waiting.pop()
        needed = distribution(requirement.name)
        name = canonicalize_name(requirement.name)
        target = found.setdefault(name, component(needed))
        made.register_dependency(needing, [target])
        # With an extra, a package that was met before may need more.
        if (key := f"{name}{sorted(requirement.extras)}") not in seen:
            seen.add(key)
            waiting += [(target, more) for more in requirements(needed, requirement.extras)]
    made.components.update(found.values())
    return made


def written(wheel: Path) -> str:
    return make_outputter(bill(wheel), *FORM).output_as_string(indent=2) + "\n"


def main(folder: Path) -> int:
    (wheel,) = folder.glob("*.whl")
    text = written(wheel)
    if fault := make_schemabased_validator(*FORM).validate_str(text):
        print(f"{wheel.name}: its bill of materials is not valid: {fault}", file=sys.stderr)
        return 1
    name, version = wheel.name.split("-")[:2]
    (folder / f"{name}-{version}.cdx.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
