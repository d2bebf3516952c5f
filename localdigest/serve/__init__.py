"""`localdigest serve`: the archive in the browser, on this machine alone unless asked otherwise."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import waitress

from localdigest.messages.errors import ConfigError
from localdigest.serve import crowd
from localdigest.serve.app import App
from localdigest.serve.guard import LOCAL, Guard
from localdigest.workspace.config import Workspace

_LARGEST_BODY = 1 << 17
"""Bytes; a note at its longest has a third of it."""


@dataclass(frozen=True, slots=True)
class Server:
    """Listening; nothing is answered before `run`."""

    addresses: tuple[str, ...]
    """To be opened in a browser, with the token where one is needed."""
    run: Callable[[], Any]
    """Until an interrupt."""
    close: Callable[[], Any]


def listen(space: Workspace, host: str, port: int, ask_token: bool = False) -> Server:
    """A server of the archive at `host`, or at this machine's own addresses where that is empty.

    Anywhere else, and where `ask_token` wants it, a new token is asked for. Raises ConfigError where the address cannot
    be had.
    """
    token = secrets.token_urlsafe(32) if ask_token or host not in ("", *LOCAL) else ""
    addresses = [host] if host else ["127.0.0.1", *(["::1"] if _has_loopback_6(port) else [])]
    guard = Guard(LOCAL | ({host.lower()} if host else set()), _any(host), token)
    shown = [f"[{address}]" if ":" in address else address for address in addresses]
    try:
        server = waitress.create_server(
            App(space, guard),
            listen=" ".join(f"{address}:{port}" for address in shown),
            ident=None,
            max_request_body_size=_LARGEST_BODY,
            threads=4,
            **crowd.ADJUSTMENTS,
        )
        crowd.watch(server)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(
            "{host}:{port}: cannot be listened at ({what}); choose another with --port or --host", shown[0], port, what
        ) from error
    ports = [number for _, number in getattr(server, "effective_listen", [])] or [server.effective_port]
    asked = f"?token={token}" if token else ""
    return Server(
        tuple(f"http://{name}:{number}/{asked}" for name, number in zip(shown, ports, strict=False)),
        server.run,
        server.close,
    )


def _any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _has_loopback_6(port: int) -> bool:
    """With a port chosen by the system the two would differ; and some machines have no IPv6 at all."""
    if not port:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
