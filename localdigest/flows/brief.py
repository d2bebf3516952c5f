"""What a model is told for the work in one language, beside the paper: prompts, terms, how much and how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from localdigest.errors import ConfigError
from localdigest.language import glossary, profile, prompts
from localdigest.language.glossary import Termbase
from localdigest.language.prompts import Prompt
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.records import Paper, PartName, Quality, Task
from localdigest.workspace.config import Workspace

if TYPE_CHECKING:
    from localdigest.flows.rounds import Means


@dataclass(frozen=True, slots=True)
class Brief:
    model: ModelSpec
    prompts: Mapping[str, Prompt]
    """By name: those that the language needs (`Language.prompts`), `part`, with citations, and `gist`, for which
    `explain` stands in, where it has them, and `title` where titles are translated."""
    terms: Termbase
    quality: Quality
    lengths: Mapping[PartName, int]
    """Characters of each part of a breakdown, about."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is asked of the model: for a reader of English nothing is translated."""
        return tuple(task for task in get_args(Task) if task in self.prompts)

    @property
    def title(self) -> Prompt | None:
        """What titles are translated with; None where they are left in English."""
        return self.prompts.get("title")

    @property
    def part(self) -> Prompt | None:
        """What a model that cites writes a part from; None for one whose breakdowns are condensed."""
        return self.prompts.get("part") if self.model.breakdown == "cite" else None

    def fingerprint(self, task: Task) -> str:
        used = [self.prompts[name] for name in (task, "gloss") if name in self.prompts]
        if task == "explain" and "gist" in self.prompts:
            # A translation is not made anew for the sake of its gist: the breakdown, which has one too, is.
            used.append(self.prompts["gist"])
        if task == "explain" and self._whole:
            used.append(self._whole)
        if extra := self.part if task == "explain" else self.title:
            used.append(extra)
        return prompts.fingerprint(*used)

    def means(self, task: Task, paper: Paper) -> Means:
        from localdigest.flows.rounds import EFFORTS, Means  # here, since a page is shown without any work

        terms, gloss = self.terms.of(paper.categories), self.prompts.get("gloss")
        return Means(
            self.prompts[task],
            gloss,
            terms,
            self.model.sampling,
            EFFORTS[self.quality],
            self._gist,
            self.model.doubt,
            self._whole,
        )

    @property
    def _whole(self) -> Prompt | None:
        """What a model that does not cite writes bullets with: it translates better than it condenses."""
        return None if self.part else self.prompts.get("translate")

    @property
    def _gist(self) -> Prompt:
        return self.prompts.get("gist", self.prompts["explain"])


def load(space: Workspace, model: ModelSpec, *, titles: bool = True) -> Brief:
    """For the workspace's language and settings; with `titles=False` titles stay in English, whatever is configured.

    Raises ConfigError for a prompt or a glossary that cannot be used.
    """
    conf, folders = space.config, (space.prompts, prompts.SHIPPED)
    loaded = {name: prompts.load(name, conf.language, folders) for name in profile.find(conf.language).prompts}
    for name in ("part", "gist"):
        if profile.find_prompt(name, conf.language, folders):
            loaded[name] = prompts.load(name, conf.language, folders)
    if titles and conf.page.titles and profile.translated(conf.language):
        loaded["title"] = prompts.load("title", conf.language, folders)
    terms = glossary.load(conf.language, space.glossary, conf.categories)
    return Brief(model, loaded, terms, conf.quality, conf.breakdown.lengths)


def find_model(space: Workspace) -> ModelSpec:
    """The configured model's entry, from the catalogue and the workspace's own models.toml.

    Of a model on a server no bytes are known: its name there is what its results are told apart by. Raises ConfigError
    where no name or address is configured.
    """
    served = space.config.engine
    if served.kind == "endpoint":
        if not served.model or not served.url:
            raise ConfigError('engine.kind is "endpoint": engine.url and engine.model must say where and which model')
        return ModelSpec(served.model, 0, f"endpoint:{served.model}", ())
    return catalogue.load_catalogue((space.root / "models.toml",)).find(space.config.model)
