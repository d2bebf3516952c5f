"""A digest on a Ray cluster of several nodes on this machine. Needs Ray (`localdigest[cluster]`); skips without."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from random import Random
from typing import Any

import pytest

from localdigest import run, store
from localdigest.cli import overview
from localdigest.engine.cluster.node import Node
from localdigest.engine.cluster.nodes import Cluster, open_cluster
from localdigest.flows.brief import find_models
from localdigest.messages.errors import ConfigError, ModelError
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import standing
from localdigest.records import Message, Request
from localdigest.run.drive import drive
from localdigest.workspace import config
from tests.kit import tiny_models
from tests.kit.conversations import conversation, expected, outcomes
from tests.kit.places import ROOT, SAMPLE, SAMPLE_DAY
from tests.kit.scripted_engine import Scripted, whole_day
from tests.kit.scripted_node import SPEC, ray_cluster

sys.path.insert(0, str(ROOT / "scripts"))

needs_ray = [
    pytest.mark.skipif(util.find_spec("ray") is None, reason="needs Ray: pip install 'localdigest[cluster]'"),
    # What Ray itself leaves open or warns of when its own processes end; nothing of ours is among it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*subprocess.*still running:ResourceWarning"),
    # Where Ray's native code ends the process that tests run in, pytest-xdist starts another and they are tried there.
    pytest.mark.flaky(reruns=2),
]


# ---------------------------------------------------------------- a node, without Ray


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModelSpec, bytes]:
    """A model of a few bytes, and an empty folder for it."""
    monkeypatch.setenv("LOCALDIGEST_MODELS", str(tmp_path / "models"))
    content = b"GGUF" + bytes(range(256)) * 40
    return ModelSpec("tiny", len(content), hashlib.sha256(content).hexdigest(), (), "tiny.gguf"), content


def test_a_node_takes_a_model_in_pieces_and_keeps_it_by_its_hash(tiny: tuple[ModelSpec, bytes]) -> None:
    spec, content = tiny
    node = Node()
    assert node.greet(spec)[1] is False
    for at in range(0, len(content), 1000):
        node.take(spec, content[at : at + 1000])
    node.taken(spec)
    assert node.greet(spec)[1] is True
    assert catalogue.locate(spec, catalogue.models_folder()).read_bytes() == content
    assert [path.name for path in catalogue.models_folder().iterdir()] == ["tiny.gguf", "tiny.gguf.verified"]


def test_bytes_that_are_not_the_models_are_never_opened(tiny: tuple[ModelSpec, bytes]) -> None:
    spec, content = tiny
    node = Node()
    node.take(spec, content[:-1] + b"!")
    with pytest.raises(ModelError, match="other bytes"):
        node.taken(spec)
    assert list(catalogue.models_folder().iterdir()) == []
    with pytest.raises(ModelError, match="not in"):
        node.open(spec, "cpu", 1)


def test_a_nodes_turn_ends_when_there_is_nothing_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localdigest.engine.cluster.node.TURN", 3600.0)
    node = Node("tests.kit.scripted_node:paced")
    slots, _ = node.open(SPEC, "cpu", 1)
    assert slots == 4
    turn = node.turn([(7, Request((Message("user", "a"),), 5), False), (9, Request((Message("user", "b"),), 5), True)])
    assert sorted(ticket for ticket, _ in turn.ended) == [7, 9]
    assert turn.stats.output_tokens == 40
    assert node.turn([]).ended == ()


# ---------------------------------------------------------------- a cluster of scripted nodes


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelSpec, Path]:
    """A model of random weights that runs, in the folder of models that the first nodes have."""
    path, content = tmp_path_factory.mktemp("models") / "small.gguf", tiny_models.model("qwen2")
    path.write_bytes(content)
    return ModelSpec("small", len(content), hashlib.sha256(content).hexdigest(), (), path.name), path


@pytest.fixture(scope="module")
def ray(small: tuple[ModelSpec, Path]) -> Iterator[Any]:
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALDIGEST_MODELS", str(small[1].parent))
        with ray_cluster(2) as cluster:
            yield cluster


class TestScripted:
    pytestmark = needs_ray

    @pytest.fixture
    def engine(self, ray: Any) -> Iterator[Cluster]:
        self.said: list[str] = []
        say = lambda text: self.said.append(str(text))  # noqa: E731
        opened = open_cluster(ray.address, SPEC, None, "cpu", say, "tests.kit.scripted_node:paced")
        yield opened
        opened.close()

    def test_two_nodes_answer_as_one_engine_would(self, engine: Cluster) -> None:
        assert outcomes(engine, 40) == expected(40)
        assert engine.slots == 8
        assert engine.description == "2 x paced"
        assert sum("has joined: 4 sequences" in text for text in self.said) == 2
        assert len(engine.stats.members) == 2
        assert all(one.rate > 0 for one in engine.stats.members.values())

    def test_a_node_may_come_and_a_node_may_go(self, ray: Any, engine: Cluster) -> None:
        come = [ray.add_node(num_cpus=1, object_store_memory=100 << 20)]
        deadline = time.monotonic() + 60
        while engine.slots < 12 and time.monotonic() < deadline:
            engine.step()
        assert engine.slots == 12

        def go() -> None:
            if engine.stats.output_tokens > 1000 and come:
                ray.remove_node(come.pop())

        def stays() -> bool:
            return not any("is lost" in text for text in self.said)

        found = outcomes(engine, 60, stepped=go, more=stays)
        assert found == expected(len(found))
        assert not come
        assert engine.slots == 8

    def test_actors_killed_at_random_cost_no_answer(self, engine: Cluster) -> None:
        from bench_cluster import actors

        dice, killed = Random(3), [0]  # noqa: S311

        def kill() -> None:
            if killed[0] < 3 and engine.stats.output_tokens > 900 * killed[0] + 300 and (victims := actors()):
                os.kill(dice.choice(victims), signal.SIGKILL)
                killed[0] += 1

        found = outcomes(engine, 60, stepped=kill, more=lambda: killed[0] < 3)
        assert found == expected(len(found))

    def test_nobody_waits_in_ray_when_the_cluster_is_left(self, ray: Any) -> None:
        """Ray frees what a waiting thread holds, and the process dies of it."""
        before = set(threading.enumerate())
        engine = open_cluster(ray.address, SPEC, None, "cpu", lambda _: None, "tests.kit.scripted_node:paced")
        for ticket in range(8):
            engine.submit(Request((Message("user", str(ticket)),), 5))
        engine.step()
        engine.close()
        assert set(threading.enumerate()) <= before

    def test_a_node_that_refuses_is_left_out_with_its_reason(self, ray: Any) -> None:
        with pytest.raises(ModelError, match="this node will not"):
            open_cluster(ray.address, SPEC, None, "cpu", lambda _: None, "tests.kit.scripted_node:refusing")

    def test_a_day_on_two_nodes_is_the_day_on_one(self, ray: Any, tmp_path: Path) -> None:
        pages = []
        for name in ("one", "two"):
            config.create(tmp_path / name)
            space = config.open_workspace(tmp_path / name)

            def opener(_model: ModelSpec) -> Any:
                opened = open_cluster(ray.address, SPEC, None, "cpu", lambda _: None, "tests.kit.scripted_node:paced")
                while opened.slots < 8:  # until both nodes have joined
                    opened.step()
                return opened

            if name == "one":
                pages.append(whole_day(space, Scripted()).page.read_text(encoding="utf-8"))
                continue
            with store.Store(space.library) as library:
                agenda = run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None)
                (made,) = run.make(space, library, agenda, find_models(space), opener, lambda _: None)
                pages.append(made.page.read_text(encoding="utf-8"))
                told = overview.words(overview.rows(standing.standing(space, library), library.speeds()))
            assert told.count("\nnode ") == 2
            assert json.loads(space.nodes.read_bytes())[0]["output_tokens"] > 0
        assert pages[0] == pages[1]

    @pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:10001", "127.0.0.1", "nowhere.invalid:6379"])
    def test_no_cluster_is_said_in_one_sentence(self, address: str) -> None:
        with pytest.raises(ConfigError, match=f"no Ray cluster at {address} .*ray start --head"):
            open_cluster(address, SPEC, None, "cpu", lambda _: None)


# ---------------------------------------------------------------- a cluster with a model


class TestModel:
    pytestmark = needs_ray

    def test_a_node_that_lacks_the_model_is_sent_it_and_one_that_is_lost_costs_no_answer(
        self, ray: Any, small: tuple[ModelSpec, Path], tmp_path: Path
    ) -> None:
        """Flows begin until the third node has come and another one is gone, so nothing hangs on how fast they are."""
        spec, path = small
        said: list[str] = []
        spare, victim = tmp_path / "models", next(iter(ray.worker_nodes))
        spare.mkdir()
        engine = open_cluster(ray.address, spec, path, "cpu", lambda text: said.append(str(text)))
        begun = 0

        def flows() -> Iterator[tuple[int, Any]]:
            nonlocal begun
            while not any("is lost" in text for text in said):
                begun += 1
                yield begun, conversation(f"Count from {begun}", (1, 1))

        def change() -> None:
            if len(ray.worker_nodes) == 2 and victim in ray.worker_nodes and engine.stats.output_tokens:
                ray.add_node(num_cpus=1, object_store_memory=100 << 20, env_vars={"LOCALDIGEST_MODELS": str(spare)})
            if sum("has joined" in text for text in said) == 3 and victim in ray.worker_nodes:
                ray.remove_node(victim)

        drafts = dict(drive(flows(), engine, change))
        engine.close()
        assert set(drafts) == set(range(1, begun + 1))
        assert not [draft for draft in drafts.values() if isinstance(draft, Exception)]
        assert any(f"lacks {spec.name}; it is sent there" in text for text in said)
        assert catalogue.locate(spec, spare).stat().st_size == spec.size
