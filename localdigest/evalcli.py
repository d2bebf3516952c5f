"""The command line of measuring: `localdigest eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from localdigest import config
from localdigest.errors import ConfigError
from localdigest.options import options


@click.command(name="eval")
@options("language", "model", "json")
@click.argument("pairs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--pdfs", type=click.Path(path_type=Path), help="Folder with PDFs to explain, as in --listing.")
@click.option("--listing", type=click.Path(path_type=Path), help="The listing of the papers in --pdfs.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N texts of each file, and N papers.")
@click.option("--only", type=click.Choice(["translate", "explain"]), help="Only this task.")
@click.option("--plain", is_flag=True, help="Translate by one plain request a text, unchecked, to compare with.")
@click.option("--save", type=click.Path(path_type=Path), help="Keep the run, texts and figures, in this file.")
def evaluate(
    root: Path, pairs: tuple[Path, ...], pdfs: Path | None, listing: Path | None, limit: int | None,
    only: str | None, plain: bool, save: Path | None, language: str | None, model: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Measure translations and breakdowns: offline, by the product's own flows.

    Example: localdigest eval pairs.jsonl --pdfs pdfs --listing listing.xml --save run.json
    """
    from localdigest import engine, models, progress
    from localdigest import run as stages
    from localdigest.evaluate import inputs, measure, report

    space = config.open_workspace(root, must_exist=False, language=language, model=model)
    if bool(pdfs) != bool(listing):
        raise ConfigError("--pdfs and --listing go together: the listing says which papers the PDFs are")
    texts = inputs.read_pairs(pairs, limit or 0) if only != "explain" else []
    works = inputs.to_explain(listing, pdfs, space.config.language, limit or 0) if listing and pdfs else []
    works = [] if only == "translate" or plain else works
    if not texts and not works:
        raise ConfigError("nothing to measure; give JSONL files of pairs, or --pdfs with --listing")
    spec = stages.find_model(space)
    path = models.locate(spec, models.models_folder())
    context = click.get_current_context()
    _, opener = context.obj or (None, engine.open_engine)  # a test brings its own engine
    job = measure.Job(space, spec, texts, works, plain)

    def open_engine() -> Any:
        return opener(path, stages.engine_settings(space.config, spec))

    quiet = context.find_root().params.get("quiet", False)
    with progress.Watch(quiet=quiet) as watch:
        run = measure.measure(job, open_engine, measure.page_texts, watch)
    report.show(run, as_json, save, click.echo)
