"""Many at the door: who keeps a place without asking for anything loses it, to whoever comes next or after a time.

waitress answers in threads and reads in one loop, and stops accepting at its limit of connections until one is idle for
long. A request that comes byte by byte is never idle. So here each connection has a time for its request, and where
there are too many, the one that has kept us waiting longest goes.
"""

from __future__ import annotations

import time
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

MOST = 200
"""Connections at an address: more than a lab's browsers open; 120 that say nothing keep nobody out."""
HEAD_SECONDS, BODY_SECONDS = 10.0, 20.0
"""From a request's first byte (or the connection) to the end of its head, and of all of it: 128 KiB at most."""
ADJUSTMENTS = {
    "asyncore_use_poll": True,  # select() knows no descriptor above 1023
    "channel_timeout": 60,  # of a connection that is kept, and of whoever does not take the answer
    "cleanup_interval": 1,
    "connection_limit": 4 * MOST,  # waitress's own must never be reached
    "max_request_header_size": 1 << 16,
}


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress is not typed
    """A connection that knows since when it owes us a request."""

    owes_since: float

    def __init__(self, server: Any, *arguments: Any, **more: Any) -> None:
        self.owes_since = time.monotonic()
        super().__init__(server, *arguments, **more)
        if len(server.active_channels) > MOST:
            _make_room(server.active_channels.values(), self)

    def received(self, data: bytes) -> Any:
        begins = self.request is None
        taken = super().received(data)
        if begins or self.request is None:
            self.owes_since = time.monotonic()
        return taken

    @property
    def late(self) -> bool:
        """Whether it began a request, or only came, and does not go on with it."""
        if self.requests or (self.request is None and self.last_activity > self.creation_time):
            return False  # it is being answered, or was: then it may rest for `channel_timeout`
        headed = self.request is not None and self.request.headers_finished
        return time.monotonic() - self.owes_since > (BODY_SECONDS if headed else HEAD_SECONDS)


def watch(server: Any) -> None:
    """Gives this rule to a server of waitress's, or to each of several addresses."""
    several = getattr(server, "map", None)  # by descriptor, with the triggers that wake the loop among them
    for each in list(several.values()) if several is not None else [server]:
        if isinstance(each, BaseWSGIServer):
            each.channel_class = Channel
            each.maintenance = _after(each.maintenance, each)


def _after(usual: Any, server: Any) -> Any:
    def maintenance(now: float) -> None:
        usual(now)
        for channel in server.active_channels.values():
            if channel.late:
                channel.will_close = True

    return maintenance


def _make_room(channels: Any, newest: Channel) -> None:
    """Closes the connection that has owed a request for longest; where none does, the one that takes no answer."""
    others = [each for each in channels if each is not newest and not each.requests]
    owing = [each for each in others if not each.total_outbufs_len]
    if others:
        min(owing or others, key=lambda each: each.owes_since).handle_close()
    else:
        newest.handle_close()
