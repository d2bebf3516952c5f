"""A model a task: one after the other, each with its own keys, prompts and provenance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from localdigest import run, store
from localdigest.cli import cli
from localdigest.flows import brief
from localdigest.messages.errors import ModelError
from localdigest.models.catalogue import ModelSpec
from localdigest.records import Completion, Request, Sampling, Task
from localdigest.run.events import Finished
from localdigest.workspace import config, lock
from tests.kit.places import SAMPLE, SAMPLE_DAY
from tests.kit.scripted_engine import Scripted, some_chinese
from tests.kit.workspaces import changed, space_of

TWO = (('translate = ""', 'translate = "qwen2.5-coder-0.5b"'), ('explain = ""', 'explain = "starter"'))


def day(
    space: config.Workspace, unloadable: str = "", asked: dict[str, list[Sampling]] | None = None
) -> tuple[list[str], list[tuple[Task, str]], Path]:
    """The models that were opened in turn, what was finished by which, and the export."""
    opened: list[tuple[str, Scripted]] = []
    finished: list[tuple[Task, str]] = []

    def open_engine(model: ModelSpec) -> Scripted:
        assert all(engine.closed for _name, engine in opened), "two models are in memory at a time"
        if model.name == unloadable:
            raise ModelError("no memory for {name}", model.name)

        def answer(request: Request) -> Completion:
            if asked is not None:
                asked.setdefault(model.name, []).append(request.sampling)
            return some_chinese(request)

        opened.append((model.name, Scripted(answer)))
        return opened[-1][1]

    def tell(event: object) -> None:
        if isinstance(event, Finished) and event.result.provenance:
            finished.append((event.result.task, event.result.provenance.model))

    with lock.hold(space.root), store.Store(space.library) as library:
        agenda = run.collect(space, library, SAMPLE_DAY, [SAMPLE / "atom.xml"], SAMPLE / "pdfs", tell)
        (page,) = run.make(space, library, agenda, brief.find_models(space), open_engine, tell)
    return [name for name, _engine in opened], finished, page.export


def test_all_translations_are_made_before_the_second_model_is_loaded(tmp_path: Path) -> None:
    space = space_of(tmp_path, *TWO)
    opened, finished, export = day(space)
    assert opened == ["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"]
    assert finished == [("translate", opened[0])] * 2 + [("explain", opened[1])] * 2
    for paper in json.loads(export.read_bytes())["papers"]:
        made = [paper[part]["provenance"]["model"] for part in ("translation", "breakdown")]
        assert made == opened
    with store.Store(space.library) as library:
        assert {model for model, *_ in library.speeds()} <= set(opened)
    # What is stored is not done again, and another explainer makes no new translations.
    assert day(space)[:2] == ([], [])
    other = changed(tmp_path, ('explain = "starter"', 'explain = "qwen2.5-0.5b"'))
    assert day(other)[:2] == (["qwen2.5-0.5b"], [("explain", "qwen2.5-0.5b")] * 2)


def test_each_model_is_asked_with_its_own_sampling_and_the_page_names_both(tmp_path: Path) -> None:
    space = space_of(tmp_path, *TWO)
    table = "temperature = 0.7, top_k = 20, top_p = 0.8, presence_penalty = 1.5"
    (tmp_path / "models.toml").write_text(f'[[model]]\nname = "qwen2.5-coder-0.5b"\nsampling = {{ {table} }}\n')
    asked: dict[str, list[Sampling]] = {}
    day(space, asked=asked)
    first, second = asked["qwen2.5-coder-0.5b"], asked["qwen2.5-coder-1.5b"]
    assert {(each.top_k, each.top_p, each.presence_penalty) for each in first} == {(20, 0.8, 1.5)}
    assert any(each.temperature == 0.7 for each in first)
    assert {each.presence_penalty for each in second} == {0.0}
    assert any(each.temperature == 0.0 for each in second)
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "posts").glob("*.md")]
    assert pages
    assert all(name in page for page in pages for name in asked)


def test_where_the_second_cannot_be_loaded_the_translations_are_on_the_page(tmp_path: Path) -> None:
    space = space_of(tmp_path, *TWO)
    _opened, _finished, export = day(space, "qwen2.5-coder-1.5b")
    counts = json.loads(export.read_bytes())["counts"]
    assert (counts["translated"], counts["explained"], counts["pending"]) == (2, 0, 2)
    # The first one is told of before anything is written.
    other = tmp_path / "other"
    with pytest.raises(ModelError):
        day(space_of(other, *TWO), "qwen2.5-coder-0.5b")
    assert not list((other / "posts").glob("*.md"))


def test_the_option_names_the_model_for_both(tmp_path: Path) -> None:
    space_of(tmp_path, *TWO)
    models = brief.find_models(config.open_workspace(tmp_path, model="qwen3-8b"))
    assert [spec.name for spec in brief.distinct(models)] == ["qwen3-8b"]
    # For a reader of English nothing is translated, and the translator need not be there.
    english = brief.find_models(config.open_workspace(tmp_path, language="en"))
    assert [spec.name for spec in brief.distinct(english)] == ["qwen2.5-coder-1.5b"]


def test_recommend_tells_which_model_does_what(tmp_path: Path) -> None:
    space_of(tmp_path, *TWO)
    done = CliRunner().invoke(cli, ["-C", str(tmp_path), "models", "recommend", "--json"])
    tasks = {row["name"]: row["tasks"] for row in json.loads(done.stdout) if row["tasks"]}
    assert tasks == {"qwen2.5-coder-0.5b": ["translate"], "qwen2.5-coder-1.5b": ["explain"]}


def test_a_server_has_both(tmp_path: Path) -> None:
    changes = ('kind = "local"', 'kind = "endpoint"'), ('url = ""\nmodel = ""', 'url = "http://127.0.0.1"\nmodel = "b"')
    space = space_of(tmp_path, ('translate = ""', 'translate = "a"'), *changes)
    assert [spec.name for spec in brief.find_models(space).values()] == ["a", "b"]


@pytest.mark.parametrize("folder", ["words", ""])
def test_a_model_may_have_a_set_of_prompts(tmp_path: Path, folder: str) -> None:
    space = space_of(tmp_path, TWO[0])
    table = f'[[model]]\nname = "qwen2.5-coder-0.5b"\nprompts = "{folder}"\n'
    (tmp_path / "models.toml").write_text(table, encoding="utf-8")
    own = tmp_path / "prompts" / "words" / "zh-CN"
    own.mkdir(parents=True)
    for name in ("translate", "explain"):
        (own / f"{name}.md").write_text("[system]\nOWN\n[user]\n{{ text }}\n", encoding="utf-8")
    found = brief.load(space, brief.find_models(space))
    systems = {task: role.prompts[task].system for task, role in found.roles.items()}
    assert (systems["translate"] == "OWN") == bool(folder)
    assert systems["explain"] != "OWN", "the other model has the usual words"
    assert found.roles["translate"].prompts["gloss"].system
