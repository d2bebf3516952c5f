"""The command line of delivery: `localdigest deliver`, a finished day or week sent to its readers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from localdigest import files
from localdigest.cli.help import say
from localdigest.cli.options import options
from localdigest.cli.out import echo, echo_json
from localdigest.flows import brief
from localdigest.messages import _, told
from localdigest.messages.errors import DeliveryFailed
from localdigest.workspace import config

if TYPE_CHECKING:
    from localdigest.deliver import Delivery


@click.command()
@options("date", "json", "deliver")
def deliver(
    root: Path, day: date | None, as_json: bool, week: bool, names: tuple[str, ...], again: bool, unfinished: bool,
    output: Path | None,
) -> int:  # fmt: skip
    """Send a finished day, or its week, by mail and to chats: once a day and channel. The one command that sends.

    Example: localdigest deliver --date 2026-01-30
    """
    from localdigest import deliver as stage
    from localdigest import store
    from localdigest.cli import progress
    from localdigest.deliver import channels
    from localdigest.pages import days
    from localdigest.workspace import lock

    space = config.open_workspace(root)
    ways = channels.configured(space, names) if output is None else []
    with lock.hold(root, "localdigest deliver"), store.Store(space.library) as library:
        page, models = day or days.latest(space, library, datetime.now(UTC)), brief.find_models(space)
        if week:
            parcel = stage.week_of(space, library, models, page)
        else:
            parcel = stage.day_of(space, library, models, page, unfinished)
        if output is not None:
            files.write_atomic(output, stage.write(space, parcel, "gists" if week else space.config.deliver.mail).html)
            echo(str(output))
            return 0
        rows = []
        deliveries = stage.deliver(space, library, parcel, ways, again)
        for way in ways:
            with progress.doing(progress.console(), _("{channel}: delivering {name}", way.name, parcel.name), as_json):
                each = next(deliveries)
            rows.append({"channel": each.channel, "sent": not (each.earlier or each.trouble),
                         "refused": each.refused, "error": str(each.trouble or "")})  # fmt: skip
            if not as_json:
                say(_line(each, parcel.name), err=bool(each.trouble))
    if as_json:
        echo_json(json.dumps({"what": parcel.name, "channels": rows}))
    return DeliveryFailed.exit_code if any(row["error"] for row in rows) else 0


def _line(each: Delivery, name: str) -> str:
    if each.trouble:
        return _("{channel}: not sent: {why}", each.channel, told(each.trouble.notice))
    if each.earlier:
        when = f"{each.earlier.astimezone():%Y-%m-%d %H:%M}"
        return _("{channel}: {name} was sent on {when}; --again sends it once more", each.channel, name, when)
    if each.refused:
        return _("{channel}: {name} sent, but not to {refused}", each.channel, name, ", ".join(each.refused))
    return _("{channel}: {name} sent", each.channel, name)
