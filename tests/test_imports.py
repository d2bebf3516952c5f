"""Imports point one way, heavy libraries stay behind one door, and no module grows past what one reads at a sitting."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "localdigest"
NAMES = {
    ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): p for p in PACKAGE.rglob("*.py")
}
MODULES = {name: path for name, path in NAMES.items() if name != "__init__"}

BASE = {"records", "errors", "files", "config", "terminal"}
"""For everybody; they know nothing of the work."""
ALSO = {
    "translate": {"check", "glossary", "languages", "numbers", "prompts", "repair", "sentences", "tidy"},
    "explain": {"check", "evidence", "glossary", "languages", "numbers", "prompts", "repair", "sentences", "tidy"},
    "repair": {"gloss", "glossary", "prompts"},
    "plan": {"glossary"},
    "gloss": {"languages", "prompts", "spans"},
    "check": {"languages", "numbers", "sentences", "spans"},
    "tidy": {"languages", "numbers", "script", "spans"},
    "numbers": {"languages"},
    "script": {"languages"},
    "evidence": {"sentences"},
    "pdf.text": {"sentences"},
    "sources": {"models"},
    "pull": {"models", "sources"},
    "machine": {"models"},
    "client": {"cache", "download", "ledger", "limiter"},
    "pdfs": {"client", "download", "plan", "store"},
    "batch": {"announcements"},
    "ask": {"client"},
    "pages": {
        "announcements",
        "batch",
        "glossary",
        "interests",
        "models",
        "plan",
        "prompts",
        "repair",
        "selection",
        "store",
        "window",
    },
    "harvest": {"announcements", "ask", "batch", "client", "feed", "pages", "store", "window"},
    "selection": {"terms"},
    "interests": {"terms"},
    "pace": {"plan"},
    "drive": {"engine"},
    "work": {"drive", "explain", "models", "pages", "pdf", "plan", "spans", "translate"},
    "events": {"engine"},
    "evaluate.measure": {"drive", "engine", "events", "models", "pages", "pdf", "plan", "work"},
    "evaluate.inputs": {"feed", "plan"},
    "doctor": {"models", "store"},
    "rebuild": {"announcements", "models", "pages", "plan", "store", "window"},
    "status": {"engine", "ledger", "pages", "plan", "selection", "store", "window"},
    "progress": {"engine", "events", "pace"},
    "cluster.node": {"engine", "engine.settings", "models"},
    "cluster.nodes": {"engine", "engine.settings", "engine.team", "models"},
    "package.content": {"store", "window"},
    "package.make": {"models", "store"},
    "package.opening": {"models", "store"},
}
"""What a module may know beside BASE: its own stage's others, and the flows' helpers."""
PACKAGES = {
    "engine": {"engine"},
    "bench": {"bench", "engine"},
    "cluster": {"cluster"},
    "evaluate": {"evaluate"},
    "package": {"package"},
    "pdf": {"pdf"},
    "render": {"render"},
    "store": {"store"},
}
"""What all modules of a package may know."""
KNOWS_SETTINGS = {
    "doctor",
    "rebuild",
    "pages",
    "harvest",
    "status",
    "work",
    "evaluate.measure",
    "package.content",
    "package.make",
    "package.opening",
}
"""Beside TOP: the modules that join stages. A stage is given values."""
TOP = {"run", "__main__", *(name for name in MODULES if name.split(".")[0] == "cli")}

HOMES = {
    "click": {"cli", "cli.doctor", "cli.evaluate", "cli.model", "cli.options", "cli.package"},
    "rich": {"progress"},
    "httpx": {"client", "engine.endpoint"},
    "huggingface_hub": {"sources"},
    "pypdf": {"pdf.child"},
    "llama_cpp": {"engine.llama", "bench.children"},
    "sqlite3": {"rebuild", "store.database"},
    "jinja2": {"prompts", "render.jekyll", "engine.chat"},
    "feedparser": {"feed"},
    "ray": {"cluster.nodes"},
    "tenacity": {"client", "engine.endpoint"},
    "cryptography": {"package.keys"},
    "numpy": {"bench", "bench.children", "engine.llama", "engine.sampling", "engine.scheduler", "interests"},
    "bm25s": {"interests"},
    "bibtexparser": {"interests"},
    "sacrebleu": {"evaluate.scores"},
}
"""The only modules that may import a library, at the top or inside a function."""


def imported(path: Path) -> tuple[set[str], set[str]]:
    """Modules of ours and top-level names of others that a file imports, wherever in it."""
    ours, others = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            head, _, rest = name.partition(".")
            if head != "localdigest":
                others.add(head)
                continue
            while rest and rest not in MODULES:  # `localdigest.records.Paper` -> `records`
                rest = rest.rpartition(".")[0]
            ours.add(rest)
    return ours - {""}, others


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_one_way(name: str) -> None:
    ours, others = imported(MODULES[name])
    if name == "run":
        assert not ours & {"cli", "progress"}
    elif name in BASE:
        assert ours <= BASE - {"config", name}
    elif name not in TOP:
        package = name.split(".")[0]
        own = {m for m in MODULES if m.split(".")[0] in PACKAGES.get(package, ())}
        settings = {"config"} if name not in KNOWS_SETTINGS else set()
        assert ours <= BASE - settings | ALSO.get(name, set()) | own
    assert not {library for library in others if name not in HOMES.get(library, {name})}


def test_every_rule_names_modules_that_there_are() -> None:
    named = {*BASE, *TOP, *ALSO, *(m for group in (*ALSO.values(), *HOMES.values()) for m in group)}
    assert named <= set(MODULES)
    for library, homes in HOMES.items():
        for home in homes:
            assert library in imported(MODULES[home])[1], f"{home} does without {library} now"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_is_longer_than_400_lines(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("localdigest.cli", "llama_cpp numpy pypdf httpx huggingface_hub sqlite3 jinja2 feedparser"),
        # An offline run must not so much as load an HTTP library; a run with nothing due loads no engine.
        ("localdigest.status", "llama_cpp numpy pypdf httpx huggingface_hub"),
        ("localdigest.progress", "llama_cpp numpy pypdf httpx huggingface_hub requests bm25s bibtexparser"),
        ("localdigest.engine", "llama_cpp numpy jinja2 httpx"),
        ("localdigest.run", "llama_cpp pypdf httpx ray tenacity requests"),
        ("localdigest.engine.team", "llama_cpp numpy httpx ray"),
        ("localdigest.pdf", "pypdf"),
        # Opening a package is offline work too, and the first thing that happens to a stranger's bytes.
        ("localdigest.package.opening", "llama_cpp numpy pypdf httpx huggingface_hub feedparser requests jinja2"),
        ("localdigest.package.check", "llama_cpp numpy pypdf httpx huggingface_hub feedparser requests http.client"),
    ],
)
def test_importing_loads_only_what_is_used(module: str, absent: str) -> None:
    code = f"import sys, {module}; print(*[n for n in {absent.split()!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
