"""Which addresses are this machine's or a private network's: the only ones that text to be worked on may be sent to."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from localdigest.messages.errors import ConfigError

# Loopback, RFC 1918 and RFC 4193. Python's `is_private` also holds for link-local, documentation and other blocks.
PRIVATE = tuple(
    map(ipaddress.ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)


def private(address: str) -> bool:
    """Whether an IP address (a name is none) is loopback or private. An IPv4 one in IPv6's clothes counts as IPv4."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found.version == network.version and found in network for network in PRIVATE)


def base(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a server's URL. Raises ConfigError for one that is not plainly that."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    plain = parts.path.rstrip("/") in ("", "/v1") and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ConfigError("engine.url {url!r}: write it like http://127.0.0.1:8080 or https://gpu.lan/v1", url).of(
            "engine.url", url
        )
    return parts.scheme, parts.hostname, port


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of `host`, asked for now. Raises ConfigError if one is public, OSError if there are none.

    All must be private: a name that has both kinds would be reached by chance.
    """
    found = list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    if public := [address for address in found if not private(address)]:
        raise ConfigError(
            "engine.url: {host} is {public}, neither this machine nor a private network's; nothing was sent there",
            host,
            public[0],
        )
    return found
