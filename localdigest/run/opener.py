"""Where a model runs: on this machine, on the nodes of a cluster, or on a lab's own server; and with which settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from localdigest.engine import Engine
from localdigest.engine import settings as engine_settings
from localdigest.engine.settings import Device, Settings
from localdigest.files import state_folder
from localdigest.flows.brief import Models, distinct
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, ModelError
from localdigest.models import catalogue
from localdigest.models.catalogue import ModelSpec
from localdigest.models.hashing import same_bytes
from localdigest.run.events import Said, Tell
from localdigest.workspace.config import Config, Workspace

Opener = Callable[[ModelSpec], Engine]
"""Opens the engine with one of the configured models, when there is something to do for it."""

Loader = Callable[[Path, Settings], Engine]
"""Opens an engine on this machine with a model's file: `engine.open_engine`, or a test's own."""


def prepare(space: Workspace, models: Models, load: Loader, tell: Tell, cluster: str | None = None) -> Opener:
    """The engine that the configuration, or a cluster's address, asks for, to be opened later.

    What it needs is looked for now. Raises ConfigError, ModelError.
    """
    wish = space.config.engine

    def say(text: Notice | str) -> None:
        tell(Said(text))

    if wish.kind == "endpoint":
        if cluster is not None:
            raise ConfigError('--cluster runs the model on its nodes; set engine.kind to "local", or leave it out')
        from localdigest.engine.endpoint import Endpoint

        return lambda spec: Endpoint(wish.url, spec.name, wish.slots, say)
    folder = catalogue.models_folder()
    if cluster is None:
        paths = {spec.sha256: catalogue.locate(spec, folder, say=say) for spec in distinct(models)}
        looks = {sha256: path.stat() for sha256, path in paths.items()}

        def opened(spec: ModelSpec) -> Engine:
            path = paths[spec.sha256]
            engine = load(path, settings(space.config, spec))
            if not same_bytes(looks[spec.sha256], path.stat()):  # it was opened by its name
                engine.close()
                raise ModelError(
                    "{path}: changed while it was loaded; let nothing else write there, and run again", path
                )
            return engine

        return opened
    from localdigest.engine.cluster.nodes import open_cluster

    # The nodes may have it where this machine does not.
    here = {
        spec.sha256: catalogue.locate(spec, folder, say=say)
        for spec in distinct(models)
        if catalogue.find_file(spec, folder)
    }
    return lambda spec: open_cluster(cluster, spec, here.get(spec.sha256), wish.device, say)


def settings(conf: Config, spec: ModelSpec, device: Device | None = None) -> Settings:
    """What `localdigest bench --tune` found best for the device (default: the configured one), else sound defaults; all
    with the configured threads and manners."""
    wish = conf.engine
    best = engine_settings.recall(state_folder() / "engine.json", spec.sha256, device or wish.device)
    return replace(best, threads=wish.threads or best.threads, nice=wish.nice)


def remember(spec: ModelSpec, best: Settings) -> None:
    """For later runs with this model, on this machine. Raises ConfigError where it cannot be written."""
    engine_settings.remember(state_folder() / "engine.json", spec.sha256, replace(best, nice=0))
