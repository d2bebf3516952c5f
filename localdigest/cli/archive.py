"""The command line of the archive: `localdigest search`, looked through; `serve`, in the browser."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import click

from localdigest.cli.help import say
from localdigest.cli.options import options
from localdigest.cli.out import Styled, echo, echo_json
from localdigest.messages import _
from localdigest.messages.errors import ConfigError
from localdigest.messages.terminal import plain
from localdigest.records import taxonomy
from localdigest.workspace import config

NO_BROWSER = 3
"""Exit code: the page is there, and its address printed, but nothing shows it."""


@click.command()
@options("json", "search")
@click.argument("words", nargs=-1)
def search(
    root: Path, as_json: bool, words: tuple[str, ...], categories: tuple[str, ...], authors: tuple[str, ...],
    from_day: date | None, to_day: date | None, starred: bool, hidden: bool, limit: int,
) -> int:  # fmt: skip
    """Look for papers in the whole archive: titles, abstracts, translations and breakdowns, in both languages.

    All WORDS must be there; "phrases in quotes", begin* and, after --, -without. Without words, the newest come first.

    Example: localdigest search 语音增强 '"noise suppression"' --category cs.SD
    """
    import msgspec

    from localdigest import store
    from localdigest.pages import days, publish
    from localdigest.store import search as stage
    from localdigest.store.index import Filter

    if not (words or categories or authors or from_day or to_day or starred):
        raise click.UsageError("say what to look for: words, or --author, --category, --from-day, --to-day, --starred")
    space = config.open_workspace(root)
    within = stage.days(space.config.window.zone, from_day, to_day)
    which = Filter(authors, taxonomy.known(categories, "--category"), *within, starred, hidden)
    with store.Store(space.library) as library:
        page_of = days.by_submission(space.config, library)
        answer = stage.look(library, " ".join(words), which, limit, page_of, publish.dresser(space))
    if as_json:
        echo_json(msgspec.json.format(msgspec.json.encode(answer)))
        return 0
    for row in answer.rows:
        title = _shown(row.shown_title)
        echo(f"{row.id:12}  {row.day or row.published.date()}  ", *title, " *" if row.marks.star else "")
        if row.gist:
            echo(f"{'':26}{plain(row.gist)}")
        for snippet in row.snippets.values():
            echo(f"{'':26}", *_shown(snippet))
    if answer.rows:
        text = _("{count} of more than {total} papers") if answer.more else _("{count} of {total} papers")
        echo(text.format(count=len(answer.rows), total=answer.total), err=True)
    else:
        say(_("no paper found; all words must be there: try fewer, or begin* for words that begin so"))
    return 0


def _shown(pieces: list[tuple[str, bool]]) -> list[str | Styled]:
    """With the hits in bold on a terminal, else in brackets."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return [
        (Styled(plain(text), bold=True) if colour else f"[{plain(text)}]") if hit else plain(text)
        for text, hit in pieces
    ]


@click.command("open")
@options("date")
def open_page(root: Path, day: date | None) -> int:
    """Open a day's page in the browser: the newest, or that of --date.

    Prints its address, and ends with 3 where there is no browser to open it.

    Example: localdigest open --date 2026-01-30
    """
    import webbrowser

    from localdigest import store
    from localdigest.pages import days

    space = config.open_workspace(root)
    with store.Store(space.library) as library:
        day = day or days.all_written(space, library)[-1]
    page = space.site / f"{day}.html"
    if not page.is_file():
        raise ConfigError("{page} is not there; `localdigest render --format html --date {day}` writes it", page, day)
    address = page.resolve().as_uri()
    echo(address)
    return 0 if webbrowser.open(address) else NO_BROWSER


@click.command()
@options("serve")
def serve(root: Path, port: int, host: str, token: bool) -> None:
    """Show the archive in the browser, with search, stars and notes that are kept in the library.

    Example: localdigest serve --port 8000
    """
    from localdigest import serve as stage

    space = config.open_workspace(root)
    server = stage.listen(space, host, port, token)
    for address in server.addresses:
        echo(address)
    if "?token=" in server.addresses[0]:
        say(_("The token is told this once. Nothing is encrypted: see docs/serve.md."))
    echo(_("Ctrl-C ends it."), err=True)
    try:
        server.run()
    except KeyboardInterrupt:
        server.close()
