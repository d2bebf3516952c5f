"""A digest on a Ray cluster of several nodes on this machine. Needs Ray (`localdigest[cluster]`); skips without."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path
from random import Random
from typing import Any

import pytest

from localdigest import run, store
from localdigest.cli import overview
from localdigest.engine import open_engine
from localdigest.engine.cluster.node import Node
from localdigest.engine.cluster.nodes import Cluster, open_cluster
from localdigest.errors import ConfigError, ModelError
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.pages import standing
from localdigest.records import Message, Request
from localdigest.run.events import Said, Stepped
from localdigest.workspace import config
from tests.kit.places import ROOT
from tests.kit.scripted_engine import SAMPLE, SAMPLE_DAY, Scripted, whole_day
from tests.kit.scripted_node import SPEC, ray_cluster
from tests.unit.engine.test_team import expected, outcomes

sys.path.insert(0, str(ROOT / "scripts"))

needs_ray = [
    pytest.mark.skipif(util.find_spec("ray") is None, reason="needs Ray: pip install 'localdigest[cluster]'"),
    # What Ray itself leaves open or warns of when its own processes end; nothing of ours is among it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*subprocess.*still running:ResourceWarning"),
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


def test_a_nodes_turn_ends_when_there_is_nothing_left_to_do() -> None:
    node = Node("tests.kit.scripted_node:paced")
    opened = node.open(SPEC, "cpu", 1)
    assert opened.slots == 4
    began = time.monotonic()
    turn = node.turn([(7, Request((Message("user", "a"),), 5), False), (9, Request((Message("user", "b"),), 5), True)])
    assert sorted(ticket for ticket, _ in turn.ended) == [7, 9]
    assert turn.stats.output_tokens == 40
    assert time.monotonic() - began < 0.25
    assert node.turn([]).ended == ()


# ---------------------------------------------------------------- a cluster of scripted nodes


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    pytest.importorskip("ray")
    with ray_cluster(2) as cluster:
        yield cluster


class TestScripted:
    pytestmark = needs_ray

    @pytest.fixture
    def engine(self, ray: Any) -> Iterator[Cluster]:
        self.said: list[str] = []
        opened = open_cluster(ray.address, SPEC, None, "cpu", self.said.append, "tests.kit.scripted_node:paced")
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
        gone: list[float] = []

        def go() -> None:
            if engine.stats.output_tokens > 1000 and come:
                ray.remove_node(come.pop())
                gone.append(time.monotonic())

        assert outcomes(engine, 200, (4, 2, 1), go) == expected(200)
        assert gone
        assert any("is lost" in text for text in self.said)
        assert engine.slots == 8

    def test_actors_killed_at_random_cost_no_answer(self, engine: Cluster) -> None:
        from bench_cluster import actors

        dice, killed = Random(3), [0]  # noqa: S311

        def kill() -> None:
            if killed[0] < 6 and engine.stats.output_tokens > 900 * killed[0] + 300 and (victims := actors()):
                os.kill(dice.choice(victims), signal.SIGKILL)
                killed[0] += 1

        assert outcomes(engine, 250, (4, 2, 1), kill) == expected(250)
        assert killed[0] == 6

    def test_a_node_that_refuses_is_left_out_with_its_reason(self, ray: Any) -> None:
        with pytest.raises(ModelError, match="this node will not"):
            open_cluster(ray.address, SPEC, None, "cpu", lambda _: None, "tests.kit.scripted_node:refusing")

    def test_a_day_on_two_nodes_is_the_day_on_one(self, ray: Any, tmp_path: Path) -> None:
        pages = []
        for name in ("one", "two"):
            config.create(tmp_path / name)
            space = config.open_workspace(tmp_path / name)

            def opener(*_: Any) -> Any:
                return open_cluster(ray.address, SPEC, None, "cpu", lambda _: None, "tests.kit.scripted_node:paced")

            if name == "one":
                pages.append(whole_day(space, Scripted()).page.read_text(encoding="utf-8"))
                continue
            spec = run.find_model(space)
            with store.Store(space.library) as library:
                days = run.collect(
                    space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None
                ).days
                (made,) = run.make(space, library, days, spec, Path(), lambda _: None, opener)
                pages.append(made.page.read_text(encoding="utf-8"))
                told = overview.words(overview.rows(standing.standing(space, library), library.speeds()))
            assert told.count("\nnode ") == 2
            assert json.loads(space.nodes.read_bytes())[0]["output_tokens"] > 0
        assert pages[0] == pages[1]

    @pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:10001", "127.0.0.1", "nowhere.invalid:6379"])
    def test_no_cluster_is_said_in_one_sentence(self, address: str) -> None:
        with pytest.raises(ConfigError, match=f"no Ray cluster at {address} .*ray start --head"):
            open_cluster(address, SPEC, None, "cpu", lambda _: None)


# ---------------------------------------------------------------- a cluster with the real model


@pytest.mark.model
class TestModel:
    pytestmark = needs_ray

    def test_two_nodes_one_lost_and_one_come_give_the_results_of_one_machine(self, ray: Any, tmp_path: Path) -> None:
        """The sample day, whole, so that work is left when the third node is ready: it lacks the model and gets it."""
        spec = catalogue.load_catalogue().find("qwen2.5-coder-0.5b")
        try:
            model = catalogue.locate(spec, catalogue.models_folder())
        except ModelError as error:
            pytest.skip(str(error))

        def made(name: str, opener: Any, tell: Callable[[object], None]) -> dict[str, list[str]]:
            config.create(tmp_path / name)
            space = config.open_workspace(tmp_path / name, model=spec.name)
            with store.Store(space.library) as library:
                days = run.collect(
                    space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", lambda _: None
                ).days
                (page,) = run.make(space, library, days, spec, model, tell, opener)
            written = {}
            for paper in page.digest.papers:
                translation = page.digest.results[paper.id, "translate"].translation
                assert translation is not None
                written[paper.id] = [text for _, text in translation.pairs]
            return written

        said: list[str] = []
        spare, victim = tmp_path / "models", next(iter(ray.worker_nodes))

        def change(event: object) -> None:
            """A node comes as soon as work has begun; once it has the model, another one is pulled out."""
            if isinstance(event, Said):
                said.append(str(event.text))
            if isinstance(event, Stepped) and event.stats.output_tokens and not spare.exists():
                spare.mkdir()
                ray.add_node(num_cpus=1, object_store_memory=100 << 20, env_vars={"LOCALDIGEST_MODELS": str(spare)})
            if sum("has joined" in text for text in said) == 3 and victim in ray.worker_nodes:
                ray.remove_node(victim)

        def cluster(*_: object) -> Cluster:
            return open_cluster(ray.address, spec, model, "cpu", said.append)

        there = made("there", cluster, change)
        here = made("here", open_engine, lambda _: None)
        assert any("is lost" in text for text in said)
        assert any("lacks qwen2.5-coder-0.5b; it is sent there" in text for text in said)
        assert catalogue.locate(spec, spare).stat().st_size == spec.size
        assert list(there) == list(here)
        # Greedy answers in other company part where two tokens are as good as equal (docs/performance.md, Company).
        pairs = [(a, b) for paper in here for a, b in zip(here[paper], there[paper], strict=True)]
        assert sum(a == b for a, b in pairs) >= len(pairs) / 2
