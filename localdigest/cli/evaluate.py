"""The command line of measuring: `localdigest eval`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from localdigest.cli.options import options, seams
from localdigest.cli.out import echo, echo_json
from localdigest.files import check_writable, write_atomic
from localdigest.flows import brief
from localdigest.language import glossary
from localdigest.language.profile import translated
from localdigest.messages import _, told
from localdigest.messages.errors import ConfigError
from localdigest.workspace import config

if TYPE_CHECKING:
    from localdigest.evaluate import Pair

IN_PART = 3


@click.command(name="eval")
@options("language", "model", "quality", "json", "eval")
@click.argument("files", metavar="[PAIRS]...", nargs=-1, type=click.Path(path_type=Path))
def evaluate(
    root: Path, files: tuple[Path, ...], fields: bool, terms: bool, pdfs: Path | None, listing: Path | None,
    limit: int | None, plain: bool, save: Path | None, compare: tuple[Path, Path] | None, evidence: bool,
    facts: Path | None, pairs: Path | None,
    language: str | None, model: str | None, quality: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Measure translations of texts (JSONL: id, en, ref) and breakdowns of PDFs, by the flows of the digest. Offline.

    With --evidence the files are PDFs, and only the choice of sentences is measured, without a model.

    Example: localdigest eval --fields --save run.json
    """
    from localdigest.evaluate import report, table

    if save:
        check_writable(save)
    if evidence:
        return _evidence(files, facts, save, as_json)
    if facts:
        raise ConfigError("--facts goes with --evidence: it says what the chosen sentences are to hold")
    if compare:
        _show_comparison(compare, as_json)
        return 0
    if pairs:
        _show_judged(pairs, config.open_workspace(root, must_exist=False, language=language), as_json)
        return 0
    space = config.open_workspace(root, must_exist=False, language=language, model=model, quality=quality)
    texts = _texts(space, files, limit or 0, fields=fields)
    if terms:
        _show_gaps(texts, space, save, as_json)
        return 0
    run = _measure(space, texts, pdfs, listing, limit or 0, plain=plain)
    if save:
        report.save(run, save)
    if as_json:
        echo_json(report.as_json(report.figures(run)))
    else:
        _print(f"{run.model}, {run.language}, {run.way}", table.sections(run))
    return 0


def _evidence(paths: tuple[Path, ...], folder: Path | None, save: Path | None, as_json: bool) -> int:
    from localdigest.cli import progress
    from localdigest.evaluate import evidence, facts, report, table

    if not paths:
        raise ConfigError("nothing to choose from; name PDFs")
    with progress.doing(progress.console(), _("reading {count} PDFs", len(paths)), as_json):
        chosen, failed = evidence.choose(paths)
    for error in failed:
        echo(told(error.notice), err=True)
    if save:
        write_atomic(save, report.as_json(chosen) + "\n")
    held = facts.measure(facts.load([folder]), chosen) if folder else {}
    if as_json:
        echo_json(report.as_json({"evidence": facts.figures(chosen, held)}))
    else:
        _print(_("Chosen sentences"), [table.evidence(chosen, held)])
    return IN_PART if failed else 0


def _texts(space: config.Workspace, files: tuple[Path, ...], limit: int, *, fields: bool) -> list[Pair]:
    from localdigest.evaluate import inputs

    if (files or fields) and not translated(space.config.language):
        raise ConfigError("nothing is translated into English; give --pdfs with --listing alone, or another --language")
    shipped = inputs.fields(space.config.language, limit) if fields else []
    return [*inputs.read_pairs(files, limit), *shipped]


def _measure(
    space: config.Workspace, texts: list[Pair], pdfs: Path | None, listing: Path | None, limit: int, *, plain: bool,
) -> Any:  # fmt: skip
    from localdigest.cli import progress
    from localdigest.evaluate import inputs, measure
    from localdigest.evaluate.plain import LANGUAGE
    from localdigest.run import opener

    if bool(pdfs) != bool(listing):
        raise ConfigError("--pdfs and --listing go together: the listing says which papers the PDFs are")
    if plain and space.config.language != LANGUAGE:
        raise ConfigError("the plain prompt is in {language}; leave --plain out, or --language", LANGUAGE)
    works = []
    if not plain and listing and pdfs:
        works = inputs.to_explain(listing, pdfs, space.config.language, limit)
    if not texts and not works:
        raise ConfigError("nothing to measure; give JSONL files of pairs, --fields, or --pdfs with --listing")
    models, (_connect, load) = brief.find_models(space), seams()
    watch = progress.Watch(quiet=click.get_current_context().find_root().params.get("quiet", False))
    open_engine = opener.prepare(space, models, load, watch)
    with watch:
        return measure.measure(measure.Job(space, models, texts, works, plain), open_engine, watch)


def _show_comparison(paths: tuple[Path, Path], as_json: bool) -> None:
    from localdigest.evaluate import compare, report, table

    found = compare.compare(*map(report.load, paths))
    if as_json:
        echo_json(report.as_json(report.comparison(found)))
    else:
        each = (
            cell for path, run in zip(paths, (found.a, found.b), strict=True) for cell in (path, run.model, run.way)
        )
        _print(_("A is {a} ({model}, {way}), B is {b} ({other}, {other_way})", *each), table.compared(found))


def _show_gaps(texts: list[Pair], space: config.Workspace, save: Path | None, as_json: bool) -> None:
    from localdigest.evaluate import gaps, report, table

    if not texts:
        raise ConfigError("nothing to look for terms in; give JSONL files of texts, or --fields")
    conf = space.config
    tables = glossary.load(conf.language, space.glossary)
    if not tables.tables:
        raise ConfigError("there are no tables of terms in {language}; choose another --language", conf.language)
    found = gaps.find(texts, tables)
    if save:
        write_atomic(save, report.as_json(report.gaps(found)) + "\n")
    if as_json:
        echo_json(report.as_json(report.gaps(found)))
    else:
        _print(_("{count} texts, {language}", len(texts), conf.language), table.gap_rows(found))


def _show_judged(path: Path, space: config.Workspace, as_json: bool) -> None:
    from localdigest.evaluate import pairs, report, table

    found = pairs.judge(pairs.read(path), space.config.language)
    if as_json:
        echo_json(report.as_json(msgspec.to_builtins(found)))
    else:
        _print(f"{path}, {space.config.language}", table.judged(found))


def _print(title: str, sections: Any) -> None:
    from localdigest.cli import progress
    from localdigest.evaluate import table

    echo(title)
    if sys.stdout.isatty():
        for part in sections:
            progress.show_table(part.title, part.head, part.rows)
    else:
        echo(table.plain_text(sections))
