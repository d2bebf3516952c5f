"""The options that commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from localdigest.cli import complete


def seams() -> tuple[Any, Any]:
    """What makes arXiv's client, None for the usual one, and what opens an engine here: a test brings its own."""
    from localdigest import engine

    return click.get_current_context().obj or (None, engine.open_engine)


def options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command with the options `names` and --workspace, so that each means the same everywhere."""
    shared = {
        "date": click.option(
            "--date",
            "day",
            type=click.DateTime(["%Y-%m-%d"]),
            help="Day of the page (default: what is due).",
            shell_complete=complete.days,
        ),
        "language": click.option(
            "--language", help="Language of the page, such as zh-CN.", shell_complete=complete.languages
        ),
        "model": click.option("--model", help="A name from `localdigest models list`.", shell_complete=complete.models),
        "quality": click.option(
            "--quality",
            type=click.Choice(["standard", "high"]),
            help="high: several drafts of each sentence, of which the best is taken; three to five times the work.",
        ),
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
        "deadline": click.option(
            "--deadline",
            type=click.DateTime(["%H:%M"]),
            help="Time of day, in the workspace's zone, at which the page is written with what is done (08:00).",
        ),
        "budget": click.option("--budget", type=click.FloatRange(min=0), help="Minutes for the work; as --deadline."),
        "cluster": click.option(
            "--cluster",
            metavar="ADDRESS",
            help="Work on a Ray cluster: `auto` for the one this machine is part of, or its head's HOST:PORT.",
        ),
        "at": click.option(
            "--at",
            type=click.DateTime(["%H:%M"]),
            help="When this was to start, by this machine's clock: late, it makes the page it would have made then.",
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
