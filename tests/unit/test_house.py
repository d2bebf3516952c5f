"""The house: a package imports lower ranks only, heavy libraries stay behind one door, no module grows past reading."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

from tests.kit.places import ROOT

PACKAGE = ROOT / "localdigest"
MODULES = {
    ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): p for p in PACKAGE.rglob("*.py")
}

RANKS = (
    {"__init__", "records", "files", "messages"},
    {"language"},
    {"text"},
    {"checks", "arxiv", "pdf", "models", "store", "select", "workspace"},
    {"render", "evidence"},
    {"flows", "engine"},
    {"pages"},
    {"run", "transfer", "serve", "doctor", "bench", "deliver"},
    {"evaluate"},
    {"cli"},
    {"__main__"},
)
"""By rank, the lowest first: a package may import what stands above it here, and nothing beside it."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""(module, package of its own or a higher rank that it imports): why."""

HOMES = {
    "click": {"cli"},
    "rich": {"cli"},
    "httpx": {"arxiv", "engine.endpoint"},
    "huggingface_hub": {"models"},
    "pypdf": {"pdf"},
    "pypdfium2_raw": {"pdf.pdfium"},
    "llama_cpp": {"engine.llama", "bench"},
    "sqlite3": {"store", "pages.rebuild"},
    "jinja2": {"language", "engine.chat", "render"},
    "markupsafe": {"render"},
    "latex2mathml": {"render"},
    "feedparser": {"arxiv"},
    "ray": {"engine.cluster"},
    "waitress": {"serve"},
    "tenacity": {"arxiv", "engine.endpoint"},
    "cryptography": {"transfer.keys"},
    "numpy": {"engine", "bench", "select", "pdf.cut", "pdf.picture"},
    "bm25s": {"select"},
    "bibtexparser": {"select", "render"},
    "opencc": {"language"},
    "pylatexenc": {"text"},
    "sacrebleu": {"evaluate"},
    "smtplib": {"deliver.channels"},
    "apprise": {"deliver.channels"},
}
"""The only packages or modules that may import a library, at the top or inside a function."""


@functools.cache
def imported(path: Path) -> set[str]:
    """Full names of what a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(name: str) -> str:
    """Of the top level, that `name`, without `localdigest.`, lies in; `__init__` for a name of the root itself."""
    head = name.partition(".")[0]
    return head if any(head in packages for packages in RANKS) else "__init__"


def rank(package: str) -> int:
    return next(number for number, packages in enumerate(RANKS) if package in packages)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_package_imports_lower_ranks_only(name: str) -> None:
    package = name.partition(".")[0]
    for each in imported(MODULES[name]):
        head, _, rest = each.partition(".")
        if head == "localdigest":
            other = room(rest)
            allowed = other == package or rank(other) < rank(package) or rank(package) == 0 == rank(other)
            assert allowed or (name, other) in EXCEPTIONS, f"{name} imports {each}"
        else:
            homes = HOMES.get(head, {name})
            assert any(f"{name}.".startswith(f"{home}.") for home in homes), f"{name} imports {head}"


def test_every_package_has_a_rank_and_every_rule_a_use() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set().union(*RANKS)
    uses = {(name.partition(".")[0], each.partition(".")[0]) for name, p in MODULES.items() for each in imported(p)}
    for library, homes in HOMES.items():
        for home in homes:
            assert (home.partition(".")[0], library) in uses, f"{home} does without {library} now"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_is_longer_than_400_lines(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 400


def test_no_test_imports_another() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        shared = path.name == "conftest.py" or "kit" in path.parts
        others = {each for each in imported(path) if each.startswith("tests.") and not each.startswith("tests.kit")}
        assert shared or not others, f"{path}: {others}"


def test_at_most_30_rooms_and_12_files_on_the_ground_floor() -> None:
    assert sum(path.is_file() for path in PACKAGE.iterdir()) <= 12
    assert len({name.partition(".")[0] for name in MODULES}) <= 30


def test_at_most_150_arrows_between_the_rooms() -> None:
    """Which package imports which; the version, which the root has, is no arrow."""
    arrows = {
        (room(name), room(rest))
        for name, path in MODULES.items()
        for head, _, rest in (each.partition(".") for each in imported(path))
        if head == "localdigest"
    }
    arrows = {(a, b) for a, b in arrows if a != b and b != "__init__"}
    assert len(arrows) <= 150, sorted(arrows)
