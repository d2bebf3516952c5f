"""Shared fixtures. The seams that tests may fake: the engine (scripted) and the wire (a local HTTP server)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from localdigest import run, store
from localdigest.models import catalogue
from localdigest.transfer import keys
from localdigest.workspace import config
from tests.kit.endpoint_server import Served, serve
from tests.kit.hub_server import CONTENT, HUB, Hub
from tests.kit.measurements import EN, GOOD
from tests.kit.places import ROOT, SAMPLE, SAMPLE_DAY

TOGETHER = ("system/model/", "system/browser/")
"""Folders whose files share what is made once a session: a loaded model, a browser."""
FIRST = ("system/engine/test_cluster", "system/model/", "system/run/test_faults", "system/workspace/", "system/cli/",
         "system/browser/", "system/pdf/", "system/")  # fmt: skip
"""What takes longest comes first, so that no process has much left when the others have ended."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """In several processes the tests of a file, or of a folder of TOGETHER, stay in one, in their order."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return next((folder for folder in TOGETHER if folder in path), path)

    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((at for at, part in enumerate(FIRST) if part in item.path.as_posix()), len(FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's larger test material, kept beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the shared test material, not found at {folder}")
    return folder


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's processes take turns: a test must neither wait for the user's own runs nor hold them up."""
    folder = tmp_path_factory.mktemp("state")
    logging.getLogger("localdigest").setLevel(logging.NOTSET)  # what a command of another test has set
    monkeypatch.setenv("LOCALDIGEST_STATE", str(folder))
    # A proxy of the machine's has no business with 127.0.0.1, and a test has none with the world beyond it.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    # The engine's threads wait for each other asleep; spinning, they would take a processor from the other process.
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    return folder


# ---------------------------------------------------------------- two machines with a stick between them


@pytest.fixture
def sender(tmp_path: Path) -> config.Workspace:
    """The connected box, the sample day collected and nothing done on it."""
    root = tmp_path / "connected"
    config.create(root)
    space = config.open_workspace(root)
    with store.Store(space.library) as library:
        run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None)
    return space


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    root = tmp_path / "lab"
    config.create(root)
    return root


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    keys.generate(tmp_path / "box")
    keys.generate(tmp_path / "other")
    return tmp_path / "stick"


# ---------------------------------------------------------------- a lab's own server


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(Served()) as one:
        yield one


# ---------------------------------------------------------------- what `eval` measures


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pairs, and a model that is there."""
    (tmp_path / "no-model.gguf").touch()
    monkeypatch.setattr(catalogue, "locate", lambda *_, **__: tmp_path / "no-model.gguf")
    rows = [{"id": f"t{i}", "en": EN.replace("40", str(40 + i)), "zh": GOOD} for i in range(3)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


# ---------------------------------------------------------------- a hub of models


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(HUB.repo, HUB.revision, HUB.file, CONTENT) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield server
        huggingface_hub.close_session()
