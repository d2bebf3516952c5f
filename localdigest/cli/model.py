"""The command line of models: `localdigest models`, the catalogue and its files; `bench`, how fast one runs here."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from localdigest.cli import complete
from localdigest.cli.help import say, tell
from localdigest.cli.options import options
from localdigest.cli.out import echo, echo_json
from localdigest.flows import brief
from localdigest.messages import _, told
from localdigest.messages.errors import ConfigError
from localdigest.models import catalogue, machine, quality
from localdigest.workspace import config


@click.group()
def models() -> None:
    """Find, fetch and check the model files.

    Example: localdigest models recommend
    """


def _catalogue(root: Path) -> Any:

    return catalogue.load_catalogue((root / "models.toml",))


@models.command("list")
@options("json")
def models_list(root: Path, as_json: bool) -> None:
    """All models of the catalogue, and which are here.

    Example: localdigest models list --json
    """

    folder = catalogue.models_folder()
    specs = _catalogue(root).models
    here = {spec.name: catalogue.find_file(spec, folder) is not None for spec in specs}
    if as_json:
        rows = [
            {"name": s.name, "aliases": s.aliases, "bytes": s.size}
            | {"sha256": s.sha256, "licence": s.licence, "here": here[s.name], "measured": _measured(s), "ran": s.ran}
            for s in specs
        ]
        echo_json(json.dumps(rows, indent=2))
        return
    ran = {"file": _("tested"), "architecture": _("its kind tested"), "nothing": _("not tested")}
    for spec in specs:
        mark = "*" if here[spec.name] else " "
        names = ", ".join((spec.name, *spec.aliases))
        lead = f"{mark} {names:34} {spec.size / 2**30:5.1f} GiB  "
        say(f"{_(spec.good_for)} ({ran[spec.ran]})", err=False, lead=(lead,), indent=len(lead))
    say(_("* is in {folder}", folder), err=False)
    _expect(specs)


def _expect(specs: Iterable[Any]) -> None:
    for notice in quality.expectations(specs):
        say(told(notice), err=False)


def _measured(spec: Any) -> Any:
    return msgspec.to_builtins(spec.measured)


@models.command("pull")
@options("json", "models-pull")
@click.argument("name", shell_complete=complete.models)
def models_pull(root: Path, as_json: bool, name: str, source: str | None) -> None:
    """Fetch a model: resumed where it broke off, and kept only if its sha256 is right.

    Example: localdigest models pull starter
    """
    spec = _catalogue(root).find(name)
    path = fetch(spec, source)
    _tell(spec, path, as_json, str(path))


def fetch(spec: Any, source: str | None) -> Path:
    """The model's file, fetched with its progress shown. Raises ModelError."""
    from localdigest.cli import progress
    from localdigest.models import pull

    with progress.transfer(progress.console(), spec.name) as show:
        return pull.pull(spec, catalogue.models_folder(), tell, show, source)


@models.command("verify")
@options("json")
@click.argument("name", shell_complete=complete.models)
def models_verify(root: Path, as_json: bool, name: str) -> None:
    """Hash a model's file again and compare it with the catalogue.

    Example: localdigest models verify starter
    """
    from localdigest.cli import progress

    spec = _catalogue(root).find(name)
    with progress.transfer(progress.console(), spec.name) as show:
        path = catalogue.verify(spec, catalogue.models_folder(), show)
    sound = _("{path}: sha256 {sha256} as it should be", path, spec.sha256)
    _tell(spec, path, as_json, sound)


def _tell(spec: Any, path: Path, as_json: bool, text: str) -> None:
    about = {"name": spec.name, "path": str(path), "bytes": spec.size, "sha256": spec.sha256}
    _show(as_json and json.dumps(about), text)


@models.command("recommend")
@options("json")
def models_recommend(root: Path, as_json: bool) -> None:
    """What this machine's memory and GPU can run, the best choice first, and what a workspace's tasks are done with.

    Example: localdigest models recommend
    """

    ranked = machine.recommend(machine.this_machine(), _catalogue(root))
    used = brief.find_models(config.open_workspace(root)) if (root / config.FILE).is_file() else {}
    tasks = {r.spec.name: [task for task, spec in used.items() if spec.sha256 == r.spec.sha256] for r in ranked}
    if as_json:
        rows = [
            {"name": r.spec.name, "device": r.device, "sequences": r.sequences, "reason": str(r.reason),
             "tasks": tasks[r.spec.name], "measured": _measured(r.spec)} for r in ranked
        ]  # fmt: skip
        echo_json(json.dumps(rows, indent=2))
        return
    names = {"translate": _("translations"), "explain": _("breakdowns")}
    for choice in ranked:
        mine = ", ".join(names[task] for task in tasks[choice.spec.name])
        reason = told(choice.reason) + (f"  <- {mine}" if mine else "")
        say(reason, err=False, lead=(f"{choice.spec.name:24} ",), indent=25)
    _expect(choice.spec for choice in ranked)


@models.command("import")
@options("json", "models-import")
@click.argument("file", type=click.Path(path_type=Path))
def models_import(root: Path, as_json: bool, file: Path, name: str | None) -> None:
    """Take in a GGUF file from a disk.

    Example: localdigest models import /media/stick/model.gguf --name my-model
    """
    from localdigest.cli import progress

    with progress.transfer(progress.console(), file.name) as show:
        spec = catalogue.import_file(file, _catalogue(root), catalogue.models_folder(), name, show)
    path = catalogue.models_folder() / spec.file
    _tell(spec, path, as_json, f"{spec.name}: sha256 {spec.sha256}")


@click.command()
@options("model", "json", "bench")
def bench(
    root: Path, model: str | None, as_json: bool, wanted: tuple[Any, ...], tune: bool, device: Any
) -> None:  # fmt: skip
    """Measure the engine here, against one call at a time.

    Example: localdigest bench --tune
    """
    from localdigest import bench as stage
    from localdigest.run import opener

    space = config.open_workspace(root, model=model, must_exist=False)
    if space.config.engine.kind == "endpoint":
        raise ConfigError(
            "bench measures this machine's own engine; set engine.kind in {path} to local", root / config.FILE
        )
    spec = brief.distinct(brief.find_models(space))[0]
    path = catalogue.locate(spec, catalogue.models_folder(), say=tell)
    settings = opener.settings(space.config, spec, device)
    if tune:
        best, trials = stage.tune(path, settings, say=tell)
        opener.remember(spec, best)
        _show(as_json and stage.as_json({"best": best, "trials": trials}), stage.tuned(settings, best))
        return
    report = stage.measure(path, settings, wanted or stage.JOBS, tell)
    if as_json:
        echo_json(stage.as_json(report))
    else:
        echo("\n".join(stage.table(report)))  # whole lines: `say` would take the spaces between columns


def _show(for_programs: str | Literal[False], text: str) -> None:
    if for_programs:
        echo_json(for_programs)
    else:
        say(text, err=False)
