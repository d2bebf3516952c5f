"""What a model is told for the work in one language, beside the paper: prompts, terms, how much and how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from localdigest.language import glossary, profile, prompts
from localdigest.language.glossary import Termbase
from localdigest.language.prompts import Prompt
from localdigest.messages.errors import ConfigError, of_setting
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.records import Paper, PartName, Quality, Task
from localdigest.records.reading import Document
from localdigest.workspace.config import Workspace

if TYPE_CHECKING:
    from localdigest.flows.rounds import Means


Models = Mapping[Task, ModelSpec]
"""Which model does which task."""
TASKS: tuple[Task, ...] = get_args(Task)


@dataclass(frozen=True, slots=True)
class Role:
    """One task's model and what it is told."""

    model: ModelSpec
    prompts: Mapping[str, Prompt]
    """By name: those that the language needs (`Language.prompts`), `gist`, for which `explain` stands in, where it has
    one, `title` where titles are translated, `part`, with citations, for a model that can write them."""


@dataclass(frozen=True, slots=True)
class Brief:
    roles: Mapping[Task, Role]
    """Of what is asked of a model: for a reader of English nothing is translated."""
    terms: Termbase
    quality: Quality
    lengths: Mapping[PartName, int]
    """Characters of each part of a breakdown, about."""

    @property
    def title(self) -> Prompt | None:
        """What titles are translated with; None where they are left in English."""
        return self.roles["translate"].prompts.get("title") if "translate" in self.roles else None

    @property
    def part(self) -> Prompt | None:
        """What a model that cites writes a part from; None for one whose breakdowns are condensed."""
        return self.roles["explain"].prompts.get("part")

    def fingerprint(self, task: Task) -> str:
        known = self.roles[task].prompts
        # A translation is not made anew for the sake of its gist: the breakdown, which has one too, is.
        extra = "part" if "part" in known else "translate"  # what bullets are written with
        names = (task, "gloss", "title") if task == "translate" else (task, "gloss", "gist", extra)
        return prompts.fingerprint(*(known[name] for name in names if name in known))

    def means(self, task: Task, paper: Paper, document: Document | None = None) -> Means:
        """What `paper` is worked on with; where it has no category its text tells the field."""
        from localdigest.flows.rounds import EFFORTS, Means  # here, since a page is shown without any work

        sentences = (sentence.text for sentence in document.sentences) if document and not paper.categories else ()
        terms = self.terms.of(paper.categories, "\n".join((paper.title, paper.abstract, *sentences)))
        role, effort = self.roles[task], EFFORTS[self.quality]
        gloss, gist = role.prompts.get("gloss"), role.prompts.get("gist", role.prompts["explain"])
        captions = role.prompts.get("translate") if task == "explain" else None
        # Who does not cite translates better than condenses; a reader of English is given what is condensed.
        whole, doubt = captions if not self.part else None, role.model.doubt
        return Means(role.prompts[task], gloss, terms, role.model.sampling, effort, gist, doubt, whole, captions)


def load(space: Workspace, models: Models, *, titles: bool = True) -> Brief:
    """For the workspace's language and settings; with `titles=False` titles stay in English, whatever is configured.

    Raises ConfigError for a prompt or a glossary that cannot be used.
    """
    conf = space.config
    roles = {task: Role(models[task], _prompts(space, task, models[task], titles)) for task in _tasks(conf.language)}
    terms = glossary.load(conf.language, space.glossary)
    return Brief(roles, terms, conf.quality, conf.breakdown.lengths)


def _tasks(language: str) -> list[Task]:
    return [task for task in TASKS if task in profile.find(language).prompts]


def _prompts(space: Workspace, task: Task, model: ModelSpec, titles: bool) -> dict[str, Prompt]:
    language, plain = space.config.language, (space.prompts, prompts.SHIPPED)
    folders = (*(folder / model.prompts for folder in plain if model.prompts), *plain)
    extra = {"gist": True, "part": task == "explain" and model.breakdown == "cite"}
    names = [*profile.find(language).prompts]
    names += [name for name, wanted in extra.items() if wanted and profile.find_prompt(name, language, folders)]
    if task == "translate" and titles and space.config.page.titles:
        names.append("title")
    return {name: prompts.load(name, language, folders) for name in names}


def find_models(space: Workspace) -> Models:
    """The configured models' entries, for the tasks of its language, from the catalogue and the workspace's own
    models.toml.

    Of a model on a server no bytes are known: its name there is what its results are told apart by. Raises ConfigError
    where no name or address is configured.
    """
    own, served = space.config.models, space.config.engine
    if served.kind == "endpoint":
        names = {task: getattr(own, task) or served.model for task in _tasks(space.config.language)}
        if not all(names.values()) or not served.url:
            raise ConfigError(
                'engine.kind is "endpoint": engine.url and engine.model must say where and which model'
            ).of("engine.kind", served.kind)
        return {task: ModelSpec(name, 0, f"endpoint:{name}", ()) for task, name in names.items()}
    known = catalogue.load_catalogue((space.root / "models.toml",))
    found = {}
    for task in _tasks(space.config.language):
        setting, name = (f"models.{task}", chosen) if (chosen := getattr(own, task)) else ("model", space.config.model)
        with of_setting(setting, name):
            found[task] = known.find(name)
    return found


def distinct(models: Models) -> tuple[ModelSpec, ...]:
    """Each once, in the order of their work."""
    return tuple({models[task].sha256: models[task] for task in TASKS if task in models}.values())
