"""What commands share: their options, as `options.toml` declares them, and what a test puts in another's place."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import click

from localdigest.cli import complete
from localdigest.messages import _
from localdigest.records import FormName
from localdigest.workspace import config


class _Day(click.ParamType[date]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(_("{day!r} is no day; write it as 2026-01-30", value), param, ctx)
        if not 1991 <= day.year < 2200:  # and at the ends of the calendar, times of other zones are none
            self.fail(_("{day} is no day of arXiv's, which began in 1991", day), param, ctx)
        return day


class _Time(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else datetime.strptime(value, "%H:%M")
        except ValueError:
            self.fail(_("{time!r} is no time of day; write it as HH:MM, from 00:00 to 23:59", value), param, ctx)


TYPES: Mapping[str, click.ParamType[Any]] = {
    "path": click.Path(path_type=Path),
    "day": _Day(),
    "time": _Time(),
    "form": click.Choice(get_args(FormName)),
    "minutes": click.FloatRange(min=0),
}
"""Beside `choices` and a `range` of integers."""
DECLARED: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("options.toml").read_text(encoding="utf-8"))


def seams() -> tuple[Any, Any]:
    """What makes arXiv's client, None for the usual one, and what opens an engine here: a test brings its own."""
    from localdigest import engine

    return click.get_current_context().obj or (None, engine.open_engine)


def option(flags: Sequence[str], **declared: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option as the file declares it."""
    if kind := declared.pop("type", None):
        declared["type"] = TYPES[kind]
    if choices := declared.pop("choices", None):
        declared["type"] = click.Choice(choices)
    if ends := declared.pop("range", None):
        declared["type"] = click.IntRange(*ends)
    if offers := declared.pop("complete", None):
        declared["shell_complete"] = getattr(complete, offers)
    return click.option(*flags, **declared)


def options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command with the options `names` and --workspace, so that each means the same everywhere.

    A name is that of an option which several commands have, or of the table of a command's own.
    """
    found = [DECLARED[name] for name in names]
    wanted = [each for one in found for each in ([one] if "flags" in one else one.values())]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed(wanted):
            function = option(**each)(function)

        @click.option("-C", "--workspace", type=TYPES["path"], help="Workspace folder (default: this one).")
        @click.pass_context
        @functools.wraps(function)
        def command(context: click.Context, /, workspace: Path | None, **values: Any) -> Any:
            root = workspace or context.find_root().params.get("workspace") or Path()
            with config.told_with_its_line(root):
                return function(root, **values)

        return command

    return decorate
