"""Imports point one way, heavy libraries stay behind one door, and no module grows past what one reads at a sitting."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "localdigest"
NAMES = {
    ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): p for p in PACKAGE.rglob("*.py")
}
MODULES = {name: path for name, path in NAMES.items() if name != "__init__"}

BASE = {"records", "errors", "files", "config", "terminal", "messages"}
"""For everybody; they know nothing of the work."""
ALSO = {
    "translate": {
        "check",
        "glossary",
        "languages",
        "numbers",
        "prompts",
        "repair",
        "sentences",
        "spans",
        "tidy",
        "titles",
    },
    "explain": {
        "captions",
        "check",
        "evidence",
        "glossary",
        "languages",
        "numbers",
        "prompts",
        "repair",
        "sentences",
        "tidy",
    },
    "cite": {"evidence", "explain", "glossary", "languages", "numbers", "prompts", "repair", "tidy"},
    "repair": {"gloss", "glossary", "prompts"},
    "config": {"languages"},
    "prompts": {"languages"},
    "render.words": {"languages"},
    "plan": {"glossary", "languages"},
    "glossary": {"languages", "script"},
    "gloss": {"languages", "prompts", "script", "spans"},
    "check": {"languages", "names", "numbers", "sentences", "shape", "spans", "tongues"},
    "shape": {"languages", "sentences", "spans"},
    "echoes": {"languages"},
    "tidy": {"echoes", "languages", "numbers", "script", "spans"},
    "titles": {"languages", "spans"},
    "names": {"languages", "spans"},
    "tongues": {"languages", "script", "sentences"},
    "numbers": {"languages", "numerals", "spans"},
    "script": {"languages"},
    "evidence": {"captions", "sections"},
    "feed": {"unseen"},
    "pdf.chars": {"unseen"},
    "pdf.child": {"unseen"},
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
        "languages",
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
    "publish": {"announcements", "models", "pages", "plan", "render.forms", "render.templates", "site", "store"},
    "drive": {"engine"},
    "work": {"cite", "drive", "explain", "models", "pages", "pdf", "plan", "prompts", "repair", "translate"},
    "events": {"engine"},
    "evaluate.measure": {"drive", "engine", "events", "models", "pages", "pdf", "plan", "work"},
    "evaluate.inputs": {"feed", "plan"},
    "doctor.report": {"engine", "engine.settings", "models"},
    "doctor.native": {"machine", "models"},
    "doctor.host": {"announcements", "client", "machine", "models"},
    "doctor.space": {"lock", "models", "pages", "store"},
    "query": {"terms"},
    "store.index": {"query"},
    "store.archive": {"query"},
    "search": {"query", "store", "store.archive", "store.index"},
    "rebuild": {"announcements", "models", "pages", "plan", "store", "window"},
    "render.math": {"spans"},
    "serve": {"serve.app", "serve.guard"},
    "serve.app": {
        "pages",
        "render.archive",
        "render.forms",
        "publish",
        "search",
        "serve.guard",
        "site",
        "store",
        "store.index",
    },
    "site": {"render.archive", "render.forms"},
    "status": {"engine", "ledger", "pages", "store", "tally", "window"},
    "tally": {"plan", "selection"},
    "progress": {"engine", "events", "pace"},
    "overview": {"status"},
    "screen": {"render.paper"},
    "unpublished": {"drive", "engine", "events", "models", "pages", "pdf", "plan", "work"},
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
    "doctor": {"doctor"},
    "evaluate": {"evaluate"},
    "package": {"package"},
    "pdf": {"pdf"},
    "render": {"render"},
    "store": {"store"},
}
"""What all modules of a package may know."""
KNOWS_SETTINGS = {
    "doctor.report",
    "unpublished",
    "serve",
    "serve.app",
    "rebuild",
    "pages",
    "publish",
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

_COMMANDS = {*"complete doctor evaluate help model options package paper search serve start".split()}  # noqa: SIM905
HOMES = {
    "click": {"cli", *(f"cli.{name}" for name in _COMMANDS)},
    "rich": {"progress", "screen"},
    "httpx": {"client", "engine.endpoint"},
    "huggingface_hub": {"sources"},
    "pypdf": {"pdf.child"},
    "llama_cpp": {"engine.llama", "bench.children"},
    "sqlite3": {"rebuild", "store.database", "store.index"},
    "jinja2": {
        "engine.chat",
        "prompts",
        "render.html",
        "render.jekyll",
        "render.markdown",
        "render.templates",
        "render.xml",
    },
    "markupsafe": {"render.archive", "render.chart", "render.html", "render.math"},
    "latex2mathml": {"render.math"},
    "feedparser": {"feed"},
    "ray": {"cluster.nodes"},
    "waitress": {"serve"},
    "tenacity": {"client", "engine.endpoint"},
    "cryptography": {"package.keys"},
    "numpy": {"bench", "bench.children", "engine.llama", "engine.sampling", "engine.scheduler", "interests"},
    "bm25s": {"interests"},
    "bibtexparser": {"interests", "render.citations"},
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
        assert ours <= BASE - {"config", name} | ALSO.get(name, set())
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
        ("localdigest.cli", "llama_cpp numpy pypdf httpx huggingface_hub sqlite3 jinja2 feedparser rich babel"),
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
    # A run under coverage has its children load coverage, and that sqlite3.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=PACKAGE.parent, capture_output=True, text=True, check=True, env=env)
    assert done.stdout.split() == []
