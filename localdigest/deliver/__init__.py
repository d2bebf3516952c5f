"""Finished days sent to their readers: by mail, and through apprise to chats and phones. The only part that sends.

Kept apart from `run`, which never loads it: that a digest opens no socket stays provable. A letter is made of stored
results; that it was sent is noted in the library, so that a channel gets each day, and each week, once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from localdigest.deliver.channels import Channel
from localdigest.flows import brief
from localdigest.flows.brief import Models
from localdigest.messages.errors import ConfigError, DeliveryFailed, Unfinished
from localdigest.pages import contents, days, publish
from localdigest.records import Digest
from localdigest.render import entries, forms, letter
from localdigest.render.letter import Extent, Letter
from localdigest.store import Store
from localdigest.workspace.config import Workspace


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent, and the name by which the library remembers it: `2026-01-30`, `2026-W05`."""

    name: str
    title: str
    digests: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a parcel on one channel."""

    channel: str
    earlier: datetime | None = None
    """When it had been sent before: then it was not sent again."""
    refused: tuple[str, ...] = ()
    """Recipients that the server would not have."""
    trouble: DeliveryFailed | None = None


def day_of(space: Workspace, store: Store, models: Models, day: date, unfinished: bool) -> Parcel:
    """A day's page. Raises Unfinished where work is pending, unless it may be `unfinished`; ConfigError for no page."""
    (found,) = _digests(space, store, models, [day])
    if not unfinished and (left := entries.counts(found)["pending"]):
        raise Unfinished(
            "{day} is not finished: {left} translations and breakdowns are pending; `localdigest digest --date {day}`"
            " does them, --unfinished sends the page as it is",
            day,
            left,
        )
    return Parcel(f"{day}", f"arXiv Daily – {day}", (found,))


def week_of(space: Workspace, store: Store, models: Models, day: date) -> Parcel:
    """The pages of the ISO week that `day` lies in, as far as they are written. Raises ConfigError for none."""
    year, week, _ = day.isocalendar()
    those = [each for each in days.written(space, store) if each.isocalendar()[:2] == (year, week)]
    if not those:
        raise ConfigError("there is no page of the week of {day}; `localdigest run` makes pages", day)
    name = f"{year}-W{week:02}"
    return Parcel(name, f"arXiv Weekly – {name}", tuple(_digests(space, store, models, those)))


def _digests(space: Workspace, store: Store, models: Models, when: Sequence[date]) -> list[Digest]:
    plan_day = contents.planner(space, store, brief.load(space, models))
    return [publish.compose(space, store, plan_day(day)) for day in when]


def write(space: Workspace, parcel: Parcel, extent: Extent) -> Letter:
    """Raises ConfigError."""
    page, wishes = space.config.page, publish.wishes(space)
    digests = [forms.dressed(digest, wishes) for digest in parcel.digests]
    return letter.to_letter(parcel.title, digests, extent, page.coverage, page.url, space.templates)


def deliver(
    space: Workspace, store: Store, parcel: Parcel, channels: Sequence[Channel], again: bool = False
) -> Iterator[Delivery]:
    """Sends the parcel on each channel that has not had it, or `again` on all; one that fails stops no other."""
    had = {} if again else store.delivered(parcel.name)
    written = functools.cache(functools.partial(write, space, parcel))
    for channel in channels:
        if earlier := had.get(channel.name):
            yield Delivery(channel.name, earlier)
            continue
        try:
            refused = channel.send(written(channel.extent))
        except DeliveryFailed as trouble:
            yield Delivery(channel.name, trouble=trouble)
            continue
        # After it is out: a process killed between the two sends it twice rather than never.
        store.note_delivery(parcel.name, channel.name)
        yield Delivery(channel.name, refused=refused)
