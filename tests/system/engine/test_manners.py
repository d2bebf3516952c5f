"""How the engine's child gives way to other programs."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localdigest.engine.settings import Settings, bound_spin, remember
from localdigest.models.catalogue import load_catalogue
from localdigest.models.processors import Look, Room
from localdigest.run import opener
from localdigest.workspace.config import Config, Engine
from tests.kit.hostile_models import tiny
from tests.kit.places import ROOT


def test_spinning_is_bounded_unless_the_user_has_said_how() -> None:
    plain: dict[str, str] = {"HOME": "/"}
    bound_spin(plain)
    assert int(plain["GOMP_SPINCOUNT"]) < 300_000
    for own in ({"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "7"}):
        mine = dict(own)
        bound_spin(mine)
        assert mine == own


@pytest.mark.skipif(not hasattr(os, "nice"), reason="a Unix has it")
def test_a_process_gives_way_as_it_is_told() -> None:
    code = "import os; from localdigest.engine.settings import give_way; was = os.nice(0); {}; print(os.nice(0) - was)"
    for call, more in (("give_way(0)", "0"), ("give_way(3)", "3")):
        done = subprocess.run(
            [sys.executable, "-c", code.format(call)], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert done.stdout.strip() == more


def test_what_is_configured_goes_before_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load_catalogue(folder=tmp_path).find("starter")
    monkeypatch.setenv("LOCALDIGEST_STATE", str(tmp_path))
    remember(tmp_path / "engine.json", spec.sha256, Settings(threads=3, slots=8))
    assert opener.settings(Config(), spec) == Settings(threads=3, slots=8)
    conf = Config(engine=Engine(threads=1, nice=5))
    assert opener.settings(conf, spec) == Settings(threads=1, slots=8, nice=5)
    opener.remember(spec, Settings(slots=24, nice=5))
    assert opener.settings(Config(), spec) == Settings(slots=24)


def test_each_decode_uses_as_many_threads_as_there_is_room_for(tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    from localdigest.engine.llama import LlamaBackend

    path = tmp_path / "model.gguf"
    path.write_bytes(tiny().data())
    backend = LlamaBackend(path, Settings("cpu", slots=2, threads=2))
    backend.open(512)
    others = iter((0.0, 2.0, 0.0))
    seconds = itertools.count(0, 2)
    taken = 0.0

    def look() -> Look:
        nonlocal taken
        taken += 2 * next(others, 0.0)
        return Look(float(next(seconds)), taken, 0.0)

    backend._room = Room(2, 2, look, lambda: float("inf"))
    used = []
    for position in range(3):
        assert backend.decode([(5, position, 0, True)])
        used.append(llama_cpp.llama_n_threads(backend._context))
    assert used == [1, 2, 2]
    backend.close()
