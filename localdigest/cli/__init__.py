"""The command line: parse, call, print, exit code. No logic lives here."""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import shlex
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from localdigest import __version__, files, messages
from localdigest.cli.archive import open_page, search, serve
from localdigest.cli.deliver import deliver
from localdigest.cli.doctor import doctor
from localdigest.cli.evaluate import evaluate
from localdigest.cli.help import localize, say, tell
from localdigest.cli.model import bench, models
from localdigest.cli.options import options, seams
from localdigest.cli.out import defect, echo, echo_bytes, echo_json, hear, log
from localdigest.cli.paper import explain, show
from localdigest.cli.start import completion, init
from localdigest.cli.transfer import package
from localdigest.flows import brief
from localdigest.language.profile import translated
from localdigest.messages import _, told
from localdigest.messages.errors import ArxivUnreachable, LocaldigestError
from localdigest.messages.terminal import plain
from localdigest.records import FormName
from localdigest.render.entries import counts
from localdigest.workspace import config

PENDING = 3
"""Exit code: the page is written, but some of it is pending or failed, or all that was listed is in other fields."""

WORK = ("date", "at", "from", "pdf-dir", "language", "model", "quality", "deadline", "budget", "cluster", "may-sleep",
        "json")  # fmt: skip
"""Options of the commands that do a day's work."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version")
@click.option("-C", "--workspace", type=click.Path(path_type=Path), help="Workspace folder (default: this one).")
@click.option("-q", "--quiet", is_flag=True, help="Only results and errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more, with tracebacks.")
def cli(workspace: Path | None, quiet: bool, verbose: bool) -> None:
    """A daily arXiv digest, translated and explained by a quantized Qwen model on your own machine.

    Example: localdigest -C digest init, and then localdigest -C digest run
    """
    log(logging.DEBUG if verbose else logging.ERROR)
    logging.getLogger("localdigest").setLevel(logging.ERROR if quiet else logging.DEBUG if verbose else logging.WARNING)
    for chatty in ("httpx", "httpcore", "huggingface_hub", "filelock", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.ERROR)


@cli.command()
@options(*WORK)
def run(root: Path, **given: Any) -> int:
    """Collect, digest and render the pages that are due, or a day's; go on where an earlier run stopped.

    Example: localdigest run --from listing.xml --pdf-dir pdfs --date 2026-01-30
    """
    return _run(root, collect=True, work=True, **given)


@cli.command()
@options("date", "at", "from", "pdf-dir", "json")
def collect(root: Path, **given: Any) -> int:
    """Take in a day's listing and PDFs, from arXiv or from files.

    Example: localdigest collect --date 2026-01-30
    """
    return _run(root, collect=True, work=False, **given)


@cli.command()
@options(*WORK)
def digest(root: Path, **given: Any) -> int:
    """Translate and explain what was collected, and write the page: the part that never uses the network.

    But for two ways of working that say so: --cluster, and a server of your own (engine.kind = "endpoint").

    Example: localdigest digest --date 2026-01-30
    """
    return _run(root, collect=bool(given["files"]), work=True, **given)


def _run(
    root: Path, *, collect: bool, work: bool, day: date | None, files: tuple[Path, ...], pdf_dir: Path | None,
    at: datetime | None, as_json: bool, language: str | None = None, model: str | None = None,
    quality: str | None = None, deadline: datetime | None = None, budget: float | None = None,
    cluster: str | None = None, may_sleep: bool = False,
) -> int:  # fmt: skip
    from localdigest import run as stages
    from localdigest import store
    from localdigest.cli import progress
    from localdigest.pages import contents, days
    from localdigest.run import opener, pace
    from localdigest.run.awake import awake
    from localdigest.workspace import lock, schedule

    space = _workspace(root, language=language, model=model, quality=quality)
    now = datetime.now(UTC)
    end = pace.deadline(deadline.time() if deadline else None, budget, now)
    if end and not as_json:
        echo(_("Work ends at {time}.", f"{end.astimezone():%H:%M %Z}"), err=True)
    planned = schedule.nominal_start(at.time(), now) if at else now
    chosen = brief.find_models(space)
    connect, load = seams()
    watch = progress.Watch(quiet=click.get_current_context().find_root().params.get("quiet", False))
    # Before any work: what cannot be digested need not be collected either.
    open_engine = opener.prepare(space, chosen, load, watch, cluster) if work else None
    command = shlex.join(("localdigest", *sys.argv[1:]))
    with lock.hold(root, command), store.Store(space.library) as library, watch, awake(work and not may_sleep):
        if collect:
            agenda = stages.collect(space, library, day, files, pdf_dir, watch, planned, connect)
        else:
            agenda = days.agenda(space.config, library, day, planned, must_exist=True)
        published = stages.make(space, library, agenda, chosen, open_engine, watch, end) if open_engine else []
        missed = [why for each in agenda.days if (why := contents.missed(space.config, library, each))]
    return _report(replace(agenda, reason=missed[-1]) if missed else agenda, published, as_json) or PENDING * bool(
        missed
    )


def _workspace(root: Path, *, language: str | None, model: str | None, quality: str | None) -> config.Workspace:
    if root.is_dir() and config.create(root):  # one that is not there was mistyped, more often than not
        echo(_("new workspace {root}; its settings are in {file}", root.resolve(), config.FILE), err=True)
    return config.open_workspace(root, language=language, model=model, quality=quality)


def _report(agenda: Any, published: list[Any], as_json: bool) -> int:
    rows: list[dict[str, Any]] = [
        {"page": str(page.page), "export": str(page.export), "counts": counts(page.digest), "address": page.address}
        for page in published
    ]
    if as_json:
        newest: dict[str, Any] = rows[-1] if rows else dict.fromkeys(("page", "export", "counts", "address"))
        echo_json(json.dumps({**newest, "outcome": agenda.outcome, "reason": str(agenda.reason or ""), "pages": rows}))
    else:
        for page, row in zip(published, rows, strict=True):
            echo(row["page"])
            echo(_told(page.digest, row["counts"]), err=True)
        if agenda.reason:
            reason = told(agenda.reason)
            say(f"{reason[0].upper()}{reason[1:]}" + _("."))
        if rows:
            echo(rows[-1]["address"])  # the last line: what one wants to see
    if agenda.outcome == "stale":
        return ArxivUnreachable.exit_code
    return PENDING if any(row["counts"][state] for row in rows for state in ("pending", "failed")) else 0


def _told(digest: Any, counts: dict[str, int]) -> str:
    if not counts["shown"]:
        why = _(", [select] leaves all of yours out") if digest.left_out else ""
        return _("No papers for {day}: {listed} listed in its window{why}.", digest.window.day, counts["listed"], why)
    if translated(digest.language):
        line = _("{shown} papers: {translated} translated, {explained} explained, {pending} pending, {failed} failed")
    else:
        line = _("{shown} papers: {explained} explained, {pending} pending, {failed} failed")
    return line.format(**counts)


@cli.command()
@options("date", "language", "model", "json", "render")
def render(
    root: Path, day: date | None, language: str | None, model: str | None, as_json: bool, every: bool,
    names: tuple[FormName, ...], output: Path | None,
) -> int:  # fmt: skip
    """Write a day's page or export again from what is stored, or all days'. Needs no model.

    Example: localdigest render --date 2026-01-30 --format json -o -
    """
    from localdigest import store
    from localdigest.pages import contents, days, publish

    names = tuple(dict.fromkeys(names))
    if output is not None and (every or len(names) > 1):
        raise click.UsageError("--output takes one day in one format")
    if every and day:
        raise click.UsageError("--all and --date exclude each other")
    space = config.open_workspace(root, language=language, model=model)
    if every:
        return _render_all(space, names, as_json)
    with store.Store(space.library) as library:
        page = day or days.latest(space, library, datetime.now(UTC))
        plan_day = contents.planner(space, library, brief.load(space, brief.find_models(space)))
        published = publish.publish(space, library, page, plan_day, names=names)
    written = published.files
    if output is not None and str(output) == "-":
        echo_bytes(written[names[0]].read_bytes())
        return 0
    if output is not None:
        files.write_atomic(output, written[names[0]].read_bytes())
    if as_json:
        first = {"file": str(output or written[names[0]]), "format": names[0]}
        every_file = {"files": {name: str(path) for name, path in written.items()}} if len(names) > 1 else {}
        where = {**first, **every_file, "day": f"{page}"}
        echo_json(json.dumps({**where, "counts": counts(published.digest)}))
    elif output is None:
        for path in written.values():
            echo(str(path))
    return 0


def _render_all(space: config.Workspace, names: tuple[FormName, ...], as_json: bool) -> int:
    from localdigest import store
    from localdigest.cli import progress
    from localdigest.pages import days, publish

    troubles: dict[str, str] = {}
    quiet = click.get_current_context().find_root().params.get("quiet", False)
    with store.Store(space.library) as library:
        pages = days.all_written(space, library)
        with progress.days(progress.console(), len(pages), quiet or as_json) as show_day:
            for each, error in publish.publish_all(space, library, pages, brief.find_models(space), names):
                if error:
                    troubles[f"{each}"] = str(error)
                show_day(each, told(error.notice) if error else "")
    if as_json:
        written = [f"{each}" for each in pages if f"{each}" not in troubles]
        echo_json(json.dumps({"formats": names, "days": written, "failed": troubles}))
    else:
        counted = _("{count} of {total} days written: {formats}")
        echo(counted.format(count=len(pages) - len(troubles), total=len(pages), formats=", ".join(names)))
    return PENDING if troubles else 0


@cli.command()
@options("date", "json")
def select(root: Path, day: date | None, as_json: bool) -> None:
    """Explain how [select] ranks a day's papers and why it leaves some out. Needs no model.

    Example: localdigest select --date 2026-01-30
    """
    from localdigest import store
    from localdigest.pages import contents, days

    space = config.open_workspace(root)
    with store.Store(space.library) as library:
        page = day or days.latest(space, library, datetime.now(UTC))
        chosen = contents.select(space.config, library, page, contents.chooser(space, library)).selection
    rows: list[dict[str, Any]] = [
        {"id": c.paper.id, "rank": c.rank, "score": c.score, "selected": not c.reason,
         "reason": str(c.reason or ""), "matched": [*map(str, c.matched)], "title": c.paper.title}
        for c in chosen.choices
    ]  # fmt: skip
    if as_json:
        echo_json(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row, choice in zip(rows, chosen.choices, strict=True):
        verdict = told(choice.reason.notice) if choice.reason else _("selected")
        lead = f"{row['rank'] or '-':>4}  {row['score']:7.3f}  {row['id']:12}  "
        told_by = verdict if sys.stdout.isatty() else f"{verdict:40}"  # in a pipe the titles stand one below the other
        say(f"{told_by}  {plain(row['title'])}", err=False, lead=(lead,), indent=29)
        for match in row["matched"]:
            say(plain(match), err=False, lead=(f"{'':29}",), indent=29)
    hint = _("; none are there of {day}: collect them first, or choose another day with --date", page)
    text = _("{count} of {total} papers selected", len(chosen.papers), len(rows))
    say(text + ("" if rows else hint))


@cli.command()
@options("json", "status")
def status(root: Path, as_json: bool, ledger: bool, rebuild: bool) -> int:
    """How the workspace stands: pages, papers, what is pending or failed and why, disk use, last collect.

    Example: localdigest status --ledger
    """
    import msgspec

    from localdigest import store
    from localdigest.arxiv import ledger as book
    from localdigest.cli import overview
    from localdigest.pages import standing as stage

    space = config.open_workspace(root)
    if ledger:
        entries = book.read(space.ledger)
        text = "\n".join(plain(stage.ledger_line(entry)) for entry in entries) or _(
            "nothing was asked of arXiv from {root}", space.root
        )
        if as_json:
            echo_json(msgspec.json.format(msgspec.json.encode(entries)))
        else:
            echo(text)
        return 0
    if rebuild:
        from localdigest.cli import progress
        from localdigest.pages import rebuild as maker
        from localdigest.workspace import lock

        reading = progress.doing(progress.console(), _("reading what is left of {path}", space.library))
        with lock.hold(root, "localdigest status --rebuild"), reading:
            made = maker.rebuild(space, brief.find_models(space))
        for line in maker.report(made):
            tell(line)
    with store.Store(space.library) as library:
        found, speeds = stage.standing(space, library), library.speeds()
    rows = overview.rows(found, speeds)
    try:
        brief.find_models(space)
    except LocaldigestError as error:  # the next run will end at it
        rows.append((_("model"), told(error.notice), "yellow"))
    if as_json:
        rates = {model: tokens / seconds for model, tokens, seconds, _count, _read in speeds}
        read = {model: decoded for model, _tokens, _seconds, _count, decoded in speeds if decoded}
        reasons = {str(reason): count for reason, count in found.reasons.items()}
        whole = {**msgspec.to_builtins(replace(found, reasons={})), "reasons": reasons, "tokens_per_second": rates,
                 "prompt_tokens_decoded_per_token": read}  # fmt: skip
        echo_json(msgspec.json.format(msgspec.json.encode(whole)))
    elif sys.stdout.isatty():
        from localdigest.cli import screen

        screen.show_facts(rows)
    else:
        echo(overview.words(rows))
    return 0


for each in (
    init,
    open_page,
    show,
    explain,
    completion,
    models,
    bench,
    evaluate,
    doctor,
    package,
    search,
    serve,
    deliver,
):
    cli.add_command(each)


def main(seams: Any = None) -> None:
    """Entry point: every error a user can act on is one line and its exit code. `seams`: a test's wire and engine."""
    hear()
    messages.install()
    localize(cli)
    gc.freeze()  # what is loaded stays to the end: the collector need not look through it again and again
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            # A locale without the characters of a title must not end a run: `doctor` says how to have them.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(standalone_mode=False, obj=seams, color=False if os.environ.get("NO_COLOR") else None)
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        echo(said.getvalue(), err=True, nl=False)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        echo(_("Stopped. What was finished is stored; run the same command again to go on."), err=True)
        code = 130
    except LocaldigestError as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            defect(type(error), error, error.__traceback__)
        say(f"localdigest: {plain(told(error.notice))}")
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)
