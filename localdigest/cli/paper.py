"""The command line of single papers: `localdigest show`, one of the library; `explain`, a PDF that is in none."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from localdigest import files as disk
from localdigest.cli import complete
from localdigest.cli.options import options, seams
from localdigest.cli.out import echo, echo_bytes, echo_json
from localdigest.flows import brief
from localdigest.messages import _, joined
from localdigest.messages.errors import ConfigError, InputRefused
from localdigest.workspace import config

Shape = Literal["text", "markdown", "html", "json"]
IN_PART, INTERRUPTED = 3, 130


@click.command()
@options("language", "json")
@click.argument("paper_id", metavar="ID", shell_complete=complete.ids)
def show(root: Path, language: str | None, as_json: bool, paper_id: str) -> None:
    """Print a paper of the library: translation, breakdown with its evidence, findings, and how it was made.

    ID is the paper's in any form: 2512.14687, 2512.14687v1, hep-th/9901001, or an address at arxiv.org. Needs no model.

    Example: localdigest show 2009.06122
    """
    from localdigest import store
    from localdigest.arxiv import entry
    from localdigest.cli import screen
    from localdigest.pages import days
    from localdigest.render import paper as forms
    from localdigest.render.forms import dresser

    space = config.open_workspace(root, language=language)
    try:
        name, version = entry.identifier(_bare(paper_id))
    except ValueError as error:
        raise ConfigError(
            "{error}; one looks like 2512.14687, or is the address of a paper at arxiv.org", error
        ) from error
    if not space.library.exists():
        raise ConfigError("{root}: there is no library yet; `localdigest run` makes one", space.root)
    with store.Store(space.library) as library:
        paper = library.paper(name, version)
        if paper is None:
            raise ConfigError("{paper_id} is not in the library; `localdigest collect` brings papers in", paper_id)
        latest = library.latest((paper,), space.config.language)
        day = days.page_with(space, library, paper)
    results = {task: result for (_id, task), result in latest.items()}
    if as_json:
        echo_json(forms.published_json(paper, results, day, space.config.language), nl=False)
    else:
        if dress := dresser(space.config.page.typography):
            results = {task: dress(result) for task, result in results.items()}
        screen.show_paper(forms.published(paper, results, day, space.config.language))


def _bare(text: str) -> str:
    """What people paste: with a query, `.pdf`, another page's address of the same paper, or the name of its file."""
    text = text.strip().partition("?")[0].partition("#")[0].rstrip("/").removesuffix(".pdf")
    for page in ("/html/", "/format/", "/src/", "/ps/"):
        text = text.replace(page, "/abs/")
    text = text.replace("://export.", "://")
    return text if "/" in text else text.replace("_", "/")


@click.command()
@options("language", "model", "quality", "may-sleep", "json", "explain")
@click.argument("files", metavar="FILE.pdf|FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
def explain(
    root: Path, language: str | None, model: str | None, quality: str | None, as_json: bool, files: tuple[Path, ...],
    shape: Shape, output: Path | None, title: str, may_sleep: bool,
) -> int:  # fmt: skip
    """Explain any PDF, unpublished work too, in three parts with evidence. Nothing is kept of it; no network is used.

    Of a folder, the PDFs in it. Needs no workspace, only a model; writes in the language of the locale, or that of
    --language. In a workspace its settings, prompts and terms are used. Ends with 3 where some of several files, with 4
    where none could be explained.

    Example: localdigest explain draft.pdf --format markdown -o draft.md
    """
    from localdigest.cli import progress, screen
    from localdigest.render import paper as forms
    from localdigest.render.forms import dresser
    from localdigest.run import opener, unpublished
    from localdigest.run.awake import awake

    files = tuple(each for path in files for each in _pdfs(path))
    output = None if str(output) == "-" else output
    if output:
        disk.check_writable(output)
    if title and len(files) > 1:
        raise ConfigError("--title is the title of one paper; explain files with titles one at a time")
    if not (root / config.FILE).is_file():
        language = language or complete.spoken(root)
    space = config.open_workspace(root, must_exist=False, language=language, model=model, quality=quality)
    (_connect, load), spec = seams(), brief.find_models(space)["explain"]
    watch = progress.Watch(quiet=click.get_current_context().find_root().params.get("quiet", False))
    open_engine = opener.prepare(space, {"explain": spec}, load, watch)
    try:
        with watch, awake(not may_sleep):
            done = unpublished.explain_files(
                space, files, title, spec, open_engine, watch,
                figured=shape == "html" and space.config.page.figures != "none",
            )  # fmt: skip
    except KeyboardInterrupt:
        echo("\n" + _("Stopped. Nothing was kept."), err=True)
        return INTERRUPTED
    as_json = as_json or shape == "json"
    dress = None if as_json else dresser(space.config.page.typography)
    rows = [(each.paper.id, each.paper.title, dress(each.result) if dress else each.result) for each in done]
    if as_json:
        _write(forms.unpublished_json(rows, space.config.language), output, as_json=True)
    elif shape == "html":
        from localdigest.render import html

        own = space.templates if space.templates.is_dir() else None
        _write(html.to_papers(rows, space.config.language, own, [each.figures for each in done]), output)
    elif shape == "markdown":
        _write("\n".join(forms.as_markdown(name, result) for _file, name, result in rows), output)
    else:
        lines = [line for row in rows for line in (*forms.unpublished(*row), forms.Line(""))][:-1]
        if output is None:
            screen.show_paper(lines)
        else:
            disk.write_atomic(output, forms.as_text(iter(lines)))
    failed = [each for each in done if each.result.status != "done"]
    if len(failed) == len(done):
        reasons = [each.result.reason.why for each in failed if each.result.reason]
        raise InputRefused("nothing could be explained: {reasons}", joined(reasons, "; "))
    return IN_PART if failed else 0


def _pdfs(path: Path) -> tuple[Path, ...]:
    """The file itself; of a folder its PDFs, by name. Raises InputRefused for one without."""
    if not path.is_dir():
        return (path,)
    found = sorted(each for each in path.iterdir() if each.suffix.lower() == ".pdf" and each.is_file())
    if not found:
        raise InputRefused("{path}: there is no PDF in this folder; name one that has some", path)
    return tuple(found)


def _write(text: str, output: Path | None, as_json: bool = False) -> None:
    if output is not None:
        disk.write_atomic(output, text)
    elif as_json:
        echo_json(text, nl=False)
    else:
        echo_bytes(text.encode())
